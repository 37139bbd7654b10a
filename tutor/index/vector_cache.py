"""Vectors of texts that are asked for more than once: each is embedded once, also when two ask at the same time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

from tutor.index.protocols import Embedder


class VectorCache:
    """Remembers the vectors of the last `limit` texts. Safe to use from several threads."""

    def __init__(self, embedder: Embedder, limit: int) -> None:
        self._embedder = embedder
        self._most = limit
        self._known: OrderedDict[str, Future[NDArray[np.float32]]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, text: str) -> NDArray[np.float32]:
        """The vector of a text, shape (dimensions,); raises what the embedder raises, and tries again next time."""
        with self._lock:
            known = self._known.get(text)
            vector = known or Future[NDArray[np.float32]]()
            self._known[text] = vector
            self._known.move_to_end(text)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        if known is None:
            try:
                vector.set_result(self._embedder.embed([text])[0])
            except BaseException as error:
                with self._lock:
                    self._known.pop(text, None)
                vector.set_exception(error)
        return vector.result()
