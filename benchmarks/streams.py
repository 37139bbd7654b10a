"""How late events are when many streams run at once: `python -m benchmarks.streams DATA_DIR [--streams 1000]`.

The server is `ticking_server`, in a process of its own: the whole app, with a model that says a checked sentence ten
times a second. So what is measured is everything from a sentence that is ready to its reader: numbering, joining,
the log's commit, the stream. Finding passages and checking sentences is not in it.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from benchmarks.bench_courses import SAMPLE
from benchmarks.percentiles import percentile
from benchmarks.raw_http import request_bytes
from benchmarks.rows import Row
from benchmarks.serving import module_process
from benchmarks.ticking_server import EVENTS_PER_SECOND

STREAMS = 1_000
SECONDS = 20.0
_MAX_LAG_MS = 150.0
_MAX_MEMORY_MB = 400.0
_OPENED_PER_SECOND = 100
_PATIENCE_SECONDS = 60.0
_PRODUCED = re.compile(rb'data: {"text":"(\d+\.\d{6}) ')
_DONE = b"event: done\n"


@dataclass
class Load:
    """What came of a number of streams: lags in milliseconds, and the streams that got every event and their end."""

    streams: int
    lags: list[float] = field(default_factory=list)
    complete: int = 0
    memory: float = 0.0

    @property
    def p99(self) -> float | None:
        """The lag that one event in a hundred exceeds."""
        return percentile(self.lags, 0.99)

    @property
    def is_good(self) -> bool:
        """Whether all is as asked."""
        late = self.p99
        return self.complete == self.streams and late is not None and late <= _MAX_LAG_MS


class StreamReader(asyncio.Protocol):
    """Asks for a stream and notes how late each event is; no more of it is read than that."""

    def __init__(self, load: Load, path: str, events: int) -> None:
        self.ended = asyncio.get_running_loop().create_future()
        self._load, self._path, self._events = load, path, events
        self._seen = 0
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(request_bytes("POST", self._path, {"question": str(self._events), "stream": True}))

    def data_received(self, data: bytes) -> None:
        now = monotonic()
        text = self._rest + data
        end = text.find(_DONE)
        end = len(text) if end < 0 else end
        read = 0
        for found in _PRODUCED.finditer(text, 0, end):
            self._load.lags.append((now - float(found[1])) * 1000)
            self._seen += 1
            read = found.end()
        if end < len(text):
            # The end holds the whole turn once more.
            self._load.complete += self._seen == self._events
            self._transport.close()
            return
        self._rest = text[max(read, len(text) - 64) :]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


def load_rows(data_dir: Path, streams: int = STREAMS, seconds: float = SECONDS) -> Iterator[Row]:
    """The figures of `streams` at once; when they are not reached, also how many streams reach them."""
    load = measure(data_dir, streams, seconds)
    what = f"{streams:,} streams × {EVENTS_PER_SECOND} events/s"
    note = f"{len(load.lags):,} events, p50 {percentile(load.lags, 0.5) or 0:.0f} ms"
    yield Row("", f"{what}: complete", load.complete / load.streams, ("≥", 1.0))
    yield Row("", f"{what}: added lag, p99", load.p99, ("≤", _MAX_LAG_MS), "ms", note)
    yield Row("", f"{what}: memory of the server at most", load.memory, ("≤", _MAX_MEMORY_MB), "MB")
    while not load.is_good and load.streams > 1:
        load = measure(data_dir, load.streams * 3 // 4, seconds)
    limit = float(load.streams) if load.is_good else 0.0
    yield Row("", "streams at once that are complete and at most 150 ms late", limit)


def measure(data_dir: Path, streams: int, seconds: float) -> Load:
    """Run a server and so many streams."""
    load = Load(streams)
    with module_process("benchmarks.ticking_server", data_dir) as server:
        asyncio.run(_read(load, server.port, round(seconds * EVENTS_PER_SECOND)))
        load.memory = server.memory()
    return load


async def _read(load: Load, port: int, events: int) -> None:
    loop = asyncio.get_running_loop()
    path = f"/api/v1/courses/{SAMPLE}/turns"
    readers = []
    for _ in range(load.streams):
        _, reader = await loop.create_connection(lambda: StreamReader(load, path, events), "127.0.0.1", port)
        readers.append(reader)
        await asyncio.sleep(1 / _OPENED_PER_SECOND)
    patience = events / EVENTS_PER_SECOND + _PATIENCE_SECONDS
    await asyncio.wait([reader.ended for reader in readers], timeout=patience)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path, help="where the sample course was ingested")
    parser.add_argument("--streams", type=int, default=STREAMS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each stream is")
    given = parser.parse_args()
    for row in load_rows(given.data_dir, given.streams, given.seconds):
        print("  ".join(cell for cell in row.cells() if cell))


if __name__ == "__main__":
    main()
