"""What every answer must keep, whatever was asked."""

from __future__ import annotations

import re

from tutor.answering.answers import escaped
from tutor.index.course_index import CourseIndex
from tutor.models import Decision, Passage, Support, Turn, TurnState

_CODE = re.compile(r"^ *(`{3,}|~{3,})[^\n]*\n.*?^ *\1[^\n]*$|(`+)(?!`).+?(?<!`)\2(?!`)", re.DOTALL | re.MULTILINE)
_NAMED = re.compile(r"\*\*(?P<name>(?:\\.|[^\\*])+)\*\*")


def check_turn(index: CourseIndex, turn: Turn) -> None:
    """Promise 2, and that every word outside the quotes is a marker or the name of a place."""
    lessons = {lesson.lesson: lesson for lesson in index.lessons}
    assert 0 <= turn.coverage.probability <= 1
    outside = check_quoted(index, turn)
    if not turn.citations:
        assert (turn.state, turn.coverage.decision) == (TurnState.REFUSED, Decision.NOT_COVERED)
        nearest = list(dict.fromkeys(passage.title for passage in turn.passages))[:3]
        assert all(f"- {escaped(title)}" in turn.answer for title in nearest)
        return
    assert turn.state == TurnState.DONE
    assert all(re.match(r"”?\s+\[\d+\]", after) for after in outside[1:])
    own = "\0".join(outside)
    names = [_unescaped(match["name"]) for match in _NAMED.finditer(own)]
    known = {
        " ".join(_place(lesson.title, chunk.section).split())
        for chunk in index.chunks
        for lesson in [lessons[chunk.lesson]]
    } | {" ".join(lesson.title.split()) for lesson in index.lessons}
    assert names
    assert set(names) <= known
    assert not re.sub(r"[\s“”\0]|(?<!\\)\[\d+\]", "", _NAMED.sub("", own))


def check_written(index: CourseIndex, turn: Turn) -> None:
    """Promises 2 and 3 for any turn: quotes are exact and from its passages, markers and list agree."""
    _check_citations(index, turn)
    joined = 0
    for sentence in turn.sentences:
        assert sentence.start == joined
        joined = sentence.end
        said = turn.answer[sentence.start : sentence.end]
        marked = re.search(r"(?<!\\)\[\d+\]\s*$", said)
        assert bool(marked) >= (sentence.support in (Support.SUPPORTED, Support.PARTLY))
    assert joined == len(turn.answer)
    first_uses = list(dict.fromkeys(_markers(_outside_quotes(turn))))
    assert first_uses == [citation.number for citation in turn.citations]


def check_quoted(index: CourseIndex, turn: Turn) -> list[str]:
    """Promise 2 for an answer of quotes: passages and citations are true, and each quote stands in the answer once,
    with its marker after it; gives what stands before, between and after the quotes.
    """
    check_passages(index, turn.passages)
    _check_citations(index, turn)
    outside, position = [], 0
    for citation in turn.citations:
        assert citation.quote == turn.answer[citation.answer_start : citation.answer_end]
        outside.append(turn.answer[position : citation.answer_start])
        position = citation.answer_end
    outside.append(turn.answer[position:])
    assert _markers("\0".join(outside)) == [citation.number for citation in turn.citations]
    return outside


def _check_citations(index: CourseIndex, turn: Turn) -> None:
    """Numbers 1, 2, 3; every quote is its lesson's text to the character, from a passage of the turn."""
    texts = {lesson.lesson: lesson.text for lesson in index.lessons}
    assert [citation.number for citation in turn.citations] == list(range(1, len(turn.citations) + 1))
    for citation in turn.citations:
        assert citation.quote == texts[citation.lesson][citation.source_start : citation.source_end]
        assert citation.quote.strip()
        assert 0 <= citation.answer_start <= citation.answer_end <= len(turn.answer)
        assert any(
            passage.lesson == citation.lesson
            and passage.start <= citation.source_start
            and citation.source_end <= passage.end
            for passage in turn.passages
        )


def _markers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"(?<!\\)\[(\d+)\]", text)]


def _outside_quotes(turn: Turn) -> str:
    """The answer without code and without what it took from the lessons to the letter."""
    text = turn.answer
    for citation in sorted(turn.citations, key=lambda each: -each.answer_start):
        if text[citation.answer_start : citation.answer_end] == citation.quote:
            text = text[: citation.answer_start] + text[citation.answer_end :]
    return _CODE.sub("", text)


def check_passages(index: CourseIndex, passages: tuple[Passage, ...]) -> None:
    """Ranks 1, 2, 3; scores descending; the lesson's exact words; none overlaps another."""
    assert [passage.rank for passage in passages] == list(range(1, len(passages) + 1))
    scores = [passage.score for passage in passages]
    assert scores == sorted(scores, reverse=True)
    texts = {lesson.lesson: lesson.text for lesson in index.lessons}
    for place, passage in enumerate(passages):
        assert passage.text == texts[passage.lesson][passage.start : passage.end]
        for other in passages[:place]:
            apart = passage.end <= other.start or other.end <= passage.start
            assert passage.lesson != other.lesson or apart


def _place(title: str, section: str) -> str:
    below = section.removeprefix(title).removeprefix(" › ")
    return f"{title} › {below}" if below else title


def _unescaped(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name)
