"""Fits `tutor/fitted/grounding.json`.

`python -m training.fit_grounding QA.jsonl CORPUS.jsonl [DATA_DIR COURSE=QUESTIONS …]`

True sentences: those of reference answers against their own passages, and lessons' sentences in slightly other words.
False ones: the same against other passages of the field, and with a number, name, denial, opposite, order or clause
changed. The model is logistic; figures are cross-validated by conversation. The threshold lets through at most 3 % of
false sentences, every kind counting alike.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.support.courses import open_course
from training.fit import DATA, Array, auroc
from tutor.adapters.onnx_embedder import OnnxEmbedder
from tutor.grounding.claims import OPPOSITES, Claims
from tutor.grounding.evidence import FEATURES
from tutor.grounding.grounder import Evidence, Grounder, units_of
from tutor.grounding.segments import Segmenter
from tutor.index.protocols import Embedder
from tutor.models import Lesson, Support
from tutor.quality.questions import read_questions
from tutor.retrieval.retriever import Retriever
from tutor.text.plain import plain

MAX_FALSE_SHOWN = 0.03
MAX_FALSE_PARTLY = 0.25
# What a sentence is made of is learnt; that one word of it is wrong, rules must see.
LEARNT = ("true", "other", "spliced", "joined", "mixed")
SPEAKING_FOR = frozenset({"share", "share_passage", "share_all", "cosine", "pairs"})
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w-]+(?: [A-Z][\w-]+)*")
_AUXILIARY = re.compile(r"\b(is|are|was|were|can|will|should|may|has|have|does|did|must|could|would)\b(?! not)")


@dataclass(frozen=True)
class MarkedAnswer:
    """One sentence against one set of passages; `fold` keeps a conversation's sentences together."""

    kind: str
    true: bool
    fold: int
    features: Array
    against: tuple[str, ...]
    doubts: tuple[str, ...]
    text: str


def numbers_changed(text: str, rng: random.Random, others: Sequence[str], claims: Claims) -> str:
    """Another value for one of its numbers."""
    found = list(re.finditer(r"(?<![\w.])\d+(?![\w.]*\w)", text))
    if not found:
        return ""
    one = rng.choice(found)
    value = int(one[0])
    return text[: one.start()] + str(value + rng.choice([1, 2, 3, 7, 10, 20])) + text[one.end() :]


def name_swapped(text: str, rng: random.Random, others: Sequence[str], claims: Claims) -> str:
    """Another name of the same passages for one of its names."""
    found = list(_NAME.finditer(text))
    names: list[str] = sorted({name for other in others for name in _NAME.findall(other)} - {name[0] for name in found})
    if not found or not names:
        return ""
    one = rng.choice(found)
    return text[: one.start()] + rng.choice(names) + text[one.end() :]


def denied(text: str, rng: random.Random, others: Sequence[str], claims: Claims) -> str:
    """A denial added, or the one in it taken out."""
    if re.search(r"\b(not|never)\b|n't\b", text):
        return str(re.sub(r"(ca)?n't\b| (?:not|never)\b", lambda match: "can" if match[1] else "", text, count=1))
    found = list(_AUXILIARY.finditer(text))
    if not found:
        return ""
    return text[: found[0].end()] + " not" + text[found[0].end() :]


def opposite(text: str, rng: random.Random, others: Sequence[str], claims: Claims) -> str:
    """The opposite of one of its words."""
    other_of = {
        pair.split()[side]: pair.split()[1 - side] for pair in re.split(r"[|\n]", OPPOSITES.strip()) for side in (0, 1)
    }
    pairs = [(word, other_of[word]) for word in re.findall(r"[a-z]+", text) if word in other_of]
    if not pairs:
        return ""
    word, other = rng.choice(pairs)
    return re.sub(rf"\b{word}\b", other, text, count=1)


def turned(text: str, rng: random.Random, others: Sequence[str], claims: Claims) -> str:
    """Two of its names in each other's place, or what stands around "than", "before" or "to" """
    found = list(_NAME.finditer(text))
    if len(found) >= 2 and found[0][0] != found[-1][0]:
        one, two = found[0], found[-1]
        return text[: one.start()] + two[0] + text[one.end() : two.start()] + one[0] + text[two.end() :]
    match = re.search(r"(\w+ \w+) (than|before|after|instead of|rather than) (\w+ \w+)", text)
    return str(text.replace(match[0], f"{match[3]} {match[2]} {match[1]}")) if match else ""


def spliced(text: str, rng: random.Random, others: Sequence[str], claims: Claims) -> str:
    """A clause of another answer added to it."""
    words = rng.choice(others).split()
    clause = " ".join(words[len(words) // 2 :]).strip(" .")
    return text.rstrip(" .") + ", and " + clause + "." if len(clause.split()) >= 4 else ""


def joined(text: str, rng: random.Random, others: Sequence[str], claims: Claims) -> str:
    """The first half of it and the second half of another sentence of the same passages."""
    sentences = [s for other in others for s in re.split(r"(?<=[.!?])\s+", plain(other)) if 8 <= len(s.split()) <= 40]
    if len(text.split()) < 8 or not sentences:
        return ""
    words, rest = text.split(), rng.choice(sentences).split()
    if set(rest) <= set(words) or set(words) <= set(rest):
        return ""
    return " ".join(words[: len(words) // 2] + rest[len(rest) // 2 :])


def mixed(text: str, rng: random.Random, others: Sequence[str], claims: Claims) -> str:
    """A third of its longer words replaced by other words of the same passages, as the smallest models write."""
    words = text.split()
    pool = sorted({w.strip(".,;:") for other in others for w in plain(other).split() if len(w) > 4} - set(words))
    places = [place for place, word in enumerate(words) if len(word) > 4]
    if len(places) < 3 or not pool:
        return ""
    for place in rng.sample(places, max(2, len(places) // 3)):
        words[place] = rng.choice(pool)
    return " ".join(words)


CHANGES: dict[str, Callable[[str, random.Random, Sequence[str], Claims], str]] = {
    "number": numbers_changed, "name": name_swapped, "denied": denied, "opposite": opposite, "turned": turned,
    "spliced": spliced, "joined": joined, "mixed": mixed,
}  # fmt: skip


def said(answer: str, evidence: Evidence) -> Iterator[str]:
    """The sentences of an answer that claim something."""
    reader = Segmenter()
    for piece in [*reader.feed(answer), *reader.end()]:
        if piece.kind in ("sentence", "item") and evidence.check(piece).support is not Support.NOT_CHECKABLE:
            yield plain(piece.text)


def reworded(text: str, rng: random.Random) -> str:
    """A lesson's sentence as a model would tell it: fewer words, other small words, another order of its clauses."""
    for one, other in (
        (r"\byou(?:'ll| will) want to\b", "you should"), (r"\b(?:very|really|just|simply|actually|basically)\s", ""),
        (r"\bdon't\b", "do not"), (r"\bit's\b", "it is"), (r"\bYou can\b", "It is possible to"),
        (r"\bis called\b", "is known as"),
        (r"\ballows? you to\b", "lets you"), (r"\bFor example, ", ""), (r"\bHowever, ", ""),
        (r"\bWe\b", "You"), (r"\bwe\b", "you"),
        (r"\bbecause\b", "since"), (r"\bin order to\b", "to"), (r"\buse\b", "make use of"), (r"\s\([^()]*\)", ""),
    ):  # fmt: skip
        text = re.sub(one, other, text)
    clause = re.fullmatch(r"((?:If|When|Because|After|Before) [^,]+), ([^,]+)\.", text)
    if clause:
        text = f"{clause[2][0].upper()}{clause[2][1:]} {clause[1][0].lower()}{clause[1][1:]}."
    words = text.split()
    if len(words) > 14 and rng.random() < 0.5:
        text = " ".join(words[: -rng.randint(2, 4)]).rstrip(",;") + "."
    return text


def rows_of(kind: str, true: bool, fold: int, texts: Sequence[str], evidence: Evidence) -> Iterator[MarkedAnswer]:
    """One row for each text that can be weighed."""
    for text in texts:
        weighed = evidence.weighed(text) if text else None
        if weighed is not None:
            yield MarkedAnswer(kind, true, fold, weighed.features.astype(float), weighed.against, weighed.doubts, text)


def changed_rows(fold: int, text: str, own: Sequence[str], alien: Sequence[str], evidence: Evidence, claims: Claims,
                 rng: random.Random) -> Iterator[MarkedAnswer]:  # fmt: skip
    """The ways in which a true sentence can be made false."""
    for kind, change in CHANGES.items():
        yield from rows_of(
            kind, False, fold, [change(text, rng, alien if kind == "spliced" else own, claims)], evidence
        )


def answered_rows(qa: Path, corpus: Path, embedder: Embedder, limit: int) -> Iterator[MarkedAnswer]:
    """The sentences of reference answers, true and false."""
    rng, claims = random.Random(0), Claims("en")
    passages = {item["id"]: item for item in map(json.loads, corpus.read_text("utf-8").split("\n")[:-1])}
    for item in passages.values():
        item["text"] = "\n".join(item["text"].splitlines())
    turns = [
        item
        for item in map(json.loads, qa.read_text("utf-8").split("\n")[:-1])
        if item["answerability"] == "ANSWERABLE"
    ]
    counts: dict[str, int] = {}
    for item in passages.values():
        for token in set(claims.words.tokens(plain(item["text"]))):
            counts[token] = counts.get(token, 0) + 1

    def weight(token: str) -> float:
        held = counts.get(token, 0)
        return float(np.log1p((len(passages) - held + 0.5) / (held + 0.5)))

    def evidence(ids: Sequence[str], question: str) -> Evidence:
        lessons = [Lesson(id_, passages[id_]["title"], passages[id_]["text"]) for id_ in ids]
        units = units_of([(lesson, 0, len(lesson.text)) for lesson in lessons], embedder)
        return Evidence(units, [lesson.title for lesson in lessons], question, claims, weight, embedder)

    rng.shuffle(turns)
    conversations = sorted({turn["id"].split("<")[0] for turn in turns})
    alien = [answer for turn in turns for answer in turn["answers"]]
    for turn in turns[:limit]:
        name = turn["id"].split("<")[0]
        fold = conversations.index(name) % 5
        own = evidence(turn["context_ids"] or turn["relevant_ids"], turn["question"])
        texts = list(said(turn["answers"][0], own))
        yield from rows_of("true", True, fold, texts, own)
        others = [
            other for other in turns
            if other["domain"] == turn["domain"] and not set(other["context_ids"]) & set(turn["context_ids"])
        ]  # fmt: skip
        others.sort(key=lambda other: other["id"].split("<")[0] != name)
        if others:
            near = [other for other in others if other["id"].startswith(name)] or others
            yield from rows_of("other", False, fold, texts, evidence(rng.choice(near)["context_ids"], ""))
        sentences = [passages[id_]["text"] for id_ in turn["context_ids"]]
        for text in texts:
            yield from changed_rows(fold, text, sentences, alien, own, claims, rng)


def course_rows(
    data_dir: Path, course: str, questions: Path, limit: int, embedder: Embedder | None
) -> Iterator[MarkedAnswer]:
    """The sentences of a course's passages in other words, true and false."""
    rng = random.Random(1)
    bundled, index = open_course(data_dir, course)
    embedder = embedder or bundled
    claims, retriever, grounder = (
        Claims(index.build.info.language),
        Retriever(index, embedder),
        Grounder(index, embedder),
    )
    asked = [question for question in read_questions(questions) if question.answerable and not question.history]
    rng.shuffle(asked)
    found = [(q, retriever.retrieve(q.question, 4).passages) for q in asked[: limit + 1]]
    alien = [plain(passages[0].text) for _, passages in found]
    for place, (question, passages) in enumerate(found[:-1]):
        own = grounder.evidence(passages, question.question)
        other = grounder.evidence(found[place + 1][1])
        texts = [text for text in said(passages[place % len(passages)].text, own) if 8 <= len(text.split()) <= 40]
        texts = [reworded(text, rng) for text in rng.sample(texts, min(3, len(texts)))]
        yield from rows_of("true", True, place % 5, texts, own)
        yield from rows_of("other", False, place % 5, texts, other)
        for text in texts:
            yield from changed_rows(place % 5, text, [passage.text for passage in passages], alien, own, claims, rng)


def fitted(rows: Sequence[MarkedAnswer]) -> tuple[Array, float]:
    """Weights and bias; true and false count alike together, and so does each kind of false.

    What speaks for a sentence may not weigh against it, nor the other way round: among sentences with one word
    changed the likest are the false ones, but among what models invent they are not. scikit-learn's logistic model
    has no such bounds, hence our own descent.
    """
    true = np.array([row.true for row in rows], float)
    kinds = [row.kind for row in rows]
    share = {kind: 1 / kinds.count(kind) for kind in set(kinds)}
    balance = np.array([share[kind] * (len(share) - 1 if kind == "true" else 1) for kind in kinds])
    balance /= balance.mean()
    features = np.stack([row.features for row in rows])
    mean, spread = features.mean(0), features.std(0) + 1e-9
    scaled = (features - mean) / spread
    signs = np.array([1.0 if name in SPEAKING_FOR else -1.0 for name in FEATURES])
    weights, bias = np.zeros(len(FEATURES)), 0.0
    for _ in range(4000):
        error = (1 / (1 + np.exp(-(scaled @ weights + bias))) - true) * balance
        weights -= 0.3 * (scaled.T @ error / len(rows) + 1e-3 * weights)
        weights = signs * np.maximum(0.0, signs * weights)
        bias -= 0.3 * error.mean()
    return weights / spread, float(bias - (weights / spread) @ mean)


def threshold(scores: Array, rows: Sequence[MarkedAnswer], limit: float) -> float:
    """The lowest score above which at most `limit` of the false rows of each kind lie."""
    kinds = sorted({row.kind for row in rows if not row.true})
    by_kind = [np.array([s for s, row in zip(scores, rows, strict=True) if row.kind == kind]) for kind in kinds]
    return float(next(p for p in np.arange(-6, 12, 0.05) if max(np.mean(held >= p) for held in by_kind) <= limit))


def report(name: str, scores: Array, rows: Sequence[MarkedAnswer], supported: float, partly: float) -> None:
    """AUROC and, per kind, the shares shown as supported, as partly and as unsupported."""
    against = np.array([bool(row.against) for row in rows])
    doubts = np.array([bool(row.doubts) for row in rows])
    shown = (scores >= supported) & ~against & ~doubts
    some = (scores >= partly) & ~against & ~shown
    ranks = scores - 20 * against - 10 * doubts
    true = np.array([row.true for row in rows], float)
    print(f"{name}: {len(rows)} sentences, AUROC {auroc(ranks, true):.3f}")
    for kind in sorted({row.kind for row in rows}):
        which = np.array([row.kind == kind for row in rows])
        both = np.concatenate([np.ones(int(true.sum())), np.zeros(int(which.sum()))])
        apart = auroc(np.concatenate([ranks[true > 0.5], ranks[which]]), both)
        print(
            f"  {kind:9} n {which.sum():5}  supported {shown[which].mean():.3f}  partly {some[which].mean():.3f}  "
            f"against {against[which].mean():.3f}  doubts {doubts[which].mean():.3f}  AUROC {apart:.3f}"
        )


def fit(rows: Sequence[MarkedAnswer]) -> Array:
    """Cross-validate, report, fit to all, write; returns the cross-validated scores."""
    scores = np.zeros(len(rows))
    folds = np.array([row.fold for row in rows])
    features = np.stack([row.features for row in rows])
    learnt = [row for row in rows if row.kind in LEARNT]
    for fold in range(5):
        weights, bias = fitted([row for row in learnt if row.fold != fold])
        scores[folds == fold] = features[folds == fold] @ weights + bias
    judged = [row.kind in LEARNT for row in rows]
    supported = threshold(scores[judged], learnt, MAX_FALSE_SHOWN)
    partly = threshold(scores[judged], learnt, MAX_FALSE_PARTLY)
    report("cross-validated", scores, rows, supported, partly)
    weights, bias = fitted(learnt)
    model = {
        "weights": {name: round(float(weight), 5) for name, weight in zip(FEATURES, weights, strict=True)},
        "bias": round(bias, 5),
        "settings": {"supported": round(supported, 3), "partly": round(partly, 3)},
    }
    (DATA / "grounding.json").write_text(json.dumps(model, indent=1) + "\n", "utf-8")
    return scores


def main(arguments: Sequence[str]) -> None:
    """Read, weigh, fit."""
    qa, corpus, *courses = arguments
    embedder = OnnxEmbedder()
    rows = list(answered_rows(Path(qa), Path(corpus), embedder, limit=150))
    for item in courses[1:]:
        course, _, questions = item.partition("=")
        rows += course_rows(Path(courses[0]), course, Path(questions), 100, embedder)
    fit(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
