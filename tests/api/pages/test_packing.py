"""Pages are sent packed to whoever takes that; what is a student's own, and what comes bit by bit, never is."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import httpx
import pytest

from tests.api.conftest import EMBEDDER
from tests.api.students import KEY, StudentClient
from tests.support.served import COURSE, LESSONS, Served, ingest_lessons, served, settings_for, write_lessons
from tutor.api.pages import embedding, panel, reader
from tutor.api.paths import matched

SITE = "https://app.example"
ASKED = "quokka"
LESSON = f"/courses/{COURSE}/lessons/02-transport/01-tcp.md"
# A path of every route that gives pages, and of what they say when something is wrong.
PAGES = {
    "/": 200,
    f"/courses/{COURSE}": 200,
    LESSON: 200,
    f"/courses/{COURSE}/search?q={ASKED}": 200,
    f"/ask?course={COURSE}&question=What+is+a+{ASKED}": 200,
    f"/ask?course={COURSE}&question=": 422,
    f"/courses/{COURSE}/embed?greeting={ASKED}": 200,
    f"/courses/{COURSE}/about": 200,
    "/courses/none": 404,
    f"/panel/{COURSE}": 200,
    f"/panel/{COURSE}?embed=side&origin=https://{ASKED}.example": 403,
}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that lets students in, beside another site that may ask."""
    folder = tmp_path_factory.mktemp("packing")
    settings = settings_for(folder / "data", api_key=KEY, students="open", allowed_origins=SITE)
    ingest_lessons(settings, write_lessons(folder / "lessons", LESSONS), embedder=EMBEDDER)
    with served(settings, EMBEDDER) as running:
        yield running


def sent(server: Served, path: str, encodings: str, **headers: str) -> tuple[httpx.Headers, bytes]:
    """The headers of an answer and its body as it comes over the wire."""
    with httpx.stream("GET", server.url + path, headers={"Accept-Encoding": encodings, **headers}) as answer:
        assert answer.status_code == PAGES.get(path, 200)
        return answer.headers, b"".join(answer.iter_raw())


def test_every_route_of_pages_is_looked_at() -> None:
    for router in (reader.router, embedding.router, panel.router):
        for route in router.routes:
            assert any(matched(path.partition("?")[0], (route.path,)) for path in PAGES), route  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", PAGES)
def test_who_takes_gzip_gets_the_same_page_packed(school: Served, path: str) -> None:
    plain, page = sent(school, path, "identity")
    assert "content-encoding" not in plain
    assert int(plain["content-length"]) == len(page)
    headers, packed = sent(school, path, "br, gzip;q=0.5")
    assert headers["content-encoding"] == "gzip"
    assert int(headers["content-length"]) == len(packed) < len(page)
    assert gzip.decompress(packed) == page
    for either in (plain, headers):
        assert {"Accept-Encoding", "Origin"} <= set(either["vary"].split(", "))


@pytest.mark.parametrize("encodings", ["", "br", "gzip;q=0", "br, gzip; q=0.0, identity"])
def test_who_takes_none_gets_it_as_it_is(school: Served, encodings: str) -> None:
    headers, page = sent(school, LESSON, encodings)
    assert "content-encoding" not in headers
    assert page.startswith(b"<!doctype html>")


def test_a_head_tells_of_the_packed_page(school: Served) -> None:
    head = httpx.head(school.url + LESSON, headers={"Accept-Encoding": "gzip"})
    headers, packed = sent(school, LESSON, "gzip")
    assert head.headers["content-encoding"] == headers["content-encoding"] == "gzip"
    assert int(head.headers["content-length"]) == len(packed)


def test_a_page_that_shows_words_of_the_request_holds_no_secret(school: Served) -> None:
    student = StudentClient.of(school)
    turn = student.ask(f"What is TCP? My word is {ASKED}ish.").json()
    secrets = (KEY, student.token, student.student, turn["id"], turn["conversation"], f"{ASKED}ish")
    for path in PAGES:
        _, anyones = sent(school, path, "identity")
        for token in (KEY, student.token):
            headers, page = sent(school, path, "identity", Authorization=f"Bearer {token}")
            assert page == anyones, path
            assert "set-cookie" not in headers
            assert "nonce" not in headers["content-security-policy"] + page.decode()
            assert not [secret for secret in secrets if secret in page.decode()], path


def test_what_is_a_students_own_is_never_packed(school: Served) -> None:
    student = StudentClient.of(school)
    asked = student.ask("What is TCP?")
    turn = f"/api/v1/turns/{asked.json()['id']}"
    for answer in (
        httpx.post(f"{school.url}/api/v1/courses/{COURSE}/sessions"),
        asked,
        student.ask("What is a frame?", stream=True),
        student.get(turn),
        student.get(f"{turn}/events"),
    ):
        assert answer.is_success
        assert "gzip" in answer.request.headers["accept-encoding"]
        assert "content-encoding" not in answer.headers
    assert answer.headers["content-type"].startswith("text/event-stream")
