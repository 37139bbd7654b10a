"""What is embedded of a lesson."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.chunking import chunk
from ingest.lessons import lesson_from
from ingest.loaders import load
from ingest.units import Units, course_units, digest, header, indexed_text, units
from tests.support.hash_embedder import HashEmbedder, ShortSightedEmbedder
from tutor.models import Chunk, Lesson

TEXT = """# Masks

A mask hides tokens. It is a **matrix** of zeros and ones; see [the paper](https://example.org/p).

## Causal masks

- The future is hidden.
- Padding is hidden too. It has its own mask.

```python
mask = torch.tril(ones)
```

| kind | hides |
| --- | --- |
| causal | the future |

$$ M_{ij} = 0 $$

![](figure.png)

OK
"""


class WordCounter:
    """Counts words as tokens."""

    def count(self, text: str) -> int:
        """The number of words."""
        return len(text.split())


def lesson(text: str = TEXT, name: str = "03-attention/02-masks.md") -> Lesson:
    return lesson_from(load(text.encode(), name), name, "")


def cut(item: Lesson, budget: int = 30) -> tuple[Chunk, ...]:
    return chunk(item, WordCounter(), budget)


def one_window(text: str) -> list[str]:
    return [text]


def test_each_chunk_is_a_window_under_its_header() -> None:
    item = lesson()
    chunks = cut(item)
    found = units(item, chunks, one_window)
    assert list(found.window_chunk) == list(range(len(chunks)))
    assert found.window_text[0].startswith("Attention › Masks: Masks A mask hides tokens. It is a matrix")
    assert "example.org" not in found.window_text[0]
    assert found.window_text[1].startswith("Attention › Masks › Causal masks: Causal masks The future")


def test_the_header_leaves_out_what_is_empty_and_what_is_said_already() -> None:
    def of(chapter: str, title: str, section: str) -> str:
        return header(Lesson("a.md", title, "", chapter=chapter), Chunk("a.md", 0, 0, "", section, 0))

    assert of("Part 1 › Attention", "Masks", "Kinds › Causal") == "Attention › Masks › Kinds › Causal"
    assert of("", "Masks", "") == "Masks"
    assert of("", "Masks", "Masks") == "Masks"
    assert of("", "Masks", "Masks › Causal") == "Masks › Causal"
    assert of("", "Mask", "Masks › Causal") == "Mask › Masks › Causal"
    assert len(of("", "Masks", "very long " * 100)) == 200


def test_a_long_chunk_has_several_windows_and_each_has_the_header() -> None:
    item = lesson()
    chunks = chunk(item, WordCounter(), 100, small_tokens=100)
    assert len(chunks) == 1
    found = units(item, chunks, ShortSightedEmbedder().windows)
    assert len(found.window_text) > 3
    assert set(found.window_chunk.tolist()) == {0}
    assert all(text.startswith("Attention › Masks: ") for text in found.window_text)


def test_sentences_items_code_tables_and_formulas_are_units_and_headings_and_pictures_are_not() -> None:
    item = lesson()
    found = units(item, cut(item), one_window)
    assert found.sentence_text == (
        "A mask hides tokens.",
        "It is a matrix of zeros and ones; see the paper.",
        "The future is hidden.",
        "Padding is hidden too.",
        "It has its own mask.",
        "mask = torch.tril(ones)",
        "kind hides causal the future",
        "$$ M_{ij} = 0 $$",
    )


def test_a_sentence_knows_its_words_in_the_lesson_and_its_chunk() -> None:
    item = lesson()
    chunks = cut(item)
    assert len(chunks) > 1
    found = units(item, chunks, one_window)
    for owner, start, end in zip(found.sentence_chunk, found.sentence_start, found.sentence_end, strict=True):
        assert chunks[owner].start <= start < end <= chunks[owner].end
    assert item.text[found.sentence_start[1] : found.sentence_end[1]].startswith("It is a **matrix**")


def test_a_sentence_without_end_is_cut() -> None:
    item = lesson("word " * 1000)
    found = units(item, cut(item, 2000), one_window)
    assert [len(text) for text in found.sentence_text] == [1200]


def test_a_lesson_of_markup_alone_still_has_a_window_for_each_chunk() -> None:
    item = lesson("# Pictures\n\n![](a.png)\n\n---\n\n![](b.png)")
    chunks = cut(item, 8)
    found = units(item, chunks, one_window)
    assert sorted(set(found.window_chunk.tolist())) == list(range(len(chunks)))
    assert all(found.window_text)


def test_the_units_of_a_course_number_chunks_through() -> None:
    lessons = [lesson(), Lesson("empty.md", "Empty", ""), lesson(TEXT + "\nThe end.", "last.md")]
    chunks = [piece for item in lessons for piece in cut(item)]
    found = course_units(lessons, chunks, HashEmbedder())
    assert list(found.window_chunk) == list(range(len(chunks)))
    first = len(cut(lessons[0]))
    last = chunks[found.sentence_chunk[-1]]
    assert last.lesson == "last.md"
    assert lessons[2].text[found.sentence_start[-1] : found.sentence_end[-1]] == "The end."
    assert found.sentence_chunk[8] == first
    assert len(found.texts) == len(found.chunks) == len(found.window_text) + len(found.sentence_text)


def test_no_lessons_have_no_units() -> None:
    found = course_units([], [], HashEmbedder())
    assert found.texts == ()
    assert found.chunks.tolist() == []


def test_a_short_sighted_embedder_cuts_for_itself() -> None:
    item = lesson()
    whole = course_units([item], cut(item), HashEmbedder())
    assert len(course_units([item], cut(item), ShortSightedEmbedder()).window_text) > len(whole.window_text)


def test_words_are_indexed_under_the_same_header() -> None:
    item = lesson()
    assert indexed_text(item, cut(item)[0]).startswith("Attention › Masks: Masks A mask hides")


def test_digests_tell_texts_apart_and_take_half_surrogate_pairs() -> None:
    assert digest("a") != digest("b")
    assert len(digest("\ud800")) == 32


@given(
    st.lists(
        st.sampled_from(
            ["# H", "## Sub", "One two three. Four five!", "- a b c", "> q", "```\nx = 1\n```", "Ünïcödé 日本。"]
        ),
        max_size=12,
    ),
    st.integers(8, 40),
)
def test_every_chunk_has_a_window_and_every_sentence_a_chunk(blocks: list[str], budget: int) -> None:
    item = lesson("\n\n".join(blocks) or "x", "a.md")
    chunks = cut(item, budget)
    found: Units = units(item, chunks, ShortSightedEmbedder().windows)
    assert set(found.window_chunk.tolist()) == set(range(len(chunks)))
    assert all((found.sentence_chunk >= 0) & (found.sentence_chunk < len(chunks)))
    for owner, start in zip(found.sentence_chunk, found.sentence_start, strict=True):
        assert chunks[owner].start <= start < chunks[owner].end
