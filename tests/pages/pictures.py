"""Pictures of the pages for the documents: `python -m tests.pages.pictures DATA_DIR`, where the sample course lies.

They are written into `docs/pictures`; look at each before it is committed.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.bench_courses import ROOT, SAMPLE
from benchmarks.serving import tutor_process
from tests.pages.conftest import QUIET, SIZES

FOLDER = ROOT / "docs" / "pictures"
LESSON = f"/courses/{SAMPLE}/lessons/02-retrieval/03-hybrid-search.md"
PANEL = f"/panel/{SAMPLE}?embed=page&lang=en"
QUESTION = "How does hybrid search combine keyword and vector results?"
_UNCOVERED = "Who won the football match on Sunday?"


def _asked(question: str) -> Callable[[Page], None]:
    def ask(page: Page) -> None:
        field = page.locator("textarea[name=question]")
        field.fill(question)
        field.press("Enter")
        page.locator("article.answer .tools").wait_for()

    return ask


def _pointed(page: Page) -> None:
    _asked(QUESTION)(page)
    page.locator("article.answer .cite").first.focus()
    page.locator(".source-card").wait_for()
    page.wait_for_timeout(400)


def _beside(page: Page) -> None:
    page.locator("course-tutor button").click()
    panel = page.frame_locator("course-tutor iframe")
    # It says who answers as soon as its script has run.
    panel.locator(".presence .state").wait_for()
    field = panel.locator("textarea[name=question]")
    field.fill(QUESTION)
    field.press("Enter")
    panel.locator("article.answer .tools").wait_for()
    panel.locator("article.answer .cite").first.click()
    page.wait_for_timeout(600)


def _nothing(page: Page) -> None:
    page.wait_for_timeout(200)


STATES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "course": (f"/courses/{SAMPLE}", _nothing),
    "lesson": (LESSON, _nothing),
    "beside": (LESSON, _beside),
    "search": (f"/courses/{SAMPLE}/search?q=embedding+cost", _nothing),
    "embed": (f"/courses/{SAMPLE}/embed", _nothing),
    "about": (f"/courses/{SAMPLE}/about", _nothing),
    "panel": (PANEL, _nothing),
    "answer": (PANEL, _pointed),
    "refusal": (PANEL, _asked(_UNCOVERED)),
}


def take(browser: Browser, url: str, folder: Path) -> None:
    """Write a picture of every state, narrow and wide, light and dark."""
    for name, (path, reach) in STATES.items():
        for size, (width, height) in SIZES.items():
            if name == "beside" and size == "narrow":
                # There the panel is the whole screen, as in the other states.
                continue
            for scheme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
                )
                page = context.new_page()
                page.goto(url + path)
                reach(page)
                page.screenshot(path=folder / f"{name}-{size}-{scheme}.png")
                context.close()


def main() -> None:
    """Serve the course and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path, help="where the sample course was ingested")
    parser.add_argument("--into", type=Path, default=FOLDER)
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    with tutor_process(given.data_dir) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*QUIET, "--no-sandbox"])
        take(browser, server.url, given.into)
        browser.close()


if __name__ == "__main__":
    main()
