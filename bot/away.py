"""``/daybook away`` and ``back``: who decides in the meantime what needs a manager's yes."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.door import Door
from records import people, policies
from rules import approving, spoken
from rules.verdict import Refuse
from sessions import inbox
from sessions.session import Decided
from tools import absences, principal
from views import escape
from views.words import local, moment

_ASKED = re.compile(r"(?P<who>.+?)\s+until\s+(?P<day>.+)", re.IGNORECASE | re.DOTALL)
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
HOW = "Write it like */daybook away @name until friday*; */daybook back* ends it."


def answer(door: Door, person: str, word: str, rest: str) -> str:
    """What ``/daybook away …`` and ``/daybook back`` say; mrkdwn. It concerns the person's own approvals only."""
    now = door.systems.clock.now()
    with door.database.begin() as connection:
        if word == "back":
            ended = absences.end(connection, door.workspace, person)
            return "Welcome back: what needs your yes comes to you again." if ended else "You were not away."
        if not rest:
            return _standing(connection, door, person, now)
        return _leave(connection, door, person, rest, now)


def _standing(connection: Connection, door: Door, person: str, now: int) -> str:
    absence = absences.of(connection, door.workspace, person, now)
    me = people.by_slack_id(connection, person)
    if absence is None or me is None:
        return f"You are not away. {HOW}"
    deputy = people.by_slack_id(connection, absence.deputy)
    name = escape.mrkdwn(deputy.name if deputy else "somebody", 80)
    return f"{name} decides for you until {moment(absence.until, now, ZoneInfo(me.tz))}. */daybook back* ends it."


def _leave(connection: Connection, door: Door, person: str, rest: str, now: int) -> str:
    asked = _ASKED.fullmatch(rest.strip())
    me = people.by_slack_id(connection, person)
    if asked is None or me is None:
        return HOW
    mention = _MENTION.fullmatch(asked["who"].strip())
    try:
        deputy = people.find_one(connection, mention[1] if mention else asked["who"])
        today = local(now, ZoneInfo(me.tz)).date()
        back = spoken.day(asked["day"], today)
    except people.PersonUnknown:
        return f"I know nobody, or more than one person, by that name. {HOW}"
    except spoken.Unclear as unclear:
        return f"{escape.mrkdwn(str(unclear), 300)} {HOW}"
    days = policies.current(door.systems.settings)[0].authority.away_days
    if not today < back <= today + timedelta(days=days):
        return f"Name a day within the next {days} days. {HOW}"
    told = approving.may_stand_in(principal.of(connection, person), principal.of(connection, deputy.id))
    if isinstance(told, Refuse):
        return told.reason
    until = int(datetime.combine(back, time(), ZoneInfo(me.tz)).timestamp() * 1000)
    absences.begin(connection, door.workspace, person, deputy.id, now, until)
    inbox.submit(connection, door.queue, door.workspace, _news(door, person, now), now)
    when = moment(until, now, ZoneInfo(me.tz))
    return (
        f"From now until {when}, {escape.mrkdwn(deputy.name, 80)} may decide for you what needs your yes, except what "
        "they ask for themselves. They are told, and get the cards that wait. */daybook back* ends it."
    )


def _news(door: Door, person: str, now: int) -> Decided:
    return Decided(
        key=f"{door.workspace}:away:{person}:{now}",
        session=f"{door.workspace}:away:{person}",
        agent="standing_in",
        person=person,
        action="away",
        subject=f"away:{person}",
        values=None,
        channel="",
        message_ts="",
        pressed_at=now,
    )
