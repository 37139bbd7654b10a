"""A whole run over a real index, and the command that makes one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.quality.conftest import COURSE
from tutor.cli import evaluate as command
from tutor.config import read_settings
from tutor.errors import InvalidRequest, NotFound
from tutor.pipeline.course_tutor import CourseTutor
from tutor.quality.evaluate import evaluate
from tutor.quality.figures import QUALITY, SHOWN
from tutor.quality.outcomes import QuestionResult
from tutor.quality.questions import EarlierWords, GoldenQuestion
from tutor.wiring.compose import open_tutor

QUESTIONS = (
    GoldenQuestion(
        "window",
        "How many bytes may be in flight before an acknowledgement?",
        True,
        lesson="02-tcp.md",
        evidence="the window says how many bytes may be in flight",
    ),
    GoldenQuestion("lost", "how does a frame tell of lost bits", True, lesson="01-frames.md"),
    GoldenQuestion(
        "follow",
        "and how does it end?",
        True,
        lesson="02-tcp.md",
        history=(EarlierWords("user", "Does TCP number every byte it sends?"), EarlierWords("assistant", "Yes.")),
    ),
    GoldenQuestion("far", "Who painted the ceiling of the Sistine Chapel?", False, kind="far"),
)


@pytest.fixture
def tutor(data_dir: Path) -> Iterator[CourseTutor]:
    """The tutor of the small course."""
    opened = open_tutor(read_settings(data_dir=data_dir))
    opened.start()
    with opened.course(COURSE) as live:
        yield live
    opened.close()


def test_every_question_is_asked_once_and_what_came_of_it_is_told(tutor: CourseTutor) -> None:
    told: list[tuple[int, int, QuestionResult]] = []
    found = evaluate(QUESTIONS, tutor, on_result=lambda *step: told.append(step))
    assert [(done, total) for done, total, _ in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [outcome.question for _, _, outcome in told] == list(QUESTIONS)
    assert (found.n, found.unmatched) == (4, 0)
    assert found.hit_at_5 == 1
    assert found.evidence_at_5 == 1
    assert [name for name in QUALITY if found[name] is None] == ["first", "good"]
    assert 0 < (found.latency_ms_p50 or 0) <= (found.latency_ms_p95 or 0)


def test_a_follow_up_is_judged_by_what_its_turn_found(tutor: CourseTutor) -> None:
    outcomes: list[QuestionResult] = []
    evaluate(QUESTIONS[2:3], tutor, on_result=lambda _done, _total, outcome: outcomes.append(outcome))
    (outcome,) = outcomes
    assert outcome.passages == outcome.turn.passages
    assert "TCP" in outcome.turn.standalone_question
    assert outcome.lesson_rank == 1


def run(data_dir: Path, questions: Path, *more: str) -> Result:
    """What the command does."""
    app = typer.Typer()
    app.callback()(lambda: None)
    command.register(app)
    course = [] if "--course" in more else ["--course", COURSE]
    return CliRunner().invoke(app, ["evaluate", str(questions), *course, "--data-dir", str(data_dir), *more])


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """The questions in a file."""
    path = tmp_path / "questions.jsonl"
    lines: list[dict[str, Any]] = [
        {"id": item.id, "question": item.question, "answerable": item.answerable, "lesson": item.lesson}
        for item in QUESTIONS
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def test_json_is_one_document_on_stdout_and_details_one_line_per_question(
    data_dir: Path, questions: Path, tmp_path: Path
) -> None:
    details = tmp_path / "details.jsonl"
    result = run(data_dir, questions, "--json", "--details", str(details))
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert list(figures)[: len(SHOWN) + 3] == [*SHOWN, "latency_ms_p50", "latency_ms_p95", "n"]
    assert figures["evidence@5"] is None
    lines = [json.loads(line) for line in details.read_text().splitlines()]
    assert [line["id"] for line in lines] == [item.id for item in QUESTIONS]
    assert lines[0]["passages"][0]["lesson"] == "02-tcp.md"


def test_without_json_a_person_gets_a_table(data_dir: Path, questions: Path) -> None:
    result = run(data_dir, questions)
    assert result.exit_code == 0
    assert "hit@1" in result.stdout
    assert "4 questions" in result.stdout


def test_the_gate_opens_for_the_same_figures_and_closes_for_worse_ones(
    data_dir: Path, questions: Path, tmp_path: Path
) -> None:
    earlier = tmp_path / "figures.json"
    earlier.write_text(run(data_dir, questions, "--json").stdout)
    assert run(data_dir, questions, "--gate", str(earlier)).exit_code == 0
    lost = tmp_path / "lost.jsonl"
    lost.write_text(questions.read_text().replace("02-tcp.md", "03-names.md").replace("01-frames.md", "03-names.md"))
    earlier.write_text(json.dumps({**json.loads(earlier.read_text()), "intervals": {"hit@1": [0.9, 1.0]}}))
    result = run(data_dir, lost, "--json", "--gate", str(earlier))
    assert result.exit_code == 1
    assert "hit@1" in result.stderr
    assert json.loads(result.stdout)["n"] == 4


def test_questions_of_another_course_are_said_on_stderr(data_dir: Path, questions: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text(questions.read_text().replace("02-tcp.md", "09-none.md"))
    result = run(data_dir, other, "--json")
    assert result.exit_code == 0
    assert result.stderr.startswith("2 of 4 questions name a lesson")
    assert json.loads(result.stdout)["unmatched"] == 2


def test_a_wrong_course_file_or_baseline_is_an_error_with_a_name(
    data_dir: Path, questions: Path, tmp_path: Path
) -> None:
    assert isinstance(run(data_dir, questions, "--course", "none").exception, NotFound)
    assert isinstance(run(data_dir, tmp_path / "none.jsonl").exception, InvalidRequest)
    assert isinstance(run(data_dir, questions, "--gate", str(questions)).exception, InvalidRequest)
    assert isinstance(run(data_dir, questions, "--details", str(tmp_path)).exception, InvalidRequest)
