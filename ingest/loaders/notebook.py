"""Jupyter notebooks of any version → lesson: Markdown cells, code cells, and short text outputs."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from typing import Any

import nbformat

from ingest.loaders.decoding import decode
from ingest.loaders.draft import LessonDraft
from ingest.loaders.markdown import add_markdown
from ingest.loaders.runs import without_private
from tutor.errors import LessonUnreadable

MAX_OUTPUT_LINES = 20
MAX_OUTPUT_CHARACTERS = 1_000
_HIDDEN_CELL = frozenset({"remove-cell", "remove_cell", "hide-cell"})
_HIDDEN_INPUT = frozenset({"remove-input", "remove_input", "hide-input"})
_HIDDEN_OUTPUT = frozenset({"remove-output", "remove_output", "hide-output"})
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)")
# What Python calls an object that has a better form: a picture, a widget, a page.
_OBJECT = re.compile(r"^<(?:IPython|Figure|matplotlib|Axes|plotly|bokeh|ipywidgets|altair|graphviz|folium)\b[^\n]*>$")
_EMBEDDED = re.compile(
    r"!\[(?P<alt>[^\]\n]*)\]\(\s*(?:data:|attachment:)[^)]*\)|<img\b[^>]*\bsrc\s*=\s*[\"']data:[^>]*>", re.IGNORECASE
)
_MAGIC = re.compile(r"\A\s*%%(\w+)[^\n]*\n")
_MAGIC_LANGUAGES = {
    "bash": "bash",
    "sh": "bash",
    "script": "",
    "html": "html",
    "javascript": "javascript",
    "js": "javascript",
    "latex": "latex",
    "r": "r",
    "sql": "sql",
    "cython": "cython",
    "writefile": "",
    "perl": "perl",
    "ruby": "ruby",
    "svg": "svg",
}


def load(data: bytes, name: str) -> LessonDraft:
    """The lesson in a Jupyter notebook; a mark of kind "cell" at every cell that has words.

    Raises LessonUnreadable when the bytes are no notebook.
    """
    notebook = _notebook(decode(data))
    draft = LessonDraft()
    metadata = _dict(notebook.get("metadata"))
    title = metadata.get("title")
    draft.title = title.strip() if isinstance(title, str) else ""
    language = _language(metadata)
    for number, cell in enumerate(_list(notebook.get("cells")), start=1):
        tags = {tag for tag in _list(_dict(_dict(cell).get("metadata")).get("tags")) if isinstance(tag, str)}
        if not isinstance(cell, dict) or tags & _HIDDEN_CELL:
            continue
        source = _text(cell.get("source"))
        if cell.get("cell_type") == "markdown" and source.strip():
            draft.mark("cell", number)
            add_markdown(draft, _EMBEDDED.sub(lambda match: match["alt"] or "", source))
        elif cell.get("cell_type") == "code":
            draft.mark("cell", number)
            if not tags & _HIDDEN_INPUT:
                draft.code(source, _cell_language(source, language))
            if not tags & _HIDDEN_OUTPUT:
                for output in _outputs(cell):
                    draft.code(output, "text")
    if not draft.text:
        raise LessonUnreadable("is a notebook without words; write a Markdown cell, or leave it out")
    return draft


def _notebook(text: str) -> dict[str, Any]:
    """The notebook in version 4 of its format, whatever version it was written in."""
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LessonUnreadable("is not a notebook: its JSON is broken; open it in Jupyter and save it again") from error
    if not isinstance(notebook, dict) or not ({"cells", "worksheets"} & notebook.keys()):
        raise LessonUnreadable("is JSON but not a notebook; save it from Jupyter as .ipynb")
    if isinstance(notebook.get("cells"), list):
        # Version 4 is read as it is: a field that the format asks for and a lesson does not need may be missing.
        return notebook
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            upgraded = nbformat.convert(nbformat.reader.reads(text), 4)  # type: ignore[no-untyped-call]
    # The upgrade trusts the old notebook to be valid, and fails in any way when it is not.
    except Exception as error:
        raise LessonUnreadable(
            "is a notebook of an old version that does not hold together; open it in Jupyter and save it again"
        ) from error
    return dict(upgraded)


def _language(metadata: dict[str, Any]) -> str:
    kernel, info = _dict(metadata.get("kernelspec")), _dict(metadata.get("language_info"))
    for value in (info.get("name"), kernel.get("language"), "python"):
        if isinstance(value, str) and re.fullmatch(r"[\w+#.-]{1,30}", value):
            return value.lower().removeprefix("ipython") or "python"
    return ""


def _cell_language(source: str, language: str) -> str:
    magic = _MAGIC.match(source)
    return _MAGIC_LANGUAGES.get(magic[1].lower(), language) if magic else language


def _outputs(cell: dict[str, Any]) -> Iterator[str]:
    """The text of the cell's outputs, shortened; what one stream says in pieces comes as one."""
    stream = ""
    for output in _list(cell.get("outputs")):
        kind = _dict(output).get("output_type")
        if kind == "stream":
            stream += _text(output.get("text")) if output.get("name") != "stderr" else ""
            continue
        if stream:
            yield _shortened(stream)
            stream = ""
        if kind in ("execute_result", "display_data"):
            data = _dict(output.get("data"))
            words = _text(data.get("text/plain"))
            if not any(str(form).startswith(("image/", "application/vnd")) for form in data) and words:
                yield "" if _OBJECT.match(words.strip()) else _shortened(words)
        elif kind == "error":
            line = f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}".strip(": \n")
            yield _shortened(line.split("\n")[0])
    if stream:
        yield _shortened(stream)


def _shortened(words: str) -> str:
    words = _ESCAPES.sub("", words).strip("\n")
    # A progress bar writes over its line; what stands there at the end counts.
    lines = [line.rstrip("\r").rsplit("\r", 1)[-1] for line in words.split("\n")]
    short = "\n".join(lines[:MAX_OUTPUT_LINES])[:MAX_OUTPUT_CHARACTERS]
    return short if short == "\n".join(lines) else short.rstrip() + "\n…"


def _text(value: object) -> str:
    """A text that the format may give as a list of its lines."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    return without_private(value) if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
