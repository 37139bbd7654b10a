"""A model's sentence + the passages it was shown → its words as they may be shown, its support, and what bears it out.

No second model judges: a fitted logistic model weighs the words and the vector that the sentence shares with the
lessons' own sentences, and whatever it says, a sentence with a number, a name or a link that no passage has, or that
denies what they state, is never called supported. Markers are hints where to look first, and no proof.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tutor.claims import Claim, Claims, missing, numbers
from tutor.course_index import CourseIndex
from tutor.linear import LinearModel
from tutor.markers import reworded
from tutor.models import Lesson, Passage, Support
from tutor.pieces import Piece
from tutor.plain import plain
from tutor.protocols import Embedder
from tutor.sentences import sentences
from tutor.unclaiming import claims_nothing, is_foreign
from tutor.vectors import Vectors

FEATURES = ("share", "share_passage", "share_all", "cosine", "pairs", "run", "missing", "short")
# A denial of a word that is less of the sentence than this may be a turn of phrase.
_DENIED_SHARE = 0.04
_LONGEST_WINDOW = 3
_COSINE_WORTH = 0.6
_LENGTH_COST = 0.06
_CITED_WORTH = 0.03
_SECOND_WORTH = 0.15
_MOST_ROWS = 12
_TOKENS_SEEN = 120
_REMEMBERED = 4
_SHORT = 5
_COMPARING = ("than", "before", "after", "instead", "rather")

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Source:
    """A span of a lesson inside one of the turn's passages: one to three whole sentences."""

    lesson: Lesson
    section: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Checked:
    """A piece as it may be shown, without markers of the model's; `sources` only where it is supported or partly."""

    text: str
    support: Support
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A sentence of a passage (numbered from 0, as they were shown), with its vector."""

    source: Source
    passage: int
    vector: Array


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """What speaks for a claim, one row of features; what speaks against it, by name; and its best windows.

    What is in `against` cannot be true if the lessons are; what is in `doubts` keeps it from being called supported.
    """

    features: Array
    against: tuple[str, ...]
    doubts: tuple[str, ...]
    windows: tuple[tuple[int, int], ...]


class Grounder:
    """Checks what models write about one generation of a course. Safe to use from several threads."""

    def __init__(self, index: CourseIndex, embedder: Embedder) -> None:
        self._index = index
        self._embedder = embedder
        self._claims = Claims(index.build.info.language)

    def evidence(self, passages: Sequence[Passage], question: str = "") -> Evidence:
        """What a turn's sentences are checked against: the passages in the order they were shown (marker 1 first)."""
        index, arrays = self._index, self._index.arrays
        units: list[Unit] = []
        for number, passage in enumerate(passages):
            place = index.position[passage.lesson]
            first, last = np.searchsorted(index.lesson_of, [place, place + 1])
            for row in range(int(index.first_sentence[first]), int(index.first_sentence[last])):
                start, end = int(arrays.sentence_start[row]), int(arrays.sentence_end[row])
                if passage.start <= start and end <= passage.end:
                    section = index.chunks[int(arrays.sentence_chunk[row])].section
                    vector = np.asarray(arrays.sentences[row], np.float32)
                    units.append(Unit(Source(index.lessons[place], section, start, end), number, vector))
        headers = [f"{passage.title} {passage.section}" for passage in passages]
        return Evidence(units, headers, question, self._claims, self._weight, self._embedder)

    def _weight(self, token: str) -> float:
        lexicon = self._index.lexicon
        known = lexicon.vocabulary.get(token)
        return lexicon.unknown_idf if known is None else float(lexicon.idf[known])


def units_of(passages: Sequence[tuple[Lesson, int, int]], embedder: Embedder) -> list[Unit]:
    """The units of spans of lessons that no index holds; every sentence is embedded."""
    spans = [
        (number, Source(lesson, "", start + found.start, start + found.end))
        for number, (lesson, start, end) in enumerate(passages)
        for found in sentences(lesson.text[start:end])
    ]
    vectors = embedder.embed([plain(_text(source)) for _, source in spans])
    return [Unit(source, number, vector) for (number, source), vector in zip(spans, vectors, strict=True)]


class Evidence:
    """The sentences of one turn's passages, made ready to be compared with."""

    def __init__(
        self,
        units: Sequence[Unit],
        headers: Sequence[str],
        question: str,
        claims: Claims,
        weight: Callable[[str], float],
        embedder: Embedder,
    ) -> None:
        self._units, self._claims, self._weight = tuple(units), claims, weight
        self._embedded = Vectors(embedder, _REMEMBERED)
        self._model = LinearModel.read("grounding", FEATURES)
        texts = [_text(unit.source) for unit in units]
        self._read = [claims.of(plain(text), text) for text in texts]
        self._numbers = [numbers(plain(text), loosely=True) for text in texts]
        self._all_numbers = {number for held in self._numbers for number in held} | numbers(question, loosely=True)
        self._comparing = frozenset(token for word in _COMPARING for token in claims.words.tokens(word))
        self._asked = frozenset(claims.words.tokens(question))
        self._titles = frozenset(token for header in headers for token in claims.words.tokens(header))
        self._urls = frozenset(url for claim in self._read for url in claim.urls)
        self._verbatim = _squeezed("\n".join(texts))
        self._vectors = np.array([unit.vector for unit in units], np.float32).reshape(
            len(units), len(units[0].vector) if units else 0
        )
        self._passage = np.array([unit.passage for unit in units], np.int64)
        self._places: dict[str, list[int]] = {}
        for place, claim in enumerate(self._read):
            for token in dict.fromkeys(claim.tokens):
                self._places.setdefault(token, []).append(place)
        self._windows = [
            (first, length)
            for length in range(1, _LONGEST_WINDOW + 1)
            for first in range(len(units) - length + 1)
            if units[first].passage == units[first + length - 1].passage
        ]

    def check(self, piece: Piece) -> Checked:
        """The piece as it may be shown, and whether the passages bear it out."""
        if piece.kind == "code":
            return self._code(piece.text)
        if piece.kind == "table":
            return self._table(piece.text)
        if piece.kind == "math" and not _says_words(piece.text):
            return Checked(reworded(piece.text).text, Support.NOT_CHECKABLE)
        wording = reworded(piece.text)
        text = wording.text
        words = plain(text)
        if claims_nothing(words, piece.kind, self._asked, self._claims.words):
            return Checked(text, Support.NOT_CHECKABLE)
        claim = self._claims.of(words, text)
        known = sum(token in self._places or token in self._asked for token in claim.tokens)
        if is_foreign(words, self._claims.words.language, known / max(1, len(claim.tokens))):
            return Checked(text, Support.NOT_CHECKABLE)
        return self._checked(text, words, claim, wording.cited)

    def prepare(self, text: str) -> None:
        """Embed a sentence that is about to be checked, as far as it is known; a guess that was wrong does no harm."""
        self._embedded.of(plain(reworded(text).text))

    def weighed(self, text: str, cited: Sequence[int] = ()) -> Weighed | None:
        """What speaks for running text, to fit the model with; None when there is nothing to compare it with."""
        words = plain(text)
        return self._weigh(words, self._claims.of(words, text), cited)

    def _checked(self, text: str, words: str, claim: Claim, cited: Sequence[int]) -> Checked:
        weighed = self._weigh(words, claim, cited)
        if weighed is None:
            return Checked(text, Support.UNSUPPORTED)
        score = float(self._model.score(weighed.features[None])[0])
        sources = tuple(self._source(window) for window in weighed.windows)
        if weighed.against:
            return Checked(text, Support.UNSUPPORTED)
        if score >= self._model.settings["supported"] and not weighed.doubts:
            return Checked(text, Support.SUPPORTED, sources)
        if score >= self._model.settings["partly"]:
            return Checked(text, Support.PARTLY, sources)
        return Checked(text, Support.UNSUPPORTED)

    def _source(self, window: tuple[int, int]) -> Source:
        first, length = window
        return replace(self._units[first].source, end=self._units[first + length - 1].source.end)

    # What speaks for a claim.

    def _weigh(self, words: str, claim: Claim, cited: Sequence[int]) -> Weighed | None:
        tokens = [token for token in dict.fromkeys(claim.tokens) if not token.endswith("n't")][:_TOKENS_SEEN]
        if not self._units or not tokens:
            return None
        weights = np.array([self._weight(token) for token in tokens], np.float32)
        mass = float(weights.sum()) or 1.0
        held = np.zeros((len(tokens), len(self._units)), np.bool_)
        for row, token in enumerate(tokens):
            held[row, self._places.get(token, [])] = True
        cosines = self._vectors @ self._embedded.of(words)
        best, in_window = self._best_windows(held, weights / mass, cosines, cited)
        first, length = best[0]
        here = range(first, first + length)
        core = max(here, key=lambda place: float(weights @ held[:, place]) + 0.001 * float(cosines[place]))
        around = [place for place in range(first - 1, first + length + 1) if self._same_passage(place, first)]
        passages = self._passage
        share = float(weights @ in_window) / mass
        per_passage = [weights @ held[:, passages == number].any(1) for number in np.unique(passages)]
        names = [name for name in claim.names if not name <= self._asked]
        near = {token for place in around for token in self._read[place].tokens} | self._titles
        lost_names = sum(not name <= near for name in names)
        strange = sum(
            any(t not in self._places and t not in self._titles | self._asked for t in name) for name in names
        )
        near_numbers = {number for place in around for number in self._numbers[place]}
        asked_or_near = near_numbers | (self._all_numbers - {n for held_ in self._numbers for n in held_})
        row_weights = dict(zip(tokens, weights.tolist(), strict=True))
        denied = self._denied(claim, here, row_weights) / mass
        values = {
            "share": share,
            "share_passage": float(max(per_passage)) / mass,
            "share_all": float(weights @ held.any(1)) / mass,
            "cosine": float(cosines[list(here)].max()),
            "pairs": self._in_order(tokens, in_window, around),
            "run": _longest_run(weights * ~in_window) / mass,
            "missing": float(np.log1p((~in_window).sum())),
            "short": float(len(tokens) < _SHORT),
        }
        against = {
            "number": missing(claim.numbers, self._all_numbers) > 0,
            "name": strange > 0,
            "link": not claim.urls <= self._urls,
            "denial": denied >= _DENIED_SHARE,
            "opposite": self._opposed(claim, core),
        }
        doubts = {
            "number elsewhere": missing(claim.numbers, asked_or_near) > 0,
            "name elsewhere": lost_names > 0,
            "subject elsewhere": bool(claim.subject) and not claim.subject & (near | self._asked),
            "partial denial": denied > 0,
            "turned": self._turned(claim, around),
        }
        return Weighed(
            np.array([values[name] for name in FEATURES], np.float32),
            tuple(name for name, found in against.items() if found),
            tuple(name for name, found in doubts.items() if found),
            tuple(best),
        )

    def _best_windows(
        self, held: NDArray[np.bool_], weights: Array, cosines: Array, cited: Sequence[int]
    ) -> tuple[list[tuple[int, int]], NDArray[np.bool_]]:
        """The window that bears out most, and a second one where it adds enough; and the first one's words."""
        hint = np.isin(self._passage, [number - 1 for number in cited]) * _CITED_WORTH
        scored: list[tuple[float, tuple[int, int]]] = []
        running, nearest = held, cosines
        for length in range(1, _LONGEST_WINDOW + 1):
            if length > 1:
                running = running[:, :-1] | held[:, length - 1 :]
                nearest = np.maximum(nearest[:-1], cosines[length - 1 :])
            if not running.shape[1]:
                break
            worth = weights @ running + _COSINE_WORTH * nearest + hint[: running.shape[1]] - _LENGTH_COST * (length - 1)
            same = self._passage[: running.shape[1]] == self._passage[length - 1 :]
            place = int(np.argmax(np.where(same, worth, -np.inf)))
            if same[place]:
                scored.append((float(worth[place]), (place, length)))
        _, best = max(scored)
        in_best: NDArray[np.bool_] = np.asarray(held[:, best[0] : best[0] + best[1]].any(1), np.bool_)
        chosen = [best]
        added = weights @ (held & ~in_best[:, None])
        added[max(0, best[0] - 1) : best[0] + best[1] + 1] = 0
        second = int(np.argmax(added + 0.001 * cosines))
        if added[second] >= _SECOND_WORTH:
            chosen.append((second, 1))
        return chosen, in_best

    def _same_passage(self, place: int, other: int) -> bool:
        return 0 <= place < len(self._units) and self._passage[place] == self._passage[other]

    def _in_order(self, tokens: Sequence[str], in_window: NDArray[np.bool_], here: Sequence[int]) -> float:
        """The share of neighbouring words of the claim that follow each other near by in the lessons."""
        at = self._order(here)
        kept = [token for token, is_in in zip(tokens, in_window, strict=True) if is_in]
        follows = sum(
            any(0 < b - a <= 6 for a in at.get(one, ()) for b in at.get(two, ())) for one, two in pairwise(kept)
        )
        return follows / max(1, len(tokens) - 1)

    def _turned(self, claim: Claim, here: Sequence[int]) -> bool:
        """Whether names, neighbouring words or the sides of a comparison stand the other way round in the lessons."""
        at = self._order(here)
        names = {token for name in claim.names for token in name}
        row = [token for token in claim.tokens if token in at]
        pairs = dict.fromkeys(pairwise(row), 2)
        named = [token for token in row if token in names]
        pairs |= dict.fromkeys(pairwise(named), 25)
        for place, token in enumerate(claim.tokens):
            if token in self._comparing:
                sides = (
                    [t for t in claim.tokens[max(0, place - 2) : place] if t in at],
                    [t for t in claim.tokens[place + 1 : place + 3] if t in at],
                )
                pairs |= {(one, two): 12 for one in sides[0] for two in sides[1]}
        for (one, two), reach in pairs.items():
            distances = [b - a for a in at[one] for b in at[two]]
            if one != two and any(-reach <= d < 0 for d in distances) and not any(0 < d <= 25 for d in distances):
                return True
        return False

    def _order(self, here: Sequence[int]) -> dict[str, list[int]]:
        at: dict[str, list[int]] = {}
        for place, token in enumerate(token for unit in here for token in self._read[unit].tokens):
            at.setdefault(token, []).append(place)
        return at

    def _denied(self, claim: Claim, here: Sequence[int], weights: dict[str, float]) -> float:
        """The weight of the words that the claim denies and the lessons state, or the other way round."""
        stated = {token for place in here for token in self._read[place].stated}
        denied = {token for place in here for token in self._read[place].denied}
        turned = (claim.denied & (stated - denied)) | ((claim.stated - claim.denied) & (denied - stated))
        return sum(weights.get(token, 0.0) for token in turned)

    def _opposed(self, claim: Claim, place: int) -> bool:
        """Whether the sentence that bears out most says the opposite of one of the claim's words."""
        near, said = set(self._read[place].tokens), set(claim.tokens)
        return any(
            token not in near and other in near and other not in said
            for token, other in self._claims.opposites(claim.tokens)
        )

    # Blocks.

    def _code(self, text: str) -> Checked:
        """Code that stands in a passage is supported, code mostly from there partly; any other is made up."""
        whole = _whole_code(text)
        lines = [line for line in map(_squeezed, whole.split("\n")[1:-1]) if line]
        found = [place for line in lines if (place := self._holder(line)) is not None]
        if not lines:
            return Checked(whole, Support.NOT_CHECKABLE)
        sources = tuple(self._source((place, 1)) for place in list(dict.fromkeys(found))[:2])
        if _squeezed("\n".join(lines)) in self._verbatim and found:
            return Checked(whole, Support.SUPPORTED, sources)
        if 2 * len(found) >= len(lines):
            return Checked(whole, Support.PARTLY, sources)
        return Checked(whole, Support.UNSUPPORTED)

    def _holder(self, line: str) -> int | None:
        if line not in self._verbatim or not any(character.isalnum() for character in line):
            return None
        for place, unit in enumerate(self._units):
            if line in _squeezed(_text(unit.source)):
                return place
        return None

    def _table(self, text: str) -> Checked:
        """A table is as well supported as its worst row; below its head, rows are read like sentences."""
        kept = "\n".join(row if set(row) <= set("|-: \t") else reworded(row).text for row in text.split("\n"))
        rows = [row for row in kept.split("\n") if not set(row.strip()) <= set("|-: \t>")]
        head, body = rows[:1], rows[1:] if len(rows) > 1 else rows
        found: list[Checked] = []
        for row in body[:_MOST_ROWS]:
            words = plain(" ".join(cell.strip() for cell in row.strip().strip("|").split("|")))
            if words:
                found.append(self._checked(row, words, self._claims.of(words, row), ()))
        order = (Support.UNSUPPORTED, Support.PARTLY, Support.SUPPORTED)
        if not found or not head:
            return Checked(kept, Support.NOT_CHECKABLE if not found else Support.UNSUPPORTED)
        worst = min((checked.support for checked in found), key=order.index)
        if worst is Support.SUPPORTED and len(body) > _MOST_ROWS:
            worst = Support.PARTLY
        sources = dict.fromkeys(source for checked in found for source in checked.sources)
        return Checked(kept, worst, tuple(sources)[:2] if worst is not Support.UNSUPPORTED else ())


def _text(source: Source) -> str:
    return source.lesson.text[source.start : source.end]


def _longest_run(lost: Array) -> float:
    """The greatest weight of words in a row that are missing."""
    longest = run = 0.0
    for weight in lost.tolist():
        run = run + weight if weight else 0.0
        longest = max(longest, run)
    return longest


def _squeezed(text: str) -> str:
    return " ".join(re.sub(r"^[ \t]*(?:`{3,}|~{3,})[^\n]*$", "", text, flags=re.MULTILINE).split())


def _whole_code(text: str) -> str:
    """Code with a fence that opens and closes it, also where a stream was cut."""
    opening = re.match(r"[ \t]*(`{3,}|~{3,})", text)
    if opening is None:
        # A later part of a block that was too long.
        text = re.sub(r"\n[ \t]*(?:`{3,}|~{3,})[ \t]*$", "", text.rstrip())
        fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
        return f"{fence}\n{text}\n{fence}"
    fence = opening[1]
    last = text.rstrip().rpartition("\n")[2].strip() if "\n" in text.strip() else ""
    closed = len(last) >= len(fence) and not last.strip(fence[0])
    return text if closed else f"{text.rstrip()}\n{fence}"


def _says_words(formula: str) -> bool:
    """Whether a formula holds running words, so that anything could be said in it."""
    return len(re.findall(r"(?<![\\A-Za-z])[A-Za-z]{3,}", formula)) >= 4
