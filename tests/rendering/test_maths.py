"""Formulas as MathML."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.rendering.maths import MAX_CHARACTERS, is_mathml, mathml

_TEX = st.lists(
    st.sampled_from(
        [
            "x", "1", "+", "{", "}", "^", "_", "&", "\\\\", "\\frac", "\\sqrt", "[", "]", "\\text{a < b}", "\\left(",
            "\\right)", "\\begin{matrix}", "\\end{matrix}", "\\mathbb{R}", "\\sum", "\\limits", "$", "<b>", " ", "'",
            "\\href{javascript:a}{b}", "\\color{red}", "\\hspace{1em}", "\\operatorname{a}", "\\not", "\\unknown", "%",
            "#1", "\\&", "&lt;", "\\over",
        ]
    ),
    max_size=25,
).map("".join)  # fmt: skip


def texts(element: Any) -> str:
    """All text of a formula."""
    return str(element.get("text", "")) + "".join(map(texts, element.get("children", [])))


def tags(element: Any) -> set[str]:
    """All tags of a formula."""
    return {element["tag"]}.union(*map(tags, element.get("children", [])))


@pytest.mark.parametrize(
    ("tex", "tag", "words"),
    [
        (r"\frac{a}{b}", "mfrac", "ab"),
        (r"\sqrt{x}", "msqrt", "x"),
        (r"\sum_{i=1}^n i", "munderover", "∑i=1ni"),
        (r"\begin{bmatrix}1 & 2\\3 & 4\end{bmatrix}", "mtable", "[1234]"),
        (r"a < b \& c", "mo", "a<b&c"),
        (r"\text{if } x", "mtext", "if x"),
        (r"\mathbb{R}, \mathbb{A}, \mathbf{x}, \mathcal{L}", "mi", "ℝ,𝔸,𝐱,ℒ"),
    ],
)
def test_formulas_become_trees(tex: str, tag: str, words: str) -> None:
    tree = mathml(tex, display=True)
    assert tree is not None
    assert is_mathml(tree)
    assert tag in tags(tree)
    assert texts(tree).replace("\xa0", " ") == words


@pytest.mark.parametrize(
    "tex",
    [
        "",
        r"\frac{a",
        r"a_b_c",
        r"\left( x",
        "x" * (MAX_CHARACTERS + 1),
        "{" * 500 + "}" * 500,
        r"\newcommand{\a}{xx}\newcommand{\b}{\a\a\a\a}\b\b",
        r"\href{javascript:alert(1)}{x}",
        r"\def\a{b}\a",
    ],
)
def test_what_cannot_or_must_not_be_read_is_none(tex: str) -> None:
    assert mathml(tex, display=False) is None


@given(st.one_of(_TEX, st.text(max_size=40)))
@settings(deadline=None)
def test_only_the_known_tags_and_attributes_come_out(tex: str) -> None:
    tree = mathml(tex, display=False)
    assert tree is None or is_mathml(tree)


@pytest.mark.parametrize(
    "tree",
    [
        {"tag": "script", "attributes": {}, "text": "x"},
        {"tag": "mrow", "attributes": {}, "children": []},
        {"tag": "math", "attributes": {"href": "x"}, "children": []},
        {"tag": "math", "attributes": {}, "children": [{"tag": "maction", "attributes": {}, "children": []}]},
        {"tag": "math", "attributes": {}, "children": [], "more": 1},
        {"tag": "math", "attributes": {"width": "url(x)"}, "children": []},
    ],
)
def test_other_trees_are_none_of_ours(tree: dict[str, Any]) -> None:
    assert not is_mathml(tree)
