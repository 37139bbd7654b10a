"""A server in a process of its own, to be measured from this one."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from urllib.parse import urlsplit

import httpx

from benchmarks.bench_courses import ROOT
from benchmarks.commands import COMMAND, environment

_PATIENCE_SECONDS = 120
_STOP_SECONDS = 30
_URL = re.compile(r'"url": *"([^"]+)"')


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """Where it listens, and its process."""

    url: str
    pid: int

    @property
    def port(self) -> int:
        """Its port on this machine."""
        port = urlsplit(self.url).port
        assert port is not None
        return port

    def memory(self) -> float:
        """The most memory that it had, in MB."""
        return memory_of(self.pid, "VmHWM")


def memory_of(pid: int, field: str) -> float:
    """A figure of a process in MB, as the kernel counts it."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f"/proc/{pid}/status has no {field}")


@contextmanager
def tutor_process(data_dir: Path, **variables: str) -> Iterator[ServerProcess]:
    """`course-tutor serve` with the environment's `variables` set, ready to be asked."""
    command = [*COMMAND, "serve", "--host", "127.0.0.1", "--port", "0", "--json", "--data-dir", str(data_dir)]
    with _running(command, data_dir / "server.log", variables) as server:
        yield server


@contextmanager
def module_process(module: str, data_dir: Path) -> Iterator[ServerProcess]:
    """A server that `python -m module DATA_DIR` runs, ready to be asked; it prints its URL as JSON."""
    with _running([sys.executable, "-m", module, str(data_dir)], data_dir / "server.log", {}) as server:
        yield server


@contextmanager
def _running(command: Sequence[str], log_path: Path, variables: dict[str, str]) -> Iterator[ServerProcess]:
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, env=environment() | variables, text=True
        )
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        url = next((found[1] for found in map(_URL.search, lines) if found), None)
        if url is None:
            raise RuntimeError(f"the server did not start; see {log_path}")
        server = ServerProcess(url, process.pid)
        _wait_until_ready(server, process, log_path)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _wait_until_ready(server: ServerProcess, process: subprocess.Popen[str], log_path: Path) -> None:
    deadline = perf_counter() + _PATIENCE_SECONDS
    while process.poll() is None and perf_counter() < deadline:
        try:
            answer = httpx.get(f"{server.url}/readyz")
            if answer.status_code == 200 and not answer.json()["degraded"]:
                return
        except httpx.TransportError:
            pass
        sleep(0.1)
    raise RuntimeError(f"the server did not become ready; see {log_path}")
