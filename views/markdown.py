"""Markdown that a model (or a customer) may have shaped, as rich text: literal words, no markup left for Slack to read.

Parsed by markdown-it-py (CommonMark with tables and strikethrough, no HTML). Slack parses nothing inside rich_text
elements, so a mention, a link or formatting can't be smuggled in; links are made here, for allowed addresses only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from views import addresses, escape
from views import blocks as b

MOST = 60_000
"""Characters of one text that are read; a model's answer is far shorter."""
PIECE = 1_900
DEEPEST_LIST = 8
NO_IMAGE = "(image removed)"

_SLACK_MENTION = re.compile(r"<([@#!])([^<>|\n]{1,80})(?:\|([^<>\n]{0,80}))?>")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)


@dataclass(frozen=True)
class Rich:
    """Elements that are read as one: a paragraph, a list, a quote. ``leads`` says that it belongs to what follows."""

    elements: list[b.Piece]
    leads: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells, the first one the heading; ``aligned`` is left, center or right for each column."""

    rows: list[list[list[b.Piece]]]
    aligned: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Rule:
    """A line across."""


def read(markdown: str, beginnings: Sequence[str] = ()) -> list[Rich | Table | Rule]:
    """What ``markdown`` says, block by block; addresses that don't begin like one of ``beginnings`` are removed."""
    text = escape.lines(escape.cut(markdown, MOST))
    tree = SyntaxTreeNode(_parser().parse(text))
    return [part for node in tree.children for part in _block(node, tuple(beginnings))]


def plain_mentions(text: str) -> str:
    """Slack's own codes for people, channels and groups, as the words they would show."""
    return _SLACK_MENTION.sub(_said, text)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # all are read, so that each is judged below
    return parser


def _said(match: re.Match[str]) -> str:
    kind, code, label = match.groups()
    words = label or code.partition("^")[0]
    return ("#" if kind == "#" else "@") + words.lstrip("@#!")


def _block(node: SyntaxTreeNode, beginnings: tuple[str, ...]) -> Iterator[Rich | Table | Rule]:
    if node.type == "paragraph":
        yield Rich([b.section(*_pieces(node, beginnings))], leads=_text(node).rstrip().endswith(":"))
    elif node.type == "heading":
        yield Rich([b.section(*_pieces(node, beginnings, bold=True))], leads=True)
    elif node.type in ("bullet_list", "ordered_list"):
        yield Rich(_list(node, beginnings, 0))
    elif node.type == "blockquote":
        yield Rich([{"type": "rich_text_quote", "elements": _flat(node, beginnings)}])
    elif node.type in ("fence", "code_block"):
        yield Rich([preformatted(addresses.without(node.content))])
    elif node.type == "table":
        yield _table(node, beginnings)
    elif node.type == "hr":
        yield Rule()
    else:
        yield Rich([b.section(*_pieces(node, beginnings))])


def preformatted(text: str) -> b.Piece:
    """Text in columns, kept as it is. The caller keeps it within the limits."""
    return {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text.strip("\n") or " "}]}


def _list(node: SyntaxTreeNode, beginnings: tuple[str, ...], depth: int) -> list[b.Piece]:
    """One element for each run of items, nested lists between them: Slack knows no lists inside lists."""
    out: list[b.Piece] = []
    run: list[b.Piece] = []
    number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else 1

    def close() -> None:
        nonlocal number
        if run:
            style = "ordered" if node.type == "ordered_list" else "bullet"
            element: b.Piece = {"type": "rich_text_list", "style": style, "elements": list(run)}
            if depth:
                element["indent"] = min(depth, DEEPEST_LIST)
            if style == "ordered" and number > 1:
                element["offset"] = number - 1
            out.append(element)
            number += len(run)
            run.clear()

    for item in node.children:
        said: list[b.Piece] = []
        below: list[b.Piece] = []
        for child in item.children:
            if child.type in ("bullet_list", "ordered_list"):
                below += _list(child, beginnings, depth + 1)
            elif child.type in ("fence", "code_block"):
                below.append(preformatted(addresses.without(child.content)))
            else:
                said += ([b.text("\n")] if said else []) + _flat(child, beginnings)
        run.append(b.section(*(said or [b.text(" ")])))
        if below:
            close()
            out += below
    close()
    return out


def _flat(node: SyntaxTreeNode, beginnings: tuple[str, ...]) -> list[b.Piece]:
    """A block inside a quote or an item as lines of words."""
    if node.type in ("fence", "code_block"):
        return list(_literal(node.content.strip("\n"), beginnings, code=True)) or [b.text(" ")]
    if node.type in ("paragraph", "heading", "th", "td") or not node.children:
        return _pieces(node, beginnings, bold=node.type == "heading")
    lines: list[b.Piece] = []
    for child in node.children:
        lines += ([b.text("\n")] if lines else []) + ([b.text("• ")] if child.type == "list_item" else [])
        lines += _flat(child, beginnings)
    return lines or [b.text(" ")]


def _table(node: SyntaxTreeNode, beginnings: tuple[str, ...]) -> Table:
    rows = [row for part in node.children for row in part.children]
    aligned = [str(cell.attrs.get("style", "")).partition(":")[2] or "left" for cell in rows[0].children]
    return Table([[_pieces(cell, beginnings) for cell in row.children] for row in rows], aligned)


def _pieces(node: SyntaxTreeNode, beginnings: tuple[str, ...], bold: bool = False) -> list[b.Piece]:
    found = [piece for child in node.children for piece in _inline(child, beginnings, {"bold": True} if bold else {})]
    return found or [b.text(" ")]


def _inline(node: SyntaxTreeNode, beginnings: tuple[str, ...], style: dict[str, bool]) -> Iterator[b.Piece]:
    styled = {"strong": "bold", "em": "italic", "s": "strike"}.get(node.type)
    if node.type == "text":
        yield from _literal(_BREAK.sub("\n", plain_mentions(node.content)), beginnings, **style)
    elif node.type in ("softbreak", "hardbreak"):
        yield b.text("\n")
    elif node.type == "code_inline":
        yield from _literal(node.content, (), **style, code=True)
    elif node.type == "image":
        yield b.text(NO_IMAGE, **style)
    elif node.type == "link":
        yield from _link(node, beginnings, style)
    else:
        for child in node.children:
            yield from _inline(child, beginnings, {**style, styled: True} if styled else style)


def _link(node: SyntaxTreeNode, beginnings: tuple[str, ...], style: dict[str, bool]) -> Iterator[b.Piece]:
    href = str(node.attrs.get("href", ""))
    label = " ".join(_text(node).split())
    if node.markup == "autolink" and href.startswith("mailto:"):  # <!subteam^S1|@team> looks like an e-mail address too
        yield from _literal(plain_mentions(f"<{label}>").strip("<>"), (), **style)
        return
    if node.markup == "autolink":  # also Slack's own <address|words>
        address, _, words = label.partition("|")
        href, label = address if words else href, words or address
    if addresses.allowed(href, beginnings) and escape.width(href) <= b.URL_LIMIT:
        words = label if label == href else addresses.without(plain_mentions(label))
        yield b.link(escape.clean(words, PIECE), href, **style)
        return
    shown = addresses.without(plain_mentions(label)).strip()
    if href.lower().startswith(("mailto:", "tel:")):
        yield from _literal(shown or escape.clean(href.partition(":")[2]), (), **style)
        return
    bare = not shown or shown == addresses.REMOVED or addresses.HOST.fullmatch(shown)
    yield from _literal(addresses.REMOVED if bare else f"{shown} {addresses.REMOVED}", (), **style)


def _text(node: SyntaxTreeNode) -> str:
    """All words below a node, unstyled."""
    if node.type in ("softbreak", "hardbreak"):
        return " "
    if node.type in ("text", "code_inline"):
        return node.content
    if node.type == "image":
        return NO_IMAGE
    return "".join(_text(child) for child in node.children)


def _literal(words: str, beginnings: tuple[str, ...], **style: bool) -> Iterator[b.Piece]:
    """Words as text elements, each short enough, with the allowed addresses among them as links."""
    for said, address in addresses.parts(words, beginnings):
        if address is not None and escape.width(address) <= b.URL_LIMIT:
            yield b.link(escape.clean(address, PIECE), address, **style)
            continue
        for at, line in enumerate(said.split("\n")):
            if at:
                yield b.text("\n")
            for part in split(escape.lines(line), PIECE):
                if part:
                    yield b.text(part, **style)


def split(text: str, limit: int) -> Iterator[str]:
    """``text`` in parts of at most ``limit`` UTF-16 units, cut after a sentence or a word where there is one."""
    while escape.width(text) > limit:
        end = len(escape.cut(text, limit)) - 1 or 1
        best = max(text.rfind(mark, end // 2, end) for mark in (". ", "! ", "? ", "\n"))
        space = text.rfind(" ", end // 2, end)
        at = best + 1 if best > 0 else space if space > 0 else end
        yield text[:at]
        text = text[at:]
    yield text
