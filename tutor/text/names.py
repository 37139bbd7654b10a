"""What may name a course, a turn, a conversation or a student."""

from __future__ import annotations

import re

NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
"""What anything can be looked up by; stores take no other text, so nothing else is even looked up."""
_NAME = re.compile(NAME_PATTERN)
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


def is_name(text: str) -> bool:
    """Whether there can be anything of that name."""
    return _NAME.fullmatch(text) is not None


def is_slug(text: str) -> bool:
    """Whether a course can be made under that name, which is a folder's too: no capitals."""
    return _SLUG.fullmatch(text) is not None
