"""What the writing tools share: instants and amounts as HubSpot takes them, and whether records belong together."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from rules.authority import NOT_FOUND
from tools.tool import Problem
from tools.world import World

_ADDRESS = re.compile(
    r"://|\bwww\.|\b[a-z0-9-]+\.(?:com|net|org|io|ru|info|biz|xyz|app|dev|link|click)\b", re.IGNORECASE
)


def iso(instant: int) -> str:
    """An instant (ms) as HubSpot takes it: ``2026-11-23T09:14:00.000Z``."""
    return datetime.fromtimestamp(instant / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant % 1000:03d}Z"


def midnight(day: date) -> str:
    """A bare date as HubSpot keeps it: midnight in UTC."""
    return f"{day.isoformat()}T00:00:00.000Z"


def units(cents: int) -> str:
    """``4000000`` cents as ``40000``, ``4000050`` as ``40000.50``."""
    return str(cents // 100) if cents % 100 == 0 else f"{cents // 100}.{cents % 100:02d}"


def has_link(text: str | None) -> bool:
    """Whether a text holds a web address, in any of the ways people write them."""
    return bool(text and _ADDRESS.search(text))


def in_reach(world: World, kind: str, record_id: str, account: str) -> str:
    """The record's id, if it belongs to the account; else the same words as for one that doesn't exist."""
    record = world.record(kind, record_id, ("hs_object_id",), ("companies",))
    if account not in {end.id for end in (record.links or {}).get("companies") or ()}:
        raise Problem(NOT_FOUND, "scope.not_yours")
    return record.id
