"""Outcomes → the figures of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tutor.quality.marks import dangles, repeats, word_count
from tutor.quality.metrics import (
    Interval,
    auroc,
    auroc_interval,
    mean,
    mean_interval,
    percentile,
    reciprocal_ranks,
    share,
    share_interval,
)
from tutor.quality.outcomes import QuestionResult

PASSAGES = 10
"""How many passages of a search are looked at."""

SHOWN: Final = (
    "hit@1", "hit@5", "mrr@10", "evidence@5", "cited_lesson", "cited_evidence", "first", "direct", "complete", "clean",
    "good", "dangling", "repeated", "words_p50", "coverage_auroc", "answered", "refused",
)  # fmt: skip
"""The order in which figures are told."""
MARKS: Final = ("direct", "complete", "clean")
"""Means of the marks from 0 to 2, higher is better; see `tutor.quality.marks`."""
FAULTS: Final = ("dangling", "repeated")
"""Shares of the answers with a fault, lower is better."""
QUALITY: Final = tuple(name for name in SHOWN if name not in (*MARKS, *FAULTS, "words_p50"))
"""The figures between 0 and 1, higher is better."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a run over `n` questions; each is None where the questions do not allow it.

    `intervals` holds the 95 % intervals by the names of `as_json`, `by_kind` the figures of the questions of one
    kind. `unmatched` counts questions that name a lesson or evidence that the course does not have.
    """

    n: int
    hit_at_1: float | None = None
    hit_at_5: float | None = None
    mrr_at_10: float | None = None
    evidence_at_5: float | None = None
    cited_lesson: float | None = None
    cited_evidence: float | None = None
    first: float | None = None
    direct: float | None = None
    complete: float | None = None
    clean: float | None = None
    good: float | None = None
    dangling: float | None = None
    repeated: float | None = None
    words_p50: float | None = None
    coverage_auroc: float | None = None
    answered: float | None = None
    refused: float | None = None
    latency_ms_p50: float | None = None
    latency_ms_p95: float | None = None
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    by_kind: Mapping[str, Figures] = field(default_factory=dict)
    unmatched: int = 0

    def __getitem__(self, name: str) -> float | None:
        """A figure by its name in `as_json`."""
        value: float | None = getattr(self, name.replace("@", "_at_"))
        return value

    def as_json(self) -> dict[str, Any]:
        """The figures as one JSON object, those of the contract first."""
        return {
            **{name: _rounded(self[name], 4) for name in SHOWN},
            "latency_ms_p50": _rounded(self.latency_ms_p50, 3),
            "latency_ms_p95": _rounded(self.latency_ms_p95, 3),
            "n": self.n,
            "intervals": {name: [round(low, 4), round(high, 4)] for name, (low, high) in self.intervals.items()},
            "by_kind": {kind: figures._given() for kind, figures in self.by_kind.items()},
            "unmatched": self.unmatched,
        }

    def _given(self) -> dict[str, Any]:
        """The figures of one kind of questions, without those that these do not allow."""
        everything = self.as_json()
        for name in ("by_kind", "latency_ms_p50", "latency_ms_p95", "unmatched"):
            del everything[name]
        return {name: value for name, value in everything.items() if value is not None}


def figures(outcomes: Sequence[QuestionResult]) -> Figures:
    """The figures of a run; refused questions count as not cited."""
    kinds: dict[str, list[QuestionResult]] = {}
    for outcome in outcomes:
        if kind := kind_of(outcome):
            kinds.setdefault(kind, []).append(outcome)
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    by_kind = {kind: _figures(found, answerable) for kind, found in sorted(kinds.items())}
    return _figures(outcomes, answerable, by_kind)


def kind_of(outcome: QuestionResult) -> str | None:
    """What a question is listed under: its own kind, else `follow-up` or `single` for an answerable one."""
    question = outcome.question
    if question.kind or not question.answerable:
        return question.kind
    return "follow-up" if question.history else "single"


def _figures(
    outcomes: Sequence[QuestionResult],
    answerable: Sequence[QuestionResult],
    by_kind: Mapping[str, Figures] | None = None,
) -> Figures:
    """The figures of some outcomes, whose unanswerable ones are told apart from all of `answerable`."""
    own = [outcome for outcome in outcomes if outcome.question.answerable]
    others = [outcome for outcome in outcomes if not outcome.question.answerable]
    placed = [outcome for outcome in own if outcome.question.lesson is not None]
    evident = [outcome for outcome in own if outcome.question.evidence]
    marked = [outcome.marks for outcome in own if outcome.marks is not None]
    quoting = [outcome.turn for outcome in outcomes if outcome.turn.citations and not outcome.refused]
    hits: dict[str, list[bool]] = {
        "hit@1": [_within(outcome.lesson_rank, 1) for outcome in placed],
        "hit@5": [_within(outcome.lesson_rank, 5) for outcome in placed],
        "evidence@5": [_within(outcome.evidence_rank, 5) for outcome in evident],
        "cited_lesson": [outcome.cited_lesson for outcome in own if outcome.cited_lesson is not None],
        "cited_evidence": [outcome.cited_evidence for outcome in own if outcome.cited_evidence is not None],
        "first": [marks.first for marks in marked],
        "good": [marks.good for marks in marked],
        "answered": [not outcome.refused for outcome in own],
        "refused": [outcome.refused for outcome in others],
    }
    reciprocals = reciprocal_ranks([outcome.lesson_rank for outcome in placed], PASSAGES)
    above, below = _probabilities(answerable), _probabilities(others)
    values = {name: share(found) for name, found in hits.items()}
    values |= {name: mean([float(getattr(marks, name)) for marks in marked]) for name in MARKS}
    values |= {"dangling": share(list(map(dangles, quoting))), "repeated": share(list(map(repeats, quoting)))}
    values["words_p50"] = percentile([float(word_count(turn)) for turn in quoting], 50)
    values |= {"mrr@10": mean(reciprocals), "coverage_auroc": auroc(above, below)}
    intervals = {name: share_interval(found) for name, found in hits.items()}
    intervals |= {"mrr@10": mean_interval(reciprocals), "coverage_auroc": auroc_interval(above, below)}
    latencies = [outcome.latency_ms for outcome in outcomes]
    return Figures(
        n=len(outcomes),
        latency_ms_p50=percentile(latencies, 50),
        latency_ms_p95=percentile(latencies, 95),
        intervals={name: interval for name in QUALITY if (interval := intervals.get(name)) is not None},
        by_kind=by_kind or {},
        unmatched=sum(not outcome.matched for outcome in outcomes),
        **{name.replace("@", "_at_"): value for name, value in values.items()},
    )


def _within(rank: int | None, limit: int) -> bool:
    return rank is not None and rank <= limit


def _probabilities(outcomes: Sequence[QuestionResult]) -> list[float]:
    return [outcome.turn.coverage.probability for outcome in outcomes]


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
