"""Which of the chat API's optional fields a server takes: it is asked with all, and those it refuses are left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import openai

_NEW_LIMIT = "max_completion_tokens"
_OLD_LIMIT = "max_tokens"
_OPTIONAL: Mapping[str, Any] = {"temperature": 0, "stream_options": {"include_usage": True}}
_REFUSED = (400, 422)


class ChatDialect:
    """The optional fields of a request; what a server refused once is not sent again."""

    def __init__(self, *, is_openai: bool) -> None:
        # OpenAI's newer models refuse the old name of the limit, other servers overlook the new one.
        self._limit = _NEW_LIMIT if is_openai else _OLD_LIMIT
        self._refused: set[str] = set()

    def fields(self, max_tokens: int) -> dict[str, Any]:
        """The fields to send."""
        return {self._limit: max_tokens} | {name: _OPTIONAL[name] for name in _OPTIONAL if name not in self._refused}

    def learn(self, error: openai.APIStatusError, sent: Mapping[str, Any]) -> bool:
        """Whether the error refuses optional fields that were sent, so that the request is worth repeating without.

        The limit is never left out, only sent under its newer name.
        """
        if error.response.status_code not in _REFUSED:
            return False
        said = f"{error.param or ''} {error.message}"
        refused = {name for name in _OPTIONAL if name in sent and name in said}
        self._refused |= refused
        if _OLD_LIMIT in sent and _NEW_LIMIT in said:
            self._limit = _NEW_LIMIT
            return True
        return bool(refused)
