"""What the tutor says itself, in several languages: one look-up for all catalogues of messages.

A catalogue is a JSON file `{language: {name: text}}`, or a folder of files `language.json` with `{name: text}`. Every
language may lack messages: English has them all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from tutor.text.language_tags import primary_subtag

DEFAULT = "en"


class Messages(Mapping[str, str]):
    """The messages of one language: `messages["ask"]`, and `messages("minutes", number=6)` where they have gaps."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __call__(self, name: str, /, **values: object) -> str:
        return self._texts[name].format(**values)


class Catalogue:
    """Messages by language."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        english = texts[DEFAULT]
        self._messages = {language: Messages(language, {**english, **own}) for language, own in texts.items()}

    @classmethod
    def of_package(cls, package: str, name: str) -> Catalogue:
        """The catalogue in the file `name` of a package."""
        return cls(json.loads(files(package).joinpath(name).read_text("utf-8")))

    @classmethod
    def of_folder(cls, folder: Path) -> Catalogue:
        """The catalogue whose languages are the files of a folder."""
        return cls({path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")})

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages that there are messages in."""
        return tuple(self._messages)

    def messages(self, *languages: str) -> Messages:
        """Those of the first of these languages (codes such as `pt-BR`) that there are, else of English."""
        known = (self._messages.get(primary_subtag(language)) for language in languages)
        return next(filter(None, known), self._messages[DEFAULT])


def messages(*languages: str) -> Messages:
    """What the tutor says in answers, in the first of these languages that it speaks, else in English."""
    return _tutor().messages(*languages)


def languages() -> tuple[str, ...]:
    """The codes of the languages that the tutor speaks."""
    return _tutor().languages


@lru_cache(maxsize=1)
def _tutor() -> Catalogue:
    return Catalogue.of_package("tutor.text", "messages.json")
