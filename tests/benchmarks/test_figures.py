"""What benchmarks count, without the servers that they measure."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from time import monotonic

import pytest

from benchmarks.answerability import Passages
from benchmarks.bench_courses import courses
from benchmarks.conversation import conversation_rows
from benchmarks.first_token import Stream, token_at
from benchmarks.model_answers import borne_out
from benchmarks.overload import Overload
from benchmarks.percentiles import percentile
from benchmarks.streams import Load, StreamReader
from benchmarks.stress import rows_of
from tests.support.hash_embedder import HashEmbedder

PIECES = ("Bits", " are", " small.", " Bytes", " are", " larger.")
PROMPT = """The lessons' passages stand between <lessons ab> and </lessons ab>.

<lessons ab>
[1] Frames
A frame carries one packet over one link of it. Short one.

[2] TCP
- An item is no sentence that a model would say as it is.

TCP numbers every byte that it sends to its peer. The window says how many bytes may be in flight.
</lessons ab>

The student asks: What is TCP?"""


@pytest.mark.parametrize(("share", "value"), [(0.5, 2.0), (0.99, 4.0), (0.0, 1.0), (0.25, 1.0), (0.26, 2.0)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: float) -> None:
    assert percentile([3.0, 1.0, 4.0, 2.0], share) == value


def test_of_nothing_there_is_no_percentile() -> None:
    assert percentile([], 0.5) is None


def test_a_sentence_is_complete_with_its_last_token_and_certain_with_the_next() -> None:
    stream = Stream(PIECES, (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), 7.0)
    assert stream.sentence_complete == 3.0
    assert stream.sentence_certain == 4.0
    alone = Stream(PIECES[:3], (1.0, 2.0, 3.0), 3.5)
    assert (alone.sentence_complete, alone.sentence_certain) == (3.0, 3.5)


def test_a_token_holds_the_character_that_ends_in_it() -> None:
    assert [token_at(PIECES, length) for length in (1, 4, 5, 8, 9, 400)] == [0, 0, 1, 1, 2, 5]


def test_the_loopback_says_sentences_of_its_prompt_with_their_numbers() -> None:
    messages = [{"role": "system", "content": "Be short."}, {"role": "user", "content": PROMPT}]
    said = borne_out(messages, 2)
    assert said == (
        "A frame carries one packet over one link of it [1]. TCP numbers every byte that it sends to its peer [2]."
    )
    assert borne_out(messages, 9).count("[2]") == 2
    assert borne_out([{"role": "user", "content": "no lessons"}], 2) == "There is nothing to answer from."


def test_answers_count_after_the_queue_has_filled() -> None:
    found = Overload(120.0)
    found.ends.update({"answered": 220, "refused": 10})
    assert found.filling_seconds == 10.0
    assert found.answers_per_second == 2.0
    assert Overload(8.0).filling_seconds == 2.0


class Wire(asyncio.Transport):
    """A connection that forgets what is written and remembers that it was closed."""

    is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_every_event_is_counted_once_however_the_stream_is_cut(size: int) -> None:
    def event(number: int, seconds_ago: float) -> bytes:
        time = f"{monotonic() - seconds_ago:.6f}"
        nodes = f'[{{"type":"paragraph","children":[{{"type":"text","text":"{time} a"}}]}}]'
        return f'id: {number}\nevent: delta\ndata: {{"text":"{time} a","nodes":{nodes}}}\n\n'.encode()

    async def read() -> tuple[Load, Wire]:
        load, wire = Load(1), Wire()
        reader = StreamReader(load, "/", 3)
        reader.connection_made(wire)
        sent = b"".join(event(number, 10.0) for number in range(3))
        sent += b'id: 9\nevent: done\ndata: {"text":"1.000000 a"}\n\n'
        for at in range(0, len(sent), size):
            if not wire.is_closed:
                reader.data_received(sent[at : at + size])
        return load, wire

    load, wire = asyncio.run(read())
    assert wire.is_closed
    assert load.complete == 1
    assert len(load.lags) == 3
    assert all(10_000 <= lag < 12_000 for lag in load.lags)
    assert not load.is_good


def test_words_of_asking_are_not_missed_in_a_passage_and_others_are() -> None:
    passages = Passages({"one": "TCP delivers bytes in order.", "two": "Clouds are white."}, HashEmbedder())
    share = [
        passages.row(message, ["one", "two"])[2]
        for message in ("Could you please tell me what TCP delivers?", "TCP delivers zebras", "What?")
    ]
    assert share[0] == share[2] == 1
    assert 0 < share[1] < 1


def test_a_set_that_is_not_there_is_skipped_and_said_so(tmp_path: Path) -> None:
    said: list[str] = []
    assert not list(conversation_rows(tmp_path, tmp_path, list(courses(None, tmp_path)), said.append))
    assert not list(conversation_rows(None, tmp_path, list(courses(None, tmp_path)), said.append))
    assert len(said) == 10
    assert all("skipped" in words for words in said)


def test_each_stress_test_is_a_row_that_says_whether_it_failed() -> None:
    report = ElementTree.fromstring(
        '<testsuites><testsuite><testcase classname="tests.a" name="test_one" time="3.2"/>'
        '<testcase classname="tests.a" name="test_two" time="1"><failure/></testcase>'
        '<testcase classname="tests.a" name="test_three" time="0"><skipped/></testcase></testsuite></testsuites>'
    )
    rows = list(rows_of(report))
    assert [row.reached for row in rows] == [True, False, None]
    assert rows[0].what == "a: test one"
