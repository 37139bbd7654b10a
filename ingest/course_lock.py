"""One ingest of a course at a time, on one machine."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tutor.errors import ConfigurationError, TransientError


@contextmanager
def course_lock(directory: Path) -> Iterator[None]:
    """Hold the lock file in a course's directory, which is made if it is missing.

    It is let go by the system however the process ends. Raises TransientError that names who holds it.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(f"The index directory {directory} cannot be written: {error.strerror}.") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(handle, 200).decode("utf-8", "replace").strip() or "another process"
            raise TransientError(f"{directory.name!r} is being ingested already, by {holder}.", 60.0) from error
        os.ftruncate(handle, 0)
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        os.pwrite(handle, f"process {os.getpid()} since {now}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
