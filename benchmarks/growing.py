"""How long the panel is busy at a time while an answer grows: `python -m benchmarks.growing`.

On a processor that is slowed four times; answers come from a server that plays scenes, sentence by sentence.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from benchmarks.printing import print_rows, say
from benchmarks.rows import Row
from tests.pages.conftest import QUIET
from tests.pages.panels import PANEL, Panel, staged, staged_data
from tests.pages.scenes import Scenes

CHARACTERS = 6_000
_SLOWED = 4
_MAX_MS = 200.0
_WATCH = """() => {
    window.longest = 0;
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
    }).observe({ type: "longtask" });
}"""


def growing_rows(characters: int = CHARACTERS) -> Iterator[Row]:
    """The longest task of the page; nothing where there is no browser."""
    path = shutil.which("chromium")
    if path is None:
        say("no Chromium: how long the panel is busy at a time is not measured")
        return
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        tempfile.TemporaryDirectory(prefix="growing-") as folder,
        staged(staged_data(Path(folder)), Scenes(pause_seconds=0.03)) as running,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *root])
        longest = _longest_ms(browser, running.url + PANEL, characters)
        note = f"{characters:,} characters, processor slowed {_SLOWED} times"
        yield Row("", "panel: longest task while an answer grows", longest, ("≤", _MAX_MS), "ms", note)
        browser.close()


def _longest_ms(browser: Browser, url: str, characters: int) -> float:
    page = browser.new_page(viewport={"width": 320, "height": 640})
    page.goto(url)
    panel = Panel(page)
    panel.answered("first")
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": _SLOWED})
    page.evaluate(_WATCH)
    panel.ask(f"long {characters}")
    expect(panel.answers).to_have_count(2)
    panel.ended(60_000)
    return float(page.evaluate("longest"))


if __name__ == "__main__":
    print_rows(list(growing_rows()))
