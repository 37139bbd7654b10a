"""Pages made of templates: what they are given, and what a browser may do with them."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Query, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipResponder, IdentityResponder
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from tutor import __version__
from tutor.api.pages.assets import assets, takes_gzip
from tutor.api.pages.languages import accepted, reader_messages
from tutor.api.pages.lesson_markup import lesson_path
from tutor.api.pages.markup import answer_html, quote_html
from tutor.config import Settings
from tutor.models import CourseInfo, Turn
from tutor.resources import web_directory
from tutor.text.language_tags import direction
from tutor.text.messages import Messages

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "private, no-cache",
    "Vary": "Accept-Language",
}
_WORTH_PACKING_BYTES = 500
_LEVEL = 6


class Page(HTMLResponse):
    """HTML, packed for browsers that take gzip.

    The length of what is packed tells whether words of the request stand in the page once more, so a page that shows
    such words, as most do, must hold no secret (BREACH, breachattack.com). None does: there are no cookies, policies
    have no nonces, tokens of sessions are only ever JSON, and a page is the same for everyone.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; long ones are packed in a thread."""
        # Not Starlette's own choice: it would pack for `gzip;q=0` as well.
        if takes_gzip(Headers(scope=scope).get("accept-encoding", "")):
            packing: IdentityResponder = GZipResponder(super().__call__, _WORTH_PACKING_BYTES, _LEVEL)
        else:
            packing = IdentityResponder(super().__call__, _WORTH_PACKING_BYTES)
        await packing(scope, receive, send)


def page(request: Request, template: str, words: Messages, status: int = 200, **values: Any) -> Response:
    """A template of `web/reader/templates` as a page in the language of `words`."""
    settings: Settings = request.app.state.settings
    max_characters = settings.max_question_characters
    body = _templates().get_template(template).render(w=words, max_question_characters=max_characters, **values)
    return Page(body, status, {**_HEADERS, "Content-Language": words.language})


def words_for(request: Request, *infos: CourseInfo) -> Messages:
    """The words of a page about one course in its language; of others, or where there are none, in the reader's."""
    own = [infos[0].language] if len(infos) == 1 else []
    return reader_messages(*own, *accepted(request.headers.get("accept-language", "")))


async def _settings(request: Request) -> Settings:
    settings = request.app.state.settings
    assert isinstance(settings, Settings)
    return settings


TextQuery = Annotated[str, Query()]
GivenSettings = Annotated[Settings, Depends(_settings)]


@lru_cache(maxsize=1)
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(web_directory() / "reader" / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(asset=assets().url, path=lesson_path, direction=direction, version=__version__)
    templates.filters.update(answer=_answer, quote=quote_html, fragment=lambda text: quote(text, safe=""))
    return templates


def _answer(turn: Turn) -> str:
    return answer_html(turn.answer, frozenset(citation.number for citation in turn.citations))
