"""The lines of an answer that say what was done: drawn again when one of those things is undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from agents.agent import Turn
from records import people
from store.engine import reading
from systems.chat import Posted
from tools import ledger, listing
from tools.tool import Receipt
from views import words
from views.receipts import NotDone
from views.reply import Footer, reply


def redraw(turn: Turn, session: str, call: str) -> None:
    """Make every answer of ``session`` that has a line about ``call`` show how it stands now."""
    for event in turn.read_log(session) if session != turn.session else list(turn.log):
        if event.kind == "replied" and any(one["call"] == call for one in event.body.get("receipts") or ()):
            _draw(turn, event.body)


def _draw(turn: Turn, replied: Mapping[str, Any]) -> None:
    with reading(turn.database).connect() as connection:
        now = turn.systems.clock.now()
        lines = [(Receipt(**one), state_of(connection, one["call"], now)) for one in replied["receipts"]]
        known = listing.links(connection, turn.systems)
    links = [address for address in (known.hubspot, known.jira) if address]
    footer = Footer(replied["agent"], replied["trace"], replied["stand_in"], replied.get("link"))
    # Answers of an older Daybook have no such lines.
    not_done = [NotDone(**one) for one in replied.get("not_done") or ()]
    messages = reply(replied["text"], lines, footer, links, not_done)
    for place, message in zip(replied["places"], messages, strict=False):
        where = Posted(**place)
        turn.systems.chat.update(where.channel, where.ts, message.text, message.blocks)


def state_of(connection: Connection, call: str, now: int) -> str | None:
    """``Undone by Wren 09:20``; None while it stands. The time is on the presser's own clock."""
    undone = next((row for row in ledger.of_call(connection, call) if row["phase"] == ledger.UNDONE), None)
    if undone is None:
        return None
    person = people.by_slack_id(connection, undone["person"])
    zone = ZoneInfo(person.tz if person else "UTC")
    return f"Undone by {person.name if person else 'somebody'} {words.moment(undone['at'], now, zone)}"
