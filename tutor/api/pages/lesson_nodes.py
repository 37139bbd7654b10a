"""What is drawn of lessons, kept while it is read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from tutor.index.generations import Build
from tutor.models import Lesson
from tutor.rendering.incremental import lesson_nodes
from tutor.rendering.links import Links
from tutor.rendering.nodes import Block

T = TypeVar("T")


class LruCache(Generic[T]):
    """The `limit` values that were asked for last, by their keys. Safe in threads."""

    def __init__(self, limit: int) -> None:
        self._most = limit
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key; two threads that ask at once may both make it."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        with self._lock:
            self._values[key] = made
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return made


class LessonNodes:
    """The nodes of the lessons that were asked for last: drawing one takes tens of milliseconds. Safe in threads."""

    def __init__(self, limit: int = 64) -> None:
        self._nodes: LruCache[list[Block]] = LruCache(limit)

    def nodes(self, build: Build, lesson: Lesson) -> list[Block]:
        """The nodes of a lesson of a generation; links lead to its other lessons and to hosts that the course allows.

        They are shared: do not change them.
        """
        links = Links.of(build.lessons, build.info.allowed_hosts, lesson.lesson)
        return self._nodes.get(state_of(build, lesson), lambda: lesson_nodes(lesson, links))


def state_of(build: Build, lesson: Lesson) -> Hashable:
    """What decides how a lesson is drawn."""
    # An id alone may be another database's, in a process that serves two.
    generation = (build.generation.id, build.generation.created_at)
    return (*generation, build.info.allowed_hosts, lesson.lesson, lesson.source_digest, lesson.url)


LESSON_NODES = LessonNodes()
"""One for all that shows lessons."""
