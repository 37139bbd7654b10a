"""Answers that are told to come as they do, whatever is asked: to look at what a page makes of each.

A question is the name of a scene, and may say more after it: "long", "slow 20". What is no scene is answered shortly.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from tutor.answering.answerer import AnswerSentence
from tutor.models import Citation, Coverage, Decision, Passage, Support, Turn, TurnState
from tutor.pipeline.incremental_answer import IncrementalAnswer
from tutor.rendering.links import Links
from tutor.turns.events import Event, ended, restarted, retrieved, so_far, suggested

LESSON = "02-transport/01-tcp.md"
QUOTE = "TCP is a protocol that numbers every byte it sends."
PASSAGES = (
    Passage(1, 9.0, LESSON, "TCP", "TCP", 0, 120, f"# TCP\n\n{QUOTE}", "#tcp"),
    Passage(2, 5.0, "01-basics/02-frames.md", "Frames", "Frames", 0, 8, "# Frames", "#frames"),
)
REFUSAL = "The lessons of this course do not answer that.\n\nThe nearest lessons are:\n\n- TCP\n- Frames"
SUGGESTIONS = ("What does the course say about “Windows”?", "What does the course say about “Addresses”?")
MODEL = "scripted-1"

_SOURCES = ("TCP", "TCP › Windows", "TCP › How a connection ends")
_RICH = (
    "## How a connection ends\n\nTCP numbers every byte that it sends. [1]",
    " A connection ends with **FIN**, and its *peer* answers with `ACK`. [2]",
    "\n\n1. One side sends its last byte.\n2. The other side says that it has it. [3]",
    "\n\n```python\ndef close(connection):\n    # The last byte has a number too.\n"
    "    connection.send(FIN, number=42)\n    return connection.wait('ACK')\n```",
    "\n\n| Step | Sent | Bytes |\n| --- | --- | ---: |\n| 1 | FIN | 40 |\n| 2 | ACK | 40 |",
    "\n\nThe window $w = \\frac{b}{t}$ says how much may be in flight: $$\\sum_{i=1}^{n} w_i \\le b$$",
)
_DOUBTFUL = (
    ("TCP numbers every byte that it sends. [1]", Support.SUPPORTED),
    (" It was invented on a rainy Tuesday in 1974.", Support.UNSUPPORTED),
    (" Its window is *always* smaller than a frame. [2]", Support.PARTLY),
    (" Shall we go on?", Support.NOT_CHECKABLE),
)


def long_answer(size: int = 6_000) -> list[str]:
    """Sentences of a long answer with everything that can stand in one, of about `size` characters together."""
    pieces: list[str] = []
    while sum(map(len, pieces)) < size:
        for piece in _RICH:
            pieces.append(piece if pieces else piece.lstrip())
            if piece is _RICH[2]:
                pieces.append("\n\nThe window says how many bytes may be in flight, and it moves as they arrive.")
                pieces.extend([" Every byte that arrives makes room for one that is sent."] * 3)
        pieces[-1] += "\n\n"
    pieces[-1] = pieces[-1].rstrip()
    return pieces


class Scenes:
    """What answers in place of the tutor; `pause_seconds` lie between the sentences."""

    def __init__(self, pause_seconds: float = 0.0) -> None:
        self.pause_seconds = pause_seconds
        self.asked: list[Turn] = []
        """Every turn that was begun."""
        self.said: Sequence[str] | None = None
        """What everything is answered with, if set."""

    async def __call__(self, turn: Turn) -> AsyncGenerator[Event]:
        """Play the scene that the question names."""
        self.asked.append(turn)
        name, _, rest = turn.question.partition(" ")
        # An answer that does not begin, or does not go on, until the test is over.
        if name == "wait":
            await asyncio.sleep(float(rest or 3_600))
        events = [retrieved(turn.question, PASSAGES, Coverage(0.9, Decision.COVERED))]
        yield events[0]
        if name == "write":
            await asyncio.sleep(float(rest or 3_600))
        if name == "restart":
            async for event in self._said(turn, [("Nothing of this stays.", Support.SUPPORTED)], events):
                yield event
            events.append(restarted("ungrounded"))
            yield events[-1]
        async for event in self._said(turn, self._sentences(name, rest), events):
            yield event
        events.append(suggested(SUGGESTIONS))
        yield events[-1]
        done = replace(so_far(turn, events), state=_STATES.get(name, TurnState.DONE), answerer=_answerer(name))
        yield ended(replace(done, fallback="timed_out" if name == "fallback" else ""))

    def _sentences(self, name: str, rest: str) -> Sequence[tuple[str, Support]]:
        if self.said is not None:
            return [(text, Support.SUPPORTED) for text in self.said]
        match name:
            case "long":
                return [(text, Support.SUPPORTED) for text in long_answer(int((rest or "6000").split()[0]))]
            case "doubtful":
                return _DOUBTFUL
            case "nothing":
                return [(REFUSAL, Support.NOT_CHECKABLE)]
            case "slow":
                return [
                    (f"Sentence {number} – 👋 «é» of the answer. ", Support.SUPPORTED) for number in range(int(rest))
                ]
        return [(text, Support.SUPPORTED) for text in _RICH[:2]]

    async def _said(
        self, turn: Turn, sentences: Sequence[tuple[str, Support]], events: list[Event]
    ) -> AsyncGenerator[Event]:
        growing = IncrementalAnswer(Links())
        for text, support in sentences:
            await asyncio.sleep(self.pause_seconds)
            cited = tuple(
                _citation(number)
                for number in range(1, len(_SOURCES) + 1)
                if f"[{number}]" in text and number not in {citation.number for citation in growing.citations}
            )
            for event in growing.add(AnswerSentence(text, support, cited)):
                events.append(event)
                yield event


_STATES = {
    "nothing": TurnState.REFUSED,
    "truncated": TurnState.TRUNCATED,
    "failed": TurnState.FAILED,
    "filtered": TurnState.FILTERED,
    "interrupted": TurnState.INTERRUPTED,
}


def _answerer(name: str) -> str:
    return "quoting" if name in ("nothing", "quoted", "fallback") else MODEL


def _citation(number: int) -> Citation:
    section = _SOURCES[number - 1]
    return Citation(number, 0, 10, LESSON, "TCP", section, 7, 7 + len(QUOTE), QUOTE, "#tcp")
