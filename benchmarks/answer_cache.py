"""`python -m benchmarks.answer_cache DATA`: how many different questions would get each other's answer.

DATA holds public courses with questions and their fragments; all pairs of a course's are compared. Questions of
different ids count as different, also where their words are the same.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np

from tutor.adapters.onnx_embedder import OnnxEmbedder
from tutor.text.question_words import question_key

_COURSES = ("odin", "psychology")
_FILES = ("questions-dev.jsonl", "questions-fragments-dev.jsonl")
_COSINES = (0.9, 0.95, 0.97, 0.99)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answer_cache", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--vectors", action="store_true", help="what nearness of vectors would merge, too")
    wanted = parser.parse_args()
    for course in _COURSES:
        questions = _questions(wanted.data / course)
        pairs = len(questions) * (len(questions) - 1) // 2
        for how in ("exact", "near"):
            merged = _merged(questions, how)
            other = [pair for pair in merged if pair[0] != pair[1]]
            print(f"{course} {how}: {pairs:,} pairs, {len(merged)} merged, of other words {len(other)}")
            for one, two in other:
                print(f"  {one} | {two}")
        if wanted.vectors:
            _measure_vectors(course, questions)


def _questions(course: Path) -> list[tuple[str, str]]:
    """Every question with the id of what it asks; a fragment asks what its question does."""
    rows = [json.loads(line) for name in _FILES for line in (course / name).read_text("utf-8").splitlines()]
    return [(row["question"], row["id"].removesuffix(":fragment")) for row in rows]


def _merged(questions: list[tuple[str, str]], how: Literal["exact", "near"]) -> list[tuple[str, str]]:
    same = defaultdict(list)
    for text, asks in questions:
        same[question_key(text, how, "en")].append((text, asks))
    pairs = (pair for group in same.values() for pair in combinations(group, 2))
    return [(one[0], other[0]) for one, other in pairs if one[1] != other[1]]


def _measure_vectors(course: str, questions: list[tuple[str, str]]) -> None:
    rows = OnnxEmbedder().embed([text for text, _ in questions])
    ids = np.array([asks for _, asks in questions])
    texts = np.array([text for text, _ in questions])
    one, other = np.triu_indices(len(questions), 1)
    differ = (ids[one] != ids[other]) & (texts[one] != texts[other])
    cosines = (rows @ rows.T)[one, other]
    for least in _COSINES:
        same, wrong = int((cosines[ids[one] == ids[other]] >= least).sum()), int((cosines[differ] >= least).sum())
        print(f"{course} cosine ≥ {least}: {same} fragments with their question, {wrong} different ones")


if __name__ == "__main__":
    main()
