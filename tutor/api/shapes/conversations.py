"""Conversations as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from tutor.api.shapes import Shape
from tutor.api.shapes.turns import TurnShape
from tutor.models import Turn
from tutor.rendering.incremental import answer_nodes
from tutor.rendering.links import Links
from tutor.turns.records import Conversation, Rating


class ConversationLine(Shape):
    """A conversation in a list."""

    conversation: str
    title: str = Field(description="Its first question.")
    turns: int
    started_at: datetime
    last_at: datetime = Field(description="When its last question was asked.")


class ConversationsShape(Shape):
    """A student's last conversations, the newest first."""

    conversations: list[ConversationLine] = Field(max_length=50)

    @classmethod
    def of(cls, found: tuple[Conversation, ...]) -> ConversationsShape:
        """The shape of conversations."""
        return cls(conversations=[ConversationLine.model_validate(each) for each in found])


class DrawnTurnShape(TurnShape):
    """A turn with what its answer is drawn from."""

    nodes: list[dict[str, Any]] = Field(description="The answer as data to draw, as in the events of the turn.")

    @classmethod
    def of(cls, turn: Turn, links: Links, ratings: Mapping[str, Rating]) -> DrawnTurnShape:
        """The shape of a turn whose links lead where `links` let them, of ratings by turn."""
        nodes = answer_nodes(turn.answer, {citation.number for citation in turn.citations}, links)
        return cls(**TurnShape.rated(turn, ratings).model_dump(), nodes=[dict(node) for node in nodes])


class ConversationShape(Shape):
    """A conversation with its last turns, oldest first; one that is being answered is as far as it has come."""

    conversation: str
    turns: list[DrawnTurnShape] = Field(max_length=100)

    @classmethod
    def of(
        cls, conversation: str, turns: tuple[Turn, ...], links: Links, ratings: Mapping[str, Rating]
    ) -> ConversationShape:
        """The shape of a conversation's turns."""
        return cls(conversation=conversation, turns=[DrawnTurnShape.of(turn, links, ratings) for turn in turns])
