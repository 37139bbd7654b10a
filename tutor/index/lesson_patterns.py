"""Which lessons the patterns in a course's `course.yaml` mean."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matches_lesson(patterns: Iterable[str], lesson: str) -> bool:
    """Whether the path `lesson` is one of `patterns`: paths, or shell patterns whose `*` also stands for `/`."""
    # Compared as they are too: a path may itself hold brackets, as `[2024] exam.md`.
    return any(lesson == pattern or fnmatchcase(lesson, pattern) for pattern in patterns)
