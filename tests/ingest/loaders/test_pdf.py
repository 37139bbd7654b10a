"""PDFs written by hand, letter by letter, so that each test knows what stands where."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.loaders import pdf
from tutor.errors import LessonUnreadable

FONTS = {"F1": "Helvetica", "F2": "Helvetica-Bold", "F3": "Courier"}


class At(NamedTuple):
    """Words on a page, `x` and `y` in points from its lower left corner."""

    x: float
    y: float
    words: str
    size: float = 10
    font: str = "F1"


def document(pages: Sequence[Sequence[At]], *, title: str = "", encrypt: str = "") -> bytes:
    """A PDF with a page of 600 × 800 points for each list of words."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{7 + 2 * at} 0 R' for at in range(len(pages)))}] >>",
        *(f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>" for name in FONTS.values()),
        f"<< /Title ({title}) >>",
    ]
    fonts = " ".join(f"/{key} {at} 0 R" for at, key in enumerate(FONTS, 3))
    for at, words in enumerate(pages):
        shown = "\n".join(f"BT /{w.font} {w.size} Tf 1 0 0 1 {w.x} {w.y} Tm ({_string(w.words)}) Tj ET" for w in words)
        resources = f"<< /Font << {fonts} >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources {resources} /Contents {8 + 2 * at} 0 R >>"
        )
        objects.append(f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream")
    written = "%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(written)
    written += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    written += f"trailer << /Size {len(objects) + 1} /Root 1 0 R /Info 6 0 R {encrypt} >>\nstartxref\n{start}\n%%EOF\n"
    return written.encode("latin-1")


def _string(words: str) -> str:
    return words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def lines(words: Sequence[str], *, x: float = 50, top: float = 700, size: float = 10, font: str = "F1") -> list[At]:
    return [At(x, top - 1.2 * size * at, line, size, font) for at, line in enumerate(words)]


BODY = [
    "A neural network is a function with many weights, and training finds",
    "the weights that make its answers least wrong on the examples given.",
    "The loss says how wrong an answer is; its gradient says where to go.",
]


def text(pages: Sequence[Sequence[At]], **more: str) -> str:
    return pdf.load(document(pages, **more), "x.pdf").text


def test_the_lines_of_a_paragraph_become_one_and_a_gap_begins_the_next() -> None:
    assert text([lines(BODY) + lines(BODY[:2], top=650)]) == " ".join(BODY) + "\n\n" + " ".join(BODY[:2])


def test_words_broken_at_a_lines_end_are_joined() -> None:
    broken = ["Training needs a loss func-", "tion and a light-", "sensitive eye; a light-sensitive eye", "sees more."]
    assert text([lines(broken)]) == (
        "Training needs a loss function and a light-sensitive eye; a light-sensitive eye sees more."
    )


def test_two_columns_are_read_one_after_the_other_however_the_file_orders_them() -> None:
    left = [f"The left column says in line {number} this" for number in range(1, 9)]
    right = [f"The right column says in line {number} that" for number in range(1, 9)]
    by_column = lines(left) + lines(right, x=320)
    by_row = [at for pair in zip(lines(left), lines(right, x=320), strict=True) for at in pair]
    for page in (by_column, by_row):
        assert text([page]) == " ".join(left) + "\n\n" + " ".join(right)


def test_three_columns_below_a_wide_title_are_read_in_order() -> None:
    columns = [[f"Column {name} has line {at} here" for at in range(8)] for name in ("one", "two", "three")]
    title = At(50, 740, "A title that is as wide as all three of the columns below", 18)
    page = [title, *(at for x, words in zip((50, 225, 400), columns, strict=True) for at in lines(words, x=x))]
    assert text([page]) == "\n\n".join([f"# {title.words}", *(" ".join(words) for words in columns)])


def test_a_table_is_read_row_by_row() -> None:
    cells = [(f"model {n}{n}{n}", f"layers {n}{n}", f"params {n}{n}{n}") for n in range(1, 7)]
    table = [At(50 + 100 * x, 600 - 15 * y, cell) for y, row in enumerate(cells) for x, cell in enumerate(row)]
    for page in (lines(BODY) + table, table):
        written = text([page])
        for row in cells:
            assert " ".join(row) in written


def test_headings_are_known_by_their_size_and_get_levels_by_it() -> None:
    page = [
        At(50, 750, "Neural networks", 20),
        *lines(BODY),
        At(50, 640, "Training them", 14),
        *lines(BODY, top=620),
        At(50, 560, "In bold and hardly larger", 10.8, "F2"),
        *lines(BODY, top=540),
    ]
    body = " ".join(BODY)
    assert text([page]) == (
        f"# Neural networks\n\n{body}\n\n## Training them\n\n{body}\n\n### In bold and hardly larger\n\n{body}"
    )


def test_a_large_sentence_is_no_heading() -> None:
    assert "#" not in text([[At(50, 750, "Please read this first of all.", 16), *lines(BODY)]])


def test_running_headers_and_page_numbers_go_and_pages_are_marked() -> None:
    pages = [
        [
            At(50, 780, "Deep learning, chapter 3"),
            *lines([f"Only page {name} says this line of words."]),
            At(300, 20, str(at)),
        ]
        for at, name in enumerate(("one", "two", "three", "four"), 41)
    ]
    draft = pdf.load(document(pages), "x.pdf")
    assert draft.text.split("\n\n") == [
        f"Only page {name} says this line of words." for name in ("one", "two", "three", "four")
    ]
    assert [(mark.kind, mark.label) for mark in draft.marks] == [("page", str(number)) for number in (1, 2, 3, 4)]
    assert [draft.text[mark.start :].split()[2] for mark in draft.marks] == ["one", "two", "three", "four"]


def test_numbers_in_a_margin_that_do_not_count_pages_stay() -> None:
    pages = [[*lines(BODY), At(50, 30, "1984")], [*lines(BODY), At(50, 30, "1066")]]
    written = text(pages)
    assert "1984" in written
    assert "1066" in written


def test_a_sentence_runs_on_over_a_page_break() -> None:
    pages = [lines(["The gradient points uphill, so the"], top=60), lines(["weights move the other way."], top=760)]
    assert text(pages) == "The gradient points uphill, so the weights move the other way."


def test_bullets_become_a_list() -> None:
    page = [
        *lines(BODY),
        At(50, 650, "\x95 forward pass"),
        At(50, 638, "\x95 backward pass"),
        At(60, 626, "and update"),
    ]
    assert text([page]).endswith("\n\n- forward pass\n- backward pass and update")


def test_lines_of_fixed_pitch_are_code_with_its_indents() -> None:
    code = [At(50, 640, "def f(x):", 10, "F3"), At(74, 628, "return x * 2", 10, "F3"), At(50, 604, "f(3)", 10, "F3")]
    assert text([lines(BODY) + code]).endswith("```\ndef f(x):\n    return x * 2\n\nf(3)\n```")


def test_words_that_look_like_markup_stay_words() -> None:
    assert text([lines(["a * b and <b> and `c` are words here"])]) == r"a \* b and \<b> and \`c\` are words here"


def test_a_title_comes_from_the_metadata_only_when_no_heading_says_it() -> None:
    body = lines(BODY)
    assert pdf.load(document([body], title="Neural networks by hand"), "x.pdf").title == "Neural networks by hand"
    assert pdf.load(document([body], title="Microsoft Word - x.doc"), "x.pdf").title == ""
    headed = [At(50, 750, "A real heading", 20), *body]
    assert pdf.load(document([headed], title="Neural networks by hand"), "x.pdf").title == ""


def test_pages_without_text_are_noted() -> None:
    draft = pdf.load(document([lines(BODY), [], lines(BODY[:1]), [], []]), "x.pdf")
    assert draft.notes == ["pages 2, 4–5 hold no text: scanned pictures need OCR first"]
    assert [mark.label for mark in draft.marks if mark.start > 0][-1] == "3"


def test_a_file_of_pictures_only_is_refused_with_what_to_do() -> None:
    with pytest.raises(LessonUnreadable, match="only pictures of pages; run OCR"):
        pdf.load(document([[], []]), "x.pdf")


def test_a_locked_file_is_refused_with_what_to_do() -> None:
    key = "00" * 32
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{key}> /U <{key}> /P -4 >> /ID [<00> <00>]"
    with pytest.raises(LessonUnreadable, match="locked with a password; save a copy without"):
        pdf.load(document([lines(BODY)], encrypt=lock), "x.pdf")


def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    with pytest.raises(LessonUnreadable, match="has 3 pages; the limit is 2: split it"):
        pdf.load(document([lines(BODY)] * 3), "x.pdf")


WHOLE = document([lines(BODY), lines(BODY, x=80)])


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.builds(lambda cut: WHOLE[:cut], st.integers(0, len(WHOLE)))))
def test_any_bytes_load_or_are_refused(data: bytes) -> None:
    with suppress(LessonUnreadable):
        pdf.load(data, "x.pdf")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_file_loads_or_is_refused(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(WHOLE) - 1))
    broken = WHOLE[:at] + data.draw(st.binary(min_size=1, max_size=8)) + WHOLE[at + 1 :]
    try:
        draft = pdf.load(broken, "x.pdf")
    except LessonUnreadable:
        return
    assert [mark.start for mark in draft.marks] == sorted(mark.start for mark in draft.marks)


WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
PLACED = st.builds(
    At, st.integers(0, 590), st.integers(0, 790), WORDS, st.sampled_from([8, 10, 10, 14, 24]), st.just("F1")
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(PLACED, max_size=25), min_size=1, max_size=4))
def test_marks_are_in_order_wherever_words_stand(pages: list[list[At]]) -> None:
    try:
        draft = pdf.load(document(pages), "x.pdf")
    except LessonUnreadable:
        return
    starts = [mark.start for mark in draft.marks]
    assert starts == sorted(starts)
    assert all(start <= len(draft.text) for start in starts)
