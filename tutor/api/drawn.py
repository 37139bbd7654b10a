"""Lessons' nodes, kept while they are read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

from tutor.builds import Build
from tutor.links import Links
from tutor.models import Lesson
from tutor.nodes import Block
from tutor.rendering import lesson_nodes


class Drawn:
    """The nodes of the lessons that were asked for last: drawing one takes tens of milliseconds. Safe in threads."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._nodes: OrderedDict[Hashable, list[Block]] = OrderedDict()
        self._lock = threading.Lock()

    def nodes(self, build: Build, lesson: Lesson) -> list[Block]:
        """The nodes of a lesson of a generation; links lead to its other lessons and to hosts that the course allows.

        They are shared: do not change them.
        """
        hosts = build.info.allowed_hosts
        # An id alone may be another database's, in a process that serves two.
        key = (build.generation.id, build.generation.created_at, hosts, lesson.lesson, lesson.source_digest)
        with self._lock:
            found = self._nodes.get(key)
            if found is not None:
                self._nodes.move_to_end(key)
                return found
        drawn = lesson_nodes(lesson, Links.of(build.lessons, hosts, lesson.lesson))
        with self._lock:
            self._nodes[key] = drawn
            while len(self._nodes) > self._most:
                self._nodes.popitem(last=False)
        return drawn
