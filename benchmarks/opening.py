"""How long pages take until they can be used: `python -m benchmarks.opening DATA_DIR`.

Each page is opened in a new browser context, so with nothing kept, on a processor that is slowed four times.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from benchmarks.percentiles import percentile
from benchmarks.printing import print_rows, say
from benchmarks.rows import Bound, Row
from benchmarks.serving import tutor_process
from tests.pages.conftest import QUIET
from tests.pages.pictures import LESSON, PANEL

TIMES = 15
_SLOWED = 4
_WARMING = 2
# The field can be typed in, and what the script adds is there: the tutor's button, or who answers.
_USABLE = {
    "reader: a lesson": (
        LESSON,
        "document.querySelector('.ask input[name=question]') && "
        "document.querySelector('course-tutor')?.shadowRoot.querySelector('button svg')",
    ),
    "panel": (PANEL, "document.querySelector('.presence .state:not([hidden])')"),
}
_WATCH = """(() => {{
    const look = () => {{
        if ({ready}) window.usable = performance.now();
        else requestAnimationFrame(look);
    }};
    addEventListener("DOMContentLoaded", look);
}})()"""


def opening_rows(data_dir: Path, times: int = TIMES) -> Iterator[Row]:
    """From the beginning of the navigation until the page can be used; nothing where there is no browser."""
    path = shutil.which("chromium")
    if path is None:
        say("no Chromium: how long pages take to open is not measured")
        return
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tutor_process(data_dir) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *root])
        for name, (page, ready) in _USABLE.items():
            took = [_opened(browser, server.url + page, _WATCH.format(ready=ready)) for _ in range(times + _WARMING)]
            took = took[_WARMING:]
            late = percentile(took, 0.95) or 0.0
            note = f"n = {times}, p95 {late:.2f} s, processor slowed {_SLOWED} times, nothing kept"
            asked: Bound | None = ("≤", 1.0) if name.startswith("reader") else None
            yield Row("", f"{name}, until it can be used, p50", median(took), asked, "s", note)
        browser.close()


def _opened(browser: Browser, url: str, watch: str) -> float:
    context = browser.new_context()
    try:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWED})
        page.add_init_script(watch)
        page.goto(url)
        while (usable := page.evaluate("window.usable ?? 0")) == 0:
            page.wait_for_timeout(20)
        return float(usable) / 1000
    finally:
        context.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path, help="where the sample course was ingested")
    parser.add_argument("--times", type=int, default=TIMES)
    given = parser.parse_args()
    print_rows(list(opening_rows(given.data_dir, given.times)))


if __name__ == "__main__":
    main()
