"""The question in which the tutor suggests a section by its title, and how its title is read back."""

from __future__ import annotations

import re

from tutor.text.messages import messages

_QUOTED = re.compile(r"[«„“]\s?\{topic\}")


def topic(question: str, language: str) -> str:
    """The section's title in a question that was suggested; any other question as it is."""
    before, after = suggestion(language).split("{topic}")
    text = " ".join(question.split())
    if len(text) > len(before) + len(after) and text.startswith(before) and text.endswith(after):
        return text[len(before) : len(text) - len(after)]
    return question


def suggestion(language: str) -> str:
    """The question with `{topic}` in the place of a title."""
    phrase = messages(language)["suggestion"]
    # Titles are of every grammatical form: only in quotation marks do all of them fit into one phrase.
    return phrase if _QUOTED.search(phrase) else phrase.replace("{topic}", "“{topic}”")
