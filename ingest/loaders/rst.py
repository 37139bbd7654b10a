"""reStructuredText (also Sphinx's) → lesson."""

from __future__ import annotations

import re

from docutils import nodes

from ingest.loaders.decoding import decode
from ingest.loaders.draft import LessonDraft, clean, hidden_signs
from ingest.loaders.rst_blocks import Blocks
from ingest.loaders.rst_dialect import doctree
from tutor.errors import LessonUnreadable

# docutils reads inline markup in quadratic time, and multiplies substitutions as often as they say.
MAX_LINE_CHARACTERS = 20_000
MAX_SUBSTITUTIONS = 10_000
_DEFINED = re.compile(r"^[ \t]*\.\. \|([^|\n]+)\|[ \t]+[\w-]+::(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)


def load(data: bytes, name: str) -> LessonDraft:
    """The lesson in a reStructuredText file; included files are named in a note, not read.

    Raises LessonUnreadable when the bytes are no text, or docutils cannot read them.
    """
    raw = decode(data)
    text = clean(raw)
    _check(text)
    try:
        tree = doctree(text)
    except Exception as error:  # docutils lets out whatever goes wrong inside a directive or transform
        reason = str(error).split("\n", 1)[0][:200] or type(error).__name__
        raise LessonUnreadable(f"is no valid reStructuredText ({reason}); check it with docutils") from error
    draft = LessonDraft(hidden=hidden_signs(raw))
    try:
        Blocks(draft, tree).write()
    except RecursionError as error:
        raise LessonUnreadable("is nested too deeply; make its lists and quotes flatter") from error
    included = [str(node["included"]) for node in tree.findall(nodes.comment) if "included" in node]
    if included:
        more = f" and {len(included) - 5} more" if len(included) > 5 else ""
        draft.notes.append(f"leaves out what it includes from other files: {', '.join(included[:5])}{more}")
    return draft


def _check(text: str) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE_CHARACTERS:
            raise LessonUnreadable(f"has a line ({number}) of {len(line):,} characters; wrap it")
    definitions = {match[1].casefold(): match[2] for match in _DEFINED.finditer(text)}
    uses = {name: [used.casefold() for used in re.findall(r"\|([^|\n]+)\|", definitions[name])] for name in definitions}
    sizes = dict.fromkeys(uses, 1)
    for _ in range(len(uses) + 1):
        grown = {name: 1 + sum(sizes.get(used, 0) for used in uses[name]) for name in uses}
        if grown == sizes:
            return
        if max(grown.values()) > MAX_SUBSTITUTIONS:
            raise LessonUnreadable("has substitutions (|name|) that multiply each other; write them out")
        sizes = grown
