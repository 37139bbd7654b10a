"""Sessions of students: who asks in a course, told by a signed token and not by an account.

A token is `ct1.KEY.CLAIMS.SIGNATURE`: the id of the key that signs, what is claimed (course, student, end), and the
HMAC-SHA256 of all before it. Nothing is stored per session.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from tutor.auth.signing_keys import SigningKey, SigningKeyStore

SESSION_SECONDS = 180 * 86_400
_PREFIX = "ct1."
_MAX_CHARACTERS = 1000
_FRESH_SECONDS = 60.0
"""How long keys are believed without looking again: a key that is deleted opens nothing after that."""
_AGAIN_SECONDS = 1.0
"""How soon an unknown key, which may be new or made up, is looked for again."""


@dataclass(frozen=True, slots=True)
class Session:
    """A student of a course, by a pseudonym, until an instant."""

    course: str
    student: str
    expires_at: datetime


class Sessions:
    """Begins sessions and reads their tokens. Safe to use from several threads.

    `clock` gives the seconds since 1970.
    """

    def __init__(self, store: SigningKeyStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._keys: dict[str, SigningKey] = {}
        self._looked_at = float("-inf")
        self._lock = threading.Lock()

    def begin(self, course: str) -> tuple[Session, str]:
        """A session of a new student of `course`, and its token; the store is read."""
        with self._lock:
            key = self._look()[0]
        ends = int(self._clock()) + SESSION_SECONDS
        session = Session(course, f"student_{secrets.token_hex(12)}", datetime.fromtimestamp(ends, UTC))
        claims = json.dumps([session.course, session.student, ends], separators=(",", ":")).encode()
        signed = f"{_PREFIX}{key.id}.{_text(claims)}"
        return session, f"{signed}.{_text(_signature(key, signed))}"

    def is_current(self, token: str) -> bool:
        """Whether `read` knows enough to judge a token; else call `look_for` before."""
        age = time.monotonic() - self._looked_at
        return age < (_FRESH_SECONDS if _key_of(token) in self._keys else _AGAIN_SECONDS)

    def look_for(self, token: str) -> None:
        """Read the keys from the store, unless another call has just done so; raises as the store does."""
        with self._lock:
            if not self.is_current(token):
                self._look()

    def read(self, token: str) -> Session | None:
        """The session of a token; None when it is over, or the token was not made here. Never blocks."""
        key = self._keys.get(_key_of(token))
        signed, _, signature = token.rpartition(".")
        if key is None or not hmac.compare_digest(signature.encode(), _text(_signature(key, signed)).encode()):
            return None
        # Only what was signed here is ever decoded.
        course, student, ends = json.loads(_bytes(signed.rpartition(".")[2]))
        if ends <= self._clock():
            return None
        return Session(course, student, datetime.fromtimestamp(ends, UTC))

    def _look(self) -> tuple[SigningKey, ...]:
        keys = self._store.signing_keys()
        self._keys = {key.id: key for key in keys}
        self._looked_at = time.monotonic()
        return keys


def is_session(bearer: str) -> bool:
    """Whether a bearer says that it is the token of a session, and no key."""
    return bearer.startswith(_PREFIX)


def _key_of(token: str) -> str:
    parts = token.split(".", 4) if len(token) <= _MAX_CHARACTERS else []
    return parts[1] if len(parts) == 4 else ""


def _signature(key: SigningKey, signed: str) -> bytes:
    return hmac.new(key.secret, signed.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
