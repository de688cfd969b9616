"""Every instant at which losing power would be worst, by name, so that tests can pull the plug at each of them.

``reached`` does nothing in production: only a test that has forked a child sets ``plug``.
"""

from __future__ import annotations

from collections.abc import Callable

TURN = (
    "inbox.submitted",
    "turn.claimed",
    "effect.intended",
    "effect.sending",
    "effect.acted",
    "effect.done",
    "turn.acted",
    "turn.finished",
)
"""Passed by every turn that writes to somebody else's system."""

MORNING = (*TURN, "list.ranked")
CONVERSATION = (
    "turn.heard",
    "model.asked",
    "model.answered",
    "model.stored",
    "tool.called",
    "tool.stored",
    "guard.judged",
    "guard.acted",
    "guard.recorded",
    "stream.beginning",
    "stream.begun",
    "reply.decided",
    "reply.stored",
)
ASKING = ("turn.asked", "child.returned")
"""One agent asks another."""
DECIDING = ("approval.claimed", "undo.acted", "undo.recorded")
"""A person presses a button of a card, or Undo."""
WATCHING = ("watch.written",)
"""What the look at all accounts found is written down."""
LOST = ("effect.found",)
"""A write whose answer was lost is found."""

POINTS = (*MORNING, *CONVERSATION, *ASKING, *DECIDING, *WATCHING, *LOST)

plug: Callable[[str], None] | None = None


def reached(point: str) -> None:
    if plug is not None:
        if point not in POINTS:
            raise ValueError(f"{point} is not one of the enumerated fault points; add it to store.faults.POINTS")
        plug(point)
