"""Where the pages and the sample course lie: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def web_directory() -> Path:
    """The folder of the pages."""
    return _either(_PACKAGE / "_web", _PACKAGE.parent / "web")


def sample_course() -> Path:
    """The folder of the sample course."""
    return _either(_PACKAGE / "_corpus", _PACKAGE.parent / "corpus")


def _either(installed: Path, beside: Path) -> Path:
    return installed if installed.is_dir() else beside
