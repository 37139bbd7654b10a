"""ingest/loaders/powerpoint.py: each slide a section, its shapes in the order in which they are read."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Inches

from ingest.loaders.powerpoint import load
from ingest.outline import headings, plain_inline
from tutor.errors import LessonUnreadable

TITLE_SLIDE, BULLETS, TITLE_ONLY, BLANK = 0, 1, 5, 6


def saved(deck: Any) -> bytes:
    file = BytesIO()
    deck.save(file)
    return file.getvalue()


def slide(deck: Any, layout: int, title: str = "") -> Any:
    added = deck.slides.add_slide(deck.slide_layouts[layout])
    if title:
        added.shapes.title.text = title
    return added


def box(shapes: Any, left: float, top: float, text: str) -> Any:
    shape = shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(0.5))
    shape.text_frame.text = text
    return shape


def text_of(deck: Any) -> str:
    return load(saved(deck), "deck.pptx").text


def test_each_slide_is_a_section_with_its_mark() -> None:
    deck = pptx.Presentation()
    box(slide(deck, TITLE_ONLY, "First *one*").shapes, 1, 3, "Words")
    box(slide(deck, BLANK).shapes, 1, 1, "No title here")
    draft = load(saved(deck), "deck.pptx")
    assert draft.text == "## First \\*one\\*\n\nWords\n\n## Slide 2\n\nNo title here"
    assert [(mark.kind, mark.label, draft.text[mark.start :][:10]) for mark in draft.marks] == [
        ("slide", "1", "## First \\"),
        ("slide", "2", "## Slide 2"),
    ]


def test_a_title_slide_names_the_deck() -> None:
    deck = pptx.Presentation()
    first = slide(deck, TITLE_SLIDE, "Linear\vAlgebra")
    first.placeholders[1].text = "An introduction"
    draft = load(saved(deck), "deck.pptx")
    assert draft.title == "Linear Algebra"
    assert draft.text == "## Linear Algebra\n\nAn introduction"


def test_bullets_become_nested_lists() -> None:
    deck = pptx.Presentation()
    frame = slide(deck, BULLETS, "T").placeholders[1].text_frame
    frame.text = "one"
    for words, level in (("inner", 1), ("inner too", 1), ("innermost", 2), ("two", 0)):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = words, level
    assert text_of(deck) == "## T\n\n- one\n  - inner\n  - inner too\n    - innermost\n- two"


def test_a_list_that_begins_indented_stays_flat() -> None:
    deck = pptx.Presentation()
    frame = slide(deck, BULLETS, "T").placeholders[1].text_frame
    frame.text = "a"
    frame.paragraphs[0].level = 1
    paragraph = frame.add_paragraph()
    paragraph.text, paragraph.level = "b", 1
    assert text_of(deck) == "## T\n\n- a\n- b"


def test_a_paragraph_may_have_a_number_or_no_bullet() -> None:
    deck = pptx.Presentation()
    frame = slide(deck, BULLETS, "T").placeholders[1].text_frame
    frame.text = "Steps:"
    frame.add_paragraph().text = "go"
    frame.add_paragraph().text = "stop"
    marks = ("<a:buNone {}/>", "<a:buAutoNum {} type='arabicPeriod'/>", "<a:buAutoNum {} type='arabicPeriod'/>")
    for paragraph, mark in zip(frame.paragraphs, marks, strict=True):
        paragraph._p.get_or_add_pPr().append(parse_xml(mark.format(nsdecls("a"))))
    assert text_of(deck) == "## T\n\nSteps:\n\n1. go\n2. stop"


def test_an_inner_list_counts_anew_below_each_item() -> None:
    deck = pptx.Presentation()
    frame = slide(deck, BULLETS, "T").placeholders[1].text_frame
    for words, level in (("a", 0), ("b", 1), ("c", 0), ("d", 1)):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = words, level
        paragraph._p.get_or_add_pPr().append(parse_xml(f"<a:buAutoNum {nsdecls('a')} type='arabicPeriod'/>"))
    assert text_of(deck) == "## T\n\n1. a\n   1. b\n2. c\n   1. d"


def test_shapes_read_from_top_to_bottom_and_left_to_right() -> None:
    deck = pptx.Presentation()
    shapes = slide(deck, TITLE_ONLY, "T").shapes
    box(shapes, 5, 2.1, "right")
    box(shapes, 1, 4, "below")
    box(shapes, 1, 2.2, "left")
    group = shapes.add_group_shape()
    box(group.shapes, 4, 6, "grouped second")
    box(group.shapes, 1, 6, "grouped first")
    assert text_of(deck) == "## T\n\nleft\n\nright\n\nbelow\n\ngrouped first\n\ngrouped second"


def test_hidden_slides_are_skipped_and_keep_their_numbers() -> None:
    deck = pptx.Presentation()
    slide(deck, TITLE_ONLY, "Hidden").element.set("show", "0")
    slide(deck, TITLE_ONLY, "Shown")
    draft = load(saved(deck), "deck.pptx")
    assert draft.text == "## Shown"
    assert [mark.label for mark in draft.marks] == ["2"]


def test_slides_without_text_are_noted() -> None:
    deck = pptx.Presentation()
    slide(deck, TITLE_ONLY, "T")
    slide(deck, BLANK)
    assert load(saved(deck), "deck.pptx").notes == ["slides without text: 2"]


def test_tables_charts_and_notes_come_along() -> None:
    deck = pptx.Presentation()
    added = slide(deck, TITLE_ONLY, "T")
    table = added.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for number, words in enumerate(("a|b", "c", "d", "e")):
        table.cell(number // 2, number % 2).text = words
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["x"]
    data.add_series("s", (1,))
    chart = added.shapes.add_chart(XL_CHART_TYPE.PIE, Inches(1), Inches(4), Inches(2), Inches(2), data).chart
    chart.chart_title.text_frame.text = "Sales by year"
    added.notes_slide.notes_text_frame.text = "Say hello.\n\n- Then * this."
    assert text_of(deck) == (
        "## T\n\n| a\\|b | c |\n| --- | --- |\n| d | e |\n\nSales by year\n\nNotes: Say hello.\n\\- Then \\* this."
    )


def test_looks_links_and_listings_become_markdown() -> None:
    deck = pptx.Presentation()
    shapes = slide(deck, TITLE_ONLY, "T").shapes
    paragraph = box(shapes, 1, 2, "").text_frame.paragraphs[0]
    for words, look in (("bold", "bold"), (" and ", ""), ("code", "code"), (" at ", ""), ("home", "link")):
        run = paragraph.add_run()
        run.text = words
        run.font.bold = look == "bold"
        run.font.name = "Consolas" if look == "code" else None
        run.hyperlink.address = "https://example.org" if look == "link" else None
    listing = box(shapes, 1, 3, "if x:\n    y()").text_frame
    for line in listing.paragraphs:
        line.runs[0].font.name = "Courier New"
    assert text_of(deck) == ("## T\n\n**bold** and `code` at [home](https://example.org)\n\n```\nif x:\n    y()\n```")


def test_an_equation_comes_as_latex() -> None:
    deck = pptx.Presentation()
    paragraph = box(slide(deck, TITLE_ONLY, "T").shapes, 1, 2, "So ").text_frame.paragraphs[0]._p
    paragraph.append(
        parse_xml(
            '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
            'xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main" '
            'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
            f'{nsdecls("a")}><mc:Choice Requires="a14"><a14:m><m:oMath><m:sSub><m:e><m:r><m:t>x</m:t></m:r></m:e>'
            "<m:sub><m:r><m:t>1</m:t></m:r></m:sub></m:sSub></m:oMath></a14:m></mc:Choice><mc:Fallback><a:r><a:t>picture</a:t>"
            "</a:r></mc:Fallback></mc:AlternateContent>"
        )
    )
    assert text_of(deck) == "## T\n\nSo $x_{1}$"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"\x00" * 600, "before 2007"),
        (b"%PDF-1.7", "not a PowerPoint file"),
        (b"PK\x03\x04 and no more", "damaged"),
        (saved(pptx.Presentation()), "no text"),
    ],
)
def test_other_files_are_unreadable_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(LessonUnreadable, match=reason):
        load(data, "a.pptx")


def sample() -> bytes:
    deck = pptx.Presentation()
    frame = slide(deck, BULLETS, "Title").placeholders[1].text_frame
    frame.text = "one"
    frame.add_paragraph().text = "two"
    slide(deck, TITLE_ONLY, "Other").shapes.add_table(1, 2, 0, 0, 9, 9).table.cell(0, 0).text = "cell"
    return saved(deck)


SAMPLE = sample()
WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(WORDS, st.lists(st.tuples(st.integers(0, 8), WORDS), max_size=4)), max_size=3))
def test_any_words_load_with_marks_and_headings_in_place(slides: list[tuple[str, list[tuple[int, str]]]]) -> None:
    deck = pptx.Presentation()
    for title, lines in slides:
        added = slide(deck, BULLETS, title)
        for level, words in lines:
            paragraph = added.placeholders[1].text_frame.add_paragraph()
            paragraph.text, paragraph.level = words, level
    check(saved(deck), whole=True)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SAMPLE) - 1), st.binary(min_size=1, max_size=6))
def test_any_damage_to_the_file_loads_or_is_unreadable(at: int, piece: bytes) -> None:
    check(SAMPLE[:at] + piece + SAMPLE[at + len(piece) :])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["ppt/slides/slide1.xml", "ppt/presentation.xml", "ppt/slides/slide2.xml"]), st.data())
def test_any_damage_inside_a_part_loads_or_is_unreadable(name: str, draw: st.DataObject) -> None:
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(SAMPLE)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as new:
        for part in old.namelist():
            content = old.read(part)
            if part == name:
                at, count = draw.draw(st.integers(0, len(content))), draw.draw(st.integers(0, 40))
                piece = draw.draw(st.sampled_from([b"", b"x", b'lvl="99"', b"</a:p><a:p>", b"<a:br/>"]))
                content = content[:at] + piece + content[at + count :]
            new.writestr(part, content)
    check(file.getvalue())


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: b"PK\x03\x04" + tail))
def test_any_bytes_are_unreadable(data: bytes) -> None:
    with pytest.raises(LessonUnreadable):
        load(data, "a.pptx")


def check(data: bytes, *, whole: bool = False) -> None:
    try:
        draft = load(data, "deck.pptx")
    except LessonUnreadable as error:
        # A file that its program wrote is never damaged: it loads unless it has no words.
        if whole and "holds no text" not in error.message:
            raise
        return
    text = draft.text
    text.encode()
    assert all(0 <= mark.start <= len(text) for mark in draft.marks)
    for heading in headings(text, draft.marks):
        assert plain_inline(text[heading.start : heading.end]) == heading.title
