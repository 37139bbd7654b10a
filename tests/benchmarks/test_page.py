"""The page of benchmarks says what is reached, and keeps what people wrote into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.page import BEGIN, END, kept, page, write_page
from benchmarks.rows import Bound, Row, missed, quality_rows
from tutor.quality.figures import Figures

ROWS = [
    Row("odin", "hit@1", 0.866, ("≥", 0.87)),
    Row("odin", "ask", 12.5, ("≤", 25), "ms"),
    Row("odin", "answered", 0.9),
]


@pytest.mark.parametrize(
    ("measured", "asked", "reached", "ratio"),
    [
        (0.92, ("≥", 0.92), True, 1.0),
        (0.46, ("≥", 0.92), False, 0.5),
        (3.0, ("≤", 4), True, 0.75),
        (8.0, ("≤", 4), False, 2.0),
        (0.0, ("≤", 0), True, None),
        (None, ("≤", 4), None, None),
        (3.0, None, None, None),
    ],
)
def test_a_row_is_held_against_what_was_asked(
    measured: float | None, asked: Bound | None, reached: bool | None, ratio: float | None
) -> None:
    row = Row("odin", "figure", measured, asked)
    assert row.reached is reached
    assert row.ratio == ratio


def test_numbers_carry_their_units() -> None:
    assert ROWS[0].cells() == ("odin", "hit@1", "0.866", "≥ 0.870", "1.00", "**no**")
    assert ROWS[1].cells() == ("odin", "ask", "12.5 ms", "≤ 25 ms", "0.50", "yes")
    assert Row("", "disk", 1234.5, unit="MB").cells()[2] == "1,234.5 MB"
    assert Row("", "disk", None).cells()[2] == "not measured"


def test_of_an_evaluation_come_what_is_asked_and_what_else_was_measured() -> None:
    found = Figures(n=5, hit_at_1=0.8, answered=0.9, intervals={"hit@1": (0.7, 0.9)})
    rows = list(quality_rows("psychology", "questions", found))
    assert [row.what for row in rows if row.asked] == ["mrr@10", "coverage_auroc", "answered", "refused"]
    assert [row.what for row in rows if not row.asked] == ["hit@1"]
    assert rows[-1].note == "questions, 95 %: 0.700 to 0.900"
    assert [row.what for row in missed(rows)] == ["answered"], "what was not measured is not missed"


def test_the_page_lists_what_is_missed_and_each_kind() -> None:
    runs = {"odin, questions": Figures(n=3, by_kind={"far": Figures(n=2, refused=0.5)})}
    text = page(ROWS, runs, "a machine", None)
    assert "- odin: hit@1: 0.866, asked ≥ 0.870" in text
    assert "| odin, questions | far | 2 |  |  |  |  |  |  |  |  |  |  | 0.500 |" in text
    assert "Machine: a machine." in text
    assert "Everything that was asked is reached." in page(ROWS[1:], runs, "a machine", None)


def test_what_was_written_by_hand_stays(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "benchmarks.md"
    write_page(path, ROWS, {}, "a machine")
    text = path.read_text()
    before, inside = text.split(BEGIN)[0], kept(text)
    assert inside
    path.write_text(text.replace(inside, "### hit@1\n\nTried: everything.\n\nWhy: it is hard."))
    write_page(path, ROWS[:1], {}, "another machine")
    assert kept(path.read_text()) == "### hit@1\n\nTried: everything.\n\nWhy: it is hard."
    assert path.read_text().split(BEGIN)[0] != before
    write_page(path, ROWS[:1], {}, "another machine")
    assert path.read_text().count(BEGIN) == path.read_text().count(END) == 1
