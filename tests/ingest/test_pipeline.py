"""From a folder to a published index: what is embedded, what is reported, what readers see."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from ingest.course_lock import course_lock
from ingest.pipeline import ingest
from ingest.rebuilding import rebuild
from ingest.report import Progress
from tests.ingest.conftest import LESSONS, BrokenPart, Workplace
from tests.support.hash_embedder import HashEmbedder
from tutor.adapters.bm25s_index import Bm25sIndex
from tutor.adapters.bm25s_part import Bm25sPart
from tutor.adapters.chroma.index import ChromaIndex
from tutor.adapters.chroma.part import ChromaPart
from tutor.adapters.sql.database import reading
from tutor.adapters.tiktoken_counter import TiktokenCounter
from tutor.errors import (
    BeingPrepared,
    IndexMismatch,
    InvalidRequest,
    NotFound,
    PermanentError,
    TransientError,
    UpstreamUnavailable,
)
from tutor.index.files import damage, read_manifest
from tutor.index.generations import GenerationState


def test_a_course_is_published_whole(place: Workplace) -> None:
    place.parts = [ChromaPart(), Bm25sPart()]
    report = place.ingest()
    assert report.generation is not None
    build = place.store.build(place.store.live("networks").id)
    assert build.generation.id == report.generation
    assert [lesson.lesson for lesson in build.lessons] == list(LESSONS)
    assert [lesson.order for lesson in build.lessons] == [1, 2, 3]
    assert (report.lessons, report.chunks) == (3, len(build.chunks))
    assert report.tokens == build.generation.tokens == sum(chunk.tokens for chunk in build.chunks)
    assert (report.embedded, report.reused, report.removed) == (report.chunks, 0, 0)
    assert report.skipped == ()
    assert report.exit_status == 0
    assert report.texts == len(place.embedder.embedded) == len(set(place.embedder.embedded))

    directory = place.directory(report.generation)
    assert {"bm25s", "chroma", "manifest.json", "owners.npz", "sentences.npy", "windows.npy"} <= {
        path.name for path in directory.iterdir()
    }
    assert damage(directory) == ""
    arrays = place.arrays(report.generation)
    question = HashEmbedder().embed(["how does a TCP connection end with FIN?"])[0]
    index = ChromaIndex(directory / "chroma", len(arrays.windows))
    best = int(index.search(question, 1)[0][0])
    index.close()
    assert build.chunks[arrays.window_chunk[best]].lesson == "02-transport/01-tcp.md"
    words = Bm25sIndex.load(directory / "bm25s")
    assert build.chunks[int(words.scores("switches learn a port").argmax())].section == "Frames › Addresses"
    nearest = int((arrays.sentences.astype(np.float32) @ question).argmax())
    chunk = build.chunks[arrays.sentence_chunk[nearest]]
    lesson = next(lesson for lesson in build.lessons if lesson.lesson == chunk.lesson)
    start, end = int(arrays.sentence_start[nearest]), int(arrays.sentence_end[nearest])
    assert lesson.text[start:end] == "A connection ends with FIN."


def test_an_unchanged_course_embeds_and_publishes_nothing(place: Workplace) -> None:
    first = place.ingest()
    again = place.ingest()
    assert place.embedder.embedded == []
    assert again.generation == first.generation
    assert (first.changed, again.changed) == (True, False)
    assert (again.embedded, again.reused, again.texts) == (0, again.chunks, 0)
    assert (again.lessons, again.chunks, again.tokens) == (first.lessons, first.chunks, first.tokens)
    assert len(place.store.generations("networks")) == 1


def test_an_unchanged_ingest_loads_no_heavy_library(place: Workplace) -> None:
    place.ingest()
    program = f"""
import sys
from pathlib import Path
from ingest.pipeline import ingest
from tests.support.hash_embedder import HashEmbedder
from tutor.adapters.bm25s_part import Bm25sPart
from tutor.adapters.chroma.part import ChromaPart
from tutor.adapters.sql.database import open_database
from tutor.adapters.sql.courses import SqlCourses
from tutor.adapters.tiktoken_counter import TiktokenCounter
store = SqlCourses(open_database({str(place.engine.url)!r}))
parts = [ChromaPart(), Bm25sPart()]
data = Path({str(place.data_dir)!r})
report = ingest(Path({str(place.folder)!r}), "networks", store, HashEmbedder(), TiktokenCounter(), data, parts,
                budget_tokens=60)
assert not report.changed
print(*sorted({{"chromadb", "onnxruntime", "bm25s", "alembic", "tiktoken"}} & set(sys.modules)))
"""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.split() == []


def test_a_changed_lesson_embeds_only_what_changed(place: Workplace) -> None:
    first = place.ingest()
    place.write("02-transport/01-tcp.md", LESSONS["02-transport/01-tcp.md"].replace("in flight", "under way"))
    second = place.ingest()
    assert place.embedder.embedded == [
        "Transport › TCP › Windows: Windows The window says how many bytes may be under way. SYN, SYN-ACK, ACK",
        "The window says how many bytes may be under way.",
    ]
    assert (second.embedded, second.reused, second.texts) == (1, second.chunks - 1, 2)
    assert second.generation != first.generation
    assert "under way" in place.store.build(place.store.live("networks").id).lessons[2].text


def test_a_removed_lesson_is_gone_and_reported(place: Workplace) -> None:
    place.ingest()
    (place.folder / "01-basics/01-bits.md").unlink()
    report = place.ingest()
    assert (report.lessons, report.removed, report.embedded) == (2, 1, 0)
    build = place.store.build(place.store.live("networks").id)
    assert [lesson.order for lesson in build.lessons] == [1, 2]
    assert "01-basics/01-bits.md" not in {chunk.lesson for chunk in build.chunks}
    assert len(place.arrays(build.generation.id).window_chunk) == len(build.chunks)


def test_a_renamed_lesson_is_not_the_old_one(place: Workplace) -> None:
    place.ingest()
    (place.folder / "01-basics/01-bits.md").rename(place.folder / "01-basics/09-bits.md")
    report = place.ingest()
    assert (report.lessons, report.removed, report.embedded) == (3, 1, 0)
    build = place.store.build(place.store.live("networks").id)
    assert [lesson.lesson for lesson in build.lessons][1] == "01-basics/09-bits.md"


def test_bad_files_are_each_named_and_the_others_are_taught(place: Workplace) -> None:
    place.write("03-more/broken.ipynb", "{")
    place.write("03-more/empty.md", "")
    place.write("03-more/pictures.md", "![](a.png)\n\n---\n")
    place.write("03-more/binary.md", b"\x89PNG\r\n\x1a\n" + bytes(1000))
    place.write("03-more/short.md", "Read chapter one.")
    report = place.ingest()
    assert report.lessons == 4
    assert [item.file for item in report.skipped] == [
        "03-more/binary.md", "03-more/broken.ipynb", "03-more/empty.md", "03-more/pictures.md",
    ]  # fmt: skip
    assert all(len(item.reason) > 5 for item in report.skipped)
    assert report.skipped[3].reason == "holds no text"
    assert [(note.file, note.note) for note in report.notes] == [
        ("03-more/short.md", "holds hardly any text: 14 letters")
    ]
    assert report.exit_status == 3
    again = place.ingest()
    assert (again.skipped, again.notes, again.changed) == (report.skipped, report.notes, False)


def test_a_loader_that_fails_in_a_way_nobody_foresaw_costs_one_file(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingest import loaders

    monkeypatch.setitem(loaders._MODULES, ".txt", "nothing_here")
    place.write("03-more/deep.txt", "some words")
    report = place.ingest()
    assert [item.file for item in report.skipped] == ["03-more/deep.txt"]
    assert "ModuleNotFoundError" in report.skipped[0].reason


def test_without_a_readable_lesson_nothing_is_published(place: Workplace) -> None:
    first = place.ingest()
    shutil.rmtree(place.folder)
    place.write("empty.md", "")
    with pytest.raises(InvalidRequest, match=r"empty\.md is empty"):
        place.ingest()
    assert place.store.live("networks").id == first.generation
    shutil.rmtree(place.folder)
    with pytest.raises(InvalidRequest):
        place.ingest()
    assert place.indexes() == [str(first.generation)]


def test_lessons_come_in_the_course_s_order(place: Workplace) -> None:
    place.write("01-basics/00-intro.md", "---\norder: 5\n---\n# Intro\n\nWelcome to networks.")
    place.write("10-last.md", "# Last\n\nGood bye, networks.")
    place.write("9-nearly.md", "# Nearly\n\nAlmost done with it.")
    place.ingest()
    build = place.store.build(place.store.live("networks").id)
    assert [lesson.lesson for lesson in build.lessons] == [
        "01-basics/00-intro.md", "01-basics/01-bits.md", "01-basics/02-frames.md", "02-transport/01-tcp.md",
        "9-nearly.md", "10-last.md",
    ]  # fmt: skip
    place.write("01-basics/02-frames.md", "---\norder: 2\n---\n" + LESSONS["01-basics/02-frames.md"])
    place.write("course.yaml", "title: Networks\norder: [10-last.md]\nbase_url: https://example.org/course/\n")
    place.ingest()
    build = place.store.build(place.store.live("networks").id)
    assert [lesson.lesson for lesson in build.lessons] == [
        "10-last.md", "01-basics/02-frames.md", "01-basics/00-intro.md", "01-basics/01-bits.md",
        "02-transport/01-tcp.md", "9-nearly.md",
    ]  # fmt: skip
    assert [lesson.order for lesson in build.lessons] == [1, 2, 3, 4, 5, 6]
    assert build.lessons[0].url == "https://example.org/course/10-last.md"
    place.write("course.yaml", "title: Networks\n")
    place.ingest()
    build = place.store.build(place.store.live("networks").id)
    assert build.lessons[0].lesson == "01-basics/02-frames.md"
    assert build.lessons[0].url == ""
    assert place.embedder.embedded == []


def test_a_new_greeting_needs_no_new_generation(place: Workplace) -> None:
    first = place.ingest()
    place.write("course.yaml", "title: Networks\ngreeting: Hello\n")
    report = place.ingest()
    assert (report.changed, report.generation) == (False, first.generation)
    assert place.store.course("networks").info.greeting == "Hello"


def test_another_language_counts_words_anew(place: Workplace) -> None:
    first = place.ingest()
    place.write("course.yaml", "language: de\n")
    report = place.ingest()
    assert report.generation is not None
    assert report.generation != first.generation
    assert read_manifest(place.directory(report.generation))["language"] == "de"
    assert place.embedder.embedded == []


def test_a_course_file_that_is_wrong_changes_nothing(place: Workplace) -> None:
    first = place.ingest()
    place.write("course.yaml", "titel: Networks\n")
    with pytest.raises(InvalidRequest, match="titel"):
        place.ingest()
    assert place.store.live("networks").id == first.generation


def test_another_budget_cuts_anew(place: Workplace) -> None:
    first = place.ingest()
    second = place.ingest(budget_tokens=20)
    assert second.chunks > first.chunks
    assert second.generation != first.generation
    assert place.store.live("networks").recipe.budget_tokens == 20


def test_readers_see_the_old_index_until_the_new_one_is_whole(place: Workplace) -> None:
    first = place.ingest()
    place.write("04-new.md", "# New\n\nRouters choose the way of each packet.")
    seen: list[tuple[str, int, int, bool]] = []

    def look(progress: Progress) -> None:
        live = place.store.live("networks")
        build = place.store.build(live.id)
        seen.append((progress.step, live.id, len(build.lessons), damage(place.directory(live.id)) == ""))

    second = place.ingest(progress=look)
    before = {(generation, lessons) for step, generation, lessons, _ in seen if step != "clean"}
    after = {(generation, lessons) for step, generation, lessons, _ in seen if step == "clean"}
    assert before == {(first.generation, 3)}
    assert after == {(second.generation, 4)}
    assert all(whole for _, _, _, whole in seen)
    assert next(step for step, _, _, _ in seen if step in ("build", "verify", "publish")) == "build"


def test_a_new_course_is_being_prepared_until_it_is_published(place: Workplace) -> None:
    states: list[str] = []

    def look(progress: Progress) -> None:
        try:
            place.store.live("networks")
            states.append("live")
        except BeingPrepared:
            states.append("being prepared")
        except NotFound:
            states.append("unknown")

    place.ingest(progress=look)
    assert list(dict.fromkeys(states)) == ["unknown", "being prepared", "live"]


def test_an_index_that_does_not_verify_is_not_published(place: Workplace) -> None:
    first = place.ingest()
    place.write("04-new.md", "# New\n\nRouters choose the way of each packet.")
    place.parts = [Bm25sPart(), BrokenPart()]
    with pytest.raises(PermanentError, match="it finds nothing"):
        place.ingest()
    assert place.store.live("networks").id == first.generation
    place.parts = [Bm25sPart()]
    second = place.ingest()
    assert place.embedder.embedded == []
    assert [item.state for item in place.store.generations("networks")] == ["retired", "live"]
    assert place.indexes() == sorted([str(first.generation), str(second.generation)])


def test_what_was_embedded_before_a_failure_is_kept(place: Workplace) -> None:
    class FailingPart(HashEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            if self.embedded:
                raise UpstreamUnavailable("away")
            return super().embed(texts)

    for number in range(200):
        place.write(f"03-many/{number}.md", f"# Number {number}\n\nThis is lesson number {number} of many.")
    place.embedder = FailingPart()
    with pytest.raises(UpstreamUnavailable):
        place.ingest()
    done = len(place.embedder.embedded)
    assert done == 128
    place.embedder = HashEmbedder()
    report = place.ingest()
    assert report.texts == len(place.embedder.embedded)
    assert len(place.store.generations("networks")) == 1
    place.embedder = HashEmbedder("another")
    assert place.ingest(reembed=True).texts == report.texts + done


def test_only_the_generation_before_is_kept(place: Workplace) -> None:
    published = []
    for number in range(4):
        place.write("04-new.md", f"# New\n\nRouters choose one of {number} ways for each packet.")
        published.append(place.ingest().generation)
    kept = [item.id for item in place.store.generations("networks")]
    assert kept == published[-2:]
    assert place.indexes() == sorted(map(str, kept))
    place.store.rollback("networks", kept[0])
    assert place.ingest().embedded == 0
    assert damage(place.directory(kept[0])) == ""


def test_after_a_rollback_the_one_before_is_the_one_readers_have_open(place: Workplace) -> None:
    published = []
    for number in range(2):
        place.write("04-new.md", f"# New\n\nRouters choose one of {number} ways for each packet.")
        published.append(place.ingest().generation)
    assert published[0] is not None
    place.store.rollback("networks", published[0])
    place.write("04-new.md", "# New\n\nRouters choose one of many ways for each packet.")
    third = place.ingest()
    assert place.indexes() == sorted([str(published[0]), str(third.generation)])


def test_vectors_of_deleted_generations_go(place: Workplace) -> None:
    for number in range(3):
        place.write("04-new.md", f"# New\n\nRouters choose one of {number} ways for each packet.")
        place.ingest()
    with reading(place.engine) as connection:
        kept = connection.execute(text("SELECT count(DISTINCT digest) FROM units")).scalar()
        assert connection.execute(text("SELECT count(*) FROM vectors")).scalar() == kept


def test_leftovers_of_a_crash_are_removed_by_the_next_ingest(place: Workplace) -> None:
    first = place.ingest()
    place.write("04-new.md", "# New\n\nRouters choose the way of each packet.")

    def die(progress: Progress) -> None:
        if progress.step == "publish":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        place.ingest(progress=die)
    course = place.data_dir / "indexes" / "networks"
    (course / "77.building" / "chroma").mkdir(parents=True)
    (course / "78.old").mkdir()
    (course / "79").mkdir()
    assert len(place.indexes()) == 5
    (place.folder / "04-new.md").unlink()
    report = place.ingest()
    assert not report.changed
    assert place.indexes() == [str(first.generation)]
    assert [item.state for item in place.store.generations("networks")] == [GenerationState.LIVE]


def test_failing_again_and_again_piles_nothing_up(place: Workplace) -> None:
    place.parts = [Bm25sPart(), BrokenPart()]
    for _ in range(3):
        with pytest.raises(PermanentError):
            place.ingest()
        [generation] = place.store.generations("networks")
        assert place.indexes() == [f"{generation.id}.building"]


def test_another_embedding_model_is_a_mismatch_that_says_the_way_out(place: Workplace) -> None:
    first = place.ingest()
    place.embedder = HashEmbedder("another")
    with pytest.raises(IndexMismatch, match="--reembed"):
        place.ingest()
    place.embedder = HashEmbedder(dimensions=64)
    place.write("04-new.md", "# New\n\nRouters choose the way of each packet.")
    with pytest.raises(IndexMismatch, match="--reembed"):
        place.ingest()
    assert place.store.live("networks").id == first.generation
    place.embedder = HashEmbedder("another", 64)
    report = place.ingest(reembed=True)
    assert report.generation is not None
    assert report.embedded == report.chunks
    assert place.arrays(report.generation).windows.shape[1] == 64
    assert place.store.live("networks").recipe.model == "another"
    assert not place.ingest().changed


def test_a_dry_run_counts_and_prices_and_writes_nothing(place: Workplace) -> None:
    place.embedder.price_usd_per_million_tokens = 2.0
    report = place.ingest(dry_run=True)
    assert (report.lessons, report.generation, report.changed) == (3, None, False)
    assert (report.embedded, report.reused) == (report.chunks, 0)
    assert report.texts > report.chunks
    assert report.cost_usd == pytest.approx(report.embedded_tokens * 2e-6)
    assert report.embedded_tokens > report.tokens
    assert place.embedder.embedded == []
    assert place.store.courses() == ()
    assert place.indexes() == []

    published = place.ingest()
    assert published.cost_usd == pytest.approx(report.cost_usd)
    assert place.ingest(dry_run=True).texts == 0
    place.write("04-new.md", "# New\n\nRouters choose the way of each packet.")
    change = place.ingest(dry_run=True)
    assert (change.lessons, change.embedded, change.generation) == (4, 1, published.generation)
    assert len(place.store.generations("networks")) == 1


def test_a_second_ingest_of_a_course_says_who_is_at_it(place: Workplace) -> None:
    with (
        course_lock(place.data_dir / "indexes" / "networks"),
        pytest.raises(TransientError, match=r"'networks' is being ingested already, by process \d+ since"),
    ):
        place.ingest()
    place.ingest()


def test_two_courses_share_vectors_and_do_not_disturb_each_other(place: Workplace) -> None:
    place.ingest()
    embedder = HashEmbedder()
    counter = TiktokenCounter()
    args = (place.store, embedder, counter, place.data_dir, place.parts)
    ingest(place.folder, "networks-2", *args, budget_tokens=60)
    assert embedder.embedded == []
    (place.folder / "01-basics/01-bits.md").unlink()
    for number in range(3):
        place.write("04-new.md", f"# New\n\nRouters choose one of {number} ways for each packet.")
        place.ingest()
    second = place.store.live("networks-2").id
    shutil.rmtree(place.data_dir / "indexes" / "networks-2" / str(second))
    rebuild(place.store, second, place.data_dir, embedder, place.parts)
    assert embedder.embedded == []


def test_courses_can_be_ingested_at_the_same_time(place: Workplace) -> None:
    failures: list[BaseException] = []

    def run(slug: str) -> None:
        try:
            for _ in range(2):
                args = (place.store, HashEmbedder(), TiktokenCounter(), place.data_dir, place.parts)
                ingest(place.folder, slug, *args, budget_tokens=60)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(f"course-{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [course.live is not None for course in place.store.courses()] == [True] * 3


@pytest.mark.parametrize("slug", ["../evil", "a/b", "", "Ä", ".hidden", "x" * 101])
def test_a_slug_that_is_no_plain_name_is_refused(place: Workplace, slug: str) -> None:
    with pytest.raises(InvalidRequest):
        ingest(place.folder, slug, *(place.store, place.embedder, TiktokenCounter(), place.data_dir, place.parts),
               budget_tokens=60)  # fmt: skip


def test_a_rebuilt_index_is_the_same(place: Workplace) -> None:
    place.parts = [ChromaPart(), Bm25sPart()]
    report = place.ingest()
    assert report.generation is not None
    directory = place.directory(report.generation)
    before = {name: identity for name, identity in read_manifest(directory)["files"].items() if "chroma/" not in name}
    place.embedder.embedded.clear()
    for harm in ("gone", "truncated"):
        if harm == "gone":
            shutil.rmtree(directory)
        else:
            (directory / "windows.npy").write_bytes((directory / "windows.npy").read_bytes()[:-5])
        assert damage(directory) != ""
        assert rebuild(place.store, report.generation, place.data_dir, place.embedder, place.parts) == directory
        assert damage(directory) == ""
        after = read_manifest(directory)["files"]
        assert {name: identity for name, identity in after.items() if "chroma/" not in name} == before
        assert place.indexes() == [str(report.generation)]
    assert place.embedder.embedded == []


def test_an_ingest_that_finds_a_damaged_index_mends_it(place: Workplace) -> None:
    report = place.ingest()
    assert report.generation is not None
    file = place.directory(report.generation) / "sentences.npy"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    assert not place.ingest().changed
    assert damage(place.directory(report.generation)) == ""


def test_what_cannot_be_rebuilt_from_the_database_says_so(place: Workplace) -> None:
    report = place.ingest()
    assert report.generation is not None
    with pytest.raises(IndexMismatch):
        rebuild(place.store, report.generation, place.data_dir, HashEmbedder("another"), place.parts)
    with place.engine.begin() as connection:
        connection.execute(text("DELETE FROM vectors"))
    with pytest.raises(PermanentError, match="ingest the course again"):
        rebuild(place.store, report.generation, place.data_dir, place.embedder, place.parts)
    assert place.indexes() == [str(report.generation)]


def test_progress_tells_steps_in_order_and_the_rate(place: Workplace) -> None:
    place.ingest()
    assert list(dict.fromkeys(step.step for step in place.steps)) == [
        "load", "embed", "build", "verify", "publish", "clean",
    ]  # fmt: skip
    embedding = [step for step in place.steps if step.step == "embed"]
    assert embedding[-1].done == embedding[-1].total > 0
    assert embedding[-1].per_second > 0
    assert Progress("embed", 0, 5).per_second == 0


def test_a_report_is_one_json_object(place: Workplace) -> None:
    place.write("03-more/empty.md", "")
    found = json.loads(json.dumps(place.ingest().as_json()))
    assert {"lessons", "chunks", "tokens", "embedded", "reused", "removed", "skipped", "notes", "seconds"} < set(found)
    assert found["skipped"] == [{"file": "03-more/empty.md", "reason": "is empty"}]
    assert found["generation"] == 1
    assert found["seconds"] > 0
