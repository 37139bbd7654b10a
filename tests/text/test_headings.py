"""Titles of sections that name no subject."""

from __future__ import annotations

import pytest

from tutor.text.headings import is_aside, is_aside_or_aim, names_no_subject


@pytest.mark.parametrize(
    "title", ["Knowledge check", "Review questions", "Exercises", "Quizzes", "Additional resources", "What's next"]
)
def test_exercises_and_reading_are_asides(title: str) -> None:
    assert is_aside(title)
    assert is_aside_or_aim(f"{title}:")
    assert names_no_subject(title)


@pytest.mark.parametrize("title", ["Lesson overview", "Learning outcomes"])
def test_what_is_to_be_learnt_is_an_aim(title: str) -> None:
    assert not is_aside(title)
    assert is_aside_or_aim(title)
    assert names_no_subject(title)


@pytest.mark.parametrize("title", ["Introduction", "A worked example", "Putting it all together", "Next steps"])
def test_a_part_of_any_lesson_names_no_subject(title: str) -> None:
    assert not is_aside_or_aim(title)
    assert names_no_subject(title)


@pytest.mark.parametrize("title", ["Questions of trust", "Quizzical looks", "The box model", "Exercise and health"])
def test_a_title_that_only_begins_like_one_is_a_subject(title: str) -> None:
    assert not names_no_subject(title)
