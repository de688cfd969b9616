"""The lines below an answer, which no model writes: what was done, with *Undo*, and what was refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from views import blocks as b
from views import escape

NOT_DONE = 3
"""So many refusals are told each in a line of its own."""
_TELLS_NO = re.compile(r"(?:(?:that|this|it) was )?not done:? ")


class Receipt(Protocol):
    """One thing that was done. ``call`` is what *Undo* carries; ``words`` say it in one line."""

    @property
    def call(self) -> str: ...
    @property
    def words(self) -> str: ...
    @property
    def undo(self) -> bool: ...


class NotDone(NamedTuple):
    """Something that was tried and did not happen: ``what`` in two words, and ``why``. Not ``sure``: it may have."""

    what: str
    why: str
    sure: bool = True


def receipt_line(receipt: Receipt, state: str | None) -> b.Block:
    """``Logged a call on Acme: left voicemail`` with *Undo*, or with what became of it."""
    words = f"✓ {escape.unlinked(receipt.words, 2_000)}"
    if state is not None:
        return b.line(f"{words} · {escape.unlinked(state, 500)}")
    if not receipt.undo:
        return b.line(words)
    return b.line(words, b.button("Undo", "undo", receipt.call, says=f"Undo: {receipt.words}"))


def refusal_lines(not_done: Sequence[NotDone]) -> Iterator[b.Block]:
    """``Not done (log note): There is no such record``, a line each, and how many more there are."""
    for one in not_done[:NOT_DONE]:
        head = f"{'Not done' if one.sure else 'Not certain'} ({escape.name(one.what, 40)})"
        yield b.line(f"{head}: {escape.unlinked(one.why, 300)}")
    if len(not_done) > NOT_DONE:
        yield b.line(f"and {len(not_done) - NOT_DONE} more that were not done")


def not_repeating(text: str, receipts: Sequence[tuple[Receipt, str | None]], not_done: Sequence[NotDone]) -> str:
    """The answer without lines that say word for word what a line below it says, or begins with."""
    done = [_bare(receipt.words) for receipt, _ in receipts]
    told = {*done, *(_bare(one.why) for one in not_done[:NOT_DONE])}

    def repeats(line: str) -> bool:
        said = _TELLS_NO.sub("", _bare(line), 1)
        return said in told or (bool(said) and any(one.startswith(f"{said} ·") for one in done))

    return "\n".join(line for line in text.split("\n") if not told or not repeats(line))


def _bare(words: str) -> str:
    """A line without its bullet, emphasis and full stop, whatever the case of its letters."""
    return " ".join(words.replace("*", " ").replace("`", " ").split()).strip("-•✓_. ").casefold()
