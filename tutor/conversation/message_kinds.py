"""What kind of message a student has sent, by the common forms of five languages, which lie in `message_forms.json`.

A student need not write in the course's language, so all forms are tried; only what denies is read in the course's,
since "no" is a word of another meaning in Portuguese. Accents are left out of both, as students do.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

from tutor.text.language_tags import primary_subtag

_LONGEST_PRESSING = 30
_LONGEST_GUESS = 5
_OWN_WORDS = 1
_WORD = re.compile(r"[^\W_]+")


def is_pressing(text: str) -> bool:
    """Whether a message presses for more of what was asked before, and asks nothing of its own.

    So does "just tell me", and a guess of a few words: "is it a pump?"
    """
    if len(text.split()) > _LONGEST_PRESSING:
        return False
    if len(text.split()) <= _LONGEST_GUESS and _forms("guess", r"\W*{}").fullmatch(_folded(text)):
        return True
    rest, count = _forms("pressing", r"\b{}\b").subn(" ", _folded(text))
    own = [word for word in _WORD.findall(rest) if word not in _words("filling")]
    return count > 0 and len(own) <= _OWN_WORDS


def stops(text: str) -> bool:
    """Whether a message ends a quiz."""
    return bool(_alone("stop").match(_folded(text)))


def skips(text: str) -> bool:
    """Whether a message passes a question by, or says that the student does not know."""
    return bool(_alone("skip").match(_folded(text)))


def asks(text: str) -> bool:
    """Whether a message has the form of a question."""
    return text.rstrip().endswith("?") or bool(_forms("asks", r"^\W*{}\b").match(_folded(text)))


def denies(text: str, language: str) -> bool:
    """Whether a text says that something is not so."""
    known = _known()
    forms = known.get(primary_subtag(language), known["en"])["denies"]
    return bool(_compiled(tuple(forms), r"(?<!\w){}(?!\w)").search(_folded(text)))


def names_nothing(text: str) -> bool:
    """Whether a message says only in which way to teach ("summarise this lesson"), and no subject."""
    return is_pressing(text) or all(word in _words("way") for word in _WORD.findall(_folded(text)))


def _forms(kind: str, around: str) -> re.Pattern[str]:
    return _compiled(tuple(form for known in _known().values() for form in known[kind]), around)


def _alone(kind: str) -> re.Pattern[str]:
    objects = "|".join(sorted(_words("object")))
    return _forms(kind, rf"^\W*{{}}(?:\s+(?:{objects}))*\W*$")


@lru_cache
def _compiled(forms: tuple[str, ...], around: str) -> re.Pattern[str]:
    # The longest first, or "just" would be taken out of "just tell me".
    either = "|".join(sorted(forms, key=len, reverse=True))
    return re.compile(around.replace("{}", f"(?:{either})"))


@lru_cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(word for known in _known().values() for word in str(known[kind]).split())


@lru_cache
def _known() -> dict[str, dict[str, list[str]]]:
    known: dict[str, dict[str, list[str]]] = json.loads(
        files("tutor.conversation").joinpath("message_forms.json").read_text("utf-8")
    )
    return known


def _folded(text: str) -> str:
    """Lower case, without accents, with plain apostrophes and single spaces."""
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return " ".join(bare.lower().replace("’", "'").split())
