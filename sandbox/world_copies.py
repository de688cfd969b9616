"""Big companies at little cost: a rep's told accounts are copied to other reps under new ids, names and owners.

Telling an account in Python takes ten times as long as copying it inside the database; a thousand reps with two
hundred accounts each would otherwise take minutes to start.
"""

from __future__ import annotations

from typing import Any

import orjson

from sandbox import world_names as names
from sandbox.kinds import ID_SPACE, KINDS
from sandbox.world_rows import Rows

_NAMED = ("companies", "contacts")


class Told:
    """One rep's accounts, as ranges of ids in the store, ready to be copied."""

    def __init__(self, rows: Rows, owner: str, first_account: int) -> None:
        rows.flush()
        self._rows = rows
        self._owner = owner
        self._first_account = first_account
        self._before = dict(rows.ids)
        self._issues_before = rows.issues
        self._links_before = rows.store.links.last()

    def finish(self) -> None:
        """The rep is told; from here on it can be copied."""
        rows = self._rows
        rows.flush()
        self._last = dict(rows.ids)
        self._last_issue = rows.issues
        self._last_link = rows.store.links.last()
        self._named = {name: self._read(name) for name in _NAMED}
        sql = "select * from issues where id > ? and id <= ?"
        span = (10_000 + self._issues_before, 10_000 + self._last_issue)
        self._issues = rows.store.db.execute(sql, span).fetchall()

    def copy(self, owner: str, first_account: int) -> None:
        """The same stories for another rep. ``first_account`` is the number of the first copied account."""
        rows = self._rows
        shift = {name: rows.ids[name] - before for name, before in self._before.items()}
        for name, by in shift.items():
            if name in _NAMED:
                rows.store.load(name, self._renamed(name, by, shift["companies"], owner, first_account))
            else:
                rows.store.db.execute(
                    f"insert into {name} select id + ?, created, updated, null, replace(props, ?, ?) from {name}"
                    " where id > ? and id <= ?",
                    (by, f'"{self._owner}"', f'"{owner}"', self._before[name], self._last[name]),
                )
            rows.ids[name] += self._last[name] - self._before[name]
        self._copy_links(shift)
        self._copy_issues(shift["companies"], first_account)

    def _read(self, kind: str) -> list[tuple[int, int, int, dict[str, str]]]:
        sql = f"select id, created, updated, props from {kind} where id > ? and id <= ?"
        found = self._rows.store.db.execute(sql, (self._before[kind], self._last[kind]))
        return [(i, created, updated, orjson.loads(text)) for i, created, updated, text in found]

    def _renamed(
        self, kind: str, by: int, companies_by: int, owner: str, first_account: int
    ) -> list[tuple[int, int, int, None, str]]:
        copied = []
        for record_id, created, updated, told in self._named[kind]:
            props = {**told, "hubspot_owner_id": owner}
            if kind == "companies":
                place = record_id - self._before["companies"] - 1
                props["name"], props["domain"] = names.account_name(first_account + place)
            else:
                company = int(told["associatedcompanyid"])
                place = company - self._before["companies"] - 1
                props["associatedcompanyid"] = str(company + companies_by)
                props["email"] = f"{told['email'].partition('@')[0]}@{names.account_name(first_account + place)[1]}"
            copied.append((record_id + by, created, updated, None, orjson.dumps(props).decode()))
        return copied

    def _copy_links(self, shift: dict[str, int]) -> None:
        cases = " ".join(f"when {KINDS[name].rank} then {by}" for name, by in shift.items())
        self._rows.store.db.execute(
            f"insert into links select a + case a / {ID_SPACE} {cases} end, b + case b / {ID_SPACE} {cases} end, main"
            " from links where rowid > ? and rowid <= ?",
            (self._links_before, self._last_link),
        )

    def _copy_issues(self, by: int, first_account: int) -> None:
        rows = self._rows
        shift = rows.issues - self._issues_before
        copied: list[tuple[Any, ...]] = []
        for issue_id, project, number, created, updated, category, text, comments in self._issues:
            fields = orjson.loads(text)
            company = fields["company"]
            if company and company.isdigit():
                fields["company"] = str(int(company) + by)
            elif company and company.endswith(".example"):
                place = int(fields["reporter"].rpartition(":")[2]) - self._first_account
                fields["company"] = names.account_name(first_account + place)[1]
            if "reporter_email" in fields:
                place = int(fields["reporter"].rpartition(":")[2]) - self._first_account
                mailbox = fields["reporter_email"].partition("@")[0]
                fields["reporter_email"] = f"{mailbox}@{names.account_name(first_account + place)[1]}"
            shown = orjson.dumps(fields).decode()
            copied.append((issue_id + shift, project, number + shift, created, updated, category, shown, comments))
        rows.store.load_issues(copied)
        rows.issues += len(copied)
