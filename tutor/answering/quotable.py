"""Question + passages → what speaks for each of their sentences as an answer: features for a fitted linear model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tutor.fitted.linear import feature_rows
from tutor.index.course_index import CourseIndex
from tutor.models import Lesson
from tutor.retrieval.definitions import defined_term, definition_pattern
from tutor.retrieval.retriever import Retrieved
from tutor.text.sentences import Sentence, sentences

FEATURES = (
    "passage", "chunk", "second", "later", "cosine", "best_cosine", "around", "share", "share_around", "pairs",
    "definition", "first_in_section", "early", "item", "code", "table", "question", "short", "long", "after_best",
    "pointer", "steps",
)  # fmt: skip
_PASSAGES = 6
_POINTER = re.compile(
    r"^(?:in (?:this|the (?:next|previous|last)) (?:lesson|section|chapter)|by the end|check out|read |watch |"
    r"go through|you(?:'ll| will) (?:learn|understand|know|be able)|we(?:'ll| will) (?:learn|look|cover|explore)|"
    r"understand |this (?:lesson|section|chapter|article|video))",
    re.IGNORECASE,
)
_STEPS = re.compile(
    r"^(?:how (?:do|can|to|would|could|does|should)|what (?:are the )?steps|list|name)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, eq=False)
class SentenceFeatures:
    """The sentences of the best passages, in the order of passages and text, with one row of features each."""

    sentences: tuple[Sentence, ...]
    lessons: tuple[Lesson, ...]
    passages: NDArray[np.int64]
    sections: tuple[str, ...]
    features: NDArray[np.float32]


def weigh(index: CourseIndex, retrieved: Retrieved) -> SentenceFeatures:
    """What speaks for each sentence of the best passages."""
    score_of = dict(zip(retrieved.candidates.chunks.tolist(), retrieved.scores.tolist(), strict=True))
    best = max(score_of.values(), default=0.0)
    ids = list(dict.fromkeys(index.lexicon.ids(retrieved.query.tokens)))
    idf = index.lexicon.idf
    mass = retrieved.candidates.question_idf
    term = defined_term(retrieved.query.text)
    pattern = definition_pattern(term) if term else None
    wants_steps = bool(_STEPS.match(retrieved.query.text))
    found: list[Sentence] = []
    lessons: list[Lesson] = []
    owners: list[int] = []
    sections: list[str] = []
    rows: list[NDArray[np.float32]] = []
    for place, (first, last) in enumerate(retrieved.spans[:_PASSAGES]):
        lesson = index.lessons[int(index.lesson_of[first])]
        numbers = np.arange(index.first_sentence[first], index.first_sentence[last + 1])
        if not len(numbers):
            continue
        known = _sentences_of(lesson.text)
        own = [known.get(int(index.arrays.sentence_start[number])) for number in numbers]
        kept = [number for number, sentence in zip(numbers, own, strict=True) if sentence is not None]
        listed = [sentence for sentence in own if sentence is not None]
        if not kept:
            continue
        cosine = np.asarray(index.arrays.sentences[kept], np.float32) @ retrieved.query.vector
        shares = _shares(index, kept, ids, idf, mass)
        chunk = index.arrays.sentence_chunk[kept]
        chunk_score = np.array([score_of.get(int(owner), best - 12.0) for owner in chunk], np.float32) - best
        opens = np.concatenate([[True], chunk[1:] != chunk[:-1]])
        since = np.arange(len(kept)) - np.maximum.accumulate(np.where(opens, np.arange(len(kept)), 0))
        texts = [lesson.text[sentence.start : sentence.end] for sentence in listed]
        around = _around(cosine)
        columns = {
            "passage": np.full(len(kept), max(score_of.get(c, best - 12.0) for c in range(first, last + 1)) - best),
            "chunk": chunk_score,
            "second": np.full(len(kept), float(place == 1)),
            "later": np.full(len(kept), float(place > 1)),
            "cosine": cosine,
            "best_cosine": cosine - cosine.max(),
            "around": around,
            "share": shares,
            "share_around": _around(shares),
            "pairs": _pairs(index, kept, ids),
            "definition": np.array([float(bool(pattern and pattern.search(text))) for text in texts]),
            "first_in_section": opens.astype(np.float32),
            "early": 1 / (1 + since),
            "item": np.array([float(sentence.kind == "item") for sentence in listed]),
            "code": np.array([float(sentence.kind == "code") for sentence in listed]),
            "table": np.array([float(sentence.kind == "table") for sentence in listed]),
            "question": np.array([float(text.rstrip().endswith("?")) for text in texts]),
            "short": np.array([float(len(text) < 40) for text in texts]),
            "long": np.array([float(len(text) > 300) for text in texts]),
            "after_best": np.concatenate([[0.0], (cosine == cosine.max())[:-1]]),
            "pointer": np.array([float(bool(_POINTER.match(text))) for text in texts]),
            "steps": np.array([float(wants_steps and sentence.depth > 0) for sentence in listed]),
        }
        rows.append(feature_rows(columns, FEATURES))
        found.extend(listed)
        lessons.extend([lesson] * len(kept))
        owners.extend([place] * len(kept))
        sections.extend(index.chunks[int(owner)].section for owner in chunk)
    features = np.concatenate(rows) if rows else np.empty((0, len(FEATURES)), np.float32)
    return SentenceFeatures(tuple(found), tuple(lessons), np.array(owners, np.int64), tuple(sections), features)


@lru_cache(maxsize=256)
def _sentences_of(text: str) -> dict[int, Sentence]:
    return {sentence.start: sentence for sentence in sentences(text)}


def _shares(
    index: CourseIndex, numbers: Sequence[int], ids: Sequence[int], idf: NDArray[np.float32], mass: float
) -> NDArray[np.float32]:
    field = index.lexicon.sentences
    found = np.zeros(len(numbers), np.float32)
    for place, number in enumerate(numbers):
        held = set(field.tokens[field.starts[number] : field.starts[number + 1]].tolist())
        found[place] = sum(float(idf[token]) for token in ids if token in held) / mass
    return found


def _pairs(index: CourseIndex, numbers: Sequence[int], ids: Sequence[int]) -> NDArray[np.float32]:
    field = index.lexicon.sentences
    wanted = set(pairwise(ids))
    if not wanted:
        return np.zeros(len(numbers), np.float32)
    found = []
    for number in numbers:
        row = field.tokens[field.starts[number] : field.starts[number + 1]].tolist()
        held = set(pairwise(row)) | set(zip(row, row[2:], strict=False))
        found.append(len(wanted & held) / len(wanted))
    return np.array(found, np.float32)


def _around(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of each value with its two followers: an answer often begins before its best sentence."""
    padded = np.concatenate([values, values[-1:], values[-1:]])
    return np.asarray((padded[:-2] + padded[1:-1] + padded[2:]) / 3, np.float32)
