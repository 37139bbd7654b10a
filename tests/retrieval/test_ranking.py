"""Question → candidates and their features."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.conftest import ROOT, TinyCourse
from tutor.pipeline.course_tutor import CourseTutor
from tutor.retrieval.ranking import FEATURES, candidates

QUESTIONS = [json.loads(line)["question"] for line in (ROOT / "corpus/questions.jsonl").read_text("utf-8").splitlines()]
TINY = {
    "a.md": "# Frames\n\nA **frame** carries a packet.\n\n## Codes\n\nCall `push()` to add a bit, or `pop()`.",
    "b.md": "# Bits\n\nA bit is zero or one.\n\n## Frames again\n\nNothing of interest stands here, only words.",
}


@pytest.mark.parametrize("question", [*QUESTIONS[::12], "zzyzx qwrt", "x" * 4000, "🚀 a", "1"])
def test_features_are_finite_and_shares_within_one(sample: CourseTutor, question: str) -> None:
    found = candidates(sample.index, sample._retriever.query(question))
    assert found.features.shape == (len(found.chunks), len(FEATURES))
    assert np.isfinite(found.features).all()
    assert (np.diff(found.chunks) > 0).all()
    shares = (found.share, found.sentence_share, found.section_share, found.title_share, found.missing)
    for share in shares:
        assert share.min() >= 0
        assert share.max() <= 1 + 1e-5
    assert 0 <= found.unknown_share <= 1


def test_only_allowed_chunks_are_candidates(sample: CourseTutor) -> None:
    allowed = np.arange(len(sample.index.chunks)) % 3 == 0
    found = candidates(sample.index, sample._retriever.query("prefix cache"), allowed)
    assert allowed[found.chunks].all()
    none = candidates(sample.index, sample._retriever.query("prefix cache"), np.zeros_like(allowed))
    assert none.features.shape == (0, len(FEATURES))


def test_features_say_where_the_words_of_the_question_stand(tiny: TinyCourse) -> None:
    tutor = tiny(TINY, budget_tokens=16)

    def rows(question: str) -> dict[str, dict[str, float]]:
        found = candidates(tutor.index, tutor._retriever.query(question))
        return {
            tutor.index.chunks[chunk].text: dict(zip(FEATURES, row, strict=True))
            for chunk, row in zip(found.chunks.tolist(), found.features.tolist(), strict=True)
        }

    def best(question: str, feature: str) -> str:
        return max(rows(question).items(), key=lambda item: item[1][feature])[0]

    assert "**frame**" in best("frame", "emphasised")
    assert "push()" in best("what does push() do", "literal")
    assert "# Bits" in best("bits", "title_match")
    assert max(row["share"] for row in rows("zebra").values()) == 0


def test_what_defines_the_asked_term_is_known(sample: CourseTutor) -> None:
    found = candidates(sample.index, sample._retriever.query("What is barge-in?"))
    defining = found.chunks[found.features[:, FEATURES.index("definition")] == 1]
    assert any("**Barge-in** is" in sample.index.chunks[chunk].text for chunk in defining)
