"""Question → candidate chunks, and for each what speaks for it: the features that ranking and coverage weigh.

Candidates are the union of the nearest windows and the best BM25 scores. Scores that have no fixed scale are
min-max normalised over the candidates (a convex sum keeps the margins that rank fusion throws away: Bruch et al.,
"An Analysis of Fusion Functions for Hybrid Retrieval", 2023).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutor.errors import IndexMismatch
from tutor.fitted.linear import feature_rows
from tutor.index.course_index import CourseIndex
from tutor.index.lexicon import Field
from tutor.retrieval.definitions import defined_term, definition_pattern
from tutor.retrieval.ragged import Rows, rows_of

FEATURES = (
    "dense", "feedback", "sentence", "sentences", "sentence_words", "bm25", "lesson_bm25", "lesson_dense",
    "lesson_best", "heading_dense", "share", "sentence_share", "section_share", "section_match", "title_share",
    "title_match", "pairs", "emphasised", "literal", "definition", "neighbours", "links", "code", "length",
)  # fmt: skip
_CANDIDATES = 200
_K1, _B = 1.5, 0.6
_LITERAL = re.compile(r"`([^`\n]+)`|(?<!\w)([^\w\s,.?!'\"()`]{2,4})(?!\w)|(\w+\(\)|\.\w{2,})")


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A question as it is searched: its words, its vector (unit length, shape (dimensions,)) and token ids."""

    text: str
    vector: NDArray[np.float32]
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Chunks that may answer, with one row of `features` each, shape (chunks, len(FEATURES)).

    `dense`, `bm25`, `sentence` are raw scores: cosine, BM25, cosine of the best sentence; the `share`s are of the
    question's IDF mass, from 0 to 1: in the chunk, its best sentence, its section's title, its lesson's title.
    `missing` is the IDF of the rarest word of the question that the chunk does not have, from 0 to 1.
    `question_idf` is that mass, `unknown_share` the part of it that no chunk has.
    """

    chunks: NDArray[np.int64]
    features: NDArray[np.float32]
    dense: NDArray[np.float32]
    bm25: NDArray[np.float32]
    share: NDArray[np.float32]
    sentence: NDArray[np.float32]
    sentence_share: NDArray[np.float32]
    section_share: NDArray[np.float32]
    title_share: NDArray[np.float32]
    missing: NDArray[np.float32]
    question_idf: float
    unknown_share: float

    def where(self, kept: NDArray[np.bool_]) -> Candidates:
        """Some of them; `kept` has the shape (chunks,)."""
        of_each = [field.name for field in fields(self) if field.name not in ("question_idf", "unknown_share")]
        values: dict[str, Any] = {name: getattr(self, name)[kept] for name in of_each}
        return replace(self, **values)


def nearest(index: CourseIndex, query: Query, allowed: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """The chunks that may answer a question, ascending: of the whole course, and of what is `allowed`."""
    return _union(index, query.vector, index.words.scores(query.text), allowed)


def candidates(
    index: CourseIndex,
    query: Query,
    allowed: NDArray[np.bool_] | None = None,
    among: NDArray[np.int64] | None = None,
) -> Candidates:
    """The candidates for a question, of all chunks or `among` some; `allowed`, shape (chunks,), limits them.

    They are held against what is not allowed too: the nearest of two lessons is no answer because it is nearest.
    """
    lexicon = index.lexicon
    scores = index.words.scores(query.text)
    if len(scores) != len(index.chunks):
        raise IndexMismatch("The index of words and the lessons are of different builds.")
    found = _union(index, query.vector, scores, allowed) if among is None else among
    lessons = index.lesson_of[found]
    different = list(dict.fromkeys(query.tokens))
    ids = list(dict.fromkeys(lexicon.ids(different)))
    unknown = sum(1 for token in different if token not in lexicon.vocabulary) * lexicon.unknown_idf
    mass = float(lexicon.idf[ids].sum()) + unknown + 1e-6

    windows = rows_of(index.first_window, found)
    window_vectors = np.asarray(index.arrays.windows[windows.rows], np.float32)
    window_scores = window_vectors @ query.vector
    dense = windows.best(window_scores)
    sentences = rows_of(index.first_sentence, found)
    sentence_vectors = np.asarray(index.arrays.sentences[sentences.rows], np.float32)
    sentence_scores = sentence_vectors @ query.vector
    sentence = np.maximum(sentences.best(sentence_scores), -0.1)
    weight = _share_weight(lexicon.idf, mass)
    every_sentence_share = lexicon.sentences.shares(ids, weight)[sentences.rows]
    sentence_share = np.maximum(sentences.best(every_sentence_share), 0)
    both = np.maximum(sentences.best(np.maximum(sentence_scores, 0) * every_sentence_share), 0)
    share = lexicon.chunks.shares(ids, weight)[found]
    bm25 = scores[found]
    base = _scaled(dense) + _scaled(bm25) + _scaled(sentence)
    lesson_bm25 = _lesson_bm25(index, ids)[lessons]

    columns = {
        "dense": _scaled(dense),
        "feedback": _scaled(windows.best(window_vectors @ _feedback(query.vector, window_vectors, window_scores))),
        "sentence": _scaled(sentence),
        "sentences": _scaled(sentences.mean_of_best(sentence_scores, 3)),
        "sentence_words": _scaled(both),
        "bm25": _scaled(bm25),
        "lesson_bm25": _scaled(lesson_bm25),
        "lesson_dense": _scaled(_best_by(lessons, dense)),
        "lesson_best": _scaled(_sum_of_best_by(lessons, base, 3)),
        "heading_dense": _scaled(_heading_scores(windows, window_scores)),
        "share": share,
        "sentence_share": sentence_share,
        "section_share": lexicon.sections.shares(ids, weight)[found],
        "section_match": _match(lexicon.sections, ids, lexicon.idf)[found],
        "title_share": lexicon.titles.shares(ids, weight)[lessons],
        "title_match": _match(lexicon.titles, ids, lexicon.idf)[lessons],
        "pairs": _pair_share(index, ids)[found],
        "emphasised": lexicon.emphasised.shares(ids, weight)[found],
        "literal": _literals(index, query.text, found),
        "definition": _definitions(index, query.text, found, sentences, every_sentence_share),
        "neighbours": _neighbours(found, lessons, base) / 6,
        "links": index.link_share[found],
        "code": np.array(["```" in index.chunks[chunk].text for chunk in found], np.float32),
        "length": np.log(np.maximum(5, np.diff(lexicon.chunks.starts)[found])) / 5,
    }
    every = Candidates(
        chunks=found,
        features=feature_rows(columns, FEATURES),
        dense=dense,
        bm25=bm25,
        share=share,
        sentence=sentence,
        sentence_share=sentence_share,
        section_share=columns["section_share"],
        title_share=columns["title_share"],
        missing=_missing(index, different, found),
        question_idf=mass,
        unknown_share=unknown / mass,
    )
    return every if allowed is None else every.where(allowed[found])


def _union(
    index: CourseIndex, vector: NDArray[np.float32], scores: NDArray[np.float32], allowed: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    """The best chunks of all and, beside them, the best of those that are allowed, ascending."""
    found = _best(index, vector, scores, _CANDIDATES)
    if allowed is None:
        return found
    if np.count_nonzero(allowed) <= 2 * _CANDIDATES:
        return np.union1d(found, np.flatnonzero(allowed))
    wider = _best(index, vector, scores, 4 * _CANDIDATES)
    return np.union1d(found, wider[allowed[wider]])


def _best(
    index: CourseIndex, vector: NDArray[np.float32], scores: NDArray[np.float32], limit: int
) -> NDArray[np.int64]:
    """Chunks of the nearest windows and of the best BM25 scores, ascending."""
    windows, _ = index.vectors.search(vector, min(limit, len(index.vectors)))
    best = np.argsort(-scores, kind="stable")[:limit]
    return np.union1d(index.arrays.window_chunk[windows], best[scores[best] > 0]).astype(np.int64)


def _scaled(values: NDArray[np.float32]) -> NDArray[np.float32]:
    if not len(values):
        return values
    low, high = values.min(), values.max()
    return np.asarray((values - low) / (high - low + 1e-9), np.float32)


def _missing(index: CourseIndex, tokens: Sequence[str], chunks: NDArray[np.int64]) -> NDArray[np.float32]:
    lexicon, limit = index.lexicon, index.lexicon.unknown_idf
    worst = np.zeros(len(index.chunks), np.float32)
    for token in tokens:
        known = lexicon.vocabulary.get(token)
        rarity = 1.0 if known is None else float(lexicon.idf[known]) / limit
        without = np.ones(len(index.chunks), np.bool_)
        if known is not None:
            without[lexicon.chunks.holders(known)] = False
        worst[without] = np.maximum(worst[without], rarity)
    return worst[chunks]


def _share_weight(idf: NDArray[np.float32], mass: float) -> Callable[[int], float]:
    return lambda token: float(idf[token]) / mass


def _feedback(
    vector: NDArray[np.float32], vectors: NDArray[np.float32], scores: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The question moved towards what it finds first (Rocchio's pseudo-relevance feedback)."""
    if not len(scores):
        return vector
    best = np.argsort(-scores, kind="stable")[:5]
    moved = vector + 0.5 * vectors[best].mean(axis=0)
    return np.asarray(moved / (np.linalg.norm(moved) + 1e-9), np.float32)


def _lesson_bm25(index: CourseIndex, ids: Sequence[int]) -> NDArray[np.float32]:
    """BM25 of whole lessons: shape (lessons,)."""
    field, count = index.lexicon.chunks, len(index.lessons)
    lengths = np.bincount(index.lesson_of, np.diff(field.starts), count)
    normal = _K1 * (1 - _B + _B * lengths / max(1.0, float(lengths.mean())))
    found = np.zeros(count, np.float32)
    for token in ids:
        often = np.bincount(index.lesson_of[field.owner[field.positions(token)]], minlength=count)
        holders = np.count_nonzero(often)
        found += np.log1p((count - holders + 0.5) / (holders + 0.5)) * often * (_K1 + 1) / (often + normal)
    return found


def _best_by(groups: NDArray[np.int32], values: NDArray[np.float32]) -> NDArray[np.float32]:
    found = np.full(int(groups.max(initial=0)) + 1, -np.inf, np.float32)
    np.maximum.at(found, groups, values)
    return found[groups]


def _sum_of_best_by(groups: NDArray[np.int32], values: NDArray[np.float32], limit: int) -> NDArray[np.float32]:
    order = np.lexsort((-values, groups))
    first = np.searchsorted(groups[order], groups[order])
    kept = order[np.arange(len(order)) - first < limit]
    return np.bincount(groups[kept], values[kept], int(groups.max(initial=0)) + 1)[groups].astype(np.float32)


def _heading_scores(windows: Rows, scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The score of each chunk's first window, which opens with its heading."""
    return scores[windows.first] if len(scores) else np.zeros(len(windows.first), np.float32)


def _match(field: Field, ids: Sequence[int], idf: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of each text's own weight the question has: 1 when every word of a title is asked for."""
    asked = field.shares(ids, lambda token: float(idf[token]))
    return np.asarray(asked / (field.own_weight(idf) + 1e-6), np.float32)


def _pair_share(index: CourseIndex, ids: Sequence[int]) -> NDArray[np.float32]:
    """The share of the question's neighbouring words that are neighbours in each chunk."""
    found = np.zeros(len(index.chunks), np.float32)
    for first, second in pairwise(ids):
        found[index.lexicon.chunks.pairs(first, second)] += 1 / (len(ids) - 1)
    return found


def _literals(index: CourseIndex, question: str, chunks: NDArray[np.int64]) -> NDArray[np.float32]:
    """The share of the question's code, as `||` or `push()`, that stands in each chunk to the letter."""
    wanted = {next(filter(None, groups)).lower() for groups in _LITERAL.findall(question)}
    if not wanted:
        return np.zeros(len(chunks), np.float32)
    texts = [index.chunks[chunk].text.lower() for chunk in chunks]
    return np.array([sum(code in text for code in wanted) / len(wanted) for text in texts], np.float32)


def _definitions(
    index: CourseIndex,
    question: str,
    chunks: NDArray[np.int64],
    sentences: Rows,
    shares: NDArray[np.float32],
) -> NDArray[np.float32]:
    """1 for chunks with a sentence that says what the asked term is."""
    found = np.zeros(len(chunks), np.float32)
    term = defined_term(question)
    if not term:
        return found
    pattern = definition_pattern(term)
    owner = np.repeat(np.arange(len(chunks)), sentences.counts)
    for place in np.flatnonzero(shares > 0.3):
        if not found[owner[place]] and pattern.search(index.sentence_text(int(sentences.rows[place]))):
            found[owner[place]] = 1
    return found


def _neighbours(
    chunks: NDArray[np.int64], lessons: NDArray[np.int32], base: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The base scores of the chunks before and after, where they are candidates of the same lesson."""
    found = np.zeros(len(chunks), np.float32)
    near = (np.diff(chunks) == 1) & (np.diff(lessons) == 0)
    found[1:][near] += base[:-1][near]
    found[:-1][near] += base[1:][near]
    return found
