"""The one place that composes: settings → stores, embedder, index parts, and the tutor over them.

Only here are adapters named. Their libraries take seconds to import, so each is imported by the function that needs it.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.config import Settings
from tutor.wiring.parts import (
    has_data,
    index_parts,
    make_counter,
    make_embedder,
    make_model,
    make_spending,
    make_writing,
    open_engine,
)

if TYPE_CHECKING:
    from ingest.report import OnProgress, Report
    from tutor.courses.tutor import Tutor
    from tutor.index.protocols import Embedder

_PATIENCE_SECONDS = 600.0
"""How long a command waits for a course to load: no other caller is waiting."""


def open_tutor(settings: Settings, *, serving: bool = False, embedder: Embedder | None = None) -> Tutor:
    """The tutor over everything that is configured; nothing is loaded yet. Close it at the end.

    With `serving` vectors are searched in Chroma, which takes seconds to open and lets one process in at a time;
    without, by an exact scan, as suits a command that asks once. `embedder` goes before the configured one.
    Raises ConfigurationError and UpstreamUnavailable.
    """
    from tutor.adapters.sql.courses import SqlCourses
    from tutor.adapters.sql.follow_ups import SqlFollowUps
    from tutor.adapters.sql.signing_keys import SqlSigningKeys
    from tutor.adapters.sql.spending import SqlSpending
    from tutor.adapters.sql.turns import SqlTurns
    from tutor.auth.sessions import Sessions
    from tutor.courses.live_course import FIRST_LOAD_SECONDS
    from tutor.courses.tutor import Services, Tutor
    from tutor.monitoring.alarms import Alarms
    from tutor.monitoring.counters import Counters
    from tutor.wiring.follow_ups import make_desk
    from tutor.wiring.loading import Loader
    from tutor.wiring.producers import producers_maker

    with ExitStack() as opened:
        engine = open_engine(settings)
        opened.callback(engine.dispose)
        store, turns, counters = SqlCourses(engine), SqlTurns(engine), Counters()
        model = make_model(settings)
        costs = SqlSpending(engine)
        spending = make_spending(settings, costs)
        opened.callback(spending.close)
        writing = make_writing(settings, model, spending)
        loader = Loader(settings, store, embedder or make_embedder(settings), counters, writing, turns, serving=serving)
        opened.callback(loader.close)
        desk = make_desk(settings, SqlFollowUps(engine), store, turns, counters, serving=serving)
        close = opened.pop_all().close
    services = Services(
        courses=store,
        turns=turns,
        costs=costs,
        sessions=Sessions(SqlSigningKeys(engine)),
        desk=desk,
        counters=counters,
        alarms=Alarms(),
        model=model,
        producers=producers_maker(settings, turns, spending),
        load=loader.load,
        repair=loader.repair if serving else None,
        close=close,
        max_question_characters=settings.max_question_characters,
        first_load_seconds=FIRST_LOAD_SECONDS if serving else _PATIENCE_SECONDS,
    )
    return Tutor(services)


def ingest_course(
    settings: Settings,
    path: Path,
    course: str,
    on_progress: OnProgress,
    *,
    dry_run: bool = False,
    reembed: bool = False,
    embedder: Embedder | None = None,
) -> Report:
    """Make a course what the folder, file or archive at `path` holds; a dry run leaves no trace. Raises as `ingest`."""
    from ingest.pipeline import ingest
    from tutor.adapters.sql.courses import SqlCourses

    with ExitStack() as opened:
        if dry_run and not has_data(settings):
            folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="course-tutor-"))
            settings = settings.model_copy(update={"data_dir": Path(folder)})
        engine = open_engine(settings)
        opened.callback(engine.dispose)
        return ingest(
            path,
            course,
            SqlCourses(engine),
            embedder or make_embedder(settings),
            make_counter(),
            settings.data_dir,
            index_parts(settings),
            budget_tokens=settings.budget_tokens,
            small_tokens=settings.small_tokens,
            dry_run=dry_run,
            reembed=reembed,
            progress=on_progress,
        )
