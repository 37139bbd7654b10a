"""What a course's site needs to hold the tutor, and what its students may know of how it works."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from tutor.api.context import Given
from tutor.api.middleware.origins import own_origin
from tutor.api.pages.asset_routes import LOADER
from tutor.api.pages.assets import assets
from tutor.api.pages.page import GivenSettings, TextQuery, page, words_for
from tutor.api.pages.reader import told
from tutor.errors import TutorError
from tutor.text.messages import Messages

router = APIRouter(include_in_schema=False)

LANGUAGES = {
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "de": "Deutsch",
    "pt": "Português",
    "ar": "العربية",
    "hi": "हिन्दी",
    "zh": "中文",
}
_MODES = ("bubble", "side", "inline")
_SIDES = ("end", "start")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_MAX_GREETING = 500
_READ = ["GET", "HEAD"]


@dataclass(frozen=True, slots=True)
class Choices:
    """How the tutor is to stand on a site; what is not known is as if it was not chosen."""

    mode: str
    side: str
    colour: str
    language: str
    greeting: str

    def wrong(self, words: Messages) -> str:
        """What is wrong with them, or nothing."""
        if self.colour and not _COLOUR.fullmatch(self.colour):
            return words["embed_colour_wrong"]
        is_long = len(self.greeting) > _MAX_GREETING
        return words("embed_greeting_wrong", max=_MAX_GREETING) if is_long else ""

    def line(self, origin: str, course: str) -> str:
        """The script tag, or nothing where this server has no loader."""
        if LOADER not in assets():
            return ""
        chosen = {
            "src": f"{origin}/loader.js",
            "integrity": assets()[LOADER].integrity,
            "crossorigin": "anonymous",
            "data-course": course,
            "data-mode": self.mode,
            "data-side": self.side if self.side != "end" else "",
            "data-colour": self.colour,
            "data-language": self.language,
            "data-greeting": self.greeting,
        }
        given = "\n  ".join(f'{name}="{escape(value)}"' for name, value in chosen.items() if value)
        return f'<script type="module" {given}></script>'


@router.api_route("/courses/{course}/embed", methods=_READ)
async def embed(
    given: Given,
    settings: GivenSettings,
    request: Request,
    course: str,
    mode: TextQuery = "",
    side: TextQuery = "",
    colour: TextQuery = "",
    language: TextQuery = "",
    greeting: TextQuery = "",
    plain: TextQuery = "",
) -> Response:
    """The line for a course's site, by what was chosen; with `plain`, the line alone."""
    try:
        info = (await given.workers.run(given.tutor.described, course)).info
    except TutorError as error:
        return told(request, error, words_for(request))
    choices = Choices(
        mode if mode in _MODES else _MODES[0],
        side if side in _SIDES else _SIDES[0],
        colour.strip(),
        language if language in LANGUAGES else "",
        " ".join(greeting.split()),
    )
    words = words_for(request, info)
    wrong = choices.wrong(words)
    origin = own_origin(request.scope, settings)
    line = "" if wrong else choices.line(origin, course)
    if plain:
        return PlainTextResponse(wrong or line, 422 if wrong else 200)
    return page(
        request,
        "embed.html",
        words,
        422 if wrong else 200,
        info=info,
        choices=choices,
        error=wrong,
        snippet=line,
        origin=origin,
        languages=LANGUAGES,
        max_greeting=_MAX_GREETING,
    )


@router.api_route("/courses/{course}/about", methods=_READ)
async def about(given: Given, settings: GivenSettings, request: Request, course: str) -> Response:
    """How answers are made, as this server makes them now."""
    try:
        info = (await given.workers.run(given.tutor.described, course)).info
        presence = await given.workers.run(given.tutor.presence, course)
    except TutorError as error:
        return told(request, error, words_for(request))
    masks = settings.mask_personal_data if info.mask_personal_data is None else info.mask_personal_data
    return page(request, "about.html", words_for(request, info), info=info, presence=presence, masks=masks)
