"""The loader where pages are hard on it: their rules, their policies, their frames, their directions, one another."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page

from tests.pages.axe import findings, looks
from tests.pages.conftest import OpenPage
from tests.pages.host_pages import Site, box, heard, launcher, panel_of, tag, until

LESSON = "<main><h1>Masks</h1><p>A mask hides the future.</p><a href='#next'>Next</a></main>"

HOSTILE = {
    "everything is undone": "* { all: initial !important }",
    "everything is hidden": "main ~ *, course-tutor, button, iframe, dialog, div { display: none !important;"
    " visibility: hidden !important; opacity: 0 !important; pointer-events: none !important }",
    "something lies over all": "body::before { content: ''; position: fixed; inset: 0; z-index: 2147483647 }",
    "the page is turned": "body { transform: rotate(3deg) scale(.5); overflow: hidden; height: 90px; filter: blur(9px);"
    " opacity: .1; contain: strict; perspective: 1px }",
    "type is tiny": "html { font-size: 1px !important; line-height: 0 !important } * { font: 2px serif !important; "
    "letter-spacing: 40px !important; text-indent: -9999px; color: transparent !important }",
    "positions are taken": "course-tutor { position: fixed !important; inset: 0 !important; width: 0 !important;"
    " height: 0 !important; clip-path: inset(100%) !important; --above: 99 !important }",
    "it is the body that is small": "html, body { width: 9px; height: 9px; overflow: clip; position: fixed; inset: 0 }",
}
STRICTEST = "default-src 'none'; script-src {own} {tutor}; frame-src {tutor}; style-src 'none'; img-src 'none'; " + (
    "connect-src 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
CONTRAST = """button => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const { color, backgroundColor } = getComputedStyle(button);
  const [one, other] = [light(color), light(backgroundColor)];
  return Math.max(one, other) / Math.min(one, other);
}"""


def topmost(page: Page, locator: Locator) -> bool:
    """Whether a click on its middle would reach the tutor."""
    at = box(locator)
    point = [at["x"] + at["width"] / 2, at["y"] + at["height"] / 2]
    return bool(page.evaluate("([x, y]) => document.elementFromPoint(x, y)?.localName === 'course-tutor'", point))


@pytest.mark.parametrize("rules", HOSTILE)
def test_no_rule_of_the_page_breaks_it(host: Site, tutor_site: Site, open_page: OpenPage, rules: str) -> None:
    style = f"<style>{HOSTILE[rules]}</style>"
    page = open_page(host.page(LESSON, head=style + tag(tutor_site)))
    at = box(launcher(page))
    assert (at["x"] + at["width"], at["y"] + at["height"], at["height"]) == (1260, 780, 56)
    assert 56 <= at["width"] <= 58
    assert topmost(page, launcher(page))
    launcher(page).click()
    panel_of(page)
    frame = page.locator("course-tutor iframe")
    assert (box(frame)["width"], box(frame)["height"]) == (406, 690)
    assert topmost(page, frame)
    style_of = "button => [getComputedStyle(button).fontSize, getComputedStyle(button).backgroundColor]"
    assert launcher(page).evaluate(style_of) == ["16px", "rgb(36, 80, 176)"]


def test_it_works_under_the_strictest_policy(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    policy = STRICTEST.format(own=host.origin, tutor=tutor_site.origin)
    page = open_page(host.page(LESSON, head=tag(tutor_site, colour="#7a1f5c", mode="side"), csp=policy))
    assert launcher(page).evaluate("button => getComputedStyle(button).backgroundColor") == "rgb(122, 31, 92)"
    launcher(page).click()
    panel = panel_of(page)
    said = {"type": "cite", "lesson": "a.md", "url": "", "start": 0, "end": 9, "quote": "A mask hides the future."}
    panel.evaluate("message => say(message)", said)
    until(page, "CSS.highlights.size === 1")
    assert page.evaluate("document.documentElement.getBoundingClientRect().width") == 1280 - 408


def test_a_nonce_on_the_script_is_enough(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    policy = f"default-src 'none'; script-src 'nonce-abc'; frame-src {tutor_site.origin}"
    script = tag(tutor_site).replace("<script", "<script nonce=abc")
    page = open_page(host.page(LESSON, head=script, csp=policy))
    launcher(page).click()
    panel_of(page)


def test_two_tutors_on_one_page_are_apart(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    scripts = tag(tutor_site) + tag(tutor_site, "history", label="Ask the historian")
    page = open_page(host.page(LESSON, head=scripts))
    first = page.get_by_role("button", name="Ask the tutor")
    second = page.get_by_role("button", name="Ask the historian")
    assert box(first)["y"] - box(second)["y"] == 68
    second.click()
    historian = panel_of(page, "history")
    first.click()
    tutor = panel_of(page)
    historian.evaluate("say({ type: 'event', name: 'asked', detail: {} })")
    historian.evaluate("say({ type: 'close' })")
    until(page, "!document.querySelector('[course=history]').opened")
    assert page.evaluate("document.querySelector('[course=networks]').opened")
    page.evaluate("document.querySelector('[course=history]').ask('When?')")
    until(historian, "heard.some(({ type }) => type === 'ask')")
    assert not heard(tutor, "ask")
    page.evaluate("document.querySelector('[course=networks]').remove()")
    assert box(page.locator("[course=history] button"))["y"] == 724


def test_a_page_within_a_frame_has_its_tutor_too(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    host.page(LESSON, path="/inner", head=tag(tutor_site))
    style = "<style>iframe { width: 1000px; height: 600px }</style>"
    page = open_page(host.page(f"{style}<iframe title=lesson src=/inner></iframe>"))
    inner = page.frame_locator("iframe[title=lesson]")
    inner.get_by_role("button", name="Ask the tutor").click()
    panel = panel_of(page)
    until(panel, "heard.some(({ focus }) => focus)")
    panel.evaluate("say({ type: 'close' })")
    inner.get_by_role("button", name="Ask the tutor").wait_for()


@pytest.mark.parametrize("where", ["html", "body"])
def test_from_right_to_left_it_is_on_the_left(host: Site, tutor_site: Site, open_page: OpenPage, where: str) -> None:
    body = LESSON if where == "html" else f"{LESSON}<script>document.body.dir = 'rtl'</script>"
    attributes = 'lang="ar" dir="rtl"' if where == "html" else 'lang="ar"'
    page = open_page(host.page(body, head=tag(tutor_site, mode="side"), attributes=attributes))
    opener = page.get_by_role("button", name="اسأل المعلّم")
    assert box(opener)["x"] == 20
    opener.click()
    panel_of(page)
    frame = box(page.locator("course-tutor iframe"))
    assert (frame["x"], frame["y"], frame["height"]) == (0, 0, 800)
    assert page.evaluate("document.documentElement.getBoundingClientRect().left") == 408
    page.locator("course-tutor").evaluate("tutor => (tutor.side = 'start')")
    assert box(page.locator("course-tutor iframe"))["x"] == 1280 - 407
    assert page.evaluate("document.documentElement.getBoundingClientRect().right") == 1280 - 408


def test_the_side_panel_pushes_overlays_or_is_a_bubble(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(LESSON, head=tag(tutor_site, mode="side", open="")))
    panel = panel_of(page)
    width = "document.documentElement.getBoundingClientRect().width"
    assert page.evaluate(width) == 872
    assert page.evaluate("document.activeElement === document.body")
    page.evaluate("document.querySelector('course-tutor').setAttribute('overlay', '')")
    assert page.evaluate(width) == 1280
    page.evaluate("document.querySelector('course-tutor').removeAttribute('overlay')")
    page.set_viewport_size({"width": 800, "height": 800})
    until(page, f"{width} === 800")
    assert box(page.locator("course-tutor iframe"))["height"] == 690
    assert launcher(page).is_visible()
    # It is the same panel, wherever it is.
    page.set_viewport_size({"width": 400, "height": 800})
    until(page, "document.querySelector('course-tutor').shadowRoot.querySelector(':modal')")
    frame = box(page.locator("course-tutor iframe"))
    assert (frame["x"], frame["y"], frame["width"], frame["height"]) == (0, 0, 400, 800)
    assert panel in page.frames
    assert len([path for path in tutor_site.asked if path.startswith("/panel/")]) == 1


def test_on_a_phone_it_is_a_dialog_over_the_whole_screen(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(LESSON, head=tag(tutor_site, open="")), size="narrow", has_touch=True, is_mobile=True)
    # No page begins behind its tutor.
    launcher(page).wait_for()
    assert not page.locator("dialog").count()
    launcher(page).tap()
    panel = panel_of(page)
    until(page, "document.querySelector('course-tutor').shadowRoot.querySelector(':modal')")
    until(panel, "document.activeElement.id === 'question'")
    assert page.evaluate("document.querySelector('a').matches(':focus')") is False
    page.locator("a").evaluate("link => link.focus()")
    assert page.evaluate("document.activeElement.localName") != "a"
    panel.evaluate("say({ type: 'close' })")
    until(page, "!document.querySelector('course-tutor').opened")
    assert page.evaluate("document.activeElement.localName") == "course-tutor"


def test_a_panel_that_does_not_come_can_be_closed_on_a_phone(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    tutor_site.put("/panel/*", "<!doctype html><title>Nothing</title>")
    page = open_page(host.page(LESSON, head=tag(tutor_site)), size="narrow")
    launcher(page).click()
    page.get_by_role("dialog").wait_for()
    page.get_by_role("button", name="Close the tutor").click()
    assert not page.get_by_role("dialog").is_visible()


def test_the_label_can_be_read_on_any_colour(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(LESSON, head=tag(tutor_site, label="Ask Ada")))
    for colour in ("#000", "#2450b0", "#777", "#ff0000", "#00ff00", "#ffe08a", "#fff", "#757575"):
        page.locator("course-tutor").evaluate("(tutor, colour) => (tutor.colour = colour)", colour)
        assert launcher(page).evaluate(CONTRAST) >= 4.5, colour


def test_a_colour_that_is_none_changes_nothing(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    none = ["red; } * { display: none", "url(https://evil.example/)", "var(--x)", "#12"]
    page = open_page(host.page(LESSON, head=tag(tutor_site, colour=none[0])))
    for colour in none:
        page.locator("course-tutor").evaluate("(tutor, colour) => (tutor.colour = colour)", colour)
        background = launcher(page).evaluate("button => getComputedStyle(button).backgroundColor")
        assert background == "rgb(36, 80, 176)", colour


@pytest.mark.parametrize("mode", ["bubble", "side", "inline"])
def test_axe_finds_nothing(host: Site, tutor_site: Site, open_page: OpenPage, mode: str) -> None:
    body = f"{LESSON}<aside aria-label=Tutors><course-tutor course=networks mode={mode}></course-tutor></aside>"
    scheme_of = "<meta name=color-scheme content='light dark'><style>html { background: Canvas }</style>"
    second = "<aside aria-label=More><course-tutor course=history label='Ask the historian'></course-tutor></aside>"
    page = open_page(host.page(body + second, head=scheme_of + tag(tutor_site)))
    page.locator("[course=history] button").wait_for()
    for look in looks(page):
        assert findings(page) == [], look
    page.evaluate("document.querySelector('[course=networks]').open()")
    panel_of(page)
    for look in looks(page):
        assert findings(page) == [], look
