"""The sandbox's own database: CRM records and what is associated with what, in one temporary SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from sandbox.journal import Journal
from sandbox.kinds import BY_RANK, ID_SPACE, KINDS, Kind
from sandbox.lagging import LaggingIndex
from sandbox.links import Links

_PRAGMAS = "pragma journal_mode=off; pragma synchronous=off; pragma cache_size=-65536; pragma temp_store=file"


class Row(NamedTuple):
    """One record. ``archived`` is when it was archived, None while it lives; all instants in ms."""

    id: int
    created: int
    updated: int
    archived: int | None
    props: dict[str, str]


class ObjectStore:
    """Records by kind, their links, and the redirects that merges leave behind.

    Nothing here locks: whoever serves the store does so from one thread.
    """

    def __init__(self) -> None:
        # A database without a name lives in an unlinked temporary file: nothing is left behind, however we end.
        self.db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self.db.executescript(_PRAGMAS)
        for name in KINDS:
            self.db.execute(
                f"create table {name} (id integer primary key, created integer not null, updated integer not null,"
                " archived integer, props text not null)"
            )
        self.links = Links(self.db)
        self.db.execute("create table merged (loser integer primary key, winner integer not null)")
        self.db.execute(
            "create table history (id integer, name text, value text, at integer, source text, source_id text)"
        )
        self.db.execute(
            "create table issues (id integer primary key, project text not null, number integer not null,"
            " created integer not null, updated integer not null, category text not null, fields text not null,"
            " comments text not null)"
        )
        self.index = LaggingIndex(self.db)
        self.journal = Journal()
        self.owners: list[dict[str, Any]] = []
        self.properties: dict[str, dict[str, Any]] = {}
        """Property definitions by kind and name; HubSpot's side fills them."""
        self.last_deleted_issue = 0
        self.version = 0
        """Counts writes, so that a cached answer can be told from a stale one."""
        self.comments_made = 0
        """Comments made since the start: their ids, which are never given again."""
        self.withheld: set[str] = set()
        self.organizations: dict[str, dict[str, Any]] = {}
        """Permissions that Jira's API user lacks."""
        self._purged: dict[str, int] = {}
        self._unique: dict[str, set[str]] = {}
        self._indexed: set[tuple[str, str]] = set()

    # Loading: many rows at once, indices afterwards.

    def load(self, kind: str, rows: Iterable[tuple[int, int, int, int | None, bytes | str]]) -> None:
        """Insert many ``(id, created, updated, archived, props as JSON)``."""
        self.db.executemany(f"insert into {kind} values (?, ?, ?, ?, ?)", rows)

    def load_issues(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert many issues: ``(id, project, number, created, updated, category, fields, comments)``, JSON as text."""
        self.db.executemany("insert into issues values (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def finish_loading(self) -> None:
        """Build the indices; call it once, after everything is in."""
        for name in KINDS:
            self.db.execute(f"create index {name}_updated on {name} (updated, id) where archived is null")
            self.db.execute(f"create index {name}_archived on {name} (id) where archived is not null")
        self.links.finish_loading()
        self.db.execute("create unique index issues_key on issues (project, number)")
        self.db.execute("create index issues_updated on issues (updated, id)")
        self.db.execute("create index history_id on history (id, name, at)")
        self.add_unique("contacts", "email")
        self.version += 1

    def close(self) -> None:
        """Let the database go, and its file with it."""
        self.db.close()

    # Records.

    def get(self, kind: str, record_id: int) -> Row | None:
        """The record, archived or not; a merge's loser answers as the winner."""
        row = self._one(kind, record_id)
        hops = 0
        while row is None and hops < 20:
            hit = self.db.execute("select winner from merged where loser = ?", (record_id,)).fetchone()
            if hit is None:
                return None
            record_id, hops = hit[0], hops + 1
            row = self._one(kind, record_id)
        return row

    def get_many(self, kind: str, ids: Sequence[int]) -> dict[int, Row]:
        """Records by the id asked for; unknown ids are absent."""
        marks = ",".join("?" * len(ids))
        found = {r[0]: _row(r) for r in self.db.execute(f"select * from {kind} where id in ({marks})", list(ids))}
        for asked in ids:
            if asked not in found and (row := self.get(kind, asked)) is not None:
                found[asked] = row
        return found

    def find_unique(self, kind: str, name: str, value: str) -> Row | None:
        """The living record whose unique property holds this value."""
        self._index(kind, name)
        sql = f"select * from {kind} where json_extract(props, '$.{name}') = ? and archived is null"
        hit = self.db.execute(sql, (value,)).fetchone()
        return _row(hit) if hit else None

    def page(self, kind: str, after: int, limit: int, *, archived: bool = False) -> list[Row]:
        """Up to ``limit`` records with an id above ``after``, in id order."""
        state = "is not null" if archived else "is null"
        sql = f"select * from {kind} where id > ? and archived {state} order by id limit ?"
        return [_row(r) for r in self.db.execute(sql, (after, limit))]

    def insert(self, kind: str, props: dict[str, str], now_ms: int, source: str = "API") -> Row:
        """A new record with the next id of its kind."""
        first = KINDS[kind].first_id
        top = self.db.execute(f"select coalesce(max(id), 0) from {kind}").fetchone()[0]
        gone = self.db.execute(
            "select coalesce(max(loser), 0) from merged where loser between ? and ?", (first, first + ID_SPACE)
        ).fetchone()[0]
        record_id = max(first - 1, top, gone, self._purged.get(kind, 0)) + 1
        self.index.note(kind, record_id)
        self.db.execute(
            f"insert into {kind} values (?, ?, ?, null, ?)", (record_id, now_ms, now_ms, orjson.dumps(props).decode())
        )
        self._remember(record_id, props, now_ms, source)
        self.version += 1
        self.journal.effect("create", kind, record_id, None, props)
        return Row(record_id, now_ms, now_ms, None, props)

    def update(self, kind: str, row: Row, changes: dict[str, str | None], now_ms: int, source: str = "API") -> Row:
        """Set properties; None or "" clears one. The change time moves even when the values are the same."""
        props = {name: value for name, value in {**row.props, **changes}.items() if value}
        updated = max(now_ms, row.updated + 1)
        self.index.note(kind, row.id)
        self.db.execute(
            f"update {kind} set props = ?, updated = ? where id = ?", (orjson.dumps(props).decode(), updated, row.id)
        )
        self._remember(row.id, {name: value or "" for name, value in changes.items()}, updated, source)
        self.version += 1
        self.journal.effect("change", kind, row.id, row.props, props)
        return Row(row.id, row.created, updated, row.archived, props)

    def touch(self, record_ids: Iterable[int], now_ms: int) -> None:
        """Move the change time of records whose associations or roll-ups changed."""
        for record_id in record_ids:
            kind = kind_of(record_id).plural
            self.index.note(kind, record_id)
            self.db.execute(f"update {kind} set updated = max(updated + 1, ?) where id = ?", (now_ms, record_id))
        self.version += 1

    def archive(self, kind: str, record_id: int, now_ms: int) -> bool:
        """Archive a living record (a soft delete); False when there is none. Reads no longer show its links."""
        self.index.note(kind, record_id)
        done = self.db.execute(
            f"update {kind} set archived = ?, updated = max(updated + 1, ?) where id = ? and archived is null",
            (now_ms, now_ms, record_id),
        )
        self.version += 1
        if done.rowcount == 1:
            self.journal.effect("archive", kind, record_id, None, None)
        return done.rowcount == 1

    def restore(self, kind: str, record_id: int, now_ms: int) -> bool:
        """Bring an archived record back, as a person can for 90 days."""
        self.index.note(kind, record_id)
        done = self.db.execute(
            f"update {kind} set archived = null, updated = max(updated + 1, ?) where id = ? and archived is not null",
            (now_ms, record_id),
        )
        self.version += 1
        if done.rowcount == 1:
            self.journal.effect("restore", kind, record_id, None, None)
        return done.rowcount == 1

    def purge(self, kind: str, record_id: int) -> None:
        """Delete for ever, as a GDPR deletion does: no trace in any list."""
        self.index.note(kind, record_id)
        self._purged[kind] = max(self._purged.get(kind, 0), record_id)
        self.db.execute(f"delete from {kind} where id = ?", (record_id,))
        self.links.forget(record_id)
        self.db.execute("delete from history where id = ?", (record_id,))
        self.version += 1
        self.journal.effect("purge", kind, record_id, None, None)

    def merge(self, kind: str, winner: Row, loser: Row, now_ms: int) -> Row:
        """The loser's links move to the winner, its empty properties are filled, its id becomes a redirect."""
        self.index.note(kind, loser.id)
        self.links.move(loser.id, winner.id)
        self.db.execute(f"delete from {kind} where id = ?", (loser.id,))
        self.db.execute("insert or replace into merged values (?, ?)", (loser.id, winner.id))
        self.journal.effect("merge", kind, loser.id, loser.props, {"winner": str(winner.id)})
        merged = [part for part in winner.props.get("hs_merged_object_ids", "").split(";") if part]
        merged += [part for part in loser.props.get("hs_merged_object_ids", "").split(";") if part]
        filled: dict[str, str | None] = {k: v for k, v in loser.props.items() if k not in winner.props}
        filled["hs_merged_object_ids"] = ";".join([*merged, str(loser.id)])
        return self.update(kind, winner, filled, now_ms, "MERGE_OBJECTS")

    # Unique properties.

    def add_unique(self, kind: str, name: str) -> None:
        """From now on, no two living records of this kind may share a value of this property."""
        self._unique.setdefault(kind, set()).add(name)
        self._index(kind, name)

    def unique_names(self, kind: str) -> set[str]:
        """The properties of this kind whose values are unique."""
        return self._unique.get(kind, set())

    def value_history(self, record_id: int, name: str) -> list[tuple[str, int, str, str]]:
        """``(value, instant, source, source id)``, newest first; only changes made since the start."""
        sql = "select value, at, source, source_id from history where id = ? and name = ? order by at desc, rowid desc"
        return list(self.db.execute(sql, (record_id, name)))

    def _index(self, kind: str, name: str) -> None:
        if (kind, name) not in self._indexed:
            self._indexed.add((kind, name))
            self.db.execute(
                f"create index if not exists {kind}_{name} on {kind} (json_extract(props, '$.{name}'))"
                f" where archived is null"
            )

    def _remember(self, record_id: int, props: dict[str, str], now_ms: int, source: str) -> None:
        rows = [(record_id, name, value, now_ms, source, "sandbox") for name, value in props.items()]
        self.db.executemany("insert into history values (?, ?, ?, ?, ?, ?)", rows)

    def _one(self, kind: str, record_id: int) -> Row | None:
        hit = self.db.execute(f"select * from {kind} where id = ?", (record_id,)).fetchone()
        return _row(hit) if hit else None


def kind_of(record_id: int) -> Kind:
    """The kind an id belongs to. KeyError for a number outside every kind's space."""
    return BY_RANK[record_id // ID_SPACE]


def _row(raw: tuple[int, int, int, int | None, str]) -> Row:
    return Row(raw[0], raw[1], raw[2], raw[3], orjson.loads(raw[4]))
