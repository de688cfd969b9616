"""Whose yes an action takes: the person's own, that of who leads them, or a second person's."""

from __future__ import annotations

from sqlalchemy import Connection, select

from records import people, tables
from rules.action import Role
from tools import principal

MOST_LEVELS = 10


def manager_of(connection: Connection, person: people.Person | None) -> str | None:
    """The nearest active leader: one who has left, or never was in Slack, can't be asked, so theirs is."""
    seen: set[str] = set()
    at = person
    while at is not None and at.manager_id and at.manager_id not in seen and len(seen) < MOST_LEVELS:
        seen.add(at.manager_id)
        other = person is None or at.manager_id != person.id
        if other and principal.of(connection, at.manager_id).role is not Role.NOBODY:
            return at.manager_id
        at = people.by_slack_id(connection, at.manager_id)
    return None


def second_of(connection: Connection, person: people.Person | None) -> str | None:
    """Somebody else who may decide: the manager, else the first administrator who isn't the person."""
    leader = manager_of(connection, person)
    if leader is not None:
        return leader
    p = tables.people.c
    admins = connection.scalars(select(p.slack_id).where(p.is_admin, p.deleted.is_(False)).order_by(p.slack_id))
    return next((one for one in admins if person is None or one != person.id), None)


def of(connection: Connection, person: people.Person | None, needs: str) -> str | None:
    """The Slack id of whoever is asked; None when there is nobody."""
    match needs:
        case "manager":
            return manager_of(connection, person)
        case "second":
            return second_of(connection, person)
    return person.id if person else None
