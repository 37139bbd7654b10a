"""The loader where pages are hard on it: their rules, their policies, their frames, their directions, one another."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page

from tests.pages.axe import findings, looks
from tests.pages.host_pages import box, launcher, panel_of, tag, until
from tests.pages.loader_scene import CITE, LESSON, MARKED, WIDTH, Scene
from tests.pages.loader_scene import scene as scene

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
MODAL = "tutor.shadowRoot.querySelector(':modal')"
BACKGROUND = "button => getComputedStyle(button).backgroundColor"
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
def test_no_rule_of_the_page_breaks_it(scene: Scene, rules: str) -> None:
    page = scene.load(head=f"<style>{HOSTILE[rules]}</style>")
    at = box(launcher(page))
    assert (at["x"] + at["width"], at["y"] + at["height"], at["height"]) == (1260, 780, 56)
    assert 56 <= at["width"] <= 58
    assert topmost(page, launcher(page))
    scene.open()
    frame = page.locator("course-tutor iframe")
    assert (box(frame)["width"], box(frame)["height"]) == (406, 690)
    assert topmost(page, frame)
    style_of = "button => [getComputedStyle(button).fontSize, getComputedStyle(button).backgroundColor]"
    assert launcher(page).evaluate(style_of) == ["16px", "rgb(36, 80, 176)"]


def test_it_works_under_the_strictest_policy(scene: Scene) -> None:
    policy = STRICTEST.format(own=scene.host.origin, tutor=scene.tutor.origin)
    page = scene.load(csp=policy, colour="#7a1f5c", mode="side")
    assert launcher(page).evaluate(BACKGROUND) == "rgb(122, 31, 92)"
    scene.open()
    scene.say(CITE)
    scene.until(MARKED)
    assert page.evaluate(WIDTH) == 1280 - 408


def test_a_nonce_on_the_script_is_enough(scene: Scene) -> None:
    policy = f"default-src 'none'; script-src 'nonce-abc'; frame-src {scene.tutor.origin}"
    scene.load(own_tag=tag(scene.tutor).replace("<script", "<script nonce=abc"), csp=policy)
    scene.open()


def test_two_tutors_on_one_page_are_apart(scene: Scene) -> None:
    page = scene.load(head=tag(scene.tutor), course="history", label="Ask the historian")
    first, second = (page.get_by_role("button", name=name) for name in ("Ask the tutor", "Ask the historian"))
    assert box(first)["y"] - box(second)["y"] == 68
    second.click()
    historian = panel_of(page, "history")
    first.click()
    scene.opened()
    historian.evaluate("say({ type: 'event', name: 'asked', detail: {} })")
    historian.evaluate("say({ type: 'close' })")
    scene.until("!document.querySelector('[course=history]').opened")
    assert scene.of_tutor("tutor.opened")
    page.evaluate("document.querySelector('[course=history]').ask('When?')")
    until(historian, "heard.some(({ type }) => type === 'ask')")
    assert not scene.heard("ask")
    scene.of_tutor("tutor.remove()")
    assert box(page.locator("[course=history] button"))["y"] == 724


def test_a_page_within_a_frame_has_its_tutor_too(scene: Scene) -> None:
    scene.host.page(LESSON, path="/inner", head=tag(scene.tutor))
    style = "<style>iframe { width: 1000px; height: 600px }</style>"
    page = scene.load(f"{style}<iframe title=lesson src=/inner></iframe>", own_tag="")
    opener = page.frame_locator("iframe[title=lesson]").get_by_role("button", name="Ask the tutor")
    opener.click()
    scene.opened()
    scene.until_told("heard.some(({ focus }) => focus)")
    scene.say({"type": "close"})
    opener.wait_for()


@pytest.mark.parametrize("where", ["html", "body"])
def test_from_right_to_left_it_is_on_the_left(scene: Scene, where: str) -> None:
    turned = "" if where == "html" else "<script>document.body.dir = 'rtl'</script>"
    attributes = 'lang="ar" dir="rtl"' if where == "html" else 'lang="ar"'
    page = scene.load(LESSON + turned, attributes=attributes, mode="side")
    assert box(page.get_by_role("button", name="اسأل المعلّم"))["x"] == 20
    scene.open()
    frame = box(page.locator("course-tutor iframe"))
    assert (frame["x"], frame["y"], frame["height"]) == (0, 0, 800)
    assert page.evaluate("document.documentElement.getBoundingClientRect().left") == 408
    scene.of_tutor("tutor.side = 'start'")
    assert box(page.locator("course-tutor iframe"))["x"] == 1280 - 407
    assert page.evaluate("document.documentElement.getBoundingClientRect().right") == 1280 - 408


def test_the_side_panel_pushes_overlays_or_is_a_bubble(scene: Scene) -> None:
    page = scene.load(mode="side", open="")
    panel = scene.opened()
    assert page.evaluate(WIDTH) == 872
    assert page.evaluate("document.activeElement === document.body")
    scene.of_tutor("tutor.setAttribute('overlay', '')")
    assert page.evaluate(WIDTH) == 1280
    scene.of_tutor("tutor.removeAttribute('overlay')")
    page.set_viewport_size({"width": 800, "height": 800})
    scene.until(f"{WIDTH} === 800")
    assert box(page.locator("course-tutor iframe"))["height"] == 690
    assert launcher(page).is_visible()
    # It is the same panel, wherever it is.
    page.set_viewport_size({"width": 400, "height": 800})
    scene.until(MODAL)
    assert box(page.locator("course-tutor iframe")) == {"x": 0, "y": 0, "width": 400, "height": 800}
    assert panel in page.frames
    assert len([path for path in scene.tutor.asked if path.startswith("/panel/")]) == 1


def test_on_a_phone_it_is_a_dialog_over_the_whole_screen(scene: Scene) -> None:
    page = scene.load(open="", browser={"size": "narrow", "has_touch": True, "is_mobile": True})
    # No page begins behind its tutor.
    launcher(page).wait_for()
    assert not page.locator("dialog").count()
    launcher(page).tap()
    scene.opened()
    scene.until(MODAL)
    scene.until_asked()
    assert page.evaluate("document.querySelector('a').matches(':focus')") is False
    page.locator("a").evaluate("link => link.focus()")
    assert page.evaluate("document.activeElement.localName") != "a"
    scene.say({"type": "close"})
    scene.until("!tutor.opened")
    assert page.evaluate("document.activeElement.localName") == "course-tutor"


def test_a_panel_that_does_not_come_can_be_closed_on_a_phone(scene: Scene) -> None:
    scene.tutor.put("/panel/*", "<!doctype html><title>Nothing</title>")
    page = scene.load(browser={"size": "narrow"})
    launcher(page).click()
    page.get_by_role("dialog").wait_for()
    page.get_by_role("button", name="Close the tutor").click()
    assert not page.get_by_role("dialog").is_visible()


def test_the_label_can_be_read_on_any_colour(scene: Scene) -> None:
    page = scene.load(label="Ask Ada")
    for colour in ("#000", "#2450b0", "#777", "#ff0000", "#00ff00", "#ffe08a", "#fff", "#757575"):
        scene.of_tutor(f"tutor.colour = '{colour}'")
        assert launcher(page).evaluate(CONTRAST) >= 4.5, colour


@pytest.mark.parametrize("colour", ["red; } * { display: none", "url(https://evil.example/)", "var(--x)", "#12"])
def test_a_colour_that_is_none_changes_nothing(scene: Scene, colour: str) -> None:
    assert launcher(scene.load(colour=colour)).evaluate(BACKGROUND) == "rgb(36, 80, 176)"


@pytest.mark.parametrize("mode", ["bubble", "side", "inline"])
def test_axe_finds_nothing(scene: Scene, mode: str) -> None:
    tutors = (f"course=networks mode={mode}", "course=history label='Ask the historian'")
    body = LESSON + "".join(
        f"<aside aria-label={name}><course-tutor {given}></course-tutor></aside>"
        for name, given in zip(("Tutors", "More"), tutors, strict=True)
    )
    scheme_of = "<meta name=color-scheme content='light dark'><style>html { background: Canvas }</style>"
    page = scene.load(body, head=scheme_of)
    page.locator("[course=history] button").wait_for()
    for is_open in (False, True):
        if is_open:
            scene.of_tutor("tutor.open()")
            scene.opened()
        for look in looks(page):
            assert findings(page) == [], look
