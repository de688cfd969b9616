"""Ranks one person's accounts by the rules, on the records as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from records import gather, policies
from records.gather import SourceAge
from records.people import Person
from rules.facts import Missing
from rules.marks import Mark
from rules.policy import Policy
from rules.ranking import Ranking, rank
from rules.reason import Morning
from rules.scoring import morning
from systems.connect import Systems
from tools import marks


@dataclass(frozen=True)
class Ranked:
    """A ranking with everything it was made from."""

    ranking: Ranking
    policy: Policy
    policy_text: str
    today: Morning
    missing: Missing
    sources: tuple[SourceAge, ...]
    marks: dict[str, Mark]


def run(connection: Connection, systems: Systems, workspace: str, person: Person, now: int) -> Ranked:
    """The list ``person`` would get at ``now`` (ms). Raises ``PolicyError`` when the policy file is wrong."""
    policy, text = policies.current(systems.settings)
    sources = gather.sources(connection, now)
    missing = missing_of(connection)
    today = morning_for(now, policy, missing, person.tz)
    held = marks.active(connection, workspace, person.id)
    accounts = gather.for_owner(connection, person.owner_id, now) if person.owner_id else []
    return Ranked(rank(accounts, today, held), policy, text, today, missing, sources, held)


def missing_of(connection: Connection) -> Missing:
    """Which sources were never read, so that the rules say so instead of counting zero."""
    never = gather.never_read(connection)
    return Missing(hubspot="hubspot" in never, jira="jira" in never)


def morning_for(now: int, policy: Policy, missing: Missing, zone: str) -> Morning:
    """The rules' fixed points at ``now``, with "tomorrow" meaning tomorrow in ``zone``."""
    offset = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return morning(now, policy, missing, int(offset.total_seconds() * 1000) if offset else 0)
