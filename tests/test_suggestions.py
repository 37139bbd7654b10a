"""What a student may ask next."""

from __future__ import annotations

import json
from time import perf_counter

import pytest

from tests.conftest import ROOT
from tutor.models import TurnState
from tutor.suggestions import Suggester, topic
from tutor.turns import CourseTutor, Question

GOLDEN = [json.loads(line) for line in (ROOT / "corpus/questions.jsonl").read_text("utf-8").splitlines()]


def test_nearly_every_suggestion_is_answered_when_asked(sample: CourseTutor) -> None:
    suggested = {
        suggestion for golden in GOLDEN[::3] for suggestion in sample.ask(Question(golden["question"])).suggestions
    }
    refused = [asked for asked in sorted(suggested) if sample.ask(Question(asked)).state == TurnState.REFUSED]
    assert len(suggested) > 30
    assert len(refused) <= 0.05 * len(suggested), refused


def test_suggestions_are_at_most_three_different_ones_about_what_was_not_cited(sample: CourseTutor) -> None:
    for golden in GOLDEN[::10]:
        turn = sample.ask(Question(golden["question"]))
        assert len(set(turn.suggestions)) == len(turn.suggestions) <= 3
        cited = {citation.section.rsplit(" › ", 1)[-1] for citation in turn.citations}
        assert not {topic(suggestion, "en") for suggestion in turn.suggestions} & cited


def test_suggestions_cost_less_than_a_millisecond(sample: CourseTutor) -> None:
    retrieved = sample._retriever.retrieve("What is a prefix cache?", 10)
    suggester = Suggester(sample.index)
    seconds = []
    for _ in range(20):
        began = perf_counter()
        suggester.suggest(retrieved, ())
        seconds.append(perf_counter() - began)
    assert min(seconds) < 0.001


@pytest.mark.parametrize(
    ("question", "language", "found"),
    [
        ("What does the course say about “Token buckets”?", "en", "Token buckets"),
        ("Was sagt der Kurs zu „Token“?", "de", "Token"),
        ("¿Qué dice el curso sobre “Tokens”?", "es", "Tokens"),
        ("What does the course say about tokens?", "en", "What does the course say about tokens?"),
        ("What does the course say about “”?", "en", "What does the course say about “”?"),
    ],
)
def test_a_suggestion_is_searched_as_its_topic(question: str, language: str, found: str) -> None:
    assert topic(question, language) == found
