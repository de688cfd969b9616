"""The ledger: every call of a tool, allowed or refused, in a chain that can't be changed without breaking it.

Each row holds the row before it in its seal (HMAC-SHA-256 under a key that is not in the database), so a row that is
changed, taken out or put in shows. The row is written in the same transaction as what it speaks of; where it can't
be written, nothing is done.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import make_url

from store.engine import insert_once
from store.metadata import Instant, Json, metadata
from store.statements import Statement
from systems.settings import Settings, SettingsError

ledger = Table(
    "ledger",
    metadata,
    Column("workspace", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("call", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("person", Text),
    Column("verdict", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("facts", Json, nullable=False),
    Column("policy", Text, nullable=False),
    Column("prev", Text, nullable=False),
    Column("seal", Text, nullable=False),
    PrimaryKeyConstraint("workspace", "seq"),
    Index("ix_ledger_call", "call"),
    Index("ix_ledger_person_at", "workspace", "person", "at"),
    Index("ix_ledger_session", "session", "phase"),
    Index("ix_ledger_at", "workspace", "at"),
)
"""``phase``: judged (the verdict, before anything is done), done, failed, undone. ``records`` counts what a judged
write may touch, so that caps are reserved before the act."""

heads = Table(
    "ledger_heads",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("seal", Text, nullable=False),
)

JUDGED, DONE, FAILED, UNDONE = "judged", "done", "failed", "undone"
SEALED = (
    "workspace", "seq", "at", "call", "phase", "tool", "effect", "session", "agent", "person", "verdict", "rule",
    "reason", "records", "facts", "policy", "prev",
)  # fmt: skip
FIRST = ""

_NEXT = Statement(
    update(heads)
    .where(heads.c.workspace == bindparam("of"))
    .values(seq=heads.c.seq + 1)
    .returning(heads.c.seq, heads.c.seal)
)
_SEAL = Statement(update(heads).where(heads.c.workspace == bindparam("of")).values(seal=bindparam("new_seal")))
_ADD = Statement(insert(ledger))
_OF_CALL = select(ledger).where(ledger.c.call == bindparam("call")).order_by(ledger.c.seq)


class LedgerError(Exception):
    """The ledger can't be read or trusted; the message says what to do."""


class Reserved(NamedTuple):
    """Records that writes have taken up: by one session, by one person and by everybody, today."""

    session: int
    person: int
    workspace: int


@dataclass(frozen=True)
class Entry:
    """What one row says; ``facts`` are ids, values and counts that the verdict or the outcome rests on."""

    at: int
    call: str
    phase: str
    tool: str
    effect: str
    session: str
    agent: str
    person: str | None
    verdict: str
    rule: str
    reason: str
    policy: str
    records: int = 0
    facts: Mapping[str, Any] | None = None


def name_of(call: str) -> str:
    """The call's name in the books and on its *Undo* button, which takes 150 characters at most."""
    return call if len(call) <= 120 else f"call-{hashlib.sha256(call.encode()).hexdigest()[:40]}"


def lock(connection: Connection, workspace: str) -> None:
    """Let nobody else write a row until this transaction ends: what is counted now is still so when it is written."""
    held = select(heads.c.seq).where(heads.c.workspace == workspace).with_for_update()
    if connection.execute(held).first() is None:
        insert_once(connection, heads, {"workspace": workspace, "seq": 0, "seal": FIRST})
        connection.execute(held)


def append(connection: Connection, key: bytes, workspace: str, entry: Entry) -> int:
    """Write the next row of the chain in the caller's transaction; answers its number.

    The head's row is locked until that transaction ends, so rows of two processes never fork the chain.
    """
    head = _NEXT.first(connection, {"of": workspace})
    if head is None:
        insert_once(connection, heads, {"workspace": workspace, "seq": 0, "seal": FIRST})
        head = _NEXT.one(connection, {"of": workspace})
    seq, prev = head
    row = {
        "workspace": workspace,
        "seq": seq,
        "at": entry.at,
        "call": entry.call,
        "phase": entry.phase,
        "tool": entry.tool,
        "effect": entry.effect,
        "session": entry.session,
        "agent": entry.agent,
        "person": entry.person,
        "verdict": entry.verdict,
        "rule": entry.rule,
        "reason": entry.reason,
        "records": entry.records,
        "facts": dict(entry.facts or {}),
        "policy": entry.policy,
        "prev": prev,
    }
    row["seal"] = _seal(key, row)
    _ADD.all(connection, row)
    _SEAL.all(connection, {"of": workspace, "new_seal": row["seal"]})
    return int(seq)


def of_call(connection: Connection, call: str) -> list[Mapping[str, Any]]:
    """All rows of one call, oldest first."""
    return [dict(row) for row in connection.execute(_OF_CALL, {"call": call}).mappings()]


def reserved(connection: Connection, workspace: str, session: str, person: str | None, since: int) -> Reserved:
    """How many records allowed writes have taken up: in the session, and since ``since`` (ms) by person and by all."""
    allowed = ledger.c.phase == JUDGED, ledger.c.verdict == "allow", ledger.c.records > 0
    lately = (*allowed, ledger.c.workspace == workspace, ledger.c.at >= since)
    row = connection.execute(
        select(
            select(func.coalesce(func.sum(ledger.c.records), 0))
            .where(ledger.c.session == session, *allowed)
            .scalar_subquery(),
            select(func.coalesce(func.sum(ledger.c.records), 0))
            .where(ledger.c.person == person, *lately)
            .scalar_subquery(),
            select(func.coalesce(func.sum(ledger.c.records), 0)).where(*lately).scalar_subquery(),
        )
    ).one()
    return Reserved(int(row[0]), int(row[1]), int(row[2]))


def of_run(connection: Connection, session: str, run: str) -> int:
    """How many records the allowed writes of one unattended run have taken up."""
    rows = connection.execute(
        select(ledger.c.records, ledger.c.facts).where(
            ledger.c.session == session, ledger.c.phase == JUDGED, ledger.c.verdict == "allow", ledger.c.records > 0
        )
    )
    return sum(row.records for row in rows if row.facts.get("run") == run)


def export(connection: Connection, workspace: str) -> Iterator[dict[str, Any]]:
    """Every row, oldest first, as plain values."""
    rows = connection.execute(select(ledger).where(ledger.c.workspace == workspace).order_by(ledger.c.seq))
    for row in rows.mappings():
        yield {str(name): value for name, value in row.items()}  # SQLAlchemy's own kind of text is no key of JSON


def verify(connection: Connection, key: bytes, workspace: str) -> int:
    """How many rows the chain has, each sealed and none missing. Raises ``LedgerError`` naming the first bad row."""
    seen, prev = 0, FIRST
    for row in export(connection, workspace):
        seen += 1
        if row["seq"] != seen:
            raise LedgerError(f"row {seen} is missing: the next one is {row['seq']}. Restore the table from a backup.")
        if row["prev"] != prev:
            raise LedgerError(f"row {seen} does not follow the row before it. Restore the table from a backup.")
        if not hmac.compare_digest(row["seal"], _seal(key, row)):
            raise LedgerError(
                f"row {seen} does not bear its seal: it was changed, or DAYBOOK_LEDGER_KEY is not the key of that time."
            )
        prev = row["seal"]
    head = connection.execute(select(heads.c.seq, heads.c.seal).where(heads.c.workspace == workspace)).first()
    if (head.seq, head.seal) != (seen, prev) if head else seen:
        raise LedgerError(f"the last row is missing: the head says {head.seq if head else 0}, the table has {seen}.")
    return seen


def _seal(key: bytes, row: Mapping[str, Any]) -> str:
    # Sorted keys, integers and texts only: the same bytes whichever database the row went through.
    text = orjson.dumps([row[name] for name in SEALED], option=orjson.OPT_SORT_KEYS)
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def key_of(settings: Settings) -> bytes:
    """The chain's key: from ``DAYBOOK_LEDGER_KEY``; on SQLite else from a file beside the database, made once (0600).

    Raises ``SettingsError`` on Postgres without the setting: several machines can't share a file.
    """
    given = settings.value("daybook_ledger_key")
    if given:
        if len(given) < 32:
            raise SettingsError(
                "DAYBOOK_LEDGER_KEY is too short: give at least 32 characters. " + Settings.where("daybook_ledger_key")
            )
        return given.encode()
    return _beside(settings.database_url)


@cache
def _beside(database: str) -> bytes:
    url = make_url(database)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise SettingsError("DAYBOOK_LEDGER_KEY is not set. " + Settings.where("daybook_ledger_key"))
    file = Path(f"{url.database}.ledger-key")
    try:
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    key = secrets.token_hex(32).encode()
    with os.fdopen(made, "wb") as handle:
        handle.write(key)
    return key
