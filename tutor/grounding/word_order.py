"""A sentence's words in their order + the lessons' → whether the lessons have them the other way round."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

from tutor.grounding.claims import Claim

# How far apart two words may stand and still be said of each other.
_FOLLOWS, _NEIGHBOURS, _SIDES, _NAMES = 6, 2, 12, 25

Places = Mapping[str, Sequence[int]]


def places(tokens: Iterable[str]) -> Places:
    """Where each token stands, ascending."""
    at: dict[str, list[int]] = {}
    for place, token in enumerate(tokens):
        at.setdefault(token, []).append(place)
    return at


def in_order(tokens: Sequence[str], at: Places) -> int:
    """How many pairs of neighbouring tokens follow each other near by in the lessons."""
    return sum(
        any(0 < b - a <= _FOLLOWS for a in at.get(one, ()) for b in at.get(two, ())) for one, two in pairwise(tokens)
    )


def is_turned(claim: Claim, at: Places, comparing: Collection[str]) -> bool:
    """Whether names, neighbouring words or the sides of a comparison stand the other way round in the lessons.

    `comparing` are the tokens of words such as `than`, which have such sides.
    """
    return any(
        one != two and _stands_only_before(at[two], at[one], reach)
        for (one, two), reach in _pairs(claim, at, comparing).items()
    )


def _pairs(claim: Claim, at: Places, comparing: Collection[str]) -> dict[tuple[str, str], int]:
    """The pairs of words that the lessons have too, and within how many words the other order contradicts the claim."""
    names = {token for name in claim.names for token in name}
    row = [token for token in claim.tokens if token in at]
    pairs = dict.fromkeys(pairwise(row), _NEIGHBOURS)
    pairs |= dict.fromkeys(pairwise([token for token in row if token in names]), _NAMES)
    for place, token in enumerate(claim.tokens):
        if token in comparing:
            before = [side for side in claim.tokens[max(0, place - 2) : place] if side in at]
            after = [side for side in claim.tokens[place + 1 : place + 3] if side in at]
            pairs |= {(one, two): _SIDES for one in before for two in after}
    return pairs


def _stands_only_before(word: Sequence[int], other: Sequence[int], reach: int) -> bool:
    """Whether a word stands somewhere up to `reach` places before another, and nowhere soon after it."""
    distances = [there - here for here in other for there in word]
    return any(-reach <= d < 0 for d in distances) and not any(0 < d <= _NAMES for d in distances)
