"""What a student may ask next."""

from __future__ import annotations

import json

from tests.conftest import ROOT
from tutor.conversation.suggested import topic
from tutor.models import TurnState
from tutor.pipeline.course_tutor import CourseTutor, Question

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
