"""The page of the conversation: in a frame on a course's site, or by itself."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Query, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from tutor.api.context import Given
from tutor.api.middleware.origins import frame_ancestors, own_origin
from tutor.api.pages.assets import assets
from tutor.api.pages.languages import accepted
from tutor.api.pages.page import Page
from tutor.api.shapes.feedback import MAX_FEEDBACK_NOTE_CHARACTERS
from tutor.config import Settings
from tutor.courses.popular import MAX_QUESTIONS
from tutor.errors import NotFound
from tutor.follow_ups.desk import MAX_NAME_CHARACTERS, MAX_NOTE_CHARACTERS
from tutor.index.generations import Course
from tutor.resources import web_directory
from tutor.text.language_tags import direction
from tutor.text.messages import Catalogue, Messages

router = APIRouter(include_in_schema=False)

Embed = Literal["bubble", "side", "inline", "page"]
_FOLDER = web_directory() / "panel"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors {}"
)
_REFUSED_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors *"
"""Without a script there is nothing to lure a click to, and who builds the site must be able to read why."""


@router.get("/panel/{course}")
async def panel(
    request: Request,
    given: Given,
    course: Annotated[str, Path()],
    embed: Embed = "page",
    origin: Annotated[str, Query(max_length=300)] = "",
    lang: Annotated[str, Query(max_length=40)] = "",
    languages: Annotated[str, Header(alias="Accept-Language")] = "",
) -> Response:
    """The panel of a course, if the site of `origin` may hold it; else a page that says why not."""
    try:
        found = await given.workers.run(given.tutor.described, course)
    except NotFound as error:
        return _refused(404, _catalogue().messages(lang, *accepted(languages)), error.message)
    settings: Settings = request.app.state.settings
    own = own_origin(request.scope, settings)
    ancestors = "'none'" if embed == "page" else frame_ancestors(found.info, settings, origin, own)
    words = _catalogue().messages(lang, found.info.language, *accepted(languages))
    if ancestors is None:
        return _refused(403, words, words("not_allowed", origin=origin))
    body = (
        _templates()
        .get_template("panel.html")
        .render(
            course=found.info,
            most_popular=MAX_QUESTIONS,
            lessons=found.live.lessons if found.live else 0,
            embed=embed,
            words=words,
            language=words.language,
            direction=direction(words.language),
            asset=assets().url,
            modules=_modules(),
            boot=_boot(found, settings, embed, "" if embed == "page" else origin or own, words),
        )
    )
    return Page(body, 200, {"Content-Security-Policy": _POLICY.format(ancestors), "Vary": "Accept-Language"})


def _boot(course: Course, settings: Settings, embed: Embed, parent: str, words: Messages) -> dict[str, Any]:
    """What the page's script begins with; all of it is public."""
    info = course.info
    return {
        "course": info.slug,
        "title": info.title,
        "lessons": course.live.lessons if course.live else 0,
        "embed": embed,
        "parent": parent,
        "language": words.language,
        "words": dict(words),
        # In characters: fields of the page take as many as the server does.
        "limits": {
            "question": settings.max_question_characters,
            "name": MAX_NAME_CHARACTERS,
            "note": MAX_NOTE_CHARACTERS,
            "feedback_note": MAX_FEEDBACK_NOTE_CHARACTERS,
        },
    }


def _refused(status: int, words: Messages, reason: str) -> Response:
    language = words.language
    body = (
        _templates()
        .get_template("refused.html")
        .render(words=words, language=language, direction=direction(language), asset=assets().url, reason=reason)
    )
    return Page(body, status, {"Content-Security-Policy": _REFUSED_POLICY})


@lru_cache(maxsize=1)
def _modules() -> list[str]:
    """Where the scripts of the page are, so that all of them are asked for at once."""
    scripts = [f"panel/{path.name}" for path in sorted(_FOLDER.glob("*.js")) if not path.name.endswith(".test.js")]
    return [assets().url(path) for path in (*scripts, "shared/draw.js")]


@lru_cache(maxsize=1)
def _catalogue() -> Catalogue:
    return Catalogue.of_folder(_FOLDER / "words")


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
