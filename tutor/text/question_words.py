"""What two questions have in common that get the same answer.

`exact` is the same words, whatever their case and punctuation. `near`, in English, also overlooks what never changes
what is asked: articles, forms of "be" and "do", courtesies, a plural. The order of the words counts, and every other
word does. Nearness of vectors was measured and is not used: MiniLM gives "Is TCP faster than UDP?" and its reverse
.997, "with parameters" and "without parameters" .983, but "How do I remove a branch?" and "delete" .929.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from tutor.text.language_id import language_of, small_words
from tutor.text.messages import languages

_CODE = re.compile(r"`+([^`]+)`+")
_BEFORE, _AFTER = "\"'“”‘’«»(¿¡[`", "\"'“”‘’«»)]`?!.,;:…"
_LAST_MARK = re.compile(r"[?!.…][\"'”’»)]*")
_CONTRACTED = ((re.compile(r"n't\b"), " not"), (re.compile(r"\b(what|how|who|where|why|when)'s\b"), r"\1"))
_FRAMES = (
    re.compile(r"^(?:hi|hello|hey)\b[\s,!.]*"),
    re.compile(r"^please,?\s+"),
    re.compile(r"^(?:(?:can|could|would) you\s+(?:please\s+)?)?(?:explain|tell|show)(?: to)? (?:me|us)\s+"),
    re.compile(r"^(?:can|could|would) you\s+(?:please\s+)?explain\s+"),
    re.compile(r"(?:,?\s*\b(?:please|thanks|thank you))+\s*(?=[?!.]*$)"),
)
_HOW = re.compile(r"^how (?:(?:do|does|can|could|would) (?:i|we|you|one)|to)\b")
# The present only: "Who was" and "Who is" ask for two people.
_EMPTY = frozenset("is are be am do does".split())
_ARTICLES = frozenset("a an the".split())
_FACTORIAL = re.compile(r"\d!")
_PLURAL = re.compile(r"(?=[a-z]*[aeiouy][a-z]*s\Z)[a-z]{3,}[^siu\W\d_]s")


Matching = Literal["exact", "near"]
QuestionKey = tuple[tuple[str, ...], tuple[str, ...]]
"""Code as it is, and words."""


def question_key(question: str, how: Matching, language: str) -> QuestionKey:
    """Equal for questions that get the same answer; `language` is the one to take where a question does not tell."""
    code = tuple(_CODE.findall(question))
    is_english = how == "near" and language_of(question, languages(), language).startswith("en")
    return code, _near_words(question) if is_english else plain_words(question)


def plain_words(text: str) -> tuple[str, ...]:
    """The words of a question and the signs that stand alone, as `==`; without case and the marks around words."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").split()
    words = [word if _FACTORIAL.search(word) else word.lstrip(_BEFORE).rstrip(_AFTER) or word for word in folded]
    if words and _LAST_MARK.fullmatch(words[-1]):
        words.pop()
    return tuple(words)


def _near_words(text: str) -> tuple[str, ...]:
    """The words of an English question that make it this one."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().replace("’", "'").split())
    for pattern, full in _CONTRACTED:
        plain = pattern.sub(full, plain)
    for frame in _FRAMES:
        plain = frame.sub("", plain)
    words = plain_words(_HOW.sub("how", plain))
    kept, small, before = [], small_words("en"), ""
    for word in words:
        # After a word that names something it may be a letter: vitamin A.
        is_article = word in _ARTICLES and (not before or before in small)
        if word not in _EMPTY and not is_article:
            kept.append(word[:-1] if _PLURAL.fullmatch(word) else word)
        before = word
    return tuple(kept) or words
