"""What OpenAI's clients send."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from tutor.api.shapes import Body
from tutor.api.shapes.passages import LessonName
from tutor.api.shapes.turns import Name
from tutor.errors import InvalidRequest
from tutor.models import Mode
from tutor.pipeline.course_tutor import Question
from tutor.text.names import is_name

PREFIX = "course:"
UNSUPPORTED = frozenset(
    "audio function_call functions image_url input_audio file logit_bias modalities moderation parallel_tool_calls "
    "prediction prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort safety_identifier seed "
    "service_tier stop tool_call_id tool_calls tool_choice tools top_logprobs verbosity web_search_options".split()
)
"""Fields of OpenAI's that mean something there and nothing here; null is as good as leaving them out."""
ONE_VALUE = frozenset({"n", "store", "logprobs", "response_format"})
AS_TEXT, AS_PARTS = "as text", "as parts"
_WITHOUT_EFFECT = (
    "temperature", "top_p", "max_tokens", "max_completion_tokens", "presence_penalty", "frequency_penalty", "metadata",
)  # fmt: skip


class _OpenAIBody(Body):
    """What OpenAI's clients send."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value is not None or name not in UNSUPPORTED}


class TextPart(_OpenAIBody):
    """A part of a message; only text is read."""

    type: Literal["text"]
    text: str


class ChatMessage(_OpenAIBody):
    """A message; those of `system` and `developer` change nothing, for the tutor keeps to its course's rules."""

    role: Literal["user", "assistant", "system", "developer"]
    content: (
        Annotated[
            Annotated[str, Tag(AS_TEXT)] | Annotated[list[TextPart], Tag(AS_PARTS)],
            Discriminator(lambda given: AS_PARTS if isinstance(given, list) else AS_TEXT),
        ]
        | None
    ) = None
    name: str | None = Field(None, description="Without effect.")
    refusal: str | None = Field(None, description="Read where `content` is null.")
    annotations: list[Any] | None = Field(None, description="Without effect: an answer may be sent back as it came.")

    @property
    def text(self) -> str:
        """Its words."""
        content = self.content if self.content is not None else self.refusal or ""
        text = content if isinstance(content, str) else "\n".join(part.text for part in content)
        return text.replace("\0", " ")


class StreamOptions(_OpenAIBody):
    """What a stream holds beside the answer."""

    include_usage: bool | None = Field(None, description="Send a last chunk with the usage and no choices.")
    include_obfuscation: bool | None = Field(None, description="Without effect.")


class TextFormat(_OpenAIBody):
    """The only format of answers."""

    type: Literal["text"]


class ChatBody(_OpenAIBody):
    """A question to a course: the last message; the earlier ones are the history. `model` is `course:SLUG`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "course:ai-system-design",
                    "messages": [{"role": "user", "content": "What is hybrid search?"}],
                }
            ]
        }
    )

    model: str = Field(min_length=1, max_length=200)
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    user: str | None = Field(None, description="Your pseudonym for who asks; of what is no name, a digest is kept.")
    n: Literal[1] | None = None
    store: Literal[False] | None = None
    logprobs: Literal[False] | None = None
    response_format: TextFormat | None = None
    temperature: float | None = Field(None, ge=0, le=2, description="Without effect.")
    top_p: float | None = Field(None, ge=0, le=1, description="Without effect.")
    max_tokens: int | None = Field(None, ge=1, description="Without effect: answers are short.")
    max_completion_tokens: int | None = Field(None, ge=1, description="Without effect: answers are short.")
    presence_penalty: float | None = Field(None, ge=-2, le=2, description="Without effect.")
    frequency_penalty: float | None = Field(None, ge=-2, le=2, description="Without effect.")
    metadata: dict[str, str] | None = Field(None, description="Without effect.")
    lesson: LessonName | None = Field(None, description="The lesson that the student is reading.")
    mode: Mode | None = Field(None, description="The way of teaching.")
    conversation: Name | None = Field(
        None, description="The conversation of an earlier answer, to go on with it; earlier messages are then ignored."
    )

    @property
    def course(self) -> str | None:
        """The slug of the course that is meant, if one can be."""
        return self.model.removeprefix(PREFIX) if self.model.startswith(PREFIX) else None

    @property
    def ignored(self) -> list[str]:
        """Where there is something without effect."""
        last = len(self.messages) - 1
        messages = [
            f"messages[{number}]"
            for number, message in enumerate(self.messages)
            if not _is_said(message) or (self.conversation is not None and number < last)
        ]
        return messages + [name for name in _WITHOUT_EFFECT if getattr(self, name) is not None]

    def digest(self) -> str:
        """What tells this body from another, in hexadecimal; a field that says what it is without it does not count."""
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()

    def asked(self) -> Question:
        """The question with its history; raises InvalidRequest when the last word is not the student's."""
        said = [message for message in self.messages if _is_said(message)]
        if not said or said[-1].role != "user":
            raise InvalidRequest("The last of the `messages` must be the user's: it is the question.")
        earlier = said[:-1] if self.conversation is None else []
        return Question(
            said[-1].text,
            self.conversation,
            self.lesson,
            self.mode or Mode.ANSWER,
            tuple((message.role, message.text) for message in earlier),
            _pseudonym(self.user),
        )


def _is_said(message: ChatMessage) -> bool:
    return message.role in ("user", "assistant")


def _pseudonym(user: str | None) -> str:
    if not user:
        return ""
    return user if is_name(user) else f"user-{hashlib.sha256(user.encode()).hexdigest()[:24]}"
