"""Any span of a lesson opens at its very words, in every format."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.conftest import index_course
from tests.pages.conftest import OpenPage
from tests.pages.panels import staged
from tests.pages.reader_course import FORMATS, until, write_course
from tests.pages.scenes import Scenes
from tests.support.hash_embedder import HashEmbedder
from tests.support.served import Served
from tutor.api.pages.lesson_markup import lesson_path
from tutor.models import Lesson
from tutor.rendering.incremental import lesson_nodes
from tutor.text.plain import plain
from tutor.text.sentences import sentences

_UNTOLD = re.compile(r"\$\$?[^$]+\$\$?|!\[[^]]*\]\([^)]*\)|&\w+;|```.*?```|\|[^|\n]*\\\|[^|]*", re.DOTALL)
SELECTED = """() => [...(CSS.highlights.get("cited") ?? [])].map(String).join(" ")"""
SPANS = """async (spans) => {
  const reader = document.querySelector("script[src$='reader/reader.js']").src;
  const { selectSpan } = await import(reader.replace("reader.js", "spans.js"));
  return spans.map(([start, end]) => selectSpan(document.querySelector("article"), start, end)?.map(String) ?? null);
}"""


@pytest.fixture(scope="module")
def formats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("formats")
    assert not index_course(write_course(folder / "lessons"), FORMATS, folder / "data", HashEmbedder()).skipped
    with staged(folder / "data", Scenes()) as running:
        yield running


def lessons(running: Served) -> list[Lesson]:
    return list(running.tutor.lessons(FORMATS)[1])


def address(running: Served, lesson: Lesson, fragment: str = "") -> str:
    return running.url.rstrip("/") + lesson_path(FORMATS, lesson.lesson) + fragment


def seen_of(lesson: Lesson, start: int, end: int) -> str:
    """The characters that a reader sees of a span, from the nodes' own starts; None of what has no place within."""
    found: list[tuple[int, str]] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "text" in value and "start" in value:
                found.extend((value["start"] + at, character) for at, character in enumerate(value["text"]))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(lesson_nodes(lesson))
    return squeezed("".join(character for place, character in sorted(found) if start <= place < end))


def selected(page: Page, *spans: tuple[int, int]) -> list[list[str] | None]:
    """What is selected for each span of the page's lesson, in pieces; None where it has no words."""
    found: list[list[str] | None] = page.evaluate(SPANS, spans)
    return found


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def test_every_sentence_of_every_format_is_selected_to_the_word(formats: Served, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    checked, kinds = 0, set()
    for lesson in lessons(formats):
        if "hostile" in lesson.lesson:
            continue
        page.goto(address(formats, lesson))
        spans = [
            (piece.start, piece.end)
            for piece in sentences(lesson.text)
            if piece.kind not in ("math", "image") and "$" not in lesson.text[piece.start : piece.end]
        ]
        for (start, end), shown in zip(spans, selected(page, *spans), strict=True):
            wanted = plain(lesson.text[start:end])
            # An image's words and an entity's name are written otherwise than they are seen.
            assert words(" ".join(shown or [])) == words(wanted.replace("&lt;", "<").replace("&amp;", "&")), (
                lesson.lesson
            )
        checked += len(spans)
        kinds.add(Path(lesson.lesson).suffix)
    assert checked >= 40
    assert kinds == {".md", ".html", ".docx", ".ipynb", ".pptx", ".pdf", ".vtt"}


def test_any_span_is_selected_to_the_character(formats: Served, open_page: OpenPage) -> None:
    chosen = random.Random(4)
    page = open_page("about:blank")
    for lesson in lessons(formats):
        if "hostile" in lesson.lesson:
            continue
        page.goto(address(formats, lesson))
        # Nodes do not say where formulas, code and escaped bars stand, so they tell nothing here.
        text = _UNTOLD.sub(lambda match: "\0" * len(match[0]), lesson.text)
        starts = [chosen.randrange(len(text)) for _ in range(100)]
        spans = [(start, chosen.randrange(start, min(len(text), start + 90) + 1)) for start in starts]
        spans = [(start, end) for start, end in spans if "\0" not in text[start:end]]
        for (start, end), shown in zip(spans, selected(page, *spans), strict=True):
            assert squeezed("".join(shown or [])) == seen_of(lesson, start, end), (lesson.lesson, start, end)


def test_code_points_beyond_the_first_plane_count_once(formats: Served, open_page: OpenPage) -> None:
    lesson = lessons(formats)[0]
    page = open_page(address(formats, lesson))
    for wanted in ("👋", "masks", "🧮 for", "# 👋 the lower triangle", "日本語の文", "עברית in one line."):
        start = lesson.text.index(wanted)
        assert selected(page, (start, start + len(wanted))) == [[wanted]]


def test_what_has_no_places_within_is_selected_whole_and_only_when_it_is_touched(
    formats: Served, open_page: OpenPage
) -> None:
    lesson = lessons(formats)[0]
    page = open_page(address(formats, lesson))
    at = lesson.text.index("$s + m$")
    assert selected(page, (at - 3, at), (at + 1, at + 2), (at + 7, at + 11)) == [["as "], ["s+m"], [", th"]]
    picture = lesson.text.index("![A tri")
    assert selected(page, (picture, picture + 1)) == [["A triangle of ones below zeros"]]
    assert selected(page, (10**8, 10**8 + 5)) == [None]
    marks = lesson.text.index("**some")
    assert selected(page, (marks, marks + 2)) == [None]


@pytest.mark.parametrize("wanted", ["the lower triangle", "padding masks hide", "nothing said", "Attention"])
def test_an_address_selects_highlights_and_shows_its_words(formats: Served, open_page: OpenPage, wanted: str) -> None:
    lesson = lessons(formats)[0]
    start = lesson.text.index(wanted)
    page = open_page(
        address(formats, lesson, f"#s={start}-{start + len(wanted)}"), size="narrow", reduced_motion="reduce"
    )
    until(page, "getSelection().toString() !== ''")
    assert page.evaluate("getSelection().toString()") == wanted
    assert page.evaluate(SELECTED) == wanted
    assert in_view(page)
    assert page.locator(".told").inner_text() == "The cited words are selected."


def in_view(page: Page) -> bool:
    return bool(
        page.evaluate(
            """() => {
              const range = getSelection().getRangeAt(0), box = range.getClientRects()[0];
              const under = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
              return box.left >= 0 && box.right <= innerWidth && !!under?.closest("article");
            }"""
        )
    )


def test_words_that_are_gone_are_said_to_be(formats: Served, open_page: OpenPage) -> None:
    page = open_page(address(formats, lessons(formats)[0], "#s=900000-900010"))
    told = page.locator(".told")
    assert told.inner_text() == "These words are not in the lesson any more; it was changed."
    assert told.bounding_box()["height"] > 10  # type: ignore[index]


def test_the_tutor_asks_for_a_citation_and_it_is_shown_without_a_new_page(formats: Served, open_page: OpenPage) -> None:
    first, second = lessons(formats)[:2]
    page = open_page(address(formats, first))
    cite = """([lesson, start, end]) => {
      window.same = true;
      const event = new CustomEvent("course-tutor:cite", { detail: { lesson, start, end }, cancelable: true });
      document.dispatchEvent(event);
      return event.defaultPrevented;
    }"""
    start = first.text.index("causal masks")
    assert page.evaluate(cite, [first.lesson, start, start + 12])
    assert page.evaluate(SELECTED) == "causal masks"
    assert page.url.endswith(f"#s={start}-{start + 12}")
    page.evaluate("document.dispatchEvent(new CustomEvent('course-tutor:uncite'))")
    assert page.evaluate(SELECTED) == ""
    assert not page.evaluate(cite, [first.lesson, "0", None])
    start = second.text.index("vector")
    with page.expect_navigation():
        assert page.evaluate(cite, [second.lesson, start, start + 6])
    until(page, "getSelection().toString() === 'vector'")
    assert not page.evaluate("window.same === true")


@pytest.mark.parametrize(
    ("name", "fragment", "words"),
    [
        ("06-paper.pdf", "page=3", "Neuron"),
        ("05-slides.pptx", "slide=2", "Depth"),
        ("04-notebook.ipynb", "cell=3", "Result"),
        ("more/07-talk.vtt", "t=95", "A gradient says"),
        ("more/07-talk.vtt", "t=659", "Step 9 "),
        ("02-page.html", "cosine", "The cosine of two"),
    ],
)
def test_pages_slides_cells_times_and_elements_open_at_their_place(
    formats: Served, open_page: OpenPage, name: str, fragment: str, words: str
) -> None:
    lesson = next(each for each in lessons(formats) if each.lesson == name)
    page = open_page(address(formats, lesson) + "#" + fragment, size="narrow", reduced_motion="reduce")
    top = page.evaluate(
        """(words) => {
          const all = [...document.querySelectorAll("article [data-s]")];
          const place = all.find((each) => each.textContent.includes(words));
          return [place.getBoundingClientRect().top, document.documentElement.scrollHeight - innerHeight - scrollY];
        }""",
        words,
    )
    # Near the end of a page it cannot come up to the top.
    assert 0 <= top[0] < 250 or top[1] < 2
