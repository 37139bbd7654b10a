"""Code → runs of a class and text, for pages to colour."""

from __future__ import annotations

import re
from functools import lru_cache

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import (
    Comment,
    Generic,
    Keyword,
    Name,
    Number,
    Operator,
    String,
    Token,
    _TokenType,
)
from pygments.util import ClassNotFound

MAX_CHARACTERS = 20_000
"""Longer code is one plain run."""
# Endless lines and gaps, over which lexers (C's, over empty lines) take the square of their length and more.
_SLOW = re.compile(r"[^\n]{500}|\s{200}")
_CLASSES: dict[_TokenType, str] = {
    Comment: "c",
    Comment.Preproc: "cp",
    Keyword: "k",
    Keyword.Type: "kt",
    Keyword.Constant: "kc",
    Name.Attribute: "na",
    Name.Builtin: "nb",
    Name.Class: "nc",
    Name.Constant: "no",
    Name.Decorator: "nd",
    Name.Entity: "ni",
    Name.Exception: "ne",
    Name.Function: "nf",
    Name.Namespace: "nn",
    Name.Tag: "nt",
    Name.Variable: "nv",
    Number: "m",
    Operator: "o",
    Operator.Word: "ow",
    String: "s",
    String.Doc: "sd",
    String.Escape: "se",
    String.Interpol: "si",
    String.Regex: "sr",
    Generic.Deleted: "gd",
    Generic.Heading: "gh",
    Generic.Inserted: "gi",
    Generic.Output: "go",
    Generic.Prompt: "gp",
    Generic.Subheading: "gu",
    Generic.Traceback: "gt",
}
CLASSES = frozenset(_CLASSES.values()) | {""}
"""Pygments' short names of the kinds that pages tell apart; the rest is plain."""
# Pygments has a lexer for nearly everything, and some read hostile text for minutes. These are what lessons hold.
_LANGUAGES = frozenset(
    "bash c clojure cpp csharp css dart diff docker dockerfile elixir erlang fortran go graphql groovy haskell hcl html"
    " http ini javascript json julia kotlin latex lisp lua make makefile matlab nginx objective-c ocaml octave"
    " perl php powershell prolog protobuf python python3 pycon pytb r ruby rust scala scheme scss sh shell"
    " shell-session sql sqlite3 swift tcl terraform tex toml typescript vhdl vim verilog xml yaml zig".split()
)
_ALSO = {
    # Pygments' own lexer takes the cube of a line's length over words without a bracket.
    "java": "csharp",
    "c++": "cpp",
    "c#": "csharp",
    "console": "shell-session",
    "golang": "go",
    "ipython": "python",
    "ipython3": "python",
    "js": "javascript",
    "jsx": "javascript",
    "md": "",
    "objc": "objective-c",
    "postgresql": "sql",
    "proto": "protobuf",
    "py": "python",
    "rb": "ruby",
    "rs": "rust",
    "ts": "typescript",
    "tsx": "typescript",
    "yml": "yaml",
    "zsh": "bash",
}
_NAME = re.compile(r"[\s{.]*([A-Za-z][A-Za-z0-9+#_-]{0,30})")


def language_of(info: str) -> str:
    """The language that a fence names, in small letters: `python` of "Python {1,3}" or "{.python .input}"."""
    match = _NAME.match(info)
    return match[1].lower() if match else ""


@lru_cache(maxsize=256)
def highlighted(code: str, language: str) -> tuple[tuple[str, str], ...]:
    """Runs of a class of `CLASSES` and text, none empty, whose texts together are `code`.

    One plain run for a language that is not known, and for what is too long.
    """
    lexer = _lexer(language)
    if not code:
        return ()
    if lexer is None or len(code) > MAX_CHARACTERS or _SLOW.search(code):
        return (("", code),)
    runs: list[tuple[str, list[str]]] = []
    for kind, text in lexer.get_tokens(code):
        name = _class(kind)
        if runs and (runs[-1][0] == name or text.isspace()):
            runs[-1][1].append(text)
        elif text:
            runs.append((name, [text]))
    made = tuple((name, "".join(texts)) for name, texts in runs)
    if "".join(text for _, text in made) != code:
        return (("", code),)
    return made


@lru_cache(maxsize=256)
def _lexer(language: str) -> Lexer | None:
    name = _ALSO.get(language, language)
    if name not in _LANGUAGES:
        return None
    try:
        lexer = get_lexer_by_name(name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    assert isinstance(lexer, Lexer)
    return lexer


@lru_cache(maxsize=1024)
def _class(kind: _TokenType) -> str:
    current: _TokenType | None = kind
    while current is not None and current is not Token:
        if current in _CLASSES:
            return _CLASSES[current]
        current = current.parent
    return ""
