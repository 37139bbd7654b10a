"""Turns as JSON, to be kept and read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from tutor.models import (
    Citation,
    Coverage,
    Decision,
    Mode,
    Passage,
    SentenceSupport,
    Support,
    Turn,
    TurnState,
    Usage,
)

_NAMES = frozenset(field.name for field in fields(Turn))


def turn_to_json(turn: Turn) -> dict[str, Any]:
    """A turn as JSON values: what is read back from JSON is equal to it."""
    made: dict[str, Any] = _plain(turn)
    return made


def turn_from_json(stored: Mapping[str, Any]) -> Turn:
    """The turn that was stored, also one that an earlier version stored with fewer fields."""
    values = {name: value for name, value in stored.items() if name in _NAMES}
    values |= {
        "state": TurnState(stored["state"]),
        "coverage": coverage_from_json(stored["coverage"]),
        "citations": tuple(Citation(**item) for item in stored["citations"]),
        "passages": tuple(Passage(**item) for item in stored["passages"]),
        "suggestions": tuple(stored["suggestions"]),
        "usage": Usage(**stored["usage"]),
        "mode": Mode(stored.get("mode", Mode.ANSWER)),
        "history": tuple((role, text) for role, text in stored.get("history", ())),
        "sentences": tuple(
            SentenceSupport(item["start"], item["end"], Support(item["support"]))
            for item in stored.get("sentences", ())
        ),
    }
    return Turn(**values)


def coverage_from_json(stored: Mapping[str, Any]) -> Coverage:
    """The coverage that was stored."""
    return Coverage(stored["probability"], Decision(stored["decision"]))


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value
