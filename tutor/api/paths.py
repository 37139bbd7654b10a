"""Paths of requests, read as the router reads them, before it does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from starlette.routing import compile_path


def matched(path: str, templates: Iterable[str]) -> re.Match[str] | None:
    """How a path is one of the routes with these templates; None when it is not."""
    return next((match for template in templates if (match := _pattern(template).match(path))), None)


@lru_cache(maxsize=200)
def _pattern(template: str) -> re.Pattern[str]:
    return compile_path(template)[0]
