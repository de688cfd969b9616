"""An alert's message as it stands on screen: drawn again whenever what it shows has been decided, raised or solved."""

from __future__ import annotations

from collections.abc import Collection

from agents.agent import Turn
from store.engine import reading
from systems.faults import Rejected
from tools import escalation_cards, notices
from views import escalation as view

MOST_ROUNDS = 5


def redraw(turn: Turn, only: Collection[str] | None = None) -> int:
    """Draw what is out of date: messages that show one of these alerts, or all. Answers how many were drawn.

    Editing twice to the same is harmless, so no effect row is kept; the version drawn is, so that a drawing that was
    lost is made up for at the next look. Who ends last looks again: two decisions may draw at once.
    """
    done = 0
    for _ in range(MOST_ROUNDS):
        with reading(turn.database).connect() as connection:
            waiting = notices.outdated(connection, turn.workspace, only)
        if not waiting:
            break
        for notice in waiting:
            with reading(turn.database).connect() as connection:
                shown = escalation_cards.of_notice(connection, turn.systems, turn.workspace, notice.id)
            if shown is not None and notice.channel and notice.ts:
                message = view.render(shown)
                try:
                    turn.systems.chat.update(notice.channel, notice.ts, message.text, message.blocks)
                except Rejected as gone:
                    # Deleted by its reader, say: what was decided holds all the same.
                    turn.append("not_redrawn", {"notice": notice.id, "reason": str(gone)})
            with turn.database.begin() as connection:
                notices.drawn(connection, notice)
            done += 1
    return done
