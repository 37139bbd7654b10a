"""What the loopback model says in benchmarks: sentences that the passages it was shown bear out, and cites them."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from tutor.text.sentences import sentences

_LESSONS = re.compile(r"^<lessons (\w+)>$(.*?)^</lessons \1>$", re.MULTILINE | re.DOTALL)
_PASSAGE = re.compile(r"^\[(\d+)\] .*$", re.MULTILINE)
_WORDS = range(8, 40)


def borne_out(messages: list[dict[str, Any]], limit: int) -> str:
    """At most so many plain sentences of the passages in a prompt, in their order, each with its passage's number."""
    lessons = _LESSONS.search(messages[-1]["content"])
    if lessons is None:
        return "There is nothing to answer from."
    parts = _PASSAGE.split(lessons[2])[1:]
    found = (
        f"{text[:-1]} [{number}]{text[-1]}"
        for number, passage in zip(parts[::2], parts[1::2], strict=True)
        for text in _plain_sentences(passage)
    )
    return " ".join(islice(found, limit)) or "There is nothing to answer from."


def _plain_sentences(passage: str) -> list[str]:
    found = (passage[item.start : item.end] for item in sentences(passage) if item.kind == "sentence")
    lines = (" ".join(text.split()) for text in found)
    return [
        text for text in lines if text.endswith(".") and len(text.split()) in _WORDS and not set(text) & set("[`$*|")
    ]
