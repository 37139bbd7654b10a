"""Equations of Word and PowerPoint (OMML) → LaTeX, as far as the usual shapes go; the rest as their letters."""

from __future__ import annotations

import re
from typing import Any

MATHS = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_SUMS = {"∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∬": r"\iint", "∮": r"\oint", "⋃": r"\bigcup", "⋂": r"\bigcap"}
_PROPERTIES = frozenset(
    f"{MATHS}{name}"
    for name in "rPr ctrlPr fPr radPr naryPr dPr sSupPr sSubPr sSubSupPr sPrePr funcPr limLowPr limUppPr mPr accPr "
    "barPr boxPr borderBoxPr eqArrPr groupChrPr phantPr argPr oMathParaPr".split()
)


def latex(equation: Any) -> str:
    """The LaTeX of an `m:oMath` or `m:oMathPara` element of lxml, without dollar signs."""
    return re.sub(r"\s+", " ", _children(equation)).replace("$", r"\$").strip()


def _children(element: Any) -> str:
    return "".join(_element(child) for child in element if isinstance(child.tag, str))


def _part(element: Any, name: str) -> str:
    found = element.find(f"{MATHS}{name}")
    return "" if found is None else _children(found)


def _property(element: Any, path: str, default: str) -> str:
    found = element.find("/".join(MATHS + name for name in path.split("/")))
    return default if found is None else str(found.get(f"{MATHS}val", ""))


def _element(element: Any) -> str:
    if element.tag in _PROPERTIES:
        return ""
    if element.tag == f"{MATHS}t":
        return element.text or ""
    name = str(element.tag).removeprefix(MATHS)
    base = _part(element, "e")
    if name == "f":
        return rf"\frac{{{_part(element, 'num')}}}{{{_part(element, 'den')}}}"
    if name == "rad":
        degree = _part(element, "deg")
        return rf"\sqrt{f'[{degree}]' if degree else ''}{{{base}}}"
    if name == "nary":
        sign = _property(element, "naryPr/chr", "∫")
        return f"{_SUMS.get(sign, sign)}{_scripts(element)} {base}"
    if name in ("sSup", "sSub", "sSubSup"):
        return (base if len(base) == 1 else f"{{{base}}}") + _scripts(element)
    if name == "d":
        inside = ", ".join(_children(child) for child in element.findall(f"{MATHS}e"))
        return f"{_property(element, 'dPr/begChr', '(')}{inside}{_property(element, 'dPr/endChr', ')')}"
    if name == "func":
        return f"{_part(element, 'fName')} {base}"
    if name in ("limLow", "limUpp"):
        return f"{base}{'_' if name == 'limLow' else '^'}{{{_part(element, 'lim')}}}"
    if name == "m":
        rows = (
            " & ".join(_children(cell) for cell in row.findall(f"{MATHS}e")) for row in element.findall(f"{MATHS}mr")
        )
        return r"\begin{matrix} " + r" \\ ".join(rows) + r" \end{matrix}"
    return _children(element)


def _scripts(element: Any) -> str:
    below, above = _part(element, "sub"), _part(element, "sup")
    return (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")
