"""Runs turns durably: the only file that knows DBOS.

DBOS is the durable queue and the recovery, not the model of a session: a workflow here is one call of ``run`` with a
row number, and records nothing of its own; the turn's log is the checkpoint. What each line guards against was
measured: a shared executor id runs live steps twice, an unpinned version strands rows, the default serializer is
pickle, a priority breaks the order within a session.

DBOS's own queue threads ask the database every so often, which is either late or busy, and dearly. Ours wait at a bell
(``sessions/bells.py``), and take what may run by themselves (``sessions/lines.py``).
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from sessions import lines
from sessions.bells import Bell, Bells, Ear
from sessions.leases import Lease
from sessions.lines import APP, SERIALIZER, VERSION, Claims, Line, Place
from sessions.pool import own_pool
from store.engine import is_sqlite

if TYPE_CHECKING:
    from dbos import DBOSClient

SESSIONS, PRESSES, TALK, NEWS, ROUTINES = "sessions", "presses", "talk", "news", "routines"
"""Five lines, so that neither a press nor a conversation stands behind a thousand lists at nine o'clock, and no list
behind what a bulk edit in HubSpot has to tell, or behind agents at work by the clock."""
RESTS = {SESSIONS: 0.1, PRESSES: 0.02, TALK: 0.02, NEWS: 0.1, ROUTINES: 0.1}
"""Seconds between two looks, however busy it is: people wait for presses and talk, and a look costs like a good part of
a turn. After a quiet moment the first look is at once."""
MOST_AT_ONCE = {NEWS: 2, ROUTINES: 4}
"""Turns at a time in one process, where that is less than its threads: they come in crowds, and nobody waits."""
log = logging.getLogger("daybook.engine")


def _serializer() -> Any:
    from dbos import Serializer

    class Json(Serializer):
        """Plain JSON; the default is pickle, which lets whoever can write the database run code."""

        def serialize(self, data: Any) -> str:
            return orjson.dumps(data, default=str).decode()

        def deserialize(self, serialized_data: str) -> Any:
            return orjson.loads(serialized_data)

        def name(self) -> str:
            return SERIALIZER

    return Json()


def migrate(database: Engine) -> None:
    """Create or update DBOS's own tables, in the same database (schema ``dbos`` on Postgres)."""
    from dbos import DBOS

    logging.getLogger("dbos").setLevel(logging.WARNING)
    DBOS.migrate(database.url.render_as_string(hide_password=False))


class Queue:
    """Puts turns in line; any process may hold one. The rows appear with the caller's own transaction."""

    def __init__(self, database: Engine) -> None:
        from dbos import DBOSClient

        self.bells = Bells(database)
        self._engine = own_pool(database)
        self._client: DBOSClient = DBOSClient(
            system_database_engine=self._engine, serializer=_serializer(), application_name=APP
        )

    def put(self, connection: Connection, workflow_id: str, queue: str, partition: str, row: int) -> None:
        lines.put(connection, workflow_id, queue, partition, row)
        self.bells.after(connection, queue)

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
        self.bells.close()
        self._client.destroy()
        self._engine.dispose()


class Worker:
    """Runs turns in this process until ``close``; one a process.

    ``run`` does the turn of a row, and calls what it is given besides in the transaction that ends it. It may answer
    False when nobody else of that queue stands in line by then.
    """

    def __init__(
        self,
        database: Engine,
        queue: Queue,
        run: Callable[[int, Callable[[Connection], None]], bool | None],
        *,
        threads: int,
        poll_seconds: float,
        lease_seconds: float,
    ) -> None:
        from dbos import DBOS

        # On SQLite the file lock admits one process, and a fixed id lets its next boot recover its own turns.
        self.executor = (
            "embedded" if is_sqlite(database) else f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        )
        self._engine = own_pool(database)
        self._bells = queue.bells
        self._run = run
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
                "use_listen_notify": False,
                "enable_otlp": False,
                "log_level": "ERROR",
                "scheduler_polling_interval_sec": 3600.0,
            }
        )

        DBOS.listen_queues([])
        self._lease = Lease(database, self.executor, int(lease_seconds * 1000), self._take_over)
        DBOS.launch()
        self._claims = Claims(self._engine, self.executor)
        self._over = threading.Event()
        self._running: set[Future[None]] = set()
        self._pool = ThreadPoolExecutor(threads * len(RESTS), thread_name_prefix="turn")
        self._lines: dict[str, Line] = {}
        for name, rest in RESTS.items():
            bell, seats = Bell(rest), min(threads, MOST_AT_ONCE.get(name, threads))
            bell.ring()  # whatever came while nobody was here
            queue.bells.hang(name, bell)
            self._lines[name] = Line(name, self._claims, bell, seats, poll_seconds, self._start)
        for line in self._lines.values():
            line.begin()
        self._ear: Ear | None = None
        if not is_sqlite(database):
            self._lease.keep()
            self._ear = Ear(self._engine, self._bells)

    def _start(self, queue: str, place: Place) -> None:
        running = self._pool.submit(self._do, queue, place)
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    def _do(self, queue: str, place: Place) -> None:
        ended = False

        def end(connection: Connection) -> None:
            nonlocal ended
            lines.end(connection, place)
            ended = True

        others: bool | None = None
        try:
            others = self._run(place.row, end)
        except Exception:
            # The database, most likely: whatever the turn did is in its log, and the sweep puts it back in line.
            log.exception("turn %s could not be run to its end", place.id)
            self._leave(place, "ERROR")
        else:
            if not ended:
                self._leave(place, "SUCCESS")
        self._lines[queue].left()
        # A look costs like a good part of a turn; whoever comes after this rings by themselves.
        if others is not False:
            self._bells.ring(queue)

    def _leave(self, place: Place, status: str) -> None:
        """Give up its place in a transaction of its own, however long the database takes to answer again."""
        while True:
            try:
                with self._engine.begin() as connection:
                    lines.end(connection, place, status)
                return
            except SQLAlchemyError:
                log.warning("the place of %s is not given up yet", place.id, exc_info=True)
            if self._over.wait(1.0):
                return  # it is taken over like those of a worker that died

    def _take_over(self, dead: list[str]) -> None:
        from dbos import DBOS

        with self._recovering:
            if not self._closing:
                DBOS._recover_pending_workflows(dead)
                self._bells.ring_all()

    def hears(self, seconds: float) -> bool:
        """Whether other processes are heard, waiting so long for it; on SQLite there are none."""
        return self._ear is None or self._ear.listening.wait(seconds)

    def close(self, finish_seconds: int = 10) -> None:
        """Stop taking turns, let the running ones end, and give up the lease."""
        from dbos import DBOS

        with self._recovering:
            # The lease is kept while the last turns end, but nobody else's are taken over any more.
            self._closing = True
        if self._ear is not None:
            self._ear.close()
        self._bells.take_down()
        for line in self._lines.values():
            line.join(10)
        wait(list(self._running), finish_seconds)
        self._over.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        DBOS.destroy(workflow_completion_timeout_sec=0)
        self._lease.give_up()
        self._engine.dispose()
