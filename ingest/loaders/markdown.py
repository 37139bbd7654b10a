"""Markdown (with front matter, inline HTML, MDX and the marks of common course builders) → lesson."""

from __future__ import annotations

import html
import re
from typing import Any

import yaml

from ingest.loaders.decoding import decode
from ingest.loaders.draft import LessonDraft
from tutor.text.blocks import tokens

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n|)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_CODE_SPAN = r"(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)"
_HTML_NAMES = (
    "a abbr acronym address article aside audio b bdi bdo blockquote br button caption center cite code col "
    "colgroup dd del details dfn div dl dt em embed fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 "
    "header hr i iframe img input ins kbd label legend li link main mark meta nav noscript object ol optgroup "
    "option p param picture pre progress q s samp section select small source span strike strong sub summary sup "
    "svg path table tbody td textarea tfoot th thead time title tr track tt u ul var video wbr"
).replace(" ", "|")
_INLINE = re.compile(
    rf"(?P<code>{_CODE_SPAN})"
    r"|(?P<comment><!--.*?-->)"
    r"|(?P<hidden><(?P<dropped>script|style|template)\b[^>]*>.*?</(?P=dropped)\s*>)"
    rf"|(?P<tag><(?P<close>/?)(?P<name>{_HTML_NAMES}|[A-Z][\w.]*)(?P<attributes>(?:\s+[^<>]*)?)\s*/?>)"
    r"|(?P<liquid>\{%.*?%\})"
    r"|(?P<attributes_list>[ \t]*\{(?P<list>[:#.][^{}\n]*)\})",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_DIRECTIVE_LINE = re.compile(r"^[ \t]*(?::{3,}.*|:begin_tab:`.*|:end_tab:[ \t]*)$", re.MULTILINE)
# What stands on the line below a heading, a picture or a formula to name it.
_SIZE_BELOW = re.compile(r"\n[ \t]*:(?:width|height):`[^`\n]*`[ \t]*$", re.MULTILINE)
_NAME_BELOW = re.compile(r"(?<=\S)[ \t]*\n[ \t]*(?=:(?:eq)?label:`)|(?<=\S)[ \t]*\n[ \t]*(?=\{:[^}\n]*#)")
_MDX_LINE = re.compile(r"^(?:import\s.+?from\s+['\"].*|import\s+['\"].*|export\s+.*)$", re.MULTILINE)
_ROLE = re.compile(r":(?P<role>label|eqlabel|numref|eqref|ref|cite[tp]?|citet|keyword):`(?P<target>[^`\n]+)`")
_DEFINITION = re.compile(r"^ {0,3}\[(?P<label>[^\]\n^][^\]\n]*)\]:[ \t]+<?(?P<url>[^\s>]+)>?[^\n]*$", re.MULTILINE)
_REFERENCE = re.compile(
    rf"(?P<code>{_CODE_SPAN})|(?<![\]\\])\[(?P<words>[^\[\]\n]+)\](?:\[(?P<label>[^\[\]\n]*)\]|(?![\[(:]))", re.DOTALL
)
_WRAPPERS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`", "kbd": "`", "samp": "`", "tt": "`"}
_BREAKS = frozenset(
    "address article aside blockquote br dd div dl dt figure figcaption footer form h1 h2 h3 h4 h5 h6 header hr li "
    "main nav ol p pre section table tr ul details summary".split()
)


def load(data: bytes, name: str) -> LessonDraft:
    """The lesson in a Markdown or MDX file.

    Raises LessonUnreadable when the bytes are no text.
    """
    draft = LessonDraft()
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    text = _take_front_matter(draft, text)
    add_markdown(draft, text, mdx=name.lower().endswith(".mdx"))
    return draft


def add_markdown(draft: LessonDraft, text: str, *, mdx: bool = False) -> None:
    """Append Markdown from a file or a notebook cell as canonical Markdown: no tags, comments or builder's marks.

    Code blocks stay as they are; element ids become anchors; reference links become inline links.
    """
    lines = text.split("\n")
    prose: list[str] = []
    code: list[str] = []
    position = 0
    for start, end in _code_lines(text):
        prose.append("\n".join(lines[position:start]))
        code.append("\n".join(lines[start:end]))
        position = end
    prose.append("\n".join(lines[position:]))
    links: dict[str, str] = {}
    for match in _DEFINITION.finditer("\n\n".join(prose)):
        links.setdefault(match["label"].casefold(), match["url"])
    pieces: list[str] = []
    for number, part in enumerate(prose):
        pieces.append(_prose(part, draft, links, mdx=mdx))
        pieces.extend(code[number : number + 1])
    draft.add("\n".join(pieces))


def _code_lines(text: str) -> list[tuple[int, int]]:
    """First and end line of each code block, in order."""
    return [
        (token.map[0], token.map[1])
        for token in tokens(text)
        if token.type in ("fence", "code_block") and token.map is not None
    ]


def _prose(text: str, draft: LessonDraft, links: dict[str, str], *, mdx: bool) -> str:
    text = _DIRECTIVE_LINE.sub("", text)
    if mdx:
        text = _MDX_LINE.sub("", text)
    text = _NAME_BELOW.sub("", _SIZE_BELOW.sub("", text))
    text = _ROLE.sub(lambda match: _role(match, draft), text)
    hrefs: list[str] = []
    text = _INLINE.sub(lambda match: _inline(match, draft, hrefs, mdx=mdx), text)
    if links:
        text = _DEFINITION.sub("", text)
        text = _REFERENCE.sub(lambda match: _inline_link(match, links), text)
    return re.sub(r"\n[ \t]*\n(?:[ \t]*\n)+", "\n\n", text)


def _role(match: re.Match[str], draft: LessonDraft) -> str:
    if match["role"].endswith("label"):
        return draft.anchor(match["target"])
    if match["role"].startswith("cite"):
        return "(" + match["target"].replace(".", " ").replace(",", ", ") + ")"
    return match["target"].split("_", 1)[-1].replace("_", " ").replace("-", " ")


def _inline_link(match: re.Match[str], links: dict[str, str]) -> str:
    if match["code"]:
        return match[0]
    url = links.get((match["label"] or match["words"]).casefold())
    return f"[{match['words']}]({url})" if url else match[0]


def _inline(match: re.Match[str], draft: LessonDraft, hrefs: list[str], *, mdx: bool) -> str:
    if match["code"]:
        return match[0]
    if match["comment"] or match["hidden"] or match["liquid"]:
        return ""
    if match["attributes_list"]:
        return _attribute_list(match, draft)
    if match["name"][0].isupper() and match["name"].lower() not in _HTML_NAMES.split("|"):
        return "" if mdx else match[0]
    return _tag(match, draft, hrefs)


def _attribute_list(match: re.Match[str], draft: LessonDraft) -> str:
    """`{#id}` after a heading, `{: .class #id}`: kept only as an anchor; anything else in braces is text."""
    ids = re.findall(r"#([\w:.-]+)", match["list"])
    if not re.fullmatch(r":?\s*(?:[.#][\w:.-]+|[\w-]+=(?:\"[^\"]*\"|'[^']*'|\S+)|\s)+", match["list"]):
        return match[0]
    return "".join(draft.anchor(label) for label in ids)


def _tag(match: re.Match[str], draft: LessonDraft, hrefs: list[str]) -> str:
    name = match["name"].lower()
    closing = bool(match["close"])
    attributes = {
        key.lower(): html.unescape(double or single or bare)
        for key, double, single, bare in _ATTRIBUTE.findall(match["attributes"] or "")
    }
    label = attributes.get("id") or (attributes.get("name", "") if name == "a" else "")
    anchor = draft.anchor(label) if label and not closing else ""
    if name in _WRAPPERS:
        return anchor + _WRAPPERS[name]
    if name == "a":
        if not closing:
            hrefs.append(attributes.get("href", ""))
            return anchor + ("[" if hrefs[-1] else "")
        href = hrefs.pop() if hrefs else ""
        return f"]({href})" if href else ""
    if name == "img":
        source = attributes.get("src", "")
        return f"![{attributes.get('alt', '')}]({source})" if source else ""
    if name == "td" or name == "th":
        return anchor + ("" if closing else " ")
    if len(name) == 2 and name[0] == "h" and name[1].isdigit():
        return "\n\n" if closing else f"\n\n{'#' * int(name[1])} {anchor}"
    if name == "li" and not closing:
        return f"\n- {anchor}"
    return anchor + ("\n" if name in _BREAKS and name != "div" else "")


def _take_front_matter(draft: LessonDraft, text: str) -> str:
    """Fill the draft from YAML front matter, and return the rest of the text."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return text
    try:
        values: Any = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a day such as 2024-13-01
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 2}" if mark else ""
        draft.notes.append(f"front matter is not valid YAML{where}; the lesson is kept without it")
        return text[match.end() :]
    if not isinstance(values, dict):
        return text if values is not None else text[match.end() :]
    draft.title = str(values.get("title") or "")
    draft.chapter = str(values.get("chapter") or "")
    draft.url = str(values.get("url") or "")
    draft.preview = values.get("preview") is True
    for key in ("order", "minutes"):
        value = values.get(key)
        if value is None:
            continue
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000:
            setattr(draft, key, value)
        else:
            draft.notes.append(f"front matter: {key} is {value!r}, not a whole number; it is left out")
    return text[match.end() :]
