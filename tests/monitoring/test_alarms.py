"""The alarm on the share of questions that are answered."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.hash_embedder import HashEmbedder
from tests.support.logged_turns import NEW
from tests.support.served import settings_for
from tutor.errors import NotFound
from tutor.models import Turn, TurnState
from tutor.monitoring.alarms import Alarms
from tutor.wiring.compose import open_tutor

DONE = replace(NEW, state=TurnState.DONE)
REFUSED = replace(NEW, state=TurnState.REFUSED)
FAILED = replace(NEW, state=TurnState.FAILED)
WRITTEN = replace(DONE, answerer="gpt")
FELL_BACK = replace(DONE, fallback="upstream_unavailable")


def made_alarms() -> Alarms:
    return Alarms(lambda: datetime(2030, 1, 2, 21, 30, tzinfo=UTC))


def end(alarms: Alarms, turns: Sequence[Turn], share: float = 1.0) -> None:
    """End `turns`, of which a share is as it stands and the rest refused, spread evenly."""
    answered = 0.0
    for turn in turns:
        answered += share
        alarms.ended(turn if answered >= 1 else REFUSED)
        answered -= answered >= 1


def test_a_fall_of_the_answered_share_is_an_alarm_in_plain_words() -> None:
    alarms = made_alarms()
    end(alarms, [DONE] * 600, 0.9)
    assert (alarms.text, alarms.share) == ("", 0.9)
    end(alarms, [DONE] * 50, 0.5)
    assert list(alarms.raised) == ["answered"]
    assert "of the 500 before them it were 90%" in alarms.text
    assert "refused" in alarms.text
    assert "(Since 2030-01-02 21:30 UTC.)" in alarms.text


def test_an_alarm_is_logged_once_when_it_begins_and_once_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    alarms = made_alarms()
    with caplog.at_level(logging.ERROR):
        end(alarms, [DONE] * 600, 0.9)
        end(alarms, [DONE] * 60, 0.5)
        assert [record.getMessage()[:14] for record in caplog.records] == ["ALARM answered"]
        end(alarms, [DONE] * 100, 0.9)
    assert [record.getMessage()[:27] for record in caplog.records[1:]] == ["The alarm answered is over."]
    assert alarms.text == ""


def test_what_is_wrong_for_long_does_not_become_usual() -> None:
    alarms = made_alarms()
    end(alarms, [DONE] * 600, 0.9)
    end(alarms, [DONE] * 2000, 0.5)
    assert list(alarms.raised) == ["answered"]
    end(alarms, [DONE] * 100, 0.9)
    assert alarms.text == ""
    end(alarms, [DONE] * 50, 0.5)
    assert list(alarms.raised) == ["answered"]


@pytest.mark.parametrize("share", [0.7, 0.9, 0.98])
def test_chance_alone_raises_no_alarm(share: float) -> None:
    alarms, dice = made_alarms(), random.Random(1)
    for _ in range(3000):
        alarms.ended(DONE if dice.random() < share else REFUSED)
        assert alarms.text == ""


def test_a_model_that_no_longer_writes_is_an_alarm_with_the_reason() -> None:
    alarms = made_alarms()
    end(alarms, [WRITTEN] * 100)
    assert alarms.text == ""
    end(alarms, [FELL_BACK] * 10)
    assert alarms.text == ""
    end(alarms, [FELL_BACK])
    assert list(alarms.raised) == ["model"]
    assert "it wrote 45%" in alarms.text
    assert "upstream_unavailable (11)" in alarms.text
    end(alarms, [WRITTEN] * 20)
    assert alarms.text == ""


def test_quotes_that_no_model_was_asked_for_and_repeats_say_nothing_about_the_model() -> None:
    alarms = made_alarms()
    end(alarms, [FELL_BACK] * 19)
    end(alarms, [DONE, replace(WRITTEN, repeats="turn-0")] * 30)
    assert alarms.text == ""
    end(alarms, [FELL_BACK])
    assert list(alarms.raised) == ["model"]


def test_mostly_refusing_or_failing_is_an_alarm_from_the_beginning() -> None:
    for turn, advice in ((REFUSED, "all lessons"), (FAILED, "log")):
        alarms = made_alarms()
        end(alarms, [turn] * 19)
        assert alarms.text == ""
        end(alarms, [turn])
        assert list(alarms.raised) == ["unanswered"]
        assert advice in alarms.text


def test_who_stops_an_answer_raises_no_alarm() -> None:
    alarms = made_alarms()
    end(alarms, [replace(NEW, state=TurnState.STOPPED)] * 100)
    assert (alarms.text, alarms.share) == ("", None)


def test_a_turn_that_breaks_counts_as_failed(tmp_path: Path) -> None:
    tutor = open_tutor(settings_for(tmp_path), embedder=HashEmbedder())

    async def broken() -> None:
        async for _ in tutor.produce(replace(NEW, course="none")):
            pass

    for _ in range(20):
        with pytest.raises(NotFound):
            asyncio.run(broken())
    assert list(tutor.alarms.raised) == ["unanswered"]
    assert tutor.counters.of("turns") == {("failed", "quoting"): 20}
    tutor.close()
