"""What the tutor adds to a model's answer: `python -m benchmarks.first_token DATA_DIR [--questions 100]`.

The tutor is served in a process of its own; the model is a loopback server that says 50 tokens a second, sentences of
the passages that it was shown, cut as models cut them (a marker is three or four tokens). Each question goes to the
tutor and then, with the prompt that the tutor sent, to the model itself, in one run by one client. A sentence is
complete when its last token has come: what the tutor waits beyond, to be sure that it has ended, is the tutor's.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import httpx

from benchmarks.bench_courses import ROOT, SAMPLE
from benchmarks.model_answers import borne_out
from benchmarks.percentiles import percentile
from benchmarks.rows import Row
from benchmarks.serving import tutor_process
from tests.support.courses import open_course
from tests.support.loopback_chat import LoopbackChat
from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.grounding.grounder import Grounder
from tutor.grounding.markers import MARKER
from tutor.grounding.segments import Segmenter
from tutor.quality.questions import read_questions
from tutor.retrieval.retriever import Retriever

QUESTIONS = 100
LONG = 5
_TOKENS_PER_SECOND = 50
_SHORT_SENTENCES, _LONG_SENTENCES = 2, 24
_WARMING = 3
_PATH = f"/api/v1/courses/{SAMPLE}/turns"
_PASSAGES = 6


@dataclass(frozen=True, slots=True)
class Stream:
    """The pieces of an answer and when each came, and when it had ended, in seconds after the question.

    `finding_ms` is what the tutor took to find passages and to weigh whether they answer.
    """

    pieces: tuple[str, ...]
    times: tuple[float, ...]
    ended: float
    finding_ms: float = 0.0

    @property
    def sentence_complete(self) -> float:
        """When the last token of its first sentence had come."""
        said = "".join(self.pieces)
        reader = Segmenter()
        first = next(iter([*reader.feed(said), *reader.end()]))
        return self.times[token_at(self.pieces, len(first.lead + first.text.rstrip()))]

    @property
    def sentence_certain(self) -> float:
        """When it was certain that the first sentence had ended."""
        reader = Segmenter()
        found = (time for piece, time in zip(self.pieces, self.times, strict=True) if reader.feed(piece))
        return next(found, self.ended)


def token_at(pieces: tuple[str, ...], length: int) -> int:
    """The place of the piece with which the first `length` characters are there."""
    for place, piece in enumerate(pieces):
        length -= len(piece)
        if length <= 0:
            return place
    return len(pieces) - 1


def tokens_of(text: str) -> list[str]:
    """A text cut as models send it; a character that takes several tokens comes with its last one."""
    encoding = TiktokenCounter().warm()
    pieces, bytes_ = [], b""
    for token in encoding.encode(text, disallowed_special=()):
        bytes_ += encoding.decode_single_token_bytes(token)
        with suppress(UnicodeDecodeError):
            pieces.append(bytes_.decode())
            bytes_ = b""
    return pieces


def first_token_rows(data_dir: Path, questions: int = QUESTIONS, long: int = LONG) -> Iterator[Row]:
    """What is added before the first token, tokens a second against direct, and what checking a sentence takes."""
    golden = read_questions(ROOT / "corpus" / "questions.jsonl")
    asked = [item.question for item in golden if item.answerable and not item.history]
    # Some are refused without asking the model.
    asked = [asked[number % len(asked)] for number in range(2 * (questions + _WARMING))]
    with LoopbackChat() as chat:
        variables = {
            "OPENAI_BASE_URL": chat.base_url,
            "TUTOR_ANSWERER": "generative",
            "TUTOR_REPEAT_ANSWERS": "off",
            "TUTOR_ANSWER_TOKENS": "2000",
        }
        chat.delay_seconds = 1 / _TOKENS_PER_SECOND
        with tutor_process(data_dir, **variables) as server, httpx.Client(timeout=120) as client:
            chat.answers = lambda messages: tokens_of(borne_out(messages, _SHORT_SENTENCES))
            pairs = list(islice(_pairs(client, server.url, chat, asked), questions + _WARMING))[_WARMING:]
            chat.answers = lambda messages: tokens_of(borne_out(messages, _LONG_SENTENCES))
            longer = list(islice(_pairs(client, server.url, chat, asked), long))
    yield from _added(pairs)
    yield _speed(longer)
    yield from _checking(data_dir, asked)


def _pairs(client: httpx.Client, url: str, chat: LoopbackChat, asked: list[str]) -> Iterator[tuple[Stream, Stream]]:
    """Each question through the tutor and directly; those that no model was asked about are left out."""
    for question in asked:
        before = len(chat.asked)
        tutor = _through_tutor(client, url, question)
        if len(chat.asked) == before + 1 and tutor.pieces:
            yield tutor, _direct(client, chat.base_url, chat.asked[-1])


def _through_tutor(client: httpx.Client, url: str, question: str) -> Stream:
    pieces, times, kind, finding_ms = [], [], "", 0.0
    began = perf_counter()
    with client.stream("POST", f"{url}{_PATH}", json={"question": question, "stream": True}) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            now = perf_counter() - began
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: ") and kind == "delta":
                pieces.append(json.loads(line.removeprefix("data: "))["text"])
                times.append(now)
            elif line.startswith("data: ") and kind == "done":
                timings = json.loads(line.removeprefix("data: "))["turn"]["timings_ms"]
                finding_ms = timings["retrieve"] + timings["cover"]
    return Stream(tuple(pieces), tuple(times), perf_counter() - began, finding_ms)


def _direct(client: httpx.Client, base_url: str, asked: dict[str, Any]) -> Stream:
    pieces, times = [], []
    began = perf_counter()
    with client.stream("POST", f"{base_url}/chat/completions", json=asked) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            now = perf_counter() - began
            if line.startswith("data: {"):
                choices = json.loads(line.removeprefix("data: "))["choices"]
                if choices and choices[0]["delta"].get("content"):
                    pieces.append(choices[0]["delta"]["content"])
                    times.append(now)
    return Stream(tuple(pieces), tuple(times), perf_counter() - began)


def _added(pairs: list[tuple[Stream, Stream]]) -> Iterator[Row]:
    added = [(tutor.times[0] - direct.sentence_complete) * 1000 for tutor, direct in pairs]
    whole = [(tutor.times[0] - direct.times[0]) * 1000 for tutor, direct in pairs]
    complete = [(direct.sentence_complete - direct.times[0]) * 1000 for _, direct in pairs]
    certain = [(direct.sentence_certain - direct.sentence_complete) * 1000 for _, direct in pairs]
    what, many = "before the first token", f"n = {len(pairs)}"
    p95 = percentile(added, 0.95) or 0.0
    note = f"{many}, p95 {p95:.0f} ms, without the first sentence's completion"
    yield Row(SAMPLE, f"added {what}, p50", _median(added), ("≤", 40), "ms", note)
    finding = [tutor.finding_ms for tutor, _ in pairs]
    note = "of it, finding passages and weighing whether they answer"
    yield Row(SAMPLE, f"added {what}, p50", _median(finding), unit="ms", note=note)
    note = "of it, until it is certain that the sentence has ended: one token more"
    yield Row(SAMPLE, f"added {what}, p50", _median(certain), unit="ms", note=note)
    note = f"{_TOKENS_PER_SECOND} tokens/s"
    yield Row(
        SAMPLE, "completion of the first sentence after the first token, p50", _median(complete), None, "ms", note
    )
    yield Row(SAMPLE, f"added {what} with the first sentence's completion, p50", _median(whole), unit="ms", note=many)


def _speed(pairs: list[tuple[Stream, Stream]]) -> Row:
    """Tokens of the model's own words that reach the reader, over the time until the end."""
    # Words that the tutor added, as a quote in the place of a sentence, are not the model's speed.
    kept = [min(1.0, _tokens(tutor) / _tokens(direct)) for tutor, direct in pairs]
    ratios = [share * direct.ended / tutor.ended for share, (tutor, direct) in zip(kept, pairs, strict=True)]
    limit = max((_tokens(direct) for _, direct in pairs), default=0)
    note = f"median of {len(ratios)} answers of up to {limit} tokens, question to end"
    return Row(SAMPLE, "tokens/s through the tutor against direct", _median(ratios), ("≥", 0.97), note=note)


def _tokens(stream: Stream) -> int:
    """How many tokens there are, markers of citations aside, and the space that one leaves before a full stop."""
    return len(tokens_of(MARKER.sub("", "".join(stream.pieces)).replace(" .", ".").strip()))


def _checking(data_dir: Path, asked: list[str]) -> Iterator[Row]:
    """What it takes to check one sentence, and to make a turn's passages ready for that."""
    embedder, index = open_course(data_dir, SAMPLE)
    retriever, grounder = Retriever(index, embedder), Grounder(index, embedder)
    sentences, evidences = [], []
    for question in asked[: _WARMING + 30]:
        passages = retriever.retrieve(question, _PASSAGES).passages
        began = perf_counter()
        evidence = grounder.evidence(passages, question)
        evidences.append((perf_counter() - began) * 1000)
        reader = Segmenter()
        for segment in [*reader.feed(passages[-1].text), *reader.end()]:
            if segment.kind == "sentence":
                began = perf_counter()
                evidence.check(segment)
                sentences.append((perf_counter() - began) * 1000)
    note = f"p95 {percentile(sentences, 0.95) or 0:.1f} ms, n = {len(sentences)}"
    yield Row(SAMPLE, "checking a sentence, p50", _median(sentences), unit="ms", note=note)
    note = "beside the wait for the model's first token"
    yield Row(SAMPLE, "making a turn's passages ready for checking, p50", _median(evidences), unit="ms", note=note)


def _median(values: list[float]) -> float | None:
    return median(values) if values else None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path, help="where the sample course was ingested")
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--long", type=int, default=LONG)
    given = parser.parse_args()
    for row in first_token_rows(given.data_dir, given.questions, given.long):
        print("  ".join(cell for cell in row.cells() if cell))


if __name__ == "__main__":
    main()
