"""A model's sentence + the passages it was shown → its words as they may be shown, its support, and what supports it.

No second model judges: a fitted logistic model weighs the words and the vector that the sentence shares with the
lessons' own sentences, and whatever it says, a sentence with a number, a name or a link that no passage has, or that
denies what they state, is never called supported. Markers are hints where to look first, and no proof.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tutor.fitted.linear import LinearModel
from tutor.grounding.check_worthiness import claims_nothing, is_foreign
from tutor.grounding.claims import Claim, Claims
from tutor.grounding.evidence import FEATURES, ClaimFeatures, EvidenceScorer, EvidenceSentence, EvidenceSpan
from tutor.grounding.markers import reworded
from tutor.grounding.segments import Segment
from tutor.index.course_index import CourseIndex
from tutor.index.protocols import Embedder
from tutor.models import Lesson, Passage, Support
from tutor.text.plain import plain
from tutor.text.sentences import sentences

_MAX_ROWS = 12


@dataclass(frozen=True, slots=True)
class CheckedSegment:
    """A segment as it may be shown, without markers of the model's; `sources` only where it is supported or partly."""

    text: str
    support: Support
    sources: tuple[EvidenceSpan, ...] = ()


class Grounder:
    """Checks what models write about one generation of a course. Safe to use from several threads."""

    def __init__(self, index: CourseIndex, embedder: Embedder) -> None:
        self._index = index
        self._embedder = embedder
        self._claims = Claims(index.build.info.language)

    def evidence(self, passages: Sequence[Passage], question: str = "") -> Evidence:
        """What a turn's sentences are checked against: the passages in the order they were shown (marker 1 first)."""
        index, arrays = self._index, self._index.arrays
        units: list[EvidenceSentence] = []
        for number, passage in enumerate(passages):
            place = index.position[passage.lesson]
            first, last = np.searchsorted(index.lesson_of, [place, place + 1])
            for row in range(int(index.first_sentence[first]), int(index.first_sentence[last])):
                start, end = int(arrays.sentence_start[row]), int(arrays.sentence_end[row])
                if passage.start <= start and end <= passage.end:
                    section = index.chunks[int(arrays.sentence_chunk[row])].section
                    vector = np.asarray(arrays.sentences[row], np.float32)
                    units.append(
                        EvidenceSentence(EvidenceSpan(index.lessons[place], section, start, end), number, vector)
                    )
        headers = [f"{passage.title} {passage.section}" for passage in passages]
        return Evidence(units, headers, question, self._claims, self._weight, self._embedder)

    def _weight(self, token: str) -> float:
        lexicon = self._index.lexicon
        known = lexicon.vocabulary.get(token)
        return lexicon.unknown_idf if known is None else float(lexicon.idf[known])


def units_of(passages: Sequence[tuple[Lesson, int, int]], embedder: Embedder) -> list[EvidenceSentence]:
    """The units of spans of lessons that no index holds; every sentence is embedded."""
    spans = [
        (number, EvidenceSpan(lesson, "", start + found.start, start + found.end))
        for number, (lesson, start, end) in enumerate(passages)
        for found in sentences(lesson.text[start:end])
    ]
    vectors = embedder.embed([plain(source.text) for _, source in spans])
    return [EvidenceSentence(source, number, vector) for (number, source), vector in zip(spans, vectors, strict=True)]


class Evidence:
    """What one turn's sentences are checked against."""

    def __init__(
        self,
        units: Sequence[EvidenceSentence],
        headers: Sequence[str],
        question: str,
        claims: Claims,
        weight: Callable[[str], float],
        embedder: Embedder,
    ) -> None:
        self._scorer = EvidenceScorer(units, headers, question, claims, weight, embedder)
        self._claims = claims
        self._model = LinearModel.read("grounding", FEATURES)
        self._verbatim = _squeezed("\n".join(unit.source.text for unit in units))

    def check(self, segment: Segment) -> CheckedSegment:
        """The segment as it may be shown, and whether the passages support it."""
        if segment.kind == "code":
            return self._code(segment.text)
        if segment.kind == "table":
            return self._table(segment.text)
        if segment.kind == "math" and not _says_words(segment.text):
            return CheckedSegment(reworded(segment.text, is_formula=True).text, Support.NOT_CHECKABLE)
        wording = reworded(segment.text, is_formula=segment.kind == "math")
        text = wording.text
        words = plain(text)
        if claims_nothing(words, segment.kind, self._scorer.asked, self._claims.words):
            return CheckedSegment(text, Support.NOT_CHECKABLE)
        claim = self._claims.of(words, text)
        known = sum(map(self._scorer.knows, claim.tokens))
        if is_foreign(words, self._claims.words.language, known / max(1, len(claim.tokens))):
            return CheckedSegment(text, Support.NOT_CHECKABLE)
        return self._checked(text, words, claim, wording.cited)

    def prepare(self, text: str) -> None:
        """Embed a sentence that is about to be checked, as far as it is known; a guess that was wrong does no harm."""
        self._scorer.prepare(plain(reworded(text).text))

    def weighed(self, text: str, cited: Sequence[int] = ()) -> ClaimFeatures | None:
        """What speaks for running text, to fit the model with; None when there is nothing to compare it with."""
        words = plain(text)
        return self._scorer.weigh(words, self._claims.of(words, text), cited)

    def _checked(self, text: str, words: str, claim: Claim, cited: Sequence[int]) -> CheckedSegment:
        weighed = self._scorer.weigh(words, claim, cited)
        if weighed is None:
            return CheckedSegment(text, Support.UNSUPPORTED)
        score = float(self._model.score(weighed.features[None])[0])
        sources = tuple(self._scorer.source(window) for window in weighed.windows)
        if weighed.against:
            return CheckedSegment(text, Support.UNSUPPORTED)
        if score >= self._model.settings["supported"] and not weighed.doubts:
            return CheckedSegment(text, Support.SUPPORTED, sources)
        if score >= self._model.settings["partly"]:
            return CheckedSegment(text, Support.PARTLY, sources)
        return CheckedSegment(text, Support.UNSUPPORTED)

    # Blocks.

    def _code(self, text: str) -> CheckedSegment:
        """Code that stands in a passage is supported, code mostly from there partly; any other is made up."""
        whole = _whole_code(text)
        lines = [line for line in map(_squeezed, whole.split("\n")[1:-1]) if line]
        found = [place for line in lines if (place := self._holder(line)) is not None]
        if not lines:
            return CheckedSegment(whole, Support.NOT_CHECKABLE)
        sources = tuple(self._scorer.source((place, 1)) for place in list(dict.fromkeys(found))[:2])
        if _squeezed("\n".join(lines)) in self._verbatim and found:
            return CheckedSegment(whole, Support.SUPPORTED, sources)
        if 2 * len(found) >= len(lines):
            return CheckedSegment(whole, Support.PARTLY, sources)
        return CheckedSegment(whole, Support.UNSUPPORTED)

    def _holder(self, line: str) -> int | None:
        if line not in self._verbatim or not any(character.isalnum() for character in line):
            return None
        for place, unit in enumerate(self._scorer.units):
            if line in _squeezed(unit.source.text):
                return place
        return None

    def _table(self, text: str) -> CheckedSegment:
        """A table is as well supported as its worst row; below its head, rows are read like sentences."""
        kept = "\n".join(row if set(row) <= set("|-: \t") else reworded(row).text for row in text.split("\n"))
        rows = [row for row in kept.split("\n") if not set(row.strip()) <= set("|-: \t>")]
        head, body = rows[:1], rows[1:] if len(rows) > 1 else rows
        found: list[CheckedSegment] = []
        for row in body[:_MAX_ROWS]:
            words = plain(" ".join(cell.strip() for cell in row.strip().strip("|").split("|")))
            if words:
                found.append(self._checked(row, words, self._claims.of(words, row), ()))
        order = (Support.UNSUPPORTED, Support.PARTLY, Support.SUPPORTED)
        if not found or not head:
            return CheckedSegment(kept, Support.NOT_CHECKABLE if not found else Support.UNSUPPORTED)
        worst = min((checked.support for checked in found), key=order.index)
        if worst is Support.SUPPORTED and len(body) > _MAX_ROWS:
            worst = Support.PARTLY
        sources = dict.fromkeys(source for checked in found for source in checked.sources)
        return CheckedSegment(kept, worst, tuple(sources)[:2] if worst is not Support.UNSUPPORTED else ())


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
