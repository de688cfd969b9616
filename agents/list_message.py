"""The list as it stands on screen: drawn again whenever one of its rows changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from agents.agent import Turn
from records import gather
from store.engine import reading
from tools import listing as listings
from tools import marks
from tools.listing import Listing
from views import morning_list as view

MOST_ROUNDS = 5


def redraw(turn: Turn, session: str, logged: Mapping[str, Any], channel: str, ts: str) -> None:
    """Make the message show the list as it is now. Editing twice to the same is harmless, so no effect row is kept.

    Two presses on two rows may draw at once; whoever ends last looks again, so that the last drawing has both marks.
    """
    for _ in range(MOST_ROUNDS):
        with reading(turn.database).connect() as connection:
            listing = listings.from_log(connection, session, logged, turn.systems.settings)
            before = _stamp(turn, connection, listing)
            message = view.render(listings.draw(connection, turn.systems, turn.workspace, listing))
        turn.systems.chat.update(channel, ts, message.text, message.blocks)
        with reading(turn.database).connect() as connection:
            if _stamp(turn, connection, listing) == before:
                return


def _stamp(turn: Turn, connection: Connection, listing: Listing) -> tuple[Mapping[str, int], Mapping[str, int | None]]:
    """Changes whenever a mark or a touch does that the drawing shows."""
    accounts = [one.facts.account_id for one in listing.listed]
    return marks.stamp(connection, turn.workspace, listing.person), gather.last_touches(connection, accounts)
