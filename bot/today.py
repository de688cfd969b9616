"""What Home says of today's list: it comes from the list in the log, the schedule, and the turn that makes it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, select

from bot.door import Door
from records.people import Person
from scheduler import morning_list
from sessions import events, schedules
from sessions.schedules import Due
from sessions.session import FAILED
from sessions.store import inbox
from systems.faults import SystemFault
from tools import listing as listings
from tools.posted import OnScreen
from views.morning_list import capital, shown_reasons
from views.today import TOP, Account, NoToday, Today

log = structlog.get_logger("bot.today")


def of(
    connection: Connection, door: Door, person: Person, lists: list[OnScreen], now: int
) -> Today | NoToday:
    """``lists`` are the person's, the newest first."""
    zone = ZoneInfo(person.tz)
    day = datetime.fromtimestamp(now / 1000, zone).date()
    newest = next((one for one in lists if datetime.fromtimestamp(one.made_at / 1000, zone).date() == day), None)
    logged = events.latest(connection, newest.session, "listed") if newest else None
    if newest is None or logged is None:
        return _no_list(connection, door, person, now)
    listing = listings.from_log(connection, newest.session, logged, door.systems.settings)
    drawn = listings.draw(connection, door.systems, door.workspace, listing)
    rows = [row for row in drawn.rows if row.state is None]
    accounts = []
    for row in rows[: TOP]:
        lines, _more = shown_reasons(row)
        facts = row.listed.facts
        reason = capital(lines[0].words) if lines else "due"
        accounts.append(Account(facts.name, drawn.links.account(facts.account_id), reason))
    touched = sum(row.state is not None and row.state.kind == "touched" for row in drawn.rows)
    aside = len(drawn.rows) - len(rows) - touched
    return Today(accounts, len(rows), _address(door, newest.channel, newest.ts), touched, aside)


def _no_list(connection: Connection, door: Door, person: Person, now: int) -> NoToday:
    """Why none was sent today (yet): the person, the schedule, or the turn that makes it."""
    row = schedules.get(connection, door.workspace, "morning_list", person.id)
    if row is None:
        return NoToday("to_come") if person.is_rep else NoToday("never", reason=person.problem or "")
    t = inbox.c
    key = morning_list.trigger(door.workspace, Due("morning_list", person.id, row["zone"], now)).key
    made = connection.execute(select(t.state, t.note).where(t.workspace == door.workspace, t.key == key)).first()
    if made is not None:
        return NoToday("not_sent", reason=made.note or "") if made.state == FAILED else NoToday("on_its_way")
    if row["paused"]:
        return NoToday("paused")
    here = ZoneInfo(row["zone"])
    today = datetime.fromtimestamp(now / 1000, here).date()
    comes = datetime.fromtimestamp(row["next_at"] / 1000, here).date()
    return NoToday("to_come" if comes <= today else "no_day", row["next_at"])


def _address(door: Door, channel: str, ts: str) -> str | None:
    """Where Slack opens the message; the page is as good without it."""
    try:
        return door.systems.chat.permalink(channel, ts)
    except SystemFault as fault:
        log.warning("permalink.unknown", error=str(fault))
        return None
