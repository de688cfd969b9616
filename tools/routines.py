"""Jobs that people set up to be done by the clock, each with the grant it was made with: a row that never changes.

What a run may do without asking stands in the row, and so in its digest, from the moment the person confirmed it. To
change it is to make another one. Only when it was ended, and how its last run went, is written later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Column, Connection, Index, Integer, Table, Text, bindparam, func, select, update

from rules.action import Allowance
from store.engine import insert_once
from store.metadata import Instant, Json, metadata
from systems.settings import Settings
from tools import ledger

routines = Table(
    "routines",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("days", Text, nullable=False),
    Column("tools", Json, nullable=False),
    Column("records", Integer, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("policy", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("ended_at", Instant),
    Column("ended_why", Text),
    Column("ran_at", Instant),
    Column("ran_how", Text),
    Index("ix_routines_person", "workspace", "person", "ended_at"),
)
"""``tools`` and ``records`` are the grant. The database refuses to change anything before ``ended_at``."""

FIXED = (
    "workspace", "id", "person", "agent", "words", "at", "days", "tools", "records", "made_by", "made_at", "policy",
)  # fmt: skip
BOOKED_AS = "routine"
"""What the ledger calls the making and the ending of one."""


@dataclass(frozen=True)
class Routine:
    """One of them. ``made_by`` is a Slack id, or ``terminal`` when whoever runs Daybook made it."""

    workspace: str
    id: str
    person: str
    agent: str
    words: str
    at: str
    days: str
    tools: tuple[str, ...]
    records: int
    made_by: str
    made_at: int
    policy: str
    digest: str = ""
    ended_at: int | None = None
    ended_why: str | None = None
    ran_at: int | None = None
    ran_how: str | None = None

    @property
    def schedule(self) -> str:
        """What its row in the table of schedules is called."""
        return f"routine:{self.id}"

    @property
    def is_itself(self) -> bool:
        """Whether it still says what was confirmed."""
        return self.digest == digest_of(self)


def digest_of(routine: Routine) -> str:
    fixed = {name: getattr(routine, name) for name in FIXED}
    return hashlib.sha256(orjson.dumps(fixed, option=orjson.OPT_SORT_KEYS)).hexdigest()


_C = routines.c
_ONE = select(routines).where(_C.workspace == bindparam("of"), _C.id == bindparam("the"))
_LIVE = select(routines).where(_C.workspace == bindparam("of"), _C.ended_at.is_(None)).order_by(_C.made_at, _C.id)
_CHANGE = update(routines).where(_C.workspace == bindparam("of"), _C.id == bindparam("the"))


def get(connection: Connection, workspace: str, ident: str) -> Routine | None:
    """One routine, ended or not."""
    row = connection.execute(_ONE, {"of": workspace, "the": ident}).mappings().first()
    return _routine(row) if row is not None else None


def live(connection: Connection, workspace: str, people: Collection[str] | None = None) -> list[Routine]:
    """Those that have not ended, of everybody or of some people, in the order in which they were made."""
    query = _LIVE if people is None else _LIVE.where(_C.person.in_(list(people)))
    return [_routine(row) for row in connection.execute(query, {"of": workspace}).mappings()]


def count(connection: Connection, workspace: str, person: str) -> int:
    """How many a person has."""
    mine = select(func.count()).where(_C.workspace == workspace, _C.person == person, _C.ended_at.is_(None))
    return int(connection.scalar(mine) or 0)


def keep(connection: Connection, settings: Settings, routine: Routine) -> bool:
    """Store it, with its digest, and write the grant into the ledger; False when it was stored before."""
    fixed = {name: getattr(routine, name) for name in FIXED}
    row = {**fixed, "tools": list(routine.tools), "digest": digest_of(routine)}
    if not insert_once(connection, routines, row):
        return False
    granted = {"routine": routine.id, "digest": row["digest"], "tools": row["tools"], "records": routine.records}
    _book(connection, settings, routine, routine.made_at, routine.made_by, "allow", "routine.made", "", granted)
    return True


def end(
    connection: Connection, settings: Settings, routine: Routine, now: int, by: str, rule: str, why: str
) -> bool:
    """It never runs again. False when it had ended before."""
    ended = connection.execute(
        _CHANGE.where(_C.ended_at.is_(None)).values(ended_at=now, ended_why=why),
        {"of": routine.workspace, "the": routine.id},
    )
    if ended.rowcount == 0:
        return False
    _book(connection, settings, routine, now, by, "refuse", rule, why, {"routine": routine.id})
    return True


def note_run(connection: Connection, workspace: str, ident: str, now: int, how: str) -> None:
    """How its latest run went, for whoever looks at it."""
    connection.execute(_CHANGE.values(ran_at=now, ran_how=how), {"of": workspace, "the": ident})


def holds(connection: Connection, workspace: str, ident: str) -> bool:
    """Whether its grant is still worth something: it has not been ended, and says what was confirmed."""
    routine = get(connection, workspace, ident)
    return routine is not None and routine.ended_at is None and routine.is_itself


def allowance(logged: Mapping[str, Any] | None) -> Allowance | None:
    """The grant as a turn has logged it at its beginning."""
    if logged is None:
        return None
    return Allowance(str(logged["run"]), frozenset(logged["tools"]), int(logged["records"]))


def _routine(row: Any) -> Routine:
    return Routine(**{**row, "tools": tuple(row["tools"])})


def _book(
    connection: Connection,
    settings: Settings,
    routine: Routine,
    now: int,
    by: str,
    verdict: str,
    rule: str,
    reason: str,
    facts: dict[str, Any],
) -> None:
    entry = ledger.Entry(
        at=now,
        call=f"{BOOKED_AS}:{routine.id}",
        phase=ledger.JUDGED,
        tool=BOOKED_AS,
        effect="",
        session=routine.schedule,
        agent=routine.agent,
        person=by,
        verdict=verdict,
        rule=rule,
        reason=reason,
        policy=routine.policy,
        facts=facts,
    )
    ledger.append(connection, ledger.key_of(settings), routine.workspace, entry)
