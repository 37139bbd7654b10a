"""How likely the course answers."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import ROOT, TinyCourse
from tutor.fitted.linear import LinearModel, feature_rows
from tutor.models import Decision
from tutor.pipeline.course_tutor import CourseTutor
from tutor.retrieval.coverage import FEATURES, CoverageModel, Nearness, coverage_features

GOLDEN = [json.loads(line) for line in (ROOT / "corpus/questions.jsonl").read_text("utf-8").splitlines()]
ORDER = (Decision.NOT_COVERED, Decision.PARTIAL, Decision.COVERED)


def test_the_decision_follows_the_probability(sample: CourseTutor) -> None:
    model = CoverageModel(sample.index)
    found = [model.coverage(sample._retriever.retrieve(golden["question"], 10)) for golden in GOLDEN[::4]]
    assert all(0 <= coverage.probability <= 1 for coverage in found)
    decisions = [ORDER.index(coverage.decision) for coverage in sorted(found, key=lambda each: each.probability)]
    assert decisions == sorted(decisions)
    assert set(decisions) == {0, 1, 2}


def test_most_questions_are_decided_rightly(sample: CourseTutor) -> None:
    plain = [golden for golden in GOLDEN if not golden.get("history")]
    right = [
        (sample._coverage.coverage(sample._retriever.retrieve(golden["question"], 10)).decision != ORDER[0])
        == golden["answerable"]
        for golden in plain
    ]
    assert np.mean(right) > 0.9


@pytest.mark.parametrize("question", ["a", "x" * 4000, "zzyzx", "🚀 a", "grades?", "什么是提示注入"])
def test_odd_questions_have_a_probability_too(sample: CourseTutor, question: str) -> None:
    retrieved = sample._retriever.retrieve(question, 10)
    assert np.isfinite(coverage_features(retrieved, Nearness.of(sample.index))).all()
    assert 0 <= sample._coverage.coverage(retrieved).probability <= 1


def test_where_nothing_is_found_nothing_is_covered(sample: CourseTutor) -> None:
    retrieved = sample._retriever.retrieve("caching", 3)
    empty = replace(retrieved, candidates=replace(retrieved.candidates, chunks=np.empty(0, np.int64)))
    assert CoverageModel(sample.index).coverage(empty).decision == Decision.NOT_COVERED


def test_a_model_fitted_with_other_features_is_refused() -> None:
    for features in (FEATURES[1:], (*FEATURES, "another"), (*FEATURES[1:], "another")):
        with pytest.raises(ValueError, match="fit it again"):
            LinearModel.read("coverage", features)


def test_columns_that_a_model_does_not_weigh_are_a_mistake() -> None:
    columns = {"b": [2.0, 4.0], "a": [1.0, 3.0]}
    assert feature_rows(columns, ("a", "b")).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    for features in (("a",), ("a", "b", "c"), ("a", "c")):
        with pytest.raises(ValueError, match="features"):
            feature_rows(columns, features)


def test_weights_belong_to_names_and_not_to_places() -> None:
    one, other = LinearModel.read("coverage", FEATURES), LinearModel.read("coverage", FEATURES[::-1])
    row = np.arange(len(FEATURES), dtype=np.float32)[None, :]
    np.testing.assert_allclose(one.score(row), other.score(row[:, ::-1]), rtol=1e-4)


def test_lessons_that_are_alike_are_near_to_each_other(sample: CourseTutor, tiny: TinyCourse) -> None:
    own = Nearness.of(sample.index)
    assert 0.2 < own.dense_mean < own.dense < 0.8
    assert 0.2 < own.sentence_mean < own.sentence < 0.8
    text = "# Caching\n\nA cache keeps what was asked for often, so that it need not be fetched again.\n"
    alike = Nearness.of(tiny({"a.md": text, "b.md": text.replace("often", "twice")}).index)
    unlike = Nearness.of(tiny({"a.md": text, "b.md": "# Bread\n\nKnead the dough until it no longer sticks.\n"}).index)
    assert alike.sentence > 0.8 > unlike.sentence


def test_a_course_of_one_lesson_has_no_nearness(tiny: TinyCourse) -> None:
    assert Nearness.of(tiny({"a.md": "# Caching\n\nA cache keeps what was asked for often.\n"}).index) == Nearness()


def test_in_a_nearer_course_the_same_cosine_says_less(sample: CourseTutor) -> None:
    retrieved = sample._retriever.retrieve("What is prompt injection?", 10)
    far, near = (coverage_features(retrieved, Nearness(*[value] * 4)) for value in (0.3, 0.6))
    model = LinearModel.read("coverage", FEATURES)
    assert model.score(near[None, :])[0] < model.score(far[None, :])[0]
    changed = {name for name, one, other in zip(FEATURES, far, near, strict=True) if one != other}
    assert changed == {"dense", "dense_mean", "sentence", "sentence_mean"}
