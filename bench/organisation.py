"""A made-up organisation of any size in our own tables: accounts, tickets, touches and deals, and their features."""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert

import rules.facts
from records import features, tables
from rules.facts import DAY, HOUR
from sessions import engine as queue
from store import schema
from store.engine import open_database

NOW = 1_795_424_400_000
"""Monday 2026-11-23 09:00 UTC."""
CACHE = Path(__file__).resolve().parent.parent / "var" / "bench"
TICKETS, TOUCHES, DEALS = 2, 5, 0.5
"""An account, on average."""
REACHED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
NO_ANSWER = "73a0d17f-1163-4015-bdd5-ec830791da20"
CHUNK = 20_000


def made(reps: int, accounts: int) -> Path:
    """The SQLite file of that organisation; made once and kept in ``var/bench`` until something it rests on changes."""
    path = CACHE / f"organisation-{reps}x{accounts}-{_version()}.sqlite"
    if not path.exists():
        for old in CACHE.glob(f"organisation-{reps}x{accounts}-*"):
            old.unlink()
        print(f"making {reps:,} × {accounts:,} accounts in {path.relative_to(CACHE.parent.parent)}", file=sys.stderr)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".making")
        unfinished.unlink(missing_ok=True)
        engine = open_database(f"sqlite:///{unfinished}")
        fill(engine, reps, accounts)
        engine.dispose()  # the last connection to close brings everything into the one file
        unfinished.rename(path)
    return path


def _version() -> str:
    sources = [Path(__file__), Path(features.__file__), Path(rules.facts.__file__), *schema.MIGRATIONS.glob("*/*.py")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:8]


def fill(engine: Engine, reps: int, accounts: int) -> None:
    """Migrate an empty database and put the organisation in; the same rows on every database."""
    schema.upgrade(engine)
    queue.migrate(engine)
    with engine.begin() as conn:
        _load(conn, tables.people, _people(reps))
        _load(conn, tables.accounts, _accounts(reps, accounts))
        _load(conn, tables.tickets, _tickets(reps * accounts))
        _load(conn, tables.touches, _touches(reps * accounts))
        _load(conn, tables.deals, _deals(reps * accounts))
        _load(conn, tables.sync_state, _states())
        _load(conn, tables.portals, [("hubspot", "1", "https://app.hubspot.com/contacts/1")])
        features.rebuild(conn)
    features.refresh(engine, NOW)
    with engine.connect() as conn:
        conn.exec_driver_sql("ANALYZE")


def _load(conn: Connection, table: Table, rows: Any) -> None:
    """Rows of plain values in the order of the table's columns, some thousands at a time."""
    names = [column.name for column in table.columns]
    driver: Any = conn.connection.driver_connection
    if conn.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    sql = str(insert(table).compile(dialect=conn.dialect))
    driver.executemany(sql, rows)


def owner(rep: int) -> str:
    return str(71_000_001 + rep)


def account(number: int) -> str:
    return str(10_000_000_001 + number)


def user(rep: int) -> str:
    return f"U{rep:08d}"


def _people(reps: int) -> Iterator[tuple[Any, ...]]:
    for rep in range(reps):
        yield (user(rep), "T1", f"rep{rep}@larkspur.example", f"Rep {rep} (sample)", "Europe/London", False, False,
               owner(rep), None, None, None, None, True)  # fmt: skip


def _accounts(reps: int, accounts: int) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(1).random
    for number in range(reps * accounts):
        yield (
            account(number), f"Account {number} (sample)", f"account{number}.example", owner(number // accounts),
            int(chance() * 200_000) * 100 if chance() < 0.9 else None, int(chance() < 0.05),
            NOW + int(chance() * 365) * DAY if chance() < 0.7 else None, *_KEPT,
        )  # fmt: skip


def _tickets(accounts: int) -> Iterator[tuple[Any, ...]]:
    """One in eight is still open; half are Jira's."""
    chance = random.Random(2).random
    for number in range(accounts * TICKETS):
        is_open = chance() < 0.125
        opened = NOW - int(chance() * (21 if is_open else 300)) * DAY - HOUR
        source, key = ("jira", f"SUP-{number}") if number % 2 else ("hubspot", str(number))
        yield (
            str(number), key, account(int(chance() * accounts)), None, "1", is_open,
            "urgent" if chance() < 0.05 else "medium", opened, None if is_open else opened + 3 * DAY,
            opened + HOUR, None if chance() < 0.3 else opened + 2 * HOUR, source, *_KEPT[1:],
        )  # fmt: skip


def _touches(accounts: int) -> Iterator[tuple[Any, ...]]:
    """Calls, e-mails and meetings of the last four months; one in forty is a meeting still ahead."""
    chance = random.Random(3).random
    for number in range(accounts * TOUCHES):
        kind, draw = ("call", "call", "email", "meeting")[number % 4], chance()
        ahead = kind == "meeting" and draw < 0.1
        at = NOW + int(chance() * 21) * DAY + HOUR if ahead else NOW - int(draw * draw * 120 * 24) * HOUR
        outcome = (REACHED if chance() < 0.7 else NO_ANSWER) if kind == "call" else None
        yield (str(number), kind, account(int(chance() * accounts)), at, outcome, True, *_KEPT)


def _deals(accounts: int) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(4).random
    for number in range(int(accounts * DEALS)):
        since = NOW - int(chance() * 45) * DAY
        yield (
            str(number), account(int(chance() * accounts)), None, f"Deal {number} (sample)", "1", chance() < 0.6,
            int(chance() * 60_000) * 100, since - 20 * DAY, NOW + int(chance() * 105 - 15) * DAY, since,
            chance() < 0.6, *_KEPT,
        )  # fmt: skip


def _states() -> Iterator[tuple[Any, ...]]:
    width = len(tables.sync_state.columns)
    at = [column.name for column in tables.sync_state.columns].index("last_success_at")
    for source, kind in (("hubspot", "companies"), ("jira", "issues")):
        row: list[Any] = [source, kind, "changes", 1, None, None, 1, *[None] * (width - 7)]
        row[at] = NOW - 10 * 60_000
        yield tuple(row)


_KEPT = ("hubspot", NOW - DAY, NOW - HOUR, 1)
