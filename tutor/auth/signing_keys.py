"""The keys that sign students' sessions, and where they are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


class SigningKeyStore(Protocol):
    """Keeps the keys that sign sessions, the same for all servers."""

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """All keys, newest first; the first one is made where there is none."""

    def add_signing_key(self) -> SigningKey:
        """Make a key that signs from now on; those before are still believed."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret that signs sessions, and the name by which they say so."""

    id: str
    secret: bytes = field(repr=False)
