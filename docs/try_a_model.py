"""Ask a course many questions through a model server, check every promise, and list what was said with its support.

Any server that speaks OpenAI's chat API will do, for instance llama.cpp's with a small model:

    OPENAI_BASE_URL=http://127.0.0.1:8080/v1 .venv/bin/python docs/try_a_model.py corpus/questions.jsonl \\
        --course ai-system-design --most 50 --out said.jsonl

`said.jsonl` has one line per sentence, to be judged by a person. Exit status 1 when a citation is not exact.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from tutor.config import read_settings
from tutor.courses.tutor import Tutor
from tutor.models import Turn
from tutor.pipeline.course_tutor import Question
from tutor.quality.questions import GoldenQuestion, read_questions
from tutor.wiring.compose import open_tutor


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path, help="a file of golden questions, one JSON object a line")
    parser.add_argument("--course", required=True)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--most", type=int, default=200, help="how many answerable questions to ask")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--out", type=Path, help="where to list the sentences")
    options = parser.parse_args()
    settings = read_settings(data_dir=options.data_dir, repeat_answers="off")
    tutor = open_tutor(settings)
    golden = [each for each in read_questions(options.questions) if each.answerable and not each.history]
    try:
        turns, seconds = asyncio.run(_asked(tutor, options.course, _some(golden, options.limit), options.at_once))
        broken = sum(_broken(tutor, options.course, turn) for turn in turns)
    finally:
        tutor.close()
    print(json.dumps(_figures(turns, broken, seconds), indent=1))
    if options.out is not None:
        lines = (json.dumps(line, ensure_ascii=False) for turn in turns for line in _sentences(turn))
        options.out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    sys.exit(1 if broken else 0)


def _some(golden: list[GoldenQuestion], limit: int) -> list[GoldenQuestion]:
    """At most so many questions, evenly from the whole file."""
    step = max(1.0, len(golden) / limit)
    return [golden[int(place * step)] for place in range(min(limit, len(golden)))]


async def _asked(tutor: Tutor, course: str, golden: list[GoldenQuestion], at_once: int) -> tuple[list[Turn], float]:
    """The turns, and how many seconds they took."""
    room = asyncio.Semaphore(at_once)
    began = perf_counter()

    async def asked(question: GoldenQuestion) -> Turn:
        async with room:
            turn = await tutor.ask(course, Question(question.question))
            print(f"{turn.state}: {question.question}", file=sys.stderr)
            return turn

    async with tutor.running():
        turns = await asyncio.gather(*(asked(question) for question in golden))
    return turns, perf_counter() - began


def _figures(turns: list[Turn], broken: int, seconds: float) -> dict[str, Any]:
    return {
        "questions": len(turns),
        "states": Counter(turn.state.value for turn in turns),
        "written_by_the_model": sum(turn.answerer != "quoting" for turn in turns),
        "fallbacks": Counter(turn.fallback for turn in turns if turn.fallback),
        "citations": sum(len(turn.citations) for turn in turns),
        "broken_citations": broken,
        "sentences": Counter(sentence.support.value for turn in turns for sentence in turn.sentences),
        "completion_tokens": sum(turn.usage.completion_tokens for turn in turns),
        "seconds": round(seconds, 1),
    }


def _broken(tutor: Tutor, course: str, turn: Turn) -> int:
    """Citations whose quote is not the lesson's, to the character, or that stand in no passage of the turn."""
    wrong = 0
    for citation in turn.citations:
        text = tutor.lesson(course, citation.lesson).text
        exact = text[citation.source_start : citation.source_end] == citation.quote
        shown = any(
            passage.lesson == citation.lesson
            and passage.start <= citation.source_start
            and citation.source_end <= passage.end
            for passage in turn.passages
        )
        wrong += not (exact and shown and f"[{citation.number}]" in turn.answer)
    return wrong


def _sentences(turn: Turn) -> Iterator[dict[str, Any]]:
    for sentence in turn.sentences:
        said = turn.answer[sentence.start : sentence.end]
        quotes = [each for each in turn.citations if f"[{each.number}]" in said]
        yield {
            "question": turn.question,
            "answerer": turn.answerer,
            "fallback": turn.fallback,
            "support": sentence.support.value,
            "is_quote": any(sentence.start <= q.answer_start and said.find(q.quote) >= 0 for q in quotes),
            "said": said.strip(),
            "cited": [
                {"lesson": q.lesson, "start": q.source_start, "end": q.source_end, "quote": q.quote} for q in quotes
            ],
        }


if __name__ == "__main__":
    main()
