"""Codes of languages, as `pt-BR`: https://www.rfc-editor.org/rfc/rfc5646"""

from __future__ import annotations

_RIGHT_TO_LEFT = frozenset("ar dv fa he ku ps sd ug ur yi".split())


def primary_subtag(language: str) -> str:
    """The language itself, in small letters: `pt` of `pt-BR` and of `PT_br`."""
    return language.lower().replace("_", "-").split("-")[0]


def direction(language: str) -> str:
    """Which way a language is written: `ltr` or `rtl`."""
    return "rtl" if primary_subtag(language) in _RIGHT_TO_LEFT else "ltr"
