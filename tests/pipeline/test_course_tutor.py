"""One turn, over the sample course and over courses with next to nothing in them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT, TinyCourse
from tests.support.answers import check_turn
from tutor.errors import InvalidRequest, NotFound
from tutor.models import Turn
from tutor.pipeline.course_tutor import CourseTutor, Question

GOLDEN = [json.loads(line) for line in (ROOT / "corpus/questions.jsonl").read_text("utf-8").splitlines()]
ODD = (
    "tokn econmics", "rrf", "Was ist ein Token?", "¿Qué es un agente?", "什么是提示注入？", "ما هو الرمز؟",
    "מהו אסימון?", "🚀 tokens 🔥", "x" * 4000, "token " * 660, "def f(x):\n    return cache[x]  # prefix cache?",
    "[1] [2] what is a token",
    "**bold** ![x](javascript:alert(1)) <script>caching</script>", "\u202etoken a si tahw\u202c", "0", "a", "?!a", "`",
    "SELECT * FROM lessons; -- caching", "what\x00is\x00caching", "\ud83d caching".encode("utf-8", "ignore").decode(),
)  # fmt: skip


def content(turn: Turn) -> tuple[object, ...]:
    return turn.answer, turn.citations, turn.passages, turn.coverage, turn.suggestions, turn.state


@pytest.mark.parametrize("question", [golden["question"] for golden in GOLDEN[::4]])
def test_answers_to_golden_questions_are_the_lessons_own_words(sample: CourseTutor, question: str) -> None:
    check_turn(sample.index, sample.ask(Question(question)))


@pytest.mark.parametrize("question", ODD, ids=range(len(ODD)))
def test_answers_to_odd_questions_are_the_lessons_own_words(sample: CourseTutor, question: str) -> None:
    if any(character.isalnum() for character in question):
        check_turn(sample.index, sample.ask(Question(question)))
    else:
        with pytest.raises(InvalidRequest):
            sample.ask(Question(question))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80))
def test_no_text_breaks_a_turn(sample: CourseTutor, question: str) -> None:
    if any(character.isalnum() for character in question):
        check_turn(sample.index, sample.ask(Question(question)))
    else:
        with pytest.raises(InvalidRequest):
            sample.ask(Question(question))


def test_the_same_question_has_the_same_answer_in_sixteen_threads(sample: CourseTutor) -> None:
    questions = [golden["question"] for golden in GOLDEN[:12]]
    alone = [content(sample.ask(Question(question))) for question in questions]
    fresh = CourseTutor(sample.index, sample._retriever.embedder)
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(lambda question: content(fresh.ask(Question(question))), questions * 2))
    assert together == alone * 2


@pytest.mark.parametrize(
    "lessons",
    [
        {"a.md": "# Bits\n\nA bit."},
        {"a.md": "x"},
        {"a.md": "# Only\n\n## Headings\n\n### Here\n"},
        {"a.md": "```python\nfor bit in bits:\n    print(bit)\n```"},
        {"a.md": "![a bit](bit.png)\n\n![a byte](byte.png)"},
        {"a.md": "| bit | byte |\n| --- | --- |\n| 1 | 8 |"},
        {"a.md": "- bit\n- byte\n\n1. nibble\n2. word"},
        {"a.md": "$$\nb = 8 \\cdot B\n$$\n\nbits"},
        {
            "a.md": "bits[^1] and bytes [2].\n\n[^1]: a note",
            "b.md": "# [3] *bits* `x` <b>\n\nThese bits are bits [3]. Ok.",
        },
    ],
)
def test_courses_with_next_to_nothing_in_them_are_answered_from(tiny: TinyCourse, lessons: dict[str, str]) -> None:
    tutor = tiny(lessons)
    # What the hash embedder finds is never near enough: everything is quoted here.
    tutor._coverage._model.settings["refuse"] = -1.0
    for question in ("bit", "What is a byte?", "difference between bits and bytes", "how to print a bit", "zebra"):
        check_turn(tutor.index, tutor.ask(Question(question)))


def test_a_refusal_names_the_nearest_lessons_and_a_person(sample: CourseTutor) -> None:
    turn = sample.ask(Question("How do I braise a leg of lamb with rosemary?"))
    assert turn.state == "refused"
    assert not turn.citations
    assert "nearest lessons" in turn.answer
    assert "ask your instructor" in turn.answer
    check_turn(sample.index, turn)


def test_blank_questions_unknown_modes_and_unknown_lessons_are_refused(sample: CourseTutor) -> None:
    with pytest.raises(InvalidRequest):
        sample.ask(Question(" \n"))
    with pytest.raises(InvalidRequest):
        sample.ask(Question("caching", mode="poem"))
    with pytest.raises(NotFound):
        sample.ask(Question("caching", lesson="no-such.md"))
