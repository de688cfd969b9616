"""What may be asked of servers outside: whatever an agent writes into a question leaves the house.

These rules bind tools that ask a server which an operator has set up. What it answers are outsiders' words and mark the
conversation like a customer's; what it is asked is a way out, so what has been read decides who may be asked.
"""

from __future__ import annotations

from rules.action import Role
from rules.case import Case, rule
from rules.verdict import Refuse, Verdict

TOPIC = "Start a new topic and ask there first."


@rule
def servers_are_asked_for_the_team(case: Case) -> Verdict | None:
    """A server outside is asked for a person, and in a channel only where everybody reads along who is of the team: it
    answers to Daybook's own account with it, so nobody knows whom its answers are for."""
    if case.action.asks is None:
        return None
    if case.by.role is Role.SERVICE:
        return Refuse("mcp.nobody", "Nobody is behind this run, so no server outside is asked.")
    if all(reader.role is not Role.NOBODY for reader in case.at.readers):
        return None
    return Refuse(
        "mcp.readers",
        "Not everybody in this channel is known to be of the team, and nobody knows what a server outside answers. "
        "Ask me in a direct message instead.",
    )


@rule
def servers_see_what_they_may(case: Case) -> Verdict | None:
    """Once a conversation has read records, only a server whose entry says that it may see records is asked: anything
    that has been read may stand in the question."""
    asks = case.action.asks
    if asks is None or asks.may_see_records or not case.at.read_records:
        return None
    reason = "This conversation has read customers' records, and that server outside may not see any."
    return Refuse("mcp.records", f"{reason} {TOPIC}")


@rule
def strangers_send_nothing_out(case: Case) -> Verdict | None:
    """A conversation that has read outsiders' words asks a server outside no more, for they may steer what is sent;
    only where that server's own answers are all that was read is it asked on."""
    # Its own answers may steer the next question too, but there is nothing then that it could be told beyond what
    # people have said here and what it said itself. With a record, or anybody else's words, there is.
    asks = case.action.asks
    if asks is None or not case.at.tainted_by:
        return None
    if case.at.tainted_by == {asks.ref} and not case.at.read_records:
        return None
    reason = "This conversation has read what outsiders wrote, so nothing of it goes to a server outside."
    return Refuse("mcp.tainted", f"{reason} {TOPIC}")
