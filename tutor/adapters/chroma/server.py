"""Generations' vectors as collections of a Chroma server, for tutors that run on several machines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.api.client import Client
from chromadb.api.models.Collection import Collection
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from numpy.typing import NDArray

from tutor.adapters.chroma.collection import Verification, fill, nearest, opened, verified
from tutor.adapters.chroma.errors import translating
from tutor.errors import ConfigurationError, NotFound, TutorError

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,510}[a-zA-Z0-9]")


class ChromaServer:
    """A Chroma server by its URL: it builds, verifies, opens and deletes a collection per generation.

    Chroma knows no users: keep it on a private network. Safe to use from several threads. Making one calls no server.
    """

    def __init__(self, url: str, timeout_seconds: float = 10.0, build_timeout_seconds: float = 120.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError(f"The Chroma server's address is no http:// or https:// URL: {url!r}.")
        self._url = url.rstrip("/")
        self._host = parts.hostname
        self._tls = parts.scheme == "https"
        self._port = parts.port or (443 if self._tls else 80)
        self._timeout_seconds = timeout_seconds
        self._build_timeout_seconds = build_timeout_seconds

    def build(self, course: str, generation: str, vectors: NDArray[np.float32]) -> None:
        """Write the vectors, shape (chunks, dimensions), into a fresh collection; a leftover of that name goes."""
        name = collection_name(course, generation)
        with translating(), self._session(self._build_timeout_seconds) as client:
            with suppress(NotFound), translating():
                client.delete_collection(name)
            fill(client, name, vectors)

    def verify(self, course: str, generation: str, vectors: NDArray[np.float32]) -> Verification:
        """Whether the collection finds what an exact scan finds."""
        try:
            with translating(), self._session(self._build_timeout_seconds) as client:
                name = collection_name(course, generation)
                return verified(client.get_collection(name, embedding_function=None), vectors)
        except TutorError as error:
            return Verification(False, error.message, 0, 0.0, 0)

    def open(self, course: str, generation: str, count: int) -> ChromaServerIndex:
        """The index of a generation. Raises NotFound, or IndexMismatch when it does not hold `count` vectors."""
        with translating():
            client = self._connected(self._timeout_seconds)
            try:
                collection, dimensions = opened(client, collection_name(course, generation), count)
            except BaseException:
                _close(client)
                raise
        return ChromaServerIndex(client, collection, count, dimensions)

    def delete(self, course: str, generation: str) -> None:
        """Remove a generation's collection, if it is there."""
        with suppress(NotFound), translating(), self._session(self._build_timeout_seconds) as client:
            client.delete_collection(collection_name(course, generation))

    def collections(self) -> list[str]:
        """The names of all collections on the server."""
        with translating(), self._session(self._timeout_seconds) as client:
            return [collection.name for collection in client.list_collections()]

    @contextmanager
    def _session(self, timeout_seconds: float) -> Iterator[Client]:
        client = self._connected(timeout_seconds)
        try:
            yield client
        finally:
            _close(client)

    def _connected(self, timeout_seconds: float) -> Client:
        # The library waits for ever for an answer, already when its client is made: ask first whether anyone is there.
        httpx.get(f"{self._url}/api/v2/heartbeat", timeout=self._timeout_seconds).raise_for_status()
        client = chromadb.HttpClient(
            self._host, self._port, ssl=self._tls, settings=Settings(anonymized_telemetry=False)
        )
        assert isinstance(client, Client)
        session = getattr(client._server, "_session", None)
        if isinstance(session, httpx.Client):
            session.timeout = httpx.Timeout(timeout_seconds)
        return client


class ChromaServerIndex:
    """The `VectorIndex` over a server's collection; made by `ChromaServer.open`."""

    def __init__(self, client: Client, collection: Collection, count: int, dimensions: int) -> None:
        self._client = client
        self._collection = collection
        self._count = count
        self._dimensions = dimensions

    def __len__(self) -> int:
        return self._count

    def search(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ordinals of the `k` nearest vectors and their cosine similarities, best first.

        Raises IndexMismatch or ProviderRejected for a vector it cannot search by, NotFound when the collection is
        gone, TransientError when the server may succeed on a retry.
        """
        with translating():
            return nearest(self._collection, vector, k, self._count, self._dimensions)

    def close(self) -> None:
        """Close the connections."""
        _close(self._client)


def _close(client: Client) -> None:
    """Close the client with what the library forgets: its connections, and its systems in its own cache.

    A client over HTTP has a second one inside, with a system and connections of its own.
    """
    servers = [client._server, getattr(client._admin_client, "_server", None)]
    client.close()
    for server in servers:
        session = getattr(server, "_session", None)
        if isinstance(session, httpx.Client):
            session.close()
    systems = [getattr(server, "_system", None) for server in servers]
    cache = SharedSystemClient._identifier_to_system
    for identifier in [identifier for identifier, system in list(cache.items()) if system in systems]:
        cache.pop(identifier, None)


def collection_name(course: str, generation: str) -> str:
    """`course-generation`. Raises ConfigurationError for what Chroma does not take as a name."""
    name = f"{course}-{generation}"
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{name!r} cannot name a collection of the Chroma server.")
    return name
