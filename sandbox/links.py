"""Which records of the sandbox's CRM belong together, and which company is "the" company of a record."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from sandbox.kinds import ID_SPACE, KINDS

_COMPANIES_END = 2 * ID_SPACE
_ENGAGEMENTS_START = 5 * ID_SPACE


class Links:
    """A link is stored once, from the kind with the higher rank to the lower (call to company, deal to contact), with
    a flag that says whether that company is the primary one.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.version = 0
        """Counts writes, so that a cached answer can be told from a stale one."""
        db.execute("create table links (a integer not null, b integer not null, main integer not null)")

    def load(self, rows: Iterable[tuple[int, int, int]]) -> None:
        """Insert many ``(id of the higher rank, id of the lower rank, 1 if primary)``."""
        self._db.executemany("insert into links values (?, ?, ?)", rows)

    def last(self) -> int:
        """The row number of the link that was loaded last, 0 when there is none."""
        last: int = self._db.execute("select coalesce(max(rowid), 0) from links").fetchone()[0]
        return last

    def finish_loading(self) -> None:
        """Build the indices, after everything is in."""
        self._db.execute("create unique index links_ab on links (a, b, main)")
        self._db.execute("create index links_ba on links (b, a, main)")

    def add(self, one: int, other: int, *, primary: bool | None = None) -> None:
        """Associate two records. The first company of a contact, deal or ticket becomes the primary one."""
        a, b = max(one, other), min(one, other)
        may_be_primary = b < _COMPANIES_END and a < _ENGAGEMENTS_START
        if may_be_primary and primary is None:
            taken = "select 1 from links where a = ? and main = 1 and b < ?"
            primary = self._db.execute(taken, (a, _COMPANIES_END)).fetchone() is None
        main = 1 if primary and may_be_primary else 0
        had = self._db.execute("select main from links where a = ? and b = ?", (a, b)).fetchone()
        if main:
            self._db.execute("update links set main = 0 where a = ? and main = 1 and b < ?", (a, _COMPANIES_END))
        if had is None:
            self._db.execute("insert into links values (?, ?, ?)", (a, b, main))
        elif main:
            self._db.execute("update links set main = 1 where a = ? and b = ?", (a, b))
        self.version += 1

    def remove(self, one: int, other: int) -> bool:
        """Take an association away; False when there was none."""
        self.version += 1
        pair = (max(one, other), min(one, other))
        return self._db.execute("delete from links where a = ? and b = ?", pair).rowcount > 0

    def forget(self, record_id: int) -> None:
        """Take all associations of a record away."""
        self._db.execute("delete from links where a = ? or b = ?", (record_id, record_id))
        self.version += 1

    def move(self, loser: int, winner: int) -> None:
        """Give all associations of one record to another of its kind; records left without a primary company get it."""
        for mine, theirs in (("a", "b"), ("b", "a")):
            self._db.execute(
                f"update or ignore links set {mine} = ?, main = 0 where {mine} = ? and {theirs} not in"
                f" (select {theirs} from links where {mine} = ?)",
                (winner, loser, winner),
            )
        self.forget(loser)
        if winner < _COMPANIES_END:
            self._db.execute(
                "update links set main = 1 where b = ? and main = 0 and a < ? and not exists"
                " (select 1 from links as other where other.a = links.a and other.main = 1 and other.b < ?)",
                (winner, _ENGAGEMENTS_START, _COMPANIES_END),
            )

    def of(self, ids: Sequence[int], target: str) -> dict[int, list[tuple[int, bool]]]:
        """For each id that has any: the living records of kind ``target`` it is linked to, and which is primary.

        All ids are of one kind.
        """
        if not ids:
            return {}
        rank = KINDS[target].rank
        low, high = rank * ID_SPACE, (rank + 1) * ID_SPACE
        mine, theirs = ("a", "b") if ids[0] // ID_SPACE > rank else ("b", "a")
        found: dict[int, list[tuple[int, bool]]] = {}
        first, last = min(ids), max(ids)
        if last - first < 4 * len(ids):
            # A page of a list: one range instead of a hundred look-ups.
            scope, values = f"{mine} between ? and ?", [first, last]
        else:
            scope, values = f"{mine} in ({','.join('?' * len(ids))})", list(ids)
        sql = (
            f"select {mine}, {theirs}, main from links where {scope} and {theirs} > ? and {theirs} < ?"
            f" and {theirs} not in (select id from {target} where archived is not null) order by {mine}, {theirs}"
        )
        wanted = set(ids)
        for me, other, main in self._db.execute(sql, [*values, low, high]):
            if me in wanted:
                found.setdefault(me, []).append((other, bool(main)))
        return found
