"""``daybook migrate``: the database's tables, ours and the executor's."""

from __future__ import annotations

from sessions import engine
from store import schema
from store.engine import open_database
from systems import settings


def run() -> None:
    database = open_database(settings.load().database_url)
    schema.upgrade(database)
    engine.migrate(database)
    print(f"The {database.dialect.name} database is up to date.")
