"""The table of loaders: by the file's name, and against what the bytes really are."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.loaders import SUFFIXES, load
from tutor.errors import LessonUnreadable


def zipped(*names: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return written.getvalue()


PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\nendobj\nstartxref\n0\n%%EOF"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", zipped("word/document.xml"), "is named .pdf but is a Word file"),
        ("a.docx", zipped("ppt/presentation.xml"), "is named .docx but is a PowerPoint file"),
        ("a.docx", PDF, "is named .docx but is a PDF"),
        ("a.docx", b"just text", "is named .docx but is text"),
        ("a.pptx", zipped("xl/workbook.xml"), "is named .pptx but is an Excel file"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "locked with a password or from before 2007"),
        ("a.md", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "is named .md but is an old Office file"),
        ("a.md", PDF, "is named .md but is a PDF"),
        ("a.txt", b"\x89PNG\r\n", "is named .txt but is a picture"),
        ("a.pdf", b"<!doctype html><p>404", "is named .pdf but is a web page"),
        ("a.html", zipped("a.md"), "is named .html but is a zip archive"),
        ("a.md", b"PK\x03\x04 cut", "is named .md but is a damaged archive"),
        ("a.md", b" \n", "is empty"),
        ("a.xyz", b"x", "is of no kind that can be a lesson"),
        ("README", b"x", "is of no kind that can be a lesson"),
    ],
)
def test_content_of_another_kind_is_named(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(LessonUnreadable, match=reason.replace(".", r"\.")):
        load(data, name)


def test_a_web_page_in_markdown_is_fine() -> None:
    assert "Hello" in load(b"<html><body><p>Hello</p></body></html>", "a.md").text


def test_a_text_may_speak_of_pdf() -> None:
    assert load(b"Files begin with `%PDF-`.", "a.md").text == "Files begin with `%PDF-`."


def test_names_in_capitals_are_known() -> None:
    assert load(b"# Hi", "A/B.MD").text == "# Hi"


def test_libraries_wait_for_the_first_file_that_needs_them() -> None:
    heavy = "{'docx', 'pypdfium2', 'docutils', 'webvtt'}"
    check = f"import sys, ingest.loaders as l; l.load(b'# x', 'a.md'); print({heavy} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


HEADS = [
    b"",
    PDF,
    b"PK\x03\x04",
    zipped("word/document.xml"),
    b"<html>",
    b"---\n",
    b'{"cells": [',
    b"\xff\xfe",
    b"\xd0\xcf",
]


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(SUFFIXES), st.sampled_from(HEADS), st.binary(max_size=100))
def test_any_bytes_under_any_name_load_or_are_refused(suffix: str, head: bytes, tail: bytes) -> None:
    try:
        draft = load(head + tail, f"a{suffix}")
    except LessonUnreadable:
        return
    starts = [mark.start for mark in draft.marks]
    assert starts == sorted(starts)
    assert all(start <= len(draft.text) for start in starts)
