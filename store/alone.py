"""One at a time: between our look at a record and our write to it, no other of our writes to it comes in."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

from store.engine import is_sqlite

_HERE = tuple(threading.Lock() for _ in range(256))
"""A thread holds one of them at a time, so that two names that share one only wait for each other."""


@contextmanager
def at(database: Engine, name: str) -> Iterator[None]:
    """Hold ``name`` alone: within this process, and on Postgres among all. Never inside another one, or a transaction.

    A process that dies lets go: the database sees its connection end.
    """
    number = number_of(name)
    with _HERE[number % len(_HERE)]:
        if is_sqlite(database):
            yield
            return
        # Outside a transaction, whose idle time the database would end.
        with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_advisory_lock(:name)"), {"name": number})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:name)"), {"name": number})


def number_of(name: str) -> int:
    """The name as Postgres knows it."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
