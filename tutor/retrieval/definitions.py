"""Questions for a meaning: what they ask the meaning of, and where a text gives it."""

from __future__ import annotations

import re

_DEFINITION = re.compile(
    r"^(?:so,? |and )?(?:what(?:'s|’s| is| are| does| do)|define|explain|describe|meaning of|definition of)\s+"
    r"(?:an?\s+|the\s+|is\s+meant\s+by\s+)?(?P<term>.+?)(?:\s+(?:mean|means|and|in|used|for|of|do|does|when|called)\b.*)?"
    r"[\s?.!`\"]*$",
    re.IGNORECASE,
)
_VERBS = r"(?:is|are|refers?\s+to|means?|allows?|provides?|lets?|describes?|consists?|denotes?)\b"


def defined_term(question: str) -> str:
    """What a question asks the meaning of, or nothing."""
    match = _DEFINITION.match(question.strip())
    term = match["term"].strip("`\"'“”‘’ ?.!") if match else ""
    return term if 2 <= len(term) <= 40 else ""


def definition_pattern(term: str) -> re.Pattern[str]:
    """Finds where a sentence says what `term` is."""
    words = r"[\s_-]+".join(map(re.escape, term.split()))
    return re.compile(rf"(?<!\w){words}\w{{0,2}}[`*\"'”)]*(?:\s*\([^)]*\))?[`*]*\s*,?\s*{_VERBS}", re.IGNORECASE)
