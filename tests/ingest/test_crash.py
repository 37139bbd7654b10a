"""Ingests that are killed at any moment: readers see the old index or the new one, and nothing is lost or doubled."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from ingest.units import digest
from tests.ingest.conftest import Workplace
from tests.ingest.crash_driver import BUDGET_TOKENS, POINTS
from tests.support.hash_embedder import HashEmbedder
from tutor.adapters.bm25s_index import Bm25sIndex
from tutor.adapters.bm25s_part import Bm25sPart
from tutor.adapters.chroma.index import ChromaIndex
from tutor.adapters.chroma.part import ChromaPart
from tutor.adapters.sql.database import reading
from tutor.index.files import damage, read_arrays, read_manifest
from tutor.index.generations import GenerationState

KILLS = int(os.environ.get("COURSE_TUTOR_STRESS_N", "6"))
SEED = int(os.environ.get("COURSE_TUTOR_STRESS_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
_LESSONS = 40
# How long after a point the kill may come: past the end of what begins there.
_LONGEST_DELAY_SECONDS = {"load": 0.5, "ChromaPart.build": 1.0, "ChromaPart.verify": 3.0, "build": 1.0, "verify": 1.0}


def write_version(place: Workplace, version: int) -> dict[str, str]:
    """A course of which each version drops, adds and changes a few lessons; its texts by lesson."""
    texts = {}
    for number in range(_LESSONS):
        changed = version if number % 10 == version % 10 else number % 10
        if number != version % _LESSONS:
            texts[f"{number % 7}/{number:03}.md"] = (
                f"# Lesson {number}\n\nThis is lesson {number} in version {changed}. Its packet number is {number * 7}."
                f"\n\n## Details of {number}\n\nRouters read address {number}. Switches read {number + version // 3}."
            )
    for path in place.folder.rglob("*.md"):
        if path.relative_to(place.folder).as_posix() not in texts:
            path.unlink()
    for name, words in texts.items():
        place.write(name, words)
    return texts


def run_and_kill(place: Workplace, point: str, count: int, delay_seconds: float, temporary: Path) -> int:
    """The exit status of an ingest that is killed on the way."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.ingest.crash_driver", str(place.folder), str(place.data_dir), point]
    done = subprocess.run(
        [*command, str(count), f"{delay_seconds:.4f}"],
        cwd=root,
        env=os.environ | {"TMPDIR": str(temporary)},
        start_new_session=True,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode


def check_live_index(place: Workplace, versions: list[dict[str, str]]) -> int:
    """What readers see is one of the versions, whole; returns its generation."""
    live = place.store.live("networks")
    build = place.store.build(live.id)
    assert {lesson.lesson: lesson.text for lesson in build.lessons} in versions
    assert (len(build.lessons), len(build.chunks)) == (live.lessons, live.chunks)
    directory = place.directory(live.id)
    assert damage(directory) == ""
    manifest, arrays = read_manifest(directory), read_arrays(directory)
    assert manifest["chunks"] == live.chunks
    assert sorted(set(arrays.window_chunk.tolist())) == list(range(live.chunks))
    last = build.lessons[-1]
    question = HashEmbedder().embed([f"{last.title} in version"])[0]
    index = ChromaIndex(directory / "chroma", len(arrays.windows))
    found = build.chunks[arrays.window_chunk[index.search(question, 1)[0][0]]]
    index.close()
    assert found.lesson == last.lesson
    words = Bm25sIndex.load(directory / "bm25s")
    assert len(words) == live.chunks
    return live.id


def check_nothing_is_left_over(place: Workplace, temporary: Path) -> None:
    """Two generations at most, their directories, and the vectors they use."""
    generations = place.store.generations("networks")
    assert [item.state for item in generations] in (
        [GenerationState.LIVE],
        [GenerationState.RETIRED, GenerationState.LIVE],
    )
    assert place.indexes() == sorted(str(item.id) for item in generations)
    # tiktoken keeps a cache there.
    assert {path.name for path in temporary.iterdir()} <= {"data-gym-cache"}
    with reading(place.engine) as connection:
        units = set(connection.execute(text("SELECT digest FROM units")).scalars())
        vectors = connection.execute(text("SELECT digest FROM vectors")).scalars().all()
        assert len(vectors) == len(set(vectors))
        assert set(vectors) == units
        ids = [item.id for item in generations]
        for table in ("lessons", "chunks", "units"):
            found = connection.execute(text(f"SELECT DISTINCT generation FROM {table} ORDER BY 1")).scalars().all()
            assert found == ids
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


@pytest.mark.slow
@pytest.mark.stress
def test_an_ingest_killed_at_any_moment_leaves_the_old_index_or_the_new_one(place: Workplace, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    place.parts = [ChromaPart(), Bm25sPart()]
    for name in list(place.folder.rglob("*.md")):
        name.unlink()
    before = write_version(place, 0)
    place.ingest(budget_tokens=BUDGET_TOKENS)
    points = chance.sample(POINTS, len(POINTS))
    killed: dict[str, int] = {}
    for version in range(1, KILLS + 1):
        after = write_version(place, version)
        point = points[version % len(points)]
        count = {"load": chance.randint(1, _LESSONS), "embed": chance.randint(1, 2)}.get(point, 1)
        longest = _LONGEST_DELAY_SECONDS.get(point, 0.05)
        delay_seconds = chance.choice((0.0, chance.uniform(0, longest)))
        case = f"seed {SEED}, kill {version}: {delay_seconds:.4f} s after {point} {count}"
        print(case)
        status = run_and_kill(place, point, count, delay_seconds, temporary)
        killed[point] = killed.get(point, 0) + (status != 0)

        live = check_live_index(place, [after] if status == 0 else [before, after])
        with reading(place.engine) as connection:
            known = set(connection.execute(text("SELECT digest FROM vectors")).scalars())
        report = place.ingest(budget_tokens=BUDGET_TOKENS)
        assert check_live_index(place, [after]) == report.generation
        assert report.generation is not None
        assert report.generation >= live
        # What was embedded before the kill is not embedded again.
        assert not {digest(words) for words in place.embedder.embedded} & known
        check_nothing_is_left_over(place, temporary)
        before = after
    print(f"killed at {killed}")
    assert sum(killed.values()) >= KILLS // 2
