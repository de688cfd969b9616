"""Opens the database: an SQLite file for one process, Postgres for many.

SQLite runs in WAL with full durability and takes its write lock when a transaction begins, so two writers queue
instead of failing half-way (``sqlite_file``); a file lock beside it refuses a second process (``lock_sqlite``).
"""

from __future__ import annotations

import fcntl
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any

import orjson
import sqlalchemy
from sqlalchemy import Engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

from store.sqlite_file import PATIENCE_SECONDS, Writer, share
from store.statements import Statement


class DatabaseError(Exception):
    """The database cannot be used as asked; the message says what to change."""


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


def open_database(url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://…`` (psycopg 3).

    Raises ``DatabaseError`` for any other kind of database.
    """
    try:
        parsed = make_url(url)
    except sqlalchemy.exc.ArgumentError as wrong:
        raise DatabaseError(f"DATABASE_URL cannot be read: {wrong}") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise DatabaseError("DATABASE_URL must name a file, for example sqlite:///var/daybook.sqlite")
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sqlalchemy.create_engine(
            parsed,
            json_serializer=_dumps,
            hide_parameters=True,  # an error's text may end in a log or a note, and parameters hold people's data
            json_deserializer=orjson.loads,
            pool_size=16,
            pool_use_lifo=True,  # the one used last has the database's pages still in its cache
            max_overflow=32,
            connect_args={"check_same_thread": False, "timeout": PATIENCE_SECONDS, "factory": Writer},
        )
        share(engine)
        return engine
    if backend == "postgresql":
        engine = sqlalchemy.create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            json_serializer=_dumps,
            hide_parameters=True,  # an error's text may end in a log or a note, and parameters hold people's data
            json_deserializer=orjson.loads,
            pool_size=16,
            max_overflow=16,
            pool_pre_ping=True,
        )
        event.listen(engine, "connect", prepare_postgres)
        return engine
    raise DatabaseError(f"DATABASE_URL names {backend}; Daybook runs on sqlite or postgresql.")


def prepare_postgres(connection: Any, _record: object) -> None:
    """A process that froze in the middle of a transaction must not hold its locks until somebody wakes it."""
    connection.autocommit = True
    connection.execute(f"SET idle_in_transaction_session_timeout = {LONGEST_IDLE_MS}")
    connection.autocommit = False


LONGEST_IDLE_MS = 20_000


def reading(engine: Engine) -> Engine:
    """The same database for reads only: on SQLite these do not queue behind a writer."""
    return engine.execution_options(read_only=True)


def is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"


def insert_once(connection: sqlalchemy.Connection, table: sqlalchemy.Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with its key is there; False when it was. Safe when two processes race for it."""
    new = {**_defaults(table), **values}
    return _insert_once(table, connection.dialect.name).first(connection, new) is not None


@cache
def _insert_once(table: sqlalchemy.Table, dialect: str) -> Statement:
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return Statement(insert(table).on_conflict_do_nothing().returning(sqlalchemy.literal_column("1")))


@cache
def _defaults(table: sqlalchemy.Table) -> dict[str, Any]:
    found: dict[str, Any] = {column.name: column.default for column in table.columns if column.default is not None}
    return {name: default.arg for name, default in found.items()}


def lock_sqlite(engine: Engine) -> IO[str] | None:
    """Keep other running processes off this SQLite file; hold the returned handle while running.

    Returns None on Postgres. Raises ``DatabaseError`` when another process holds it.
    """
    if not is_sqlite(engine) or not engine.url.database:
        return None
    handle = Path(engine.url.database + ".lock").open("w")  # noqa: SIM115 - held while running
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise DatabaseError(
            f"another Daybook process runs on {engine.url.database}. SQLite serves one process; for more, set "
            "DATABASE_URL to a Postgres database (postgresql://user:password@host/name)."
        ) from None
    return handle
