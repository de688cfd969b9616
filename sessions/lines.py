"""Lines of turns: put in, and taken out again, of every session that has none running its oldest.

The rows are DBOS's, and so is the recovery of those whose worker died. But DBOS puts its statements together anew each
time, and writes that a turn has ended in a transaction of its own; that was a third of what a turn cost. Here they are
written once, and a turn gives up its place in the transaction that ends it. Tests hold each to what DBOS itself does.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Engine, text

from sessions.bells import Bell
from store.statements import Statement

log = logging.getLogger("daybook.lines")

APP = "daybook"
VERSION = "1"
"""Pinned: a workflow's body is one call, so code may change under it; raise it only if that call changes."""
WORKFLOW = "run_turn"
SERIALIZER = "daybook_json"

_PUT = """
INSERT INTO {workflow_status} (workflow_uuid, status, name, queue_name, queue_partition_key, application_version,
  application_name, serialization, inputs, priority, recovery_attempts)
VALUES (:id, 'ENQUEUED', :workflow, :queue, :partition, :version, :app, :serializer, :inputs, 0, 0)
ON CONFLICT (workflow_uuid) DO NOTHING"""
# One seek for each session in line (the smallest partition, then the next one), however many turns it has there. The
# second condition on the status is that of the index, word for word: SQLite takes it for nothing less.
_WAITS = """queue_name = :queue AND status = 'ENQUEUED' AND status IN ('ENQUEUED', 'PENDING')
  AND queue_partition_key IS NOT NULL AND (application_name = :app OR application_name IS NULL)"""
_FIRST = """
WITH RECURSIVE partitions(pk) AS (
  SELECT min(queue_partition_key) FROM {workflow_status} WHERE {waits}
  UNION ALL
  SELECT (SELECT min(queue_partition_key) FROM {workflow_status} WHERE {waits} AND queue_partition_key > partitions.pk)
  FROM partitions WHERE partitions.pk IS NOT NULL
), free AS (
  SELECT pk FROM partitions
  WHERE pk IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM {workflow_status} WHERE queue_name = :queue AND status = 'PENDING'
    AND status IN ('ENQUEUED', 'PENDING') AND queue_partition_key IS NOT NULL AND queue_partition_key = partitions.pk
  )
  ORDER BY random() LIMIT :most
)
SELECT (
  SELECT workflow_uuid FROM {workflow_status}
  WHERE {waits} AND queue_partition_key = free.pk AND application_version = :version
  ORDER BY priority, created_at, workflow_uuid LIMIT 1
) FROM free"""
# Somebody else may have been quicker: only what still waits is taken, and on Postgres nobody waits for another's lock.
_TAKE = """
UPDATE {workflow_status}
SET status = 'PENDING', owner_xid = :owner, executor_id = :executor, application_name = :app,
    started_at_epoch_ms = :now, updated_at = :now, rate_limited = FALSE, recovery_attempts = recovery_attempts + 1
WHERE workflow_uuid IN (
  SELECT workflow_uuid FROM {workflow_status}
  WHERE workflow_uuid = :id AND queue_name = :queue AND status = 'ENQUEUED' AND application_version = :version
  {and_nobody_else}
)
RETURNING coalesce(inputs, (
  SELECT i.inputs FROM {workflow_input} i WHERE i.workflow_uuid = workflow_status.workflow_uuid
))"""
# Another worker may have been given it meanwhile, as this one seemed dead: then it is not ours to end.
_END = """
UPDATE {workflow_status}
SET status = :status, deduplication_id = NULL, owner_xid = NULL, updated_at = :now, completed_at = :now
WHERE workflow_uuid = :id AND status = 'PENDING' AND owner_xid = :owner"""


class Place(NamedTuple):
    """A turn that was taken out of a line: its row in the inbox, and by what it is known to DBOS."""

    id: str
    row: int
    owner: str
    """Of this taking: should the turn be taken again, whoever had it before can't end it for DBOS any more."""


def put(connection: Connection, id: str, queue: str, partition: str, row: int) -> None:
    """Put the turn of an inbox's row in line, in the caller's transaction. An id that was there before does nothing."""
    new = {
        "id": id,
        "workflow": WORKFLOW,
        "queue": queue,
        "partition": partition,
        "version": VERSION,
        "app": APP,
        "serializer": SERIALIZER,
        "inputs": orjson.dumps({"args": [row, queue], "kwargs": {}}).decode(),
    }
    _sql(_PUT, connection.dialect.name).all(connection, new)


class Claims:
    """Of one worker, known to the database as ``executor``; from any thread."""

    def __init__(self, engine: Engine, executor: str) -> None:
        self._engine, self._executor = engine, executor

    def take(self, queue: str, most: int) -> list[Place]:
        """Claim up to ``most`` turns of this line."""
        of = {"app": APP, "version": VERSION, "queue": queue}
        first_of, take_one = _sql(_FIRST, self._engine.dialect.name), _sql(_TAKE, self._engine.dialect.name)
        taken = []
        with self._engine.connect() as connection:
            first = [id for (id,) in first_of.all(connection, {**of, "most": most}) if id is not None]
            if not first:
                return []
            for id in first:
                owner = str(uuid.uuid4())
                who = {**of, "id": id, "owner": owner, "executor": self._executor, "now": _wall()}
                found = take_one.first(connection, who)
                if found is not None:
                    taken.append(Place(id, _row_of(found[0]), owner))
            connection.commit()
        return taken


def end(connection: Connection, place: Place, status: str = "SUCCESS") -> None:
    """The turn runs no more; in the transaction that says how it ended."""
    ended = {"id": place.id, "owner": place.owner, "status": status, "now": _wall()}
    _sql(_END, connection.dialect.name).all(connection, ended)


class Line:
    """One line of a worker: a thread that waits at the bell and starts what it takes, ``seats`` turns at a time."""

    def __init__(
        self, name: str, claims: Claims, bell: Bell, seats: int, poll_seconds: float, start: Callable[[str, Place], Any]
    ) -> None:
        self._name, self._claims, self._bell, self._poll_seconds, self._start = name, claims, bell, poll_seconds, start
        self._free = seats
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name=f"line-{name}", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def left(self) -> None:
        """A turn of this line has ended; whoever says so rings, if somebody waits."""
        with self._lock:
            self._free += 1

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _serve(self) -> None:
        while not self._bell.wait(self._poll_seconds):
            if self._free <= 0:
                continue
            try:
                taken = self._claims.take(self._name, self._free)
            except Exception:  # whatever the database has, the next look finds the same rows
                log.warning("line %s: no turn could be taken; the next look will", self._name, exc_info=True)
                continue
            with self._lock:
                self._free -= len(taken)
            for place in taken:
                self._start(self._name, place)


@cache
def _sql(statement: str, dialect: str) -> Statement:
    schema, sqlite = ("", True) if dialect == "sqlite" else ("dbos.", False)
    return Statement(
        text(
            statement.format(
                waits=_WAITS,
                workflow_status=f"{schema}workflow_status",
                workflow_input=f"{schema}workflow_input",
                and_nobody_else="" if sqlite else "FOR UPDATE SKIP LOCKED",
            )
        )
    )


def _row_of(inputs: str) -> int:
    """The row in the inbox: the workflow's first argument."""
    return int(orjson.loads(inputs)["args"][0])


def _wall() -> int:
    return time.time_ns() // 1_000_000
