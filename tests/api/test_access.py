"""Who may call, and what browsers are told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from tests.served import Served, served, settings_for
from tutor.adapters.onnx_embedder import OnnxEmbedder
from tutor.api.access import Access
from tutor.api.headers import SECURITY_HEADERS
from tutor.app import app_for
from tutor.config import Settings
from tutor.errors import ConfigurationError

KEY = "a-key-of-some-length"
CLOSED = ["/", "/ask", "/page.css", "/metrics", "/api/v1/courses", "/api/v1/turns/x", "/none"]


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a key, without courses."""
    settings = settings_for(tmp_path_factory.mktemp("data"), api_key=KEY, allowed_origins="https://school.example")
    with served(settings, OnnxEmbedder()) as running:
        yield running


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json"])
def test_health_and_the_description_are_open(locked: Served, path: str) -> None:
    assert httpx.get(locked.url + path).status_code == 200


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


async def _call(access: Access, server: tuple[str, int | None]) -> int:
    statuses = []

    async def send(message: dict[str, object]) -> None:
        statuses.append(message.get("status"))

    scope = {"type": "http", "path": "/api/v1/courses", "headers": [], "server": server}
    await access(scope, None, send)  # type: ignore[arg-type]
    return int(str(statuses[0]))


@pytest.mark.parametrize(
    ("address", "status"),
    [(("127.0.0.1", 80), 200), (("::1", 80), 200), (("/run/tutor.sock", None), 200), (("10.0.0.5", 80), 401)],
)
def test_without_a_key_only_this_machine_is_answered_however_it_was_started(
    address: tuple[str, int | None], status: int
) -> None:
    async def app(_scope: object, _receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200})  # type: ignore[operator]

    assert asyncio.run(_call(Access(app, None), address)) == status
