"""How a row of a list is marked: who may, what is noted, and until when; shared by snoozing and dismissing."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from records import gather
from rules.marks import MarkError, mark_for, words_of
from rules.presses import may_press
from rules.ranking import Listed
from rules.scoring import explain
from rules.verdict import Refuse
from tools import marks
from tools.listing import Listing
from tools.rank_accounts import morning_for


class Denied(Exception):
    """The press was refused; the message is for the person who pressed."""


@dataclass(frozen=True)
class Request:
    """One press, with the list it was made on. ``press`` is the trigger's key; ``now`` is when they pressed, ms."""

    database: Engine
    workspace: str
    listing: Listing
    presser: str
    account: str
    choice: str | None
    press: str
    now: int


def allowed(request: Request, action: str) -> Listed:
    """The pressed row, once the rules have allowed the press. Raises ``Denied``."""
    verdict = may_press(action, request.presser, request.listing.person)
    if isinstance(verdict, Refuse):
        raise Denied(verdict.reason)
    listed = request.listing.of(request.account)
    if listed is None:
        raise Denied("That account is not on this list. Nothing was changed.")
    return listed


def put(request: Request, action: str, kind: str) -> str:
    """Mark the row. What is noted is how the account stands now, so that news since the morning is not "new" later."""
    listed = allowed(request, action)
    listing = request.listing
    with request.database.begin() as connection:
        facts = gather.one(connection, request.account, request.now) or listed.facts
        today = morning_for(request.now, listing.policy, listing.missing, listing.zone)
        try:
            mark = mark_for(
                kind,
                request.choice or "",
                facts,
                explain(facts, today),
                by=request.presser,
                made_at=request.now,
                zone=ZoneInfo(listing.zone),
                policy=listing.policy,
            )
        except MarkError as unknown:
            raise Denied(str(unknown)) from None
        marks.put(
            connection,
            request.workspace,
            listing.person,
            request.account,
            mark,
            request.presser,
            request.now,
            request.press,
        )
    return f"{facts.name}: {words_of(mark)}."
