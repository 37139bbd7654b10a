"""`course-tutor serve` as a program."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.cli.conftest import ROOT, course_tutor
from tests.support.served import COURSE


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
                deadline = time.monotonic() + 20
                while client.get("/readyz").status_code != 200:
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
                turn = client.post(f"/api/v1/courses/{COURSE}/turns", json={"question": "How does a connection end?"})
                assert turn.json()["state"] == "done"
                port = url.rsplit(":", 1)[1]
                second = course_tutor("serve", "--port", port, cwd=folder)
                assert second.status == 1
                assert "another server" in second.err
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(15) in (0, -signal.SIGTERM)
