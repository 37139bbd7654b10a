"""docutils, made to read Sphinx's dialect: unknown directives, roles and options never lose their content."""

from __future__ import annotations

import copy
import re
from typing import Any, ClassVar

from docutils import core, nodes
from docutils.parsers import rst
from docutils.parsers.rst import directives, states

_SETTINGS = {
    "report_level": 5,
    "halt_level": 5,
    "warning_stream": False,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "doctitle_xform": False,
    "sectsubtitle_xform": False,
    "docinfo_xform": False,
    "syntax_highlight": "none",
    "line_length_limit": 10_000_000,
    "traceback": True,  # errors come out as exceptions, not as a message and sys.exit
    "_disable_config": True,  # no docutils.conf from the working folder
}
# fmt: off
_KNOWN_ROLES = frozenset(
    {
        "math", "emphasis", "strong", "literal", "code", "subscript", "sub", "superscript", "sup", "title-reference",
        "title", "t", "pep", "rfc", "pep-reference", "rfc-reference",
    }
)
_WORD_ROLES = frozenset(
    {
        "ref", "numref", "doc", "term", "abbr", "download", "any", "cite", "cite:p", "cite:t", "eq", "std:ref",
        "std:doc",
    }
)
_CODE = frozenset(
    {
        "ipython", "doctest", "testcode", "testoutput", "prompt", "plot", "jupyter-execute",
        "highlight-code",
    }
)
# fmt: on
_LANGUAGES = {"ipython": "python", "doctest": "python", "testcode": "python", "plot": "python"}
# fmt: off
_SILENT = frozenset(
    {
        "raw", "toctree", "contents", "index", "currentmodule", "module", "py:module", "py:currentmodule", "highlight",
        "tabularcolumns", "rst-class", "cssclass", "role", "default-role", "meta", "sectnum", "section-numbering",
        "testcleanup", "testsetup", "header", "footer", "title", "bibliography", "automodule", "autoclass",
        "autofunction", "automethod", "autosummary", "automodapi", "default-domain",
    }
)
# fmt: on
_INCLUDES = frozenset(("include", "literalinclude"))
_CHANGES = {"versionadded": "New in version", "versionchanged": "Changed in version", "deprecated": "Deprecated since"}
_TITLES = {"seealso": "See also", "todo": "To do"}


def doctree(text: str) -> nodes.document:
    """The document tree of reStructuredText, with references resolved where the file allows.

    Nodes of class `inline` carry `refname` for Sphinx's references. Raises whatever docutils raises.
    """
    parser = rst.Parser(inliner=_Inliner())
    parser.state_classes = _STATES
    tree: nodes.document = core.publish_doctree(text, parser=parser, settings_overrides=dict(_SETTINGS))
    return tree


class _Inliner(states.Inliner):
    """Roles that docutils does not know become their words."""

    def interpreted(self, rawsource: str, text: str, role: str, lineno: int) -> tuple[list[Any], list[Any]]:
        name = role.lower()
        if name in _KNOWN_ROLES:
            found: tuple[list[Any], list[Any]] = super().interpreted(rawsource, text, role, lineno)
            return found
        text = re.sub(r"\x00(.)?", r"\1", text)
        titled = re.match(r"(?s)(.+?)\s*<([^<>]+)>$", text)
        words, target = (titled[1], titled[2]) if titled else (text, text)
        if name in _WORD_ROLES:
            return [nodes.inline(rawsource, words, refname=target, role=name, titled=bool(titled))], []
        if name in ("guilabel", "menuselection"):
            return [nodes.strong(rawsource, words.replace("-->", "→").replace("&", ""))], []
        if not name and not re.fullmatch(r"[\w.~!]+(?:\(.*\))?", words):
            return [nodes.emphasis(rawsource, words)], []
        words = words.rsplit(".", 1)[-1] if words.startswith("~") else words.lstrip("!")
        return [nodes.literal(rawsource, words)], []


# docutils formats its patterns from vars(self.__class__), where inherited names are missing.
for _name, _pattern in vars(states.Inliner).items():
    if isinstance(_pattern, str) and not _name.startswith("__"):
        setattr(_Inliner, _name, _pattern)


class _Code(rst.Directive):
    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[Any] = {"caption": directives.unchanged, "include-source": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        language = self.arguments[0].strip() if self.arguments and self.name not in _CODE else ""
        source = "\n".join(self.content)
        if self.name in _CODE and self.arguments and not source:
            return []  # `.. plot:: file.py`
        block = nodes.literal_block(source, source, language=language or _LANGUAGES.get(self.name, ""))
        caption = self.options.get("caption")
        return [nodes.paragraph("", caption), block] if caption else [block]


class _Maths(rst.Directive):
    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[Any] = {"label": directives.unchanged, "name": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        whole = "\n".join([*self.arguments, "", *self.content])
        label = self.options.get("label")
        found: list[nodes.Node] = []
        for source in re.split(r"\n[ \t]*\n", whole):
            if source.strip():
                block = nodes.math_block(source, source.strip())
                if label and not found:
                    block["ids"].append(f"equation-{nodes.make_id(label)}")
                found.append(block)
        return found


class _Silent(rst.Directive):
    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[Any] = {"_": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        if self.name in _INCLUDES and self.arguments:
            return [nodes.comment("", "", included=self.arguments[0].strip())]
        return []


class _Unknown(rst.Directive):
    """The words and the content of an unknown directive, as if it were not there."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[Any] = {"_": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        name = self.name.rsplit(":", 1)[-1]
        words = self.arguments[0] if self.arguments else ""
        if name == "only" and "html" not in words and re.search(r"latex|pdf|text|man|epub", words):
            return []
        holder: nodes.Element = nodes.container()
        if name in _CHANGES:
            version, _, words = words.partition(" ")
            holder = nodes.admonition("", nodes.title("", f"{_CHANGES[name]} {version}"))
        elif name in _TITLES:
            holder = nodes.admonition("", nodes.title("", _TITLES[name]))
        elif name in ("function", "class", "method", "attribute", "data", "exception", "option", "describe"):
            holder += nodes.paragraph("", "", nodes.literal("", words))
            words = ""
        elif name in ("only", "ifconfig", "hlist", "glossary", "grid", "tab-set", "highlights"):
            words = ""
        if words:
            inline, _ = self.state.inline_text(words, self.lineno)
            holder += nodes.paragraph(words, "", *inline)
        self.state.nested_parse(self.content, self.content_offset, holder)
        return holder.children if isinstance(holder, nodes.container) else [holder]


class _Tolerant:
    """Laid over each of docutils' parser states."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.nested_sm_kwargs = {"state_classes": _STATES, "initial_state": "Body"}

    def directive(self: Any, match: re.Match[str], **presets: Any) -> Any:
        name = match.group(1).lower()
        found = _class(name)
        if found is None:
            found, _ = directives.directive(name, self.memo.language, self.document)
        return self.run_directive(found or _Unknown, match, name, presets)

    def parse_extension_options(self, option_spec: Any, datalines: Any) -> tuple[int, dict[str, Any]]:
        """Options that docutils does not know, or whose value it does not like, are passed over."""
        options: dict[str, Any] = {}
        for name, value in re.findall(r"(?m)^[ \t]*:([^:\n]+):[ \t]*(.*)$", "\n".join(datalines)):
            convert = (option_spec or {}).get(name.lower())
            if convert is not None:
                try:
                    options[name.lower()] = convert(value.strip() or None)
                except (ValueError, TypeError):
                    continue
        return 1, options


def _class(name: str) -> type[rst.Directive] | None:
    if name in ("code", "code-block", "sourcecode", "code-cell") or (name in _CODE and name not in _SILENT):
        return _Code
    if name == "math":
        return _Maths
    if name in _SILENT or name in _INCLUDES:
        return _Silent
    return None


def _constructs() -> Any:
    """docutils' table of explicit markup, which holds functions, with the directives read as above."""
    explicit = copy.copy(states.Body.explicit)
    known = states.Body.directive
    explicit.constructs = [
        (_Tolerant.directive if method is known else method, pattern) for method, pattern in explicit.constructs
    ]
    return explicit


# States find each other by their classes' names, so these keep them.
_STATES = tuple(type(state.__name__, (_Tolerant, state), {"explicit": _constructs()}) for state in states.state_classes)
