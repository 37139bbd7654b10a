"""The name of the method by which files become lessons, chunks and units: another code, another name."""

from __future__ import annotations

import hashlib
from pathlib import Path

_CODE = (
    "ingest/loaders/*.py",
    "ingest/lessons.py",
    "ingest/prompt_injection.py",
    "ingest/outline.py",
    "ingest/chunking.py",
    "ingest/units.py",
    "tutor/text/blocks.py",
    "tutor/text/invisible.py",
    "tutor/text/plain.py",
    "tutor/text/sentences.py",
)


def method(small_tokens: int) -> str:
    """A digest of the code that reads and cuts lessons, and its setting.

    It cannot be forgotten to raise. A change of a mere comment costs reading the lessons again, and no embedding:
    vectors are kept by text.
    """
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for pattern in _CODE:
        for path in sorted(root.glob(pattern)):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{digest.hexdigest()[:16]}, small {small_tokens}"
