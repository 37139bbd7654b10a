"""How an answer looks while it is written: nothing that is finished moves, or is made anew.

`COURSE_TUTOR_STREAM_BYTES` sets the length of the answer; 6,000 without it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import OpenPage
from tests.pages.host_pages import until
from tests.pages.panels import DRAWN, PANEL, Panel, staged, staged_data
from tests.pages.scenes import Scenes
from tests.support.served import Served

SIZE = int(os.environ.get("COURSE_TUTOR_STREAM_BYTES", "6000"))
WATCH = """() => {
    const seen = window.seen = { shift: 0, moved: [], replaced: 0, removed: [], frames: 0 };
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            const growing = (node) => node.parentElement?.closest("article.answer:last-child");
            const outside = entry.sources.map(({ node }) => node).filter((node) => node && !growing(node));
            if (!outside.length) continue;
            seen.shift += entry.value;
            seen.moved.push(outside.map(({ className }) => className));
        }
    }).observe({ type: "layout-shift" });
    let [before, last] = [[], null];
    const look = () => {
        const body = document.querySelector("article.answer:last-child .body");
        const now = [...body.children];
        if (body !== last) before = [];
        last = body;
        // The last one still grows; those before it are finished.
        for (const [at, element] of before.slice(0, -1).entries()) if (now[at] !== element) seen.replaced += 1;
        before = now;
        seen.frames += 1;
        requestAnimationFrame(look);
    };
    look();
    new MutationObserver((changes) => {
        for (const { target, removedNodes } of changes) {
            if (!target.closest?.(".body")) continue;
            seen.removed.push(...[...removedNodes].map(({ textContent }) => textContent));
        }
    }).observe(document.querySelector(".log"), { childList: true, subtree: true });
}"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose sentences come one after the other."""
    with staged(staged_data(tmp_path_factory.mktemp("streaming")), Scenes(pause_seconds=0.03)) as running:
        yield running


def streamed(stage: Served, open_page: OpenPage, question: str) -> tuple[Panel, dict[str, Any]]:
    """The panel after an answer, and what was seen of it meanwhile."""
    panel = Panel(open_page(stage.url + PANEL, size="narrow"))
    panel.answered("first")
    panel.page.evaluate(WATCH)
    panel.ask(question)
    expect(panel.answers).to_have_count(2)
    panel.ended(60_000)
    # Shifts of the last frame are told of after it.
    panel.page.evaluate(DRAWN)
    return panel, panel.page.evaluate("seen")


def test_nothing_outside_the_growing_answer_moves_and_nothing_finished_is_made_anew(
    stage: Served, open_page: OpenPage
) -> None:
    panel, seen = streamed(stage, open_page, f"long {SIZE}")
    assert len(panel.body.inner_text()) > SIZE / 2
    assert seen["frames"] > 50
    assert (seen["shift"], seen["moved"]) == (0, [])
    assert seen["replaced"] == 0
    assert seen["removed"] == []


GAP = "each => each.scrollHeight - each.scrollTop - each.clientHeight"


def in_sight(panel: Panel) -> bool:
    """Whether the newest question is at the top of what is seen, or further down."""
    scroller, question = panel.page.locator(".scroller").bounding_box(), panel.questions.last.bounding_box()
    assert scroller
    assert question
    return scroller["y"] <= question["y"] < scroller["y"] + scroller["height"] / 2


def test_a_long_answer_is_read_from_its_beginning(stage: Served, open_page: OpenPage) -> None:
    panel = Panel(open_page(stage.url + PANEL, size="narrow"))
    panel.answered("first")
    panel.ask("long 3000")
    expect(panel.answers).to_have_count(2)
    expect(panel.page.get_by_role("button", name="To the newest words")).to_be_visible()
    assert in_sight(panel)
    panel.ended()
    assert in_sight(panel)
    assert panel.page.locator(".scroller").evaluate(GAP) > 200


def test_of_a_long_question_there_is_as_much_as_leaves_room_for_its_answer(stage: Served, open_page: OpenPage) -> None:
    panel = Panel(open_page(stage.url + PANEL, size="narrow"))
    panel.answered("long 1000 " + "and why is that so, " * 100)
    scroller, answer = panel.page.locator(".scroller").bounding_box(), panel.answers.last.bounding_box()
    assert scroller
    assert answer
    assert 0 < answer["y"] - scroller["y"] < scroller["height"] / 2


def test_the_newest_words_are_followed_from_the_end_until_the_reader_scrolls_up(
    stage: Served, open_page: OpenPage
) -> None:
    panel = Panel(open_page(stage.url + PANEL, size="narrow"))
    scroller = panel.page.locator(".scroller")
    newest = panel.page.get_by_role("button", name="To the newest words")
    panel.ask("long 6000")
    newest.click()
    for _ in range(2):
        before = scroller.evaluate("each => each.scrollHeight")
        until(panel.page, f"document.querySelector('.scroller').scrollHeight > {before + 100}")
        assert scroller.evaluate(GAP) < 40
        scroller.hover()
        panel.page.mouse.wheel(0, -400)
        expect(newest).to_be_visible()
        panel.page.mouse.wheel(0, 9_000)
        expect(newest).to_be_hidden()
    panel.page.mouse.wheel(0, -400)
    expect(newest).to_be_visible()
    place = scroller.evaluate("each => each.scrollTop")
    panel.ended()
    assert scroller.evaluate("each => each.scrollTop") == place
    newest.click()
    expect(newest).to_be_hidden()
    assert scroller.evaluate(GAP) < 40


def test_what_is_selected_in_a_growing_answer_stays_selected(stage: Served, open_page: OpenPage) -> None:
    panel = Panel(open_page(stage.url + PANEL))
    panel.ask("slow 60")
    expect(panel.body).to_contain_text("Sentence 5")
    panel.page.evaluate(
        "() => getSelection().setBaseAndExtent(...['.body p', '.body p'].flatMap("
        "(selector, at) => [document.querySelector(selector).firstChild, at * 8]))"
    )
    panel.ended()
    assert panel.page.evaluate("String(getSelection())") == "Sentence"


def test_an_answer_that_begins_anew_leaves_nothing_of_the_first(stage: Served, open_page: OpenPage) -> None:
    panel = Panel(open_page(stage.url + PANEL))
    panel.answered("restart")
    expect(panel.body).not_to_contain_text("Nothing of this stays.")
    expect(panel.body).to_contain_text("TCP numbers every byte that it sends.")
