"""What an instructor rules for a course: graded lessons, hosts of links, masking, how much may be quoted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns; courses that are there get what a course without the keys has."""
    op.add_column("courses", sa.Column("graded_lessons", sa.JSON, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("courses", sa.Column("allowed_hosts", sa.JSON, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("courses", sa.Column("mask_personal_data", sa.Boolean))
    op.add_column("courses", sa.Column("most_verbatim_words", sa.Integer, nullable=False, server_default=sa.text("0")))
