"""News of one record: reads it again from HubSpot, and shows on today's lists what that changes.

Outcome: age of a record in our copy after a change that HubSpot told of.
"""

from __future__ import annotations

from agents.agent import Done, Outcome, Turn
from agents.list_message import tick_off
from records import noting
from records.kinds import BY_NAME
from records.rows import touched_by
from systems.faults import NotFound


def run(turn: Turn) -> Outcome:
    """The trigger names a record; what it says now is what HubSpot says now, however old the news is."""
    crm, trigger = turn.systems.crm, turn.trigger
    kind, record_id = str(trigger["object_kind"]), str(trigger["object_id"])
    noted = turn.logged("noted")
    if noted is None:
        earlier = max((event.body["read_at"] for event in turn.log if event.kind == "noted"), default=0)
        if earlier > int(trigger["heard_at"]):
            # Changes come in bursts, an event for each property; one reading after the last of them knows them all.
            return Done(f"{kind} {record_id} was read since")
        read_at = turn.systems.clock.now()
        try:
            fields = crm.account_fields
            record = crm.read(kind, record_id, noting.properties_of(kind, fields), noting.links_of(kind))
        except NotFound:
            record = None
        with turn.database.begin() as connection:
            accounts = touched_by(connection, BY_NAME[kind], [record_id])
            if record is None:
                noting.note_gone(connection, kind, record_id, read_at)
            else:
                noting.note_written(connection, kind, record, read_at, fields)
                accounts |= touched_by(connection, BY_NAME[kind], [record.id])
        noted = {"read_at": read_at, "gone": record is None, "accounts": sorted(accounts)}
        turn.append("noted", noted)
    drawn = tick_off(turn, noted["accounts"])
    what = "is gone" if noted["gone"] else "was read again"
    return Done(f"{kind} {record_id} {what}; {drawn} lists redrawn")
