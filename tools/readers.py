"""Who will read an answer: the people of a channel, so that nothing is told there that not all of them may see."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Engine, select

from records import tables
from rules.action import Principal, Role
from store.engine import reading
from systems.connect import Systems
from systems.faults import SystemFault
from tools import principal

MOST = 200
MORE = "more-people-than-are-looked-through"
"""Stands for a large channel: like anybody Daybook doesn't know, they may see no account."""


def of_channel(database: Engine, systems: Systems, channel: str) -> list[str]:
    """Slack ids of the people in a channel, without bots; in a large one the mark that it is one."""
    chat = systems.chat
    others = sorted(set(chat.members(channel)) - {chat.identity().bot_user})
    if len(others) > MOST:
        return [MORE]
    with reading(database).connect() as connection:
        p = tables.people.c
        known = set(connection.scalars(select(p.slack_id).where(p.slack_id.in_(others))))
    return [one for one in others if one in known or not _is_bot(systems, one)]


def joined(database: Engine, systems: Systems, channel: str, before: Sequence[str]) -> list[str]:
    """Who reads along by now and did not when the turn began. Where nobody was told anything, nobody new counts."""
    return [] if MORE in before else sorted(set(of_channel(database, systems, channel)) - set(before))


def all_may_see(connection: Connection, people: Sequence[str], owners: Collection[str | None]) -> bool:
    """Whether each of them may see the records of all these owners."""
    found = [principal.of(connection, one) for one in people]
    return all(one.may_see(owner) for one in found for owner in owners)


def _is_bot(systems: Systems, user: str) -> bool:
    """Apps don't count as readers; somebody Slack can't tell us about does."""
    try:
        return systems.chat.is_bot(user)
    except SystemFault:
        return False


def principals(connection: Connection, audience: Sequence[str], writer: str | None) -> tuple[Principal, ...]:
    """What each reader besides the writer may see; one who may see nothing stands for all, for then nothing is told."""
    found: list[Principal] = []
    for one in audience:
        if one == writer:
            continue
        reader = principal.of(connection, one)
        if reader.role is Role.NOBODY:
            return (reader,)
        found.append(reader)
    return tuple(found)
