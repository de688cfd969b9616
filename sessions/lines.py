"""Takes turns out of a line: of every session that has none running its oldest, as many as there are hands for.

DBOS's own claim of such a queue takes the same rows, but puts its statements together anew at every look, which was a
fifth of what a turn costs. These are written once. Tests hold both to the same rows, and to handing on the same.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, TextClause, bindparam, text

from sessions.bells import Bell
from store.engine import is_sqlite

log = logging.getLogger("daybook.lines")

Claimed = dict[str, Any]
"""A turn's row in DBOS's table, as DBOS runs it."""

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
  WHERE workflow_uuid IN :ids AND queue_name = :queue AND status = 'ENQUEUED' AND application_version = :version
  {and_nobody_else}
)
RETURNING *, (SELECT i.inputs FROM {workflow_input} i WHERE i.workflow_uuid = workflow_status.workflow_uuid) AS given"""
_OUR_NAMES = {"application_version": "app_version", "application_id": "app_id"}
"""What DBOS calls these two columns in what it hands on."""
_NOT_HANDED_ON = (
    "given", "output", "error", "request", "was_forked_from", "owner_xid", "creator_xid", "rate_limited",
    "completed_at",
)  # fmt: skip


class Claims:
    """Of one worker, known to the database as ``executor``; from any thread."""

    def __init__(self, engine: Engine, *, app: str, version: str, executor: str) -> None:
        self._engine = engine
        self._who = {"app": app, "version": version}
        self._executor = executor
        schema = "" if is_sqlite(engine) else "dbos."
        words = {
            "waits": _WAITS,
            "workflow_status": f"{schema}workflow_status",
            "workflow_input": f"{schema}workflow_input",
            "and_nobody_else": "" if is_sqlite(engine) else "FOR UPDATE SKIP LOCKED",
        }
        self._first: TextClause = text(_FIRST.format(**words))
        self._take: TextClause = text(_TAKE.format(**words)).bindparams(bindparam("ids", expanding=True))

    def take(self, queue: str, most: int, owner: str) -> list[Claimed]:
        """Claim up to ``most`` turns of this line for ``owner``; each as DBOS runs it."""
        of = {**self._who, "queue": queue}
        with self._engine.connect() as connection:
            first = [id for id in connection.scalars(self._first, {**of, "most": most}) if id is not None]
            if not first:
                return []
            now = time.time_ns() // 1_000_000
            taking = {**of, "ids": first, "owner": owner, "executor": self._executor, "now": now}
            rows = connection.execute(self._take, taking).mappings().all()
            connection.commit()
        taken = {row["workflow_uuid"]: _handed_on(row) for row in rows}
        return [taken[id] for id in first if id in taken]


class Line:
    """One line of a worker: a thread that waits at the bell and starts what it takes, ``seats`` turns at a time."""

    def __init__(
        self, name: str, claims: Claims, bell: Bell, seats: int, poll_seconds: float,
        start: Callable[[Claimed, str], object],
    ) -> None:  # fmt: skip
        self._name, self._claims, self._bell, self._poll_seconds, self._start = name, claims, bell, poll_seconds, start
        self._free = seats
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name=f"line-{name}", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def left(self, turns: int = 1) -> None:
        """So many turns have ended, or were not begun."""
        with self._lock:
            self._free += turns

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _serve(self) -> None:
        while not self._bell.wait(self._poll_seconds):
            if self._free <= 0:
                continue  # whoever ends rings
            owner = str(uuid.uuid4())
            try:
                taken = self._claims.take(self._name, self._free, owner)
            except Exception:  # whatever the database has, the next look finds the same rows
                log.warning("line %s: no turn could be taken; the next look will", self._name, exc_info=True)
                continue
            self.left(-len(taken))
            for turn in taken:
                try:
                    self._start(turn, owner)
                except Exception:
                    log.exception("line %s: %s could not be started", self._name, turn["workflow_uuid"])
                    self.left()


def _handed_on(row: Any) -> Claimed:
    status = {_OUR_NAMES.get(name, name): value for name, value in row.items() if name not in _NOT_HANDED_ON}
    inputs = row["given"] if row["given"] is not None else row["inputs"]
    # None of ours has attributes or a shard; SQLite would tell the first as the text "null".
    ours = {"inputs": inputs, "attributes": None, "is_debounced": bool(row["is_debounced"]), "shard_key": None}
    return {**status, **ours}
