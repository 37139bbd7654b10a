"""How well unanswerable messages are told from answerable ones, over passages that are on the topic anyway.

`python -m benchmarks.answerability FOLDER`, where FOLDER holds `qa.jsonl` and `corpus.jsonl`: conversations whose
turns name the passages that were shown. Coverage judges a standalone question over a whole course; this judges the last
message alone over those few passages, for earlier turns bring in words that put any passage on the topic.

Only about one turn in fifteen is unanswerable, so each answerable one is also given the passages of another turn of its
conversation, as a further example that is on the topic; those are learnt from and never counted. Cross-validated by
conversation, with the point of refusal chosen within the training folds. No live turn uses it: it would refuse one in
four of the sample course's follow-ups that the course answers.
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

from training.fit import Array, auroc, fit_logistic
from tutor.adapters.onnx_embedder import OnnxEmbedder
from tutor.index.protocols import Embedder
from tutor.text.words import Words

FOLDS = 6
ROUNDS = 5
L2 = 0.01
_BATCH = 64

# Words of asking and of conversation, as they are stemmed: passages lack them whether or not they answer.
_ASKING = frozenset(
    Words("en").tokens(
        "what who whom whose when where why how which do does did can could would should will shall may might "
        "must have has had if not no there this that these those he she him her his them us about for with as "
        "from into than then so do but just only also any some all more most other another such very too tell "
        "say said know think want need like get go make please thanks thank ok okay yes yeah great good well "
        "really actually sure hi hello wow oh mean meant explain give list one ones thing things much many "
        "lot lots long often ever still now let see question questions sorry however though although between "
        "during while because up out over same different difference use used using work works way ways "
        "example examples s t re ve ll d m don isn doesn didn aren wasn"
    )
)


@dataclass(frozen=True)
class AnswerabilityCase:
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
        """What speaks for an answer in at least one of the passages of those names: shape (3,).

        The cosine of the best passage and the mean of all, and the share of the message's IDF mass in the passage that
        has most of it; a message without words that carry meaning lacks none.
        """
        places = [self._place[name] for name in names]
        cosines = self._vectors[places] @ self._embedder.embed([message])[0]
        weights = {token: self.idf(token) for token in self._words.tokens(message) if token not in _ASKING}
        mass = sum(weights.values())
        held = max(sum(weights[token] for token in weights.keys() & self._tokens[place]) for place in places)
        return np.array([cosines.max(), cosines.mean(), held / mass if mass else 1.0])


def embedded(texts: Sequence[str], embedder: Embedder) -> Any:
    """One vector per text."""
    return np.concatenate([embedder.embed(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)])


def cases(folder: Path, embedder: Embedder) -> list[AnswerabilityCase]:
    """The judged turns, and the answerable ones with the passages of another turn of their conversation."""
    turns = [json.loads(line) for line in (folder / "qa.jsonl").read_text("utf-8").splitlines()]
    stored = [json.loads(line) for line in (folder / "corpus.jsonl").read_text("utf-8").splitlines()]
    passages = Passages({passage["id"]: passage["text"] for passage in stored}, embedder)
    rng = random.Random(1)
    found = []
    for turn in turns:
        conversation = turn["id"].split("<")[0]
        row = passages.row(turn["question"], turn["context_ids"])
        found.append(AnswerabilityCase(conversation, row, turn["answerable"], True))
        others = [
            other["context_ids"]
            for other in turns
            if other["id"].startswith(conversation) and not set(other["context_ids"]) & set(turn["context_ids"])
        ]
        if turn["answerable"] and others:
            found.append(
                AnswerabilityCase(conversation, passages.row(turn["question"], rng.choice(others)), False, False)
            )
    return found


def fitted(chosen: Sequence[AnswerabilityCase]) -> Callable[[Sequence[AnswerabilityCase]], Array]:
    """A function that gives the logits of cases, fitted to `chosen`; both answers weigh alike in all."""
    right = np.array([case.answerable for case in chosen], float)
    balance = np.where(right > 0.5, 0.5 / right.mean(), 0.5 / (1 - right).mean())
    weights, bias = fit_logistic(np.array([case.row for case in chosen]), right, balance, L2)
    return lambda these: np.array([case.row for case in these]) @ weights + bias


def f1(refused: Array, unanswerable: Array) -> tuple[float, float, float]:
    """F1, precision and recall of refusing the unanswerable."""
    hits = float((refused * unanswerable).sum())
    precision, recall = hits / max(1.0, float(refused.sum())), hits / max(1.0, float(unanswerable.sum()))
    return 2 * precision * recall / max(1e-9, precision + recall), precision, recall


def best_point(logits: Array, unanswerable: Array) -> float:
    """The logit below which refusing has the best F1."""
    points = np.quantile(logits, np.linspace(0.005, 0.3, 60))
    return float(max(points, key=lambda point: f1((logits < point).astype(float), unanswerable)[0]))


def cross_validated(found: Sequence[AnswerabilityCase], seed: int) -> tuple[float, float, float, float]:
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
    """Print the cross-validated figures."""
    found = cases(Path(arguments[0]), OnnxEmbedder())
    judged = [case for case in found if case.counted]
    unanswerable = sum(not case.answerable for case in judged)
    print(f"{len(judged)} turns, {unanswerable} unanswerable, {len(found) - len(judged)} added to learn from")
    rounds = np.array([cross_validated(found, seed) for seed in range(ROUNDS)])
    for name, mean, spread in zip(("F1", "precision", "recall", "AUROC"), rounds.mean(0), rounds.std(0), strict=True):
        print(f"cross-validated {name} {mean:.3f} (± {spread:.3f} between {ROUNDS} divisions)")


if __name__ == "__main__":
    main(sys.argv[1:])
