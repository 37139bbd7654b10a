"""Block nodes of a docutils tree → Markdown blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from docutils import nodes

from ingest.loaders.draft import LessonDraft, clean, escape
from ingest.loaders.rst_inline import Inline, code, ids

_PROMPT = re.compile(r"^\s*(?:>>> |In \[\d+\]:)")
_INVISIBLE = (
    nodes.comment,
    nodes.substitution_definition,
    nodes.raw,
    nodes.pending,
    nodes.docinfo,
    nodes.decoration,
    nodes.meta,
)
_WORDS = {"attention": "Attention", "caution": "Caution", "danger": "Danger", "error": "Error", "hint": "Hint"}
_WORDS |= {"important": "Important", "note": "Note", "tip": "Tip", "warning": "Warning"}


class Blocks:
    """Writes one document's blocks into a draft."""

    def __init__(self, draft: LessonDraft, tree: nodes.document) -> None:
        self._draft = draft
        self._tree = tree
        self._inline = Inline(draft, tree)

    def write(self) -> None:
        """Append the whole document."""
        self._section(self._tree.children, 0)

    def _section(self, children: Iterable[nodes.Node], level: int) -> None:
        for node in children:
            if isinstance(node, nodes.section):
                for label in ids(node):
                    self._draft.mark("anchor", label)
                self._section(node.children, level + 1)
            elif isinstance(node, nodes.title) and isinstance(node.parent, nodes.section):
                self._draft.heading(level, self._inline.text(node.children))
            elif isinstance(node, nodes.Element):
                self._top(node)

    def _top(self, node: nodes.Element) -> None:
        # A label before a section or block has moved to it; one without a successor stays a target.
        if "refuri" not in node:
            for label in ids(node):
                self._draft.mark("anchor", label)
        for block in self._blocks(node):
            self._draft.add(block)

    def _children(self, node: nodes.Element) -> list[str]:
        found: list[str] = []
        for child in node.children:
            if isinstance(child, nodes.Element):
                blocks = list(self._blocks(child))
                anchors = "".join(self._draft.anchor(label) for label in ids(child))
                if anchors and blocks and not blocks[0].startswith(("```", "|", "$$")):
                    blocks[0] = anchors + blocks[0]
                found.extend(blocks)
            elif str(child).strip():
                found.append(escape(child.astext().strip()))
        return found

    def _blocks(self, node: nodes.Element) -> Iterator[str]:
        match node:
            case nodes.paragraph() | nodes.caption() | nodes.term() | nodes.attribution():
                yield self._inline.text(node.children)
            case nodes.literal_block() | nodes.doctest_block():
                yield _fenced(node)
            case nodes.math_block():
                yield _maths(node.astext())
            case nodes.bullet_list() | nodes.enumerated_list():
                yield self._list(node)
            case nodes.definition_list() | nodes.option_list() | nodes.field_list():
                yield from self._definitions(node)
            case nodes.line_block():
                yield "\\\n".join(line for line in self._lines(node) if line)
            case nodes.table():
                yield from self._table(node)
            case nodes.Admonition() | nodes.topic() | nodes.sidebar():
                yield from self._box(node)
            case nodes.system_message():
                # What docutils could not read (a crooked table) stays as it is written.
                yield from (_fenced(block) for block in node.children if isinstance(block, nodes.literal_block))
            case nodes.transition():
                yield "---"
            case nodes.rubric() | nodes.title() | nodes.subtitle():
                words = self._inline.text(node.children)
                yield words if "**" in words or not words else f"**{words}**"
            case nodes.footnote() | nodes.citation():
                blocks = self._children(node)
                label = blocks.pop(0) if blocks and isinstance(node.children[0], nodes.label) else ""
                yield f"\\[{label}\\] " + " ".join(blocks)
            case nodes.block_quote():
                inner = "\n\n".join(self._children(node))
                yield re.sub(r"(?m)^", "> ", inner) if isinstance(node.children[-1], nodes.attribution) else inner
            case nodes.image() | nodes.label() | nodes.reference() | nodes.target() | nodes.inline():
                yield self._inline.text([node])
            case _ if isinstance(node, _INVISIBLE):
                return
            case _:
                yield from self._children(node)

    def _list(self, node: nodes.Element) -> str:
        number = int(node.get("start", 1))
        loose = False
        written: list[str] = []
        for item in node.children:
            sign = f"{number}. " if isinstance(node, nodes.enumerated_list) else "- "
            blocks = [block for block in self._children(item) if block] if isinstance(item, nodes.Element) else []
            number += 1
            loose = loose or any(not block.startswith(("- ", "1. ")) for block in blocks[1:])
            inner = ""
            for at, block in enumerate(blocks):
                tight = at and _is_words(blocks[at - 1]) and re.match(r"(?:- |\d+\. )", block)
                inner += ("\n" if tight else "\n\n") + block if inner else block
            written.append(sign + _indented(inner, len(sign)))
        return ("\n\n" if loose else "\n").join(written)

    def _definitions(self, node: nodes.Element) -> Iterator[str]:
        for item in node.children:
            if not isinstance(item, nodes.Element):
                continue
            terms: list[str] = []
            rest: list[str] = []
            for child in item.children:
                if isinstance(child, (nodes.term, nodes.field_name)):
                    terms.append(self._inline.text(child.children))
                elif isinstance(child, nodes.option_group):
                    terms.append(code(child.astext()))
                elif isinstance(child, nodes.Element):
                    rest.extend(block for block in self._children(child) if block)
            term = ", ".join(term if term.startswith(("`", "*")) else f"**{term}**" for term in terms if term)
            if rest and _is_words(rest[0]):
                yield f"{term}: {rest[0]}"
                yield from rest[1:]
            else:
                yield from [term, *rest]

    def _lines(self, node: nodes.Element) -> Iterator[str]:
        for child in node.children:
            if isinstance(child, nodes.line_block):
                yield from self._lines(child)
            elif isinstance(child, nodes.Element):
                yield self._inline.text(child.children)

    def _box(self, node: nodes.Element) -> Iterator[str]:
        name = _WORDS.get(node.tagname, "")
        blocks: list[str] = []
        for child in node.children:
            if isinstance(child, nodes.title):
                name = self._inline.text(child.children)
            elif isinstance(child, nodes.Element):
                blocks.extend(block for block in self._blocks(child) if block)
        name = re.sub(r"^\*\*(.*)\*\*$", r"\1", name).strip()
        stop = "" if name.endswith((".", "!", "?", ":")) else "."
        if name and blocks and _is_words(blocks[0]):
            blocks[0] = f"**{name}{stop}** {blocks[0]}"
        elif name:
            blocks.insert(0, f"**{name}**")
        yield from blocks

    def _table(self, node: nodes.Element) -> Iterator[str]:
        for title in node.children:
            if isinstance(title, nodes.title):
                yield from self._blocks(title)
        rows: list[list[str]] = []
        below: dict[tuple[int, int], bool] = {}
        heads = sum(len(head.children) for head in node.findall(nodes.thead))
        for at, row in enumerate(node.findall(nodes.row)):
            cells: list[str] = []
            for entry in row.children:
                while below.get((at, len(cells))):
                    cells.append("")
                cell = " ".join(self._children(entry)) if isinstance(entry, nodes.Element) else ""
                more_rows, more = (int(entry.get(key, 0)) for key in ("morerows", "morecols"))  # type: ignore[attr-defined]
                for column in range(len(cells), len(cells) + more + 1):
                    below.update({(at + down, column): True for down in range(1, more_rows + 1)})
                cells.extend([_cell(cell), *[""] * more])
            rows.append(cells)
        if rows:
            width = max(map(len, rows))
            rows = [[*row, *[""] * (width - len(row))] for row in rows]
            head = rows.pop(0) if heads else [""] * width
            lines = [head, ["---"] * width, *rows]
            yield "\n".join("| " + " | ".join(row) + " |" for row in lines)


def _is_words(block: str) -> bool:
    return not re.match(r"```|\$\$|\||- |\d+\. |> |#|!\[", block)


def _cell(text: str) -> str:
    text = re.sub(r"```\w*\n(.*?)\n```", lambda match: code(match[1]), text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"(?<!\\)\|", r"\\|", text)).strip()


def _fenced(node: nodes.Element) -> str:
    source = clean(node.astext()).strip("\n")
    language = str(node.get("language", ""))
    if not language:
        classes = [str(name) for name in list[str](node.get("classes", [])) if name not in ("code", "literal-block")]
        language = classes[0] if classes else "pycon" if _PROMPT.match(source) else ""
    language = {"ipython": "python", "default": "", "none": ""}.get(language, language)
    longest = max((len(run) for run in re.findall(r"`{3,}", source)), default=2)
    fence = "`" * (longest + 1)
    language = re.sub(r"[^\w+#.-]", "", language)
    return f"{fence}{language}\n{source}\n{fence}" if source.strip() else ""


def _maths(source: str) -> str:
    source = re.sub(r"\n\s*\n", "\n", source.strip())
    if ("\\\\" in source or "&" in source) and "\\begin" not in source:
        source = f"\\begin{{aligned}}\n{source}\n\\end{{aligned}}"
    return f"$$\n{source}\n$$" if source else ""


def _indented(text: str, by: int) -> str:
    return re.sub(r"(?m)\n(?=[^\n])", "\n" + " " * by, text)
