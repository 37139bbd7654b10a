"""Who may call, and what browsers are told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from tests.api.conftest import EMBEDDER
from tests.api.students import KEY
from tests.support.served import COURSE, Served, served, settings_for
from tutor.api.headers import SECURITY_HEADERS
from tutor.api.middleware.access import Access
from tutor.app import app_for
from tutor.auth.sessions import Sessions
from tutor.config import Settings
from tutor.errors import ConfigurationError

CLOSED = [
    "/", "/ask", "/courses/x", "/panel/x", "/metrics", "/api/v1/courses", f"/api/v1/courses/{COURSE}",
    f"/api/v1/courses/{COURSE}/conversations", "/api/v1/turns/x", "/none",
]  # fmt: skip
# What whoever opens a page needs, before and without a session.
PAGES = ["/", "/ask", "/courses/x", "/courses/x/lessons/a.md", "/panel/x"]
READ = [f"/api/v1/courses/{COURSE}{rest}" for rest in ("", "/presence", "/popular-questions", "/lessons")]


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a key, without courses."""
    settings = settings_for(tmp_path_factory.mktemp("data"), api_key=KEY, allowed_origins="https://school.example")
    with served(settings, EMBEDDER) as running:
        yield running


@pytest.fixture(scope="module")
def open_(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The same, but students are let in."""
    settings = settings_for(tmp_path_factory.mktemp("data"), api_key=KEY, students="open")
    with served(settings, EMBEDDER) as running:
        yield running


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json"])
def test_health_and_the_description_are_open(locked: Served, path: str) -> None:
    assert httpx.get(locked.url + path).status_code == 200


@pytest.mark.parametrize("path", ["/loader.js", "/assets/x/panel/panel.js", "/assets/x"])
def test_what_pages_load_is_open(locked: Served, path: str) -> None:
    assert httpx.get(locked.url + path).status_code in (200, 404)


@pytest.mark.parametrize("path", PAGES + READ)
def test_where_students_are_let_in_whoever_comes_may_read(open_: Served, locked: Served, path: str) -> None:
    assert httpx.get(open_.url + path).status_code in (200, 404, 422)
    assert httpx.get(locked.url + path).status_code == 401


@pytest.mark.parametrize("path", [path for path in CLOSED if path not in PAGES + READ])
def test_all_else_needs_the_key_or_a_session_there_too(open_: Served, path: str) -> None:
    answer = httpx.get(open_.url + path)
    assert answer.status_code == 401
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert httpx.request(method, open_.url + path).status_code == 401


@pytest.mark.parametrize("path", PAGES + READ)
def test_pages_are_open_for_reading_alone(open_: Served, path: str) -> None:
    assert httpx.post(open_.url + path).status_code == 401


def test_where_students_are_not_let_in_nobody_begins_and_no_session_counts(open_: Served, locked: Served) -> None:
    path = f"/api/v1/courses/{COURSE}/sessions"
    assert httpx.post(locked.url + path).status_code == 401
    _, token = locked.tutor.sessions.begin(COURSE)
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(f"{locked.url}/api/v1/courses/{COURSE}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", f"Basic {KEY}", f"Bearer {KEY}x", f"Bearer {KEY[:-1]}", "Bearer \u00e9", KEY]
)
def test_all_else_needs_the_key(locked: Served, path: str, header: str | None) -> None:
    headers = {} if header is None else {b"Authorization": header.encode()}
    answer = httpx.get(locked.url + path, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthorized"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_key_opens_and_its_scheme_may_be_written_small(locked: Served) -> None:
    assert locked.client.get("/api/v1/courses").json() == {"courses": []}
    headers = {"Authorization": f"bearer {KEY}"}
    assert httpx.get(locked.url + "/api/v1/courses", headers=headers).status_code == 200


def test_another_sites_pages_may_call_only_when_it_is_named(locked: Served, server: Served) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    allowed = httpx.options(locked.url + "/api/v1/courses", headers={"Origin": "https://school.example", **asked})
    assert allowed.headers["access-control-allow-origin"] == "https://school.example"
    other = httpx.options(locked.url + "/api/v1/courses", headers={"Origin": "https://evil.example", **asked})
    assert "access-control-allow-origin" not in other.headers
    none = server.client.get("/api/v1/courses", headers={"Origin": "https://school.example"})
    assert "access-control-allow-origin" not in none.headers


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/courses", "/none", "/metrics"])
def test_every_answer_tells_browsers_to_do_nothing_with_it(server: Served, path: str) -> None:
    headers = server.client.get(path).headers
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "server" not in headers or "uvicorn" in headers["server"]


def test_without_a_key_it_does_not_start_where_others_could_ask() -> None:
    with pytest.raises(ConfigurationError, match="TUTOR_API_KEY is not set"):
        app_for(Settings(host="0.0.0.0"))


async def _call(access: Access, server: tuple[str, int | None], host: str = "localhost") -> int:
    statuses = []

    async def send(message: dict[str, object]) -> None:
        statuses.append(message.get("status"))

    headers = [(b"host", host.encode())]
    scope = {"type": "http", "method": "GET", "path": "/api/v1/courses", "headers": headers, "server": server}
    await access(scope, None, send)  # type: ignore[arg-type]
    return int(str(statuses[0]))


@pytest.mark.parametrize(
    ("address", "status"),
    [(("127.0.0.1", 80), 200), (("::1", 80), 200), (("/run/tutor.sock", None), 200), (("10.0.0.5", 80), 401)],
)
def test_without_a_key_only_this_machine_is_answered_however_it_was_started(
    address: tuple[str, int | None], status: int
) -> None:
    assert asyncio.run(_call(_access(), address)) == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("[::1]", 200),
        ("tutor.localhost:8000", 200),
        ("", 200),
        ("evil.example", 403),
        ("evil.example:8000", 403),
        ("evillocalhost", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("10.0.0.5:8000", 403),
        ("localhost:8000@evil.example", 403),
    ],
)
def test_without_a_key_no_other_name_leads_here(host: str, status: int) -> None:
    assert asyncio.run(_call(_access(), ("127.0.0.1", 8000), host)) == status


def test_behind_a_socket_that_no_page_can_reach_the_name_does_not_matter() -> None:
    assert asyncio.run(_call(_access(), ("/run/tutor.sock", None), "tutor")) == 200


def _access() -> Access:
    async def app(_scope: object, _receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200})  # type: ignore[operator]

    return Access(app, Settings(), Sessions(NoKeys()))  # type: ignore[arg-type]


class NoKeys:
    """A store of keys that is not asked."""
