"""Question files are read as they are meant, and what is wrong with them is said by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.errors import InvalidRequest
from tutor.quality.questions import EarlierWords, GoldenQuestion, read_questions


def read(tmp_path: Path, text: str | bytes) -> tuple[GoldenQuestion, ...]:
    """The questions of a file with that content."""
    path = tmp_path / "questions.jsonl"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_questions(path)


def test_a_line_with_every_key(tmp_path: Path) -> None:
    line = (
        '{"id": "a", "question": "and why?", "answerable": true, "lesson": "1/a.md", "evidence": "it is", '
        '"answers": ["Because."], "history": [{"role": "user", "text": "What?", "at": 3}], "kind": "near", '
        '"full": "And why is it?", "difficulty": 4}'
    )
    assert read(tmp_path, line) == (
        GoldenQuestion(
            id="a",
            question="and why?",
            answerable=True,
            lesson="1/a.md",
            evidence="it is",
            answers=("Because.",),
            history=(EarlierWords("user", "What?"),),
            kind="near",
            full="And why is it?",
        ),
    )


def test_blank_lines_a_byte_order_mark_and_null_are_nothing(tmp_path: Path) -> None:
    text = '\ufeff{"id": 7, "question": "Why?", "answerable": false, "lesson": null, "history": null}\r\n\n  \n'
    assert read(tmp_path, text) == (GoldenQuestion("7", "Why?", False),)


def test_a_line_separator_inside_a_question_ends_no_line(tmp_path: Path) -> None:
    (question,) = read(tmp_path, '{"id": "a", "question": "one\u2028two\x85three", "answerable": true}')
    assert question.question == "one\u2028two\x85three"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"id": "a", ', "is no JSON: "),
        (b'["a"]', "a question is one JSON object"),
        (b'{"id": "a", "answerable": true}', "question: is missing"),
        (b'{"id": "a", "question": "  ", "answerable": true}', "question: is empty"),
        (b'{"id": "a", "question": "Why?"}', "answerable: is missing"),
        (b'{"id": "a", "question": "Why?", "answerable": "yes"}', "answerable: must be true or false"),
        (b'{"id": "a", "question": "Why?", "answerable": true, "lesson": 3}', "lesson: must be text"),
        (b'{"id": "a", "question": "Why?", "answerable": true, "answers": "B"}', "answers: must be a list"),
        (
            b'{"id": "a", "question": "Why?", "answerable": true, "history": [{"role": "user"}]}',
            "history, item 1, text: is missing",
        ),
        (b'{"id": "a", "question": "Why?", "answerable": true, "history": ["Hi"]}', "history, item 1: must be"),
        (b'{"id": "\xff"}', "is not encoded in UTF-8"),
    ],
)
def test_a_bad_line_is_named_with_its_file_and_number_and_what_is_wrong(
    tmp_path: Path, line: bytes, problem: str
) -> None:
    good = b'{"id": "a", "question": "Why?", "answerable": true}\n'
    with pytest.raises(InvalidRequest) as caught:
        read(tmp_path, good + b"\n" + line)
    assert str(caught.value).startswith(f"{tmp_path / 'questions.jsonl'}, line 3: {problem}")


def test_of_many_bad_lines_some_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(tmp_path, "{}\n" * 9)
    assert str(caught.value).count("line ") == 5
    assert str(caught.value).endswith("; and 4 lines more")


def test_a_file_that_is_missing_or_empty_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"none\.jsonl cannot be read: No such file"):
        read_questions(tmp_path / "none.jsonl")
    with pytest.raises(InvalidRequest, match=r"questions\.jsonl holds no questions"):
        read(tmp_path, "\n\n")
