"""Who answers now: what is said of it is true."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.api.conftest import EMBEDDER
from tests.support.loopback_chat import ChatFault, LoopbackChat
from tests.support.served import COURSE, Served, served, settings_for

PATH = f"/api/v1/courses/{COURSE}/presence"
QUOTING = {"state": "quoting", "answerer": "quoting", "model": ""}


def test_without_a_model_the_lessons_are_quoted(server: Served) -> None:
    assert server.client.get(PATH).json() == QUOTING
    assert server.client.get("/api/v1/courses/none/presence").status_code == 404


def test_a_model_is_named_while_it_answers_and_not_while_it_is_left_alone(published: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(published, tmp_path / "data"))
    with LoopbackChat() as chat:
        settings = settings_for(data, openai_base_url=chat.base_url, model="loopback-1", repeat_answers="off")
        with served(settings, EMBEDDER) as running:
            online = {"state": "online", "answerer": "generative", "model": "loopback-1"}
            assert running.client.get(PATH).json() == online
            chat.always = ChatFault.STATUS_500
            # So many failures in a row, with their repetitions, leave no model in use.
            for _ in range(5):
                if running.client.get(PATH).json() != QUOTING:
                    assert running.ask("What is TCP?").json()["answerer"] == "quoting"
            assert running.client.get(PATH).json() == QUOTING
            assert running.ask("What is TCP?").json()["fallback"] == "upstream_unavailable"
