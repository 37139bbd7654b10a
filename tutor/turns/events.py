"""What happens in a turn, in order: the events that are logged, sent, and made into the turn again.

`accepted` comes first, then `retrieved`, any number of `delta` and `cited`, `suggested`, and one end last. The answer
is the deltas' text since the last `restarted`, if there is one: it says that the answer begins anew. No turn sends it
now, since a model is not tried again after its first token; readers understand it all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from tutor.models import Citation, Coverage, Passage, SentenceSupport, Support, Turn, TurnState
from tutor.turns.turn_json import coverage_from_json, turn_to_json


class EventKind(StrEnum):
    """The names of events; the last seven are ends and named like the states they lead to."""

    ACCEPTED = "accepted"
    RETRIEVED = "retrieved"
    DELTA = "delta"
    CITED = "cited"
    SUGGESTED = "suggested"
    RESTARTED = "restarted"
    DONE = "done"
    STOPPED = "stopped"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    FILTERED = "filtered"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


_ENDS = frozenset(EventKind(state.value) for state in TurnState if state is not TurnState.RUNNING)


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `data` holds JSON values only."""

    kind: EventKind
    data: Mapping[str, Any]

    @property
    def is_end(self) -> bool:
        """Whether nothing comes after it."""
        return self.kind in _ENDS


@dataclass(frozen=True, slots=True)
class Logged:
    """An event as it is kept: `seq` runs from 1 through all attempts of a turn and is the event's id for readers."""

    turn: str
    attempt: int
    seq: int
    event: Event


def accepted(turn: Turn) -> Event:
    """The question is kept and will be answered."""
    return Event(EventKind.ACCEPTED, {"turn": turn.id, "conversation": turn.conversation})


def retrieved(standalone_question: str, passages: Sequence[Passage], coverage: Coverage) -> Event:
    """What was found for it."""
    return Event(
        EventKind.RETRIEVED,
        {
            "standalone_question": standalone_question,
            "passages": [asdict(passage) for passage in passages],
            "coverage": asdict(coverage),
        },
    )


def delta(text: str, *, sentence: int, support: Support, at: int, nodes: Sequence[Mapping[str, Any]]) -> Event:
    """More of the answer: the text of sentence number `sentence` (from 1) as it is appended.

    `nodes` are the answer's top-level nodes from number `at` on as they are now; those before do not change any more.
    """
    data = {"text": text, "nodes": list(nodes), "at": at, "sentence": sentence, "support": support.value}
    return Event(EventKind.DELTA, data)


def cited(citation: Citation) -> Event:
    """A citation whose marker stands in the answer so far."""
    return Event(EventKind.CITED, asdict(citation))


def suggested(suggestions: Sequence[str]) -> Event:
    """What may be asked next."""
    return Event(EventKind.SUGGESTED, {"suggestions": list(suggestions)})


def restarted(reason: str) -> Event:
    """The answer begins anew; `reason` is a code."""
    return Event(EventKind.RESTARTED, {"reason": reason})


def ended(turn: Turn) -> Event:
    """The end: the whole turn, with its answer's length in code points and the SHA-256 of its UTF-8."""
    return Event(
        EventKind(turn.state.value),
        {
            "turn": turn_to_json(turn),
            "length": len(turn.answer),
            "sha256": hashlib.sha256(turn.answer.encode()).hexdigest(),
        },
    )


def so_far(turn: Turn, events: Iterable[Event]) -> Turn:
    """The accepted turn with everything that its events say before the end."""
    for event in events:
        data = event.data
        match event.kind:
            case EventKind.RETRIEVED:
                turn = replace(
                    turn,
                    standalone_question=data["standalone_question"],
                    passages=tuple(Passage(**item) for item in data["passages"]),
                    coverage=coverage_from_json(data["coverage"]),
                )
            case EventKind.DELTA:
                start, end = len(turn.answer), len(turn.answer) + len(data["text"])
                sentence = SentenceSupport(start, end, Support(data["support"]))
                turn = replace(turn, answer=turn.answer + data["text"], sentences=(*turn.sentences, sentence))
            case EventKind.CITED:
                turn = replace(turn, citations=(*turn.citations, Citation(**data)))
            case EventKind.SUGGESTED:
                turn = replace(turn, suggestions=tuple(data["suggestions"]))
            case EventKind.RESTARTED:
                turn = replace(turn, answer="", sentences=(), citations=(), suggestions=())
            case _:
                pass
    return turn
