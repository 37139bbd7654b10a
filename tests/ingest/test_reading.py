"""Folders and archives as instructors have them, and as attackers make them."""

from __future__ import annotations

import io
import os
import stat
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import archive, reading
from ingest.reading import Skipped, SourceFile, course_file, natural, sources
from tutor.errors import InvalidRequest


def folder(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def archived(
    root: Path, files: Mapping[str, str | bytes] | Iterable[tuple[zipfile.ZipInfo | str, str | bytes]]
) -> Path:
    place = root / "course.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in files.items() if isinstance(files, Mapping) else files:
            written.writestr(name, content)
    return place


def lessons(path: Path) -> list[str]:
    return [found.lesson for found in sources(path) if isinstance(found, SourceFile)]


def skipped(path: Path) -> dict[str, str]:
    return {found.file: found.reason for found in sources(path) if isinstance(found, Skipped)}


COURSE = {
    "10-end.md": "# End",
    "2-loops/b.md": "b",
    "2-loops/A.md": "a",
    "1-intro.md": "# Intro",
    "course.yaml": "title: A course",
    "questions-1.jsonl": "{}",
    "LICENSE": "free",
    "LICENSE.md": "free",
    "img/a.PNG": b"\x89PNG",
    "data.csv": "1,2",
    "requirements.txt": "numpy",
    ".git/readme.md": "no",
    ".hidden.md": "no",
    "2-loops/.ipynb_checkpoints/b.ipynb": "{}",
    "__MACOSX/._1-intro.md": "no",
    "node_modules/x/readme.md": "no",
}


@pytest.mark.parametrize("make", [folder, archived])
def test_lessons_come_in_natural_order_and_assets_pass_in_silence(tmp_path: Path, make: object) -> None:
    place = make(tmp_path, COURSE)  # type: ignore[operator]
    assert lessons(place) == ["1-intro.md", "2-loops/A.md", "2-loops/b.md", "10-end.md"]
    assert skipped(place) == {}
    assert course_file(place) == b"title: A course"


def test_files_are_read_one_at_a_time_when_their_turn_comes(tmp_path: Path) -> None:
    found = sources(folder(tmp_path, {"1.md": "old", "2.md": "old"}))
    assert next(found) == SourceFile("1.md", b"old")
    (tmp_path / "2.md").write_bytes(b"new")
    assert next(found) == SourceFile("2.md", b"new")


def test_a_single_file_is_its_own_lesson(tmp_path: Path) -> None:
    folder(tmp_path, {"a.md": "x", "b.png": "x", "c.doc": "x"})
    assert list(sources(tmp_path / "a.md")) == [SourceFile("a.md", b"x")]
    assert "ends in .png" in skipped(tmp_path / "b.png")["b.png"]
    assert course_file(tmp_path / "a.md") is None


def test_unknown_kinds_are_named_with_advice(tmp_path: Path) -> None:
    found = skipped(folder(tmp_path, {"old.doc": "x", "x.py": "x", "notes": "x", "more.zip": "x", "talk.key": "x"}))
    assert found["old.doc"] == "ends in .doc, which is no kind of lesson; save it as .docx"
    assert "save it as .pptx" in found["talk.key"]
    assert "lessons end in .md" in found["x.py"]
    assert found["notes"].startswith("has no ending")
    assert "archives inside are not opened" in found["more.zip"]


def test_empty_and_large_files_are_named(tmp_path: Path) -> None:
    folder(tmp_path, {"empty.md": "", "large.md": "x" * 130, "ok.md": "x" * 100})
    found = list(sources(tmp_path, max_file_bytes=100))
    assert [type(item) for item in found] == [Skipped, Skipped, SourceFile]
    (tmp_path / "big.md").touch()
    os.truncate(tmp_path / "big.md", 130_000_000)
    assert skipped(tmp_path)["big.md"] == "is 130 MB; the limit is 100 MB: split it into chapters"
    assert skipped(tmp_path)["empty.md"] == "is empty"


def test_of_two_files_for_one_lesson_the_better_source_wins(tmp_path: Path) -> None:
    folder(
        tmp_path, {"intro.html": "x", "intro.md": "x", "a/intro.pdf": "x", "t.txt": "x", "t.srt": "x", "t.es.srt": "x"}
    )
    assert lessons(tmp_path) == ["a/intro.pdf", "intro.md", "t.es.srt", "t.srt"]
    assert skipped(tmp_path) == {
        "intro.html": "is the same lesson as intro.md, which is read instead",
        "t.txt": "is the same lesson as t.srt, which is read instead",
    }


def test_an_empty_file_wins_against_none(tmp_path: Path) -> None:
    folder(tmp_path, {"intro.md": "", "intro.html": "x"})
    assert lessons(tmp_path) == ["intro.html"]


def test_names_that_differ_in_capitals_or_in_their_encoding_are_one(tmp_path: Path) -> None:
    composed, decomposed = unicodedata.normalize("NFC", "é.md"), unicodedata.normalize("NFD", "é.md")
    place = archived(tmp_path, [("A.md", "1"), ("a.md", "2"), (composed, "3"), (decomposed, "4")])
    found = list(sources(place))
    assert [(item.lesson, item.data) for item in found if isinstance(item, SourceFile)] == [
        ("A.md", b"1"),
        ("é.md", b"3"),
    ]
    reasons = [item.reason for item in found if isinstance(item, Skipped)]
    assert reasons[0] == "has the same name as A.md but for capitals; rename one of them"
    assert "accents are encoded" in reasons[1]


def test_links_that_leave_the_folder_or_loop_are_named(tmp_path: Path) -> None:
    folder(tmp_path, {"secret.md": "secret", "course/a.md": "a", "course/deep/b.md": "b"})
    course = tmp_path / "course"
    (course / "out.md").symlink_to(tmp_path / "secret.md")
    (course / "up").symlink_to(tmp_path)
    (course / "deep" / "loop").symlink_to(course)
    (course / "self.md").symlink_to(course / "self.md")
    (course / "dead.md").symlink_to(course / "gone.md")
    (course / "twice").symlink_to(course / "deep")
    (course / "same.md").symlink_to(course / "a.md")
    assert lessons(course) == ["a.md", "deep/b.md", "same.md"]
    assert skipped(course) == {
        "out.md": "is a link to outside the folder",
        "up": "is a link to outside the folder",
        "deep/loop": "is a link to a folder that holds it: a loop",
        "self.md": "is a link that leads back to itself: a loop",
        "dead.md": "is a link to nothing",
        "twice": "is a link to a folder that is read already",
    }
    (course / "course.yaml").symlink_to(tmp_path / "secret.md")
    assert course_file(course) is None


def test_a_folder_reached_by_a_link_is_read(tmp_path: Path) -> None:
    folder(tmp_path, {"course/a.md": "a"})
    (tmp_path / "link").symlink_to(tmp_path / "course")
    assert lessons(tmp_path / "link") == ["a.md"]


def test_what_is_no_ordinary_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert skipped(tmp_path) == {"pipe.md": "is no ordinary file"}


def test_names_that_are_no_text_are_named_with_question_marks(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.md")).write_bytes(b"x")
    folder(tmp_path, {"a\nb.md": "x", "\u202ea.md": "x"})
    assert set(skipped(tmp_path)) == {"?.md", "a?b.md", "?a.md"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_and_folders_without_permission_are_named(tmp_path: Path) -> None:
    folder(tmp_path, {"a.md": "a", "b/c.md": "c", "d.md": "d"})
    (tmp_path / "a.md").chmod(0)
    (tmp_path / "b").chmod(0)
    assert lessons(tmp_path) == ["d.md"]
    assert set(skipped(tmp_path).values()) == {"may not be read: permission denied"}
    (tmp_path / "b").chmod(0o700)


def test_a_file_that_goes_while_others_are_read_is_named(tmp_path: Path) -> None:
    found = sources(folder(tmp_path, {"1.md": "x", "2.md": "x"}))
    next(found)
    (tmp_path / "2.md").unlink()
    assert next(found) == Skipped("2.md", "cannot be read: no such file or directory")


def test_a_place_that_is_not_there_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="there is no folder or file"):
        list(sources(tmp_path / "gone"))


def linked() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link.md")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def test_archives_cannot_lead_outside(tmp_path: Path) -> None:
    evil = ["../up.md", "a/../../up.md", "/etc/root.md", "C:/win.md", "..\\back.md", "a\\b.md"]
    place = archived(tmp_path, [*((name, "x") for name in evil), (linked(), "/etc/passwd"), ("./ok//a.md", "x")])
    assert lessons(place) == ["ok/a.md"]
    found = skipped(place)
    assert set(found) == {*evil, "link.md"}
    assert found["../up.md"] == "has a path that leads outside the archive"
    assert found["link.md"].startswith("is a link")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["course.zip"]


def test_bombs_are_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = archived(tmp_path, {"bomb.md": b"0" * 2_000_000, "fine.md": b"0" * 900_000, "a.md": b"x"})
    assert lessons(place) == ["a.md", "fine.md"]
    assert "more than 200 times its size" in skipped(place)["bomb.md"]
    monkeypatch.setattr(reading, "MAX_TOTAL_BYTES", 500_000)
    assert lessons(place) == []
    assert skipped(place)["course.zip"].startswith("would unpack to 900 kB of lessons; the limit is 500 kB")


def test_archives_of_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ENTRIES", 2)
    assert skipped(archived(tmp_path, {"a.md": "", "b.md": "", "c.md": ""})) == {
        "course.zip": "holds 3 files; the limit is 2"
    }


def test_locked_damaged_and_nested_entries_are_named(tmp_path: Path) -> None:
    place = archived(tmp_path, [("1.md", "first words"), ("2.md", "second"), ("3.zip", "PK"), ("4.md", "last")])
    raw = bytearray(place.read_bytes())
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        first, second = opened.infolist()[:2]
    raw[first.header_offset + 30 + len("1.md") + 3] ^= 0xFF  # a byte of its content
    central = raw.index(b"PK\x01\x02", raw.index(b"PK\x01\x02") + 1)
    assert second.filename == "2.md"
    raw[central + 8] |= 1  # its flag "encrypted"
    place.write_bytes(raw)
    assert lessons(place) == ["4.md"]
    found = skipped(place)
    assert found["1.md"].startswith("is damaged inside the archive")
    assert found["2.md"].startswith("is locked with a password")
    assert "archives inside are not opened" in found["3.zip"]


def test_names_of_old_archivers_are_read_as_utf_8(tmp_path: Path) -> None:
    place = archived(tmp_path, {"Übung.md": "x"})
    raw = bytearray(place.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + flags + 1] &= ~0x08
    place.write_bytes(raw)
    assert lessons(place) == ["Übung.md"]


def test_what_is_no_archive_is_named(tmp_path: Path) -> None:
    place = folder(tmp_path, {"course.zip": "no archive"}) / "course.zip"
    assert skipped(place) == {"course.zip": "is no zip archive, or a damaged one; zip the folder again"}
    assert course_file(place) is None


def test_a_course_file_beyond_its_limit_is_refused(tmp_path: Path) -> None:
    folder(tmp_path, {"course.yaml": "#" * 1_000_001})
    for place in (tmp_path, archived(tmp_path, {"course.yaml": os.urandom(1_000_001)})):
        with pytest.raises(InvalidRequest, match=r"course\.yaml is over 1 MB"):
            course_file(place)


def test_there_may_be_no_course_file(tmp_path: Path) -> None:
    assert course_file(tmp_path) is None
    assert course_file(archived(tmp_path, {"sub/course.yaml": "x"})) is None


@given(st.lists(st.integers(0, 10**30), unique=True))
def test_numbers_in_names_sort_as_numbers(numbers: list[int]) -> None:
    names = [f"{number}-x.md" for number in numbers]
    assert sorted(names, key=natural) == [f"{number}-x.md" for number in sorted(numbers)]
    assert natural("1a2.md") < natural("1a10.md")
    assert natural("02.md") < natural("3.md")


WHOLE = io.BytesIO()
with zipfile.ZipFile(WHOLE, "w", zipfile.ZIP_DEFLATED) as _made:
    _made.writestr("a.md", "# A lesson of some words")
    _made.writestr("b/c.md", "x" * 500)
    _made.writestr("course.yaml", "title: x")


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_damaged_archives_never_break_the_reader(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    raw = bytearray(WHOLE.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    place = tmp_path_factory.getbasetemp() / "damaged.zip"
    place.write_bytes(raw[: data.draw(st.integers(len(raw) // 2, len(raw)))])
    for found in sources(place):
        assert isinstance(found, SourceFile | Skipped)
    with suppress(InvalidRequest):
        course_file(place)
