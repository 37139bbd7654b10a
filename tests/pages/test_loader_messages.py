"""What the loader and the panel tell one another, and whom else they do not listen to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Frame, Page

from tests.pages.conftest import OpenPage
from tests.pages.host_pages import Site, heard, panel_of, tag, until

LESSON = "<main><h1>Masks</h1><p id=words>A mask hides the future.</p></main>"


def opened(page: Page) -> Frame:
    """The panel of the page's tutor, opened."""
    page.locator("course-tutor button").first.click()
    return panel_of(page)


def context(panel: Frame) -> dict[str, Any]:
    """What the panel was told last of where the student is."""
    return heard(panel, "context")[-1]


def say(panel: Frame, **message: Any) -> None:
    """Let the panel tell the page that holds it."""
    panel.evaluate("message => say(message)", message)


def settled(page: Page) -> None:
    """Let messages that are on their way arrive."""
    page.wait_for_timeout(300)


def test_the_panel_is_told_how_it_is_set_up(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    given = {"colour": "#7a1f5c", "greeting": "Hi <b>there</b>", "language": "pt", "side": "start", "scheme": "dark"}
    page = open_page(host.page(LESSON, head=tag(tutor_site, **given)))
    panel = opened(page)
    assert heard(panel, "config")[-1] == {"ct": 1, "type": "config", **given}
    page.locator("course-tutor").evaluate("tutor => (tutor.colour = '#123456')")
    until(panel, "heard.some(({ colour }) => colour === '#123456')")


def test_the_page_names_its_lesson_by_attribute_or_in_its_head(
    host: Site, tutor_site: Site, open_page: OpenPage
) -> None:
    meta = '<meta name="course-tutor:lesson" content="01-basics/01-bits.md">'
    canonical = '<link rel="canonical" href="https://school.example/bits">'
    page = open_page(host.page(LESSON, head=meta + canonical + tag(tutor_site)))
    panel = opened(page)
    said = {
        "lesson": "01-basics/01-bits.md",
        "title": "A lesson",
        "selection": "",
        "url": "https://school.example/bits",
    }
    assert context(panel) == {"ct": 1, "type": "context", **said}
    page.evaluate("document.querySelector('course-tutor').setLesson('02-transport/01-tcp.md')")
    until(panel, "heard.at(-1).lesson === '02-transport/01-tcp.md'")


def test_the_panel_asks_for_what_is_selected_now(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(LESSON + f"<p id=long>{'👋é' * 3000}</p>", head=tag(tutor_site)))
    page.evaluate("getSelection().selectAllChildren(words)")
    # Opening by a click must not lose what it is to be asked about.
    panel = opened(page)
    assert context(panel)["selection"] == "A mask hides the future."
    page.evaluate("getSelection().selectAllChildren(long)")
    say(panel, type="context?")
    until(panel, "heard.at(-1).selection?.startsWith('👋é')")
    assert context(panel)["selection"] == "👋é" * 1000
    page.evaluate("getSelection().removeAllRanges()")
    until(panel, "heard.at(-1).selection === ''")


@pytest.mark.parametrize(
    "field",
    [
        "<textarea id=field>my secret note</textarea>",
        "<input id=field value='my secret note'>",
        "<div id=field contenteditable><p>my secret note</p></div>",
    ],
)
def test_what_a_student_writes_elsewhere_is_not_passed_on(
    host: Site, tutor_site: Site, open_page: OpenPage, field: str
) -> None:
    page = open_page(host.page(LESSON + field, head=tag(tutor_site)))
    select = "() => { field.focus(); field.select ? field.select() : getSelection().selectAllChildren(field) }"
    page.evaluate(select)
    panel = opened(page)
    page.evaluate(select)
    assert page.evaluate("String(getSelection())") == "my secret note"
    say(panel, type="context?")
    settled(page)
    assert not [message for message in heard(panel, "context") if message["selection"]]


@pytest.mark.parametrize(
    ("change", "url"),
    [
        ("history.pushState(null, '', '/lessons/2?part=b')", "/lessons/2?part=b"),
        ("history.replaceState(null, '', '/lessons/3')", "/lessons/3"),
        ("location.hash = '#/lessons/4'", "/lessons/1#/lessons/4"),
    ],
)
def test_a_page_that_goes_to_another_lesson_without_loading_is_followed(
    host: Site, tutor_site: Site, open_page: OpenPage, change: str, url: str
) -> None:
    canonical = f'<link rel="canonical" href="{host.origin}/lessons/1">'
    page = open_page(host.page(LESSON, path="/lessons/1", head=canonical + tag(tutor_site)))
    panel = opened(page)
    assert context(panel)["url"] == f"{host.origin}/lessons/1"
    page.evaluate(f"() => {{ {change} }}")
    until(panel, f"heard.at(-1).url === {json.dumps(host.origin + url)}")
    page.evaluate("() => { document.title = 'Another lesson' }")
    until(panel, "heard.at(-1).title === 'Another lesson'")
    page.go_back() if "replace" not in change else page.evaluate("history.replaceState(null, '', '/lessons/1')")
    until(panel, f"heard.at(-1).url === '{host.origin}/lessons/1'")


def test_a_place_on_the_page_is_no_other_page(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(LESSON, path="/lessons/1", head=tag(tutor_site)) + "#words")
    assert context(opened(page))["url"] == f"{host.origin}/lessons/1"


def test_the_page_hears_what_happened_in_the_panel(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(f"<div id=around>{LESSON}</div>", head=tag(tutor_site)))
    page.evaluate(
        """() => {
          window.told = [];
          const names = "ready open close asked answered refused feedback followup error cite evil";
          for (const name of names.split(" ")) {
            addEventListener(`course-tutor:${name}`, ({ detail, composed }) => told.push([name, detail, composed]));
          }
        }"""
    )
    panel = opened(page)
    say(panel, type="event", name="asked", detail={"turn": "t1"})
    say(panel, type="event", name="refused", detail={"turn": "t1", "state": "refused"})
    say(panel, type="event", name="evil", detail={})
    say(panel, type="event", name="__proto__", detail={})
    say(panel, type="event", name="error", detail=None)
    say(panel, type="close")
    until(page, "told.length === 6")
    course = {"course": "networks"}
    assert page.evaluate("told") == [
        ["open", course, True],
        ["ready", course, True],
        ["asked", {**course, "turn": "t1"}, True],
        ["refused", {**course, "turn": "t1", "state": "refused"}, True],
        ["error", course, True],
        ["close", course, True],
    ]


FORGED = [
    {"ct": 1, "type": "close"},
    {"ct": 1, "type": "event", "name": "asked", "detail": {}},
    {"ct": 1, "type": "cite", "lesson": "a.md", "url": "", "start": 0, "end": 1, "quote": "A mask hides the future."},
]


def test_messages_from_anyone_else_are_not_heard(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    # Of the tutor's own origin, but no panel; of the panel's name, but another origin; the page itself.
    tutor_site.put("/other", "<!doctype html><title>Other</title>")
    host.put("/panel/networks", "<!doctype html><title>Not the panel</title>")
    frames = (
        f'<iframe title=one src="{tutor_site.origin}/other"></iframe><iframe title=two src="/panel/networks"></iframe>'
    )
    page = open_page(host.page(LESSON + frames, head=tag(tutor_site)))
    panel = opened(page)
    page.evaluate("addEventListener('course-tutor:asked', () => (window.fooled = true))")
    for message in FORGED:
        page.evaluate("message => postMessage(message, '*')", message)
        for frame in page.frames[1:3]:
            frame.evaluate("message => parent.postMessage(message, '*')", message)
    settled(page)
    assert page.evaluate("[window.fooled, CSS.highlights.size, document.querySelector('course-tutor').opened]") == [
        None,
        0,
        True,
    ]
    say(panel, **FORGED[2])
    until(page, "CSS.highlights.size === 1")


def test_a_frame_that_left_the_tutors_origin_is_not_heard(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    away = host.put("/away", "<!doctype html><title>Away</title>")
    page = open_page(host.page(LESSON, head=tag(tutor_site)))
    panel = opened(page)
    panel.goto(away)
    for message in FORGED:
        panel.evaluate("message => parent.postMessage(message, '*')", message)
    settled(page)
    assert page.evaluate("[CSS.highlights.size, document.querySelector('course-tutor').opened]") == [0, True]
    # And it is told nothing: a message for one origin is not given to another.
    page.expected.append("does not match the recipient window's origin")  # type: ignore[attr-defined]
    panel.evaluate("() => { window.heard = []; addEventListener('message', ({ data }) => heard.push(data)) }")
    page.evaluate("document.querySelector('course-tutor').ask('What is my secret?')")
    settled(page)
    assert panel.evaluate("heard") == []


def test_messages_in_no_known_shape_do_nothing(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(LESSON, head=tag(tutor_site, mode="inline")))
    panel = panel_of(page)
    shapes: list[Any] = [None, 1, "close", [], {}, {"type": "close"}, {"ct": 2, "type": "close"}, {"ct": 1}]
    shapes += [{"ct": 1, "type": kind} for kind in ("constructor", "toString", "cite", "height", "event", 7)]
    shapes += [{"ct": 1, "type": "height", "px": px} for px in ("9em", -5, 1e999, None, {"a": 1})]
    shapes += [{**FORGED[2], **wrong} for wrong in ({"quote": 7}, {"start": 0.5}, {"lesson": None}, {"end": "1"})]
    shapes += [{**FORGED[2], "quote": "a " * 20_000}]
    for shape in shapes:
        panel.evaluate("([message, origin]) => parent.postMessage(message, origin)", [shape, host.origin])
    settled(page)
    assert page.locator("course-tutor").evaluate("tutor => tutor.opened")
    assert len(page.context.pages) == 1


def test_the_inline_panel_is_as_high_as_it_says(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    element = '<course-tutor course="networks" mode="inline"></course-tutor>'
    page = open_page(host.page(f"<div style='width: 600px'>{element}</div>{LESSON}", head=tag(tutor_site)))
    panel = panel_of(page)
    say(panel, type="height", px=321)
    until(page, "document.querySelector('course-tutor').getBoundingClientRect().height === 321")
    assert page.locator("iframe").bounding_box()["width"] == 598  # type: ignore[index]
    assert not page.locator("course-tutor button").is_visible()
    say(panel, type="height", px=10**9)
    until(page, "document.querySelector('course-tutor').getBoundingClientRect().height === 4000")
