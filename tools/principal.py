"""Who acts: from the signed Slack event's person to the HubSpot records that are theirs. Never from a model's words."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from records import people, tables
from rules.action import Principal, Role

_P = tables.people.c
# The owners of everybody a person leads, directly or through others. A set: a circle of managers ends by itself.
_led = select(_P.slack_id, _P.owner_id).where(_P.manager_id == bindparam("id")).cte("led", recursive=True)
_LED = select(_led.union(select(_P.slack_id, _P.owner_id).where(_P.manager_id == _led.c.slack_id)))


class Who(NamedTuple):
    """Somebody as they are known this moment: what they may, and who they are."""

    principal: Principal
    person: people.Person | None


def who(connection: Connection, person: str | None) -> Who:
    """Both at once; a service when nobody is behind it, nobody when Daybook doesn't know them."""
    if person is None:
        return Who(Principal("", Role.SERVICE), None)
    known = people.by_slack_id(connection, person)
    return Who(_principal(connection, person, known), known)


def led(connection: Connection, person: str) -> set[str]:
    """Slack ids of everybody a person leads, directly or through others."""
    return {slack_id for slack_id, _owner in connection.execute(_LED, {"id": person})}


def of(connection: Connection, person: str | None) -> Principal:
    """The principal of a Slack id."""
    return who(connection, person).principal


def _principal(connection: Connection, person: str, known: people.Person | None) -> Principal:
    if known is None or known.deleted:
        return Principal(person, Role.NOBODY)
    led: list[Any] = list(connection.execute(_LED, {"id": person}))
    owners = {owner for _slack_id, owner in led if owner} | ({known.owner_id} if known.owner_id else set())
    if known.is_admin:
        return Principal(person, Role.ADMIN, frozenset(owners))
    if led:
        return Principal(person, Role.MANAGER, frozenset(owners))
    if known.owner_id and not known.problem:
        return Principal(person, Role.REP, frozenset(owners))
    return Principal(person, Role.NOBODY)
