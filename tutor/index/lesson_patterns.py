"""What the rules in a course's `course.yaml` say of a lesson and of a host."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_MOST_CHARACTERS = 253


def matches_lesson(patterns: Iterable[str], lesson: str) -> bool:
    """Whether the path `lesson` is one of `patterns`: paths, or shell patterns whose `*` also stands for `/`."""
    # Compared as they are too: a path may itself hold brackets, as `[2024] exam.md`.
    return any(lesson == pattern or fnmatchcase(lesson, pattern) for pattern in patterns)


def allows_host(allowed_hosts: Iterable[str], host: str) -> bool:
    """Whether links may lead to `host`; `*.example.org` allows every host below example.org, but not it itself."""
    name = host_name(host)
    return bool(name) and any(
        name.endswith(allowed[1:]) if allowed.startswith("*.") else name == allowed for allowed in allowed_hosts
    )


def host_name(host: str) -> str:
    """`host` in small letters, without a last dot, other scripts as in DNS (`xn--…`); empty when it is none.

    An address of numbers is none: nobody can tell whom it leads to.
    """
    try:
        name = host.removesuffix(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    labels = name.split(".")
    if len(name) > _MOST_CHARACTERS or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        return ""
    return name
