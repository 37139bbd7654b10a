"""What the panel costs to load."""

from __future__ import annotations

import gzip
import re

from playwright.sync_api import Response, expect

from tests.pages.conftest import OpenPage
from tests.pages.panels import Panel
from tests.support.served import COURSE, Served
from tutor.api.pages.assets import assets

MAX_BYTES = 45 * 1024
PANEL = f"/panel/{COURSE}"


def test_all_files_of_the_first_answer_are_small_together(server: Served, open_page: OpenPage) -> None:
    loaded: dict[str, Response] = {}
    page = open_page("about:blank")

    def note(response: Response) -> None:
        loaded[response.url] = response

    page.on("response", note)
    page.goto(server.url + PANEL)
    Panel(page).answered("What is TCP?")
    sizes = {}
    for url, response in loaded.items():
        path = url.removeprefix(server.url).partition("?")[0]
        if path.startswith(("/assets/", "/panel/")):
            assert response.headers["content-encoding"] == "gzip", path
            with server.client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as raw:
                sizes[path] = sum(map(len, raw.iter_raw()))
    print(f"\n{len(sizes)} files, {sum(sizes.values())} bytes")
    assert sum(sizes.values()) <= MAX_BYTES
    assert any(path.endswith("/panel.js") for path in sizes)
    assert any(path.endswith("/tokens.css") for path in sizes)


def test_every_script_is_asked_for_with_the_page(server: Served) -> None:
    html = server.client.get(PANEL).text
    asked = set(re.findall(r'<link rel="modulepreload" href="([^"]+)"', html))
    needed: set[str] = set()
    waiting = ["panel/panel.js"]
    while waiting:
        path = waiting.pop()
        if path in needed:
            continue
        needed.add(path)
        for name in re.findall(rb'^import .*? from "([^"]+)";', assets()[path].body, re.MULTILINE):
            folder = "shared" if name.startswith(b"../shared/") else "panel"
            waiting.append(f"{folder}/{name.decode().rpartition('/')[2]}")
    assert asked == {assets().url(path) for path in needed}


def test_scripts_are_served_without_their_comments(server: Served) -> None:
    for path in ("panel/panel.js", "panel/conversation.js", "shared/draw.js"):
        body = assets()[path].body
        assert b"/**" not in body
        assert b"@param" not in body
        assert len(gzip.compress(body)) < 5_000


def test_the_page_begins_with_few_requests_to_the_api(server: Served, open_page: OpenPage) -> None:
    asked: list[str] = []
    page = open_page("about:blank")
    page.on("request", lambda request: asked.append(request.url.removeprefix(server.url)))
    page.goto(server.url + PANEL)
    expect(page.locator(".presence .state")).to_be_visible()
    page.wait_for_load_state("networkidle")
    course = f"/api/v1/courses/{COURSE}"
    assert sorted(path for path in asked if path.startswith("/api/")) == [
        f"{course}/popular-questions",
        f"{course}/presence",
    ]
