"""Answers "why is this on my list?" with the rules' own arithmetic, as it stood when the list was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from records import gather, people
from rules.marks import holds
from rules.presses import may_press
from rules.ranking import what_if
from rules.scoring import explain
from rules.verdict import Refuse
from systems.connect import Systems
from tools import listing as listings
from tools import marks
from tools.rank_accounts import missing_of, morning_for
from views.why import Why

NOT_LISTED = "That account is not on this list (any more)."


def run(
    connection: Connection,
    systems: Systems,
    workspace: str,
    presser: str,
    session: str,
    logged: Mapping[str, Any],
    account: str,
    now: int,
) -> Why | str:
    """The arithmetic for ``account`` of the list kept as ``logged``, or the reason why ``presser`` may not see it."""
    listing = listings.from_log(connection, session, logged, systems.settings)
    who = people.by_slack_id(connection, presser)
    verdict = may_press(
        "explain_priority",
        presser,
        listing.person,
        people.managers_of(connection, listing.person),
        bool(who and who.is_admin),
    )
    if isinstance(verdict, Refuse):
        return verdict.reason
    listed = listing.of(account)
    if listed is None:
        return NOT_LISTED
    fresh = gather.one(connection, account, now)
    then = listed.explanation
    mark = marks.active(connection, workspace, listing.person).get(account)
    now_total, held = None, None
    if fresh is not None:
        today = morning_for(now, listing.policy, missing_of(connection), listing.zone)
        current = explain(fresh, today)
        now_total = current.total
        held = holds(mark, fresh, today, current) if mark is not None else None
    return Why(
        facts=listed.facts,
        explanation=then,
        position=listed.position,
        due=listing.due,
        what_if=what_if(listed.facts, listing.today, listing.order),
        zone=ZoneInfo(listing.zone),
        links=listings.links(connection, systems),
        policy=listing.policy,
        now=listing.at,
        listed=True,
        now_total=now_total,
        mark=mark,
        verdict=held,
        mark_by="by you" if mark is not None and mark.by == presser else "",
    )
