"""What a section's title says of the section: exercises, reading, aims or a part of any lesson, and no subject."""

from __future__ import annotations

import re

_EXERCISES = (
    r"check your (?:understanding|knowledge)|knowledge checks?|test yourself|assignments?|homework|"
    r"(?:review|self-check|practice|critical thinking|personal application)? ?(?:questions?|exercises?|quiz(?:zes)?)"
)
_READING = (
    r"(?:additional|further|other|helpful) (?:resources?|reading|links)|references|bibliography|see also|what.s next"
)
_AIMS = r"lesson overview|learning (?:outcomes|objectives)|table of contents"
# These say what to do or how the text goes on.
_PARTS = (
    r"an? (?:worked |simple |quick |first )?example|do it .*|try it .*|putting .+ together|check your .+|summary|"
    r"introduction|overview|conclusion|next steps?|(?:additional|further) .+|a note on .+"
)


def is_aside(title: str) -> bool:
    """Whether a title announces exercises or reading."""
    return bool(_ASIDE.match(title))


def is_aside_or_aim(title: str) -> bool:
    """Whether a title announces exercises, reading or what is to be learnt."""
    return bool(_ASIDE_OR_AIM.match(title.strip(" :.")))


def names_no_subject(title: str) -> bool:
    """Whether a title could stand in any lesson."""
    return bool(_NO_SUBJECT.match(title))


def _whole(*kinds: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:{'|'.join(kinds)})$", re.IGNORECASE)


_ASIDE = _whole(_EXERCISES, _READING)
_ASIDE_OR_AIM = _whole(_EXERCISES, _READING, _AIMS)
_NO_SUBJECT = _whole(_EXERCISES, _READING, _AIMS, _PARTS)
