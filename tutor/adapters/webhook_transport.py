"""Follow-ups as signed requests to one configured address: https://www.standardwebhooks.com"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from tutor import __version__
from tutor.errors import ConfigurationError, ProviderRejected, TimedOut, UpstreamUnavailable
from tutor.follow_ups.follow_up import Channel, OutgoingMessage

_TAKEN = range(200, 300)
_NEVER = (400, 410, 413, 422)
"""With these a receiver says that it will never take this request; all else may be mended."""
_PREFIX = "whsec_"


class WebhookTransport:
    """The `Transport` to a program of the course team; nothing but the configured address is ever asked.

    Redirects are not followed and proxies of the environment not used. `secret` signs; without one nothing does.
    `seconds` is how long each answer may take. Raises ConfigurationError when the address or the secret is of no use.
    """

    def __init__(
        self, url: str, secret: str = "", seconds: float = 30.0, clock: Callable[[], float] = time.time
    ) -> None:
        self._server = _server(url)
        self._key = _key(secret)
        self._seconds = seconds
        self._clock = clock

    @property
    def channel(self) -> Channel:
        """A webhook."""
        return "webhook"

    def send(self, message: OutgoingMessage) -> None:
        """Post the follow-up as JSON. Raises as `Transport.send`."""
        body = json.dumps(_content(message), ensure_ascii=True).encode()
        path = self._server.path or "/"
        target = f"{path}?{self._server.query}" if self._server.query else path
        connection = self._connection()
        with self._translated():
            try:
                connection.request("POST", target, body, self._headers(message.delivery.id, body))
                status, retry_after = _answer(connection)
            finally:
                connection.close()
        if status in _NEVER:
            raise ProviderRejected(f"The webhook refused it with status {status}.")
        if status not in _TAKEN:
            raise UpstreamUnavailable(f"The webhook answered with status {status}.", retry_after)

    def probe(self) -> None:
        """Nothing when somebody listens there; nothing is posted. Raises as `send`."""
        connection = self._connection()
        with self._translated():
            try:
                connection.connect()
            finally:
                connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host = self._server.hostname or ""
        if self._server.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, self._server.port, timeout=self._seconds, context=context)
        return http.client.HTTPConnection(host, self._server.port, timeout=self._seconds)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise TimedOut(f"The webhook did not answer within {self._seconds:g} seconds.") from error
        except ssl.SSLError as error:
            raise UpstreamUnavailable(f"No encrypted connection to the webhook: {error.reason}.") from error
        except (http.client.HTTPException, OSError) as error:
            raise UpstreamUnavailable(f"The webhook cannot be reached: {error or type(error).__name__}.") from error

    def _headers(self, id_: str, body: bytes) -> dict[str, str]:
        at = str(int(self._clock()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"course-tutor/{__version__}",
            "webhook-id": id_,
            "webhook-timestamp": at,
        }
        if self._key:
            signed = hmac.digest(self._key, f"{id_}.{at}.".encode() + body, hashlib.sha256)
            headers["webhook-signature"] = f"v1,{base64.b64encode(signed).decode()}"
        return headers


def _content(message: OutgoingMessage) -> dict[str, object]:
    follow_up = message.follow_up
    return {
        "type": "follow_up.created",
        "timestamp": follow_up.created_at.isoformat(),
        "data": {
            "reference": follow_up.reference,
            "course": follow_up.course,
            "email": follow_up.email,
            "name": follow_up.name,
            "question": follow_up.question,
            "note": follow_up.note,
            "turn": follow_up.turn,
            "lesson": follow_up.lesson,
            "lesson_title": follow_up.lesson_title,
            "lesson_url": follow_up.lesson_url,
            "consent_version": follow_up.consent.version,
        },
    }


def _answer(connection: http.client.HTTPConnection) -> tuple[int, float | None]:
    """The status, and how many seconds the receiver wants to be left alone; its body is not read."""
    response = connection.getresponse()
    wait = response.getheader("Retry-After", "")
    return response.status, float(wait) if wait.isascii() and wait.isdecimal() else None


def _server(url: str) -> SplitResult:
    try:
        server = urlsplit(url)
        is_whole = server.scheme in ("http", "https") and server.hostname and server.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or not url.isascii() or any(sign.isspace() for sign in url):
        raise ConfigurationError("TUTOR_FOLLOW_UP_WEBHOOK_URL cannot be read; write it like https://host/path.")
    if server.username is not None:
        raise ConfigurationError("TUTOR_FOLLOW_UP_WEBHOOK_URL takes no user and password; set its secret instead.")
    if server.scheme == "http" and not _is_private(server.hostname or ""):
        raise ConfigurationError(
            "TUTOR_FOLLOW_UP_WEBHOOK_URL must begin with https:// : addresses of students would travel in the clear."
        )
    return server


def _is_private(host: str) -> bool:
    """Whether what is said to `host` stays on a private network: its address is of one, or its name has no dot."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(".localhost")


def _key(secret: str) -> bytes:
    """The bytes that sign: those that a secret `whsec_…` stands for in Base64, or the secret as it is."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ConfigurationError("TUTOR_FOLLOW_UP_WEBHOOK_SECRET begins with whsec_, but no Base64 follows.") from None
