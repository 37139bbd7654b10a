"""Evidence is recognised by its words, wherever markup stands between them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.lessons import lesson_from
from ingest.loaders import load
from tutor.models import Citation
from tutor.quality.matching import cites_lesson, cites_span, evidence_span, holds, normalised, words
from tutor.quality.questions import read_questions

CORPUS = Path(__file__).parents[2] / "corpus"

markdown = st.text(st.sampled_from("aB9é ßİ_*`#|-.()[]<>/!\n\"'"), max_size=80) | st.text(max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## The **Causal** _mask_", "the causal mask"),
        ("It isn't *zero*-based: `foreign_key_id`.", "it isn t zero based foreign key id"),
        ("See [the docs](https://example.org/a_(b)?x=1 'Docs') now", "see the docs now"),
        ("![A diagram](img/one.png) shows [`x`](y)", "a diagram shows x"),
        ("the `<em>` element and <span id='a'>this</span>", "the element and this"),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |", "a b 1 2"),
        ("<!-- not\nseen -->seen", "seen"),
        ("if a < b and c > d", "if a b and c d"),
        ("```python\nx = y[0]\n```", "python x y 0"),
        ("Übung macht den Meister, 95 %", "übung macht den meister 95"),
        ("a [link that is cut](off", "a link that is cut off"),
        (" \n*-* ", ""),
    ],
)
def test_a_text_is_reduced_to_its_words(text: str, expected: str) -> None:
    assert normalised(text) == expected


@given(markdown)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@given(markdown)
def test_every_word_stands_where_it_says(text: str) -> None:
    found = words(text)
    for word, start, end in zip(found.words, found.starts, found.ends, strict=True):
        assert normalised(text[start:end]) == word
    edges = [edge for span in zip(found.starts, found.ends, strict=True) for edge in span]
    assert all(before <= after for before, after in pairwise(edges))


def test_what_is_left_out_moves_no_word() -> None:
    text = "<b>See</b> [the docs](https://example.org/long) <!-- or\nnot --> twice"
    found = words(text)
    places = zip(found.starts, found.ends, strict=True)
    assert [text[start:end] for start, end in places] == ["See", "the", "docs", "twice"]


@given(markdown, st.integers(0, 20), st.integers(1, 8))
def test_words_taken_from_a_text_are_found_where_they_stand_first(text: str, first: int, length: int) -> None:
    found = words(text)
    some = " ".join(found.words[first : first + length])
    if not some:
        return
    at = found.find(some)
    assert at is not None
    assert at <= first
    assert " ".join(found.words[at:]).startswith(some)
    assert found.count(some) >= 1
    assert holds(text, some)


def test_part_of_a_word_is_no_match() -> None:
    assert not holds("A database keeps rows.", "a data")
    assert not holds("A database keeps rows.", "base keeps")
    assert holds("A database keeps rows.", "database keeps rows")
    assert not holds("A database keeps rows.", "database rows")


def test_evidence_without_a_word_matches_nothing() -> None:
    assert not holds("Something.", "")
    assert words("Something.").find("…") is None
    assert words("a b a b").count("a b") == 2


def test_the_answering_span_is_sixty_words_from_the_first_word_of_the_evidence() -> None:
    text = "Before it. **Masks** hide " + " ".join(f"w{number}" for number in range(100))
    span = evidence_span(words(text), "masks hide w0")
    assert span == (text.index("Masks"), text.index("w57") + 3)
    assert len(words(text[slice(*span)]).words) == 60


def test_the_answering_span_ends_with_the_lesson() -> None:
    assert evidence_span(words("One two. Three!"), "two three") == (4, 14)
    assert evidence_span(words("One two. Three!"), "two four") is None


def citation(number: int, lesson: str, start: int, end: int) -> Citation:
    """A citation of a place; what it quotes is of no matter here."""
    return Citation(number, 0, 1, lesson, "T", "S", start, end, "", "")


def test_only_the_first_three_citations_count() -> None:
    cited = [citation(number, "b.md", 0, 5) for number in (1, 2, 3)] + [citation(4, "a.md", 10, 20)]
    assert not cites_lesson(cited, "a.md")
    assert not cites_span(cited, "a.md", (10, 20))
    assert cites_lesson(cited[1:], "a.md")
    assert cites_span(cited[1:], "a.md", (10, 20))
    assert cites_lesson(list(reversed(cited[1:])), "a.md"), "the first by number, in whatever order they come"


@pytest.mark.parametrize(
    ("start", "end", "overlaps"), [(0, 10, False), (0, 11, True), (19, 30, True), (20, 30, False), (12, 13, True)]
)
def test_a_citation_counts_when_it_shares_a_character_with_the_span(start: int, end: int, overlaps: bool) -> None:
    assert cites_span([citation(1, "a.md", start, end)], "a.md", (10, 20)) is overlaps
    assert not cites_span([citation(1, "b.md", start, end)], "a.md", (10, 20))


def test_every_evidence_of_the_sample_course_stands_in_exactly_one_place_of_its_lesson() -> None:
    read = {}
    for question in read_questions(CORPUS / "questions.jsonl"):
        if not question.evidence:
            continue
        name = question.lesson or ""
        if name not in read:
            read[name] = words(lesson_from(load((CORPUS / name).read_bytes(), name), name, "").text)
        assert question.evidence == normalised(question.evidence), question.id
        assert read[name].count(question.evidence) == 1, question.id
    assert read
