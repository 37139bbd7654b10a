"""How long text takes that was made to take long: `python -m benchmarks.linear_time DATA_DIR`.

Everything that reads what others wrote is given one pattern over and over, and four times as much of it: who reads it
once takes four times as long, who reads it again for every piece of it takes sixteen times as long.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from random import Random
from time import process_time

import numpy as np

from benchmarks.bench_courses import SAMPLE
from benchmarks.rows import Row
from tests.support.courses import open_course
from tests.support.hostile_model import cut
from tests.support.scripted_model import ScriptedModel
from tutor.adapters.bm25s_index import Bm25sIndex
from tutor.adapters.onnx_embedder import OnnxEmbedder
from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.api.pages.languages import reader_messages
from tutor.api.pages.lesson_markup import lesson_html
from tutor.grounding.claims import Claims
from tutor.grounding.grounder import Evidence, units_of
from tutor.grounding.segments import Segment, Segmenter
from tutor.models import Lesson
from tutor.pipeline.course_tutor import CourseTutor
from tutor.rendering.highlighting import _LANGUAGES, highlighted
from tutor.rendering.incremental import answer_nodes, lesson_nodes
from tutor.rendering.links import Links
from tutor.text.invisible import visible
from tutor.text.plain import plain
from tutor.text.sentences import sentences
from tutor.text.words import Words

LONGER = 4
MAX_GROWTH = 8.0
# Shorter times say nothing.
_FLOOR_SECONDS = 0.01
_ENOUGH_SECONDS = 1.0
_TIMES = 3
_QUERIES = 50

Read = Callable[[str], object]
Clock = Callable[[], float]


@dataclass(frozen=True)
class Reader:
    """Who reads text of others, and what is hard on it: each case is a way of reading and a pattern.

    No text of `characters` may take longer than `most_seconds`, and none four times as long as another more than
    `MOST_GROWTH` times its time.
    """

    name: str
    characters: int
    most_seconds: float
    cases: Sequence[tuple[Read, str]]


def readers() -> list[Reader]:
    """Everything that reads a lesson, a question or a model's answer by itself."""
    code = [
        (partial(highlighted, language=language), (piece * 490)[:490] + "\n")
        for language in sorted(_LANGUAGES)
        for piece in (
            "(",
            "<",
            '"',
            "'",
            "\\",
            "/*",
            "a ",
            "${",
            "#{",
            "{",
            "[",
            "`",
            "<a ",
            "@",
            "1.",
            "\n",
            "a:\n ",
            "$(",
        )
    ]
    return [
        _reader("plain words", 80_000, 4, plain, ["![", " ", "*a", "[a](", "|-", "> ", "_", "(a"]),
        _reader("invisible characters", 600_000, 3, visible, ["\u200d", "😀", "😀\u200d", "ا\u200c", "\ufe0f"]),
        _reader("sentences", 20_000, 3, sentences, ["[a](", "](a", "\\[a ", "![", "<", "$a ", "a. ", "`", "[", "!"]),
        _reader("pieces of an answer", 60_000, 5, _pieces, [
            "x", "字", " ", "\n", "x ", "`", "```\n", "```\nx", "$$ ", "[", "| ", "|\n", "> ", "- ", "e.g. ", "[1]",
            "**", "a. b ", "\\",
        ]),
        _reader("a sentence of a model", 2_000, 2, _checked, ["word ", "[", "Name1 ", "x", "not "]),
        _reader("Markdown", 160_000, 60, _drawn, [
            "[", "![", "](", "*a ", "_a*", "**a", "`", "`a``", "<", "<a", "&", "\\", "\\(", "\\[", "$", "$a", "$$",
            "$$\n", "~~a", "[a](", "[a](<", '[a](b "', "[1]", "> ", ">", "- ", "1. ", "\n- ", "|", "|a|\n|-|\n", "| a ",
            "#", "# ", "```\n", "a\n", "*a **b ", "\u200b", "\t", "[a](https://arxiv.org/) ", "$x$ ", "<https://a.b> ",
            "a*b_", "\n\n", "  \n", "![a](", "[[]", "{{", "\\begin{a}", "$\\frac{", "*_", "**_~~",
        ]),
        Reader("code in colours", 19_640, 5, code),
        _reader("a lesson's page", 100_000, 1, _paged, [
            "## Part\n\nSome **words** about `code` and $x_{n}$ with a [link](a.md).\n\n- one\n- two\n\n"
            "| a | b |\n|---|---|\n| n | c |\n\n```python\nfor i in range(n):\n    print(i)\n```\n\n"
        ]),
        _reader("words of the index", 500_000, 2, Words("en").tokens, [
            "a", "a-", ".", "'", "_", "a_", "汉", "aB", ":", "-", "a'", "+",
        ]),
        _reader("tokens", 4_000_000, 2, TiktokenCounter().count, ["a", " ", "^", "\n", "7", "é", "🎉", "ab'"]),
        _reader("embedding", 5_000_000, 1, lambda text: _embedder().embed([text]), ["word "]),
    ]  # fmt: skip


def whole_answers(data_dir: Path) -> Reader:
    """Answers of the sample course that a model writes, from its first word to the last event."""
    from tests.grounding.test_hostile_model import ENDLESS, QUESTIONS, told

    embedder, index = open_course(data_dir, SAMPLE)
    sample = CourseTutor(index, embedder)

    def answered(text: str) -> object:
        return told(sample, ScriptedModel(cut(Random(1), text, 60)), QUESTIONS[0], "mark")

    return _reader("whole answers", 4_000, 20, answered, ENDLESS)


def linear_time_rows(data_dir: Path) -> Iterator[Row]:
    """Two rows for each reader: its worst growth and its longest time; and the time of a query over many words."""
    for reader in [*readers(), whole_answers(data_dir)]:
        found = []
        for read, pattern in reader.cases:
            short, long = (hostile_text(pattern, reader.characters // parts) for parts in (LONGER, 1))
            found.append((*measured(read, short, long), pattern))
        worst, longest = max(found), max(found, key=lambda each: each[1])
        what = f"hostile text, {reader.name}"
        yield Row(
            "",
            f"{what}: times the time for {LONGER} times as much",
            worst[0],
            ("≤", MAX_GROWTH),
            "×",
            _named(worst[2]),
        )
        yield Row("", f"{what}: longest", longest[1], ("≤", reader.most_seconds), "s", _named(longest[2]))
    yield Row("", "a query over the words of 5,000 texts", _query_ms(), ("≤", 2), "ms", f"n = {_QUERIES}")


def hostile_text(pattern: str, characters: int) -> str:
    """The pattern over and over."""
    return "x " + pattern * (characters // len(pattern))


def measured(read: Read, short: str, long: str, clock: Clock = process_time) -> tuple[float, float]:
    """How many times the time of the short text the long one takes, and its seconds."""
    took = seconds(read, long, clock)
    return took / max(_FLOOR_SECONDS, seconds(read, short, clock)), took


def seconds(read: Read, text: str, clock: Clock = process_time) -> float:
    """How long the text takes, at best of a few times."""
    took: list[float] = []
    # What else is in the memory takes the longer to go through the more is made here.
    gc.disable()
    try:
        while len(took) < _TIMES and sum(took) < _ENOUGH_SECONDS:
            began = clock()
            read(text)
            took.append(clock() - began)
    finally:
        gc.enable()
    return min(took)


def _reader(name: str, characters: int, most_seconds: float, read: Read, patterns: Sequence[str]) -> Reader:
    return Reader(name, characters, most_seconds, [(read, pattern) for pattern in patterns])


def _named(pattern: str) -> str:
    return repr(pattern if len(pattern) < 20 else pattern[:20] + "…")


def _pieces(text: str) -> list[Segment]:
    reader, found = Segmenter(), []
    for start in range(0, len(text), 500):
        found += reader.feed(text[start : start + 500])
    return found + reader.end()


def _drawn(text: str) -> object:
    return answer_nodes(text, frozenset((1, 2)), Links.of([], ("arxiv.org",)))


def _paged(text: str) -> object:
    lesson = Lesson("a.md", "A", text)
    return lesson_html(lesson, lesson_nodes(lesson), "c", reader_messages("en"))


def _checked(text: str) -> object:
    return _evidence().check(Segment("", text, "sentence"))


@cache
def _embedder() -> OnnxEmbedder:
    return OnnxEmbedder(workers=1)


@cache
def _evidence() -> Evidence:
    lesson = Lesson(
        "a.md", "Caches", "# Caches\n\nA cache keeps copies of answers close to those who ask. It is full.\n"
    )
    units = units_of([(lesson, 0, len(lesson.text))], _embedder())
    return Evidence(units, [""], "", Claims("en"), lambda token: 2.0, _embedder())


def _query_ms() -> float:
    chance = np.random.default_rng(0)
    texts = [" ".join(f"word{number}" for number in chance.zipf(1.3, 120) % 20_000) for _ in range(5_000)]
    index = Bm25sIndex(texts)
    query = " ".join(f"word{number}" for number in (1, 2, 3, 5, 8, 13, 21, 34))
    began = process_time()
    for _ in range(_QUERIES):
        index.scores(query)
    return (process_time() - began) / _QUERIES * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path, help="where the sample course was ingested")
    for row in linear_time_rows(parser.parse_args().data_dir):
        print("  ".join(cell for cell in row.cells() if cell))


if __name__ == "__main__":
    main()
