"""Every instant at which losing power would be worst, by name, so that tests can pull the plug at each of them.

``reached`` does nothing in production: only a test that has forked a child sets ``plug``.
"""

from __future__ import annotations

from collections.abc import Callable

POINTS = (
    "inbox.submitted",
    "turn.claimed",
    "list.ranked",
    "effect.intended",
    "effect.sending",
    "effect.acted",
    "effect.done",
    "effect.found",
    "turn.asked",
    "child.returned",
    "turn.heard",
    "model.asked",
    "model.answered",
    "model.stored",
    "tool.called",
    "tool.stored",
    "stream.beginning",
    "stream.begun",
    "reply.decided",
    "reply.stored",
    "turn.acted",
    "turn.finished",
)

plug: Callable[[str], None] | None = None


def reached(point: str) -> None:
    if plug is not None:
        if point not in POINTS:
            raise ValueError(f"{point} is not one of the enumerated fault points; add it to store.faults.POINTS")
        plug(point)
