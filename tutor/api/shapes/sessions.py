"""Sessions as JSON."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tutor.api.shapes import Shape


class SessionShape(Shape):
    """A student of a course."""

    student: str = Field(description="The pseudonym under which the student's turns are kept.")
    token: str = Field(description="Send it as a bearer; a caller that has it is the student.")
    expires_at: datetime
