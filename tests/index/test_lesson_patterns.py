"""Which lessons and hosts the rules of a course mean."""

from __future__ import annotations

import pytest

from tutor.index.lesson_patterns import allows_host, host_name, matches_lesson


def test_a_pattern_means_lessons_in_any_folder_and_a_path_only_itself() -> None:
    assert matches_lesson(["*exam*.md"], "02-b/exam-1.md")
    assert matches_lesson(["homework/?.md"], "homework/1.md")
    assert not matches_lesson(["homework/?.md"], "homework/10.md")
    assert not matches_lesson(["exam.md"], "02-b/exam.md")
    assert not matches_lesson(["Exam.md"], "exam.md")
    assert matches_lesson(["[2024] exam.md"], "[2024] exam.md")
    assert not matches_lesson([], "exam.md")


@pytest.mark.parametrize(
    "host", ["example.org", "EXAMPLE.org", "example.org.", "a.docs.example.net", "docs.example.net"]
)
def test_hosts_that_are_named_or_below_a_named_one_are_allowed(host: str) -> None:
    assert allows_host(["example.org", "*.example.net"], host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "www.example.org",
        "example.net",
        "evilexample.net",
        "example.org.evil.example",
        "ex\u0430mple.org",
        "*.example.net",
    ],
)
def test_other_hosts_are_not_allowed(host: str) -> None:
    assert not allows_host(["example.org", "*.example.net"], host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "a b.example", "-a.example", "a..example", "a" * 64, "a." * 150]
)
def test_what_is_no_name_is_no_host(host: str) -> None:
    assert host_name(host) == ""
