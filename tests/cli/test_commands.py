"""What each command prints, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Ran, RunCommand, course_tutor
from tests.support.served import COURSE

QUESTION = "How does a connection end?"


def test_help_names_every_command(run: RunCommand) -> None:
    shown = run("--help")
    assert shown.status == 0
    for command in ("ingest", "ask", "search", "evaluate", "serve", "courses", "follow-ups", "keys", "doctor"):
        assert command in shown.out


def test_help_imports_nothing_that_is_slow(folder: Path) -> None:
    script = (
        "import sys; sys.argv = ['course-tutor', '--help']\n"
        "try:\n from tutor.cli import main; main()\n"
        "except SystemExit: pass\n"
        "slow = {'numpy', 'sqlalchemy', 'pydantic', 'fastapi', 'chromadb', 'openai', 'onnxruntime'}\n"
        "sys.stderr.write(' '.join(slow & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_a_second_ingest_says_that_nothing_changed(run: RunCommand) -> None:
    again = run("ingest", "lessons", "--course", COURSE)
    assert again.status == 0
    assert "Nothing changed" in again.out
    document = run("ingest", "lessons", "--course", COURSE, "--json").json
    assert (document["embedded"], document["changed"], document["generation"]) == (0, False, 1)


def test_an_ingest_that_skips_files_says_so_and_exits_with_3(tmp_path: Path) -> None:
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "good.md").write_text("# Good\n\nThis one can be read by anyone who wants to.")
    (tmp_path / "lessons" / "bad.pdf").write_bytes(b"no pdf")
    done = course_tutor("ingest", "lessons", "--course", "mixed", cwd=tmp_path)
    assert done.status == 3
    assert "bad.pdf" in done.out


def test_a_dry_run_leaves_no_trace(folder: Path, tmp_path: Path) -> None:
    done = course_tutor("ingest", str(folder / "lessons"), "--course", COURSE, "--dry-run", "--json", cwd=tmp_path)
    assert done.status == 0, done.err
    assert (done.json["dry_run"], done.json["embedded"]) == (True, done.json["chunks"])
    assert list(tmp_path.iterdir()) == []


def test_ask_prints_the_answer_and_where_it_comes_from(run: RunCommand) -> None:
    shown = run("ask", QUESTION)
    assert shown.status == 0, shown.err
    assert "A connection ends with FIN." in shown.out
    assert "[1] TCP" in shown.out
    assert "02-transport/01-tcp.md" in shown.out


def test_a_refusal_names_the_contacts_and_is_no_failure(run: RunCommand) -> None:
    shown = run("ask", "Who won the world cup of 1998?", "--course", COURSE)
    assert shown.status == 0
    assert "ada@example.org" in shown.out


def test_ask_as_json_is_the_whole_turn(run: RunCommand) -> None:
    turn = run("ask", QUESTION, "--json").json
    assert turn["state"] == "done"
    assert turn["citations"][0]["number"] == 1
    again = run("ask", "What is TCP?", "--conversation", turn["conversation"], "--json").json
    assert again["conversation"] == turn["conversation"]


def test_search_prints_passages_best_first(run: RunCommand) -> None:
    passages = run("search", "numbers every byte", "-k", "2", "--json").json["passages"]
    assert [passage["rank"] for passage in passages] == [1, 2]
    assert passages[0]["lesson"] == "02-transport/01-tcp.md"
    assert "02-transport/01-tcp.md" in run("search", "numbers every byte").out


def test_courses_are_listed(run: RunCommand) -> None:
    assert "Computer networks" in run("courses").out
    (course,) = run("courses", "--json").json["courses"]
    assert (course["slug"], course["generation"]) == (COURSE, 1)


def test_the_key_is_never_printed_and_a_new_one_is_fresh(run: RunCommand) -> None:
    secret = "a-very-secret-key-of-mine"
    shown = run("keys", TUTOR_API_KEY=secret)
    assert "is set" in shown.out
    assert secret not in shown.out + shown.err
    assert "not set" in run("keys").out
    first, second = (run("keys", "new", "--json").json["key"] for _ in range(2))
    assert first != second
    assert len(first) >= 32
    assert run("keys", TUTOR_API_KEY=first).status == 0


def test_doctor_finds_everything_in_order(run: RunCommand) -> None:
    document = run("doctor", "--json").json
    assert document["ok"]
    subjects = {finding["subject"]: finding for finding in document["findings"]}
    whole = {"access", "answers", "data folder", "disk", "embedding", "database", "follow-ups", f"course {COURSE}"}
    assert set(subjects) == whole
    assert "3 lessons" in subjects[f"course {COURSE}"]["found"]
    assert "its index is whole" in run("doctor").out


@pytest.mark.parametrize(
    ("environment", "subject"),
    [
        ({"TUTOR_HOST": "0.0.0.0"}, "access"),
        ({"TUTOR_CHROMA_URL": "http://127.0.0.1:9"}, "Chroma server"),
        ({"TUTOR_EMBEDDER": "openai", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, "embedding"),
        ({"TUTOR_EMBEDDER": "openai"}, "embedding"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, "answers"),
        ({"TUTOR_ANSWERER": "generative"}, "answers"),
        ({"TUTOR_DATABASE_URL": "postgresql://127.0.0.1:9/none"}, "database"),
        ({"TUTOR_DATA_DIR": "/proc/none"}, "data folder"),
    ],
)
def test_doctor_says_what_fails_and_what_to_do(run: RunCommand, environment: dict[str, str], subject: str) -> None:
    done = run("doctor", "--json", **environment)
    assert done.status == 1
    failed = [finding for finding in done.json["findings"] if finding["state"] == "fail"]
    assert subject in [finding["subject"] for finding in failed]
    assert all(finding["remedy"] for finding in failed)


def _is_one_plain_line(done: Ran) -> bool:
    return done.out == "" and done.err.startswith("error: ") and done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (("ask", "What is TCP?", "--course", "none"), {}, "There is no course 'none'"),
        (("ask", " "), {}, "question"),
        (("ask", "What is TCP?", "--lesson", "none.md"), {}, "none.md"),
        (("search", "TCP", "--data-dir", "elsewhere"), {}, "first run: course-tutor ingest"),
        (("courses", "--data-dir", "elsewhere"), {}, "first run: course-tutor ingest"),
        (("ingest", "lessons", "--course", "No Slug"), {}, "No Slug"),
        (("courses",), {"TUTOR_PROT": "1"}, "did you mean TUTOR_PORT?"),
        (("courses",), {"TUTOR_DATABASE_URL": "mysql://x"}, "SQLite or Postgres"),
        (("serve",), {"TUTOR_HOST": "0.0.0.0"}, "TUTOR_API_KEY"),
        (("serve", "--host", "192.0.2.1"), {"TUTOR_API_KEY": "k" * 20}, "192.0.2.1"),
        (("ask", "TCP"), {"TUTOR_EMBEDDER": "openai"}, "OPENAI_API_KEY"),
        (("ask", "TCP"), {"TUTOR_EMBEDDER": "openai", "OPENAI_API_KEY": "k"}, "--reembed"),
    ],
)
def test_a_failure_is_one_plain_line_and_exit_status_1(
    run: RunCommand, arguments: tuple[str, ...], environment: dict[str, str], words: str
) -> None:
    done = run(*arguments, **environment)
    assert done.status == 1
    assert words in done.err
    assert _is_one_plain_line(done), done.err


def test_debug_shows_where_an_error_came_from(run: RunCommand) -> None:
    assert "Traceback" in run("ask", "TCP", "--course", "none", "--debug").err


@pytest.mark.parametrize("kind", ["AttributeError", "TypeError", "KeyError", "ValueError", "RuntimeError"])
def test_a_bug_shows_where_it_is_and_exits_with_1(kind: str) -> None:
    script = (
        "import sys; sys.argv = ['course-tutor', 'broken']\n"
        "from tutor.cli import main\n"
        "from tutor.cli.commands import app\n"
        "@app.command()\n"
        f"def broken(): raise {kind}('as asked')\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "as asked" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask",),
        ("none",),
        ("search", "a", "-k", "0"),
        ("search", "a", "-k", "51"),
        ("ingest", "nowhere", "--course", "a"),
        ("ingest", "lessons"),
        ("serve", "--port", "99999"),
    ],
)
def test_wrong_usage_has_exit_status_2(run: RunCommand, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.status == 2
    assert done.out == ""


def test_with_several_courses_one_must_be_named(folder: Path, tmp_path: Path) -> None:
    for course in ("one", "two"):
        done = course_tutor("ingest", str(folder / "lessons"), "--course", course, cwd=tmp_path)
        assert done.status == 0
    done = course_tutor("search", "byte", cwd=tmp_path)
    assert done.status == 2
    assert "one, two" in done.err
    found = course_tutor("search", "byte", "--json", cwd=tmp_path, TUTOR_DEFAULT_COURSE="two")
    assert json.loads(found.out)["passages"]
