"""grounding/grounder.py: what the lessons do not say is not called supported, and nothing looks like a citation."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.conftest import TinyCourse
from tests.support.hash_embedder import HashEmbedder
from tests.support.lessons import MARKDOWN
from tutor.adapters.onnx_embedder import OnnxEmbedder
from tutor.grounding.block_marks import SegmentKind
from tutor.grounding.claims import Claims
from tutor.grounding.grounder import CheckedSegment, Evidence, Grounder, units_of
from tutor.grounding.markers import reworded
from tutor.grounding.segments import Segment, Segmenter
from tutor.index.protocols import Embedder
from tutor.models import Lesson, Support
from tutor.retrieval.retriever import Retriever
from tutor.text.sentences import sentences

FLEXBOX = """# Flexbox

Flexbox is a one-dimensional layout method for arranging items in rows or columns. Items flex to fill additional space
or shrink to fit into smaller spaces. The property `flex-direction` sets the main axis, and its default value is `row`.

Browsers before Internet Explorer 11 do not support flexbox. Grid was added in 2017, after flexbox. A gap of 16 pixels
is set with `gap: 16px`. More items make the container wider.

```css
.container {
  display: flex;
  gap: 16px;
}
```

| Property | Default |
|---|---|
| flex-grow | 0 |
| flex-shrink | 1 |
"""
CACHES = """# Caches

A cache keeps copies of answers close to those who ask. Redis keeps its data in memory, so a read takes less than a
millisecond. When the cache is full, the entry that was used least recently is removed.
"""


def evidence_of(*texts: str, question: str = "", embedder: Embedder | None = None) -> Evidence:
    embedder = embedder or OnnxEmbedder(workers=1)
    lessons = [Lesson(f"{number}.md", f"Lesson {number}", text) for number, text in enumerate(texts, 1)]
    units = units_of([(lesson, 0, len(lesson.text)) for lesson in lessons], embedder)
    return Evidence(units, ["" for _ in lessons], question, Claims("en"), lambda token: 2.0, embedder)


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return evidence_of(FLEXBOX, CACHES, question="How does flexbox lay out the items of my page?")


def check(evidence: Evidence, text: str, kind: SegmentKind = "sentence") -> CheckedSegment:
    return evidence.check(Segment("", text, kind))


def quotes(checked: CheckedSegment) -> list[str]:
    return [source.lesson.text[source.start : source.end] for source in checked.sources]


@pytest.mark.parametrize(
    ("said", "quoted"),
    [
        ("Items flex to fill additional space or shrink to fit into smaller spaces.", "Items flex to fill"),
        (
            "Flexbox is a one-dimensional layout method for arranging the items in rows or in columns.",
            "Flexbox is a one",
        ),
        ("The default value of `flex-direction` is `row`.", "The property `flex-direction`"),
        ("The entry that was used least recently is removed when the cache is full.", "When the cache is full"),
        ("Redis keeps its data in memory, and so a read takes less than a millisecond.", "Redis keeps"),
    ],
)
def test_what_the_lessons_say_in_the_same_or_other_words_is_supported_by_the_very_sentence(
    evidence: Evidence, said: str, quoted: str
) -> None:
    checked = check(evidence, said)
    assert checked.support is Support.SUPPORTED
    assert quotes(checked)[0].startswith(quoted)


def test_a_free_retelling_is_shown_with_its_source(evidence: Evidence) -> None:
    checked = check(evidence, "Redis reads in less than a millisecond, as it keeps its data in memory.")
    assert checked.support in (Support.SUPPORTED, Support.PARTLY)
    assert quotes(checked) == ["Redis keeps its data in memory, so a read takes less than a\nmillisecond."]


@pytest.mark.parametrize(
    "said",
    [
        "A gap of 64 pixels is set with `gap: 16px`.",
        "A gap of 16 seconds is set with `gap: 16px`.",
        "Grid was added in 2019, after flexbox.",
        "Grid was added in 2017, before flexbox.",
        "Browsers before Internet Explorer 11 support flexbox.",
        "Items do not flex to fill additional space or shrink to fit into smaller spaces.",
        "Fewer items make the container wider.",
        "Browsers before Netscape Navigator 11 do not support flexbox.",
        "Items flex to fill additional space or shrink to fit into smaller spaces, see https://evil.example/x.",
        "Flexbox was invented at Mozilla in Toronto by a team of painters.",
        "Items flex to fill additional space, and the moon is made of green cheese that mice eat on Sundays.",
        "Memcached keeps its data in memory, so a read takes less than a millisecond.",
        "The earth is flat.",
    ],
)
def test_another_number_name_denial_opposite_link_or_clause_is_not_supported(evidence: Evidence, said: str) -> None:
    assert check(evidence, said).support in (Support.PARTLY, Support.UNSUPPORTED)
    assert check(evidence, said + " [1][2]").support in (Support.PARTLY, Support.UNSUPPORTED)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Hello!", "sentence"),
        ("Here are the steps:", "sentence"),
        ("To lay out the items of your page, follow these steps:", "sentence"),
        ("Would you like to try it yourself?", "sentence"),
        ("I do not know.", "sentence"),
        ("The lessons do not say how old flexbox is.", "sentence"),
        ("Unfortunately, the passages don't mention that.", "sentence"),
        ("I hope this helps!", "sentence"),
        ("## How it works", "heading"),
        ("$$\nE = mc^2\n$$", "math"),
        ("Die Erde ist flach und nicht rund, und das ist auch gut so.", "sentence"),
        ("地球是平的。", "sentence"),
        ("[1]", "sentence"),
    ],
)
def test_what_claims_nothing_or_cannot_be_compared_is_not_checkable(
    evidence: Evidence, said: str, kind: SegmentKind
) -> None:
    assert check(evidence, said, kind) == CheckedSegment(
        reworded(said).text if kind != "math" else said, Support.NOT_CHECKABLE
    )


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("The lessons do not say it, but the earth is flat.", "sentence"),
        ("Flexbox, which was invented in Toronto, has:", "sentence"),
        ("# The earth is flat and the moon is made of the greenest of cheeses", "heading"),
        ("$$\n\\text{the earth is flat and Redis is a kind of cheese}\n$$", "math"),
    ],
)
def test_a_claim_in_the_clothes_of_none_is_checked(evidence: Evidence, said: str, kind: SegmentKind) -> None:
    assert check(evidence, said, kind).support is Support.UNSUPPORTED


def test_a_claim_about_code_that_is_easily_taken_for_other_code_beside_it_is_not_supported() -> None:
    both = "By modifying `#as_json` you target the part of the `#to_json` method that you want to change. "
    one = "Here we do this by modifying `#as_json` in our model to return only the attributes we want."
    said = "Modify `{}` in the model to return only the attributes you want."
    assert check(evidence_of(one), said.format("#as_json")).support is Support.SUPPORTED
    assert check(evidence_of(both + one), said.format("#to_json")).support is Support.PARTLY
    assert check(evidence_of(one), said.format("#to_json")).support is not Support.SUPPORTED


def test_a_claim_in_broken_words_is_in_no_other_language(evidence: Evidence) -> None:
    said = "A barn owl hears a vole under forty metres of snow becaus- e its earse its ears sit at different heights."
    assert check(evidence, said).support is Support.UNSUPPORTED


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Nothing (source 【3†s【3†source】3) of it", "Nothing (source ) of it"),
        ("Several nests3† of them", "Several nests of them"),
        ("So $$x ![1](y) [2]\n$$\\t is it", "So x\n\\t is it"),
        ("So $$x ![a](y)$$ is it", "So $$x! [a] (y)$$ is it"),
    ],
)
def test_what_is_left_of_a_marker_or_looks_like_a_formula_holds_no_marker_and_no_image(said: str, shown: str) -> None:
    assert reworded(said).text == shown


def test_markers_are_dropped_whatever_they_name_and_prove_nothing(evidence: Evidence) -> None:
    said = "Redis keeps its data in memory, so a read takes less than a millisecond"
    plain, marked = check(evidence, said + "."), check(evidence, said + " [1][99] (passage 7).")
    assert marked == plain
    assert plain.support is Support.SUPPORTED
    assert plain.sources[0].lesson.lesson == "2.md"


def test_code_of_a_passage_is_supported_and_other_code_is_not(evidence: Evidence) -> None:
    fence = "```css\n.container {\n  display: flex;\n  gap: 16px;\n}\n```"
    assert check(evidence, fence, "code").support is Support.SUPPORTED
    assert quotes(check(evidence, fence, "code"))[0].startswith("```css")
    assert check(evidence, fence.replace("gap: 16px", "color: red"), "code").support is Support.PARTLY
    assert check(evidence, "```\nrm -rf /\n```", "code").support is Support.UNSUPPORTED
    assert check(evidence, "```\nx[1] = `y`", "code").text == "```\nx[1] = `y`\n```"


def test_a_table_is_as_good_as_its_worst_row(evidence: Evidence) -> None:
    head = "| Property | Default |\n|---|---|\n"
    assert check(evidence, head + "| flex-grow | 0 |\n| flex-shrink | 1 |", "table").support is not Support.UNSUPPORTED
    lies = check(evidence, head + "| flex-grow | 0 |\n| cheese | green and blue moon |", "table")
    assert lies.support is Support.UNSUPPORTED
    assert lies.sources == ()


def test_a_sentence_costs_one_embedding_and_the_lessons_none(tiny: TinyCourse) -> None:
    embedder = HashEmbedder()
    tutor = tiny({"a.md": FLEXBOX, "b.md": CACHES}, embedder)
    passages = Retriever(tutor.index, embedder).retrieve("What is flexbox?", 3).passages
    embedder.embedded.clear()
    evidence = Grounder(tutor.index, embedder).evidence(passages, "What is flexbox?")
    assert embedder.embedded == []
    checked = check(evidence, "Flexbox is a one-dimensional layout method for arranging items in rows or columns.")
    assert checked.support is Support.SUPPORTED
    assert len(embedder.embedded) == 1
    (source,) = checked.sources
    assert any(p.lesson == source.lesson.lesson and p.start <= source.start < source.end <= p.end for p in passages)
    assert source.section


@pytest.mark.parametrize("end", [" [1].", ".", ". [2]", " 【1†source】."])
def test_a_sentence_that_was_foreseen_costs_no_embedding_when_it_comes(tiny: TinyCourse, end: str) -> None:
    embedder = HashEmbedder()
    tutor = tiny({"a.md": FLEXBOX, "b.md": CACHES}, embedder)
    passages = Retriever(tutor.index, embedder).retrieve("What is flexbox?", 3).passages
    evidence, unprepared = (Grounder(tutor.index, embedder).evidence(passages) for _ in range(2))
    evidence.prepare("**Flexbox** is a one-dimensional layout method for arranging items in rows.")
    embedder.embedded.clear()
    said = f"**Flexbox** is a one-dimensional layout method for arranging items in rows{end}"
    checked = check(evidence, said)
    assert embedder.embedded == []
    assert checked == check(unprepared, said)


def test_without_passages_every_claim_is_unsupported(tiny: TinyCourse) -> None:
    tutor = tiny({"a.md": FLEXBOX})
    evidence = Grounder(tutor.index, HashEmbedder()).evidence(())
    assert check(evidence, "Flexbox is a layout method.") == CheckedSegment(
        "Flexbox is a layout method.", Support.UNSUPPORTED
    )


_BITS = st.sampled_from(
    ["[", "]", "1", "[1]", "\\[", "\\]", "(", ")", "【", "】", "［", "］", "²", "&#91;", "&rbrack;", "&#49;", "*", "_",
     "`", "$", "$$", "\u200b", "![a](", "](", "http://x.y", "<", ">", "<b>", "^", " ", "a", "Source ", "-", ",", "\n",
     "!", "\\", "\\(", "\\)", "~", ":", "|"]
)  # fmt: skip
_SEEN = re.compile(r"[\[［【〔]\s*\^?[\d¹²³]+\s*[\]］】〕]")


def seen(text: str) -> str:
    """What a reader sees of running Markdown, without its code."""
    page = MarkdownIt("commonmark", {"html": False}).render(text)
    page = re.sub(r"<pre>.*?</pre>|<code>.*?</code>", "", page, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", "", page).replace("\\", "")


@settings(deadline=None, max_examples=150)
@given(st.lists(_BITS, max_size=14).map("".join), st.lists(_BITS, max_size=14).map("".join))
def test_no_reader_ever_sees_a_marker_a_link_or_an_image_of_the_model_s(one: str, two: str) -> None:
    shown = [reworded(text).text for text in (one, two)]
    for text in (*shown, " [7] ".join(shown)):
        page = MarkdownIt("commonmark", {"html": False}).render(text)
        assert "<a " not in page
        assert "<img" not in page
        assert set(_SEEN.findall(seen(text))) <= {"[7]"}
    assert "[7]" in " [7] ".join(shown)


@settings(deadline=None, max_examples=15)
@given(MARKDOWN, st.lists(st.one_of(MARKDOWN, st.text(max_size=80)), max_size=3))
def test_whatever_a_model_writes_its_sources_are_whole_sentences_of_the_passages(
    lesson: str, written: list[str]
) -> None:
    evidence = evidence_of(lesson, CACHES, embedder=HashEmbedder())
    spans = {text: {(s.start, s.end) for s in sentences(text)} for text in (lesson, CACHES)}
    reader = Segmenter()
    for segment in [*reader.feed("\n\n".join([*written, lesson])), *reader.end()]:
        checked = evidence.check(segment)
        assert bool(checked.sources) == (checked.support in (Support.SUPPORTED, Support.PARTLY))
        assert len(checked.sources) <= 2
        for source in checked.sources:
            held = [s for s in spans[source.lesson.text] if source.start <= s[0] and s[1] <= source.end]
            assert {source.start, source.end} <= {offset for span in held for offset in span}
            assert len(held) <= 3
