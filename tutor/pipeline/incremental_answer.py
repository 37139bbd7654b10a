"""An answer as it grows, and the events that make it grow."""

from __future__ import annotations

from tutor.answering.answerer import AnswerSentence
from tutor.models import Citation, SentenceSupport
from tutor.rendering.incremental import IncrementalNodes
from tutor.rendering.links import Links
from tutor.turns.events import Event, cited, delta


class IncrementalAnswer:
    """The text, sentences and citations that were said so far."""

    def __init__(self, links: Links) -> None:
        self._parts: list[str] = []
        self._length = 0
        self.sentences: list[SentenceSupport] = []
        self.citations: list[Citation] = []
        self._numbers: set[int] = set()
        self._nodes = IncrementalNodes(self._numbers, links)

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self._parts)

    def add(self, said: AnswerSentence) -> list[Event]:
        """Append one more sentence: its delta, and the citations that begin with it."""
        start = self._length
        self._parts.append(said.text)
        self._length += len(said.text)
        self.sentences.append(SentenceSupport(start, self._length, said.support))
        self.citations.extend(said.citations)
        self._numbers.update(citation.number for citation in said.citations)
        at, nodes = self._nodes.add(said.text)
        grown = delta(said.text, sentence=len(self.sentences), support=said.support, at=at, nodes=nodes)
        return [grown, *(cited(citation) for citation in said.citations)]
