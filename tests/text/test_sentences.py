"""tutor/text/sentences.py: a sentence ends where a reader says it does, and code, tables and formulas are whole."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.support.lessons import LESSONS, real_lessons
from tutor.models import Lesson
from tutor.text.blocks import Block, blocks
from tutor.text.sentences import sentences, split


def pieces(text: str) -> list[str]:
    return [text[found.start : found.end] for found in sentences(text)]


def kinds(text: str) -> list[tuple[str, str]]:
    return [(found.kind, text[found.start : found.end]) for found in sentences(text)]


# Each bar is where one sentence ends and the next begins.
@pytest.mark.parametrize(
    "marked",
    [
        "It costs 3.14 euros.| Python 3.11 is new.| So is v2.0.1.| Done.",
        "See e.g. the docs, i.e. The Book, cf. Chapter two.| Then go.",
        "Mr. Smith met Dr. A. Jones.| They spoke.",
        "J. K. Rowling wrote it.| Donald E. Knuth did not.",
        "Apples, pears, etc. and more.| Apples, etc.| Then more.",
        "Vaswani et al. showed it.| See *Brown v. Board* and A vs. B here.",
        "See Fig. 3 and No. 5 on p. 7.| It shows.",
        "They may say no.| It happens.",
        "It takes 5 ms.| Then it stops.",
        "He lives in the U.S. and works.| She left the U.S.| Then he left.",
        "It came at 5 p.m.| Then it went.",
        "Call it plan B.| Then go.",
        "Use C.| It is a language.",
        "They don't.| We do, and it isn't.| It's Freud's.| You know.",
        "Wait... what?| Well...| Then go.| So… what?",
        "What?!| No!!| Yes.",
        'He said "Stop!" and left.| "Why?" she asked.| "Go."| Then “yes.”| Good.',
        "(A whole one.)| Another (like this.) one.",
        "¿Qué es esto?| ¡Hola!| Vale, p. ej. esto.",
        "这是一句。|这是第二句！|真的！？|是的。",
        "他说「你好。」|然后走了。|见 https://a.b。|下一句。",
        "هل هذا؟| نعم.| यह है।| वह है।",
        "**This is bold.**| *So is this.*| Not this.",
        "Use `a.b. C` here.| Then run `npm i`.| Go.",
        "See [the docs. Really](http://a.b/c.d).| Then [go on.](x.y)| Good.",
        "Visit https://a.b/c.| See <https://a.b/c.d>.| Go to a@b.com.| Done.",
        "Open index.html.| Node.js is in app.py, not main.c here.| Good.",
        "It ends.[^1]| It ends again.[12]| Good.",
        "Say $x. Y$ here.| It costs $5.| Then $6.| Done.",
        "So $$a. B$$ and\n$$c.\nD$$ hold.| Next.",
        "First line\ngoes on.| Second\nline.",
    ],
)
def test_sentences_end_where_a_reader_says(marked: str) -> None:
    text = marked.replace("|", "")
    assert [text[start:end] for start, end in split(text, 0, len(text))] == [part.strip() for part in marked.split("|")]


def test_list_markers_belong_to_no_sentence() -> None:
    text = "1. First. Second.\n2. Other\n   - [x] inner\n\n> quote. Two.\n> three. Four\n\n> - in both"
    assert kinds(text) == [
        ("sentence", "First."),
        ("sentence", "Second."),
        ("item", "Other"),
        ("item", "inner"),
        ("sentence", "quote."),
        ("sentence", "Two."),
        ("sentence", "three."),
        ("sentence", "Four"),
        ("item", "in both"),
    ]


def test_bullets_without_full_stops_are_items_of_their_depth() -> None:
    assert [(found.kind, found.depth) for found in sentences("- one\n- two\n  - three")] == [
        ("item", 1),
        ("item", 1),
        ("item", 2),
    ]


def test_code_tables_formulas_headings_and_images_are_whole() -> None:
    text = "# A. B\n\n```\na. B\n\nc. D\n```\n\n| a. B |\n|---|\n| c. D |\n\n"
    text += "Let:\n$$\nx = 1. Y\n$$\nThen.\n\n![a. B](c.png)"
    assert kinds(text) == [
        ("heading", "# A. B"),
        ("code", "```\na. B\n\nc. D\n```"),
        ("table", "| a. B |\n|---|\n| c. D |"),
        ("sentence", "Let:"),
        ("math", "$$\nx = 1. Y\n$$"),
        ("sentence", "Then."),
        ("image", "![a. B](c.png)"),
    ]


def test_rules_and_raw_html_are_nothing_to_quote() -> None:
    assert pieces("---\n\n<div>\nText.\n</div>") == []


def leaves(block: Block) -> list[Block]:
    return [leaf for child in block.children for leaf in leaves(child)] if block.children else [block]


def check(lesson: Lesson) -> None:
    text = lesson.text
    held = [leaf for block in blocks(text) for leaf in leaves(block)]
    whole = {leaf.end for leaf in held if leaf.kind in ("code", "table")}
    position = 0
    for found in sentences(text):
        assert position <= found.start < found.end
        assert text[found.start : found.end].strip() == text[found.start : found.end] or found.kind == "code"
        (leaf,) = (leaf for leaf in held if leaf.start <= found.start < leaf.end)
        assert found.end <= leaf.end
        assert leaf.kind not in ("code", "table") or not text[leaf.start : found.start].strip()
        if found.kind in ("code", "table"):
            whole.remove(found.end)
        position = found.end
    assert not whole


@settings(deadline=None, max_examples=80)
@given(LESSONS)
def test_sentences_are_in_order_within_blocks_and_never_overlap(lesson: Lesson) -> None:
    check(lesson)


def test_sentences_of_real_lessons_are_in_order_within_blocks() -> None:
    for lesson in real_lessons(every=12):
        check(lesson)
