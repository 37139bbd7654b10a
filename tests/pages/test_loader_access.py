"""The launcher and its panel for all eyes, hands and screens: forced colours, no motion, a phone, twice the size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.pages.conftest import OpenPage
from tests.pages.host_pages import box, launcher, until
from tests.pages.loader_scene import CITE, MARKED, WORDS, Scene
from tests.pages.loader_scene import scene as scene
from tests.pages.panels import DRAWN, staged, staged_data
from tests.pages.scenes import Scenes
from tests.support.served import COURSE, Served

PAGE = f"<main><h1>Masks</h1><p>{WORDS}</p>{'<p>Other words.</p>' * 60}<a href='#next'>Next</a></main>"
PHONE: ViewportSize = {"width": 390, "height": 844}
# What runs on the tutor's own elements, however shortly, from now on.
MOVES = """() => {
    window.moved = [];
    for (const name of ["animationstart", "transitionrun"])
        document.querySelector("course-tutor").shadowRoot.addEventListener(name, ({ type }) => moved.push(type));
    addEventListener("scroll", () => moved.push("scroll"));
}"""
SMALL = """() => [...document.querySelectorAll("button, a, select, textarea, summary")]
    .filter((each) => each.checkVisibility() && !each.matches("p a"))
    .map((each) => [each.outerHTML.slice(0, 90), each.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
TYPE_PX = """() => [...document.querySelectorAll("textarea, select, input")]
    .map((each) => parseFloat(getComputedStyle(each).fontSize))"""
IS_WIDE = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that plays scenes, with lessons of its own that hold the tutor."""
    with staged(staged_data(tmp_path_factory.mktemp("loader")), Scenes()) as running:
        yield running


def colours(locator: Locator, *names: str) -> list[str]:
    """The computed colours of an element."""
    found: list[str] = locator.evaluate("(each, names) => names.map((name) => getComputedStyle(each)[name])", names)
    return found


def system(page: Page, *names: str) -> list[str]:
    """Colours that the reader has chosen, as they are computed."""
    found: list[str] = page.evaluate(
        """(names) => names.map((name) => {
            const each = document.createElement("i");
            each.style.color = name;
            document.body.append(each);
            const { color } = getComputedStyle(each);
            each.remove();
            return color;
        })""",
        names,
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_forced_colours_it_is_drawn_in_the_readers_own(scene: Scene, scheme: str) -> None:
    page = scene.load(PAGE, colour="#ffee00", browser={"forced_colors": "active", "color_scheme": scheme})
    text, face, frame, mark = system(page, "ButtonText", "ButtonFace", "CanvasText", "Mark")
    button, dialog = launcher(page), page.locator("course-tutor dialog")
    assert colours(button, "color", "backgroundColor") == [text, face]
    assert colours(button.locator("svg"), "stroke") == [text]
    button.focus()
    assert colours(button, "borderTopStyle", "outlineStyle") == ["solid", "solid"]
    assert face not in colours(button, "borderTopColor", "outlineColor")
    scene.open()
    assert colours(dialog, "borderTopStyle") == ["solid"]
    assert colours(dialog, "borderTopColor")[0] in (frame, text)
    scene.say(CITE)
    scene.until(MARKED)
    marked = "getComputedStyle(document.querySelector('p'), '::highlight(course-tutor-citation)').backgroundColor"
    assert page.evaluate(marked) == mark


@pytest.mark.parametrize(("wanted", "moves"), [("reduce", False), ("no-preference", True)])
def test_nothing_moves_for_who_wants_no_motion(scene: Scene, wanted: str, moves: bool) -> None:
    page = scene.load(PAGE, browser={"reduced_motion": wanted})
    page.evaluate(MOVES)
    launcher(page).hover()
    scene.open()
    page.evaluate(DRAWN)
    assert bool(page.evaluate("moved.splice(0).length")) is moves
    launcher(page).click()
    launcher(page).click()
    page.evaluate(DRAWN)
    assert bool(page.evaluate("moved.length")) is moves


@pytest.mark.parametrize("wanted", ["reduce", "no-preference"])
def test_the_page_jumps_to_cited_words_where_no_motion_is_wanted(scene: Scene, wanted: str) -> None:
    filler = "<p>Other words.</p>" * 200
    page = scene.load(f"<main>{filler}<p>{WORDS}</p>{filler}</main>", browser={"reduced_motion": wanted})
    scene.open()
    page.evaluate(
        "() => { window.places = []; addEventListener('scroll', () => places.push(scrollY));"
        " addEventListener('scrollend', () => (window.arrived = true)) }"
    )
    scene.say(CITE)
    scene.until("window.arrived")
    places = page.evaluate("places")
    assert (len(set(places)) == 1) is (wanted == "reduce"), places


# 1280 × 800 at twice the size, and at four times it.
@pytest.mark.parametrize(("width", "height"), [(640, 400), (320, 256)])
@pytest.mark.parametrize("mode", ["bubble", "inline"])
def test_at_twice_the_size_and_320_pixels_all_of_it_is_on_the_screen(
    scene: Scene, mode: str, width: int, height: int
) -> None:
    label = "Ask the tutor of the whole faculty of history and of all its lessons"
    element = f'<course-tutor course="{COURSE}" mode="{mode}" label="{label}"></course-tutor>'
    # A page's own large type makes it no larger than that.
    style = "<style>html { font-size: 200% }</style>"
    page = scene.load(element + PAGE, head=style, browser={"device_scale_factor": 2})
    page.set_viewport_size({"width": width, "height": height})
    page.reload()
    if mode != "inline":
        at, words = box(launcher(page)), box(launcher(page).locator("span"))
        # With its ring, when it has the focus.
        assert at["x"] >= 6
        assert at["x"] + at["width"] <= width - 6
        assert box(launcher(page).locator("svg"))["width"] == 24
        assert at["y"] + at["height"] <= height
        assert at["y"] <= words["y"]
        assert words["y"] + words["height"] <= at["y"] + at["height"]
        assert not page.evaluate(IS_WIDE)
        launcher(page).click()
    panel = scene.opened()
    frame = box(page.locator("course-tutor iframe"))
    assert frame["x"] >= 0
    assert frame["x"] + frame["width"] <= width
    assert mode == "inline" or (frame["y"], frame["height"]) == (0, height)
    assert not page.evaluate(IS_WIDE)
    assert not panel.evaluate(IS_WIDE)


@pytest.mark.parametrize("mode", ["bubble", "side"])
def test_on_a_phone_the_bubble_opens_over_the_whole_screen_and_is_used_by_thumb(
    stage: Served, open_page: OpenPage, mode: str
) -> None:
    page = open_page("about:blank", is_mobile=True, has_touch=True, device_scale_factor=3)
    page.set_viewport_size(PHONE)
    page.goto(f"{stage.url}/courses/{COURSE}/lessons/02-transport/01-tcp.md")
    page.locator("course-tutor").evaluate("(tutor, mode) => (tutor.mode = mode)", mode)
    at = box(launcher(page))
    assert min(at["width"], at["height"]) >= 44
    assert not page.evaluate(IS_WIDE)
    launcher(page).tap()
    frame = page.locator("course-tutor iframe")
    inside = page.frame_locator("course-tutor iframe")
    expect(inside.locator("textarea")).to_be_focused()
    assert box(frame) == {"x": 0, "y": 0, **PHONE}
    panel = next(each for each in page.frames if "/panel/" in each.url)
    # In a smaller field a phone enlarges the page at the first letter.
    assert min(panel.evaluate(TYPE_PX)) >= 16
    assert page.evaluate("visualViewport.scale") == 1
    assert panel.evaluate(SMALL) == []
    for count, question in enumerate(("long 900", "doubtful", "nothing"), 1):
        inside.locator("textarea").fill(question)
        inside.locator(".send").tap()
        expect(inside.locator("article.answer > .after > .tools")).to_have_count(count)
        assert not panel.evaluate(IS_WIDE)
        assert panel.evaluate(SMALL) == []
    inside.locator("[data-act=close]").tap()
    until(page, "!document.querySelector('course-tutor').opened")
    assert not page.evaluate(IS_WIDE)
    launcher(page).tap()
    expect(inside.locator("article.answer")).to_have_count(3)
