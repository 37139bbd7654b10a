"""A message and what was said before it → a question that can be read alone, by rules and without a model.

The rules change as little as they can: what a message lacks is put beside its own words, which stay. It is what the
student is shown, what coverage judges and what quotes are measured by; what is *found* for a follow-up also comes
from the earlier messages as they are (`tutor.conversation.context`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from tutor.conversation.cues import Cues, cues
from tutor.text.language_id import small_words
from tutor.text.words import Words

_REMEMBERED = 8
_ALONE = 0.7
_LONGEST_SUBJECT_WORDS = 9
_ITEM = re.compile(r"^[ \t]*(?:[-*+•]|\d{1,2}[.)])[ \t]+(?P<item>\S.*)$", re.MULTILINE)
_LABEL = re.compile(r"^(?:\*\*(?P<bold>[^*\n]{2,80})\*\*|(?P<code>`[^`\n]{2,60}`)|(?P<label>[^:.\n–]{2,60})(?=: | – ))")
_STATEMENT = re.compile(r"[.;:!?]+(?:\s|$)|\n")
_ALTERNATIVES = re.compile(r",? (?:or|o|ou|oder) |^(?:either|entweder) ", re.IGNORECASE)
_AND = re.compile(r" (?:and|or|y|o|et|ou|und|oder|e) ")
_ENUMERATION = re.compile(r",? (?:and|or|y|o|et|ou|und|oder|e) |, |^(?:either|both|entweder) ", re.IGNORECASE)
_ADDED = re.compile(r" \((?P<subject>[^()]+)\)$")
_DETERMINER = re.compile(
    r"(?:an?|the|el|las?|los|une?|les?|des|d[ei][erasnm]|eine?[nmr]?|os?|as?|uma?)\s+$", re.IGNORECASE
)
_WORD = re.compile(r"\w+(?:[-.'’+/]\w+)*(?:\+\+|#)?")
_STARTS = re.compile(r"^(?:an?|the|el|la|los|las|une?|le|les|der|die|das|eine?[nmr]?|os?|as?|uma?)\s+", re.IGNORECASE)


def standalone_question(text: str, history: Sequence[tuple[str, str]], language: str = "en") -> str:
    """`text` with what it leans on put beside it; a message that stands alone stays as it is.

    `history` are the earlier messages as (role, text), oldest first.
    """
    known, small = cues(language), small_words(language)
    previous = ""
    said: list[str] = []
    for role, message in history[-2 * _REMEMBERED :]:
        if role == "user" and message.strip():
            resolved = _resolved(_clean(message), previous, said, known, small)
            # "Help" gives nothing to lean on.
            previous = previous if known.vague.match(resolved) else resolved
        elif role != "user":
            said.append(message)
    return _resolved(_clean(text), previous, said, known, small)


def stands_alone(text: str, language: str = "en") -> float:
    """How far a message can be understood without what was said before it, from 0 to 1."""
    known, text = cues(language), _clean(text)
    if any(cue.match(text) for cue in (known.bare, known.more, known.example, known.vague)):
        return 0.0
    if known.place.match(text) or known.about.match(text):
        return 0.2
    content = len(content_words(text, language))
    if content == 0:
        return 0.0
    alone = min(1.0, 0.5 + 0.1 * content)
    pronoun = known.pronoun.search(text) or known.both.search(text)
    if pronoun:
        # What it stands for may be named before it in the same message.
        named = len(content_words(text[: pronoun.start()], language))
        alone = min(alone, 0.3 if named < 3 else 0.6)
    if known.ordinal.search(text):
        alone = min(alone, 0.3)
    return max(0.0, alone - 0.1) if known.opener.match(text) else alone


def topic_changed(text: str, history: Sequence[tuple[str, str]], language: str = "en") -> bool:
    """Whether a message has nothing to do with what was said before it.

    It stands alone and shares no word that names something with any earlier message, the tutor's included. It may
    still be related: then nothing is lost but a little context, for it is found by its own words.
    """
    if not any(role == "user" and message.strip() for role, message in history):
        return False
    if stands_alone(text, language) < _ALONE:
        return False
    said = {word for _, message in history for word in content_words(message, language)}
    return not any(word in said for word in content_words(text, language))


def content_words(text: str, language: str = "en") -> list[str]:
    """The stems of the words that name something, each once: none of those that stand in any question."""
    small = small_words(language)
    kept = [word for word in _WORD.findall(text) if word.lower().replace("’", "'") not in small]
    return list(dict.fromkeys(_words(language).tokens(" ".join(kept))))


@lru_cache
def _words(language: str) -> Words:
    return Words(language)


def _clean(text: str) -> str:
    return " ".join(text.split())


def _resolved(text: str, previous: str, said: Sequence[str], known: Cues, small: frozenset[str]) -> str:
    """`text` made to stand alone by the question before it, itself resolved, and by what the tutor has said."""
    if not previous:
        return text
    for cue in (known.ordinal, known.both):
        text = _with_items(text, cue, said)
    asked = previous.rstrip(" ?!.")
    if any(cue.match(text) for cue in (known.bare, known.more, known.example, known.vague)):
        return f"{asked} – {known.opener.sub('', text) or text}"
    place = known.place.match(text)
    if place:
        return _moved(previous, place["rest"].rstrip(" ?!."))
    about = known.about.match(text)
    if about and not known.pronoun.search(about["rest"]):
        return _exchanged(previous, about["rest"].rstrip(" ?!."), known) or f"{asked} – {text}"
    if known.pronoun.search(text) or known.both.search(text) or known.opener.match(text):
        subject = _subject(previous, known, small)
        return text if not subject or subject.casefold() in text.casefold() else f"{text} ({subject})"
    return text


def _with_items(text: str, cue: re.Pattern[str], said: Sequence[str]) -> str:
    """`text` with "the second one", or "both", replaced by what the tutor listed last."""
    match = cue.search(text)
    listed = next(filter(lambda items: len(items) > 1, map(_items, reversed(said))), ()) if match else ()
    if match is None or not listed:
        return text
    if "last" not in match.groupdict():
        named = " + ".join(listed[:2]) if len(listed) == 2 else ""
    else:
        place = next(
            int(name[1:]) if name != "last" else len(listed) for name, found in match.groupdict().items() if found
        )
        named = listed[place - 1] if place <= len(listed) else ""
    return f"{text[: match.start()]}{named}{text[match.end() :]}" if named else text


def _items(answer: str) -> tuple[str, ...]:
    """The names of the items of the last list in an answer, or of those that its last enumeration has."""
    listed = [match["item"] for match in _ITEM.finditer(answer)]
    if len(listed) > 1:
        return tuple(_name(item) for item in listed)
    for statement in reversed(_STATEMENT.split(answer)):
        # "A, B and C, or D" are two.
        for joint in (_ALTERNATIVES, _ENUMERATION):
            found = [item.strip(" *`,") for item in joint.split(statement) if item.strip(" *`,")]
            if (
                len(found) > 1
                and _AND.search(statement)
                and all(len(item.split()) <= _LONGEST_SUBJECT_WORDS for item in found)
            ):
                return tuple(found)
    return ()


def _name(item: str) -> str:
    match = _LABEL.match(item)
    name = next(filter(None, match.groups())) if match else re.split(r"(?<=\w)[.;,](?:\s|$)", item)[0]
    return " ".join(re.sub(r"\[\d+\]", "", name).split()[:_LONGEST_SUBJECT_WORDS]).strip(" .,:;*")


def _moved(previous: str, place: str) -> str:
    """The question before, asked of another place: "How do I sort in Java?", "and in Python?"."""
    asked = _ADDED.sub("", previous).rstrip(" ?!.")
    preposition = place.split()[0]
    end = re.search(rf"\s{re.escape(preposition)}\s+\S+(?:\s\S+){{0,2}}$", asked, re.IGNORECASE)
    return f"{asked[: end.start()] if end else asked} {place}?"


def _exchanged(previous: str, rest: str, known: Cues) -> str:
    """The question before, asked of another subject: "How do lists work?", "what about tuples?"; or nothing."""
    asked = _ADDED.sub("", previous)
    frame = known.frame.match(asked)
    start = frame.end() if frame else 0
    clause = known.clause.search(asked, start)
    end = clause.start() if clause else len(asked.rstrip(" ?!."))
    if not start or not 1 <= len(asked[start:end].split()) <= 4:
        return ""
    head = _DETERMINER.sub("", asked[:start]) if _STARTS.match(rest) else asked[:start]
    return f"{head}{rest}{asked[end:]}"


def _subject(previous: str, known: Cues, small: frozenset[str]) -> str:
    """What the question before was about: what had been put beside it, or its words without those of asking."""
    added = _ADDED.search(previous)
    if added:
        return added["subject"]
    asked = previous.split(" – ")[0].rstrip(" ?!.")
    frame = known.frame.match(asked)
    start = frame.end() if frame else 0
    clause = known.clause.search(asked, start)
    end = clause.start() if clause and clause.start() > start else len(asked)
    words = asked[start:end].split()[:_LONGEST_SUBJECT_WORDS]
    while words and words[-1].lower() in small:
        words.pop()
    return " ".join(words)
