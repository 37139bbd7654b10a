"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path


def machine() -> str:
    """The machine in a line: processor, cores, memory, system, Python."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{_processor()}, {cores} {'core' if cores == 1 else 'cores'}, {memory:.0f} GB of memory, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or "unknown processor"
