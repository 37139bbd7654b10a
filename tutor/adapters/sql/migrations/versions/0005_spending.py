"""What models cost, call by call; and a way to a course's newest turns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table and the index."""
    op.create_table(
        "spending",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("turn", sa.Text, nullable=False),
        sa.Column("course", sa.Text, nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("student", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("prompt_tokens", sa.Integer, nullable=False),
        sa.Column("completion_tokens", sa.Integer, nullable=False),
        sa.Column("cost_usd", sa.Float, nullable=False),
        sa.Column("is_priced", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
    )
    op.create_index("ix_spending_day", "spending", ["day"])
    op.create_index("ix_spending_course", "spending", ["course", "day"])
    op.create_index("ix_turns_course", "turns", ["course", "number"])
