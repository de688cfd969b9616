"""Tells one person of accounts in trouble: one message, once, within their business hours. No model takes part.

Outcome: hours from the first sign of trouble on an account to somebody who can mend it knowing about it.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from agents.agent import Done, Outcome, Turn, Wait
from agents.telling import post
from records import people, policies
from rules.office_hours import opens_at
from store import effects
from store.engine import reading
from tools import escalation_cards, escalations, notices, tellings
from views import escalation as view
from views import escape
from views.escalated import Escalations


def run(turn: Turn) -> Outcome:
    """The message that is this session's; whoever answers in its thread goes on in this session."""
    clock, person = turn.systems.clock, str(turn.trigger["person"])
    key = f"{turn.session}:dm"
    sent = effects.state_of(turn.database, key)
    if sent is None or sent["state"] == "intent":
        opens = _opens(turn, person)
        if opens > clock.now():
            return Wait(opens, "until their business hours begin")
    with reading(turn.database).connect() as connection:
        notice = notices.load(connection, turn.session)
        shown = escalation_cards.of_notice(connection, turn.systems, turn.workspace, turn.session)
    if notice is None or shown is None:
        return Done("nothing to tell")
    if sent is None and not any(one.state == "open" for one in shown.alerts):
        with turn.database.begin() as connection:
            notices.change(connection, turn.session, state=notices.DROPPED)
        return Done("nothing left to tell: all of it is settled")
    try:
        where = post(turn, person, view.render(shown), key)
    except effects.Refused as gone:
        with turn.database.begin() as connection:
            notices.unreachable(connection, turn.session, person, clock.now())
        return Done(f"they can't be reached ({gone}); the next look finds somebody else")
    if turn.logged("alerted") is None:
        turn.append("alerted", {**where, "alerts": _told(shown)})
    with turn.database.begin() as connection:
        notices.change(
            connection, turn.session, state=notices.POSTED, channel=where["channel"], ts=where["ts"]
        )
        notices.drawn(connection, notice)
        turn.join(where["channel"], where["ts"], connection)
    return Done(f"{len(shown.alerts)} alerts")


def _opens(turn: Turn, person: str) -> int:
    """When their hours begin, or now; an alert above the hours does not wait."""
    now = turn.systems.clock.now()
    numbers = policies.current(turn.systems.settings)[0].escalation
    with reading(turn.database).connect() as connection:
        known = people.by_slack_id(connection, person)
        inside = {one.escalation for one in tellings.contents(connection, turn.session)}
        rows = escalations.load(connection, turn.workspace, inside).values()
    if any(row.level >= numbers.any_hour_level for row in rows):
        return now
    return opens_at(now, ZoneInfo(known.tz if known else "UTC"), numbers)


def _told(shown: Escalations) -> list[dict[str, str]]:
    """What the session's agent is told was posted: ids, names and the rules' words."""
    return [
        {
            "account": one.case.account.account_id,
            "name": escape.name(one.case.account.name),
            "says": one.alert.says,
            "ticket": one.alert.ticket,
        }
        for one in shown.alerts
    ]
