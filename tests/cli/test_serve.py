"""`course-tutor serve` as a program."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from tests.cli.conftest import ROOT, course_tutor
from tests.support.served import COURSE
from tests.support.waiting import eventually


def test_serve_says_where_it_listens_answers_and_stops_when_told(folder: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TUTOR_")}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-m", "tutor", "serve", "--port", "0", "--json"]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout is not None
            url = json.loads("".join(server.stdout.readline() for _ in range(3)))["url"]
            with httpx.Client(base_url=url, timeout=20) as client:
                eventually(lambda: client.get("/readyz").status_code == 200, "readiness")
                turn = client.post(f"/api/v1/courses/{COURSE}/turns", json={"question": "How does a connection end?"})
                assert turn.json()["state"] == "done"
                port = url.rsplit(":", 1)[1]
                second = course_tutor("serve", "--port", port, cwd=folder)
                assert second.status == 1
                assert "another server" in second.err
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(15) in (0, -signal.SIGTERM)


def test_that_the_key_is_missing_is_told_before_the_address_is_taken(folder: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = course_tutor("serve", "--host", "0.0.0.0", "--port", port, cwd=folder)
    assert done.status == 1
    assert "TUTOR_API_KEY" in done.err
    assert "another server" not in done.err


def test_a_host_that_no_name_can_be_is_told_in_one_line(folder: Path) -> None:
    done = course_tutor("serve", "--host", "a..b", cwd=folder, TUTOR_API_KEY="k" * 20)
    assert done.status == 1
    assert done.err.startswith("error: a..b:8000 cannot be listened on: ")
    assert done.err.count("\n") == 1
