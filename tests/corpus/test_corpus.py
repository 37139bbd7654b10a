"""The sample course keeps what is promised of it: size, make-up, order, links and golden questions."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import yaml

from ingest.lessons import lesson_from
from ingest.loaders import load
from ingest.loaders.draft import LessonDraft
from ingest.manifest import course_info
from tutor.models import Lesson
from tutor.quality.questions import GoldenQuestion, read_questions
from tutor.text.blocks import Block, blocks

CORPUS = Path(__file__).parents[2] / "corpus"
PATHS = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*.md"))
FRONT_MATTER = {"title", "order", "minutes", "preview", "chapter"}
LINK = re.compile(r"!?\[[^\]\n]*\]\(([^()\s]+)\)")


@dataclass(frozen=True)
class BookPage:
    """A lesson's file as it is, as its loader reads it, and as the lesson of the course."""

    raw: str
    draft: LessonDraft
    lesson: Lesson

    @property
    def blocks(self) -> Iterator[Block]:
        """Every block, those inside of others too."""
        waiting = list(blocks(self.lesson.text))
        while waiting:
            block = waiting.pop()
            yield block
            waiting.extend(block.children)

    @property
    def prose(self) -> str:
        """The text without its code."""
        text = self.lesson.text
        for block in self.blocks:
            if block.kind == "code":
                text = text.replace(text[block.start : block.end], " " * (block.end - block.start))
        return text


@cache
def source(path: str) -> BookPage:
    """A lesson of the sample course."""
    data = (CORPUS / path).read_bytes()
    draft = load(data, path)
    return BookPage(data.decode("utf-8"), draft, lesson_from(draft, path, ""))


@cache
def questions() -> tuple[GoldenQuestion, ...]:
    """The golden questions of the sample course."""
    return read_questions(CORPUS / "questions.jsonl")


def test_there_are_at_least_fourteen_lessons_in_four_chapters() -> None:
    assert len(PATHS) >= 14
    assert len({path.split("/")[0] for path in PATHS}) == 4
    assert len({source(path).lesson.chapter for path in PATHS}) == 4


@pytest.mark.parametrize("path", PATHS)
def test_a_lesson_has_between_900_and_1800_words(path: str) -> None:
    assert 900 <= len(re.findall(r"\S+", source(path).lesson.text)) <= 1800


@pytest.mark.parametrize("path", PATHS)
def test_a_lesson_has_headings_code_a_table_maths_and_a_caption(path: str) -> None:
    kinds = Counter(block.kind for block in source(path).blocks)
    assert kinds["heading"] >= 4
    assert kinds["code"] >= 1
    assert kinds["table"] >= 1
    prose = source(path).prose
    assert re.search(r"\$\$.+?\$\$", prose, re.DOTALL), "a formula of its own"
    assert re.search(r"^[*_]*Figure\b", prose, re.MULTILINE), "the caption of a figure"


@pytest.mark.parametrize("path", PATHS)
def test_front_matter_is_complete_and_every_file_is_read_without_a_remark(path: str) -> None:
    read = source(path)
    values = yaml.safe_load(read.raw.split("---\n")[1])
    assert set(values) >= FRONT_MATTER
    assert isinstance(values["preview"], bool)
    assert read.draft.title == values["title"]
    assert read.draft.order == values["order"]
    assert 1 <= read.lesson.minutes <= 15
    assert read.draft.notes == []
    assert read.lesson.headings[0].level == 1
    assert read.lesson.headings[0].title == read.lesson.title


def test_titles_are_unique_and_orders_count_up_within_a_chapter() -> None:
    assert len({source(path).lesson.title for path in PATHS}) == len(PATHS)
    for chapter in {path.split("/")[0] for path in PATHS}:
        own = [source(path).draft.order for path in PATHS if path.startswith(f"{chapter}/")]
        assert own == list(range(1, len(own) + 1))
    assert any(source(path).lesson.preview for path in PATHS)


def test_course_yaml_is_complete_and_orders_every_lesson() -> None:
    data = (CORPUS / "course.yaml").read_bytes()
    info, order, _ = course_info(data, "ai-system-design", PATHS)
    assert info.title == "Introduction to AI System Design"
    assert info.language == "en"
    assert info.description
    assert info.greeting
    assert info.licence
    assert info.contacts
    assert len(info.popular_questions) >= 3
    assert sorted(order) == PATHS
    assert yaml.safe_load(data)["authorship"]


@pytest.mark.parametrize("path", PATHS)
def test_every_link_leads_to_a_lesson_and_to_a_heading_of_it(path: str) -> None:
    found = LINK.findall(source(path).prose)
    assert found
    for target in found:
        if re.match(r"[a-z]+:", target):
            assert target.startswith("https://")
            continue
        file, _, anchor = target.partition("#")
        lesson = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
        assert lesson in PATHS, target
        assert not anchor or anchor in {heading.anchor for heading in source(lesson).lesson.headings}, target


def test_there_are_enough_golden_questions_of_each_sort() -> None:
    answerable = [question for question in questions() if question.answerable]
    evident = [question for question in answerable if question.evidence and question.lesson]
    assert len(evident) == len(answerable)
    assert sum(not question.history for question in evident) >= 80
    assert sum(bool(question.history) for question in evident) >= 20
    assert sum(not question.answerable for question in questions()) >= 20
    assert len(questions()) >= 120


def test_golden_questions_are_unique_and_of_known_lessons_and_kinds() -> None:
    assert max(Counter(question.id for question in questions()).values()) == 1
    singles = Counter(question.question.casefold() for question in questions() if not question.history)
    assert max(singles.values()) == 1
    assert {question.lesson for question in questions() if question.answerable} == set(PATHS), "every lesson is asked"
    assert {question.kind for question in questions() if not question.answerable} == {"far", "near", "course-logistics"}
    assert all(question.kind is None for question in questions() if question.answerable)


def test_a_follow_up_has_a_history_of_alternating_turns_that_ends_with_an_answer() -> None:
    for question in questions():
        roles = [message.role for message in question.history]
        assert roles == ["user", "assistant"] * (len(roles) // 2), question.id
        assert all(message.text.strip() for message in question.history), question.id
