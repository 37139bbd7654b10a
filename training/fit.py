"""Fits the models in `tutor/fitted/` to question files: `python -m training.fit DATA_DIR COURSE=QUESTIONS …`.

Ranking and quoting are listwise softmax models (ListNet: Cao et al., "Learning to Rank", 2007) that maximise the
likelihood of the chunk, lesson or sentence that answers; coverage is a logistic model. All are linear, so that few
hundred questions suffice. Courses must have been ingested into DATA_DIR. Cross-validated figures (by lesson) and
figures on the course left out are printed; the coefficients written are fitted to all of it.

scikit-learn, which `make fit` installs, fits the logistic model; it has no listwise one.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.support.courses import open_course
from tutor.answering import quotable
from tutor.quality.matching import evidence_span, holds, words
from tutor.quality.questions import GoldenQuestion, read_questions
from tutor.retrieval import coverage, ranking
from tutor.retrieval.retriever import Retrieved, Retriever

DATA = Path(__file__).parents[1] / "tutor" / "fitted"
QUOTING_SETTINGS = {"span": 2.0, "sentence": 1.5, "words": 160}
RANKING_SETTINGS = {"same_lesson": 0.4, "current_lesson": 0.3}
Array = NDArray[np.float64]


@dataclass(frozen=True)
class List:
    """The choices for one question: features (choices, features) and which of them are right, in one or two senses."""

    fold: int
    features: Array
    rights: tuple[tuple[float, NDArray[np.bool_]], ...]


def fit_lists(lists: Sequence[List], start: Array, l2: float = 5e-3, steps: int = 300, rate: float = 0.05) -> Array:
    """Weights that maximise the mean log-likelihood of the right choices, by Adam."""
    weights, first, second = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for step in range(1, steps + 1):
        gradient = 2 * l2 * weights
        for item in lists:
            scores = item.features @ weights
            likely = np.exp(scores - scores.max())
            likely /= likely.sum()
            for importance, right in item.rights:
                wanted = likely * right
                gradient += importance * item.features.T @ (likely - wanted / (wanted.sum() + 1e-12)) / len(lists)
        first = 0.9 * first + 0.1 * gradient
        second = 0.99 * second + 0.01 * gradient * gradient
        weights -= rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return weights


def fit_logistic(features: Array, right: Array, balance: Array, l2: float = 1e-3) -> tuple[Array, float]:
    """Weights and bias of a logistic model, with the penalty `l2` / 2 · ‖weights‖² on the standardised features."""
    # Here, because only `make fit` installs it, and the tests of the benchmarks import this module.
    from sklearn.linear_model import LogisticRegression

    mean, spread = features.mean(0), features.std(0) + 1e-9
    model = LogisticRegression(C=1 / (l2 * len(features)), tol=1e-8, max_iter=4000)
    model.fit((features - mean) / spread, right > 0.5, balance)
    weights = model.coef_[0] / spread
    return weights, float(model.intercept_[0] - weights @ mean)


def auroc(scores: Array, right: Array) -> float:
    """The chance that a right one scores above a wrong one."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(right > 0.5, scores))


class Fitting:
    """One course with its questions."""

    def __init__(self, data_dir: Path, course: str, files: Sequence[Path]) -> None:
        self.course, self.embedder, self.index = course, *open_course(data_dir, course)
        self.questions = [q for file in files for q in read_questions(file) if not q.history]
        names = sorted({q.lesson or q.id.split(":")[0] for q in self.questions})
        random.Random(0).shuffle(names)
        self.folds = {name: place % 5 for place, name in enumerate(names)}

    def fold(self, question: GoldenQuestion) -> int:
        return self.folds[question.lesson or question.id.split(":")[0]]

    def retriever(self) -> Retriever:
        return Retriever(self.index, self.embedder)

    def ranking_lists(self) -> list[List]:
        retriever, found = self.retriever(), []
        for question in self.questions:
            if not question.answerable or question.lesson not in self.index.position:
                continue
            these = ranking.candidates(self.index, retriever.query(question.question))
            in_lesson = self.index.lesson_of[these.chunks] == self.index.position[question.lesson]
            rights = [(0.5, in_lesson)] if in_lesson.any() else []
            if question.evidence:
                texts = [self.index.chunks[chunk].text for chunk in these.chunks]
                exact = np.array(
                    [ok and holds(text, question.evidence) for ok, text in zip(in_lesson, texts, strict=True)]
                )
                rights += [(1.0, exact)] if exact.any() else []
            if rights:
                found.append(List(self.fold(question), these.features.astype(float), tuple(rights)))
        return found

    def quoting_lists(self) -> list[List]:
        retriever, found = self.retriever(), []
        for question in self.questions:
            if not question.evidence or question.lesson not in self.index.position:
                continue
            lesson = self.index.lessons[self.index.position[question.lesson]]
            span = evidence_span(words(lesson.text), question.evidence)
            weighed = quotable.weigh(self.index, retriever.retrieve(question.question, 6))
            right = np.array(
                [
                    span is not None and owner.lesson == lesson.lesson and s.start < span[1] and s.end > span[0]
                    for s, owner in zip(weighed.sentences, weighed.lessons, strict=True)
                ],
                bool,
            )
            if right.any():
                found.append(List(self.fold(question), weighed.features.astype(float), ((1.0, right),)))
        return found

    def coverage_rows(self, others: Sequence[GoldenQuestion] = ()) -> tuple[Array, Array]:
        """Features and truth of the course's own questions, and of other courses' as not covered."""
        retriever = self.retriever()
        asked = [(q.question, q.answerable) for q in self.questions] + [(q.question, False) for q in others]
        found: list[tuple[Retrieved, bool]] = [(retriever.retrieve(text, 5), right) for text, right in asked]
        nearness = coverage.Nearness.of(self.index)
        rows = [
            (coverage.coverage_features(got, nearness), right) for got, right in found if len(got.candidates.chunks)
        ]
        return np.array([row for row, _ in rows], float), np.array([right for _, right in rows], float)


def write(name: str, features: Sequence[str], weights: Array, bias: float = 0.0, **settings: float) -> None:
    """Write a model where the tutor reads it."""
    model: dict[str, Any] = {"weights": {f: round(float(w), 5) for f, w in zip(features, weights, strict=True)}}
    model |= {"bias": round(bias, 5), "settings": settings}
    (DATA / f"{name}.json").write_text(json.dumps(model, indent=1) + "\n", "utf-8")


def balanced(groups: Sequence[Sequence[List]]) -> list[List]:
    """All lists, those of each group weighing alike together: courses mark what answers in ways of their own."""
    mean = sum(map(len, groups)) / max(1, len(groups))
    return [
        List(
            item.fold,
            item.features,
            tuple((importance * mean / len(group), right) for importance, right in item.rights),
        )
        for group in groups
        for item in group
    ]


def crossed(lists: Sequence[List], start: Array) -> float:
    """The share of questions whose best-scored choice is right, each scored by weights fitted without its fold."""
    hits = 0
    for fold in range(5):
        weights = fit_lists([item for item in lists if item.fold != fold], start, steps=150)
        hits += sum(bool(item.rights[-1][1][np.argmax(item.features @ weights)]) for item in lists if item.fold == fold)
    return hits / max(1, len(lists))


def fit_listwise(
    name: str, features: Sequence[str], lists: Sequence[List], start: dict[str, float], **settings: float
) -> None:
    """Fit, cross-validate and write one listwise model."""
    first = np.array([start.get(feature, 0.0) for feature in features])
    print(f"{name}: {len(lists)} lists, right at first place, cross-validated: {crossed(lists, first):.3f}", flush=True)
    write(name, features, fit_lists(lists, first), **settings)


def fit_coverage(courses: Sequence[Fitting]) -> None:
    """Fit the coverage model; print AUROC on each course with weights fitted on the others."""
    rng = random.Random(1)
    rows: dict[str, tuple[Array, Array]] = {}
    own: dict[str, int] = {}
    for course in courses:
        foreign = [q for other in courses if far(course.course, other.course) for q in other.questions if q.answerable]
        own[course.course] = len(course.questions)
        rows[course.course] = course.coverage_rows(rng.sample(foreign, min(len(foreign), 200)))

    def fitted(names: Sequence[str]) -> tuple[Array, float]:
        features = np.concatenate([rows[name][0] for name in names])
        right = np.concatenate([rows[name][1] for name in names])
        # Each course counts alike, and in it the answerable as much as the others: a prior of one half.
        balance = np.concatenate(
            [np.where(t > 0.5, len(t) / t.sum(), len(t) / (1 - t).sum()) / len(t) for t in (rows[n][1] for n in names)]
        )
        return fit_logistic(features, right, balance / balance.mean())

    for name in rows:
        weights, bias = fitted([other for other in rows if other != name] or [name])
        features, right = (part[: own[name]] for part in rows[name])
        logit = features @ weights + bias
        print(
            f"coverage on {name} left out: AUROC {auroc(logit, right):.3f}, "
            f"answered {np.mean(logit[right > 0.5] > 0):.3f}, refused {np.mean(logit[right < 0.5] <= 0):.3f}"
        )
    weights, bias = fitted(list(rows))
    # So that one half is the point at which answering and refusing are right about equally often, for questions and
    # for fragments: these have less in them that could speak for or against.
    fragment = coverage.FEATURES.index("fragment")
    points = []
    for short in (False, True):
        parts = []
        for name, (features, right) in rows.items():
            logits, true = features[: own[name]] @ weights + bias, right[: own[name]]
            which = (features[: own[name], fragment] > 0.5) == short
            parts.append((logits[which], true[which]))
        points.append(balanced_point(parts))
    bias -= points[0]
    weights[fragment] -= points[1] - points[0]
    write("coverage", coverage.FEATURES, weights, bias, refuse=0.5, sure=0.7)
    for name, (features, right) in rows.items():
        logit = features[: own[name]] @ weights + bias
        right = right[: own[name]]
        print(
            f"coverage on {name} fitted: AUROC {auroc(logit, right):.3f}, "
            f"answered {np.mean(logit[right > 0.5] > 0):.3f}, refused {np.mean(logit[right < 0.5] <= 0):.3f}"
        )


def balanced_point(courses: Sequence[tuple[Array, Array]]) -> float:
    """The logit at which the worst rate of any course (answered less .03, refused) is best.

    Given each course's logits and truth; a course with few questions of either kind has no say.
    """
    judged = [(logits, right) for logits, right in courses if min(np.sum(right > 0.5), np.sum(right < 0.5)) >= 10]

    def worst(point: float) -> float:
        rates = [
            (np.mean(logits[right > 0.5] > point) - 0.03, np.mean(logits[right < 0.5] <= point))
            for logits, right in judged or courses
        ]
        return float(min(min(each) for each in rates)) + 0.01 * float(np.mean(rates))

    return float(max(np.linspace(-3, 3, 241), key=worst))


def far(course: str, other: str) -> bool:
    """Whether no question of `other` is of the field of `course`."""
    computing = {"odin", "ai-system-design"}
    return course != other and not {course, other} <= computing


def main(arguments: Sequence[str]) -> None:
    """Fit everything, in the order in which the models build on each other."""
    only = [name.removeprefix("--") for name in arguments if name.startswith("--")] or [
        "ranking",
        "quoting",
        "coverage",
    ]
    data_dir, *given = [argument for argument in arguments if not argument.startswith("--")]
    files: dict[str, list[Path]] = {}
    for item in given:
        course, _, file = item.partition("=")
        files.setdefault(course, []).append(Path(file))
    courses = [Fitting(Path(data_dir), course, paths) for course, paths in files.items()]
    steps: dict[str, Callable[[], None]] = {
        "ranking": lambda: fit_listwise(
            "ranking", ranking.FEATURES, [item for course in courses for item in course.ranking_lists()],
            {"dense": 2.0, "bm25": 2.0, "sentence": 2.0}, **RANKING_SETTINGS,
        ),
        "quoting": lambda: fit_listwise(
            "quoting", quotable.FEATURES, balanced([course.quoting_lists() for course in courses]),
            {"chunk": 1.0, "cosine": 2.0}, **QUOTING_SETTINGS,
        ),
        "coverage": lambda: fit_coverage(courses),
    }  # fmt: skip
    for name in only:
        steps[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
