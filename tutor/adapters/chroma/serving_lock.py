"""One process at a time may open the Chroma directories below a data directory."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from tutor.errors import ConfigurationError


class ServingLock:
    """Holds `serving.lock` in the data directory if no other process does; the system lets go however it ends."""

    def __init__(self, data_dir: Path) -> None:
        """Raises ConfigurationError when the data directory cannot be written."""
        try:
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._handle = os.open(data_dir / "serving.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigurationError(f"TUTOR_DATA_DIR: {data_dir} cannot be written: {error.strerror}.") from error

    def held(self) -> bool:
        """Whether this process holds it; tries again to get it when another one did."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Let go of it."""
        os.close(self._handle)
