"""Whom Daybook has written to unasked: a row for each name of a person and quarter, taken before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Connection, Table, Text, delete, select

from rules.action import Recipient
from store.engine import insert_once
from store.metadata import Instant, metadata

outreach = Table(
    "outreach",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("recipient", Text, primary_key=True),
    Column("quarter", Text, primary_key=True),
    Column("call", Text, nullable=False, index=True),
    Column("at", Instant, nullable=False),
)
"""``quarter`` is ``2026-Q4`` of the recipient's own calendar; ``call`` is the call that took it."""


def quarter(now: int, zone: ZoneInfo) -> str:
    there = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone)
    return f"{there.year}-Q{(there.month + 2) // 3}"


def looked_up(
    connection: Connection, workspace: str, recipients: Iterable[Recipient], call: str
) -> tuple[Recipient, ...]:
    """The recipients, each with whether another call has written to them unasked in this quarter of theirs."""
    return tuple(
        replace(one, contacted_this_quarter=_taken(connection, workspace, one, call)) if one.quarter else one
        for one in recipients
    )


def _taken(connection: Connection, workspace: str, one: Recipient, call: str) -> bool:
    t = outreach.c
    same = select(t.call).where(t.workspace == workspace, t.recipient.in_(_names(one)), t.quarter == one.quarter)
    return any(by != call for by in connection.scalars(same))


def _names(one: Recipient) -> tuple[str, ...]:
    """Everything they go by: whoever has another address in HubSpot since is still the same in Jira."""
    return tuple(filter(None, dict.fromkeys((one.id, one.account))))


def take(connection: Connection, workspace: str, recipients: Iterable[Recipient], call: str, now: int) -> None:
    """Take the quarter of everybody who did not write first. In the transaction of the verdict, behind its lock."""
    for one in recipients:
        if not one.wrote_first and one.quarter:
            for name in _names(one):
                row = {"workspace": workspace, "recipient": name, "quarter": one.quarter, "call": call, "at": now}
                insert_once(connection, outreach, row)


def give_back(connection: Connection, workspace: str, call: str) -> None:
    """Nothing was sent after all."""
    connection.execute(delete(outreach).where(outreach.c.workspace == workspace, outreach.c.call == call))
