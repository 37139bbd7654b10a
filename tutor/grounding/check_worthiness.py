"""Tells sentences that claim nothing about the lessons' subject, so that there is nothing to check them against."""

from __future__ import annotations

import re

from tutor.grounding.block_marks import SegmentKind
from tutor.text.language_id import LANGUAGES, small_words
from tutor.text.words import Words

_LONGEST_HEADING_WORDS = 8
# Words of a tutor's own that carry no claim: greetings, what leads to a list, what speaks of the answer itself.
_TALK = """
hello hi hey welcome thanks thank great good nice sure certainly course absolutely okay ok yes no well question
questions here there are is was be the following follow follows below above steps step list example examples
instance explain explained explanation let us let's look see start begin first second third then next finally also
now summary short brief briefly overview conclusion answer answers answering your you i we can could will would
should do does how what why which who when where hope helps help helped feel free ask more further know please tell
me about this that these those it its in on of to for from with by as at and or but so if a an all any some one two
three four five several few key main points point things thing ways way reasons reason details detail information
passage passages lesson lessons source sources text texts context provided given according based mentioned said says
say note notes important keep mind remember other words simply put simple terms means mean glad happy assist
understand clear make sense hint try think yourself quiz ready
"""
_TALKING = frozenset(_TALK.split())
_UNKNOWING = re.compile(
    r"^(?:(?:i(?:'m| am)? (?:sorry|afraid)[,.]?|unfortunately,?|however,?|but|based on [\w ,]{0,60}?,)\s*(?:but\s*)?)?"
    r"(?:(?:i|we)\s(?:do not|don't|cannot|can't|could not|couldn't|am not|was not|am unable|have no)\b"
    r"|(?:the|these|this|those|any of the|your|none of the)?\s?(?:\w+\s){0,2}?(?:passages?|lessons?|texts?|documents?"
    r"|sources?|contexts?|materials?|course|excerpts?|content|information)\b(?:\s\w+){0,5}?\s"
    r"(?:(?:do|does|did|is|are) not|don't|doesn't|isn't|aren't|never|no|cannot|lacks?|fails?)\b"
    r"|there is no (?:\w+ )?(?:information|mention|answer|passage))[^;.]*\.?\W*$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\b(?:but|however|although|though|yet|because|since|instead|rather|only|whereas|while)\b|[;:]")
_FEWEST_FOREIGN_WORDS = 4
_KNOWN_SHARE = 0.5
_LEAST_COMMON_SHARE = 0.2


def claims_nothing(words: str, kind: SegmentKind, asked: frozenset[str], reading: Words) -> bool:
    """Whether plain text is a question, a greeting, a short heading, what leads to a list, or says that it knows not.

    `asked` are the tokens of the question: what leads to a list may repeat them.
    """
    said = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", words.lower())
    if not said or (kind == "heading" and len(said) <= _LONGEST_HEADING_WORDS):
        return True
    # Not a statement that ends by quoting a question.
    if words.rstrip(")*_ ").endswith(("?", "？", "؟")):
        return True
    if len(said) <= 40 and _UNKNOWING.match(words.strip()) and not _GOES_ON.search(words[12:]):
        return True
    if any(word.isdigit() for word in said):
        return False
    rest = [word for word in said if word.replace("’", "'") not in _TALKING]
    if not rest:
        return True
    leads = words.rstrip("*_ ").endswith((":", "："))
    return leads and all(set(reading.tokens(word)) <= asked for word in rest)


def is_foreign(words: str, language: str, known: float) -> bool:
    """Whether plain text is in another language than the lessons, given the share of its words that they have."""
    if known >= _KNOWN_SHARE:
        return False
    letters = [letter for letter in words if letter.isalpha()]
    latin = sum(letter < "\u0250" for letter in letters)
    if language in LANGUAGES and len(letters) >= 4 and latin * 2 < len(letters):
        return True
    said = re.findall(r"[^\W\d_]+", words.lower())
    counts = {name: sum(word in small_words(name) for word in said) for name in LANGUAGES}
    best = max(counts, key=lambda name: counts[name])
    if language not in counts:
        return False
    # A few letters that happen to be another language's word are not a sentence of it.
    least = max(2, 2 * counts[language] + 1, _LEAST_COMMON_SHARE * len(said))
    return len(said) >= _FEWEST_FOREIGN_WORDS and counts[best] >= least
