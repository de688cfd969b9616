"""What answers have cost: one row for each, written with the answer itself, added up for turns, sessions and days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    union_all,
)

from agents.agent import Turn
from rules.budget import Spent, Standing
from store.engine import reading
from store.metadata import Instant, metadata
from store.statements import Statement

spending = Table(
    "spending",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("session", Text, primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("root", Text, nullable=False),
    Column("person", Text),
    Column("agent", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_cached", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("cost_micros", BigInteger, nullable=False),
    Column("ms", Integer, nullable=False, server_default="0"),
    Index("ix_spending_at", "workspace", "at"),
    Index("ix_spending_person", "workspace", "person", "at"),
    Index("ix_spending_root", "workspace", "root"),
)
"""``n`` counts the answers of a turn; those that were stopped or cut off are counted from -1 down.
``root`` is the turn a person or a clock set off (``SESSION:TURN``); also what other agents spend for it bears it.
``tokens_in`` includes ``tokens_cached``; money is in millionths of a dollar. ``ms`` is the time at work that led to it:
the calls since the answer before, and the model's own."""

_TOTAL = select(
    func.coalesce(func.sum(spending.c.tokens_in + spending.c.tokens_out), 0),
    func.coalesce(func.sum(spending.c.cost_micros), 0),
    func.coalesce(func.sum(spending.c.ms), 0),
).where(spending.c.workspace == bindparam("workspace"))
_STANDING = Statement(
    union_all(
        *(
            _TOTAL.add_columns(literal_column(f"'{of}'").label("of")).where(*those)
            for of, those in {
                "turn": (spending.c.root == bindparam("root"),),
                "session": (spending.c.session == bindparam("session"),),
                "person_day": (spending.c.person == bindparam("person"), spending.c.at >= bindparam("their_day")),
                "workspace_day": (spending.c.at >= bindparam("our_day"),),
            }.items()
        )
    )
)
"""All four in one question. Nobody's person is NULL, which nothing equals: theirs is 0."""
_ADD = Statement(insert(spending))


def tokens(usage: Mapping[str, Any]) -> tuple[int, int, int]:
    """(read in all, of it from the cache, written) of an answer's ``usage``; what is missing or absurd counts as 0."""
    fresh, made, cached, out = (
        max(0, value) if type(value := usage.get(name)) is int else 0
        for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
    )
    return fresh + made + cached, cached, out


def note(
    turn: Turn, root: str, agent: str, n: int, model: str, usage: Mapping[str, Any], cost: int, ms: int
) -> Callable[[Connection], None]:
    """What ``turn.append`` writes beside the answer, in its transaction: no answer without its cost, or the reverse."""
    read, cached, out = tokens(usage)
    row = {
        "workspace": turn.workspace,
        "session": turn.session,
        "turn": turn.number,
        "n": n,
        "root": root,
        "person": turn.trigger.get("person"),
        "agent": agent,
        "model": model,
        "at": turn.systems.clock.now(),
        "tokens_in": read,
        "tokens_cached": cached,
        "tokens_out": out,
        "cost_micros": cost,
        "ms": ms,
    }

    def write(connection: Connection) -> None:
        _ADD.all(connection, row)

    return write


def standing(turn: Turn, root: str, zone: str, model_calls: int, worked_ms: int) -> Standing:
    """How much of each budget is gone by now. A person's day begins at midnight where they are, the workspace's UTC."""
    now = turn.systems.clock.now()
    asked = {
        "workspace": turn.workspace,
        "root": root,
        "session": turn.session,
        "person": turn.trigger.get("person"),
        "their_day": _midnight(now, zone),
        "our_day": _midnight(now, "UTC"),
    }
    with reading(turn.database).connect() as connection:
        found = _STANDING.all(connection, asked)
        spent = {of: Spent(int(tokens), int(micros), int(ms)) for tokens, micros, ms, of in found}
    return Standing(model_calls=model_calls, worked_ms=worked_ms, **spent)


def _midnight(now: int, zone: str) -> int:
    at = datetime.fromtimestamp(now / 1000, ZoneInfo(zone))
    start = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return int(start.timestamp() * 1000)
