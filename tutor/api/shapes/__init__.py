"""The JSON that goes in and out, one file per noun; values of the tutor become shapes by their attributes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """What goes out."""

    model_config = ConfigDict(from_attributes=True)


class Body(BaseModel):
    """What comes in; an unknown field is an error."""

    model_config = ConfigDict(extra="forbid")
