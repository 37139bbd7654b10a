"""A citation's words are shown where they stand: on the page around the panel, whatever its markup, or elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.pages.host_pages import until
from tests.pages.loader_scene import MARKED, Scene
from tests.pages.loader_scene import scene as scene

QUOTE = "A **mask** hides the tokens of the [future](02.md), so that `training` sees what inference will see."
FILLER = "<p>Other words that fill the page and are not what is looked for.</p>" * 40
STYLE = "<style>body { font: 16px/1.5 sans-serif; max-width: 40rem }</style>"

TRUE = "A mask hides the tokens of the future, so that training sees what inference will see."
LETTERED = " ".join(f"<span>{word[:1]}<b>{word[1:]}</b></span>" for word in TRUE.split())

MARKUP = {
    "plain paragraphs": f"<p>{TRUE}</p>",
    "every word in an element": f"<p>{LETTERED}</p>",
    "a list and a table": "<ul><li>A <em>mask</em> hides</li><li>the tokens of</li></ul><table><tr><td>the future,</td>"
    "<td>so that <script>var no</script>training</td></tr></table><p>sees what<br>inference&shy; will&nbsp;see.</p>",
    "folded away": "<details><summary>More</summary><div hidden=until-found>A mask hides the tokens of the <a href=#>"
    "future</a>, so that <code>training</code> sees what inference will see.</div></details>",
    "a shadow root": "<course-text><template shadowrootmode=open><style>p { color: teal }</style><p>A mask hides the "
    "<slot></slot></p></template>tokens of the future, so that <b>training</b> sees</course-text><p>what inference will"
    " see.</p>",
    "a box that scrolls": f"<div style='height: 12rem; overflow: auto' tabindex=0>{FILLER}<p>{TRUE}</p>{FILLER}</div>",
    "with a button in between": "<p>A mask hides the tokens of the future <button>Copy</button> <i>(see above)</i>, so "
    "that training sees what inference will see.</p>",
}
CITED = {"type": "cite", "lesson": "03/02.md", "url": "", "start": 7, "end": 95, "quote": QUOTE}


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
def test_the_words_are_marked_and_scrolled_to_in_any_markup(scene: Scene, markup: str) -> None:
    page = scene.load(f"<main>{FILLER}{MARKUP[markup]}{FILLER}</main>", head=STYLE)
    scene.open()
    scene.say(CITED)
    scene.until(MARKED)
    letters = "".join(letter for letter in marked(page) if letter.isalpha())
    between = "seeabove" if "between" in markup else ""
    assert letters == f"Amaskhidesthetokensofthefuture{between}sothattrainingseeswhatinferencewillsee"
    assert shown(page)
    said = page.locator("course-tutor .said")
    assert (said.text_content() or "").startswith("Shown on the page: “A")
    scene.say({"type": "uncite"})
    scene.until("CSS.highlights.size === 0")
    assert said.text_content() == ""
    assert not page.evaluate("document.adoptedStyleSheets.length - 1")


def test_hidden_words_and_contents_are_not_what_is_shown(scene: Scene) -> None:
    words = "A mask hides the future of the tokens."
    page = scene.load(
        f"<nav>{words}</nav><p hidden>{words}</p><p style='visibility: hidden'>{words}</p>"
        f"<p aria-hidden=true>{words}</p><textarea>{words}</textarea><main>{FILLER}<p id=it>{words}</p></main>"
    )
    scene.open()
    scene.say({**CITED, "quote": words})
    scene.until(MARKED)
    holder = "[...CSS.highlights.get('course-tutor-citation')][0].startContainer.parentElement.id"
    assert page.evaluate(holder) == "it"


def test_the_page_may_show_the_words_itself(scene: Scene) -> None:
    scene.tutor.put("/courses/*", "<!doctype html><title>The reader</title>")
    page = scene.load(f"<main>{FILLER}</main>")
    page.evaluate(
        "window.cited = []; document.addEventListener('course-tutor:cite',"
        " (at) => { if (cited.push(at.detail) === 1) at.preventDefault() })"
    )
    scene.open()
    scene.say(CITED)
    scene.until("cited.length")
    assert page.evaluate("cited") == [{name: CITED[name] for name in ("lesson", "url", "start", "end", "quote")}]
    assert not [path for path in scene.tutor.asked if path.endswith("highlighter.js")]
    # Only of the second, which it leaves to the loader, something comes.
    assert opened_elsewhere(scene)
    assert len(page.context.pages) == 2


def opened_elsewhere(scene: Scene, **cited: Any) -> str:
    """Where the page leads that a citation opens in a new tab, by a click in the panel."""
    scene.panel.evaluate("message => { first.onclick = () => say(message) }", {**CITED, **cited})
    with scene.page.context.expect_page() as opening:
        scene.panel.locator("#first").click()
    opening.value.wait_for_load_state()
    assert opening.value.evaluate("opener") is None
    if "#:~:text" not in (url := opening.value.url):
        return url
    # The browser itself goes to the words, which the address names.
    until(opening.value, "scrollY > 0")
    return url


def test_words_that_are_not_on_the_page_are_opened_in_another_tab(scene: Scene) -> None:
    origin = scene.host.origin
    scene.host.page(f"{FILLER}{MARKUP['plain paragraphs']}", path="/lessons/2")
    scene.tutor.put("/courses/*", "<!doctype html><title>The reader</title>")
    page = scene.load(f"<main>{FILLER}</main>")
    scene.open()
    there = opened_elsewhere(scene, url=f"{origin}/lessons/2")
    assert there.startswith(f"{origin}/lessons/2#:~:text=A%20mask%20hides%20the%20tokens%20of,training%20")
    for url in ("", "javascript:alert(1)", "data:text/html,<script>alert(1)</script>"):
        reader = f"{scene.tutor.origin}/courses/networks/lessons/03/02.md"
        assert opened_elsewhere(scene, url=url) == f"{reader}#s=7-95"
    assert page.url == f"{origin}/"


def test_a_page_of_another_lesson_is_not_searched(scene: Scene) -> None:
    scene.tutor.put("/courses/*", "<!doctype html><title>The reader</title>")
    page = scene.load(MARKUP["plain paragraphs"], lesson="01/01.md")
    scene.open()
    assert opened_elsewhere(scene)
    assert page.evaluate("CSS.highlights.size") == 0


def test_on_the_tutors_own_site_the_tab_stays_the_same(scene: Scene) -> None:
    scene.host = scene.tutor
    scene.tutor.page("<main>The lesson</main>", path="/courses/networks/lessons/03/02.md")
    page = scene.load(f"<main>{FILLER}</main>")
    scene.open()
    scene.say(CITED)
    page.wait_for_url("**/courses/networks/lessons/03/02.md#s=7-95")
    assert len(page.context.pages) == 1


def test_on_a_phone_the_panel_steps_aside(scene: Scene) -> None:
    page = scene.load(f"<main>{FILLER}{MARKUP['plain paragraphs']}{FILLER}</main>", browser={"size": "narrow"})
    scene.open()
    scene.say(CITED)
    scene.until(MARKED)
    assert not page.get_by_role("dialog").is_visible()
    assert shown(page)
    # The launcher has the focus again, and the page stays where the words are.
    assert page.evaluate("document.activeElement.localName") == "course-tutor"
