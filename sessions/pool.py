"""The executor's own connections to our database: it begins its transactions itself, and never waits for ours."""

from __future__ import annotations

from typing import Any

import sqlalchemy
from sqlalchemy import Engine, event

from store.engine import is_sqlite, prepare_postgres


def own_pool(database: Engine) -> Engine:
    """DBOS begins SQLite transactions itself, so it gets a pool of its own on the same file."""
    if not is_sqlite(database):
        shared = sqlalchemy.create_engine(
            database.url, pool_size=8, max_overflow=8, pool_pre_ping=True, hide_parameters=True
        )
        event.listen(shared, "connect", prepare_postgres)
        return shared
    engine = sqlalchemy.create_engine(database.url, pool_size=4, max_overflow=16, hide_parameters=True)

    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("busy_timeout=30000", "foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", prepare)
    return engine
