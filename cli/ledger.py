"""``daybook ledger``: everything tools did or were refused, as lines; and whether anybody has changed it."""

from __future__ import annotations

import sys
from functools import partial

import orjson
from sqlalchemy import Connection, select

from cli.times import stamp
from store.engine import open_database, reading
from systems import settings
from systems.chat import Chat
from systems.connect import connect
from systems.faults import SystemFault
from systems.settings import Settings
from tools import anchors, ledger

SINCE = 3_600_000
"""All that Slack has of our own messages."""


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
    """How many rows there are, each bearing its seal, and that the anchors agree. Raises ``LedgerError`` naming the
    first row that does not; what the anchors say is told also when the chain itself is broken."""
    loaded = settings.load()
    chat = connect(loaded).chat if loaded.daybook_anchor_to else None
    wrong: list[str] = []
    with reading(open_database(loaded.database_url)).connect() as connection:
        workspaces = {*_workspaces(connection), *connection.scalars(select(ledger.heads.c.workspace))}
        if chat is not None:
            workspaces.add(chat.identity().workspace)
        for workspace in sorted(workspaces):
            for check in (_chain, partial(_anchors, chat)):
                try:
                    print(f"{workspace}: {check(connection, loaded, workspace)}")
                except (ledger.LedgerError, SystemFault) as broken:
                    wrong.append(f"{workspace}: {broken}")
        if not workspaces:
            print("The ledger is empty: nothing has been asked of Daybook yet.")
    if wrong:
        raise ledger.LedgerError("\n".join(wrong))


def _chain(connection: Connection, loaded: Settings, workspace: str) -> str:
    rows = ledger.verify(connection, ledger.key_of(loaded), workspace)
    return f"{rows} rows, each sealed and in its place."


def _anchors(chat: Chat | None, connection: Connection, loaded: Settings, workspace: str) -> str:
    if not (loaded.daybook_anchor_to or loaded.daybook_anchor_file):
        return (
            "no anchor is set, so an end that somebody with the key cut off or wrote anew would not show: "
            "set DAYBOOK_ANCHOR_TO or DAYBOOK_ANCHOR_FILE."
        )
    found = anchors.kept(loaded, chat, workspace, SINCE)
    anchors.check(connection, workspace, found)
    if not found:
        return "no anchor has been made yet; the first comes at 00:05 UTC, or with `daybook fire anchor_ledger`."
    last = found[-1]
    days = {one.day for one in found}
    gone = anchors.missing_days(days)
    gaps = f" {_days(len(gone))} in between have none, the first is {gone[0]}: was it removed?" if gone else ""
    return f"{_days(len(days))} anchored, and all agree; the last is {last.day} (row {last.seq}).{gaps}"


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _workspaces(connection: Connection) -> list[str]:
    query = select(ledger.ledger.c.workspace).distinct().order_by(ledger.ledger.c.workspace)
    return list(connection.scalars(query))
