"""What a vendor's search index still shows while it lags behind the records themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection


class LaggingIndex:
    """Keeps the former state of records changed lately, until the instant from which searches see the new one.

    ``until[table]`` is asked before each write to a table: that instant in ms, or None while its index does not lag.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._columns: dict[str, str] = {}
        self.until: dict[str, Callable[[], int | None]] = {}

    def note(self, table: str, record_id: int) -> None:
        """A record is about to be made, changed or removed."""
        ask = self.until.get(table)
        until = ask() if ask else None
        if until is None:
            return
        if table not in self._columns:
            names = [row[1] for row in self._db.execute(f"pragma table_info({table})")]
            self._columns[table] = ", ".join(names)
            self._db.execute(f"create table former_{table} (until, {self._columns[table]}, unique (id))")
        columns = self._columns[table]
        former = (
            f"insert or ignore into former_{table} (until, {columns}) select ?, {columns} from {table} where id = ?"
        )
        if self._db.execute(former, (until, record_id)).rowcount == 0:
            # It did not exist (or is noted already): searches must not find it yet.
            self._db.execute(f"insert or ignore into former_{table} (until, id) values (?, ?)", (until, record_id))

    def seen(self, table: str, now_ms: int, current: Collection[int] = ()) -> str:
        """The table or sub-select that a search sees now; records with an id in ``current`` are always up to date."""
        if table not in self._columns:
            return table
        self._db.execute(f"delete from former_{table} where until <= ?", (now_ms,))
        stale = [i for (i,) in self._db.execute(f"select id from former_{table}") if i not in current]
        if not stale:
            return table
        columns, listed = self._columns[table], ",".join(map(str, stale))
        return (
            f"(select {columns} from {table} where id not in ({listed}) union all"
            f" select {columns} from former_{table} where id in ({listed}) and created is not null)"
        )
