"""What a chat server streams, read from its bytes: text, why it ended, and what it counted.

Read here and not by the library: that one ends a cut stream like a whole one, keeps `[DONE]` to itself, and sets no
limit to the length of an event.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tutor.errors import ProviderRejected, RateLimited, TutorError, UpstreamUnavailable
from tutor.llm.messages import FinishReason

_LONGEST_EVENT = 1_048_576
# Servers that are not OpenAI's have their own words for the same.
_REASONS = {
    "stop": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "eos_token": FinishReason.STOP,
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.FILTER,
    "refusal": FinishReason.REFUSAL,
}
_HIGH_SURROGATES = ("\ud800", "\udbff")


class ChatStreamParser:
    """One answer as its bytes come in; any split of them gives the same text.

    `reason` is why the model stopped, None until it says so; `is_done` says that the server has nothing more to send.
    """

    def __init__(self) -> None:
        self.reason: FinishReason | None = None
        self.detail = ""
        self.is_done = False
        self.prompt_tokens: int | None = None
        self.completion_tokens: int | None = None
        self._line = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._half = ""

    @property
    def is_within_event(self) -> bool:
        """Whether the last event is not complete."""
        return not self.is_done and bool(self._line or self._data)

    def read(self, received: bytes) -> Iterator[str]:
        """The pieces of text that became complete, none of them empty.

        Raises UpstreamUnavailable for what is no event of the API, and what an error event stands for.
        """
        *ends, rest = received.split(b"\n")
        for end in ends:
            line = bytes(self._line + end).removesuffix(b"\r")
            self._line.clear()
            if not line and self._data:
                data = b"\n".join(self._data)
                self._data = []
                self._size = 0
                yield from self._event(data)
            elif line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" "))
                self._size += len(line)
        self._line += rest
        if self._size + len(self._line) > _LONGEST_EVENT:
            raise UpstreamUnavailable("The model service sent an event that has no end.")

    def _event(self, data: bytes) -> Iterator[str]:
        if self.is_done:
            return
        if data.startswith(b"[DONE]"):
            self.is_done = True
            return
        try:
            chunk = json.loads(data)
            if chunk.get("error"):
                raise _reported(chunk["error"])
            self._count(chunk.get("usage"))
            text = "".join(self._said(choice) for choice in chunk.get("choices") or () if not choice.get("index"))
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise UpstreamUnavailable("The model service sent something that the API does not know.") from error
        if text := self._paired(text):
            yield text

    def _count(self, usage: dict[str, Any] | None) -> None:
        if usage:
            self.prompt_tokens = _counted(usage.get("prompt_tokens"))
            self.completion_tokens = _counted(usage.get("completion_tokens"))

    def _said(self, choice: dict[str, Any]) -> str:
        """The text of a choice, and notes why it ended."""
        delta = choice.get("delta") or {}
        text = delta.get("content") or ""
        if self.reason is not None or not isinstance(text, str):
            text = ""
        if delta.get("refusal"):
            self.reason, text = FinishReason.REFUSAL, ""
        reason = choice.get("finish_reason")
        if reason and self.reason is None:
            self.reason = _REASONS.get(reason, FinishReason.CUT)
            if self.reason is FinishReason.CUT:
                self.detail = f"finish_reason {_code(reason) or 'unknown'}"
        return text

    def _paired(self, text: str) -> str:
        """Text that can be encoded: JSON may send the halves of a pair apart, or one of them alone."""
        text, self._half = self._half + text, ""
        if text and _HIGH_SURROGATES[0] <= text[-1] <= _HIGH_SURROGATES[1]:
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _reported(error: Any) -> TutorError:
    """The error of an error event; its message is not passed on, it may hold the prompt."""
    code = error.get("code") or error.get("type") if isinstance(error, dict) else None
    named = f" ({_code(code)})" if _code(code) else ""
    match str(code):
        case "429" | "rate_limit_exceeded":
            return RateLimited("The model service is receiving too many requests.")
        case "insufficient_quota":
            return ProviderRejected("The account at the model service has no credit left.")
        case "context_length_exceeded" | "invalid_request_error" | "400" | "401" | "403" | "404" | "413" | "422":
            return ProviderRejected(f"The model service refused the request{named}.")
        case _:
            return UpstreamUnavailable(f"The model service failed while it answered{named}.")


def _code(value: object) -> str:
    return str(value) if re.fullmatch(r"[a-zA-Z0-9_]{1,40}", str(value)) and value is not None else ""


def _counted(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None
