"""One course as it is served: the live generation, loaded, and swapped for the next one under running requests."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tutor.errors import BeingPrepared, NotFound, TransientError, TutorError
from tutor.index.generations import Generation
from tutor.pipeline.course_tutor import CourseTutor

log = logging.getLogger(__name__)

CHECK_SECONDS = 1.0
"""How old the knowledge of which generation is live may be."""
RETRY_SECONDS = 30.0
"""How long after a failed load or repair the next one is tried."""
FIRST_LOAD_SECONDS = 5.0
"""How long a request waits for a course that is not loaded yet."""


@dataclass(eq=False)
class Loaded:
    """A loaded generation; `problems` grow when a part of it fails and a fallback takes over."""

    generation: Generation
    tutor: CourseTutor
    close: Callable[[], None]
    problems: list[str] = field(default_factory=list)
    users: int = field(default=0, init=False)
    retired: bool = field(default=False, init=False)

    @property
    def wrong(self) -> str:
        """Why it is served by a fallback, or nothing."""
        return self.problems[0] if self.problems else ""


class LiveCourse:
    """Gives requests the live generation of one course. Safe to use from several threads.

    `live` asks the database which generation that is, `load` opens one, `repair` rebuilds the index of one.
    The last two may be slow and may raise: they run in a thread of their own, while what was served goes on being
    served. Without `repair` a fallback stays.
    """

    def __init__(
        self,
        slug: str,
        live: Callable[[str], Generation],
        load: Callable[[Generation], Loaded],
        repair: Callable[[Generation], None] | None,
        first_load_seconds: float = FIRST_LOAD_SECONDS,
    ) -> None:
        self.slug = slug
        self._live = live
        self._load = load
        self._repair = repair
        self._first_load_seconds = first_load_seconds
        self._current: Loaded | None = None
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        """Told when there is something to serve, or a reason why not."""
        self._working: threading.Thread | None = None
        self._next_check = 0.0
        self._not_before = 0.0
        self._error: TutorError | None = None
        self._closed = False

    @property
    def is_loaded(self) -> bool:
        """Whether a generation can be served at once."""
        return self._current is not None

    @property
    def wrong(self) -> str:
        """Why the course is not served as it should be, or nothing."""
        current = self._current
        if current is not None:
            return current.wrong
        return self._error.message if self._error else "it is being loaded"

    @contextmanager
    def using(self) -> Iterator[CourseTutor]:
        """The loaded live generation, which stays open within.

        Raises NotFound when the course is gone, BeingPrepared when nothing is published or loading takes long, and
        what loading raised last.
        """
        self.check()
        with self._changed:
            # Another request may be the one that begins to load, and not have got so far yet.
            self._changed.wait_for(
                lambda: self._current is not None or self._error is not None, self._first_load_seconds
            )
        current = self._taken()
        if current is None:
            raise self._error or BeingPrepared(f"The course {self.slug!r} is being loaded.", 1.0)
        try:
            yield current.tutor
        finally:
            self._give_back(current)

    def check(self) -> None:
        """See whether another generation is live, at most once a second, and begin to load it if so.

        Raises NotFound and BeingPrepared as `live` does when there is nothing to serve.
        """
        with self._lock:
            now = time.monotonic()
            if now < self._next_check or self._closed:
                return
            self._next_check = now + CHECK_SECONDS
        try:
            generation = self._live(self.slug)
        except NotFound:
            self.close(for_good=False)
            raise
        except TransientError as error:
            if isinstance(error, BeingPrepared) or self._current is None:
                # The next one asks again at once: it has nothing to serve either.
                self._next_check = 0.0
                raise
            log.warning("%s: cannot see which generation is live: %s", self.slug, error)
            return
        current = self._current
        if current is None or current.generation.id != generation.id or (current.wrong and self._repair):
            self._begin(generation)

    def load(self) -> None:
        """Load the live generation now, in this thread; logs what goes wrong."""
        try:
            self.check()
        except TutorError as error:
            log.warning("%s: %s", self.slug, error)
        working = self._working
        if working is not None:
            working.join()

    def close(self, *, for_good: bool = True) -> None:
        """Let go of the loaded generation as soon as no request uses it."""
        with self._lock:
            self._closed = self._closed or for_good
        self._swap(None)

    def _is_decided(self) -> bool:
        return self._current is not None or self._error is not None or self._closed

    def _begin(self, generation: Generation) -> None:
        with self._lock:
            waits = time.monotonic() < self._not_before
            if self._closed or waits or (self._working is not None and self._working.is_alive()):
                return
            # A daemon: a rebuild must not keep a server that was told to stop; what it leaves is cleaned by the next.
            self._working = threading.Thread(
                target=self._work, args=(generation,), name=f"load {self.slug}", daemon=True
            )
            self._working.start()

    def _work(self, generation: Generation) -> None:
        """Load a generation, and mend its index if something is wrong with it, then load it again."""
        try:
            current = self._current
            if current is None or current.generation.id != generation.id:
                current = self._load(generation)
                self._swap(current)
            if current.wrong and self._repair:
                self._repair(generation)
                self._swap(self._load(generation))
                log.info("%s: the index of generation %d is whole again", self.slug, generation.id)
        except TutorError as error:
            self._failed(generation, error)
        except Exception:
            log.exception("%s: generation %d cannot be loaded", self.slug, generation.id)
            self._failed(generation, TransientError(f"The course {self.slug!r} cannot be loaded.", RETRY_SECONDS))
        else:
            with self._changed:
                self._error = None

    def _failed(self, generation: Generation, error: TutorError) -> None:
        # Where nothing mends, in a command, every caller is told the same at once.
        level = logging.ERROR if self._repair else logging.DEBUG
        log.log(level, "%s: generation %d cannot be loaded or mended: %s", self.slug, generation.id, error)
        with self._changed:
            self._error = error
            self._not_before = time.monotonic() + RETRY_SECONDS
            self._changed.notify_all()

    def _taken(self) -> Loaded | None:
        with self._lock:
            if self._current is not None:
                self._current.users += 1
            return self._current

    def _give_back(self, loaded: Loaded) -> None:
        with self._lock:
            loaded.users -= 1
            last = loaded.retired and loaded.users == 0
        if last:
            loaded.close()

    def _swap(self, new: Loaded | None) -> None:
        with self._lock:
            old = self._current
            if self._closed and new is not None:
                old, new = new, None
            self._current = new
            self._changed.notify_all()
            idle = False
            if old is not None:
                old.retired = True
                idle = old.users == 0
        if new is not None:
            log.info("%s: serving generation %d", self.slug, new.generation.id)
        if old is not None and idle:
            old.close()
