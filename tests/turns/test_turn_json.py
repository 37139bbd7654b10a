"""Turns as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.models import Coverage, Decision, Mode, Turn, TurnState
from tutor.turns.turn_json import turn_from_json, turn_to_json

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
# 5 and 5.0 are two texts of one number.
st.register_type_strategy(float, FLOATS)
TURNS = st.builds(Turn, timings_ms=st.dictionaries(st.text(), FLOATS))
TURN = Turn(
    "turn-1", "talk-1", "pipes", "Why?", "Why flux?", "It cleans.", TurnState.DONE, Coverage(0.5, Decision.COVERED)
)


@settings(max_examples=25, deadline=None)
@given(TURNS)
def test_any_turn_is_its_fields_in_order_and_is_read_back_equal(turn: Turn) -> None:
    written = json.dumps(turn_to_json(turn))
    assert written == json.dumps(asdict(turn))
    assert turn_from_json(json.loads(written)) == turn


def test_half_of_a_surrogate_pair_is_kept() -> None:
    turn = Turn("1", "2", "pipes", "\ud83d", "\ud83d", "", TurnState.DONE, Coverage(0.0, Decision.NOT_COVERED))
    assert turn_from_json(json.loads(json.dumps(turn_to_json(turn)))) == turn


def test_a_turn_that_an_earlier_version_stored_has_what_it_lacks_by_default() -> None:
    later = {"mode", "sentences", "fallback", "repeats", "generation", "lesson", "step", "student", "history"}
    stored = {name: value for name, value in turn_to_json(TURN).items() if name not in later}
    assert turn_from_json(stored) == TURN
    assert turn_from_json(stored).mode is Mode.ANSWER


def test_what_a_later_version_stored_beside_it_is_ignored() -> None:
    assert turn_from_json({**turn_to_json(TURN), "mood": "curious"}) == TURN


def test_a_state_that_there_is_not_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="state"):
        turn_from_json({**turn_to_json(TURN), "state": "dreaming"})
