"""In which languages a page is shown."""

from __future__ import annotations

from functools import lru_cache

from tutor.resources import web_directory
from tutor.text.messages import Catalogue, Messages


def reader_messages(*languages: str) -> Messages:
    """What the reader's pages say, in the first of these languages that they speak, else in English."""
    return _reader().messages(*languages)


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
def _reader() -> Catalogue:
    return Catalogue.of_folder(web_directory() / "reader" / "words")
