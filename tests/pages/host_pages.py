"""Sites that hold a tutor: little web servers, each an origin of its own, whose pages a test writes as it likes.

A stand-in for the tutor's own server gives the real loader and, as its panel, a page that keeps what it is told and
says what a test makes it say: so the two sides' messages are tested apart from what the real panel does with them.
A test asks for its sites before `open_page`, so that browsers leave before the sites close.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Error, FloatRect, Frame, Locator, Page

from tests.support.served import COURSE
from tests.support.waiting import eventually
from tutor.resources import web_directory

_PANEL = """<!doctype html><html lang="en"><head><title>Panel</title><meta name="color-scheme" content="light dark">
<script type="module" src="/stand-in.js"></script></head>
<body><main><h1>Panel</h1><button id="first">Menu</button>
<label>Question <textarea id="question"></textarea></label></main></body></html>"""
_PANEL_SCRIPT = """
const origin = new URLSearchParams(location.search).get("origin");
window.heard = [];
window.say = (message) => parent.postMessage({ ct: 1, ...message }, origin);
addEventListener("message", ({ data, origin: from, source }) => {
  if (source !== parent || from !== origin) return;
  heard.push(data);
  if (data.type === "open" && data.focus) document.querySelector("#question").focus();
});
addEventListener("keydown", ({ key }) => key === "Escape" && say({ type: "close" }));
if (!location.search.includes("silent")) say({ type: "ready" });
"""


@dataclass
class HostResponse:
    """What a site gives for a path."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """A web server; `asked` are the paths that browsers have asked it for, with their queries."""

    origin: str
    answers: dict[str, HostResponse] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, path: str, body: str | bytes, media_type: str = "text/html; charset=utf-8", **headers: str) -> str:
        """Give `body` for a path; the URL of it."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body.encode() if isinstance(body, str) else body
        self.answers[path] = HostResponse(data, {"Content-Type": media_type, **given})
        return self.origin + path

    def page(self, body: str, *, head: str = "", path: str = "/", csp: str = "", attributes: str = 'lang="en"') -> str:
        """Give a page whose body and head have these in them, under a policy; the URL of it."""
        text = f"<!doctype html><html {attributes}><head><meta charset=utf-8><title>A lesson</title>"
        text += f'<meta name="viewport" content="width=device-width">{head}</head>'
        policy = {"Content_Security_Policy": csp} if csp else {}
        return self.put(path, f"{text}<body>{body}</body></html>", **policy)

    def find(self, path: str) -> HostResponse | None:
        """What it gives for a path with its query; a path that ends with `*` stands for all that begin so."""
        bare = path.partition("?")[0]
        if bare in self.answers:
            return self.answers[bare]
        return next(
            (found for key, found in self.answers.items() if key[-1] == "*" and bare.startswith(key[:-1])), None
        )


@contextmanager
def site() -> Iterator[Site]:
    """A site on a free port."""

    class _HostHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            running.asked.append(self.path)
            found = running.find(self.path)
            self.send_response(200 if found else 404)
            for name, value in (found.headers if found else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(found.body) if found else 0))
            self.end_headers()
            if found:
                self.wfile.write(found.body)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        # A browser opens more connections at once than the standard library waits for.
        request_queue_size = 64

    with Server(("127.0.0.1", 0), _HostHandler) as server:
        running = Site(f"http://127.0.0.1:{server.server_address[1]}")
        running.put("/favicon.ico", b"", "image/x-icon")
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def host() -> Iterator[Site]:
    """A course's own site."""
    with site() as running:
        yield running


@pytest.fixture
def tutor_site() -> Iterator[Site]:
    """A stand-in for the tutor's server, with the real loader."""
    with site() as running:
        scripts = {path.name: path.read_bytes() for path in (web_directory() / "loader").glob("*.js")}
        anywhere = {"Access_Control_Allow_Origin": "*", "Cross_Origin_Resource_Policy": "cross-origin"}
        for name, script in scripts.items():
            running.put(f"/assets/-/loader/{name}", script, "text/javascript", **anywhere)
        running.put("/loader.js", scripts["loader.js"], "text/javascript", **anywhere)
        running.put("/stand-in.js", _PANEL_SCRIPT, "text/javascript")
        running.put("/panel/*", _PANEL, Content_Security_Policy="default-src 'none'; script-src 'self'")
        yield running


def tag(tutor: Site, course: str = COURSE, **data: str) -> str:
    """The script tag that a site includes; `data` are its other attributes without `data-`."""
    given = " ".join(f'data-{name}="{escape(value)}"' for name, value in {"course": course, **data}.items())
    return f'<script type="module" src="{tutor.origin}/loader.js" {given}></script>'


def launcher(page: Page) -> Locator:
    """The launcher of the page's only tutor."""
    return page.locator("course-tutor button")


def box(locator: Locator) -> FloatRect:
    """Where something is on the screen, in pixels."""
    found = locator.bounding_box()
    assert found
    return found


def until(page: Page | Frame, expression: str, seconds: float = 30.0) -> None:
    """Wait until an expression is true in a page or frame, also where its policy forbids Playwright's own way."""
    eventually(lambda: _is_true(page, expression), expression, seconds)


def until_later(page: Page, expression: str, seconds: float = 30.0) -> None:
    """As `until`, on a page whose clock was installed: it goes forward whenever the answer is no."""

    def is_true() -> bool:
        found = _is_true(page, expression)
        if not found:
            page.clock.fast_forward(1_000)
        return found

    eventually(is_true, expression, seconds)


def _is_true(page: Page | Frame, expression: str) -> bool:
    try:
        return bool(page.evaluate(f"() => Boolean({expression})"))
    except Error as error:
        # The page is about to be another one.
        if "Execution context was destroyed" not in error.message:
            raise
        return False


def panel_of(page: Page, course: str = COURSE) -> Frame:
    """The frame with the stand-in's panel, once it has been told of the page."""
    path = f"/panel/{course}?"
    if not [frame for frame in page.frames if path in frame.url]:
        page.wait_for_event("framenavigated", lambda frame: path in frame.url)
    panel = next(frame for frame in page.frames if path in frame.url)
    until(panel, "window.heard?.some(({ type }) => type === 'context')")
    return panel


def heard(panel: Frame, kind: str) -> list[dict[str, Any]]:
    """The messages of a type that the stand-in's panel has been told, in their order."""
    told: list[dict[str, Any]] = panel.evaluate("kind => heard.filter(message => message.type === kind)", kind)
    return told
