"""Outcomes become figures under the names of the contract, and a run is held against an earlier one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tutor.errors import InvalidRequest
from tutor.models import Citation, Coverage, Decision, Passage, Turn, TurnState
from tutor.quality.figures import QUALITY, SHOWN, Figures, figures
from tutor.quality.gate import falls, read_figures
from tutor.quality.matching import words
from tutor.quality.outcomes import QuestionResult, outcome
from tutor.quality.questions import EarlierWords, GoldenQuestion

TEXT = "# Masks\n\nA **mask** hides what comes later. It is a matrix."
LESSONS = {"a.md": words(TEXT), "b.md": words("# Heads\n\nA head attends.")}
EVIDENCE = "a mask hides"


def turn(probability: float, cited: str = "a.md", *, refused: bool = False) -> Turn:
    """A turn that cites the first sentence of a lesson."""
    decision = Decision.NOT_COVERED if refused else Decision.COVERED
    state = TurnState.REFUSED if refused else TurnState.DONE
    citation = Citation(1, 0, 4, cited, "Masks", "Masks", 9, 44, TEXT[9:44], "")
    return Turn("t", "c", "masks", "?", "?", "Some", state, Coverage(probability, decision), (citation,))


def passages(*lessons: str) -> tuple[Passage, ...]:
    """One passage of each lesson, best first."""
    text = {"a.md": TEXT}
    return tuple(
        Passage(rank, 1 / rank, lesson, "", "", 0, 9, text.get(lesson, "Other words."), "")
        for rank, lesson in enumerate(lessons, 1)
    )


def judged(
    question: GoldenQuestion, found: tuple[Passage, ...], made: Turn, latency_ms: float = 10.0
) -> QuestionResult:
    """What came of a question in the course of two lessons."""
    return outcome(question, found, made, latency_ms, LESSONS)


SAYS = "A mask hides what comes later."
COVERED = GoldenQuestion("q", "What is a mask?", True, lesson="a.md", evidence=EVIDENCE, says=(SAYS,), whole=((SAYS,),))
FAR = GoldenQuestion("f", "Who won?", False, kind="far")
OUTCOMES = [
    judged(COVERED, passages("a.md", "b.md", "a.md"), turn(0.9), 10),
    judged(COVERED, passages("b.md", "a.md"), turn(0.8, "b.md"), 20),
    judged(COVERED, passages(*["b.md"] * 5, "a.md"), turn(0.4, refused=True), 30),
    judged(replace(COVERED, history=(EarlierWords("user", "Hi"),)), passages("b.md"), turn(0.7), 40),
    judged(FAR, passages("a.md"), turn(0.1, refused=True), 50),
    judged(replace(FAR, kind="near"), passages("a.md"), turn(0.7), 60),
]


def test_the_figures_of_six_outcomes_by_hand() -> None:
    found = figures(OUTCOMES).as_json()
    assert list(found)[: len(SHOWN) + 3] == [*SHOWN, "latency_ms_p50", "latency_ms_p95", "n"]
    assert found["hit@1"] == 0.25
    assert found["hit@5"] == 0.5
    assert found["mrr@10"] == round((1 + 1 / 2 + 1 / 6 + 0) / 4, 4)
    assert found["evidence@5"] == 0.5
    assert found["cited_lesson"] == 0.5
    assert found["cited_evidence"] == 0.5
    # Two of the four cite the very sentence, and quote nothing else; another is refused, another cites elsewhere.
    assert [found[name] for name in ("first", "direct", "complete", "clean", "good")] == [0.75, 1.5, 1.5, 1.5, 0.75]
    assert [found[name] for name in ("dangling", "repeated", "words_p50")] == [0, 0, 1]
    # Against 0.1 all four win, against 0.7 two do, one loses and one ties.
    assert found["coverage_auroc"] == round((4 + 2.5) / 8, 4)
    assert found["answered"] == 0.75
    assert found["refused"] == 0.5
    assert (found["latency_ms_p50"], found["latency_ms_p95"], found["n"]) == (35, 57.5, 6)
    assert found["unmatched"] == 0


def test_figures_by_kind_tell_each_kind_from_all_that_the_course_answers() -> None:
    by_kind = figures(OUTCOMES).as_json()["by_kind"]
    assert {kind: found["n"] for kind, found in by_kind.items()} == {"far": 1, "near": 1, "single": 3, "follow-up": 1}
    assert by_kind["far"]["coverage_auroc"] == 1
    assert by_kind["near"]["coverage_auroc"] == 2.5 / 4
    assert by_kind["far"]["refused"] == 1
    assert by_kind["near"]["refused"] == 0
    assert "hit@1" not in by_kind["far"]
    assert by_kind["follow-up"]["hit@1"] == 0


def test_what_the_questions_do_not_allow_is_null() -> None:
    bare = GoldenQuestion("q", "What is a mask?", True)
    found = figures([judged(bare, passages("a.md"), turn(0.9))]).as_json()
    assert [name for name in SHOWN if found[name] is not None] == ["dangling", "repeated", "words_p50", "answered"]
    assert list(found["intervals"]) == ["answered"]
    assert json.loads(json.dumps(found)) == found
    assert figures([]).as_json()["n"] == 0


def test_every_figure_lies_in_its_interval() -> None:
    found = figures(OUTCOMES)
    assert set(found.intervals) == set(QUALITY)
    for name, (low, high) in found.intervals.items():
        value = found[name]
        assert value is not None
        assert 0 <= low <= value <= high <= 1


def test_a_refusal_cites_nothing_however_well_it_points() -> None:
    refused = judged(COVERED, passages("a.md"), turn(0.2, refused=True))
    assert (refused.cited_lesson, refused.cited_evidence) == (False, False)


def test_a_question_about_what_the_course_does_not_have_is_counted_as_unmatched_and_missed() -> None:
    lost = [
        judged(replace(COVERED, lesson="c.md"), passages("a.md"), turn(0.9)),
        judged(replace(COVERED, evidence="no such words"), passages("a.md"), turn(0.9)),
    ]
    found = figures(lost)
    assert found.unmatched == 2
    assert found.cited_evidence == 0


def test_what_is_said_of_an_unanswerable_question_beside_its_kind_is_not_judged() -> None:
    odd = judged(replace(FAR, lesson="a.md", evidence=EVIDENCE), passages("a.md"), turn(0.9))
    assert (odd.lesson_rank, odd.evidence_rank, odd.cited_lesson, odd.cited_evidence) == (None, None, None, None)


def test_details_are_one_json_object_with_what_was_found() -> None:
    line = json.loads(json.dumps(OUTCOMES[1].as_json()))
    assert line["id"] == "q"
    assert line["lesson_rank"] == 2
    assert line["evidence_rank"] == 2
    assert line["cited_evidence"] is False
    assert [passage["lesson"] for passage in line["passages"]] == ["b.md", "a.md"]
    assert "text" not in line["passages"][0]


def earlier(**changes: Any) -> dict[str, Any]:
    """The figures of an earlier run."""
    return {**figures(OUTCOMES).as_json(), **changes}


def test_a_run_is_not_worse_than_itself() -> None:
    assert falls(figures(OUTCOMES), earlier()) == ()


def test_a_figure_below_the_earlier_interval_is_worse_and_one_within_is_not() -> None:
    now = figures(OUTCOMES)
    base = earlier(**{"hit@1": 0.9, "intervals": {"hit@1": [0.8, 0.95], "answered": [0.7, 0.99]}, "answered": 0.9})
    assert [(fall.name, fall.was, fall.bound, fall.now) for fall in falls(now, base)] == [("hit@1", 0.9, 0.8, 0.25)]


def test_without_an_earlier_interval_the_one_of_now_counts() -> None:
    now = figures(OUTCOMES)
    assert falls(now, {"answered": 0.9}) == (), "with four questions, 0.75 may well be 0.9"
    sure = Figures(n=9, answered=0.75, intervals={"answered": (0.7, 0.8)})
    assert [fall.name for fall in falls(sure, {"answered": 0.9})] == ["answered"]
    assert falls(sure, {"answered": 0.79}) == ()


def test_a_figure_that_cannot_be_measured_any_more_is_worse_and_time_is_not_looked_at() -> None:
    assert [fall.name for fall in falls(figures([]), {"refused": 0.9, "latency_ms_p50": 1})] == ["refused"]


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"hit@1": "high"}', '{"n": 3}'])
def test_a_file_without_figures_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "figures.json"
    path.write_text(content)
    with pytest.raises(InvalidRequest, match=r"figures\.json"):
        read_figures(path)


def test_printed_figures_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    path.write_text(json.dumps(earlier()))
    assert falls(figures(OUTCOMES), read_figures(path)) == ()
