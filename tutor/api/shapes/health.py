"""Health as JSON."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tutor.api.shapes import Shape


class HealthShape(Shape):
    """The process answers."""

    status: Literal["ok"] = "ok"
    version: str


class ReadinessShape(Shape):
    """Whether every published course can be asked."""

    ready: bool
    waiting: dict[str, str] = Field(description="Courses that cannot be asked yet, and why.")
    degraded: dict[str, str] = Field(description="Courses that answer by a fallback, and why.")
    alarms: list[str] = Field(description="What has gone wrong with the share of questions that are answered.")
