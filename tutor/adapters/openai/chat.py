"""A service that speaks OpenAI's chat API: what it offers, and requests to it."""

from __future__ import annotations

import asyncio
import json
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
import openai

# The library would read these for half a second at the first question.
import openai.resources.chat
import openai.resources.models

from tutor.adapters.openai.dialect import ChatDialect
from tutor.adapters.openai.errors import OPENAI_FAILURES, translated
from tutor.errors import ConfigurationError, ProviderRejected, TimedOut, TutorError, UpstreamUnavailable
from tutor.llm.messages import Message

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_MODEL = "gpt-4.1-mini"
_PROBE_TOKENS = 16


@dataclass(frozen=True, slots=True)
class _Connection:
    """What belongs to one event loop."""

    client: openai.AsyncOpenAI
    naming: asyncio.Lock


class ChatService:
    """Requests to one service, in one event loop after another; `close` it before a loop ends.

    `model` None is OpenAI's usual one there, elsewhere the first that the service offers. Of deadlines it keeps only
    that for connecting. Raises ConfigurationError for an address or a key that cannot be one.
    """

    def __init__(self, base_url: str | None, api_key: str | None, model: str | None, connect_seconds: float) -> None:
        self._url = _address(base_url or OPENAI_URL)
        is_openai = self._url.host == httpx2.URL(OPENAI_URL).host
        # Servers on one's own machine want no key, but the library insists on one.
        self._key = api_key or "none"
        if not (self._key.isascii() and self._key.isprintable()):
            raise ConfigurationError("OPENAI_API_KEY holds a character that no key has; copy it anew.")
        self._asked_model = model or (OPENAI_MODEL if is_openai else "")
        self._name = self._asked_model
        self._connect_seconds = connect_seconds
        self._dialect = ChatDialect(is_openai=is_openai)
        # Reading the certificates takes longer than a request; no event loop should wait for it.
        self._certificates = httpx2.create_ssl_context()
        self._connections: WeakKeyDictionary[AbstractEventLoop, _Connection] = WeakKeyDictionary()

    @property
    def model(self) -> str:
        """The model's name; empty while it is the service's to tell and was not asked for yet."""
        return self._name

    @property
    def place(self) -> str:
        """The service's address without what may be secret in it."""
        return f"{self._url.scheme}://{self._url.netloc.decode()}"

    async def open(self, stack: AsyncExitStack, messages: Sequence[Message], max_tokens: int) -> AsyncIterator[bytes]:
        """The body of a streamed answer as it comes in; `stack` ends the request.

        Raises ProviderRejected, or one of OPENAI_FAILURES, as may reading.
        """
        chat = self._connection().client.chat.completions.with_streaming_response
        model = self._name or await self._first_offered()
        prompt: list[Any] = [{"role": message.role, "content": _sendable(message.content)} for message in messages]
        while True:
            fields = self._dialect.fields(max_tokens)
            try:
                response = await stack.enter_async_context(
                    chat.create(model=model, messages=prompt, stream=True, **fields)
                )
            except openai.NotFoundError:
                # Perhaps it serves another model by now.
                self._name = self._asked_model
                raise
            except openai.APIStatusError as error:
                if not self._dialect.learn(error, fields):
                    raise
                continue
            if "text/html" in response.headers.get("content-type", ""):
                raise ProviderRejected("The model service answered with a web page; check OPENAI_BASE_URL.")
            body: AsyncIterator[bytes] = response.iter_bytes()
            return body

    async def probe(self, within_seconds: float) -> None:
        """Nothing when the service would answer now; asks for its models, or for a few tokens when that tells nothing.

        Raises TutorError whose message names the setting to change.
        """
        try:
            async with asyncio.timeout(within_seconds):
                if not await self._offers():
                    async with AsyncExitStack() as stack:
                        await self.open(stack, [Message("user", "Hello")], _PROBE_TOKENS)
        except TimeoutError as error:
            raise TimedOut(
                f"The model service at {self.place} did not answer within {within_seconds:g} seconds; "
                "check OPENAI_BASE_URL, or raise TUTOR_FIRST_TOKEN_SECONDS."
            ) from error
        except OPENAI_FAILURES as error:
            raise self._explained(error) from error

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        connection = self._connections.pop(asyncio.get_running_loop(), None)
        if connection:
            await connection.client.close()

    async def _first_offered(self) -> str:
        async with self._connection().naming:
            if not self._name:
                self._name = await self._first()
            return self._name

    async def _first(self) -> str:
        for name in await self._offered():
            return name
        raise ProviderRejected("The model service offers no model; set TUTOR_MODEL.")

    async def _offers(self) -> bool:
        """Whether the model is one of those that the service names; some name none, and some take other names too."""
        if not self._asked_model:
            self._name = await self._first()
            return True
        try:
            return self._name in await self._offered()
        except openai.APIStatusError as error:
            if error.status_code in (404, 405, 501):
                return False
            raise

    async def _offered(self) -> list[str]:
        response = await self._connection().client.models.with_raw_response.list()
        try:
            return [str(item["id"]) for item in json.loads(response.content)["data"]]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ProviderRejected(
                "The model service did not say which models it has; check OPENAI_BASE_URL, or set TUTOR_MODEL."
            ) from error

    def _connection(self) -> _Connection:
        loop = asyncio.get_running_loop()
        connection = self._connections.get(loop)
        if connection is None:
            client = openai.AsyncOpenAI(
                base_url=self._url,
                api_key=self._key,
                max_retries=0,
                # The other deadlines are its caller's: the library's start anew with every byte.
                timeout=httpx2.Timeout(None, connect=self._connect_seconds),
                # What students ask goes nowhere else than to the address that was set.
                http_client=openai.DefaultAsyncHttpxClient(verify=self._certificates, follow_redirects=False),
            )
            connection = self._connections[loop] = _Connection(client, asyncio.Lock())
        return connection

    def _explained(self, error: Exception) -> TutorError:
        """As `translated`, naming the settings to change."""
        match error:
            case openai.NotFoundError() if self._name:
                return ProviderRejected(
                    f"The model service at {self.place} does not know the model {self._name!r}, or the path is wrong; "
                    "check TUTOR_MODEL and OPENAI_BASE_URL."
                )
            case openai.NotFoundError():
                return ProviderRejected(
                    f"The model service at {self.place} does not say which models it has; "
                    "check OPENAI_BASE_URL (it usually ends with /v1), or set TUTOR_MODEL."
                )
            case openai.APITimeoutError():
                return TimedOut(
                    f"No connection to {self.place} within {self._connect_seconds:g} seconds; "
                    "check OPENAI_BASE_URL, or raise TUTOR_CONNECT_SECONDS."
                )
            case openai.APIConnectionError():
                return UpstreamUnavailable(f"There is no model service at {self.place}; check OPENAI_BASE_URL.")
            case _:
                return translated(error)


def _address(base_url: str) -> httpx2.URL:
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL as error:
        raise ConfigurationError("OPENAI_BASE_URL is no address; write it like http://127.0.0.1:8080/v1.") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigurationError("OPENAI_BASE_URL is no address; write it like http://127.0.0.1:8080/v1.")
    return url


def _sendable(text: str) -> str:
    """JSON cannot hold half a surrogate pair."""
    return text.encode("utf-8", "replace").decode("utf-8")
