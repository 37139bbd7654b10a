"""OpenAI's chat completions and models as JSON."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from tutor.api.shapes import Shape
from tutor.api.shapes.openai import PREFIX, ChatBody
from tutor.api.shapes.turns import CitationShape, CoverageShape
from tutor.index.generations import Course
from tutor.models import Support, Turn, TurnState

FinishName = Literal["stop", "length", "content_filter"]

_FINISH: Mapping[TurnState, FinishName] = {
    TurnState.DONE: "stop",
    TurnState.REFUSED: "stop",
    TurnState.FILTERED: "content_filter",
}


class UrlCitation(Shape):
    """Where a span of the content comes from; the indexes count Unicode code points, end exclusive."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(Shape):
    """A citation in OpenAI's shape."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class AnswerMessage(Shape):
    """The answer."""

    role: Literal["assistant"] = "assistant"
    content: str = Field(description="Markdown.")
    refusal: None = None
    annotations: list[Annotation]


class Choice(Shape):
    """The only choice."""

    index: int = 0
    message: AnswerMessage
    finish_reason: FinishName = Field(description="`length` also for what was stopped or broke off.")
    logprobs: None = None


class CompletionUsage(Shape):
    """The tokens that a model read and wrote; none where lessons are quoted."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int

    @classmethod
    def of(cls, turn: Turn) -> CompletionUsage:
        """The usage of a turn."""
        read, written = turn.usage.prompt_tokens, turn.usage.completion_tokens
        return cls(prompt_tokens=read, completion_tokens=written, total_tokens=read + written)


class Grounds(Shape):
    """What an answer holds beyond OpenAI's shape."""

    citations: list[CitationShape]
    coverage: CoverageShape
    turn: str = Field(description="The turn's id, for the routes of turns.")
    conversation: str
    state: TurnState
    ignored: list[str] = Field(description="What of the request had no effect: messages, and fields by name.")


class CompletionShape(Grounds):
    """An answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int = Field(description="When it was sent, in seconds since 1970.")
    model: str
    choices: list[Choice]
    usage: CompletionUsage

    @classmethod
    def of(cls, turn: Turn, body: ChatBody) -> CompletionShape:
        """The answer of a turn to a request."""
        message = AnswerMessage(content=turn.answer, annotations=annotated(turn))
        return cls(
            id=completion_id(turn.id),
            created=int(time.time()),
            model=body.model,
            choices=[Choice(message=message, finish_reason=finish_reason(turn))],
            usage=CompletionUsage.of(turn),
            **dict(grounds(turn, body.ignored)),
        )


class ModelShape(Shape):
    """A course as a model."""

    id: str = Field(description="`course:SLUG`")
    object: Literal["model"] = "model"
    created: int = Field(description="When its index went live, in seconds since 1970.")
    owned_by: str = "course-tutor"


class ModelsShape(Shape):
    """The published courses."""

    object: Literal["list"] = "list"
    data: list[ModelShape]

    @classmethod
    def of(cls, courses: Sequence[Course]) -> ModelsShape:
        """The shape of those courses that have an index."""
        return cls(
            data=[
                ModelShape(
                    id=PREFIX + course.info.slug,
                    created=int((course.live.live_at or course.live.created_at).timestamp()),
                )
                for course in courses
                if course.live is not None
            ]
        )


def completion_id(turn: str) -> str:
    """The id of a turn's completion."""
    return f"chatcmpl-{turn}"


def grounds(turn: Turn, ignored: list[str]) -> Grounds:
    """What a turn's answer holds beyond OpenAI's shape."""
    return Grounds(
        citations=[CitationShape.model_validate(citation) for citation in turn.citations],
        coverage=CoverageShape.model_validate(turn.coverage),
        turn=turn.id,
        conversation=turn.conversation,
        state=turn.state,
        ignored=ignored,
    )


def annotated(turn: Turn) -> list[Annotation]:
    """The citations of a turn in OpenAI's shape."""
    return [
        Annotation(
            url_citation=UrlCitation(
                start_index=citation.answer_start,
                end_index=citation.answer_end,
                title=citation.title,
                url=citation.url,
            )
        )
        for citation in turn.citations
    ]


def finish_reason(turn: Turn) -> FinishName:
    """Why the answer ends where it does; what is not whole is never `stop`."""
    return _FINISH.get(turn.state, "length")


def is_lost(turn: Turn) -> bool:
    """Whether the turn broke before anything of an answer was said; an apology is no answer."""
    broke = turn.state in (TurnState.RUNNING, TurnState.FAILED, TurnState.INTERRUPTED)
    return broke and all(sentence.support is Support.NOT_CHECKABLE for sentence in turn.sentences)
