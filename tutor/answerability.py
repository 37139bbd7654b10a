"""Message + passages → the probability that its answer is in them: passages may be on the topic without answering.

Coverage judges the standalone question over the whole course. This judges the student's last message alone over the
few passages that would be shown: earlier turns bring in words that put any passage on the topic, and with them what
tells an answered follow-up from an unanswered one is lost. The coefficients lie in `tutor/data/answerability.json`;
`python -m tests.benchmarks.fit_answerability` fits them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutor.course_index import CourseIndex
from tutor.linear import LinearModel
from tutor.ranking import Query
from tutor.retrieval import Retrieved
from tutor.words import Words

FEATURES = ("best", "mean", "share")
PASSAGES = 5
"""How many of the best passages are judged."""

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


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Passages as a message is held against them.

    `vectors` are their windows', of unit length, shape (windows, dimensions), `first` where each passage's begin,
    ascending from 0; `tokens` are each passage's different tokens; `idf` says how rare a token is.
    """

    vectors: NDArray[np.float32]
    first: NDArray[np.int64]
    tokens: tuple[frozenset[str], ...]
    idf: Callable[[str], float]

    @classmethod
    def of(cls, index: CourseIndex, retrieved: Retrieved) -> Shown:
        """The best passages that a course found."""
        words, lexicon = Words(index.build.info.language), index.lexicon
        spans = retrieved.spans[:PASSAGES]
        places = [np.arange(index.first_window[first], index.first_window[last + 1]) for first, last in spans]
        kept = [number for number, windows in enumerate(places) if len(windows)]
        counts = [len(places[number]) for number in kept]
        rows = np.concatenate([places[number] for number in kept]) if kept else np.empty(0, np.int64)

        def idf(token: str) -> float:
            known = lexicon.vocabulary.get(token)
            return lexicon.unknown_idf if known is None else float(lexicon.idf[known])

        return cls(
            np.asarray(index.arrays.windows[rows], np.float32),
            np.cumsum([0, *counts[:-1]], dtype=np.int64),
            tuple(frozenset(words.tokens(retrieved.passages[number].text)) for number in kept),
            idf,
        )


class Answerability:
    """Says how likely the answer to a message is in the passages shown."""

    def __init__(self) -> None:
        self._model = LinearModel.read("answerability", FEATURES)

    def probability(self, message: Query, shown: Shown) -> float:
        """From 0 to 1; without passages 0."""
        if not shown.tokens:
            return 0.0
        logit = float(self._model.score(features(message.vector, message.tokens, shown)[None, :])[0])
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))

    def is_answered(self, message: Query, shown: Shown) -> bool:
        """Whether that is likely enough to answer: the point at which F1 of finding unanswerable messages is best."""
        return self.probability(message, shown) >= self._model.settings["refuse"]


def features(vector: NDArray[np.float32], tokens: Sequence[str], shown: Shown) -> NDArray[np.float32]:
    """What speaks for an answer in at least one passage: shape (len(FEATURES),).

    The cosine of the best passage and the mean of all, and the share of the message's IDF mass in the passage that has
    most of it; a message without words that carry meaning lacks none.
    """
    cosines = np.maximum.reduceat(shown.vectors @ vector, shown.first)
    weights = {token: shown.idf(token) for token in tokens if token not in _ASKING}
    mass = sum(weights.values())
    held = max(sum(weight for token, weight in weights.items() if token in each) for each in shown.tokens)
    return np.array([cosines.max(), cosines.mean(), held / mass if mass else 1.0], np.float32)
