"""``daybook ledger``: everything tools did or were refused, as lines; and whether anybody has changed it."""

from __future__ import annotations

import sys

import orjson
from sqlalchemy import Connection, select

from cli.times import stamp
from store.engine import open_database, reading
from systems import settings
from tools import ledger


def export(as_json: bool) -> None:
    """One line a row, oldest first; with ``as_json`` the whole row as one JSON object a line."""
    database = reading(open_database(settings.load().database_url))
    with database.connect() as connection:
        for workspace in _workspaces(connection):
            for row in ledger.export(connection, workspace):
                if as_json:
                    sys.stdout.write(orjson.dumps(row).decode() + "\n")
                    continue
                # Ids and verdicts; what was written stands in the whole row.
                who = f"{row['person'] or 'nobody'} via {row['agent'] or '-'}"
                print(
                    f"{row['seq']:>6}  {stamp(row['at'])}  {row['phase']:<7} {row['verdict']:<7} "
                    f"{row['tool']:<16} {row['rule']:<20} {who}  {row['call']}"
                )


def verify() -> None:
    """How many rows there are, each bearing its seal. Raises ``LedgerError`` naming the first that does not."""
    loaded = settings.load()
    with reading(open_database(loaded.database_url)).connect() as connection:
        workspaces = _workspaces(connection)
        for workspace in workspaces:
            rows = ledger.verify(connection, ledger.key_of(loaded), workspace)
            print(f"{workspace}: {rows} rows, each sealed and in its place.")
        if not workspaces:
            print("The ledger is empty: nothing has been asked of Daybook yet.")


def _workspaces(connection: Connection) -> list[str]:
    query = select(ledger.ledger.c.workspace).distinct().order_by(ledger.ledger.c.workspace)
    return list(connection.scalars(query))
