"""tutor/grounding/segments.py: a stream is cut where a reader would, alike however it arrives, and within bounds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lessons import MARKDOWN
from tutor.grounding.markers import MARKER
from tutor.grounding.segments import LONGEST_BLOCK, LONGEST_SENTENCE, Segment, Segmenter


def read(text: str, *cuts: int) -> list[Segment]:
    reader = Segmenter()
    found = []
    for first, last in zip([0, *cuts], [*cuts, len(text)], strict=True):
        found += reader.feed(text[first:last])
    return found + reader.end()


def texts(text: str) -> list[tuple[str, str]]:
    return [(segment.kind, segment.text) for segment in read(text)]


# Each bar is where one sentence ends and the next begins.
@pytest.mark.parametrize(
    "marked",
    [
        "It costs 3.14 euros.| Python 3.11 is new.| So is v2.0.1.| Done.",
        "See e.g. the docs, i.e. The Book, cf. Chapter two.| Then go.",
        "Mr. Smith met Dr. A. Jones.| They spoke.",
        "Apples, pears, etc. and more.| Apples, etc.| Then more.",
        "He lives in the U.S. and works.| She left the U.S.| Then he left.",
        "Wait... what?| Well...| Then go.",
        'He said "Stop!" and left.| "Why?" she asked.| Good.',
        "这是一句。|这是第二句！|真的！？|是的。",
        "Use `a.b. C` here.| Then run `npm i`.| Go.",
        "See [the docs. Really](http://a.b/c.d).| Then [go on.](x.y)| Good.",
        "Open index.html.| Node.js is in app.py, not main.c here.| Good.",
        "Say $x. Y$ here.| It costs $5.| Then $6.| Done.",
        "It ends. [1] [2]| It ends again.[1][2]| And [1, 2].| Then. [1].| Good.",
        "One.【1】| Two. 【2†source】| Three. [Source 1]| Four. (passage 2)| (1) Five.",
        "First line\ngoes on.| Second\nline.| Here it is:|\nGood.|\n\nNew",
        "One.|\n- two.| More|\n- three|\n2. four|\n# Five|\n> six",
    ],
)
def test_sentences_end_where_a_reader_says_and_markers_stay_with_them(marked: str) -> None:
    text = marked.replace("|", "")
    assert [segment.lead + segment.text for segment in read(text)] == marked.split("|")


def test_blocks_are_whole_and_marks_lead() -> None:
    text = "# A. B\n\n```py\na. B\n\nc. D\n```\n| a. B |\n|---|\n| c. D |\nSo:\n$$\nx = 1. Y\n$$\n"
    text += "1. one\n   - [x] two\n> # three"
    assert texts(text) == [
        ("heading", "# A. B"),
        ("code", "```py\na. B\n\nc. D\n```"),
        ("table", "| a. B |\n|---|\n| c. D |"),
        ("sentence", "So:"),
        ("math", "$$\nx = 1. Y\n$$"),
        ("item", "one"),
        ("item", "two"),
        ("heading", "# three"),
    ]


def test_a_sentence_is_given_with_the_first_character_behind_it() -> None:
    reader = Segmenter()
    assert reader.feed("It is a lesson. [1] ") == []
    assert [segment.text for segment in reader.feed("T")] == ["It is a lesson. [1]"]
    assert [segment.text for segment in reader.feed("he end is near.\n\n")] == ["The end is near."]
    assert [segment.text for segment in reader.feed("- an item\n- ")] == ["an item"]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("It is a lesson [1].", True),
        ("It is [a lesson] [1][2].", True),
        ("It is a lesson 【1†source】.", True),
        ("It calls items[1].", False),
        ("“It is a lesson [1].", False),
        ("It is *a lesson [1].", False),
        ("It is a lesson.", False),
    ],
)
def test_a_full_stop_behind_a_marker_ends_a_sentence_at_once_where_nothing_is_open(text: str, ends: bool) -> None:
    assert [segment.text for segment in Segmenter().feed(text)] == ([text] if ends else [])


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("It is a lesson", ""),
        ("It is a lesson [", "It is a lesson."),
        ("It is a lesson [1", "It is a lesson."),
        ("It is a lesson [1, 2]", "It is a lesson."),
        ("It is a lesson 【1†so", "It is a lesson."),
        ("It is a lesson.", "It is a lesson."),
        ("It is a lesson. [", "It is a lesson."),
        ("It is a lesson[", ""),
        (" [", ""),
        ("- an item [1", "an item."),
        ("# Head.", ""),
        ("```\ncode.", ""),
        ("It was a lesson. It is", ""),
    ],
)
def test_a_sentence_is_likely_when_only_its_marker_or_what_follows_is_missing(text: str, likely: str) -> None:
    reader = Segmenter()
    for character in text:
        reader.feed(character)
    assert reader.likely == likely


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("Whole.", True),
        ("Whole [1]", True),
        ("Whole. [1]", True),
        ("Cut of", False),
        ("Cut [1", False),
        ("```\ncode", False),
        ("```\ncode\n```", True),
        ("| a | b |", True),
        ("$$ x = ", False),
        ("$$ x $$", True),
        ("# Head", False),
    ],
)
def test_what_the_end_of_the_stream_cut_off_is_incomplete(text: str, complete: bool) -> None:
    assert [segment.complete for segment in read(text)] == [complete]


_HOSTILE = st.lists(
    st.sampled_from(
        ["`", "```", "~~~\n", "\n", "\n\n", "$", "$$", "\\[", "\\]", "\\(", "[", "]", "(", ")", "【", "】", "[1]",
         " [2]", "| a |\n", "|", "- ", "1. ", "* * *", "---\n", "> ", "# ", "a", "B", ". ", "! ", "。", "e.g. ",
         "U.S. ", "x" * 90, " ", "\t", "\r\n", "5", "[x] ", "](http://a.b)", ":", "**", "_"]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.one_of(_HOSTILE, MARKDOWN, st.text(max_size=200)), st.data())
def test_pieces_are_the_whole_stream_and_the_same_however_it_is_cut(text: str, data: st.DataObject) -> None:
    whole = read(text)
    joined = "".join(segment.lead + segment.text for segment in whole)
    assert text.startswith(joined)
    assert not text[len(joined) :].strip()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    assert read(text, *cuts) == whole
    assert read(text, *range(1, len(text))) == whole


@pytest.mark.parametrize(
    "part",
    ["x", "字", " ", "\n", "x ", "`", "```\n", "```\nx", "$$ ", "[", "| ", "|\n", "> ", "- ", "e.g. ",
     "[1]", "**", "a. b ", "\\"],
)  # fmt: skip
def test_a_stream_without_an_end_takes_bounded_room(part: str) -> None:
    text = part * (60_000 // len(part))
    reader, found = Segmenter(), []
    for start in range(0, len(text), 500):
        found += reader.feed(text[start : start + 500])
        assert len(reader._ahead.text) < 2 * LONGEST_BLOCK
    found += reader.end()
    assert text.startswith("".join(segment.lead + segment.text for segment in found))
    assert all(len(segment.text) <= LONGEST_BLOCK for segment in found)
    assert all(len(segment.text) <= LONGEST_SENTENCE + 500 for segment in found if segment.kind in ("sentence", "item"))


def test_a_fence_that_never_ends_comes_in_incomplete_parts_of_whole_lines() -> None:
    parts = read("```\n" + "line of code\n" * 2_000 + "```\nDone.")
    assert [part.kind for part in parts] == ["code"] * (len(parts) - 1) + ["sentence"]
    assert [part.complete for part in parts] == [False] * (len(parts) - 2) + [True, True]
    assert all(part.text.endswith("\n") for part in parts[:-2])


@pytest.mark.parametrize(
    "marker",
    ["[1]", "[1, 2]", "[1-3]", "[^1]", "[ 12 ]", "【1】", "【3†lesson】", "[Source 1]", "[passage 2, 3]", "(source 4)",
     "[1](http://x.y)"],
)  # fmt: skip
def test_markers_are_known_in_every_form_that_models_give_them(marker: str) -> None:
    assert MARKER.fullmatch(marker)
    assert re.fullmatch(r"Yes\.", MARKER.sub("", "Yes." + marker))


@pytest.mark.parametrize("words", ["(1)", "[a]", "[]", "[1st]", "(see it)", "array[i]", "f(1)"])
def test_what_only_looks_like_a_marker_is_none(words: str) -> None:
    assert not MARKER.search(words)
