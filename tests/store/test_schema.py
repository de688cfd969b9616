"""The tables: made by the migrations alone, the same on both databases, and the log can't be rewritten."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from agents import spending
from bot import errands
from records import policies, tables
from sessions import store as sessions_store
from store import effects
from store.engine import open_database
from store.metadata import metadata
from tools import approvals, escalations, ledger, marks, posted

DECLARED = (
    approvals.approvals,
    effects.effects,
    errands.errands,
    escalations.escalations,
    ledger.ledger,
    marks.marks,
    spending.spending,
    policies.policy_versions,
    posted.posted_accounts,
    posted.posted_lists,
    sessions_store.events,
    tables.accounts,
)


def test_the_migrations_make_exactly_the_tables_the_code_declares(database_url: str) -> None:
    database = open_database(database_url)
    with database.connect() as connection:
        ours = MigrationContext.configure(
            connection,
            opts={
                "include_object": lambda _o, name, kind, reflected, _c: (
                    not (kind == "table" and reflected and name not in metadata.tables)
                )
            },
        )
        assert compare_metadata(ours, metadata) == [], "write a migration for what changed"
    database.dispose()
    assert all(table.metadata is metadata for table in DECLARED)


@pytest.mark.parametrize("verb", ["UPDATE events SET kind = 'other'", "DELETE FROM events"])
def test_a_line_of_the_log_can_neither_be_changed_nor_deleted(database_url: str, verb: str) -> None:
    database = open_database(database_url)
    line = "INSERT INTO events (workspace, session, turn, at, kind, body) VALUES ('T1', 's', 1, 1, 'started', '{}')"
    with database.begin() as connection:
        connection.execute(text(line))
    with pytest.raises(DBAPIError, match="append-only"), database.begin() as connection:
        connection.execute(text(verb))
    with database.connect() as connection:
        assert connection.scalar(text("SELECT kind FROM events")) == "started"
    database.dispose()
