"""A Word paragraph → runs: words with their looks, links, equations, pictures' descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from docx.oxml.ns import qn

from ingest.loaders.draft import escape
from ingest.loaders.office_maths import MATHS, latex
from ingest.loaders.runs import MONOSPACE, Run, without_private
from ingest.loaders.word_styles import Styles

_PASS_THROUGH = frozenset(
    qn(name) for name in ("w:ins", "w:moveTo", "w:smartTag", "w:sdt", "w:sdtContent", "w:fldSimple", "w:customXml")
)
_CALLOUT = re.compile("annotation|callout", re.IGNORECASE)
_ADDRESS = re.compile(r'\bHYPERLINK\s+"([^"]+)"')
_OFF = frozenset({"0", "false", "off", "none"})


@dataclass(slots=True)
class RunReader:
    """Reads the runs of one document's paragraphs; `addresses` are those of its links, by relationship id."""

    styles: Styles
    addresses: Mapping[str, str] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    """The foot- and endnotes that the runs so far refer to: kind and id; the writer of them empties it."""
    noted: int = 0
    """How many foot- and endnotes there have been."""

    def runs(self, paragraph: Any) -> list[Run]:
        """The paragraph's visible runs: what a revision removed, hid, or a field computes from is not among them."""
        found: list[Run] = []
        self._read(paragraph, Run(""), found, [])
        return found

    def _read(self, parent: Any, look: Run, found: list[Run], fields: list[str]) -> None:
        """Append the runs; `fields` holds each open field's instruction, ended by a line break once it is complete."""
        for child in parent:
            tag = child.tag
            if tag == qn("w:r"):
                found.extend(self._run(child, look, fields))
            elif tag == qn("w:hyperlink"):
                href = self.addresses.get(str(child.get(qn("r:id"))), "")
                self._read(child, replace(look, href=href or look.href), found, fields)
            elif tag in (f"{MATHS}oMath", f"{MATHS}oMathPara"):
                tex = latex(child)
                if tex:
                    dollars = "$$" if tag.endswith("Para") else "$"
                    found.append(Run(f"{dollars}{without_private(tex)}{dollars}", raw=True))
            elif tag in _PASS_THROUGH:
                self._read(child, look, found, fields)

    def _run(self, run: Any, look: Run, fields: list[str]) -> Iterator[Run]:
        properties = run.find(qn("w:rPr"))
        if properties is not None and self._on(properties, "w:vanish"):
            return
        look = self._look(properties, look)
        style = _value(properties, "w:rStyle")
        for child in run:
            tag = child.tag
            if tag == qn("w:fldChar"):
                _turn(fields, str(child.get(qn("w:fldCharType"))))
            elif tag == qn("w:instrText") and fields:
                fields[-1] += child.text or ""
            elif any(not instruction.endswith("\n") for instruction in fields):
                continue
            else:
                address = next((match[1] for name in fields if (match := _ADDRESS.search(name))), look.href)
                yield from self._words(child, replace(look, href=address), style)

    def _words(self, child: Any, look: Run, style: str) -> Iterator[Run]:
        tag = child.tag
        if tag == qn("w:t"):
            words = without_private(child.text or "")
            if _CALLOUT.search(self.styles.name(style)) and re.fullmatch("[1-9]|10", words):
                # A number in a black circle beside a line of code: not a part of that line.
                words, look = chr(0x2775 + int(words)), replace(look, code=False)
            yield replace(look, words=words)
        elif tag in (qn("w:tab"), qn("w:ptab")):
            yield replace(look, words="\t")
        elif tag in (qn("w:br"), qn("w:cr")):
            if child.get(qn("w:type")) in (None, "textWrapping"):
                yield replace(look, words="\n", code=False)
        elif tag == qn("w:noBreakHyphen"):
            yield replace(look, words="-")
        elif tag in (qn("w:footnoteReference"), qn("w:endnoteReference")):
            self.noted += 1
            self.notes.append((tag.rsplit("}", 1)[1].removesuffix("Reference"), str(child.get(qn("w:id")))))
            yield Run(f" [{self.noted}]", raw=True)
        elif tag == qn("w:drawing"):
            properties = next(child.iter(qn("wp:docPr")), None)
            described = without_private(properties.get("descr") or "") if properties is not None else ""
            alt = re.sub(r"\s+", " ", described).strip()
            # Word itself describes pictures in these words when the author has not.
            if alt and not re.search(r"automatically generated|\.(?:png|jpe?g|gif|emf|wmf|svg)$", alt, re.IGNORECASE):
                yield Run(f"![{escape(alt).replace('[', '(').replace(']', ')')}]()", raw=True)

    def _look(self, properties: Any, look: Run) -> Run:
        if properties is None:
            return look
        style = _value(properties, "w:rStyle")
        fonts = properties.find(qn("w:rFonts"))
        font = str(fonts.get(qn("w:ascii")) or "") if fonts is not None else ""
        code = MONOSPACE.search(font) if font else self.styles.is_monospace(style)
        return replace(
            look,
            bold=self._on(properties, "w:b", style),
            italic=self._on(properties, "w:i", style),
            code=bool(code),
        )

    def _on(self, properties: Any, name: str, style: str = "") -> bool:
        found = properties.find(qn(name))
        if found is not None:
            return str(found.get(qn("w:val"), "1")) not in _OFF
        value = self.styles.value(style, "w:rPr", name)
        return bool(value) and value not in _OFF


def _turn(fields: list[str], kind: str) -> None:
    if kind == "begin":
        fields.append("")
    elif kind == "separate" and fields:
        fields[-1] += "\n"
    elif kind == "end" and fields:
        fields.pop()


def _value(parent: Any, name: str) -> str:
    found = parent.find(qn(name)) if parent is not None else None
    return "" if found is None else str(found.get(qn("w:val")) or "")
