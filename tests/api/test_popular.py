"""What is asked often, over HTTP: what students have asked is shown to others only when it is nobody's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import EMBEDDER
from tests.api.students import StudentClient
from tests.support.served import COURSE, LESSONS, Served, ingest_lessons, served, settings_for, write_lessons

PATH = f"/api/v1/courses/{COURSE}/popular-questions"
FRAMES, TCP = "01-basics/02-frames.md", "02-transport/01-tcp.md"
COURSE_FILE = f"""
title: Computer networks
popular_questions:
  - What is a bit?
  - lesson: {TCP}
    questions: ["What are SYN and ACK?"]
graded_lessons: [{FRAMES}]
"""
OWN = [("What is a bit?", "instructor")]


@pytest.fixture
def classroom(tmp_path: Path) -> Iterator[Served]:
    """A server over a course with proposals and a graded lesson."""
    lessons = {**LESSONS, "course.yaml": COURSE_FILE}
    ingest_lessons(settings_for(tmp_path / "data"), write_lessons(tmp_path / "lessons", lessons), embedder=EMBEDDER)
    with served(settings_for(tmp_path / "data"), EMBEDDER) as running:
        yield running


def popular(server: Served, lesson: str = "") -> list[tuple[str, str]]:
    found = server.client.get(PATH, params={"lesson": lesson} if lesson else {}).json()["questions"]
    return [(each["question"], each["source"]) for each in found]


def test_the_instructor_s_own_come_first_and_those_of_the_lesson_before(classroom: Served) -> None:
    assert popular(classroom) == OWN
    assert popular(classroom, TCP) == [("What are SYN and ACK?", "instructor"), *OWN]
    for wrong, status in (("none.md", 404), ("", 422)):
        assert classroom.client.get(PATH, params={"lesson": wrong}).status_code == status
    assert httpx.get(f"{classroom.url}/api/v1/courses/none/popular-questions").status_code == 404


def test_what_three_students_ask_is_shown_until_one_finds_its_answer_wrong(classroom: Served) -> None:
    question = "How does a connection end?"
    students = [StudentClient.of(classroom) for _ in range(3)]
    turns = [
        ada.ask(text, lesson=TCP).json()
        for ada, text in zip(students, (question, question.lower(), question), strict=True)
    ]
    assert {turn["coverage"]["decision"] for turn in turns} == {"covered"}
    assert popular(classroom) == [*OWN, (question, "students")]
    assert popular(classroom, TCP)[-1] == (question, "students")
    assert "connection" not in classroom.client.get(f"/api/v1/courses/{COURSE}").text
    students[0].send("POST", f"/api/v1/turns/{turns[0]['id']}/feedback", {"rating": "down"})
    assert popular(classroom) == OWN


def test_what_one_asks_three_times_or_names_a_person_or_is_graded_is_shown_to_nobody(classroom: Served) -> None:
    ada, *others = (StudentClient.of(classroom) for _ in range(3))
    for _ in range(3):
        ada.ask("How does a connection end?")
    for student in (ada, *others):
        student.ask("Does TCP number every byte it sends to ada@example.org?")
        student.ask("What does a frame carry over one link?")
    assert popular(classroom) == OWN
