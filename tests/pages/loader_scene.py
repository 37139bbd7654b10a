"""A lesson on a course's own site with the tutor in it, as the loader's tests set it up and look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Frame, Page

from tests.pages.conftest import OpenPage
from tests.pages.host_pages import Site, heard, launcher, panel_of, tag, until, until_later

WORDS = "A mask hides the future."
LESSON = f"<main><h1>Masks</h1><p id=words>{WORDS}</p><a href='#next'>Next</a></main>"
CITE = {"type": "cite", "lesson": "a.md", "url": "", "start": 0, "end": 9, "quote": WORDS}
WIDTH = "document.documentElement.getBoundingClientRect().width"
MARKED = "CSS.highlights.size === 1"
_ON_TUTOR = "(() => {{ const tutor = document.querySelector('course-tutor'); return {} }})()"


@dataclass
class Scene:
    """A host's page, once it is loaded, and the stand-in's panel in it, once it is opened."""

    host: Site
    tutor: Site
    open_page: OpenPage

    def load(
        self, body: str = LESSON, *, head: str = "", path: str = "/", csp: str = "", attributes: str = 'lang="en"',
        own_tag: str | None = None, later: bool = False, browser: dict[str, Any] | None = None, **data: str,
    ) -> Page:  # fmt: skip
        """The page with the script and its `data` attributes in its head; with `later`, its clock is the test's."""
        script = tag(self.tutor, **data) if own_tag is None else own_tag
        url = self.host.page(body, head=head + script, path=path, csp=csp, attributes=attributes)
        self.page = self.open_page("about:blank" if later else url, **(browser or {}))
        if later:
            self.page.clock.install()
            self.page.goto(url)
        return self.page

    def open(self) -> Frame:
        """The panel, opened by the first launcher."""
        launcher(self.page).first.click()
        return self.opened()

    def opened(self) -> Frame:
        """The panel of the page's first tutor."""
        self.panel = panel_of(self.page)
        return self.panel

    def say(self, message: dict[str, Any]) -> None:
        """Let the panel tell the page that holds it."""
        self.panel.evaluate("message => say(message)", message)

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """What the panel was told of a kind."""
        return heard(self.panel, kind)

    def of_tutor(self, expression: str) -> Any:
        """An expression with `tutor`, the page's first."""
        return self.page.evaluate(_ON_TUTOR.format(expression))

    def until(self, expression: str, *, later: bool = False) -> None:
        """Wait until an expression with `tutor` is true in the page."""
        (until_later if later else until)(self.page, _ON_TUTOR.format(expression))

    def until_told(self, expression: str) -> None:
        """Wait until an expression is true in the panel, whose messages are in `heard`."""
        until(self.panel, expression)

    def until_asked(self) -> None:
        """Wait until the focus is in the panel's field."""
        self.until_told("document.activeElement.id === 'question'")

    def settle(self, *others: Frame | Page) -> None:
        """Let what the panel and other windows have posted to the page arrive: what each posts now comes after it."""
        windows = [self.panel, *others]
        self.page.evaluate(
            "() => { window.last = 0; addEventListener('message', ({ data }) => { if (data === 'last') last++ }) }"
        )
        for window in windows:
            window.evaluate("() => parent.postMessage('last', '*')")
        until(self.page, f"last === {len(windows)}")


@pytest.fixture
def scene(host: Site, tutor_site: Site, open_page: OpenPage) -> Scene:
    """A scene that is not loaded yet."""
    return Scene(host, tutor_site, open_page)
