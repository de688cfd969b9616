"""Keeps the records fresh: reads what changed, matches people, and ticks off on today's lists what was touched since.

Outcome: age of the records when a list is made.
"""

from __future__ import annotations

from agents.agent import Done, Outcome, Turn, Wait
from agents.list_message import tick_off
from records import people, state, sync
from records.people_file import PeopleFileError, read_overrides
from records.state import SyncBusy
from store.engine import reading
from systems.faults import SystemFault

BUSY_MS = 20_000


def run(turn: Turn) -> Outcome:
    """One sync. A source that is down is noted and named in the lists; it does not stop the others.

    The first one of each (UTC) day that reaches a source also looks for what searches never show: archived and deleted
    records.
    """
    systems = turn.systems
    with reading(turn.database).connect() as connection:
        due = state.sweep_due(connection, systems.clock.now())
    try:
        report = sync.run(turn.database, systems.crm, systems.tickets, systems.clock, sweep=due)
    except SyncBusy as busy:
        return Wait(systems.clock.now() + BUSY_MS, str(busy))
    turn.append("synced", report.as_dict())
    try:
        overrides = read_overrides(systems.settings.daybook_people_file)
        found = people.refresh(turn.database, systems.chat.users(), overrides, systems.settings.admins())
    except (SystemFault, PeopleFileError) as fault:
        # The people known so far stay; waiting here would hold up the syncs that come after.
        turn.append("people_not_read", {"reason": str(fault)})
        who = f"people not read ({fault})"
    else:
        turn.append("people", {"reps": found.reps, "problems": len(found.problems)})
        who = f"{found.reps} reps"
    drawn = tick_off(turn)
    return Done(f"{report.summary()}; {who}; {drawn} lists redrawn")
