"""Turns as JSON, to be kept and read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from tutor.models import Coverage, Turn

_TURN = TypeAdapter(Turn)
_COVERAGE = TypeAdapter(Coverage)


def turn_to_json(turn: Turn) -> dict[str, Any]:
    """A turn as JSON values: what is read back from JSON is equal to it."""
    made: dict[str, Any] = _TURN.dump_python(turn, mode="json")
    return made


def turn_from_json(stored: Mapping[str, Any]) -> Turn:
    """The turn that was stored, also one that another version stored with fewer fields or more.

    Raises ValueError when it is no turn.
    """
    return _TURN.validate_python(stored)


def coverage_from_json(stored: Mapping[str, Any]) -> Coverage:
    """The coverage that was stored; raises ValueError when it is none."""
    return _COVERAGE.validate_python(stored)
