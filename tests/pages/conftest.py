"""A browser, pages in it that must ask no other host and break no policy, and a server over a small course."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.pages.host_pages import host as host
from tests.pages.host_pages import tutor_site as tutor_site
from tests.support.served import Served, ingest_lessons, served, settings_for, write_lessons
from tutor.adapters.onnx_embedder import OnnxEmbedder

# Without them the browser looks for its maker's hosts at every start.
QUIET = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZES = {"narrow": (320, 640), "wide": (1280, 800)}

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, for one module: while its driver lives, nothing else in this thread can run an event loop."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *root])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the small course, ingested once; copy it before changing it."""
    folder = tmp_path_factory.mktemp("course")
    ingest_lessons(settings_for(folder / "data"), write_lessons(folder / "lessons"), embedder=OnnxEmbedder())
    return folder / "data"


@pytest.fixture(scope="session")
def server(published: Path) -> Iterator[Served]:
    """A server over the small course."""
    with served(settings_for(published), OnnxEmbedder()) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens pages: `open_page(url, size="narrow", **options of a browser context)`.

    The test fails when a page logs an error, breaks its policy or asks any host but this machine, unless the page's
    `expected` holds a part of what is said.
    """
    trouble: list[str] = []
    expected: list[str] = []
    with ExitStack() as contexts:

        def open_(url: str, size: str = "wide", **options: Any) -> Page:
            # What moves in is measured and looked at where it comes to rest.
            options.setdefault("reduced_motion", "reduce")
            width, height = SIZES[size]
            context = browser.new_context(viewport={"width": width, "height": height}, **options)
            contexts.callback(context.close)
            context.on("console", lambda message: _note(message, trouble))
            context.on("weberror", lambda error: trouble.append(f"error: {error.error}"))
            context.on("request", lambda request: _local(request, trouble))
            page = context.new_page()
            page.expected = expected  # type: ignore[attr-defined]
            page.goto(url)
            return page

        yield open_
    assert not [said for said in trouble if not any(part in said for part in expected)]


def _note(message: ConsoleMessage, trouble: list[str]) -> None:
    # Chromium logs each broken policy as an error.
    if message.type in ("error", "warning"):
        trouble.append(f"{message.type}: {message.text}")


def _local(request: Request, trouble: list[str]) -> None:
    parts = urlsplit(request.url)
    if parts.scheme not in ("data", "blob", "about") and parts.hostname not in ("127.0.0.1", "localhost"):
        trouble.append(f"asked {request.url}")
