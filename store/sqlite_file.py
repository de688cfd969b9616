"""An SQLite file as the threads of one process share it: they write in turn, and no commit waits for a checkpoint.

In WAL mode what is committed stands in a log beside the file until a checkpoint moves it there. By itself SQLite makes
one within the commit that has filled a thousand pages (https://sqlite.org/wal.html#ckpt), and that commit takes four
times as long as the others: at two hundred Slack events a second, every fiftieth. Here a thread makes them, while the
others go on writing; if ever it can't keep up, the commit that finds the log four times as long does it as before.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import Any

import sqlalchemy.exc
import structlog
from sqlalchemy import Connection, Engine, event

log = structlog.get_logger("store")

PATIENCE_SECONDS = 30
"""How long a transaction waits for its turn to write."""
COMMITS = 50
"""Commits between two checkpoints: about a thousand pages."""
LONGEST_LOG = 4_000
"""Pages of 4 KB in the log after which a commit makes the checkpoint itself."""
CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"
"""Moves what it can without making anybody wait."""
PRAGMAS = (
    f"busy_timeout={PATIENCE_SECONDS * 1000}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-16000",
    f"wal_autocheckpoint={LONGEST_LOG}",
)


def share(engine: Engine) -> None:
    """Let the connections of this engine, which are ``Writer``s, take turns. Said once, before the first of them."""
    turns = _Turns(str(engine.url.database))
    event.listen(engine, "connect", lambda connection, _record: _prepare(connection, turns))
    event.listen(engine, "begin", _begin)
    event.listen(engine, "engine_disposed", lambda _engine: turns.close())


class _Checkpoints(threading.Thread):
    """Makes a checkpoint whenever one is due."""

    def __init__(self, file: str) -> None:
        super().__init__(name="checkpoints", daemon=True)
        self.due = threading.Event()
        self._file = file
        self._over = False
        self.start()

    def close(self) -> None:
        self._over = True
        self.due.set()
        self.join()

    def run(self) -> None:
        with closing(sqlite3.connect(self._file, timeout=PATIENCE_SECONDS, isolation_level=None)) as connection:
            while self.due.wait() and not self._over:
                self.due.clear()
                try:
                    connection.execute(CHECKPOINT)
                except sqlite3.Error as wrong:
                    log.warning("checkpoint.failed", error=str(wrong))


class _Turns:
    """Whose turn it is to write, and how many have written since the last checkpoint."""

    def __init__(self, file: str) -> None:
        self.lock = threading.Lock()
        self._file = file
        self._commits = 0
        self._checkpoints: _Checkpoints | None = None

    def committed(self) -> None:
        """Told by who has just committed, before the next one may write."""
        self._commits += 1
        if self._commits >= COMMITS:
            self._commits = 0
            self._checkpoints = self._checkpoints or _Checkpoints(self._file)
            self._checkpoints.due.set()

    def close(self) -> None:
        """No more checkpoints, unless somebody goes on writing. Waits for no writer: one may never end."""
        checkpoints, self._checkpoints = self._checkpoints, None
        if checkpoints is not None:
            checkpoints.close()


class Writer(sqlite3.Connection):
    """Waits for its turn to write among the threads of this process. SQLite itself would have each of them look at the
    file again and again, asleep in between for longer than a transaction takes."""

    turns: _Turns
    _mine = False

    def begin_to_write(self) -> None:
        if not self.turns.lock.acquire(timeout=PATIENCE_SECONDS):
            raise sqlite3.OperationalError("database is locked")
        self._mine = True
        try:
            self.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._next_one()
            raise

    def commit(self) -> None:
        super().commit()
        if self._mine:
            self.turns.committed()
        self._next_one()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._next_one()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._next_one()

    def _next_one(self) -> None:
        if self._mine:
            self._mine = False
            self.turns.lock.release()


def _prepare(connection: Writer, turns: _Turns) -> None:
    connection.turns = turns
    # The driver must not begin transactions by itself, or BEGIN IMMEDIATE below would come too late.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    try:
        if connection.get_execution_options().get("read_only"):
            driver.execute("BEGIN")  # straight to the driver: it costs a fifth, and every transaction has one
        else:
            driver.begin_to_write()
    except sqlite3.Error as wrong:
        raise sqlalchemy.exc.OperationalError("BEGIN", None, wrong, hide_parameters=True) from wrong
