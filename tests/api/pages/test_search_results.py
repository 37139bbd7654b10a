"""What a search shows of a passage."""

from __future__ import annotations

import pytest

from tutor.api.pages.search_results import SearchResult, found
from tutor.models import Passage

TEXT = (
    "## Windows\n\nA peer tells its window. **Flow control** keeps a sender from sending too much.\n\n"
    "```python\nwindow = flow()\n```\n"
)


def shown(text: str, query: str, language: str = "en") -> SearchResult:
    passage = Passage(1, 0.5, "a.md", "A", "A", 100, 100 + len(text), text, "")
    (each,) = found([passage], query, language)
    return each


def test_it_begins_with_the_sentence_that_fits_and_knows_where_that_stands() -> None:
    each = shown(TEXT, "controlling the flow")
    assert "".join(words for words, _ in each.parts) == "Flow control keeps a sender from sending too much."
    assert [words for words, is_marked in each.parts if is_marked] == ["Flow", "control"]
    assert TEXT[each.start - 100 : each.end - 100] == "**Flow control** keeps a sender from sending too much."


def test_code_is_shown_only_where_there_is_nothing_else() -> None:
    assert "flow()" not in "".join(words for words, _ in shown(TEXT, "window flow").parts)
    assert shown("```\nwindow = 1\n```", "window").has_words


@pytest.mark.parametrize(
    ("text", "query", "language", "marked"),
    [
        ("注意力机制很重要。", "机制", "zh", ["机制"]),
        ("L’été d’abord, l’attention ensuite.", "attention", "fr", ["l’attention"]),
        ("No such thing here.", "quantum", "en", []),
    ],
)
def test_words_are_marked_as_the_language_writes_them(text: str, query: str, language: str, marked: list[str]) -> None:
    assert [words for words, is_marked in shown(text, query, language).parts if is_marked] == marked
