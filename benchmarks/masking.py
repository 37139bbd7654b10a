"""`python -m benchmarks.masking DATA`: how well personal data is masked and orders in lessons are found.

DATA holds `safety/` and public courses. Where the sample course was ingested (`--data-dir`), it is asked every innocent
text of NotInject.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.bench_courses import SAMPLE
from ingest.prompt_injection import orders
from tutor.config import read_settings
from tutor.models import Decision, TurnState
from tutor.pipeline.course_tutor import Question
from tutor.privacy.masking import masked
from tutor.wiring.compose import open_tutor

_KINDS = {
    "email": {"EMAIL_ADDRESS"},
    "phone": {"PHONE_NUMBER"},
    "card": {"CREDIT_CARD"},
    "iban": {"IBAN_CODE"},
    "id": {"US_SSN", "US_DRIVER_LICENSE"},
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.masking", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--data-dir", type=Path, help="where the sample course was ingested")
    wanted = parser.parse_args()
    safety: Path = wanted.data / "safety"
    _measure_masking(read_items(safety / "presidio-pii" / "items.jsonl"))
    for path in sorted(wanted.data.glob("*/questions*.jsonl")):
        questions = [item["question"] for item in read_items(path)]
        print(path.parent.name, path.name, len(questions), "questions, masked:", _changed(questions))
    _measure_orders(safety)
    if wanted.data_dir:
        innocent = [item["text"] for item in read_items(safety / "notinject" / "items.jsonl")]
        print("notinject, asked to the sample course:", dict(asyncio.run(ends_of(innocent, wanted.data_dir))))


def read_items(path: Path) -> list[dict[str, Any]]:
    """The objects in a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _changed(texts: list[str]) -> int:
    return sum(bool(masked(text).spans) for text in texts)


def masking_counts(items: list[dict[str, Any]]) -> dict[str, tuple[int, int, int, int]]:
    """By kind: how many were found of how many there are, and how many are right of how many were masked."""
    found = [masked(item["text"]).spans for item in items]
    counts = {}
    for kind, names in _KINDS.items():
        wanted = given = hits = right = 0
        for item, spans in zip(items, found, strict=True):
            here = [(span["start"], span["end"]) for span in item["spans"] if span["type"] in names]
            there = [(span.start, span.end) for span in spans if span.kind == kind]
            wanted, given = wanted + len(here), given + len(there)
            hits += sum(any(start < end2 and start2 < end for start2, end2 in there) for start, end in here)
            right += sum(any(start < end2 and start2 < end for start2, end2 in here) for start, end in there)
        counts[kind] = (hits, wanted, right, given)
    return counts


def _measure_masking(items: list[dict[str, Any]]) -> None:
    for kind, (hits, wanted, right, given) in masking_counts(items).items():
        print(f"{kind}: recall {hits} of {wanted}, precision {right} of {given}")
    without = [item["text"] for item in items if not item["spans"]]
    print("texts without personal data:", len(without), "masked:", _changed(without))


def _measure_orders(safety: Path) -> None:
    passages = read_items(safety / "bipia" / "passages.jsonl")
    sets = {
        "bipia attacks": read_items(safety / "bipia" / "attacks.jsonl"),
        "bipia attacked passages": [item for item in passages if item["label"]],
        "bipia innocent passages": [item for item in passages if not item["label"]],
        "notinject": read_items(safety / "notinject" / "items.jsonl"),
    }
    for item in read_items(safety / "deepset-prompt-injections" / "items.jsonl"):
        sets.setdefault(f"deepset label {item['label']}", []).append(item)
    for name, items in sets.items():
        print(f"{name}: {sum(bool(orders(item['text'])) for item in items)} of {len(items)} found to give orders")


async def ends_of(questions: list[str], data_dir: Path) -> Counter[str]:
    """How the sample course ends each question: whatever it looks like, only coverage may refuse it."""
    tutor = open_tutor(read_settings(data_dir=data_dir))
    ends: Counter[str] = Counter()
    try:
        async with tutor.running():
            for text in questions:
                turn = await tutor.ask(SAMPLE, Question(text))
                covered = turn.coverage.decision != Decision.NOT_COVERED
                ends["refused though covered" if covered and turn.state == TurnState.REFUSED else turn.state] += 1
    finally:
        tutor.close()
    return ends


if __name__ == "__main__":
    main()
