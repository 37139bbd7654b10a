"""ingest/loaders/word.py: styles become structure, revisions and fields leave only what Word shows."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ingest.loaders import office_zip
from ingest.loaders.word import load
from ingest.outline import headings, plain_inline
from tutor.errors import LessonUnreadable

MATHS = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def saved(document: Any) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def text_of(document: Any) -> str:
    return load(saved(document), "lesson.docx").text


def add_xml(document: Any, xml: str) -> None:
    paragraph = document.add_paragraph()._p
    for child in parse_xml(f"<w:p {nsdecls('w', 'r')} {MATHS}>{xml}</w:p>"):
        paragraph.append(child)


def rewritten(data: bytes, changes: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, old.read(name)))
    return file.getvalue()


def test_headings_follow_their_styles_below_the_title() -> None:
    document = docx.Document()
    document.add_heading("Course", 0)
    document.add_heading("One", 1)
    document.add_heading("Deeper", 2)
    document.add_paragraph("Words.")
    assert text_of(document) == "# Course\n\n## One\n\n### Deeper\n\nWords."


def test_without_a_title_headings_keep_their_levels() -> None:
    document = docx.Document()
    document.add_heading("One", 1)
    document.add_paragraph("Words.")
    assert text_of(document) == "# One\n\nWords."


def test_a_publishers_styles_are_read_by_their_names_and_their_bases() -> None:
    document = docx.Document()
    for name in ("ChapterTitle", "HeadA", "HeadB", "Mine", "CodeListing", "BoxTitle", "CodeLabel", "GraphicSlug"):
        document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    document.styles["Mine"].base_style = document.styles["Heading 2"]
    for style in ("ChapterTitle", "HeadA", "HeadB", "Mine", "BoxTitle", "CodeLabel", "GraphicSlug"):
        document.add_paragraph(style, style)
    document.add_paragraph("if x:", "CodeListing")
    document.add_paragraph("", "CodeListing")
    document.add_paragraph("    y()", "CodeListing")
    assert text_of(document) == (
        "# ChapterTitle\n\n## HeadA\n\n### HeadB\n\n### Mine\n\n**BoxTitle**\n\nCodeLabel\n\n```\nif x:\n\n    y()\n```"
    )


def test_an_outline_level_makes_a_heading() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Levelled")
    paragraph._p.get_or_add_pPr().append(parse_xml(f"<w:outlineLvl {nsdecls('w')} w:val='1'/>"))
    assert text_of(document) == "## Levelled"


def test_bold_lines_are_headings_where_there_are_no_others() -> None:
    document = docx.Document()
    document.add_paragraph().add_run("By hand").bold = True
    document.add_paragraph().add_run("A bold sentence.").bold = True
    assert text_of(document) == "## By hand\n\n**A bold sentence.**"
    document.add_heading("Real", 1)
    assert text_of(document).startswith("**By hand**")


def test_lists_nest_and_count() -> None:
    document = docx.Document()
    for text, style in (("a", "List Bullet"), ("b", "List Bullet 2"), ("c", "List Bullet"), ("d", "List Number")):
        document.add_paragraph(text, style)
    document.add_paragraph("After.")
    document.add_paragraph("e", "List Number")
    assert text_of(document) == "- a\n  - b\n- c\n1. d\n\nAfter.\n\n2. e"


def test_an_automatic_caption_keeps_its_number() -> None:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    # The schema wants abstractNum before num.
    numbering.insert(
        0,
        parse_xml(
            f"<w:abstractNum {nsdecls('w')} w:abstractNumId='90'><w:lvl w:ilvl='0'><w:start w:val='4'/>"
            "<w:numFmt w:val='decimal'/><w:lvlText w:val='%1'/></w:lvl><w:lvl w:ilvl='1'><w:start w:val='1'/>"
            "<w:numFmt w:val='decimal'/><w:lvlRestart w:val='1'/><w:lvlText w:val='Listing %1-%2:'/></w:lvl>"
            "<w:lvl w:ilvl='2'><w:start w:val='1'/><w:numFmt w:val='lowerRoman'/><w:lvlRestart w:val='0'/>"
            "<w:lvlText w:val='%3)'/></w:lvl>"
            "</w:abstractNum>"
        ),
    )
    numbering.append(parse_xml(f"<w:num {nsdecls('w')} w:numId='90'><w:abstractNumId w:val='90'/></w:num>"))
    for text, level in (("", 0), ("First", 1), ("item", 2), ("other", 2), ("Second", 1), ("third", 2)):
        paragraph = document.add_paragraph(text)
        paragraph._p.get_or_add_pPr().append(
            parse_xml(f"<w:numPr {nsdecls('w')}><w:ilvl w:val='{level}'/><w:numId w:val='90'/></w:numPr>")
        )
    assert text_of(document) == "Listing 4-1: First\n\n- i) item\n- ii) other\n\nListing 4-2: Second\n\n- iii) third"


def test_looks_and_links_become_markdown() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Plain * ")
    paragraph.add_run("bold ").bold = True
    paragraph.add_run("both").bold = True
    paragraph.runs[-1].italic = True
    paragraph.add_run(" and ")
    paragraph.add_run("co`de").font.name = "Courier New"
    key = document.part.relate_to("https://example.org/a b", RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    paragraph._p.append(
        parse_xml(f"<w:hyperlink {nsdecls('w', 'r')} r:id='{key}'><w:r><w:t>link</w:t></w:r></w:hyperlink>")
    )
    assert text_of(document) == "Plain \\* **bold** ***both*** and ``co`de``[link](https://example.org/a%20b)"


def test_paragraphs_in_a_typewriters_font_are_one_listing() -> None:
    document = docx.Document()
    document.add_paragraph("Before:")
    for line in ("for x in y:", "\tprint(x)"):
        document.add_paragraph().add_run(line).font.name = "Consolas"
    assert text_of(document) == "Before:\n\n```\nfor x in y:\n\tprint(x)\n```"


def test_revisions_fields_and_hidden_text_leave_what_word_shows() -> None:
    document = docx.Document()
    add_xml(
        document,
        "<w:r><w:t>Kept</w:t></w:r><w:del><w:r><w:delText>removed</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom><w:ins><w:r><w:t> added</w:t></w:r></w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>HYPERLINK \"https://example.org\"</w:instrText>"
        "</w:r><w:r><w:t>code</w:t></w:r><w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t> here</w:t></w:r>"
        "<w:r><w:fldChar w:fldCharType='end'/></w:r><w:r><w:t>.</w:t></w:r>",
    )
    assert text_of(document) == "Kept added [here](https://example.org)."


def test_equations_come_as_latex() -> None:
    document = docx.Document()
    add_xml(
        document,
        "<w:r><w:t xml:space='preserve'>So </w:t></w:r><m:oMath><m:r><m:t>E=m</m:t></m:r><m:sSup><m:e><m:r><m:t>c</m:t>"
        "</m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>",
    )
    add_xml(
        document,
        "<m:oMathPara><m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:rad><m:deg/><m:e><m:r><m:t>n</m:t>"
        "</m:r></m:e></m:rad></m:den></m:f><m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub><m:r><m:t>i</m:t>"
        "</m:r></m:sub><m:sup/><m:e><m:r><m:t>x</m:t></m:r></m:e></m:nary></m:oMath></m:oMathPara>",
    )
    assert text_of(document) == "So $E=mc^{2}$\n\n$$\\frac{1}{\\sqrt{n}}\\sum_{i} x$$"


def test_tables_stand_in_their_place() -> None:
    document = docx.Document()
    document.add_paragraph("Before.")
    table = document.add_table(2, 3)
    for cell, words in zip(table._cells, ("a|b", "c", "d", "e", "", "f"), strict=True):
        cell.text = words
    table.cell(1, 0).merge(table.cell(1, 1))
    document.add_paragraph("After.")
    assert text_of(document) == "Before.\n\n| a\\|b | c | d |\n| --- | --- | --- |\n| e |  | f |\n\nAfter."


def test_a_frame_of_one_cell_is_its_paragraphs() -> None:
    document = docx.Document()
    cell = document.add_table(1, 1).cell(0, 0)
    cell.text = "Note"
    cell.add_paragraph("print(1)").runs[0].font.name = "Courier New"
    assert text_of(document) == "Note\n\n```\nprint(1)\n```"


def test_a_table_of_contents_is_left_out() -> None:
    document = docx.Document()
    document.styles.add_style("toc 1", WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("Chapter ........ 3", "toc 1")
    document.element.body.insert(
        0,
        parse_xml(
            f"<w:sdt {nsdecls('w')}><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj>"
            "</w:sdtPr><w:sdtContent><w:p><w:r><w:t>Contents</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        ),
    )
    document.element.body.insert(
        1,
        parse_xml(
            f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>In a control</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        ),
    )
    assert text_of(document) == "In a control"


def test_a_footnote_follows_the_paragraph_that_refers_to_it() -> None:
    document = docx.Document()
    add_xml(document, "<w:r><w:t>Claim</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r><w:r><w:t>.</w:t></w:r>")
    document.add_paragraph("Next.")
    part = Part(
        PackURI("/word/footnotes.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
        f"<w:footnotes {nsdecls('w')}><w:footnote w:type='separator' w:id='0'><w:p/></w:footnote><w:footnote w:id='2'>"
        "<w:p><w:r><w:t>Proof</w:t></w:r></w:p></w:footnote></w:footnotes>".encode(),
        document.part.package,
    )
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    assert text_of(document) == "Claim [1].\n\n[1] Proof\n\nNext."


def test_a_zip_that_unpacks_to_far_more_than_its_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    document = docx.Document()
    document.add_paragraph("Words.")
    bomb = rewritten(saved(document), {"word/document.xml": b" " * 30_000_000})
    with pytest.raises(LessonUnreadable, match="far more than its size"):
        load(bomb, "a.docx")
    monkeypatch.setattr(office_zip, "MAX_BYTES", 1_000)
    with pytest.raises(LessonUnreadable, match="far more than its size"):
        load(saved(document), "a.docx")


def test_a_zip_that_lies_about_its_size_is_refused() -> None:
    document = docx.Document()
    document.add_paragraph("Words.")
    data = bytearray(rewritten(saved(document), {"word/document.xml": b"x" * 5_000_000}))
    # The size in the central directory, 24 bytes after the entry's signature, becomes 100.
    at = data.rindex(b"word/document.xml") - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    with pytest.raises(LessonUnreadable, match="is damaged; open"):
        load(bytes(data), "a.docx")


OLE = bytes.fromhex("D0CF11E0A1B11AE1")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (OLE + b"\x00" * 600, "before 2007"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"%PDF-1.7", "not a Word file"),
        (b"", "not a Word file"),
        (b"PK\x03\x04 and no more", "damaged"),
        (rewritten(saved(docx.Document()), {"word/document.xml": b"<broken"}), "damaged inside"),
        (saved(docx.Document()), "no text"),
    ],
)
def test_other_files_are_unreadable_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(LessonUnreadable, match=reason):
        load(data, "a.docx")


def test_a_zip_of_something_else_is_unreadable() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "text")
    with pytest.raises(LessonUnreadable, match="not a Word file"):
        load(file.getvalue(), "a.docx")


def sample() -> bytes:
    document = docx.Document()
    document.add_heading("Title", 0)
    document.add_heading("One", 1)
    document.add_paragraph("item", "List Number")
    document.add_paragraph("Some words").add_run("code").font.name = "Courier"
    document.add_table(2, 2).cell(0, 0).text = "cell"
    return saved(document)


SAMPLE = sample()
WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Title", "Heading 2", "List Bullet", "List Number 2", "Quote", "Normal"]), WORDS)
    )
)
def test_any_words_in_any_style_load_with_headings_in_place(paragraphs: list[tuple[str, str]]) -> None:
    document = docx.Document()
    for style, words in paragraphs:
        document.add_paragraph(words, style)
    check(saved(document), whole=True)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: b"PK\x03\x04" + tail))
def test_any_bytes_are_unreadable(data: bytes) -> None:
    with pytest.raises(LessonUnreadable):
        load(data, "a.docx")


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(SAMPLE) - 1), st.binary(min_size=1, max_size=6))
def test_any_damage_to_the_file_loads_or_is_unreadable(at: int, piece: bytes) -> None:
    check(SAMPLE[:at] + piece + SAMPLE[at + len(piece) :])


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["word/document.xml", "word/styles.xml", "word/numbering.xml"]), st.data())
def test_any_damage_inside_a_part_loads_or_is_unreadable(name: str, draw: st.DataObject) -> None:
    with zipfile.ZipFile(BytesIO(SAMPLE)) as archive:
        part = archive.read(name)
    at = draw.draw(st.integers(0, len(part)))
    count = draw.draw(st.integers(0, 40))
    piece = draw.draw(st.sampled_from([b"", b"<w:p/>", b"x", b'w:val="-1"', b"</w:p><w:p>", b"9" * 40]))
    check(rewritten(SAMPLE, {name: part[:at] + piece + part[at + count :]}))


MARKUP = st.text(alphabet="ab1. *_`#-+=[]()<>&;~|\\!:", min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["Heading 2", "List Bullet", "Quote", "Normal"]), MARKUP), min_size=1))
def test_words_that_look_like_markup_render_as_themselves(paragraphs: list[tuple[str, str]]) -> None:
    document = docx.Document()
    for style, words in paragraphs:
        # A letter first: "1." at the start of a paragraph may well be a list made by hand.
        document.add_paragraph("x" + words, style)
    tokens = MarkdownIt("commonmark").enable("table").parse(text_of(document))
    inner = [child for token in tokens for child in token.children or ()]
    shown = "".join(child.content for child in inner if child.type in ("text", "code_inline"))
    assert "".join(shown.split()) == "".join("".join("x" + words for _, words in paragraphs).split())


def check(data: bytes, *, whole: bool = False) -> None:
    try:
        draft = load(data, "lesson.docx")
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


def test_the_sample_is_whole() -> None:
    assert load(SAMPLE, "a.docx").text == (
        "# Title\n\n## One\n\n1. item\n\nSome words`code`\n\n| cell |  |\n| --- | --- |"
    )
