"""Caps on what models may cost, over HTTP: who is over one is quoted the lessons, and told so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import EMBEDDER
from tests.api.students import StudentClient
from tests.support.loopback_chat import LoopbackChat
from tests.support.served import COURSE, Served, served, settings_for

QUESTION = "What is TCP and how does a connection end?"
TEXT = "TCP is a protocol that numbers every byte it sends [1]. A connection ends with FIN [1]."


@pytest.fixture(scope="module")
def chat() -> Iterator[LoopbackChat]:
    """A model service with a model whose price is known."""
    with LoopbackChat() as service:
        service.models = ["gpt-4.1-mini"]
        service.say(TEXT)
        yield service


@pytest.fixture
def capped(published: Path, tmp_path: Path, chat: LoopbackChat, request: pytest.FixtureRequest) -> Iterator[Served]:
    """A server with the caps that a test asks for."""
    data = Path(shutil.copytree(published, tmp_path / "data"))
    settings = settings_for(
        data, openai_base_url=chat.base_url, model="gpt-4.1-mini", repeat_answers="off", **request.param
    )
    with served(settings, EMBEDDER) as running:
        yield running


def how(turn: dict[str, Any]) -> tuple[str, str, str]:
    return turn["state"], turn["answerer"], turn["fallback"]


WRITTEN, QUOTED = ("done", "gpt-4.1-mini", ""), ("done", "quoting", "budget_spent")


def spent(server: Served, student: str) -> float:
    usage = server.client.get(f"/api/v1/courses/{COURSE}/usage", params={"by": "student"}).json()
    return float(sum(group["cost_usd"] for group in usage["groups"] if group["key"] == student))


# One answer of the service costs some 0.0005 dollars, and reserves about twice that.
@pytest.mark.parametrize("capped", [{"daily_usd_per_student": 0.002}], indirect=True)
def test_a_student_over_the_daily_cap_is_quoted_the_lessons_and_others_are_not(
    capped: Served, chat: LoopbackChat
) -> None:
    ada, bob = StudentClient.of(capped), StudentClient.of(capped)
    turns = [ada.ask(QUESTION).json() for _ in range(12)]
    assert how(turns[0]) == WRITTEN
    assert how(turns[-1]) == QUOTED
    assert turns[-1]["citations"]
    assert turns[-1]["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0.0}
    assert 0 < spent(capped, ada.student) <= 0.002
    asked = len(chat.asked)
    assert how(ada.ask(QUESTION).json()) == QUOTED
    assert len(chat.asked) == asked
    assert how(bob.ask(QUESTION).json()) == WRITTEN


@pytest.mark.parametrize("capped", [{"daily_usd_per_course": 0.0}, {"daily_tokens": 10}], indirect=True)
def test_a_cap_of_the_course_or_of_the_whole_server_holds_for_everyone(capped: Served) -> None:
    assert how(StudentClient.of(capped).ask(QUESTION).json()) == QUOTED
    assert how(capped.ask(QUESTION).json()) == QUOTED


@pytest.mark.parametrize("capped", [{"daily_usd_per_student": 0.002}], indirect=True)
def test_a_student_who_is_named_by_a_program_has_the_same_cap(capped: Served) -> None:
    turns = [capped.ask(QUESTION, student="ada").json() for _ in range(12)]
    assert (how(turns[0]), how(turns[-1])) == (WRITTEN, QUOTED)
