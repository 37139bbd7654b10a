"""A sentence's words + the sentences of a turn's passages → what speaks for it and what against.

The features of `FEATURES` say how much of it stands there; the rules, in `against` and `doubts`, what one wrong word
means, which no feature sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tutor.grounding.claims import Claim, Claims, missing, numbers
from tutor.grounding.word_order import Places, in_order, is_turned, places
from tutor.index.protocols import Embedder
from tutor.index.vector_cache import VectorCache
from tutor.models import Lesson
from tutor.text.plain import plain

FEATURES = ("share", "share_passage", "share_all", "cosine", "pairs", "run", "missing", "short")
# A denial of a word that is less of the sentence than this may be a turn of phrase.
_DENIED_SHARE = 0.04
_LONGEST_WINDOW = 3
_COSINE_WORTH = 0.6
_LENGTH_COST = 0.06
_CITED_WORTH = 0.03
_SECOND_WORTH = 0.15
_TOKENS_SEEN = 120
_REMEMBERED = 4
_SHORT = 5
_COMPARING = ("than", "before", "after", "instead", "rather")

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EvidenceSpan:
    """A span of a lesson inside one of the turn's passages: one to three whole sentences."""

    lesson: Lesson
    section: str
    start: int
    end: int

    @property
    def text(self) -> str:
        """The lesson's words."""
        return self.lesson.text[self.start : self.end]


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceSentence:
    """A sentence of a passage (numbered from 0, as they were shown), with its vector."""

    source: EvidenceSpan
    passage: int
    vector: Array


@dataclass(frozen=True, slots=True, eq=False)
class ClaimFeatures:
    """What speaks for a claim, one row of features; what speaks against it, by name; and its best windows.

    What is in `against` cannot be true if the lessons are; what is in `doubts` keeps it from being called supported.
    """

    features: Array
    against: tuple[str, ...]
    doubts: tuple[str, ...]
    windows: tuple[tuple[int, int], ...]


class EvidenceScorer:
    """Weighs claims against the sentences of one turn's passages, which are made ready to be compared with.

    `question` and `headers` (one per passage) hold words that a claim may use though no sentence does.
    """

    def __init__(
        self,
        units: Sequence[EvidenceSentence],
        headers: Sequence[str],
        question: str,
        claims: Claims,
        weight: Callable[[str], float],
        embedder: Embedder,
    ) -> None:
        self.units, self._claims, self._weight = tuple(units), claims, weight
        self._embedded = VectorCache(embedder, _REMEMBERED)
        texts = [unit.source.text for unit in units]
        self._read = [claims.of(plain(text), text) for text in texts]
        self._numbers = [numbers(plain(text), loosely=True) for text in texts]
        self._all_numbers = {number for held in self._numbers for number in held} | numbers(question, loosely=True)
        self._comparing = frozenset(token for word in _COMPARING for token in claims.words.tokens(word))
        self.asked = frozenset(claims.words.tokens(question))
        self._titles = frozenset(token for header in headers for token in claims.words.tokens(header))
        self._urls = frozenset(url for claim in self._read for url in claim.urls)
        self._vectors = np.array([unit.vector for unit in units], np.float32).reshape(
            len(units), len(units[0].vector) if units else 0
        )
        self._passage = np.array([unit.passage for unit in units], np.int64)
        self._places: dict[str, list[int]] = {}
        for place, claim in enumerate(self._read):
            for token in dict.fromkeys(claim.tokens):
                self._places.setdefault(token, []).append(place)

    def prepare(self, words: str) -> None:
        """Embed words that are about to be weighed; a guess that was wrong does no harm."""
        self._embedded.of(words)

    def knows(self, token: str) -> bool:
        """Whether a token stands in the passages or the question."""
        return token in self._places or token in self.asked

    def source(self, window: tuple[int, int]) -> EvidenceSpan:
        """The span of a window, given as its first sentence and how many they are."""
        first, length = window
        return replace(self.units[first].source, end=self.units[first + length - 1].source.end)

    def weigh(self, words: str, claim: Claim, cited: Sequence[int] = ()) -> ClaimFeatures | None:
        """What speaks for and against; None when there is nothing to compare. `cited` are the passages it names."""
        tokens = [token for token in dict.fromkeys(claim.tokens) if not token.endswith("n't")][:_TOKENS_SEEN]
        if not self.units or not tokens:
            return None
        weights = np.array([self._weight(token) for token in tokens], np.float32)
        mass = float(weights.sum()) or 1.0
        held = self._held(tokens)
        cosines = self._vectors @ self._embedded.of(words)
        windows, in_window = self._best_windows(held, weights / mass, cosines, cited)
        first, length = windows[0]
        here = range(first, first + length)
        around = [place for place in range(first - 1, first + length + 1) if self._same_passage(place, first)]
        core = max(here, key=lambda place: float(weights @ held[:, place]) + 0.001 * float(cosines[place]))
        denied = self._denied(claim, here, dict(zip(tokens, weights.tolist(), strict=True))) / mass
        kept = [token for token, is_in in zip(tokens, in_window, strict=True) if is_in]
        values = {
            "share": float(weights @ in_window) / mass,
            "share_passage": self._share_of_passage(weights, held) / mass,
            "share_all": float(weights @ held.any(1)) / mass,
            "cosine": float(cosines[list(here)].max()),
            "pairs": in_order(kept, self._order(around)) / max(1, len(tokens) - 1),
            "run": _longest_run(weights * ~in_window) / mass,
            "missing": float(np.log1p((~in_window).sum())),
            "short": float(len(tokens) < _SHORT),
        }
        return ClaimFeatures(
            np.array([values[name] for name in FEATURES], np.float32),
            _found(self._against(claim, core, denied)),
            _found(self._doubts(claim, here, around, denied)),
            tuple(windows),
        )

    def _held(self, tokens: Sequence[str]) -> NDArray[np.bool_]:
        """Which sentences have which of the tokens: shape (tokens, units)."""
        held = np.zeros((len(tokens), len(self.units)), np.bool_)
        for row, token in enumerate(tokens):
            held[row, self._places.get(token, [])] = True
        return held

    def _share_of_passage(self, weights: Array, held: NDArray[np.bool_]) -> float:
        """The weight of the claim's words in the one passage that has most of it."""
        each = (weights @ held[:, self._passage == number].any(1) for number in np.unique(self._passage))
        return float(max(each))

    def _against(self, claim: Claim, core: int, denied: float) -> dict[str, bool]:
        """What cannot be true if the lessons are; `core` is the best supporting sentence."""
        return {
            "number": missing(claim.numbers, self._all_numbers) > 0,
            "name": self._is_strange(claim),
            "link": not claim.urls <= self._urls,
            "denial": denied >= _DENIED_SHARE,
            "opposite": self._opposed(claim, core),
        }

    def _doubts(self, claim: Claim, here: Sequence[int], around: Sequence[int], denied: float) -> dict[str, bool]:
        """What the best window (`here`, and with its neighbours `around`) does not bear out, though others may."""
        near = {token for place in around for token in self._read[place].tokens} | self._titles
        return {
            "number elsewhere": missing(claim.numbers, self._numbers_near(around)) > 0,
            "name elsewhere": any(not name <= near for name in self._names_of(claim)),
            "subject elsewhere": bool(claim.subject) and not claim.subject & (near | self.asked),
            "partial denial": denied > 0,
            "turned": is_turned(claim, self._order(around), self._comparing),
            "other code": self._confused(claim, here),
        }

    def _names_of(self, claim: Claim) -> list[frozenset[str]]:
        """The names of a claim that the question does not bring in."""
        return [name for name in claim.names if not name <= self.asked]

    def _is_strange(self, claim: Claim) -> bool:
        """Whether a name has a word that stands nowhere in the passages, their headers or the question."""
        known = self._titles | self.asked
        return any(token not in self._places and token not in known for name in self._names_of(claim) for token in name)

    def _numbers_near(self, around: Sequence[int]) -> set[tuple[str, str]]:
        """The numbers of those sentences, and those of the question that no sentence has."""
        near = {number for place in around for number in self._numbers[place]}
        return near | (self._all_numbers - {number for held in self._numbers for number in held})

    def _best_windows(
        self, held: NDArray[np.bool_], weights: Array, cosines: Array, cited: Sequence[int]
    ) -> tuple[list[tuple[int, int]], NDArray[np.bool_]]:
        """The window that supports most of it, and a second one where it adds enough; and the first one's words."""
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
        return 0 <= place < len(self.units) and self._passage[place] == self._passage[other]

    def _order(self, here: Sequence[int]) -> Places:
        return places(token for unit in here for token in self._read[unit].tokens)

    def _denied(self, claim: Claim, here: Sequence[int], weights: dict[str, float]) -> float:
        """The weight of the words that the claim denies and the lessons state, or the other way round."""
        stated = {token for place in here for token in self._read[place].stated}
        denied = {token for place in here for token in self._read[place].denied}
        turned = (claim.denied & (stated - denied)) | ((claim.stated - claim.denied) & (denied - stated))
        return sum(weights.get(token, 0.0) for token in turned)

    def _confused(self, claim: Claim, here: Sequence[int]) -> bool:
        """Whether code in the lessons' sentences is easily taken for the claim's, as `to_json` for `as_json`."""
        others = {code for place in here for code in self._read[place].identifiers} - claim.identifiers
        tokens = self._claims.words.tokens
        return any(
            said not in other and other not in said and set(tokens(said)) & set(tokens(other))
            for said in claim.identifiers
            for other in others
        )

    def _opposed(self, claim: Claim, place: int) -> bool:
        """Whether the best supporting sentence says the opposite of one of the claim's words."""
        near, said = set(self._read[place].tokens), set(claim.tokens)
        return any(
            token not in near and other in near and other not in said
            for token, other in self._claims.opposites(claim.tokens)
        )


def _found(signs: Mapping[str, bool]) -> tuple[str, ...]:
    return tuple(name for name, is_there in signs.items() if is_there)


def _longest_run(lost: Array) -> float:
    """The greatest weight of words in a row that are missing."""
    longest = run = 0.0
    for weight in lost.tolist():
        run = run + weight if weight else 0.0
        longest = max(longest, run)
    return longest
