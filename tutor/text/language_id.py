"""In which language a question is written, told by its small words: questions are too short for anything else.

A statistical identifier with 97 languages takes a quarter of English fragments for another language; a fragment has no
small words, and then the course's language is the best guess.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection
from importlib.resources import files

from tutor.text.language_tags import primary_subtag

_SMALL_WORDS: dict[str, str] = json.loads(files("tutor.text").joinpath("small_words.json").read_text("utf-8"))
_ALSO_ENGLISH = "die war man comment pour son plus hat hast bin mit des fait sans o e y"
_LETTERS = {"es": "ñ¿¡áíóú", "fr": "œèêëîûçàùôé", "de": "äöüß", "pt": "ãõçâêôáíóú"}
_OF = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
LANGUAGES = tuple(_OF)
"""The languages whose small words are known."""
_ASKED_IN = ("en", *_LETTERS)
# A word that several languages have says less about each of them.
_SHARED = Counter(word for language in _ASKED_IN for word in _OF[language]) + Counter(_ALSO_ENGLISH.split())
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ELIDED = re.compile(r"^(?:[cdjlmnst]|qu)['’](?=\w)")
_CODE = re.compile(r"`[^`]*`|https?://\S+")
_SURE = 1.5
"""How much more must speak for another language than for the default; a word that no other language has is 2."""


def small_words(language: str) -> frozenset[str]:
    """The words of a language that stand in any text and name nothing; none where they are not known."""
    return _OF.get(primary_subtag(language), frozenset())


def language_of(text: str, candidates: Collection[str], default: str) -> str:
    """The one of `candidates` in which `text` is written; `default` unless its small words clearly say otherwise.

    Languages are codes such as `en`; those without a list of small words are never found.
    """
    own = primary_subtag(default)
    known = [language for language in _ASKED_IN if language in candidates or language == own]
    scores = {language: _score(text, language) for language in known}
    best = max(scores, key=lambda language: scores[language], default=own)
    sure = scores[best] >= scores.get(own, _share_of_other_scripts(text)) + _SURE if scores else False
    return best if sure and best != own else default


def _score(text: str, language: str) -> float:
    score = 2.0 if language == "es" and re.search("[¿¡]", text) else 0.0
    for word in _WORD.findall(_CODE.sub(" ", text)):
        folded = word.lower().replace("’", "'")
        if folded in _OF[language]:
            score += 2 / _SHARED[folded]
        elif language == "fr" and _ELIDED.match(folded):
            score += 2
        if any(letter in _LETTERS.get(language, "") for letter in folded):
            score += 0.75
    return score


def _share_of_other_scripts(text: str) -> float:
    """What speaks for a language of which no small words are known: letters of another script than Latin."""
    return float(sum(character.isalpha() and ord(character) > 0x24F for character in text))
