"""Which sites' pages may ask, and which may hold the panel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import EMBEDDER
from tests.api.students import KEY, StudentClient
from tests.support.served import COURSE, LESSONS, Served, ingest_lessons, served, settings_for, write_lessons
from tutor.api.middleware.origins import frame_ancestors, own_origin
from tutor.config import Settings
from tutor.models import CourseInfo

SCHOOL, API_SITE, TUTOR, EVIL = (f"https://{name}.example" for name in ("school", "app", "tutor", "evil"))
BEGIN = f"/api/v1/courses/{COURSE}/sessions"
INFO = CourseInfo(COURSE, "Networks", origins=(SCHOOL, "http://localhost:3000"))


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose course names a site, behind a proxy under an address of its own."""
    folder = tmp_path_factory.mktemp("school")
    settings = settings_for(
        folder / "data", api_key=KEY, students="open", allowed_origins=API_SITE, public_url=f"{TUTOR}/"
    )
    lessons = {**LESSONS, "course.yaml": f"title: Networks\norigins: [{SCHOOL}]\n"}
    ingest_lessons(settings, write_lessons(folder / "lessons", lessons), embedder=EMBEDDER)
    ingest_lessons(settings, write_lessons(folder / "others"), "other", EMBEDDER)
    with served(settings, EMBEDDER) as running:
        yield running


def begin(server: Served, course: str = COURSE, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(f"{server.url}/api/v1/courses/{course}/sessions", headers=sent)


@pytest.mark.parametrize("origin", [SCHOOL, API_SITE, TUTOR])
def test_pages_of_a_site_that_is_named_may_ask(school: Served, origin: str) -> None:
    assert begin(school, origin=origin, sec_fetch_site="cross-site").status_code == 201


@pytest.mark.parametrize(
    "origin", [EVIL, "null", "", "http://school.example", f"{SCHOOL}:8443", f"{SCHOOL}.evil.example", "https://", "x"]
)
def test_pages_of_any_other_site_may_not_and_are_told_why(school: Served, origin: str) -> None:
    answer = begin(school, origin=origin)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert "course.yaml" in answer.json()["detail"]
    assert "Origin" in answer.headers["vary"]


def test_the_site_of_one_course_may_not_ask_another(school: Served) -> None:
    assert begin(school, "other", origin=SCHOOL).status_code == 403


def test_programs_send_no_origin_and_a_page_that_hides_its_own_still_comes_from_elsewhere(school: Served) -> None:
    assert begin(school).status_code == 201
    assert begin(school, sec_fetch_site="none").status_code == 201
    assert begin(school, sec_fetch_site="cross-site").status_code == 403
    assert begin(school, sec_fetch_site="same-site").status_code == 403


def test_the_server_s_own_pages_may_ask_under_whatever_name_it_has(school: Served, server: Served) -> None:
    assert begin(school, origin=school.url).status_code == 201
    assert begin(school, origin=school.url.replace("http:", "https:")).status_code == 201
    assert begin(school, origin="https://renamed.example", sec_fetch_site="same-origin").status_code == 201
    assert begin(server, origin=server.url).status_code == 201


def test_a_student_s_turn_can_be_stopped_from_the_course_s_site_and_from_no_other(school: Served) -> None:
    student = StudentClient.of(school)
    path = f"/api/v1/turns/{student.ask('What is TCP?').json()['id']}/stop"
    assert student.send("POST", path, Origin=SCHOOL).status_code == 200
    assert student.send("POST", path, Origin=EVIL).status_code == 403


def test_without_a_key_another_site_s_page_changes_nothing_here(server: Served) -> None:
    for path in (BEGIN, f"/api/v1/courses/{COURSE}/turns", "/v1/chat/completions"):
        answer = server.client.post(path, headers={"Origin": EVIL}, json={"question": "What is TCP?"})
        assert answer.status_code == 403
        assert answer.headers["vary"] == "Origin"
    assert server.client.get("/api/v1/courses", headers={"Origin": EVIL}).status_code == 200


def test_of_a_course_that_is_not_there_the_route_tells(school: Served) -> None:
    assert begin(school, "none", origin=EVIL).status_code == 404


def test_what_depends_on_who_asks_says_so(school: Served, server: Served) -> None:
    read = school.client.get("/api/v1/courses", headers={"Origin": API_SITE})
    assert read.headers["access-control-allow-origin"] == API_SITE
    for origin in (API_SITE, EVIL, SCHOOL):
        assert "Origin" in school.client.get("/api/v1/courses", headers={"Origin": origin}).headers["vary"]
    assert "access-control-allow-origin" not in school.client.get("/api/v1/courses", headers={"Origin": SCHOOL}).headers
    # What is kept of an answer to nobody's page must not be given to a page that may read it.
    assert "Origin" in school.client.get("/api/v1/courses").headers["vary"]
    assert "vary" not in server.client.get("/api/v1/courses").headers


@pytest.mark.parametrize("origin", ["", SCHOOL, "http://localhost:3000", "http://127.0.0.1:8000", TUTOR])
def test_the_panel_may_be_held_by_the_course_s_sites_and_our_own(origin: str) -> None:
    allowed = frame_ancestors(INFO, Settings(public_url=TUTOR), origin, "http://127.0.0.1:8000")
    assert allowed == f"'self' {SCHOOL} http://localhost:3000"


@pytest.mark.parametrize("origin", [EVIL, "null", "*", "'self'", f"{SCHOOL} *", f"{SCHOOL};", "http://school.example"])
def test_nobody_else_may_hold_it(origin: str) -> None:
    assert frame_ancestors(INFO, Settings(allowed_origins=(API_SITE,)), origin, "http://127.0.0.1:8000") is None


def test_our_own_origin_is_what_the_browser_asked_for(tmp_path: Path) -> None:
    scope = {"type": "http", "scheme": "http", "headers": [(b"host", b"localhost:8000")]}
    assert own_origin(scope, settings_for(tmp_path)) == "http://localhost:8000"
    assert own_origin(scope, settings_for(tmp_path, public_url=f"{TUTOR}/")) == TUTOR
