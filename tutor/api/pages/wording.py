"""The words of the reader's pages, in the languages that there are files of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

from tutor.resources import web_directory

DEFAULT = "en"
_RIGHT_TO_LEFT = frozenset("ar dv fa he ku ps sd ug ur yi".split())


class Wording:
    """The words of one language: `words["ask"]`, and `words("minutes", number=6)` where they have gaps."""

    def __init__(self, language: str, words: Mapping[str, str]) -> None:
        self.language = language
        self._words = words

    def __getitem__(self, name: str) -> str:
        return self._words[name]

    def __call__(self, name: str, **values: object) -> str:
        return self._words[name].format(**values)


def direction(language: str) -> str:
    """Which way a language is written: `ltr` or `rtl`."""
    return "rtl" if language.lower().split("-")[0] in _RIGHT_TO_LEFT else "ltr"


def wording(*languages: str) -> Wording:
    """The words of the first of these languages (codes such as `pt-BR`) that there are, else English."""
    known = _all()
    for language in languages:
        short = language.lower().split("-")[0]
        if short in known:
            return known[short]
    return known[DEFAULT]


def accepted(header: str) -> list[str]:
    """The languages of an Accept-Language header, the best liked first."""
    liked = []
    for item in header[:500].split(","):
        name, _, rest = item.strip().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if name and weight > 0:
            liked.append((-weight, name))
    return [name for _, name in sorted(liked, key=lambda each: each[0])]


@lru_cache(maxsize=1)
def _all() -> dict[str, Wording]:
    folder = web_directory() / "reader" / "words"
    return {
        path.stem: Wording(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in folder.glob("*.json")
    }
