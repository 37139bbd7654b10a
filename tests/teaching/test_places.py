"""Where in a lesson something stands."""

from __future__ import annotations

from tests.support.answers import check_passages
from tests.teaching.conftest import StartTalk
from tutor.teaching.places import headings_above, section_span, terms, with_places


def test_a_place_beyond_the_passages_becomes_one_of_them(talk: StartTalk) -> None:
    index = talk().index
    place = index.lessons[index.position["pumps.md"]].text.index("**Flow**")
    passages = with_places(index, (), [("pumps.md", place), ("pumps.md", place + 1), ("filters.md", 0)])
    check_passages(index, passages)
    assert [passage.lesson for passage in passages] == ["pumps.md", "filters.md"]
    assert "**Flow**" in passages[0].text


def test_a_section_reaches_from_its_heading_to_the_next(talk: StartTalk) -> None:
    index = talk().index
    lesson = index.lessons[index.position["pumps.md"]]
    start, end = section_span(lesson, lesson.text.index("**Head**"))
    assert lesson.text[start:end].strip().startswith("**Head**")
    assert lesson.text[end:].startswith("## Winter care")
    assert next(headings_above(lesson, start)).title == "Choosing a pump"
    assert [lesson.text[first:last] for first, last in terms(lesson, start, end)] == ["Head", "Flow"]
