"""Courses, lessons and searches over HTTP."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from tests.api.conftest import EMBEDDER
from tests.support.served import COURSE, LESSONS, Served, ingest_lessons, served, settings_for, write_lessons
from tutor.rendering.nodes import is_node

BASE = f"/api/v1/courses/{COURSE}"
NAMES = [name for name in LESSONS if name.endswith(".md")]


def test_a_course_is_listed_with_what_its_instructor_says(server: Served) -> None:
    (course,) = server.client.get("/api/v1/courses").json()["courses"]
    assert course == {
        "slug": COURSE,
        "title": "Computer networks",
        "description": "From bits to bytes",
        "language": "en",
        "lessons": 3,
        "chunks": course["chunks"],
        "generation": 1,
        "greeting": "Hello!",
        "popular_questions": ["What is TCP?"],
        "contacts": [{"kind": "email", "label": "Ada", "value": "ada@example.org"}],
        "licence": "",
    }
    assert course["chunks"] > 0


def test_a_course_alone_says_more_than_in_the_list(server: Served) -> None:
    (listed,) = server.client.get("/api/v1/courses").json()["courses"]
    alone = server.client.get(BASE).json()
    assert listed.items() <= alone.items()
    assert (alone["origins"], alone["follow_ups"]["enabled"]) == ([], False)


def test_what_course_yaml_says_of_sites_and_follow_ups_is_told_at_once(published: Path, tmp_path: Path) -> None:
    settings = settings_for(Path(copytree(published, tmp_path / "data")))
    lessons = write_lessons(tmp_path / "lessons")
    with served(settings, EMBEDDER) as running:
        before = running.client.get(BASE).json()["follow_ups"]
        said = "origins: [https://school.example]\nfollow_ups: {email: team@school.example, consent: I agree.}\n"
        (lessons / "course.yaml").write_text(LESSONS["course.yaml"] + said)
        ingest_lessons(settings, lessons, embedder=EMBEDDER)
        course = running.client.get(BASE).json()
    assert course["origins"] == ["https://school.example"]
    assert course["generation"] == 1
    follow_ups = course["follow_ups"]
    assert (follow_ups["enabled"], follow_ups["consent_text"]) == (True, "I agree.")
    assert follow_ups["consent_version"] not in ("", before["consent_version"])
    assert "team@school.example" not in str(course)


def test_lessons_are_listed_in_order(server: Served) -> None:
    lessons = server.client.get(f"{BASE}/lessons").json()["lessons"]
    assert [lesson["lesson"] for lesson in lessons] == NAMES
    assert set(lessons[0]) >= {"lesson", "title", "chapter", "order", "minutes", "preview", "url"}


def test_a_lesson_has_its_text_and_headings_that_lie_in_it(server: Served) -> None:
    lesson = server.client.get(f"{BASE}/lessons/{NAMES[2]}").json()
    assert lesson["title"] == "TCP"
    assert [lesson["text"][item["start"] : item["end"]] for item in lesson["headings"]] == ["TCP", "Windows"]
    assert "👋" in lesson["text"]


def test_a_lesson_has_the_nodes_to_draw_it_from(server: Served) -> None:
    lesson = server.client.get(f"{BASE}/lessons/{NAMES[2]}").json()
    assert all(map(is_node, lesson["nodes"]))
    assert [node["type"] for node in lesson["nodes"]] == ["heading", "paragraph", "heading", "paragraph", "code"]
    anchors = [node["anchor"] for node in lesson["nodes"] if node["type"] == "heading"]
    assert anchors == [heading["anchor"] for heading in lesson["headings"]]
    assert server.client.get(f"{BASE}/lessons/{NAMES[2]}").json() == lesson


def test_passages_are_the_lessons_own_text_best_first(server: Served) -> None:
    passages = server.client.post(f"{BASE}/search", json={"query": "numbers every byte", "k": 2}).json()["passages"]
    assert [passage["rank"] for passage in passages] == [1, 2]
    assert passages[0]["score"] >= passages[1]["score"]
    assert passages[0]["lesson"] == NAMES[2]
    for passage in passages:
        text = server.client.get(f"{BASE}/lessons/{passage['lesson']}").json()["text"]
        assert text[passage["start"] : passage["end"]] == passage["text"]


def test_a_search_stays_in_its_lesson_or_before_one(server: Served) -> None:
    found = server.client.post(f"{BASE}/search", json={"query": "byte", "k": 50, "lesson": NAMES[1]}).json()
    assert {passage["lesson"] for passage in found["passages"]} == {NAMES[1]}
    found = server.client.post(f"{BASE}/search", json={"query": "byte", "k": 50, "not_beyond": NAMES[1]}).json()
    assert {passage["lesson"] for passage in found["passages"]} == set(NAMES[:2])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v1/courses/none", None),
        ("GET", "/api/v1/courses/%00", None),
        ("GET", "/api/v1/courses/%ed%a0%80/presence", None),
        ("GET", "/api/v1/courses/none/lessons", None),
        ("GET", "/api/v1/courses/%00/lessons", None),
        ("GET", "/api/v1/courses/%ed%a0%80/lessons", None),
        ("GET", f"{BASE}/lessons/none.md", None),
        ("GET", f"{BASE}/lessons/..%2F..%2Fetc%2Fpasswd", None),
        ("POST", "/api/v1/courses/none/search", {"query": "byte"}),
        ("POST", f"{BASE}/search", {"query": "byte", "lesson": "none.md"}),
        ("POST", f"{BASE}/search", {"query": "byte", "not_beyond": "none.md"}),
    ],
)
def test_what_is_not_there_is_a_problem_of_status_404(
    server: Served, method: str, path: str, body: dict[str, str] | None
) -> None:
    answer = server.client.request(method, path, json=body)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("body", [{}, {"query": ""}, {"query": " "}, {"query": "a", "k": 0}, {"query": "a", "k": 51}])
def test_a_search_that_makes_no_sense_is_refused(server: Served, body: dict[str, object]) -> None:
    assert server.client.post(f"{BASE}/search", json=body).status_code == 422
