"""The description of the API is complete and true."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.served import Served


def test_every_route_says_what_it_does_gives_and_may_refuse(server: Served) -> None:
    document = server.client.get("/openapi.json").json()
    assert document["info"]["title"] == "Course Tutor"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], path
            assert operation["description"], path
            assert operation["operationId"] == operation["operationId"].lower()
            responses = operation["responses"]
            good = {status for status in responses if status.startswith("2")}
            assert good
            assert all(responses[status]["content"] for status in good - {"204"}), path
            for status, response in responses.items():
                if status not in good and path != "/readyz":
                    kind = "application/json" if path.startswith("/v1/") else "application/problem+json"
                    assert list(response["content"]) == [kind], (path, status)
            if "requestBody" in operation:
                (content,) = operation["requestBody"]["content"].values()
                name = content["schema"]["$ref"].rsplit("/", 1)[-1]
                assert document["components"]["schemas"][name]["examples"], (method, path)
                assert {"413", "400" if path.startswith("/v1/") else "422"} <= set(responses)


def test_the_contract_of_the_project_is_there(server: Served) -> None:
    paths = set(server.client.get("/openapi.json").json()["paths"])
    assert paths == {
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/v1/courses",
        "/api/v1/courses/{course}",
        "/api/v1/courses/{course}/conversations",
        "/api/v1/courses/{course}/conversations/{conversation}",
        "/api/v1/courses/{course}/follow-ups",
        "/api/v1/courses/{course}/follow-ups/{reference}",
        "/api/v1/courses/{course}/follow-ups/{reference}/answer",
        "/api/v1/courses/{course}/follow-ups/{reference}/resend",
        "/api/v1/courses/{course}/lessons",
        "/api/v1/courses/{course}/lessons/{lesson}",
        "/api/v1/courses/{course}/popular-questions",
        "/api/v1/courses/{course}/presence",
        "/api/v1/courses/{course}/search",
        "/api/v1/courses/{course}/sessions",
        "/api/v1/courses/{course}/turns",
        "/api/v1/courses/{course}/usage",
        "/api/v1/turns/{turn}",
        "/api/v1/turns/{turn}/events",
        "/api/v1/turns/{turn}/stop",
        "/api/v1/turns/{turn}/feedback",
        "/v1/chat/completions",
        "/v1/models",
        "/v1/models/{model}",
    }


@pytest.mark.slow
def test_whatever_is_sent_is_answered_as_described_and_never_breaks_it(server: Served, tmp_path: Path) -> None:
    options = {
        "--checks": "all",
        # A question can be refused for what it says, which no schema tells.
        "--exclude-checks": "positive_data_acceptance",
        "--suppress-health-check": "filter_too_much",
        "--max-examples": os.environ.get("COURSE_TUTOR_SCHEMATHESIS_N", "10"),
        "--seed": "1",
        "--generation-database": "none",
    }
    flags = [part for option in options.items() for part in option]
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json", *flags]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
