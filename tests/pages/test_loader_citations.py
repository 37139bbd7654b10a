"""A citation's words are shown where they stand: on the page around the panel, whatever its markup, or elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Frame, Page

from tests.pages.conftest import OpenPage
from tests.pages.host_pages import Site, panel_of, tag, until

QUOTE = "A **mask** hides the tokens of the [future](02.md), so that `training` sees what inference will see."
FILLER = "<p>Other words that fill the page and are not what is looked for.</p>" * 40
STYLE = "<style>body { font: 16px/1.5 sans-serif; max-width: 40rem }</style>"

MARKUP = {
    "plain paragraphs": "<p>A mask hides the tokens of the future, so that training sees what inference will see.</p>",
    "every word in an element": "<p>"
    + " ".join(
        f"<span>{word[:1]}<b>{word[1:]}</b></span>"
        for word in "A mask hides the tokens of the future, so that training sees what inference will see.".split()
    )
    + "</p>",
    "a list and a table": "<ul><li>A <em>mask</em> hides</li><li>the tokens of</li></ul><table><tr><td>the future,</td>"
    "<td>so that <script>var no</script>training</td></tr></table><p>sees what<br>inference&shy; will&nbsp;see.</p>",
    "folded away": "<details><summary>More</summary><div hidden=until-found>A mask hides the tokens of the <a href=#>"
    "future</a>, so that <code>training</code> sees what inference will see.</div></details>",
    "a shadow root": "<course-text><template shadowrootmode=open><style>p { color: teal }</style><p>A mask hides the "
    "<slot></slot></p></template>tokens of the future, so that <b>training</b> sees</course-text><p>what inference will"
    " see.</p>",
    "a box that scrolls": "<div style='height: 12rem; overflow: auto' tabindex=0>"
    + FILLER
    + "<p>A mask hides the tokens"
    " of the future, so that training sees what inference will see.</p>" + FILLER + "</div>",
    "with a button in between": "<p>A mask hides the tokens of the future <button>Copy</button> <i>(see above)</i>, so "
    "that training sees what inference will see.</p>",
}


def cite(panel: Frame, quote: str = QUOTE, **others: Any) -> None:
    """Let the panel ask for the words of a citation."""
    said = {"type": "cite", "lesson": "03/02.md", "url": "", "start": 7, "end": 95, "quote": quote, **others}
    panel.evaluate("message => say(message)", said)


def marked(page: Page) -> str:
    """The words that are marked on the page, with one space between any two."""
    words: str = page.evaluate(
        "() => [...CSS.highlights.values()].flatMap(all => [...all]).map(String).join('').replace(/\\s+/g, ' ').trim()"
    )
    return words


def shown(page: Page) -> bool:
    """Whether the first marked words are on the screen, with the rules that colour them."""
    seen: bool = page.evaluate(
        """() => {
          const [range] = [...CSS.highlights.get("course-tutor-citation")];
          const box = range.getBoundingClientRect();
          const root = range.startContainer.getRootNode();
          const seen = box.height > 0 && range.startContainer.parentElement.checkVisibility();
          return seen && box.top >= 0 && box.bottom <= innerHeight && root.adoptedStyleSheets.length > 0;
        }"""
    )
    return seen


@pytest.mark.parametrize("markup", MARKUP)
def test_the_words_are_marked_and_scrolled_to_in_any_markup(
    host: Site, tutor_site: Site, open_page: OpenPage, markup: str
) -> None:
    body = f"<main>{FILLER}{MARKUP[markup]}{FILLER}</main>"
    page = open_page(host.page(body, head=STYLE + tag(tutor_site)), reduced_motion="reduce")
    page.locator("course-tutor button").click()
    panel = panel_of(page)
    cite(panel)
    until(page, "CSS.highlights.size === 1")
    letters = "".join(letter for letter in marked(page) if letter.isalpha())
    between = "seeabove" if "between" in markup else ""
    assert letters == f"Amaskhidesthetokensofthefuture{between}sothattrainingseeswhatinferencewillsee"
    assert shown(page)
    said = page.locator("course-tutor .said")
    assert (said.text_content() or "").startswith("Shown on the page: “A")
    panel.evaluate("say({ type: 'uncite' })")
    until(page, "CSS.highlights.size === 0")
    assert said.text_content() == ""
    assert not page.evaluate("document.adoptedStyleSheets.length - 1")


def test_hidden_words_and_contents_are_not_what_is_shown(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    words = "A mask hides the future of the tokens."
    body = (
        f"<nav>{words}</nav><p hidden>{words}</p><p style='visibility: hidden'>{words}</p>"
        f"<p aria-hidden=true>{words}</p><textarea>{words}</textarea><main>{FILLER}<p id=it>{words}</p></main>"
    )
    page = open_page(host.page(body, head=tag(tutor_site)), reduced_motion="reduce")
    page.locator("course-tutor button").click()
    cite(panel_of(page), words)
    until(page, "CSS.highlights.size === 1")
    holder = "[...CSS.highlights.get('course-tutor-citation')][0].startContainer.parentElement.id"
    assert page.evaluate(holder) == "it"


def test_the_page_may_show_the_words_itself(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    page = open_page(host.page(f"<main>{FILLER}</main>", head=tag(tutor_site)))
    page.evaluate(
        "document.addEventListener('course-tutor:cite', (at) => { window.cited = at.detail; at.preventDefault() })"
    )
    page.locator("course-tutor button").click()
    cite(panel_of(page))
    until(page, "window.cited")
    assert page.evaluate("cited") == {"lesson": "03/02.md", "url": "", "start": 7, "end": 95, "quote": QUOTE}
    page.wait_for_timeout(200)
    assert len(page.context.pages) == 1
    assert not [path for path in tutor_site.asked if path.endswith("highlighter.js")]


def opened_elsewhere(page: Page, panel: Frame, **cited: Any) -> Page:
    """The page that a citation opens in a new tab, by a click in the panel."""
    panel.evaluate("message => { first.onclick = () => say(message) }", {"type": "cite", "quote": QUOTE, **cited})
    with page.context.expect_page() as opening:
        panel.locator("#first").click()
    opening.value.wait_for_load_state()
    assert opening.value.evaluate("opener") is None
    return opening.value


def test_words_that_are_not_on_the_page_are_opened_in_another_tab(
    host: Site, tutor_site: Site, open_page: OpenPage
) -> None:
    host.page(f"{FILLER}{MARKUP['plain paragraphs']}", path="/lessons/2")
    tutor_site.put("/courses/*", "<!doctype html><title>The reader</title>")
    page = open_page(host.page(f"<main>{FILLER}</main>", head=tag(tutor_site)))
    page.locator("course-tutor button").click()
    panel = panel_of(page)
    place = {"lesson": "03/02.md", "start": 7, "end": 95}
    there = opened_elsewhere(page, panel, url=f"{host.origin}/lessons/2", **place)
    assert there.url.startswith(f"{host.origin}/lessons/2#:~:text=A%20mask%20hides%20the%20tokens%20of,training%20")
    # The browser itself goes to the words, which the address names.
    until(there, "scrollY > 0")
    for url in ("", "javascript:alert(1)", "data:text/html,<script>alert(1)</script>"):
        reader = f"{tutor_site.origin}/courses/networks/lessons/03/02.md"
        assert opened_elsewhere(page, panel, url=url, **place).url == f"{reader}#s=7-95"
    assert page.url == f"{host.origin}/"


def test_a_page_of_another_lesson_is_not_searched(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    tutor_site.put("/courses/*", "<!doctype html><title>The reader</title>")
    page = open_page(host.page(MARKUP["plain paragraphs"], head=tag(tutor_site, lesson="01/01.md")))
    page.locator("course-tutor button").click()
    assert opened_elsewhere(page, panel_of(page), lesson="03/02.md", url="", start=7, end=95)
    assert page.evaluate("CSS.highlights.size") == 0


def test_on_the_tutors_own_site_the_tab_stays_the_same(tutor_site: Site, open_page: OpenPage) -> None:
    tutor_site.page("<main>The lesson</main>", path="/courses/networks/lessons/03/02.md")
    page = open_page(tutor_site.page(f"<main>{FILLER}</main>", head=tag(tutor_site)))
    page.locator("course-tutor button").click()
    cite(panel_of(page))
    page.wait_for_url("**/courses/networks/lessons/03/02.md#s=7-95")
    assert len(page.context.pages) == 1


def test_on_a_phone_the_panel_steps_aside(host: Site, tutor_site: Site, open_page: OpenPage) -> None:
    body = f"<main>{FILLER}{MARKUP['plain paragraphs']}{FILLER}</main>"
    page = open_page(host.page(body, head=tag(tutor_site)), size="narrow", reduced_motion="reduce")
    page.locator("course-tutor button").click()
    cite(panel_of(page))
    until(page, "CSS.highlights.size === 1")
    assert not page.get_by_role("dialog").is_visible()
    assert shown(page)
    # The launcher has the focus again, and the page stays where the words are.
    assert page.evaluate("document.activeElement.localName") == "course-tutor"
