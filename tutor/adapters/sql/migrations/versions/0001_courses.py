"""Courses, their generations, and the vectors of what was embedded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "courses",
        sa.Column("slug", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("greeting", sa.Text, nullable=False),
        sa.Column("licence", sa.Text, nullable=False),
        sa.Column("popular_questions", sa.JSON, nullable=False),
        sa.Column("contacts", sa.JSON, nullable=False),
        sa.Column("live_generation", sa.Integer),
    )
    op.create_table(
        "generations",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("course", sa.Text, sa.ForeignKey("courses.slug"), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live_at", sa.DateTime(timezone=True)),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("budget_tokens", sa.Integer, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("dimensions", sa.Integer, nullable=False),
        sa.Column("lessons", sa.Integer, nullable=False),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("info", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_generations_course", "generations", ["course"])
    op.create_table(
        "lessons",
        sa.Column("generation", sa.Integer, sa.ForeignKey("generations.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("lesson", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("headings", sa.JSON, nullable=False),
        sa.Column("marks", sa.JSON, nullable=False),
        sa.Column("chapter", sa.Text, nullable=False),
        sa.Column("order", sa.Integer, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("preview", sa.Boolean, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("source_digest", sa.Text, nullable=False),
        sa.Column("own_order", sa.Integer, nullable=False),
        sa.Column("own_url", sa.Text, nullable=False),
        sa.Column("notes", sa.JSON, nullable=False),
        sa.UniqueConstraint("generation", "lesson"),
    )
    op.create_table(
        "chunks",
        sa.Column("generation", sa.Integer, sa.ForeignKey("generations.id"), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
    )
    op.create_table(
        "units",
        sa.Column("generation", sa.Integer, sa.ForeignKey("generations.id"), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    )
    op.create_index("ix_units_digest", "units", ["digest"])
    op.create_table(
        "vectors",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("dimensions", sa.Integer, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
