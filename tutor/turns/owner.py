"""Who produces turns: a process, by a name of its own, and how others on its machine know that it is gone."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Collection
from pathlib import Path

from tutor.errors import ConfigurationError

_SUFFIX = ".lock"


class Owner:
    """This process among those that produce turns; it holds a lock on a file that is named after it.

    The system lets go of the lock however the process ends, so a file that is not locked has a dead owner. An owner
    without a file is on another machine: nothing can be said about it here.
    """

    def __init__(self, data_dir: Path) -> None:
        """Raises ConfigurationError when the data directory cannot be written."""
        self.name = f"owner_{secrets.token_hex(8)}"
        self._folder = data_dir / "owners"
        unlocked = self._folder / self.name
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._handle = os.open(unlocked, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._handle, fcntl.LOCK_EX)
            # Only now has it the name that others look at: they never see it without its lock.
            unlocked.rename(self._file(self.name))
        except OSError as error:
            raise ConfigurationError(f"TUTOR_DATA_DIR: {data_dir} cannot be written: {error.strerror}.") from error

    def is_dead(self, name: str) -> bool:
        """Whether an owner is certainly gone."""
        try:
            handle = os.open(self._file(name), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            # Shared, so that two that look at once do not take each other for the owner.
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(handle)
        return True

    def forget_dead(self, needed: Collection[str]) -> None:
        """Remove the files of dead owners, but for those that are `needed`: they still hold turns."""
        for file in self._folder.glob(f"*{_SUFFIX}"):
            name = file.name.removesuffix(_SUFFIX)
            if name not in needed and self.is_dead(name):
                file.unlink(missing_ok=True)

    def close(self, *, holds_turns: bool = False) -> None:
        """Let go. An owner that still holds turns leaves its file, so that others end them at once."""
        if not holds_turns:
            self._file(self.name).unlink(missing_ok=True)
        os.close(self._handle)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"
