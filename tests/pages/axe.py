"""What axe-core finds on a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.pages.conftest import SIZES

# Colours do not depend on the width, nor places on the colours: each of the four is looked at once.
_LOOKS: tuple[tuple[Literal["light", "dark"], str], ...] = (("light", "narrow"), ("dark", "wide"))


def findings(page: Page, *rules: str) -> list[str]:
    """What is found, by WCAG and axe's best practices or by `rules` alone; a frame is a page of its own."""
    options = {"resultTypes": ["violations"], "iframes": False, **({"runOnly": list(rules)} if rules else {})}
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


def looks(page: Page) -> Iterator[str]:
    """Have the page light and dark, narrow and wide, and say which."""
    for scheme, size in _LOOKS:
        width, height = SIZES[size]
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": height})
        yield f"{scheme}, {size}"
