"""Fits `tutor/data/answerability.json`: `python -m tests.benchmarks.fit_answerability FOLDER`.

FOLDER holds `qa.jsonl` and `corpus.jsonl`: conversations whose turns name the passages that were shown. Only about one
turn in fifteen is unanswerable, so each answerable one is also given the passages of another turn of its conversation,
as a further example that is on the topic; those are learnt from and never counted. Cross-validated by conversation,
with the point of refusal chosen within the training folds.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.fit import Array, auroc, fit_logistic, write
from tutor.adapters.onnx_embedder import OnnxEmbedder
from tutor.answerability import FEATURES, Shown, features
from tutor.protocols import Embedder
from tutor.words import Words

FOLDS = 6
ROUNDS = 5
L2 = 0.01
_BATCH = 64


@dataclass(frozen=True)
class Case:
    """One message over some passages; `counted` when its answerability was judged by a person."""

    conversation: str
    row: Array
    answerable: bool
    counted: bool


class Passages:
    """The passages of a corpus, embedded as far as the embedder reads them, and their words."""

    def __init__(self, corpus: Mapping[str, str], embedder: Embedder) -> None:
        self._words = Words("en")
        self._embedder = embedder
        self._place = {name: place for place, name in enumerate(corpus)}
        self._vectors = embedded(list(corpus.values()), embedder)
        self._tokens = [frozenset(self._words.tokens(text)) for text in corpus.values()]
        holders: dict[str, int] = {}
        for tokens in self._tokens:
            for token in tokens:
                holders[token] = holders.get(token, 0) + 1
        self._holders = holders

    def idf(self, token: str) -> float:
        """Lucene's IDF over all passages, as a course's lexicon counts it over its chunks."""
        holders = self._holders.get(token, 0)
        return float(np.log1p((len(self._tokens) - holders + 0.5) / (holders + 0.5)))

    def row(self, message: str, names: Sequence[str]) -> Array:
        """The features of a message over the passages of those names."""
        places = [self._place[name] for name in names]
        shown = Shown(
            self._vectors[places], np.arange(len(places)), tuple(self._tokens[place] for place in places), self.idf
        )
        vector = self._embedder.embed([message])[0]
        return features(vector, self._words.tokens(message), shown).astype(float)


def embedded(texts: Sequence[str], embedder: Embedder) -> Any:
    """One vector per text."""
    return np.concatenate([embedder.embed(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)])


def cases(folder: Path, embedder: Embedder) -> list[Case]:
    """The judged turns, and the answerable ones with the passages of another turn of their conversation."""
    turns = [json.loads(line) for line in (folder / "qa.jsonl").read_text("utf-8").splitlines()]
    stored = [json.loads(line) for line in (folder / "corpus.jsonl").read_text("utf-8").splitlines()]
    passages = Passages({passage["id"]: passage["text"] for passage in stored}, embedder)
    rng = random.Random(1)
    found = []
    for turn in turns:
        conversation = turn["id"].split("<")[0]
        row = passages.row(turn["question"], turn["context_ids"])
        found.append(Case(conversation, row, turn["answerable"], True))
        others = [
            other["context_ids"]
            for other in turns
            if other["id"].startswith(conversation) and not set(other["context_ids"]) & set(turn["context_ids"])
        ]
        if turn["answerable"] and others:
            found.append(Case(conversation, passages.row(turn["question"], rng.choice(others)), False, False))
    return found


def fitted(chosen: Sequence[Case]) -> Callable[[Sequence[Case]], Array]:
    """A function that gives the logits of cases, fitted to `chosen`."""
    weights, bias = fit_cases(chosen)
    return lambda these: np.array([case.row for case in these]) @ weights + bias


def fit_cases(chosen: Sequence[Case]) -> tuple[Array, float]:
    """Weights and bias; answerable and unanswerable cases weigh alike in all."""
    right = np.array([case.answerable for case in chosen], float)
    balance = np.where(right > 0.5, 0.5 / right.mean(), 0.5 / (1 - right).mean())
    return fit_logistic(np.array([case.row for case in chosen]), right, balance, L2, steps=1000)


def f1(refused: Array, unanswerable: Array) -> tuple[float, float, float]:
    """F1, precision and recall of refusing the unanswerable."""
    hits = float((refused * unanswerable).sum())
    precision, recall = hits / max(1.0, float(refused.sum())), hits / max(1.0, float(unanswerable.sum()))
    return 2 * precision * recall / max(1e-9, precision + recall), precision, recall


def best_point(logits: Array, unanswerable: Array) -> float:
    """The logit below which refusing has the best F1."""
    points = np.quantile(logits, np.linspace(0.005, 0.3, 60))
    return float(max(points, key=lambda point: f1((logits < point).astype(float), unanswerable)[0]))


def cross_validated(found: Sequence[Case], seed: int) -> tuple[float, float, float, float]:
    """F1, precision, recall and AUROC over the judged turns, each scored by a fit without its conversation."""
    names = sorted({case.conversation for case in found})
    random.Random(seed).shuffle(names)
    fold = {name: place % FOLDS for place, name in enumerate(names)}

    def scored(learnt: set[int], tested: set[int]) -> tuple[Array, Array]:
        logits = fitted([case for case in found if fold[case.conversation] in learnt])
        these = [case for case in found if case.counted and fold[case.conversation] in tested]
        return logits(these), np.array([not case.answerable for case in these], float)

    every = set(range(FOLDS))
    parts = []
    for held in every:
        inner = [scored(every - {held, other}, {other}) for other in every - {held}]
        point = best_point(np.concatenate([each[0] for each in inner]), np.concatenate([each[1] for each in inner]))
        logits, unanswerable = scored(every - {held}, {held})
        parts.append((logits < point, logits, unanswerable))
    refused, logits, unanswerable = (np.concatenate([part[place] for part in parts]) for place in range(3))
    return (*f1(refused.astype(float), unanswerable), auroc(-logits, unanswerable))


def main(arguments: Sequence[str]) -> None:
    """Print the cross-validated figures; fit all and write the model."""
    found = cases(Path(arguments[0]), OnnxEmbedder())
    judged = [case for case in found if case.counted]
    unanswerable = np.array([not case.answerable for case in judged], float)
    print(
        f"{len(judged)} turns, {int(unanswerable.sum())} unanswerable, {len(found) - len(judged)} added to learn from"
    )
    rounds = np.array([cross_validated(found, seed) for seed in range(ROUNDS)])
    for name, mean, spread in zip(("F1", "precision", "recall", "AUROC"), rounds.mean(0), rounds.std(0), strict=True):
        print(f"cross-validated {name} {mean:.3f} (± {spread:.3f} between {ROUNDS} divisions)")
    weights, bias = fit_cases(found)
    point = best_point(fitted(found)(judged), unanswerable)
    write("answerability", FEATURES, weights, bias, refuse=round(float(1 / (1 + np.exp(-point))), 4))


if __name__ == "__main__":
    main(sys.argv[1:])
