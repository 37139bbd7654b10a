"""How well follow-ups are found, against a person's rewrite: `python -m benchmarks.followups DATA_DIR CACHE_DIR`.

DATA_DIR is a folder with `corpus.jsonl`, `queries.jsonl` and `qrels.tsv` as in `mtrag-clapnq`; vectors are kept in
CACHE_DIR. Each passage is a lesson. The ratios are of the same retrieval: a question's last turn with its history
over the rewrite without. Switches are first questions asked after another conversation: they must not suffer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.passages import PassageCourse, embedded, passage_index, read_passages
from tutor.adapters.onnx_embedder import OnnxEmbedder
from tutor.conversation.context import DialogueContext
from tutor.retrieval.retriever import Retrieved, Retriever

_K = 5


@dataclass(frozen=True, slots=True)
class FollowUpQuestion:
    """A last turn: as typed, as rewritten, what was said before it, and the ids of the passages that answer."""

    conversation: str
    text: str
    rewrite: str
    context: DialogueContext
    relevant: frozenset[str]


def read_asked(folder: Path) -> list[FollowUpQuestion]:
    """The turns of a data folder that have relevant passages."""
    relevant: dict[str, set[str]] = {}
    for line in (folder / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        question, passage, score = line.split("\t")
        if int(score) > 0:
            relevant.setdefault(question, set()).add(passage)
    rows: list[dict[str, Any]] = [json.loads(line) for line in (folder / "queries.jsonl").read_text().splitlines()]
    return [
        FollowUpQuestion(
            row["id"].split("<::>")[0],
            row["text"],
            row["rewrite"],
            DialogueContext.of((said["role"], said["text"]) for said in row["history"]),
            frozenset(relevant[row["id"]]),
        )
        for row in rows
        if row["id"] in relevant
    ]


def quality(found: Retrieved, relevant: frozenset[str]) -> tuple[float, float]:
    """Recall@5 and nDCG@5 of the passages found."""
    ids = list(dict.fromkeys(passage.lesson for passage in found.passages))[:_K]
    hits = [passage in relevant for passage in ids]
    gain = sum(hit / np.log2(place + 2) for place, hit in enumerate(hits))
    best = sum(1 / np.log2(place + 2) for place in range(min(_K, len(relevant))))
    return sum(hits) / len(relevant), float(gain / best)


def main(data: Path, cache: Path) -> None:
    """Print the figures."""
    embedder = OnnxEmbedder()
    course = PassageCourse.of(read_passages(data / "corpus.jsonl"), embedder)
    vectors = embedded(course.units.texts, embedder, cache / "vectors")
    retriever = Retriever(passage_index(course, vectors, embedder, cache / "words"), embedder)
    asked = read_asked(data)
    followups = [turn for turn in asked if turn.context.asked]
    first = [turn for turn in asked if not turn.context.asked]

    def row(name: str, of: Iterable[tuple[float, float]]) -> NDArray[np.float64]:
        found = np.array(list(of))
        print(f"{name:44} recall@5 {found[:, 0].mean():.3f}  nDCG@5 {found[:, 1].mean():.3f}  n = {len(found)}")
        return np.asarray(found.mean(axis=0), np.float64)

    def rated(
        turns: Sequence[FollowUpQuestion], *, rewritten: bool = False, context: bool = False
    ) -> list[tuple[float, float]]:
        return [
            quality(
                retriever.retrieve(
                    turn.rewrite if rewritten else turn.text, 2 * _K, context=turn.context if context else None
                ),
                turn.relevant,
            )
            for turn in turns
        ]

    row("follow-ups, message alone", rated(followups))
    for name, turns in (("follow-ups", followups), ("all turns", asked)):
        rewrite = row(f"{name}, person's rewrite", rated(turns, rewritten=True))
        mixed = row(f"{name}, message with history", rated(turns, context=True))
        print(f"{name}: ratio recall@5 {mixed[0] / rewrite[0]:.3f}, nDCG@5 {mixed[1] / rewrite[1]:.3f}")
    row("first questions", rated(first))
    others = [turn for turn in followups if len(turn.context.asked) >= 3]
    row(
        "first questions after another conversation",
        (
            quality(retriever.retrieve(turn.text, 2 * _K, context=other.context), turn.relevant)
            for place, turn in enumerate(first)
            for other in others[place :: max(1, len(others) // 3)][:3]
            if other.conversation != turn.conversation
        ),
    )
    for name, with_history in (("message alone", False), ("message with history", True)):
        fresh = Retriever(retriever.index, embedder)
        took = []
        for turn in followups[:100]:
            began = perf_counter()
            fresh.retrieve(turn.text, 2 * _K, context=turn.context if with_history else None)
            took.append((perf_counter() - began) * 1000)
        print(f"{name}: p50 {median(took):.1f} ms")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
