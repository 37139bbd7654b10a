"""How commands print: one JSON document, or text for people."""

from __future__ import annotations

import json
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def print_json(document: Any) -> None:
    """The one JSON document of a command."""
    text = json.dumps(document, ensure_ascii=False, indent=2, default=_plain, allow_nan=False)
    # What a console cannot show, such as half a surrogate pair, must not end the command.
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.flush()


def console(*, stderr: bool = False) -> Console:
    """Where people read; without colours when it is no terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False)


def shortened(text: str, limit: int = 200) -> str:
    """`text` on one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    return line[:limit].rsplit(" ", 1)[0] + " …"


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON")
