"""The panel for all hands, eyes and ears: what axe finds, what keys reach, what a screen reader is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.pages.axe import findings, looks
from tests.pages.conftest import OpenPage
from tests.pages.panels import PANEL, Panel, staged, staged_data
from tests.pages.scenes import Scenes
from tests.support.served import Served


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that plays scenes."""
    with staged(staged_data(tmp_path_factory.mktemp("access")), Scenes()) as running:
        yield running


def with_form(panel: Panel) -> None:
    panel.answered("nothing")
    panel.answer.get_by_role("button", name="Leave my email").click()
    panel.answer.get_by_role("button", name="Send to the course team").click()


def with_confirmation(panel: Panel) -> None:
    with_form(panel)
    panel.answer.get_by_label("Your email").fill("ada@example.org")
    panel.answer.get_by_role("checkbox").check()
    panel.answer.get_by_role("button", name="Send to the course team").click()
    expect(panel.answer.locator(".confirmation")).to_be_visible()


def with_reasons(panel: Panel) -> None:
    panel.answered("doubtful")
    panel.answer.get_by_role("button", name="Bad answer").click()
    expect(panel.answer.locator(".person")).to_be_visible()


def with_quote(panel: Panel) -> None:
    panel.answered("Tell me").get_by_role("button", name="Source 1").focus()
    expect(panel.page.locator("#source-card")).to_be_visible()


def with_menu(panel: Panel) -> None:
    panel.answered("Tell me")
    panel.page.get_by_role("button", name="Conversations and more").click()
    expect(panel.page.locator(".conversation").first).to_be_visible()


def without_network(panel: Panel) -> None:
    panel.page.expected.append("Failed to load resource")  # type: ignore[attr-defined]
    panel.page.context.set_offline(True)
    panel.ask("Tell me")
    expect(panel.answer.locator(".lost")).to_be_visible()


STATES: dict[str, Callable[[Panel], object]] = {
    "empty": lambda panel: expect(panel.page.locator(".state")).to_be_visible(),
    "waiting": lambda panel: panel.ask("wait"),
    "writing": lambda panel: panel.ask("write"),
    "everything": lambda panel: panel.answered("long 900"),
    "quote": with_quote,
    "doubt": lambda panel: panel.answered("doubtful"),
    "refusal": lambda panel: panel.answered("nothing"),
    "form": with_form,
    "confirmation": with_confirmation,
    "reasons": with_reasons,
    "failed": lambda panel: panel.answered("failed"),
    "offline": without_network,
    "menu": with_menu,
    "too long": lambda panel: panel.field.fill("a" * 4_001),
    "rtl": lambda panel: panel.page.goto(f"{panel.page.url}?lang=ar"),
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_in_light_or_dark_narrow_or_wide(stage: Served, open_page: OpenPage, state: str) -> None:
    # Without motion no colour is on its way from one to another.
    panel = Panel(open_page(stage.url + PANEL, reduced_motion="reduce"))
    STATES[state](panel)
    for look in looks(panel.page):
        assert findings(panel.page) == [], look
        assert not panel.page.evaluate("document.documentElement.scrollWidth > innerWidth"), "it scrolls sideways"


def test_axe_finds_nothing_with_forced_colours_or_at_twice_the_size(stage: Served, open_page: OpenPage) -> None:
    panel = Panel(open_page(stage.url + PANEL, forced_colors="active", reduced_motion="reduce"))
    panel.answered("doubtful")
    assert findings(panel.page) == []
    panel = Panel(open_page("about:blank", device_scale_factor=2, reduced_motion="reduce"))
    panel.page.set_viewport_size({"width": 640, "height": 400})
    panel.page.goto(stage.url + PANEL)
    panel.answered("long 900")
    assert findings(panel.page) == []


def test_everything_that_is_pressed_is_large_enough(stage: Served, open_page: OpenPage) -> None:
    panel = Panel(open_page(stage.url + PANEL, size="narrow"))
    panel.answered("long 900")
    panel.answer.get_by_role("button", name="Bad answer").click()
    small = panel.page.evaluate(
        """() => [...document.querySelectorAll("button, select, .sources a, .person a, input[type=checkbox] + *")]
            .filter((each) => each.checkVisibility())
            .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
            .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
    )
    assert small == []
    assert panel.field.evaluate("field => parseFloat(getComputedStyle(field).fontSize)") >= 16


def test_an_answer_is_told_when_it_begins_and_once_as_a_whole_at_its_end(stage: Served, open_page: OpenPage) -> None:
    page = open_page(stage.url + PANEL)
    page.evaluate(
        """() => {
            window.told = [];
            const region = document.querySelector("[role=status]");
            new MutationObserver(() => region.textContent && told.push(region.textContent))
                .observe(region, { childList: true, characterData: true, subtree: true });
        }"""
    )
    panel = Panel(page)
    panel.answered("slow 5")
    expect(panel.status).to_contain_text("Sentence 4")
    told = page.evaluate("told")
    whole = "".join(f"Sentence {number} – 👋 «é» of the answer. " for number in range(5)).strip()
    assert told[-1] == whole
    assert told[:-1] in ([], ["The tutor is answering."])
    live = page.locator("[aria-live]:not([aria-live=off]), [role=status], [role=alert]")
    expect(live).to_have_count(1)
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "off")


def test_the_beginning_is_told_apart_from_the_end(stage: Served, open_page: OpenPage) -> None:
    panel = Panel(open_page(stage.url + PANEL))
    panel.ask("write 1")
    expect(panel.answer.locator(".writing")).to_be_visible()
    expect(panel.status).to_have_text("")
    panel.ended()
    expect(panel.status).to_contain_text("TCP numbers every byte that it sends.")
    expect(panel.status).to_contain_text("Sources: 1: TCP; 2: TCP")


TREE = """
- banner:
  - heading "Computer networks" [level=1]:
    - link "Computer networks"
  - paragraph: AI tutor Quoting the lessons
  - button "New conversation"
  - button "Conversations and more"
- main:
  - log "Conversation":
    - article "You asked":
      - paragraph: doubtful
      - button "Edit and ask again"
    - article "The tutor":
      - heading "The tutor" [level=2]
      - paragraph:
        - text: TCP numbers every byte that it sends.
        - 'button "Source 1: TCP"'
        - text: "Not found in the lessons: It was invented on a rainy Tuesday in 1974. \
Only partly in the lessons: Its window is"
        - emphasis: always
        - text: smaller than a frame.
        - 'button "Source 2: TCP, Windows"'
        - text: Shall we go on?
      - list "What the marks mean"
      - region "Sources"
      - group "About this answer":
        - button "Copy the answer with its sources"
        - button "Good answer"
        - button "Bad answer"
      - list "You could ask next"
- contentinfo:
  - textbox "Your question"
  - combobox "How to answer"
  - button "Send"
- status
"""


def test_a_screen_reader_finds_the_answer_in_this_order(stage: Served, open_page: OpenPage) -> None:
    panel = Panel(open_page(stage.url + PANEL))
    panel.answered("doubtful")
    expect(panel.page.locator("body")).to_match_aria_snapshot(TREE)


def test_arrow_keys_walk_the_messages_and_the_focus_is_never_taken_away(stage: Served, open_page: OpenPage) -> None:
    panel = Panel(open_page(stage.url + PANEL))
    panel.answered("first")
    expect(panel.field).to_be_focused()
    panel.answered("second")
    expect(panel.field).to_be_focused()
    panel.field.press("ArrowUp")
    expect(panel.answers.last).to_be_focused()
    panel.page.keyboard.press("ArrowUp")
    expect(panel.questions.last).to_be_focused()
    panel.page.keyboard.press("Home")
    expect(panel.questions.first).to_be_focused()
    panel.page.keyboard.press("ArrowDown")
    expect(panel.answers.first).to_be_focused()
    panel.page.keyboard.press("End")
    expect(panel.answers.last).to_be_focused()


def test_every_task_is_done_by_keyboard(stage: Served, open_page: OpenPage) -> None:
    panel = Panel(open_page(stage.url + PANEL))
    keyboard = panel.page.keyboard

    def reach(selector: str, limit: int = 60) -> None:
        for _ in range(limit):
            if panel.page.evaluate("selector => document.activeElement?.matches(selector)", selector):
                return
            keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {selector}")

    reach("[data-quick=quiz]")
    keyboard.press("Enter")
    panel.ended()
    reach("select")
    keyboard.type("Answer")
    reach("textarea")
    keyboard.type("nothing\n")
    expect(panel.answers).to_have_count(2)
    panel.ended()
    expect(panel.answer.locator(".person")).to_be_visible()
    for selector in (".cite", ".sources a", "[aria-label='Good answer']", ".chip", ".contact", "[data-act=copy]"):
        panel.page.locator("body").evaluate("() => document.activeElement.blur()")
        reach(selector)
    reach("[data-act=follow-up]")
    keyboard.press("Enter")
    keyboard.type("ada@example.org")
    reach("[name=consent]")
    keyboard.press("Space")
    reach(".follow-up [type=submit]")
    keyboard.press("Enter")
    expect(panel.answer.locator(".confirmation")).to_be_focused()
    reach("[data-act=menu]")
    keyboard.press("Enter")
    expect(panel.page.get_by_role("dialog")).to_be_visible()
    keyboard.press("Escape")
    expect(panel.page.get_by_role("dialog")).to_be_hidden()
    expect(panel.page.locator("[data-act=menu]")).to_be_focused()


def test_colours_can_be_read_on_any_accent(stage: Served, open_page: OpenPage) -> None:
    panel = Panel(open_page(stage.url + PANEL))
    panel.answered("nothing")
    panel.answer.get_by_role("button", name="Leave my email").wait_for()
    for colour in ("#ffff00", "#ff5ca8", "#808080", "#001030"):
        panel.page.evaluate(
            """async (colour) => {
                const base = document.querySelector('script[type=module]').src;
                const { accentRule } = await import(new URL('colour.js', base));
                const sheet = new CSSStyleSheet();
                sheet.replaceSync(accentRule(colour));
                document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
            }""",
            colour,
        )
        for look in looks(panel.page):
            assert findings(panel.page, "color-contrast") == [], (colour, look)
