"""What the loader and the panel tell one another, and whom else they do not listen to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Frame, Page

from tests.pages.host_pages import box, launcher
from tests.pages.loader_scene import CITE, LESSON, MARKED, WORDS, Scene
from tests.pages.loader_scene import scene as scene

EVENTS = "ready open close asked answered refused feedback followup error cite evil"
# Everything that the page is told of, in order.
LISTEN = f"""() => {{
  window.told = [];
  for (const name of "{EVENTS}".split(" ")) {{
    const note = ({{ detail, composed }}) => told.push([name, detail, composed]);
    document.addEventListener(`course-tutor:${{name}}`, note);
  }}
}}"""
FORGED: list[dict[str, Any]] = [
    {"ct": 1, "type": "close"}, {"ct": 1, "type": "event", "name": "asked", "detail": {}}, {"ct": 1, **CITE}
]  # fmt: skip
SHAPELESS: list[Any] = [
    *(None, 1, "close", [], {}, {"type": "close"}, {"ct": 2, "type": "close"}, {"ct": 1}),
    *({"ct": 1, "type": kind} for kind in ("constructor", "toString", "cite", "height", "event", 7)),
    *({"ct": 1, "type": "height", "px": px} for px in ("9em", -5, 1e999, None, {"a": 1})),
    *({"ct": 1, **CITE, **wrong} for wrong in ({"quote": 7}, {"start": 0.5}, {"lesson": None}, {"end": "1"})),
    {"ct": 1, **CITE, "quote": "a " * 20_000},
]


def context(scene: Scene) -> dict[str, Any]:
    """What the panel was told last of where the student is."""
    return scene.heard("context")[-1]


def test_the_panel_is_told_how_it_is_set_up(scene: Scene) -> None:
    given: dict[str, Any] = {
        "colour": "#7a1f5c", "greeting": "Hi <b>there</b>", "language": "pt", "side": "start", "scheme": "dark",
    }  # fmt: skip
    scene.load(**given)
    scene.open()
    assert scene.heard("config")[-1] == {"ct": 1, "type": "config", **given}
    scene.of_tutor("tutor.colour = '#123456'")
    scene.until_told("heard.some(({ colour }) => colour === '#123456')")


def test_the_page_names_its_lesson_by_attribute_or_in_its_head(scene: Scene) -> None:
    lesson, url = "01-basics/01-bits.md", "https://school.example/bits"
    scene.load(head=f'<meta name="course-tutor:lesson" content="{lesson}"><link rel="canonical" href="{url}">')
    scene.open()
    said = {"lesson": lesson, "title": "A lesson", "selection": "", "url": url}
    assert context(scene) == {"ct": 1, "type": "context", **said}
    scene.of_tutor("tutor.setLesson('02-transport/01-tcp.md')")
    scene.until_told("heard.at(-1).lesson === '02-transport/01-tcp.md'")


def test_the_panel_asks_for_what_is_selected_now(scene: Scene) -> None:
    page = scene.load(LESSON + f"<p id=long>{'👋é' * 3000}</p>")
    page.evaluate("getSelection().selectAllChildren(words)")
    # Opening by a click must not lose what it is to be asked about.
    scene.open()
    assert context(scene)["selection"] == WORDS
    page.evaluate("getSelection().selectAllChildren(long)")
    scene.say({"type": "context?"})
    scene.until_told("heard.at(-1).selection?.startsWith('👋é')")
    assert context(scene)["selection"] == "👋é" * 1000
    page.evaluate("getSelection().removeAllRanges()")
    scene.until_told("heard.at(-1).selection === ''")


@pytest.mark.parametrize(
    "field",
    [
        "<textarea id=field>my secret note</textarea>",
        "<input id=field value='my secret note'>",
        "<div id=field contenteditable><p>my secret note</p></div>",
    ],
)
def test_what_a_student_writes_elsewhere_is_not_passed_on(scene: Scene, field: str) -> None:
    page = scene.load(LESSON + field)
    select = "() => { field.focus(); field.select ? field.select() : getSelection().selectAllChildren(field) }"
    page.evaluate(select)
    scene.open()
    page.evaluate(select)
    assert page.evaluate("String(getSelection())") == "my secret note"
    scene.say({"type": "context?"})
    scene.settle()
    # What is told of the next choice comes after what would have been told of this one.
    page.evaluate("getSelection().selectAllChildren(words)")
    scene.until_told(f"heard.at(-1).selection === '{WORDS}'")
    assert {message["selection"] for message in scene.heard("context")} == {"", WORDS}


@pytest.mark.parametrize(
    ("change", "url"),
    [
        ("history.pushState(null, '', '/lessons/2?part=b')", "/lessons/2?part=b"),
        ("history.replaceState(null, '', '/lessons/3')", "/lessons/3"),
        ("location.hash = '#/lessons/4'", "/lessons/1#/lessons/4"),
    ],
)
def test_a_page_that_goes_to_another_lesson_without_loading_is_followed(scene: Scene, change: str, url: str) -> None:
    first = f"{scene.host.origin}/lessons/1"
    page = scene.load(path="/lessons/1", head=f'<link rel="canonical" href="{first}">')
    # A place on the page is no other page.
    page.goto(f"{first}#words")
    scene.open()
    assert context(scene)["url"] == first
    page.evaluate(f"() => {{ {change} }}")
    scene.until_told(f"heard.at(-1).url === {json.dumps(scene.host.origin + url)}")
    page.evaluate("() => { document.title = 'Another lesson' }")
    scene.until_told("heard.at(-1).title === 'Another lesson'")
    page.go_back() if "replace" not in change else page.evaluate("history.replaceState(null, '', '/lessons/1')")
    scene.until_told(f"heard.at(-1).url === '{first}'")


def test_the_page_hears_what_happened_in_the_panel(scene: Scene) -> None:
    page = scene.load(f"<div id=around>{LESSON}</div>")
    page.evaluate(LISTEN)
    scene.open()
    refused = {"turn": "t1", "state": "refused"}
    happened = {"asked": {"turn": "t1"}, "refused": refused, "evil": {}, "__proto__": {}, "error": None}
    for name, detail in happened.items():
        scene.say({"type": "event", "name": name, "detail": detail})
    scene.say({"type": "close"})
    scene.until("!tutor.opened")
    course = {"course": "networks"}
    assert page.evaluate("told") == [
        ["open", course, True],
        ["ready", course, True],
        ["asked", {**course, "turn": "t1"}, True],
        ["refused", {**course, **refused}, True],
        ["error", course, True],
        ["close", course, True],
    ]


def test_messages_from_anyone_else_are_not_heard(scene: Scene) -> None:
    # Of the tutor's own origin, but no panel; of the panel's name, but another origin; the page itself.
    scene.tutor.put("/other", "<!doctype html><title>Other</title>")
    scene.host.put("/panel/networks", "<!doctype html><title>Not the panel</title>")
    other = f'<iframe title=one src="{scene.tutor.origin}/other"></iframe>'
    page = scene.load(f'{LESSON}{other}<iframe title=two src="/panel/networks"></iframe>')
    scene.open()
    page.evaluate(LISTEN)
    strangers: list[Page | Frame] = [page, *page.frames[1:3]]
    for message in FORGED:
        for stranger in strangers:
            stranger.evaluate("message => parent.postMessage(message, '*')", message)
    scene.settle(*strangers)
    assert page.evaluate("told") == []
    scene.say(CITE)
    scene.until(MARKED)
    assert [name for name, _, _ in page.evaluate("told")] == ["cite"]


def test_a_frame_that_left_the_tutors_origin_is_not_heard(scene: Scene) -> None:
    page = scene.load()
    scene.open().goto(scene.host.put("/away", "<!doctype html><title>Away</title>"))
    page.evaluate(LISTEN)
    for message in FORGED:
        scene.panel.evaluate("message => parent.postMessage(message, '*')", message)
    scene.settle()
    assert page.evaluate("told") == []
    # And it is told nothing: a message for one origin is not given to another.
    page.expected.append("does not match the recipient window's origin")  # type: ignore[attr-defined]
    scene.panel.evaluate("() => { window.heard = []; addEventListener('message', ({ data }) => heard.push(data)) }")
    scene.of_tutor("tutor.ask('What is my secret?')")
    page.evaluate("document.querySelector('course-tutor').shadowRoot.querySelector('iframe').contentWindow"
                  ".postMessage('last', '*')")  # fmt: skip
    scene.until_told("heard.length")
    assert scene.panel.evaluate("heard") == ["last"]


def test_messages_in_no_known_shape_do_nothing(scene: Scene) -> None:
    page = scene.load(mode="inline")
    scene.opened()
    page.evaluate(LISTEN)
    for shape in SHAPELESS:
        scene.panel.evaluate("([message, origin]) => parent.postMessage(message, origin)", [shape, scene.host.origin])
    scene.settle()
    assert page.evaluate("told") == []
    assert scene.of_tutor("tutor.opened")
    assert len(page.context.pages) == 1


def test_the_inline_panel_is_as_high_as_it_says(scene: Scene) -> None:
    element = '<course-tutor course="networks" mode="inline"></course-tutor>'
    page = scene.load(f"<div style='width: 600px'>{element}</div>{LESSON}")
    scene.opened()
    for said, shown in ((321, 321), (10**9, 4000)):
        scene.say({"type": "height", "px": said})
        scene.until(f"tutor.getBoundingClientRect().height === {shown}")
    assert box(page.locator("iframe"))["width"] == 598
    assert not launcher(page).is_visible()
