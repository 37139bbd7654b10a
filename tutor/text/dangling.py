"""Sentences that cannot be read alone: they point at what stands before or behind them in the lesson."""

from __future__ import annotations

import re

_OPENING = re.compile(
    r"^[\W_]*(?:this|that|these|those|it|its|they|their|them|he|she|his|her|such|however|but|so|therefore|thus|hence|"
    r"then|also|and|or|nor|yet|instead|otherwise|similarly|likewise|finally|additionally|moreover|furthermore|again|"
    r"nevertheless|nonetheless|consequently|accordingly|meanwhile|conversely|besides|still|"
    r"(?:another|both|each|neither|either|all|most|some|many|one|none)(?= (?:one|is|are|was|were|has|have|can|will|"
    r"does|do|may|should|must|needs?|gives?|takes?)\b| of (?:these|those|them|this|it|which)\b)|"
    r"the (?:first|second|third|former|latter|other|others|same|next|last)(?: one)?|"
    r"(?:first|second|third|next)(?:ly)?,|"
    r"in (?:this|that|these|those|such|addition|contrast|other words|turn|short|both|either|each)|"
    r"(?:by|for|at|from|because of|due to|after|before|during|with|under|on) (?:this|that|these|those|contrast)|"
    r"for (?:example|instance|one)|as a (?:result|consequence)|on the (?:other|contrary)|at (?:this|that) point|"
    r"like(?:wise| this| that)|the (?:above|following|preceding|previous))\b",
    re.IGNORECASE,
)
# "It is important that" points at nothing; "that" and "this" of a clause neither.
_EXPLETIVE = re.compile(
    r"^[\W_]*(?:it(?:'s|’s| is| was| can be| may be| might be| would be) (?:\w+ ){0,2}?(?:important|possible|necessary|"
    r"likely|easy|hard|difficult|common|clear|true|useful|helpful|best|better|worth|good|time|better|impossible|"
    r"known|recommended|said|called)\b.{0,60}?\b(?:to|that|for|when|if)\b|it (?:takes|depends)\b|"
    r"such as\b|so (?:that|far|called)\b|"
    r"still,? \w+ing\b)",
    re.IGNORECASE,
)


def leans(sentence: str) -> bool:
    """Whether a sentence opens with a word for what stands before it ("This is why", "Additionally")."""
    return bool(_OPENING.match(sentence)) and not _EXPLETIVE.match(sentence)


def leads_in(sentence: str) -> bool:
    """Whether a sentence only announces what stands behind it, as a list."""
    return sentence.rstrip().rstrip('*_`"”’) ').endswith((":", "："))
