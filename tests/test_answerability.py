"""Whether the answer is in the passages that would be shown."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest

from tests.conftest import ROOT
from tutor.answerability import FEATURES, PASSAGES, Answerability, Shown, features
from tutor.turns import CourseTutor

GOLDEN = [json.loads(line) for line in (ROOT / "corpus/questions.jsonl").read_text("utf-8").splitlines()]
SINGLE = [golden for golden in GOLDEN if not golden.get("history")]


def probability(tutor: CourseTutor, message: str) -> float:
    """How likely the best passages for a message answer it."""
    retrieved = tutor._retriever.retrieve(message, 10)
    return Answerability().probability(retrieved.query, Shown.of(tutor.index, retrieved))


def test_questions_that_the_course_answers_are_likelier_than_others(sample: CourseTutor) -> None:
    likely = [probability(sample, golden["question"]) for golden in SINGLE if golden["answerable"]][::4]
    unlikely = [probability(sample, golden["question"]) for golden in SINGLE if not golden["answerable"]]
    assert np.mean([one > other for one in likely for other in unlikely]) > 0.9


def test_without_the_passages_that_answer_an_answer_is_less_likely(sample: CourseTutor) -> None:
    retriever, model = sample._retriever, Answerability()
    fell = []
    for golden in [golden for golden in SINGLE if golden["answerable"]][::5]:
        with_it = retriever.retrieve(golden["question"], 10, lesson=golden["lesson"])
        other = next(lesson.lesson for lesson in sample.index.lessons if lesson.lesson != golden["lesson"])
        without = retriever.retrieve(golden["question"], 10, lesson=other)
        fell.append(
            model.probability(with_it.query, Shown.of(sample.index, with_it))
            > model.probability(without.query, Shown.of(sample.index, without))
        )
    assert np.mean(fell) > 0.9


def test_a_course_and_bare_passages_are_judged_alike(sample: CourseTutor) -> None:
    retrieved = sample._retriever.retrieve("What does Little's law say?", 10)
    live = Shown.of(sample.index, retrieved)
    bounds = [*live.first.tolist(), len(live.vectors)]
    best = np.array(
        [
            max(live.vectors[start:end], key=lambda row: float(row @ retrieved.query.vector))
            for start, end in pairwise(bounds)
        ]
    )
    bare = Shown(best, np.arange(len(best)), live.tokens, live.idf)
    one, other = (features(retrieved.query.vector, retrieved.query.tokens, shown) for shown in (live, bare))
    np.testing.assert_allclose(one, other, rtol=1e-5)


def test_no_more_than_the_best_passages_are_judged(sample: CourseTutor) -> None:
    retrieved = sample._retriever.retrieve("caching", 10)
    shown = Shown.of(sample.index, retrieved)
    assert len(shown.tokens) == len(shown.first) == PASSAGES
    assert shown.first[0] == 0


def test_words_of_asking_count_for_nothing(sample: CourseTutor) -> None:
    shown = Shown.of(sample.index, sample._retriever.retrieve("caching", 10))
    query = sample._retriever.query("caching")
    asked = sample._retriever.query("could you please tell me more about caching")
    share = FEATURES.index("share")
    row, longer = (features(query.vector, tokens, shown) for tokens in (query.tokens, asked.tokens))
    assert row[share] == longer[share] == 1
    assert features(query.vector, (*query.tokens, "zebra"), shown)[share] < 1


@pytest.mark.parametrize("message", ["ok", "why?", "zzyzx", "x" * 3000, "什么是提示注入", "🚀 a"])
def test_odd_messages_have_a_probability_too(sample: CourseTutor, message: str) -> None:
    assert 0 <= probability(sample, message) <= 1


def test_without_passages_there_is_no_answer(sample: CourseTutor) -> None:
    query = sample._retriever.query("caching")
    none = Shown(np.empty((0, len(query.vector)), np.float32), np.empty(0, np.int64), (), lambda token: 1.0)
    assert Answerability().probability(query, none) == 0
    assert not Answerability().is_answered(query, none)
