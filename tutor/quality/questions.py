"""Golden questions: what a tutor is measured with, one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, Strict, TypeAdapter, ValidationError

from tutor.errors import InvalidRequest

_NAMED_LINES = 5
_NOT_QUOTABLE = "x"


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    return value


@dataclass(frozen=True, slots=True)
class EarlierWords:
    """Something said before the question; `role` is `user` or `assistant`."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class GoldenQuestion:
    """A question with what is known of its right answer.

    `lesson` is where the answer stands, `evidence` the first words of the passage that answers, `answers` are
    reference answers, `full` is the whole question where this is a fragment of it. `kind` is of an unanswerable
    one: `far` another field, `near` a neighbouring one, `course-logistics` dates and grades; of another, what it asks
    for, as `why` or `list`. `says`, `whole` and `fine` are what a teacher would quote, see `tutor.quality.marks`; who
    gives them need not say that the question is `answerable`.
    """

    id: Annotated[str, Field(coerce_numbers_to_str=True), AfterValidator(_not_blank)]
    question: Annotated[str, AfterValidator(_not_blank)]
    answerable: Annotated[bool, Strict()]
    lesson: str | None = None
    evidence: str | None = None
    answers: tuple[str, ...] = ()
    history: tuple[EarlierWords, ...] = ()
    kind: str | None = None
    full: str | None = None
    says: tuple[str, ...] = ()
    whole: tuple[tuple[str, ...], ...] = ()
    fine: tuple[str, ...] = ()


_GOLDEN = TypeAdapter(GoldenQuestion)


def read_questions(path: Path) -> tuple[GoldenQuestion, ...]:
    """The questions of a JSONL file, in order; blank lines and unknown keys are left out, and so are questions of the
    kind `x`, which their lesson cannot answer by being quoted.

    Raises InvalidRequest naming the file, the lines and what is wrong with them, or that there is no question.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read: {error.strerror or error}") from error
    found: list[GoldenQuestion] = []
    wrong: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            question = _question(line.removeprefix(b"\xef\xbb\xbf"))
            if question is not None:
                found.append(question)
        except ValueError as error:
            wrong.append(f"{path}, line {number}: {_problem(error)}")
    if wrong:
        rest = len(wrong) - _NAMED_LINES
        raise InvalidRequest("; ".join(wrong[:_NAMED_LINES] + ([f"and {rest} lines more"] if rest > 0 else [])))
    if not found:
        raise InvalidRequest(f"{path} holds no questions")
    return tuple(found)


def _question(line: bytes) -> GoldenQuestion | None:
    values: Any = json.loads(line.decode("utf-8"))
    if not isinstance(values, dict):
        raise ValueError('a question is one JSON object, such as {"id": …, "question": …, "answerable": …}')
    if values.get("kind") == _NOT_QUOTABLE and "answerable" not in values:
        return None
    given = {key: value for key, value in values.items() if value is not None}
    return _GOLDEN.validate_python(({"answerable": True} if given.get("says") else {}) | given)


def _problem(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(_field_problem(dict(found)) for found in error.errors(include_url=False))
    if isinstance(error, json.JSONDecodeError):
        return f"is no JSON: {error.msg} at column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return "is not encoded in UTF-8"
    return str(error)


def _field_problem(found: dict[str, Any]) -> str:
    """One of pydantic's errors as `history, item 2, role: is missing`."""
    where = ", ".join(f"item {part + 1}" if isinstance(part, int) else str(part) for part in found["loc"])
    wanted = {
        "missing": "is missing",
        "string_type": "must be text",
        "bool_type": "must be true or false",
        "tuple_type": "must be a list",
        "dataclass_type": "must be an object",
    }
    return f"{where}: {wanted.get(found['type']) or str(found['msg']).removeprefix('Value error, ')}"
