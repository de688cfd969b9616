"""Where Alembic finds every room's tables."""

from alembic import context
from sqlalchemy import Table

from agents import spending
from bot import errands
from records import policies, tables
from sessions import store as sessions_store
from store import effects
from store.metadata import metadata
from tools import approvals, ledger, marks, posted, routines

ROOMS = (effects, tables, policies, approvals, ledger, marks, posted, routines, sessions_store, spending, errands)
assert all(table.metadata is metadata for room in ROOMS for table in vars(room).values() if isinstance(table, Table))

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    # The executor's own tables live beside ours and are none of Alembic's business.
    include_object=lambda _object, name, kind, reflected, _compare: (
        not (kind == "table" and reflected and name not in metadata.tables)
    ),
)
with context.begin_transaction():
    context.run_migrations()
