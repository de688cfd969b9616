"""Who is who: everybody in Slack, whom they are in HubSpot, who leads them, and who gets no list and why."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from records import tables
from records.matching import PeopleReport, refresh
from records.people_file import Overrides, PeopleFileError, read_overrides
from store.statements import Statement

__all__ = ["Overrides", "PeopleFileError", "PeopleReport", "Person", "PersonUnknown", "read_overrides", "refresh"]


class PersonUnknown(Exception):
    """No person, or more than one, goes by that text; the message lists who does."""


class Person(NamedTuple):
    """One Slack user. ``tz`` is an IANA zone; ``problem`` says why somebody who should have a list has none."""

    id: str
    workspace: str
    email: str | None
    name: str
    tz: str
    deleted: bool
    is_admin: bool
    owner_id: str | None
    manager_id: str | None
    team: str | None
    list_at: str | None
    is_rep: bool
    problem: str | None


_P = tables.people.c
_COLUMNS = (
    _P.slack_id, _P.workspace, _P.email, _P.real_name, _P.tz, _P.deleted, _P.is_admin, _P.owner_id, _P.manager_id,
    _P.team, _P.list_at, _P.is_rep, _P.problem,
)  # fmt: skip

_ONE = Statement(select(*_COLUMNS).where(_P.slack_id == bindparam("id")))


def reps(conn: Connection) -> list[Person]:
    """Everybody who gets a list: matched, active, owning at least one account; by Slack id."""
    return _people(conn, _P.is_rep)


def by_slack_id(conn: Connection, slack_id: str) -> Person | None:
    """One person, with or without a list."""
    row = _ONE.first(conn, {"id": slack_id})
    return Person._make(row) if row else None


def managers_of(conn: Connection, slack_id: str) -> set[str]:
    """Slack ids of a person's manager, their manager, and so on up."""
    above: set[str] = set()
    person = by_slack_id(conn, slack_id)
    while person and person.manager_id and person.manager_id not in above | {slack_id}:
        above.add(person.manager_id)
        person = by_slack_id(conn, person.manager_id)
    return above


def find(conn: Connection, text: str) -> list[Person]:
    """People by Slack id or e-mail; else by full name; else by part of the name."""
    wanted = text.strip().lstrip("@").casefold()
    if not wanted:
        return []
    everybody = [p for p in _people(conn, None) if not p.deleted]
    for fits in (
        lambda p: wanted in (p.id.casefold(), p.email),
        lambda p: wanted == p.name.casefold(),
        lambda p: wanted in p.name.casefold().split(),
        lambda p: wanted in p.name.casefold(),
    ):
        found = [p for p in everybody if fits(p)]
        if found:
            return found
    return []


def find_one(conn: Connection, text: str) -> Person:
    """The one person who goes by this text. Raises ``PersonUnknown``."""
    found = find(conn, text)
    if len(found) == 1:
        return found[0]
    if not found:
        hint = "" if conn.scalar(select(_P.slack_id).limit(1)) else " No people were read yet: run `daybook sync`."
        raise PersonUnknown(f"nobody goes by {text!r}: give a Slack id, an e-mail or part of a name.{hint}")
    names = ", ".join(f"{p.name} ({p.id})" for p in found[:8])
    raise PersonUnknown(f"{len(found)} people go by {text!r}: {names}. Give a Slack id or an e-mail.")


def problems(conn: Connection) -> list[tuple[str, str]]:
    """(who, why they get no list), people first, then owners whom nobody in Slack matches."""
    t = tables.unmatched_owners.c
    found = [(p.name, p.problem or "") for p in _people(conn, _P.problem.is_not(None))]
    return found + [(name, problem) for name, problem in conn.execute(select(t.name, t.problem).order_by(t.owner_id))]


def zones(conn: Connection) -> dict[str, str]:
    """Everybody's zone, by Slack id; also of those who have left."""
    return {row.slack_id: row.tz for row in conn.execute(select(_P.slack_id, _P.tz))}


def workspaces(conn: Connection) -> set[str]:
    """Ids of the chat workspaces people are from."""
    return set(conn.scalars(select(_P.workspace).distinct()))


def _people(conn: Connection, which: Any) -> list[Person]:
    query = select(*_COLUMNS).order_by(_P.slack_id)
    rows: Any = conn.execute(query if which is None else query.where(which))
    return [Person._make(row) for row in rows]
