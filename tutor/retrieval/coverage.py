"""Passages → the probability that the course answers the question: a logistic model over retrieval features.

Cosines are measured against how near the course's lessons are to each other: in a large course, or one whose lessons
are much alike, any question finds something near, and one threshold would answer too much there and too little in a
small course. The coefficients lie in `tutor/fitted/coverage.json`; `make fit` fits them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutor.fitted.linear import LinearModel
from tutor.index.course_index import CourseIndex
from tutor.models import Coverage, Decision
from tutor.retrieval.retriever import Retrieved

FEATURES = (
    "dense", "dense_mean", "dense_margin", "sentence", "sentence_mean", "bm25", "share", "share_of_five",
    "sentence_share", "unknown", "length", "fragment", "title", "agreement",
    "missing", "missing_mass", "certainty", "sentence_margin", "together", "logistics",
)  # fmt: skip

# Grades, dates and the like: questions about the running of a course, whose words its lessons often have too.
_LOGISTICS = re.compile(
    r"\b(?:(?:this|your|our) (?:course|class|semester)|the (?:course|semester)(?! (?:say|cover|teach|explain|mention))|"
    r"grad(?:e|es|ed|ing)\b|(?:final|midterm) (?:exam|project)|exams?\b|midterm|due date|deadline|due (?:on|by|date)|"
    r"syllabus|enrol(?:l|ment)?\b|register for|tuition|textbooks?|office hours?|professor|lecturer|attendance|"
    r"teaching assistants?|homework|extra credit|academic (?:dishonesty|integrity)|plagiarism|"
    r"pass (?:the|this) (?:course|class)|live (?:class|session|zoom)|zoom)",
    re.IGNORECASE,
)


_SAMPLED = 300
_SHORTEST = 40
_BEST = 5


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a course's sentences are to its other lessons: medians of the cosines that a question's are held to."""

    dense: float = 0.0
    dense_mean: float = 0.0
    sentence: float = 0.0
    sentence_mean: float = 0.0

    @classmethod
    def of(cls, index: CourseIndex) -> Nearness:
        """Of up to 300 sentences, evenly spread over the course, each as if it were asked and its lesson missing.

        A course of one lesson has nothing to hold them to: zeros, as if all it has were far apart."""
        arrays = index.arrays
        long = np.flatnonzero(arrays.sentence_end - arrays.sentence_start > _SHORTEST)
        if len(index.lessons) < 2 or not len(long):
            return cls()
        asked = long[np.linspace(0, len(long) - 1, min(_SAMPLED, len(long))).astype(np.int64)]
        lessons = index.lesson_of[arrays.sentence_chunk[asked]]
        vectors = np.asarray(arrays.sentences[asked], np.float32)
        found = []
        for rows, owner in ((arrays.windows, arrays.window_chunk), (arrays.sentences, arrays.sentence_chunk)):
            cosines = vectors @ np.asarray(rows, np.float32).T
            cosines[lessons[:, None] == index.lesson_of[owner][None, :]] = -1.0
            count = min(_BEST, cosines.shape[1])
            best = np.partition(cosines, -count, axis=1)[:, -count:]
            found += [float(np.median(best.max(axis=1))), float(np.median(best.mean(axis=1)))]
        return cls(*found)


class CoverageModel:
    """Says how likely a course answers a question."""

    def __init__(self, index: CourseIndex) -> None:
        self._nearness = Nearness.of(index)
        self._model = LinearModel.read("coverage", FEATURES)

    def coverage(self, retrieved: Retrieved) -> Coverage:
        """The probability, and what follows: below `refuse` not covered, below `sure` partial, else covered."""
        if not len(retrieved.candidates.chunks):
            return Coverage(0.0, Decision.NOT_COVERED)
        logit = float(self._model.score(coverage_features(retrieved, self._nearness)[None, :])[0])
        probability = 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
        if probability < self._model.settings["refuse"]:
            decision = Decision.NOT_COVERED
        elif probability < self._model.settings["sure"]:
            decision = Decision.PARTIAL
        else:
            decision = Decision.COVERED
        return Coverage(round(probability, 4), decision)


def coverage_features(retrieved: Retrieved, nearness: Nearness) -> NDArray[np.float32]:
    """The features of a question that found something, in a course of that nearness: shape (len(FEATURES),)."""
    found = retrieved.candidates
    order = np.argsort(-retrieved.own_scores, kind="stable")
    five = order[:5]
    dense = np.sort(found.dense)[::-1]
    sentence = np.sort(found.sentence)[::-1]
    words = len(set(retrieved.query.tokens))
    likely = np.exp(np.minimum(0, retrieved.own_scores - retrieved.own_scores.max()))
    values = {
        "dense": dense[0] - nearness.dense,
        "dense_mean": dense[:5].mean() - nearness.dense_mean,
        "dense_margin": dense[0] - np.median(dense),
        "sentence": sentence[0] - nearness.sentence,
        "sentence_mean": sentence[:5].mean() - nearness.sentence_mean,
        "bm25": min(3.0, float(found.bm25.max()) / found.question_idf),
        "share": found.share[five].max(),
        "share_of_five": found.share[five].mean(),
        "sentence_share": found.sentence_share.max(),
        "unknown": found.unknown_share,
        "length": math.log1p(words),
        "fragment": float(words <= 3),
        "title": max(float(found.title_share[five].max()), float(found.section_share[five].max())),
        "agreement": found.dense[five].max() * found.share[five].max(),
        "missing": found.missing[five].min(),
        "missing_mass": found.missing[five].mean(),
        "certainty": float(1 / likely.sum()),
        "logistics": float(bool(_LOGISTICS.search(retrieved.query.text))),
        "sentence_margin": sentence[0] - np.median(sentence),
        "together": float((np.maximum(0, found.sentence) * found.sentence_share).max()),
    }
    return np.array([values[name] for name in FEATURES], np.float32)
