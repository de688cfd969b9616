"""The list as it stands on screen: drawn again whenever one of its rows changed, or one of its accounts was touched."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection

from agents.agent import Turn
from records import gather
from rules.facts import DAY
from store.engine import reading
from systems.faults import SystemFault
from tools import listing as listings
from tools import marks, posted
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


def tick_off(turn: Turn, only: Collection[str] | None = None, of: str | None = None) -> int:
    """Redraw the lists of the last day on which an account (of ``only``, when given) has been touched since.

    ``of`` looks at the lists of that person alone.
    """
    drawn = 0
    with reading(turn.database).connect() as connection:
        since = turn.systems.clock.now() - DAY
        shown = posted.since(connection, turn.workspace, since, person=of, accounts=only)
        accounts = {account for one in shown for account in one.touched}
        touches = gather.last_touches(connection, accounts)
    for one in shown:
        now = {account: touches.get(account) for account in one.touched}
        if now == one.touched:
            continue
        logged = next((event.body for event in turn.read_log(one.session) if event.kind == "listed"), None)
        if logged is None:
            continue
        try:
            redraw(turn, one.session, logged, one.channel, one.ts)
        except SystemFault as fault:
            # The list is right all the same, and the next sync draws it.
            turn.append("not_redrawn", {"session": one.session, "reason": str(fault)})
            continue
        with turn.database.begin() as connection:
            posted.redrawn(connection, one.session, now)
        drawn += 1
    return drawn
