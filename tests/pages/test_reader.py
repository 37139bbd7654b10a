"""The reader in a browser: by anybody, on anything, with and without scripts, whatever stands in a lesson."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.conftest import index_course
from tests.pages.axe import findings, looks
from tests.pages.conftest import OpenPage
from tests.pages.panels import staged
from tests.pages.reader_course import FORMATS, until, write_course
from tests.pages.scenes import Scenes
from tests.support.hash_embedder import HashEmbedder
from tests.support.served import COURSE, Served, write_lessons
from tutor.api.pages.lesson_markup import lesson_path

HOSTILE = 'more/08-<b>hostile</b> & "co"\'.md'
ARABIC = {
    "course.yaml": "title: الشبكات\nlanguage: ar\n",
    "01-a.md": "# البت\n\nالبت صفر أو واحد. `code` هنا.\n\n- أ\n- ب\n",
}
PAGES = {
    "course": f"/courses/{FORMATS}",
    "courses": "/",
    "markdown": lesson_path(FORMATS, "01-markdown.md"),
    "times": lesson_path(FORMATS, "more/07-talk.vtt"),
    "hostile": lesson_path(FORMATS, HOSTILE),
    "arabic": lesson_path("arabic", "01-a.md"),
    "search": f"/courses/{FORMATS}/search?q=mask+words",
    "nothing": f"/courses/{FORMATS}/search",
    "answer": f"/ask?course={FORMATS}&question=What+does+a+mask+hide%3F",
    "embed": f"/courses/{FORMATS}/embed?mode=side",
    "about": f"/courses/{FORMATS}/about",
    "missing": "/courses/none",
}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with two courses."""
    folder = tmp_path_factory.mktemp("reader")
    index_course(write_course(folder / "formats"), FORMATS, folder / "data", HashEmbedder())
    index_course(write_lessons(folder / "arabic", ARABIC), "arabic", folder / "data", HashEmbedder())
    with staged(folder / "data", Scenes()) as running:
        yield running


@pytest.fixture
def open_reader(reader: Served, open_page: OpenPage) -> OpenPage:
    """Opens a page of the reader by its name."""

    def open_(name: str, fragment: str = "", **options: object) -> Page:
        page = open_page(reader.url.rstrip("/") + PAGES[name] + fragment, **options)
        if name == "missing":
            page.expected.append("404")  # type: ignore[attr-defined]
        return page

    return open_


def is_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(open_reader: OpenPage, name: str) -> None:
    page = open_reader(name)
    for look in looks(page):
        assert findings(page) == [], look
        assert not is_wide(page)


def test_without_scripts_every_page_is_read(open_reader: OpenPage, reader: Served) -> None:
    page = open_reader("missing", java_script_enabled=False)
    for path in PAGES.values():
        page.goto(reader.url.rstrip("/") + path)
        assert page.locator("h1").inner_text().strip()
        assert page.locator("button.scheme").is_hidden()
        assert page.locator(":is(.continue, .copy):visible").count() == 0


def test_without_scripts_one_reads_searches_and_asks(open_reader: OpenPage) -> None:
    page = open_reader("course", java_script_enabled=False)
    page.get_by_role("link", name="Attention 👋 masks").click()
    assert page.locator("article h2").first.inner_text() == "Why a mask"
    page.get_by_role("searchbox").fill("gradient loss")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("mark").first.inner_text() in ("gradient", "gradients", "loss")
    with page.expect_navigation():
        page.locator(".results a").first.click()
    page.get_by_label("Ask about Every format").fill("What does a gradient say?")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("h1").inner_text() == "What does a gradient say?"


@pytest.mark.parametrize("name", ["markdown", "hostile", "arabic"])
def test_every_heading_opens_by_its_own_link(open_reader: OpenPage, name: str) -> None:
    page = open_reader(name, reduced_motion="reduce")
    for link in page.locator("a.anchor").all():
        link.focus()
        assert float(link.evaluate("(link) => getComputedStyle(link).opacity")) > 0
        page.keyboard.press("Enter")
        heading = page.locator(":target")
        assert heading.count() == 1
        assert heading.evaluate(
            "(heading, link) => heading.parentElement === link.parentElement", link.element_handle()
        )
        assert heading.bounding_box()["y"] >= 50  # type: ignore[index]


def test_nothing_in_a_lesson_or_its_name_can_run_or_lead_away(open_reader: OpenPage, reader: Served) -> None:
    page = open_reader("hostile")
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    assert page.locator("article :is(script, img, svg, iframe, b)").count() == 0
    assert "<script>alert(1)</script>" in page.locator("h1").inner_text()
    assert "{{ 7 * 7 }}" in page.locator("article table").inner_text()
    addresses = page.locator("article a").evaluate_all("(links) => links.map((link) => link.getAttribute('href'))")
    assert all(address.startswith("#") for address in addresses)
    page.goto(reader.url.rstrip("/") + PAGES["course"])
    page.locator(".lessons").get_by_role("link", name="<script>alert(1)</script>").click()
    assert page.locator("article").get_attribute("data-lesson") == HOSTILE


def test_light_or_dark_is_chosen_and_remembered(open_reader: OpenPage) -> None:
    page = open_reader("markdown", color_scheme="light")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    button = page.get_by_role("button", name="Light or dark")
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    dark = page.evaluate(colour)
    assert dark != light
    assert page.locator("course-tutor").get_attribute("scheme") == "dark"
    page.reload()
    assert page.evaluate(colour) == dark
    assert page.locator("course-tutor").get_attribute("scheme") == "dark"
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert page.evaluate(colour) == light


def test_code_is_copied_as_it_is(open_reader: OpenPage, reader: Served) -> None:
    page = open_reader("markdown", permissions=["clipboard-read", "clipboard-write"])
    button = page.locator(".code .copy").first
    button.focus()
    page.keyboard.press("Enter")
    until(page, "document.querySelector('.copy').textContent === 'Copied'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied in next(each for each in reader.tutor.lessons(FORMATS)[1]).text
    assert copied.startswith("def mask(n):\n    # 👋")


def test_one_goes_on_where_one_was(open_reader: OpenPage, reader: Served) -> None:
    page = open_reader("course")
    assert page.locator(".continue").is_hidden()
    page.goto(reader.url.rstrip("/") + PAGES["markdown"])
    page.evaluate("document.querySelectorAll('article h2')[1].scrollIntoView({ behavior: 'instant' })")
    until(page, "JSON.parse(localStorage.getItem('course-tutor:formats:reading')).anchor")
    page.goto(reader.url.rstrip("/") + PAGES["course"])
    link = page.locator(".continue a")
    assert "Attention 👋 masks" in link.inner_text()
    link.click()
    assert page.url.endswith("01-markdown.md#why-a-mask-2")
    # On the lesson's page its own place would be written after this.
    page.goto(reader.url.rstrip("/") + PAGES["course"])
    page.evaluate("localStorage.setItem('course-tutor:formats:reading', '{\"lesson\": \"gone.md\"')")
    page.reload()
    assert page.locator(".continue").is_hidden()


@pytest.mark.parametrize(
    "storage",
    [
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } });",
        "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); };",
    ],
)
def test_a_browser_that_keeps_nothing_reads_all_the_same(open_reader: OpenPage, reader: Served, storage: str) -> None:
    page = open_reader("nothing")
    page.add_init_script(storage)
    page.goto(reader.url.rstrip("/") + PAGES["markdown"] + "#s=2-11")
    until(page, "getSelection().toString() === 'Attention'")
    page.get_by_role("button", name="Light or dark").click()
    assert page.locator(".code .copy").count() == 1


def test_the_first_tab_leads_past_the_bar(open_reader: OpenPage) -> None:
    page = open_reader("markdown")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["height"] >= 24  # type: ignore[index]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "MAIN"


def test_what_can_be_used_is_large_enough_to_hit(open_reader: OpenPage) -> None:
    page = open_reader("markdown", size="narrow")
    small = page.locator("a:visible, button:visible, input:visible").evaluate_all(
        """(all) => all.filter((each) => {
          const box = each.getBoundingClientRect();
          // Links within a sentence are excepted, and so is what is shown only when it has the focus.
          const inline = each.matches("article p a, article li a") && !each.matches(".place a");
          return !inline && !each.matches(".skip") && (box.width < 24 || box.height < 24);
        }).map((each) => each.outerHTML)"""
    )
    assert small == []


def test_frames_that_scroll_can_be_reached_by_keyboard_and_others_are_no_stop(open_reader: OpenPage) -> None:
    page = open_reader("markdown", size="narrow")
    page.wait_for_selector("pre[tabindex='0']")
    frames = page.locator("article :is(pre, .scroll, .formula)")
    assert frames.evaluate_all(
        "(all) => all.map((each) => each.scrollWidth > each.clientWidth)"
    ) == frames.evaluate_all("(all) => all.map((each) => each.tabIndex === 0)")
    page = open_reader("times", size="wide")
    assert page.locator("article [tabindex]").count() == 0


def test_the_outline_says_where_one_is(open_reader: OpenPage) -> None:
    page = open_reader("markdown")
    assert page.locator(".outline a").all_inner_texts() == ["Why a mask", "Why a mask"]
    page.locator(".outline a").nth(1).click()
    page.wait_for_selector(".outline li:nth-child(2) [aria-current='location']")
    assert page.locator(".outline [aria-current]").count() == 1
    assert open_reader("markdown", size="narrow").locator(".outline").is_hidden()


def test_an_arabic_course_is_written_from_right_to_left(open_reader: OpenPage) -> None:
    page = open_reader("arabic")
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert page.locator("html").get_attribute("lang") == "ar"
    main = page.locator("main").bounding_box()
    brand = page.locator(".brand").bounding_box()
    assert main is not None
    assert brand is not None
    assert brand["x"] + brand["width"] > 1100
    assert page.locator("article p").first.evaluate("(p) => getComputedStyle(p).direction") == "rtl"


def test_at_double_size_nothing_is_cut(open_reader: OpenPage) -> None:
    page = open_reader("markdown", size="narrow")
    page.evaluate("document.adoptedStyleSheets = [Object.assign(new CSSStyleSheet(), {})]")
    page.evaluate("document.adoptedStyleSheets[0].replaceSync('html { font-size: 200% }')")
    assert not is_wide(page)


def test_on_paper_there_is_the_lesson_alone(open_reader: OpenPage) -> None:
    page = open_reader("markdown", color_scheme="dark")
    page.emulate_media(media="print")
    for selector in (".bar", ".outline", ".crumbs", ".turn", "footer", ".ask", ".copy", ".anchor"):
        assert page.locator(selector).first.is_hidden(), selector
    assert page.locator("article h1").is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    pre = page.locator("pre").first
    assert pre.evaluate("(pre) => [getComputedStyle(pre).whiteSpace, getComputedStyle(pre).breakInside]") == [
        "pre-wrap",
        "avoid",
    ]
    link = page.locator("article p a").first
    assert "04-notebook.ipynb" in link.evaluate("(link) => getComputedStyle(link, '::after').content")
    assert page.pdf().startswith(b"%PDF")


def test_the_line_for_a_site_follows_the_choices(open_reader: OpenPage) -> None:
    page = open_reader("embed")
    line = page.locator(".snippet")
    assert 'data-mode="side"' in line.inner_text()
    page.get_by_label("Where it stands").select_option("inline")
    until(page, "document.querySelector('.snippet').textContent.includes('inline')")
    page.expected.append("422")  # type: ignore[attr-defined]
    page.get_by_label("Colour").fill("#24")
    page.get_by_label("Colour").fill("#245")
    page.get_by_label("Colour").fill("#245000")
    until(page, "document.querySelector('.snippet').textContent.includes('#245000')")


def test_in_forced_colours_the_place_in_the_outline_is_still_seen(open_reader: OpenPage) -> None:
    page = open_reader("markdown", forced_colors="active")
    page.locator(".outline a").nth(1).click()
    page.wait_for_selector(".outline [aria-current]")
    assert page.locator(".chips, .card").first.evaluate("(each) => getComputedStyle(each).borderTopStyle") == "solid"


def test_the_small_course_is_the_first_page_when_it_is_the_only_one(server: Served, open_page: OpenPage) -> None:
    page = open_page(server.url)
    assert page.locator("body").get_attribute("data-course") == COURSE
    page.get_by_role("link", name="Frames").click()
    assert page.locator("h1").inner_text() == "Frames"
