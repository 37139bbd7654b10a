"""One short question back when a message names no subject at all, with what it may be about."""

from __future__ import annotations

from collections.abc import Sequence

from tutor.conversation.cues import cues
from tutor.conversation.standalone import content_words
from tutor.text.messages import messages

_MAX_OPTIONS = 3
_ASKING = ("clarify", "clarify_lesson", "clarify_problem")


def clarification(
    text: str, history: Sequence[tuple[str, str]], lesson: str | None, language: str, options: Sequence[str] = ()
) -> str | None:
    """The question to ask back, in `language`; None when `text` names a subject, or what was said before gives it one.

    `history` are the earlier messages as (role, text), `lesson` is the title of the one the student is on, `options`
    are titles of sections that it may be about, of which up to three are named. It never asks twice in a row.
    """
    known, words = cues(language), messages(language)
    message = " ".join(text.split())
    stuck = bool(known.stuck.match(message))
    if not stuck and not known.vague.match(message):
        return None
    if _has_just_asked(history, language):
        return None
    # "Why?" and "more" are about the question before.
    if not stuck and any(role == "user" and content_words(said, language) for role, said in history):
        return None
    if known.problem.match(message):
        question = words["clarify_problem"]
    elif lesson:
        question = words["clarify_lesson"].format(lesson=lesson)
    else:
        question = words["clarify"]
    named = [f"“{option}”" for option in dict.fromkeys(options) if option][:_MAX_OPTIONS]
    if named and not known.problem.match(message):
        return f"{question} {words['clarify_options'].format(options=', '.join(named))}"
    return question


def _has_just_asked(history: Sequence[tuple[str, str]], language: str) -> bool:
    said = next((said.strip() for role, said in reversed(history) if role == "assistant"), "")
    openings = (messages(language)[name].split("{")[0] for name in _ASKING)
    return any(said.startswith(opening) for opening in openings)
