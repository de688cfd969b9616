"""A day's anchor of the ledger, as people see it: how many entries, the last one's seal, and what it is good for."""

from __future__ import annotations

from views import blocks as b
from views.blocks import Message

SAID = "Keep this message: if entries were changed or cut off later, `daybook ledger verify` finds that they differ."


def message(day: str, entries: int, seal: str) -> Message:
    """One message for ``day`` (ISO); ids and numbers only, so that anybody may see it."""
    head = f"Ledger of {day}: {entries:,} {'entry' if entries == 1 else 'entries'}, the last one sealed"
    words = b.section(b.text(f"{head} "), b.text(seal, code=True))
    return Message(f"{head} {seal}", [b.rich(words), b.context(SAID.replace("`", ""))])
