"""What a person decides about an alert: claim it, put it off, set it aside with a reason, or give it back."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from records import policies
from rules.escalating import SNOOZES, claimed_before, may_press
from rules.office_hours import after_working
from rules.verdict import Refuse
from systems.connect import Systems
from tools import escalations, notices, tellings
from tools.escalation_cards import GONE, as_seen, together
from tools.escalations import Escalation
from tools.superiors import Superiors, leads
from tools.tellings import DUE, MOOT
from views import escape
from views.words import clock, day

MOST_REASON = 300
SAID = {
    "claim_escalation": "claimed",
    "snooze_escalation": "snoozed",
    "dismiss_escalation": "not a problem",
    "reopen_escalation": "open again",
}


MOVED = "The account has another owner by now, so it is no longer yours to decide. Nothing was changed."


class Decision(NamedTuple):
    """What became of a press. ``whisper`` is for the presser alone; ``owner`` is told when somebody has claimed it."""

    words: str
    whisper: str | None = None
    owner: str | None = None


def may(connection: Connection, systems: Systems, row: Escalation, presser: str, action: str) -> str | None:
    """None when the person may press that, else the reason why not."""
    told = tellings.told_people(tellings.of(connection, [row.id])[row.id])
    superiors = Superiors(connection, systems.settings, systems.clock.now())
    who, owner = superiors.person(presser), superiors.owner(row.owner_id)
    above = {presser} if leads(connection, presser, [*told, *([owner.id] if owner else [])]) else set()
    active = who is not None and not who.deleted
    verdict = may_press(action, presser, told, above, bool(who and who.is_admin), owner.id if owner else None)
    if not active:
        return "Daybook does not know you as somebody of this workspace (any more). Nothing was changed."
    if isinstance(verdict, Refuse):
        return verdict.reason
    return None if superiors.may_know(presser, row.owner_id) else MOVED


def decide(
    database: Engine,
    systems: Systems,
    workspace: str,
    notice: str,
    escalation: str,
    action: str,
    presser: str,
    values: dict[str, Any],
    press: str,
    now: int,
) -> Decision:
    """One press, in one transaction, for all that its message says of the account; a claim, and giving it back, for all
    that is open on the account, since it is the account that somebody takes on. The same press again answers the same
    and changes nothing.
    """
    with database.begin() as connection:
        escalations.alone(connection)
        rows = together(connection, workspace, notice, escalation)
        if not rows:
            return Decision(GONE, GONE)
        first, known = rows[0], {row.id for row in rows}
        others = escalations.standing(connection, workspace, [first.account_id])
        rows += [row for row in others if row.id not in known and _goes_along(row, first, action)]
        refused = may(connection, systems, first, presser, action)
        if refused is not None:
            return Decision(f"{_named(first)}: refused", refused)
        superiors = Superiors(connection, systems.settings, systems.clock.now())
        owner, person = superiors.owner(first.owner_id), superiors.person(presser)
        zone = ZoneInfo(person.tz if person else "UTC")
        if not any(row.press == press for row in rows):
            open_ones = [row for row in rows if too_late(connection, systems, row, action, presser) is None]
            if not open_ones:
                late = too_late(connection, systems, first, action, presser) or GONE
                return Decision(f"{_named(first)}: {late}", late)
            for row in open_ones:
                _apply(connection, systems, row, action, presser, values, press, now, zone)
            notices.redraw(connection, {row.id for row in (*rows, *others)})
    tell = owner.id if owner and action == "claim_escalation" and owner.id != presser and not owner.deleted else None
    name = person.name if person else presser
    return Decision(f"{_named(first)}: {SAID[action]}, by {escape.name(name)}", None, tell)


def _goes_along(row: Escalation, first: Escalation, action: str) -> bool:
    """Whether the press on ``first`` is meant for this alert on the same account as well, which its message lacks."""
    if action == "claim_escalation":
        return row.state == "open" and first.state in ("open", "snoozed")
    return action == "reopen_escalation" and row.state == "claimed" and row.press == first.press


def _named(row: Escalation) -> str:
    return f"The alert on {escape.name(row.case.account.name)}"


def too_late(connection: Connection, systems: Systems, row: Escalation, action: str, presser: str) -> str | None:
    """Why it is too late for this press: somebody has decided, or it is solved. None when it is not."""
    if not claimed_before(row.standing, action):
        return None
    if row.state == "solved":
        return "It is solved already; nothing is left to decide."
    if row.state == "open":
        return "It is open: nobody has claimed it or set it aside."
    superiors = Superiors(connection, systems.settings, systems.clock.now())
    by, person = superiors.person(row.by or ""), superiors.person(presser)
    zone = ZoneInfo(person.tz if person else "UTC")
    who = "you" if row.by == presser else escape.name(by.name if by else "somebody")
    when = f" on {day(row.state_at, zone)} {clock(row.state_at, zone)}" if row.state_at else ""
    if row.state == "claimed":
        return f"Already claimed by {who}{when}. Give it back first to change that."
    return f"Already set aside by {who}{when} as not a problem. Take it back first to change that."


def _apply(
    connection: Connection,
    systems: Systems,
    row: Escalation,
    action: str,
    presser: str,
    values: dict[str, Any],
    press: str,
    now: int,
    zone: ZoneInfo,
) -> None:
    decided: dict[str, Any] = {"by": presser, "state_at": now, "press": press, "next_level_at": None, "until": None}
    numbers = policies.current(systems.settings)[0].escalation
    if action == "claim_escalation":
        ends = after_working(now, numbers.claimed_hours, zone, numbers)
        decided |= {"state": "claimed", "reason": None, "until": ends}
    elif action == "snooze_escalation":
        choice = str(values.get("choice"))
        decided |= {"state": "snoozed", "until": _until(choice if choice in SNOOZES else "day", now, zone, systems)}
    elif action == "dismiss_escalation":
        decided |= {"state": "dismissed", "reason": escape.clean(str(values.get("reason") or ""), MOST_REASON)}
    else:
        again = after_working(now, numbers.unclaimed_hours, zone, numbers)
        decided |= {"state": "open", "by": None, "state_at": None, "reason": None, "next_level_at": again}
        _still_to_tell(connection, row, now)
    escalations.change(connection, row.id, **decided)
    if action != "reopen_escalation":
        tellings.no_more(connection, row.id)


def _until(choice: str, now: int, zone: ZoneInfo, systems: Systems) -> int:
    """The morning of the day on which it comes back, at the hour at which managers are told."""
    hour = policies.current(systems.settings)[0].escalation.hours_from
    ends = datetime.fromtimestamp(now / 1000, zone).date() + timedelta(days=7 if choice == "week" else 1)
    return int(datetime.combine(ends, time(hour), zone).timestamp() * 1000)


def _still_to_tell(connection: Connection, row: Escalation, now: int) -> None:
    """Who was about to be told when it was claimed, and still does not know, is told now."""
    told = tellings.of(connection, [row.id])[row.id]
    known = set(tellings.told_people(told))
    for one in told:
        if one.state == MOOT and one.person and one.person not in known:
            tellings.set_telling(connection, one, state=DUE, due_at=now)


def about(connection: Connection, systems: Systems, workspace: str, escalation: str) -> str | None:
    """What an agent is asked when a manager wants to be prepared: made of ids, the name and the rule's own words."""
    row = escalations.load(connection, workspace, [escalation]).get(escalation)
    if row is None:
        return None
    _watch, alert = as_seen(connection, row, policies.current(systems.settings)[0])
    name = escape.name(row.case.account.name)
    ticket = f" The ticket is {row.ticket}." if row.ticket else ""
    return (
        f"Prepare me for {name} (account {row.account_id}): {alert.says}.{ticket} What happened since when, what was "
        "the customer told, what is at stake, and which one decision do you need from me? Propose; do nothing yet."
    )
