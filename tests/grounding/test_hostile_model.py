"""A model that means harm: whatever it writes, nothing that the tutor promises is broken.

`COURSE_TUTOR_STRESS_N=1000 pytest -m stress tests/grounding/test_hostile_model.py` checks five times as many; a failure
names its seed.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import pytest

from tests.support.answers import check_written
from tests.support.free_spending import FreeSpending
from tests.support.hostile_model import FOREIGN, Hostile, cut
from tests.support.loopback_chat import ChatFault, LoopbackChat
from tests.support.scripted_model import ScriptedModel
from tests.support.waiting import no_hang
from tutor.adapters.openai.model import OpenAIModel
from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.answering.verbatim import longest_run
from tutor.hosts import allows_host
from tutor.llm.model import LanguageModel
from tutor.llm.writing import Writing
from tutor.models import Support, Turn, TurnState
from tutor.pipeline.course_tutor import CourseTutor, Question
from tutor.rendering.incremental import answer_nodes
from tutor.rendering.links import Links
from tutor.rendering.nodes import is_node
from tutor.text.invisible import visible
from tutor.text.messages import messages
from tutor.text.plain import plain
from tutor.text.sentences import sentences
from tutor.turns.events import Event, EventKind
from tutor.turns.turn_json import turn_from_json

OUTPUTS = 60
# Outputs of long runs by which a promise was broken.
BROKEN_ONCE = (1431, 2202, 3555, 3945, 4806)
LONGEST_BLOCK = 32_768
STRESSED = 5 * int(os.environ.get("COURSE_TUTOR_STRESS_N", "0"))
QUESTIONS = (
    "What is hybrid search?",
    "What is a prefix cache and what does it save?",
    "How does a token bucket limit requests?",
    "How are answers of a model evaluated?",
)
_ALLOWED_TOKENS = 10**7
# Brackets of any kind around nothing but numbers, and the names that models give to passages.
_LIKE_A_MARKER = re.compile(
    r"[\[［【〔〖⟦⁅]\W*(?:(?:source|passage|lesson)s?\W*)?(?:\d|[¹²³⁰-⁹₀-₉①-⓿])[\W\d¹²³⁰-⁹₀-₉①-⓿]*[\]］】〕〗⟧⁆]"
    r"|【|†|\((?:source|passage)s? \d+\)",
    re.IGNORECASE,
)
_SEEN: dict[str, Callable[[dict[str, Any]], str]] = {
    "text": lambda node: str(node["text"]), "citation": lambda node: "\0", "inline_code": lambda node: "\0",
}  # fmt: skip


@pytest.fixture(scope="module")
def hostile(sample: CourseTutor) -> Hostile:
    true = [
        " ".join(plain(lesson.text[found.start : found.end]).split())
        for lesson in sample.index.lessons
        for found in sentences(lesson.text)
    ]
    assert all(longest_run(lesson.text, " ".join(FOREIGN)) == 0 for lesson in sample.index.lessons)
    return Hostile([said for said in true if 8 <= len(said.split()) <= 30])


def told(sample: CourseTutor, model: LanguageModel, question: str, unsupported: str = "replace") -> list[Event]:
    """Everything that happens in a turn of the sample course that `model` answers."""
    return asyncio.run(told_by(sample, model, question, unsupported))


async def told_by(
    sample: CourseTutor, model: LanguageModel, question: str, unsupported: Any = "replace"
) -> list[Event]:
    """As `told`, in an event loop."""
    allowed = _ALLOWED_TOKENS
    writing = Writing(model, TiktokenCounter(), FreeSpending(), allowed + 8192, allowed, unsupported=unsupported)
    tutor = CourseTutor(sample.index, sample._retriever.embedder, writing)
    return [event async for event in tutor.events(tutor.accepted(Question(question)))]


def check(sample: CourseTutor, events: Sequence[Event]) -> Turn:
    """Every promise about an answer; gives the turn."""
    turn = turn_from_json(events[-1].data["turn"])
    assert [event.is_end for event in events] == [False] * (len(events) - 1) + [True]
    assert turn.state is TurnState.DONE
    assert turn.answer.strip()
    check_written(sample.index, turn)
    deltas = [event.data for event in events if event.kind is EventKind.DELTA]
    assert "".join(delta["text"] for delta in deltas) == turn.answer
    nodes: list[dict[str, Any]] = []
    for delta in deltas:
        assert delta["at"] <= len(nodes)
        nodes[delta["at"] :] = delta["nodes"]
        assert all(is_node(node) for node in delta["nodes"])
    info = sample.index.build.info
    links = Links.of(sample.index.lessons, info.allowed_hosts)
    assert nodes == answer_nodes(turn.answer, {citation.number for citation in turn.citations}, links)
    check_seen(sample, turn, nodes)
    check_unsaid(turn)
    return turn


def check_seen(sample: CourseTutor, turn: Turn, nodes: list[dict[str, Any]]) -> None:
    """Nothing that is drawn misleads: no address, no marker of the model's, nothing that is there and not seen."""
    assert visible(turn.answer) == turn.answer
    numbers = {citation.number for citation in turn.citations}
    hosts = sample.index.build.info.allowed_hosts
    for node in within(nodes):
        assert all(visible(value) == value for value in node.values() if isinstance(value, str))
        if node["type"] == "citation":
            assert node["number"] in numbers
        elif node["type"] == "link" and "href" in node:
            assert allows_host(hosts, node["href"].split("/")[2])
        elif node["type"] == "link":
            assert node["lesson"] in sample.index.position
        elif node["type"] == "math":
            assert not re.fullmatch(r"[\W\d]*\[[\W\d]*\d[\W\d]*\][\W\d]*", node["tex"])
        assert node["type"] != "image"
    drawn = [node["number"] for node in within(nodes) if node["type"] == "citation"]
    assert list(dict.fromkeys(drawn)) == list(range(1, len(numbers) + 1)), "a marker is not drawn where it belongs"
    seen = "\n".join(runs(nodes))
    assert not _LIKE_A_MARKER.findall(seen)
    marked = sum(sentence.support is Support.UNSUPPORTED for sentence in turn.sentences)
    # A paragraph that is longer than any is cut in two, and may be in the middle of such a note.
    assert len(turn.answer) > LONGEST_BLOCK or seen.count(f"({messages('en')['unsupported']})") == marked


def check_unsaid(turn: Turn) -> None:
    """What no lesson of the course says is not said, or not without a word that it is not supported."""
    for sentence in turn.sentences:
        said = turn.answer[sentence.start : sentence.end]
        if sentence.support is not Support.UNSUPPORTED:
            assert longest_run(said, " ".join(FOREIGN)) == 0, said


def within(value: Any) -> Iterator[dict[str, Any]]:
    """All nodes below a value."""
    if isinstance(value, dict):
        yield value
        value = [item for name, item in value.items() if name != "mathml"]
    if isinstance(value, list):
        for item in value:
            yield from within(item) if isinstance(item, (dict, list)) else ()


def runs(nodes: list[dict[str, Any]]) -> Iterator[str]:
    """The running words as a reader sees them, code and citations left out."""
    for node in within(nodes):
        lists = [node.get("children", [])] if node["type"] in ("paragraph", "heading") else []
        if node["type"] == "table":
            lists = [*node["head"], *(cell for row in node["rows"] for cell in row)]
        for inlines in lists:
            yield "".join(_SEEN[item["type"]](item) for item in within(inlines) if item["type"] in _SEEN)


def check_outputs(sample: CourseTutor, hostile: Hostile, seeds: Sequence[int]) -> None:
    broken: list[str] = []
    families: set[str] = set()
    for seed in seeds:
        output = hostile.output(seed)
        families.update(output.families)
        model = ScriptedModel(output.pieces)
        question = QUESTIONS[seed % len(QUESTIONS)]
        try:
            check(sample, told(sample, model, question, "mark" if seed % 3 == 0 else "replace"))
        except Exception as error:
            broken.append(f"seed {seed}: {type(error).__name__}: {str(error)[:300]}\n{output.text[:500]!r}")
        assert model.running == 0
    assert not broken, f"{len(broken)} of {len(seeds)} broken\n" + "\n\n".join(broken[:20])
    assert families == set(hostile.families)


def test_whatever_a_model_writes_no_promise_is_broken(sample: CourseTutor, hostile: Hostile) -> None:
    check_outputs(sample, hostile, [*range(OUTPUTS), *BROKEN_ONCE])


@pytest.mark.slow
@pytest.mark.stress
@pytest.mark.skipif(not STRESSED, reason="only `make stress` takes the time")
def test_in_thousands_of_answers_no_promise_is_broken(sample: CourseTutor, hostile: Hostile) -> None:
    check_outputs(sample, hostile, range(OUTPUTS, OUTPUTS + STRESSED))


@pytest.mark.parametrize("fault", [ChatFault.ONE_BYTE, ChatFault.SPLIT_UTF8])
def test_cut_at_any_byte_an_answer_is_the_same(sample: CourseTutor, hostile: Hostile, fault: ChatFault) -> None:
    async def answered(base_url: str, question: str) -> list[Event]:
        model = OpenAIModel(base_url, None, None)
        try:
            return await told_by(sample, model, question)
        finally:
            await model.close()

    with LoopbackChat() as chat:
        for seed in range(1_000_000, 1_000_003):
            text = hostile.output(seed).text[:2_000].encode(errors="replace").decode()
            chat.say([text])
            answers = []
            for chat.always in (None, fault):
                answers.append(check(sample, asyncio.run(answered(chat.base_url, QUESTIONS[0]))).answer)
            assert answers[0] == answers[1], seed


ENDLESS = (
    "word ", "[1] ", "- a\n", "> ", "> > x\n\n", "**", "`", "$$ ", "| a ", "| a |\n|---|\n", "[", "&#91;", "\u200b",
    "```\n", "x. X ", "(source 1) ", "<a>", "\n", "\\[", "_a", "![](", "1. ",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("pattern", ENDLESS)
def test_a_model_that_repeats_itself_breaks_no_promise(sample: CourseTutor, pattern: str) -> None:
    model = ScriptedModel(cut(Random(1), pattern * (4_000 // len(pattern)), 60))
    with no_hang(f"an answer of nothing but {pattern!r}"):
        check(sample, told(sample, model, QUESTIONS[0], "mark"))


@pytest.mark.slow
def test_one_line_of_a_hundred_thousand_characters_breaks_no_promise(sample: CourseTutor, hostile: Hostile) -> None:
    for pattern in ("wren", "[1]", "the wren [1], "):
        model = ScriptedModel(cut(Random(1), pattern * (100_000 // len(pattern)), 500))
        check(sample, told(sample, model, QUESTIONS[0]))


@pytest.mark.slow
@pytest.mark.stress
@pytest.mark.skipif(not STRESSED, reason="only `make stress` takes the time")
def test_ten_megabytes_break_no_promise(sample: CourseTutor, hostile: Hostile) -> None:
    chance, written = Random(1), ""
    while len(written) < 10_000_000:
        written += hostile.output(chance.randrange(10**9)).text + "\n\n" + "wrens and owls " * 7_000 + "\n\n"
    check(sample, told(sample, ScriptedModel(cut(chance, written, 5_000)), QUESTIONS[0]))
