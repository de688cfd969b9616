"""Runs turns durably: the only file that knows DBOS.

DBOS is the executor, not the model of a session: a workflow here is one call of ``run`` with a row number, and it
never raises, never waits and records nothing of its own; the turn's log is the checkpoint. What each line guards
against was measured: a shared executor id runs live steps twice, an unpinned version strands rows, the default
serializer is pickle, a priority breaks the order within a session.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy
from sqlalchemy import Connection, Engine, delete, event, insert, select, update

from sessions.store import worker_leases
from store.engine import is_sqlite, prepare_postgres

if TYPE_CHECKING:
    from dbos import DBOSClient

VERSION = "1"
"""Pinned: a workflow's body is one call, so code may change under it; raise it only if that call changes."""
SESSIONS, PRESSES = "sessions", "presses"
WORKFLOW = "run_turn"
APP = "daybook"
FORGOTTEN_MS = 24 * 3_600_000
"""A worker that has been dead for a day can't claim anything late any more."""


def _serializer() -> Any:
    from dbos import Serializer

    class Json(Serializer):
        """Plain JSON; the default is pickle, which lets whoever can write the database run code."""

        def serialize(self, data: Any) -> str:
            return orjson.dumps(data, default=str).decode()

        def deserialize(self, serialized_data: str) -> Any:
            return orjson.loads(serialized_data)

        def name(self) -> str:
            return "daybook_json"

    return Json()


def _own_engine(database: Engine) -> Engine:
    """DBOS begins SQLite transactions itself, so it gets a pool of its own on the same file."""
    if not is_sqlite(database):
        shared = sqlalchemy.create_engine(database.url, pool_size=8, max_overflow=8, pool_pre_ping=True)
        event.listen(shared, "connect", prepare_postgres)
        return shared
    engine = sqlalchemy.create_engine(database.url, pool_size=4, max_overflow=16)

    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("busy_timeout=30000", "foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", prepare)
    return engine


def migrate(database: Engine) -> None:
    """Create or update DBOS's own tables, in the same database (schema ``dbos`` on Postgres)."""
    from dbos import DBOS

    logging.getLogger("dbos").setLevel(logging.WARNING)
    DBOS.migrate(database.url.render_as_string(hide_password=False))


class Queue:
    """Puts turns in line; any process may hold one. The rows appear with the caller's own transaction."""

    def __init__(self, database: Engine) -> None:
        from dbos import DBOSClient

        self._engine = _own_engine(database)
        self._client: DBOSClient = DBOSClient(
            system_database_engine=self._engine, serializer=_serializer(), application_name=APP
        )

    def put(self, connection: Connection, workflow_id: str, queue: str, partition: str, row: int) -> None:
        self._client.enqueue_in_transaction(
            connection,
            {
                "workflow_name": WORKFLOW,
                "queue_name": queue,
                "workflow_id": workflow_id,
                "queue_partition_key": partition,
                "app_version": VERSION,
            },
            row,
        )

    def lost(self, workflow_ids: list[str]) -> set[str]:
        """Which of these will never run (again): unknown to the queue, or ended without their turn ending."""
        alive = {
            status.workflow_id
            for status in self._client.list_workflows(
                workflow_ids=workflow_ids,
                status=["PENDING", "ENQUEUED", "DELAYED"],
                load_input=False,
                load_output=False,
            )
        }
        return set(workflow_ids) - alive

    def forget(self, older_than_ms: int, at_once: int = 500) -> int:
        """Delete the executor's own rows of turns that ended that long ago (by the machine's time, as it stamps them).

        Answers how many. What keeps a trigger from running twice is the inbox's key, so nothing can come back.
        """
        before = datetime.fromtimestamp(time.time() - older_than_ms / 1000, UTC).isoformat()
        gone = 0
        while True:
            old = self._client.list_workflows(
                status=["SUCCESS", "ERROR", "CANCELLED"],
                completed_before=before,
                limit=at_once,
                load_input=False,
                load_output=False,
            )
            if not old:
                return gone
            self._client.delete_workflows([status.workflow_id for status in old])
            gone += len(old)

    def close(self) -> None:
        self._client.destroy()
        self._engine.dispose()


class Worker:
    """Runs turns in this process until ``close``; one a process."""

    def __init__(
        self,
        database: Engine,
        run: Callable[[int], None],
        *,
        threads: int,
        poll_seconds: float,
        lease_seconds: float,
    ) -> None:
        from dbos import DBOS

        self._database = database
        self._lease_ms = int(lease_seconds * 1000)
        # On SQLite the file lock admits one process, and a fixed id lets its next boot recover its own turns.
        self.executor = (
            "embedded" if is_sqlite(database) else f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        )
        self._engine = _own_engine(database)
        self._stopping = threading.Event()
        self._recovering = threading.Lock()
        self._closing = False
        logging.getLogger("dbos").setLevel(logging.ERROR)
        DBOS(
            config={
                "name": APP,
                "system_database_url": database.url.render_as_string(hide_password=False),
                "system_database_engine": self._engine,
                "executor_id": self.executor,
                "application_version": VERSION,
                "serializer": _serializer(),
                "max_executor_threads": threads + 8,
                "use_listen_notify": False,
                "enable_otlp": False,
                "log_level": "ERROR",
                "scheduler_polling_interval_sec": 3600.0,
            }
        )

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=1000)
        def run_turn(row: int) -> None:
            run(row)

        self._run_turn = run_turn
        DBOS.listen_queues([SESSIONS, PRESSES])
        self._beat()
        DBOS.launch()
        # A press is waited for by a person's thumb; a list may begin a little later, and asking costs more than a turn.
        for queue, seconds in ((SESSIONS, 2.5 * poll_seconds), (PRESSES, poll_seconds)):
            DBOS.register_queue(
                queue, worker_concurrency=threads, partition_concurrency=1, polling_interval_sec=seconds
            )
        self._leases: threading.Thread | None = None
        if not is_sqlite(database):
            self._leases = threading.Thread(target=self._keep_lease, name="lease", daemon=True)
            self._leases.start()

    def _beat(self) -> None:
        now = time.time_ns() // 1_000_000
        with self._database.begin() as connection:
            mine = connection.execute(
                update(worker_leases).where(worker_leases.c.executor == self.executor).values(beat_wall=now, alive=True)
            )
            if mine.rowcount == 0:
                connection.execute(insert(worker_leases).values(executor=self.executor, beat_wall=now, alive=True))

    def _keep_lease(self) -> None:
        from dbos import DBOS

        log = logging.getLogger("daybook.lease")
        while not self._stopping.wait(self._lease_ms / 6000):
            now = time.time_ns() // 1_000_000
            try:
                with self._database.begin() as connection:
                    mine = connection.execute(
                        update(worker_leases)
                        .where(worker_leases.c.executor == self.executor, worker_leases.c.alive.is_(True))
                        .values(beat_wall=now)
                    )
                    if mine.rowcount == 0:
                        # Others took this process for dead and have taken over its turns: it must not go on.
                        log.critical("lease lost; leaving at once", extra={"executor": self.executor})
                        os._exit(70)
                    connection.execute(
                        update(worker_leases)
                        .where(worker_leases.c.beat_wall < now - self._lease_ms, worker_leases.c.alive.is_(True))
                        .values(alive=False)
                    )
                    connection.execute(
                        delete(worker_leases).where(
                            worker_leases.c.alive.is_(False), worker_leases.c.beat_wall < now - FORGOTTEN_MS
                        )
                    )
                    dead = list(
                        connection.scalars(select(worker_leases.c.executor).where(worker_leases.c.alive.is_(False)))
                    )
                with self._recovering:
                    if dead and not self._closing:
                        # Every pass takes all the dead: one may have claimed a turn late, just before it died.
                        DBOS._recover_pending_workflows(dead)
            except sqlalchemy.exc.OperationalError:
                log.warning("the database did not answer; the lease is tried again", exc_info=True)

    def close(self, finish_seconds: int = 10) -> None:
        """Stop taking turns, let the running ones end, and give up the lease."""
        from dbos import DBOS

        with self._recovering:
            # The lease is kept while the last turns end, but nobody else's are taken over any more.
            self._closing = True
        DBOS.destroy(workflow_completion_timeout_sec=finish_seconds)
        self._stopping.set()
        if self._leases is not None:
            self._leases.join(timeout=5)
        with self._database.begin() as connection:
            connection.execute(
                update(worker_leases).where(worker_leases.c.executor == self.executor).values(alive=False)
            )
        self._engine.dispose()
