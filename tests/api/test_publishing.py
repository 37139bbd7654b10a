"""A running server and what is published, damaged or removed under it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.hash_embedder import HashEmbedder
from tests.support.served import COURSE, LESSONS, Served, ingest_lessons, served, settings_for, write_lessons
from tests.support.waiting import eventually
from tutor.config import Settings
from tutor.index.files import damage, index_directory
from tutor.wiring.parts import open_engine

LESSON = "02-transport/02-udp.md"
SEARCH = f"/api/v1/courses/{COURSE}/search"


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with lessons and data that nobody changes."""
    folder = tmp_path_factory.mktemp("ingested")
    ingest_lessons(settings_for(folder / "data"), write_lessons(folder / "lessons"))
    return folder


@pytest.fixture
def place(ingested: Path, tmp_path: Path) -> Settings:
    """Settings over a copy of it."""
    shutil.copytree(ingested, tmp_path / "copy")
    return settings_for(tmp_path / "copy" / "data")


def lessons_of(running: Served) -> list[str]:
    """The lessons that are served."""
    answer = running.client.get(f"/api/v1/courses/{COURSE}/lessons")
    return [lesson["lesson"] for lesson in answer.json()["lessons"]]


def found(running: Served, query: str) -> list[str]:
    """The lessons of the passages that are found."""
    answer = running.client.post(SEARCH, json={"query": query, "k": 50})
    assert answer.status_code == 200, answer.text
    return [passage["lesson"] for passage in answer.json()["passages"]]


def test_a_new_generation_is_served_without_a_restart_and_no_request_fails(place: Settings) -> None:
    folder = place.data_dir.parent / "lessons"
    failures: list[str] = []
    ended = threading.Event()

    def keep_asking(running: Served) -> None:
        while not ended.is_set():
            answer = running.client.post(SEARCH, json={"query": "byte", "k": 5})
            if answer.status_code != 200:
                failures.append(answer.text)

    with served(place) as running:
        asking = threading.Thread(target=keep_asking, args=(running,))
        asking.start()
        try:
            for number in range(2):
                write_lessons(folder, {LESSON: f"# UDP {number}\n\nUDP datagrams are not numbered. Nobody resends.\n"})
                ingest_lessons(place, folder)
                eventually(lambda query=f"UDP {number}": LESSON in found(running, query), "the new generation")  # type: ignore[misc]
        finally:
            ended.set()
            asking.join()
        assert LESSON in lessons_of(running)
        assert not failures


def test_a_generation_stays_open_until_its_last_request_has_ended(place: Settings) -> None:
    folder = place.data_dir.parent / "lessons"
    with served(place) as running:
        with running.tutor.course(COURSE) as held:
            write_lessons(folder, {LESSON: "# UDP\n\nUDP datagrams are not numbered.\n"})
            ingest_lessons(place, folder)
            eventually(lambda: LESSON in lessons_of(running), "the new generation")
            assert len(_open_indexes(running)) == 2
            assert held.search("numbers every byte", 1)[0].lesson == "02-transport/01-tcp.md"
        assert len(_open_indexes(running)) == 1
        assert "tutor_fallbacks_total{" not in running.client.get("/metrics").text


def test_the_first_generation_of_a_course_is_served_without_a_restart(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data")
    with served(settings) as running:
        assert running.client.get(f"/api/v1/courses/{COURSE}/lessons").status_code == 404
        ingest_lessons(settings, write_lessons(tmp_path / "lessons"))
        assert len(lessons_of(running)) == 3


@pytest.mark.parametrize(
    "name", ["windows.npy", "owners.npz", "manifest.json", "bm25s/words.json", "chroma/chroma.sqlite3", ""]
)
def test_a_damaged_index_is_answered_without_and_rebuilt(place: Settings, name: str) -> None:
    directory = index_directory(place.data_dir, COURSE, 1)
    if name:
        file = directory / name
        content = bytearray(file.read_bytes())
        content[len(content) // 3 : len(content) // 2] = b"\xa5" * (len(content) // 2 - len(content) // 3)
        file.write_bytes(content)
    else:
        shutil.rmtree(directory)
    with served(place, wait=False) as running:
        assert found(running, "numbers every byte")[0] == "02-transport/01-tcp.md"
        assert running.client.get("/readyz").status_code == 200
        running.ready()
        assert damage(directory) == ""
        assert found(running, "numbers every byte")[0] == "02-transport/01-tcp.md"
        metrics = running.client.get("/metrics").text
        assert f'tutor_fallbacks_total{{course="{COURSE}"' in metrics


def test_a_course_whose_first_index_is_not_ready_is_being_prepared(place: Settings) -> None:
    engine = open_engine(place)
    with engine.begin() as connection:
        connection.execute(text("UPDATE courses SET live_generation = NULL"))
    engine.dispose()
    with served(place) as running:
        answer = running.ask("What is TCP?")
        assert (answer.status_code, answer.json()["code"]) == (503, "being_prepared")
        assert int(answer.headers["retry-after"]) > 0
        assert running.client.get("/readyz").status_code == 200
        assert running.client.get("/api/v1/courses").json()["courses"][0]["generation"] is None
        assert "being prepared" in running.client.get("/").text


def test_a_second_server_on_the_same_data_answers_without_chroma(place: Settings) -> None:
    script = (
        "import sys; from pathlib import Path; from tutor.adapters.chroma.serving_lock import ServingLock\n"
        "lock = ServingLock(Path(sys.argv[1])); print(lock.held(), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(place.data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "True"
        with served(place) as running:
            assert found(running, "numbers every byte")[0] == "02-transport/01-tcp.md"
            assert 'reason="in_use"' in running.client.get("/metrics").text
        assert other.stdin is not None
        other.stdin.close()


def test_an_index_that_fails_while_it_is_served_is_replaced_and_mended(place: Settings) -> None:
    with served(place) as running:
        before = found(running, "numbers every byte")
        # What Chroma has open goes away under it.
        (index,) = _open_indexes(running)
        index.close()
        assert found(running, "numbers every byte") == before
        running.ready()
        assert found(running, "numbers every byte") == before
        assert 'reason="index"' in running.client.get("/metrics").text


def _open_indexes(running: Served) -> list[Any]:
    loader = running.tutor._services.load.__self__  # type: ignore[attr-defined]
    return list(loader._open.values())


def test_lessons_are_the_texts_that_offsets_count_in(place: Settings) -> None:
    with served(place, HashEmbedder()) as running:
        for name in [name for name in LESSONS if name.endswith(".md")]:
            lesson = running.client.get(f"/api/v1/courses/{COURSE}/lessons/{name}").json()
            for item in running.client.post(SEARCH, json={"query": "byte", "lesson": name}).json()["passages"]:
                assert lesson["text"][item["start"] : item["end"]] == item["text"]
