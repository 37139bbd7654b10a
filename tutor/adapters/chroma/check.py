"""Whether Chroma's own database file can be opened without fear: a damaged one may crash who opens it with Chroma."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote


def unsound(directory: Path) -> str:
    """What is wrong with `chroma.sqlite3` in a directory, or nothing; a few milliseconds for 10,000 vectors.

    The other files are told by the index's manifest; this one changes whenever Chroma opens it.
    """
    file = directory / "chroma.sqlite3"
    if not file.is_file():
        return "chroma.sqlite3 is missing"
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode=ro", uri=True)) as database:
            found = database.execute("PRAGMA quick_check(1)").fetchone()
            collections = database.execute("SELECT count(*) FROM collections").fetchone()[0]
    except sqlite3.Error as error:
        return f"chroma.sqlite3 cannot be read: {error}"
    if found != ("ok",):
        return "chroma.sqlite3 is damaged"
    return "" if collections == 1 else f"chroma.sqlite3 holds {collections} collections instead of one"
