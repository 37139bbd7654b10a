"""What a course was asked and cost, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from sqlalchemy import delete

from tests.api.conftest import EMBEDDER
from tests.support.loopback_chat import LoopbackChat
from tests.support.served import COURSE, Served, served, settings_for
from tests.support.waiting import eventually
from tutor.adapters.sql.database import open_database, sqlite_url, writing
from tutor.adapters.sql.spending import SqlSpending
from tutor.adapters.sql.turn_tables import feedback, request_keys, turn_events, turn_leases, turns
from tutor.spending.usage import Spent

TODAY = datetime.now(UTC).date()
USAGE = f"/api/v1/courses/{COURSE}/usage"


@pytest.fixture(scope="module")
def asked(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose course was asked twice; calls of a model were stored beside it."""
    data = Path(copytree(published, tmp_path_factory.mktemp("usage") / "data"))
    engine = open_database(sqlite_url(data))
    with writing(engine) as connection:
        # Others may have asked before it was copied.
        for table in (feedback, request_keys, turn_events, turn_leases, turns):
            connection.execute(delete(table))

    def call(number: int, day: date, student: str, model: str, cost: float) -> Spent:
        talk = f"talk-{number % 2}"
        return Spent(f"c{number}", f"turn-{number}", COURSE, talk, student, day, model, 100, 10, cost, bool(cost))

    yesterday = TODAY - timedelta(days=1)
    SqlSpending(engine).settle([
        call(1, TODAY, "ada", "gpt-4.1", 0.5),
        call(2, TODAY, "bob", "gpt-4.1", 0.25),
        call(3, yesterday, "ada", "qwen", 0.0),
    ])  # fmt: skip
    engine.dispose()
    with served(settings_for(data), EMBEDDER) as running:
        running.ask("How does a connection end?")
        running.ask("Who won the football world cup of 1998?")
        yield running


def test_without_more_it_is_the_last_thirty_days_by_day(asked: Served) -> None:
    usage = asked.client.get(USAGE).json()
    assert (usage["from"], usage["to"], usage["by"]) == (str(TODAY - timedelta(days=29)), str(TODAY), "day")
    assert usage["totals"] == {
        "turns": 3, "calls": 3, "prompt_tokens": 300, "completion_tokens": 30, "cost_usd": 0.75, "reserved_usd": 0.0,
        "priced": False,
    }  # fmt: skip
    assert [(group["key"], group["cost_usd"], group["priced"]) for group in usage["groups"]] == [
        (str(TODAY - timedelta(days=1)), 0.0, False),
        (str(TODAY), 0.75, True),
    ]
    assert usage["turns"] == {
        "total": 2, "by_state": {"done": 1, "refused": 1}, "by_answerer": {"quoting": 1}, "answered": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("by", "keys"),
    [("student", ["ada", "bob"]), ("conversation", ["talk-1", "talk-0"]), ("turn", ["turn-1", "turn-2", "turn-3"])],
)
def test_groups_come_by_what_they_cost(asked: Served, by: str, keys: list[str]) -> None:
    assert [group["key"] for group in asked.client.get(USAGE, params={"by": by}).json()["groups"]] == keys


def test_only_the_days_that_are_asked_for_count(asked: Served) -> None:
    yesterday = str(TODAY - timedelta(days=1))
    usage = asked.client.get(USAGE, params={"from": yesterday, "to": yesterday}).json()
    assert (usage["totals"]["calls"], usage["turns"]["total"], usage["turns"]["answered"]) == (1, 0, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "2030-02-30"},
        {"from": "yesterday"},
        {"to": "0"},
        {"from": "2030-01-02", "to": "2030-01-01"},
        {"from": "2020-01-01", "to": "2030-01-01"},
        {"from": "", "to": ""},
        {"by": "lesson"},
    ],
)
def test_wrong_days_and_groups_are_refused_in_words(asked: Served, wrong: dict[str, str]) -> None:
    answer = asked.client.get(USAGE, params=wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "days", [{"from": "9999-12-31"}, {"to": "0001-01-01"}, {"from": "0001-01-01", "to": "0001-01-02"}]
)
def test_days_at_the_ends_of_time_are_no_accident(asked: Served, days: dict[str, str]) -> None:
    assert asked.client.get(USAGE, params=days).json()["totals"]["calls"] == 0


def test_a_course_that_nobody_has_is_not_found(asked: Served) -> None:
    assert asked.client.get("/api/v1/courses/none/usage").status_code == 404


def test_the_alarm_is_among_the_figures(asked: Served) -> None:
    figures = asked.client.get("/metrics").text
    assert "tutor_answered_share 0.5" in figures
    assert 'tutor_alarm{alarm="unanswered"} 0.0' in figures
    assert asked.client.get("/readyz").json()["alarms"] == []


def test_what_a_model_wrote_is_in_the_figures_soon_after(published: Path, tmp_path: Path) -> None:
    data = Path(copytree(published, tmp_path / "data"))
    with LoopbackChat() as chat:
        chat.models = ["gpt-4.1-mini"]
        settings = settings_for(data, openai_base_url=chat.base_url, model="gpt-4.1-mini", repeat_answers="off")
        with served(settings, EMBEDDER) as running:
            turn = running.ask("How does a connection end?", student="ada").json()
            assert turn["usage"]["cost_usd"] > 0

            def of_turn() -> list[dict[str, Any]]:
                groups = running.client.get(USAGE, params={"by": "turn"}).json()["groups"]
                return [group for group in groups if group["key"] == turn["id"]]

            (group,) = eventually(of_turn, "the turn's being in the figures")
    assert {name: group[name] for name in turn["usage"]} == turn["usage"] | {
        "cost_usd": pytest.approx(turn["usage"]["cost_usd"], abs=1e-8)
    }
    assert group["priced"]


def test_when_the_budget_is_spent_the_lessons_are_quoted_and_the_turn_says_so(published: Path, tmp_path: Path) -> None:
    data = Path(copytree(published, tmp_path / "data"))
    with LoopbackChat() as chat:
        settings = settings_for(data, openai_base_url=chat.base_url, model="gpt-4.1-mini", daily_usd=0.0000001)
        with served(settings, EMBEDDER) as running:
            turn = running.ask("How does a connection end?").json()
            assert (turn["state"], turn["answerer"], turn["fallback"]) == ("done", "quoting", "budget_spent")
            assert turn["citations"]
    assert chat.asked == []
