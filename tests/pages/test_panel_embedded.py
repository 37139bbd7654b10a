"""The panel in a frame: who may hold it, and what it and the page around tell each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.pages.conftest import OpenPage
from tests.pages.host_pages import Site
from tests.pages.host_pages import site as host_site
from tests.pages.panels import COURSE_FILE, PANEL, staged, staged_data
from tests.pages.scenes import QUOTE, Scenes
from tests.support.served import COURSE, Served

HOST = """<!doctype html><html lang="en"><title>School</title><body>
<iframe id="panel" title="Tutor" src="{src}" width="400" height="600"></iframe>
<script>
window.heard = [];
const frame = document.getElementById("panel");
window.lesson = {lesson};
addEventListener("message", (event) => {{
  if (event.source !== frame.contentWindow) return;
  window.heard.push(event.data);
  if (event.data.type === "context?") tell({{ type: "context", ...window.lesson }});
}});
window.tell = (message, origin = "{origin}") => frame.contentWindow.postMessage({{ ct: 1, ...message }}, origin);
</script>"""
LESSON = {"lesson": "02-transport/01-tcp.md", "title": "TCP", "selection": "", "url": "https://school.example/tcp"}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A school's site."""
    with host_site() as running:
        yield running


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    """What answers."""
    return Scenes()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, site: Site, scenes: Scenes) -> Iterator[Served]:
    """A server whose course names the school's site."""
    course_file = COURSE_FILE.replace("https://school.example", site.origin)
    data: Path = staged_data(tmp_path_factory.mktemp("embedded"), course_file)
    with staged(data, scenes) as running:
        yield running


@pytest.fixture
def host(stage: Served, site: Site, open_page: OpenPage) -> Page:
    """The school's page, with the panel as a bubble."""
    return embed(stage, site, open_page)


def embed(stage: Served, site: Site, open_page: OpenPage, kind: str = "bubble", **lesson: Any) -> Page:
    """The school's page with the panel."""
    src = f"{stage.url}{PANEL}?embed={kind}&amp;origin={site.origin}"
    page = open_page(site.put("/", HOST.format(src=src, lesson=json.dumps({**LESSON, **lesson}), origin=stage.url)))
    expect(inside(page).locator("textarea")).to_be_visible()
    page.wait_for_function("heard.some(({type}) => type === 'ready')")
    return page


def inside(page: Page) -> FrameLocator:
    """The panel in the page."""
    return page.frame_locator("#panel")


def heard(page: Page, type_: str) -> list[dict[str, Any]]:
    """What the page was told, of one type."""
    found: list[dict[str, Any]] = page.evaluate("type => heard.filter((message) => message.type === type)", type_)
    return found


def ask(page: Page, question: str) -> None:
    """Ask in the frame, and wait for the end."""
    answered = inside(page).locator("article.answer > .after > .tools")
    before = answered.count()
    inside(page).locator("textarea").fill(question)
    inside(page).locator("textarea").press("Enter")
    expect(answered).to_have_count(before + 1)


def test_only_sites_that_the_course_names_may_hold_it(stage: Served, site: Site) -> None:
    def policy(query: str) -> tuple[int, str]:
        answer = stage.client.get(f"{PANEL}?{query}")
        return answer.status_code, answer.headers["Content-Security-Policy"].partition("frame-ancestors ")[2]

    assert policy("") == (200, "'none'")
    assert policy(f"embed=bubble&origin={site.origin}") == (200, f"'self' {site.origin}")
    assert policy(f"embed=side&origin={stage.url}") == (200, f"'self' {site.origin}")
    for wrong in ("https://evil.example", f"{site.origin}.evil.example", "null", "*", f"{site.origin}/"):
        assert policy(f"embed=bubble&origin={wrong}")[0] == 403
    assert stage.client.get(f"{PANEL}?embed=popup").status_code == 422
    assert stage.client.get("/panel/none").status_code == 404


def test_another_site_is_told_in_plain_words_what_to_do(stage: Served, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.expected.append("403")  # type: ignore[attr-defined]
    page.goto(f"{stage.url}{PANEL}?embed=bubble&origin=https://evil.example/%3Cscript%3E")
    expect(page.get_by_role("heading")).to_have_text("The tutor cannot be shown here")
    expect(page.locator("p")).to_contain_text("“origins”")
    expect(page.locator("script")).to_have_count(0)


def test_the_policy_lets_nothing_run_or_be_fetched_but_its_own(stage: Served) -> None:
    policy = stage.client.get(PANEL).headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'" in policy
    assert "require-trusted-types-for 'script'; trusted-types 'none'" in policy
    assert "unsafe" not in policy


def test_a_question_is_about_the_lesson_that_the_page_shows_at_that_moment(host: Page, scenes: Scenes) -> None:
    expect(inside(host).locator(".about-chip")).to_contain_text("TCP")
    ask(host, "one")
    assert scenes.asked[-1].lesson == LESSON["lesson"]
    host.evaluate(
        "window.lesson = { lesson: '01-basics/02-frames.md', title: 'Frames', selection: '', url: '/frames' }"
    )
    ask(host, "two")
    assert scenes.asked[-1].lesson == "01-basics/02-frames.md"
    inside(host).get_by_role("button", name="Do not tie the question to this lesson").click()
    ask(host, "three")
    assert scenes.asked[-1].lesson == ""


def test_a_page_that_is_no_lesson_of_the_course_is_asked_from_all_the_same(
    stage: Served, site: Site, open_page: OpenPage, scenes: Scenes
) -> None:
    page = embed(stage, site, open_page, lesson="not/there.md", title="Elsewhere")
    page.expected.append("404")  # type: ignore[attr-defined]
    ask(page, "one")
    assert (scenes.asked[-1].question, scenes.asked[-1].lesson) == ("one", "")


def test_selected_words_can_be_asked_about(stage: Served, site: Site, open_page: OpenPage, scenes: Scenes) -> None:
    page = embed(stage, site, open_page, selection="SYN, SYN-ACK, ACK")
    expect(inside(page).locator(".about-chip.selection")).to_contain_text("SYN, SYN-ACK, ACK")
    ask(page, "")
    assert scenes.asked[-1].question == "Explain this\n\n“SYN, SYN-ACK, ACK”"
    expect(inside(page).locator(".about-chip.selection")).to_have_count(0)


def test_a_source_is_shown_by_the_page_around(host: Page, stage: Served) -> None:
    ask(host, "one")
    inside(host).get_by_role("button", name="Source 1").first.click()
    url = f"{stage.url}/courses/{COURSE}/lessons/02-transport/01-tcp.md#s=7-58"
    told = {"ct": 1, "type": "cite", "lesson": LESSON["lesson"], "url": url, "start": 7, "end": 58, "quote": QUOTE}
    host.wait_for_function("heard.some(({type}) => type === 'cite')")
    assert heard(host, "cite") == [told]


def test_the_page_around_is_told_what_happens_without_the_students_words(host: Page) -> None:
    ask(host, "my secret question")
    ask(host, "nothing secret")
    host.wait_for_function("heard.filter(({type}) => type === 'event').length === 4")
    names = [message["name"] for message in heard(host, "event")]
    assert names == ["asked", "answered", "asked", "refused"]
    assert "secret" not in json.dumps(heard(host, "event"))


def test_escape_closes_a_quote_first_and_then_the_panel(host: Page) -> None:
    ask(host, "one")
    inside(host).get_by_role("button", name="Source 1").first.focus()
    expect(inside(host).locator("#source-card")).to_be_visible()
    host.keyboard.press("Escape")
    assert heard(host, "close") == []
    host.keyboard.press("Escape")
    host.wait_for_function("heard.some(({type}) => type === 'close')")


def test_the_page_around_can_open_ask_colour_and_begin_anew(host: Page, scenes: Scenes) -> None:
    host.evaluate("tell({ type: 'open', focus: true })")
    expect(inside(host).locator("textarea")).to_be_focused()
    host.evaluate("tell({ type: 'ask', question: 'What is TCP?', mode: 'simple', send: false })")
    expect(inside(host).locator("textarea")).to_have_value("What is TCP?")
    host.evaluate("tell({ type: 'ask', question: 'And FIN?', mode: 'hint', send: true })")
    expect(inside(host).locator("article.answer .tools")).to_be_visible()
    assert (scenes.asked[-1].question, scenes.asked[-1].mode) == ("And FIN?", "hint")
    host.evaluate(
        "tell({ type: 'config', colour: '#ffcc00', greeting: 'Welcome!', language: '', side: '', scheme: 'dark' })"
    )
    expect(inside(host).locator("html")).to_have_attribute("data-scheme", "dark")
    expect(inside(host).locator(".send")).to_have_css("background-color", "rgb(255, 204, 0)")
    host.evaluate("tell({ type: 'new' })")
    expect(inside(host).locator(".greeting")).to_have_text("Welcome!")


def test_what_has_no_known_shape_or_comes_from_elsewhere_is_ignored(host: Page, scenes: Scenes) -> None:
    asked = len(scenes.asked)
    for message in ("'ask'", "null", "{ ct: 2, type: 'ask', question: 'x', send: true }", "{ ct: 1, type: 'ask' }"):
        host.evaluate(f"frame.contentWindow.postMessage({message}, '*')")
    # A frame of another origin than the page speaks to the panel.
    host.evaluate(
        """() => new Promise((done) => {
            const other = document.createElement("iframe");
            other.sandbox = "allow-scripts";
            const message = '{ct: 1, type: "ask", question: "x", send: true}';
            other.srcdoc = `<script>parent.frames[0].postMessage(${message}, "*")<\\/script>`;
            other.onload = () => setTimeout(done, 300);
            document.body.append(other);
        })"""
    )
    assert len(scenes.asked) == asked


def test_a_language_that_the_page_around_asks_for_is_spoken(host: Page) -> None:
    host.evaluate("tell({ type: 'config', colour: '', greeting: '', language: 'fr', side: '', scheme: '' })")
    expect(inside(host).locator("html")).to_have_attribute("lang", "fr")


def test_inline_it_tells_how_high_it_is(stage: Served, site: Site, open_page: OpenPage) -> None:
    page = embed(stage, site, open_page, "inline")
    page.wait_for_function("heard.some(({type, px}) => type === 'height' && px > 200)")
    before = heard(page, "height")[-1]["px"]
    ask(page, "long 2000")
    page.wait_for_function("before => heard.filter(({type}) => type === 'height').at(-1).px > before", arg=before)
