"""An answer as Slack messages: what the agent says, a line for what was done with *Undo* or refused, and who answered.

The one renderer for text that a model or a customer may have shaped; ``views/streaming.py`` does the same for an
answer that is still being written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from views import blocks as b
from views import escape, markdown
from views.markdown import Rich, Rule, Table
from views.receipts import NotDone, Receipt, not_repeating, receipt_line, refusal_lines

BLOCKS = 44
"""Blocks of answer in one message: six below Slack's fifty, for whoever adds to it."""
BLOCK_TEXT = 2_900
MESSAGE_TEXT = 9_000
FALLBACK = 3_000  # chat.update refuses a text over 4,000 characters
TABLE_ROWS, TABLE_COLUMNS, TABLE_TEXT = 100, 20, 8_000
CELL = 40
EMPTY = "(no answer)"
_TRACE = re.compile(r"trace [A-Za-z0-9:._/-]{1,200}")
"""What may be the words of a link, where Slack reads markup: all ids of ours, and nothing of it is any."""


@dataclass(frozen=True)
class Footer:
    """Who answered and where the whole of it can be read; ``standin`` when no real model did.

    ``link`` is the address of our own page about it (``systems/trace_link.py``).
    """

    agent: str
    trace: str
    standin: bool = False
    link: str | None = None


def reply(
    text_markdown: str,
    receipts: Sequence[tuple[Receipt, str | None]] = (),
    footer: Footer | None = None,
    links: Sequence[str] = (),
    not_done: Sequence[NotDone] = (),
) -> list[b.Message]:
    """The messages, in order; receipts, what was not done, and footer close the last one.

    A receipt's state is None while it stands (it gets *Undo* if it can be undone), else what became of it ("Undone by
    Wren 09:20"). ``links`` are the beginnings of the addresses that may be linked. An empty text with receipts is
    receipts alone.
    """
    said = list(_blocks(markdown.read(not_repeating(text_markdown, receipts, not_done), links)))
    done = [*(receipt_line(receipt, state) for receipt, state in receipts), *refusal_lines(not_done)]
    if not said and not done:
        said = [b.rich(b.section(b.text(EMPTY)))]
    messages = _dealt([*said, *done])
    if footer is not None:
        messages[-1].append(footer_line(footer))
    return [b.Message(fallback(blocks), blocks) for blocks in messages]


def footer_line(footer: Footer) -> b.Block:
    """``assistant · trace 1764.1/3 · stand-in model``: as much of the trace as ``daybook trace`` needs to find it."""
    agent, trace = escape.name(footer.agent, 80), f"trace {escape.unlinked(_end(footer.trace), 200)}"
    rest = " · stand-in model" if footer.standin else ""
    if footer.link is None or not b.is_bare(footer.link) or not _TRACE.fullmatch(trace):
        return b.context(f"{agent} · {trace}{rest}")
    return b.linked_context(f"{agent} · ", trace, footer.link, rest)


def _end(trace: str) -> str:
    """The part of a session's id that tells it from others: its thread, or its day and person."""
    head, _, last = trace.rpartition(":")
    return last if "." in last or not head else f"{head.rpartition(':')[2]}:{last}"


def fallback(blocks: Sequence[b.Block]) -> str:
    """The words of a message, for the notification and for screen readers."""
    return escape.mrkdwn(" ".join(_words(block) for block in blocks), FALLBACK) or EMPTY


def _blocks(parts: Sequence[Rich | Table | Rule]) -> Iterator[b.Block]:
    waiting: list[b.Piece] = []
    for part in parts:
        if isinstance(part, Rich):
            waiting += part.elements
            if part.leads:
                continue
        yield from rich_blocks(waiting)
        waiting = []
        if isinstance(part, Table):
            yield from _table(part)
        elif isinstance(part, Rule):
            yield b.divider()
    yield from rich_blocks(waiting)


def rich_blocks(elements: list[b.Piece]) -> Iterator[b.Block]:
    """Elements as blocks of a size that is sure to be taken."""
    group: list[b.Piece] = []
    room = BLOCK_TEXT
    for element in (part for whole in elements for part in _parts(whole, BLOCK_TEXT)):
        size = _size(element)
        if group and size > room:
            yield b.rich(*group)
            group, room = [], BLOCK_TEXT
        group.append(element)
        room -= size
    if group:
        yield b.rich(*group)


def _parts(element: b.Piece, limit: int) -> Iterator[b.Piece]:
    """An element, or several of its kind when it is too long for one block."""
    if _size(element) <= limit:
        yield element
    elif element["type"] == "rich_text_list":
        number = element.get("offset", 0)
        for run in _runs([part for item in element["elements"] for part in _parts(item, limit)], limit):
            yield {**element, "elements": run, **({"offset": number} if number else {})}
            number += len(run) if element["style"] == "ordered" else 0
    elif element["type"] == "rich_text_preformatted":
        for text in markdown.split(element["elements"][0]["text"], limit):
            yield markdown.preformatted(text)
    else:
        for run in _runs(element["elements"], limit):
            yield {**element, "elements": run}


def _runs(pieces: Sequence[b.Piece], limit: int) -> Iterator[list[b.Piece]]:
    run: list[b.Piece] = []
    room = limit
    for piece in pieces:
        size = _size(piece)
        if run and size > room:
            yield run
            run, room = [], limit
        run.append(piece)
        room -= size
    yield run


def _dealt(blocks: Sequence[b.Block]) -> list[list[b.Block]]:
    """Blocks dealt to messages, with at most one table in each."""
    messages: list[list[b.Block]] = [[]]
    room, tables = MESSAGE_TEXT, 0
    for block in blocks:
        size, table = _size(block), block["type"] == "table"
        if messages[-1] and (len(messages[-1]) >= BLOCKS or size > room):
            messages.append([])
            room, tables = MESSAGE_TEXT, 0
        if table and tables:
            for part in rich_blocks([_in_columns(block)]):
                messages[-1].append(part)
        else:
            messages[-1].append(block)
        tables += table
        room -= size
    return messages


def _table(table: Table) -> Iterator[b.Block]:
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    aligned = [{"align": align} for align in table.aligned]
    block = {"type": "table", "rows": rows, "column_settings": aligned}
    if len(rows) <= TABLE_ROWS and len(rows[0]) <= TABLE_COLUMNS and _size(block) <= TABLE_TEXT:
        yield block
    else:
        yield from rich_blocks([_in_columns(block)])


def _cell(pieces: list[b.Piece]) -> b.Piece:
    if any(piece["type"] == "link" for piece in pieces):
        return b.rich(b.section(*pieces))
    return {"type": "raw_text", "text": escape.clean("".join(piece["text"] for piece in pieces), 2_900) or " "}


def _in_columns(table: b.Block) -> b.Piece:
    """A table as text whose columns stand below each other, each at most ``CELL`` wide."""
    rows = [[escape.clean(_words(cell), CELL) for cell in row] for row in table["rows"]]
    widths = [max(len(row[at]) for row in rows if at < len(row)) for at in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return markdown.preformatted("\n".join(lines))


def _size(part: object) -> int:
    """UTF-16 units of everything shown in a part, and a little for each piece of it."""
    if isinstance(part, dict):
        own = escape.width(part["text"]) if isinstance(part.get("text"), str) else 0
        return own + len(part.get("url", "")) + sum(_size(value) for value in part.values())
    return sum(_size(value) for value in part) if isinstance(part, list) else 0


def _words(part: object) -> str:
    """Everything shown in a part, in reading order, except what its buttons say."""
    if isinstance(part, list):
        return " ".join(filter(None, (_words(value) for value in part)))
    if not isinstance(part, dict) or part.get("type") in ("button", "static_select"):
        return ""
    if isinstance(part.get("text"), str):
        return b.unlinked(part) if part.get("type") == "mrkdwn" else str(part["text"])
    joint = "" if part.get("type", "").startswith("rich_text_") and part.get("type") != "rich_text_list" else " "
    inner = [_words(value) for value in (part.get("text"), *part.get("elements", ()), *part.get("rows", ()))]
    return joint.join(filter(None, inner))
