"""What is asked often, and which questions of students others are shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tutor.courses.popular import MAX_QUESTIONS, FrequentQuestion, chosen, often
from tutor.models import CourseInfo, LessonQuestions
from tutor.turns.records import AskedQuestion

ASKING = AskedQuestion("What is TCP?", "What is TCP?", "ada", "tcp.md", ("tcp.md",), is_rated_down=False)
INFO = CourseInfo("networks", "Networks", popular_questions=("What is a bit?",))


def asked_by(*askers: str, **fields: object) -> list[AskedQuestion]:
    return [replace(ASKING, asker=asker, **fields) for asker in askers]  # type: ignore[arg-type]


def questions(askings: list[AskedQuestion], *graded: str) -> list[tuple[str, int]]:
    return [(each.question, each.askers) for each in often(askings, graded)]


def test_a_question_counts_once_for_each_who_asked_it_and_three_must_have() -> None:
    assert questions(asked_by("ada", "bob", "ada", "bob")) == []
    assert questions(asked_by("ada", "bob", "ada", "eve")) == [("What is TCP?", 3)]


def test_case_marks_and_spaces_make_no_other_question_and_most_decide_how_it_is_written() -> None:
    words = ("what is  tcp", "What is TCP?", "“What is TCP?”", "What is TCP?", "WHAT IS TCP?!")
    askings = [replace(ASKING, asker=str(n), question=text, standalone_question=text) for n, text in enumerate(words)]
    assert questions(askings) == [("What is TCP?", 5)]


def test_the_most_asked_comes_first_and_among_equals_the_newest() -> None:
    other = {"question": "What is UDP?", "standalone_question": "What is UDP?"}
    third = {"question": "What is IP?", "standalone_question": "What is IP?"}
    askings = [*asked_by("1", "2", "3", **other), *asked_by("1", "2", "3", "4"), *asked_by("1", "2", "3", **third)]
    assert [question for question, _ in questions(askings)] == ["What is TCP?", "What is UDP?", "What is IP?"]


def test_a_question_that_follows_on_something_is_not_counted() -> None:
    askings = [*asked_by("ada", "bob"), *asked_by("eve", standalone_question="What is TCP for frames?")]
    assert questions(askings) == []


@pytest.mark.parametrize(
    "unfit",
    [
        {"is_rated_down": True},
        {"cited": ("tcp.md", "exams/1.md")},
        {"lesson": "exams/1.md"},
    ],
)
def test_a_question_is_left_out_when_one_answer_was_found_wrong_or_is_of_graded_work(unfit: dict[str, object]) -> None:
    askings = [*asked_by("ada", "bob", "eve"), *asked_by("joe", **unfit)]
    assert questions(askings, "exams/*") == []
    assert questions(askings[:3], "exams/*") == [("What is TCP?", 3)]


@pytest.mark.parametrize(
    "text",
    [
        "Is ada@example.org a user?",
        "Is [email] a user?",
        "What is https://evil.example for?",
        "What is WWW.evil.example for?",
        "What is TCP? " * 13,
    ],
)
def test_what_names_a_person_or_a_site_or_is_endless_is_shown_to_nobody(text: str) -> None:
    assert questions(asked_by("ada", "bob", "eve", question=text, standalone_question=text)) == []


def test_the_lesson_s_own_come_first_then_the_course_s_then_what_is_asked_there_then_elsewhere() -> None:
    info = replace(
        INFO,
        lesson_questions=(LessonQuestions("tcp.md", ("What is FIN?",)), LessonQuestions("ip.md", ("What is ARP?",))),
    )
    of_students = (
        FrequentQuestion("What is UDP?", 9, {"ip.md": 7, "tcp.md": 2}),
        FrequentQuestion("What is SYN?", 5, {"tcp.md": 3}),
        FrequentQuestion("What is ACK?", 4, {"tcp.md": 4}),
    )
    shown = chosen(info, "tcp.md", of_students)
    assert [(each.question, each.source) for each in shown] == [
        ("What is FIN?", "instructor"),
        ("What is a bit?", "instructor"),
        ("What is ACK?", "students"),
        ("What is SYN?", "students"),
        ("What is UDP?", "students"),
    ]
    assert [each.question for each in chosen(info, "", of_students)] == [
        "What is a bit?",
        "What is UDP?",
        "What is SYN?",
        "What is ACK?",
    ]


def test_what_was_asked_on_no_known_lesson_is_of_the_course() -> None:
    counted = often(asked_by("ada", "bob", "eve", lesson=""), ())
    assert [each.question for each in chosen(INFO, "", counted)] == ["What is a bit?", "What is TCP?"]


def test_there_are_six_at_most_and_none_twice() -> None:
    many = tuple(FrequentQuestion(f"What is {number}?", 3, {}) for number in range(9))
    shown = chosen(INFO, "", (FrequentQuestion("what is a BIT", 9, {}), *many))
    assert [each.question for each in shown] == [
        "What is a bit?",
        *(f"What is {number}?" for number in range(MAX_QUESTIONS - 1)),
    ]
