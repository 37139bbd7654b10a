"""How long the server takes until it is ready, and how much memory it has then."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, sleep

import httpx

from benchmarks.bench_courses import BenchCourse
from benchmarks.commands import COMMAND, environment
from benchmarks.rows import Row
from benchmarks.serving import memory_of
from tutor.quality.questions import read_questions

_ASKED = 50
_PATIENCE_SECONDS = 120


def server_rows(course: BenchCourse) -> Iterator[Row]:
    """Start to ready, and the memory of the process after fifty questions."""
    port = _free_port()
    command = [*COMMAND, "serve", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(course.data_dir)]
    log_path = course.data_dir / "server.log"
    with log_path.open("wb") as log:
        began = perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment())
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                ready = _ready(client, process, began, log_path)
                at_start = memory_of(process.pid, "VmRSS")
                _ask(client, course)
                memory, peak = memory_of(process.pid, "VmRSS"), memory_of(process.pid, "VmHWM")
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    yield Row(course.slug, "server: start to ready", ready, ("≤", 4), "s")
    note = f"after {_ASKED} questions; {at_start:.0f} MB when ready, {peak:.0f} MB at most"
    yield Row(course.slug, "server: memory", memory, ("≤", 450), "MB", note)


def _ready(client: httpx.Client, process: subprocess.Popen[bytes], began: float, log: Path) -> float:
    while process.poll() is None and perf_counter() - began < _PATIENCE_SECONDS:
        try:
            if client.get("/readyz").status_code == 200:
                return perf_counter() - began
        except httpx.TransportError:
            pass
        sleep(0.02)
    raise RuntimeError(f"the server did not become ready; see {log}")


def _ask(client: httpx.Client, course: BenchCourse) -> None:
    for question in read_questions(next(iter(course.questions.values())))[:_ASKED]:
        path = f"/api/v1/courses/{course.slug}/turns"
        client.post(path, json={"question": question.question}).raise_for_status()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
