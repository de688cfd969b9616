"""The list as it stands on screen: drawn again whenever one of its rows changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.agent import Turn
from tools import listing as listings
from tools import marks
from views import morning_list as view

MOST_ROUNDS = 5


def redraw(turn: Turn, session: str, logged: Mapping[str, Any], channel: str, ts: str) -> None:
    """Make the message show the list as it is now. Editing twice to the same is harmless, so no effect row is kept.

    Two presses on two rows may draw at once; whoever ends last looks again, so that the last drawing has both marks.
    """
    for _ in range(MOST_ROUNDS):
        with turn.database.connect() as connection:
            listing = listings.from_log(connection, session, logged, turn.systems.settings)
            before = marks.stamp(connection, turn.workspace, listing.person)
            message = view.render(listings.draw(connection, turn.systems, turn.workspace, listing))
        turn.systems.chat.update(channel, ts, message.text, message.blocks)
        with turn.database.connect() as connection:
            if marks.stamp(connection, turn.workspace, listing.person) == before:
                return
