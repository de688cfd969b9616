"""Somebody is away: whoever stands in for them is told, and gets the cards that wait already.

Outcome: hours that a request waits for a yes while the person it was asked of is away.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from agents.agent import Done, Outcome, Turn
from agents.card_buttons import acting_as
from agents.telling import tell
from records import people
from store.engine import reading
from tools import absences, approvals, showing
from views import escape
from views.words import moment


def run(turn: Turn) -> Outcome:
    """The trigger names who is away; who stands in, and until when, is what stands in the table now."""
    away, now = str(turn.trigger["person"]), turn.systems.clock.now()
    with reading(turn.database).connect() as connection:
        absence = absences.of(connection, turn.workspace, away, now)
        if absence is None:
            return Done(f"{away} is back")
        named, deputy = people.by_slack_id(connection, away), people.by_slack_id(connection, absence.deputy)
        waiting = approvals.waiting_for(connection, turn.workspace, away, now)
    cards = [one for one in waiting if one.approver == away and one.requester not in (away, absence.deputy)]
    for approval in cards:
        showing.show(acting_as(turn, approval.requester, approval.agent, approval.tool, ()), approval)
    until = moment(absence.until, now, ZoneInfo(deputy.tz if deputy else "UTC"))
    name = escape.mrkdwn(named.name if named else "Somebody", 80)
    here = f"{len(cards)} of them {'waits' if len(cards) == 1 else 'wait'} now, above. " if cards else ""
    tell(
        turn,
        absence.deputy,
        f"{name} is away until {until} and has named you to decide meanwhile what needs their yes. {here}"
        "Each comes to you as a card, and stands on my Home tab.",
    )
    return Done(f"{absence.deputy} stands in for {away}; {len(cards)} cards")
