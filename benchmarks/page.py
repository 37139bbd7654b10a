"""Rows → docs/benchmarks.md, which keeps what was written into it by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.rows import Row, missed
from tutor.quality.figures import QUALITY, Figures

BEGIN = "<!-- written by hand: begin -->"
END = "<!-- written by hand: end -->"
_NOTHING = "Nothing has been written here yet: how far each is, what was tried, and why it is not reached."
_COLUMNS = ("course", "figure", "measured", "asked", "measured ÷ asked", "reached")


def write_page(path: Path, rows: Sequence[Row], runs: Mapping[str, Figures], machine: str) -> None:
    """Write the page; what stands between the two marks in the old one stays as it is."""
    text = page(rows, runs, machine, kept(path.read_text(encoding="utf-8")) if path.exists() else None)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def page(rows: Sequence[Row], runs: Mapping[str, Figures], machine: str, by_hand: str | None) -> str:
    """The page as Markdown."""
    asked = [row for row in rows if row.asked is not None]
    others = [row for row in rows if row.asked is None]
    listed = "\n".join(f"- {_missed(row)}" for row in missed(rows)) or "Everything that was asked is reached."
    return f"""# Benchmarks

`make bench` measures this and writes this page. Machine: {machine}.

The question sets are those that were there to develop with, and the models in `tutor/fitted` are fitted on such sets
(`make fit`): unseen questions may do worse. Passages have at most 400 tokens, the embedder is the bundled
one, the answerer quotes. Latency is that of `ask` for one client, warm, vectors searched by an exact scan as the
commands do it.

## Asked

{_table(_COLUMNS, (row.cells() for row in asked))}

## Also measured

{_table(_COLUMNS[:3], (row.cells()[:3] for row in others))}

## By kind of question

Unanswerable questions are `far` (another field), `near` (a neighbouring one) or `course-logistics`; `coverage_auroc`
tells each kind from all questions that the course answers.

{_table(("set", "kind", "n", *QUALITY), _kinds(runs))}

## Not reached

{listed}

{BEGIN}
{by_hand if by_hand is not None else _NOTHING}
{END}
"""


def kept(text: str) -> str | None:
    """What stands between the two marks, None when they are not there."""
    _, begin, rest = text.partition(BEGIN + "\n")
    inside, end, _ = rest.partition("\n" + END)
    return inside if begin and end else None


def _missed(row: Row) -> str:
    course, what, measured, asked, _, _ = row.cells()
    return f"{course + ': ' if course else ''}{what}: {measured}, asked {asked}"


def _kinds(runs: Mapping[str, Figures]) -> Iterable[tuple[str, ...]]:
    for name, figures in runs.items():
        for kind, own in figures.by_kind.items():
            values = (own[figure] for figure in QUALITY)
            yield name, kind, str(own.n), *("" if value is None else f"{value:.3f}" for value in values)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
