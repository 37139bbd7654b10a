"""The words of a course by place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.errors import IndexMismatch
from tutor.index.lexicon import FIELDS, Lexicon
from tutor.models import Chunk, Lesson

CHUNKS = (
    Chunk("a.md", 0, 24, "A **frame** has `bits`.", "Frames › What a frame is", 8),
    Chunk("b.md", 0, 12, "A bit is bit", "", 4),
)
LESSONS = (Lesson("a.md", "Frames", CHUNKS[0].text), Lesson("b.md", "Bits", CHUNKS[1].text))


def lexicon_of(texts: list[str]) -> Lexicon:
    chunks = [Chunk("a.md", 0, len(text), text, "", 1) for text in texts]
    return Lexicon.of([Lesson("a.md", "", "")], chunks, texts, [], str.split)


@pytest.fixture
def lexicon() -> Lexicon:
    return Lexicon.of(LESSONS, CHUNKS, ["a frame has bits", "a bit is bit"], ["a frame", "bit is bit"], str.split)


def test_what_is_saved_is_loaded(lexicon: Lexicon, tmp_path: Path) -> None:
    lexicon.save(tmp_path)
    loaded = Lexicon.load(tmp_path)
    assert loaded.vocabulary == lexicon.vocabulary
    for name in FIELDS:
        for array in ("tokens", "starts"):
            saved, read = getattr(getattr(lexicon, name), array), getattr(getattr(loaded, name), array)
            assert saved.dtype == read.dtype
            np.testing.assert_array_equal(saved, read)


@pytest.mark.parametrize("name", ["lexicon.npz", "vocabulary.json"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "other"])
def test_a_damaged_lexicon_is_a_mismatch(lexicon: Lexicon, tmp_path: Path, name: str, damage: str) -> None:
    lexicon.save(tmp_path)
    path = tmp_path / name
    whole = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "other": b'{"a": 1'}[damage])
    with pytest.raises(IndexMismatch):
        Lexicon.load(tmp_path)


def test_a_vocabulary_that_is_too_short_for_its_fields_is_a_mismatch(lexicon: Lexicon, tmp_path: Path) -> None:
    lexicon.save(tmp_path)
    (tmp_path / "vocabulary.json").write_text('["a"]')
    with pytest.raises(IndexMismatch):
        Lexicon.load(tmp_path)


def test_emphasised_words_are_those_in_bold_and_code(lexicon: Lexicon) -> None:
    field = lexicon.emphasised
    assert set(field.tokens[: field.starts[1]].tolist()) >= set(lexicon.ids(["frame", "bits"]))
    assert field.starts[1] == field.starts[2]


def test_only_the_last_heading_of_a_section_is_its_title(lexicon: Lexicon) -> None:
    assert lexicon.sections.holders(lexicon.vocabulary["What"]).tolist() == [0]
    assert "Frames" not in {w for w, i in lexicon.vocabulary.items() if len(lexicon.sections.positions(i))}


@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=6), min_size=1, max_size=6))
def test_holders_and_pairs_agree_with_a_plain_search(rows: list[list[str]]) -> None:
    lexicon = lexicon_of([" ".join(row) for row in rows])
    for first in set("abcd") & set(lexicon.vocabulary):
        one = lexicon.vocabulary[first]
        assert lexicon.chunks.holders(one).tolist() == [place for place, row in enumerate(rows) if first in row]
        for second in set("abcd") & set(lexicon.vocabulary):
            near = [
                place
                for place, row in enumerate(rows)
                if any(word == first and second in row[at + 1 : at + 3] for at, word in enumerate(row))
            ]
            assert lexicon.chunks.pairs(one, lexicon.vocabulary[second]).tolist() == near


@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=6), min_size=1, max_size=6))
def test_rarer_words_weigh_more_and_none_more_than_an_unknown_one(rows: list[list[str]]) -> None:
    lexicon = lexicon_of([" ".join(row) for row in rows])
    holders = {number: len(lexicon.chunks.holders(number)) for number in lexicon.vocabulary.values()}
    ranked = sorted(holders, key=lambda number: holders[number])
    weights = [float(lexicon.idf[number]) for number in ranked]
    assert weights == sorted(weights, reverse=True)
    assert all(0 < weight < lexicon.unknown_idf for weight in weights)
