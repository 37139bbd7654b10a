"""Which lessons the rules of a course mean."""

from __future__ import annotations

from tutor.index.lesson_patterns import matches_lesson


def test_a_pattern_means_lessons_in_any_folder_and_a_path_only_itself() -> None:
    assert matches_lesson(["*exam*.md"], "02-b/exam-1.md")
    assert matches_lesson(["homework/?.md"], "homework/1.md")
    assert not matches_lesson(["homework/?.md"], "homework/10.md")
    assert not matches_lesson(["exam.md"], "02-b/exam.md")
    assert not matches_lesson(["Exam.md"], "exam.md")
    assert matches_lesson(["[2024] exam.md"], "[2024] exam.md")
    assert not matches_lesson([], "exam.md")
