"""The sample company's service desk: its issues, comments, statuses and people, as Jira Cloud prints them."""

from __future__ import annotations

from typing import Any

import orjson

from sandbox.clock import SharedClock
from sandbox.instants import jira_iso
from sandbox.jira.calls import JiraError
from sandbox.jira.fields import COMPANY_FIELD, ORGANIZATIONS_FIELD, comments_of, names_of, text_as
from sandbox.objects import ObjectStore
from sandbox.world_rows import AGENTS, PROJECT

TIME_ZONE = "America/New_York"
"""The API user's own zone: JQL reads dates without a zone in it."""
ME = "712020:00000000-sample-daybook"
PRIORITIES = {"Highest": "1", "High": "2", "Medium": "3", "Low": "4", "Lowest": "5"}
STATUSES = {
    "Open": ("1", "new"), "In Progress": ("3", "indeterminate"), "Waiting for customer": ("10010", "indeterminate"),
    "Done": ("10020", "done"),
}  # fmt: skip
CATEGORIES = {
    "new": (2, "To Do", "blue-gray"), "indeterminate": (4, "In Progress", "yellow"), "done": (3, "Done", "green"),
}  # fmt: skip
TRANSITIONS = {"11": ("Start work", "In Progress"), "21": ("Ask the customer", "Waiting for customer"),
               "31": ("Resolve", "Done"), "41": ("Reopen", "Open")}  # fmt: skip
PERMISSIONS = {"BROWSE_PROJECTS": ("10", "Browse Projects"), "ADD_COMMENTS": ("15", "Add Comments"),
               "DELETE_OWN_COMMENTS": ("37", "Delete Own Comments")}  # fmt: skip
_AGENT_NAMES = ["Tamsin Ticketly", "Ruben Replies", "Ottoline Queue", "Casimir Desk", "Fenella Fixit"]
SEARCH_COMMENTS = 20
"""A search shows at most this many of an issue's comments, the oldest; ``total`` tells that there are more."""
COLUMNS = "id, project, number, created, updated, category, fields, comments"


class Desk:
    """Reads and changes issues. Raw rows hold ``COLUMNS``."""

    def __init__(self, store: ObjectStore, clock: SharedClock, base_url: str = "https://larkspur.example/jira") -> None:
        self.store = store
        self.clock = clock
        self.base_url = base_url

    # Changing.

    def find(self, key: str) -> tuple[Any, ...] | None:
        """The raw issue by key or id."""
        project, _, number = key.rpartition("-")
        if project and number.isdigit():
            sql = f"select {COLUMNS} from issues where project = ? and number = ?"
            hit: tuple[Any, ...] | None = self.store.db.execute(sql, (project.upper(), int(number))).fetchone()
            return hit
        if key.isdigit():
            found: tuple[Any, ...] | None = self.store.db.execute(
                f"select {COLUMNS} from issues where id = ?", (int(key),)
            ).fetchone()
            return found
        return None

    def create(self, fields: dict[str, Any], project: str = PROJECT) -> str:
        """A new issue from ``{summary, description, priority, reporter, company}``; returns its key."""
        now = self.clock.now_ms()
        top = self.store.db.execute("select coalesce(max(id), 10000) from issues").fetchone()[0]
        issue_id = max(top, self.store.last_deleted_issue) + 1
        number = issue_id - 10_000
        full = {
            "priority": "Medium",
            "status": "Open",
            "reporter": "qm:sample:new",
            "assignee": None,
            "company": None,
            **fields,
        }
        self.store.index.note("issues", issue_id)
        self.store.load_issues([(issue_id, project, number, now, now, "new", orjson.dumps(full).decode(), "[]")])
        self.store.journal.effect("create", "issues", f"{project}-{number}", None, full)
        return f"{project}-{number}"

    def set_fields(self, row: tuple[Any, ...], changes: dict[str, Any]) -> None:
        """Change fields (also ``status``, whose category follows) and move ``updated``."""
        fields = {**orjson.loads(row[6]), **changes}
        category = STATUSES[fields["status"]][1]
        now = max(self.clock.now_ms(), row[4] + 1)
        if category == "done" and row[5] != "done":
            fields["resolved"] = now
        elif category != "done":
            fields.pop("resolved", None)
        self.store.index.note("issues", row[0])
        sql = "update issues set fields = ?, category = ?, updated = ? where id = ?"
        self.store.db.execute(sql, (orjson.dumps(fields).decode(), category, now, row[0]))
        self.store.journal.effect("change", "issues", _key(row), orjson.loads(row[6]), fields)

    def add_comment(
        self, row: tuple[Any, ...], author: str, body: Any, *, public: bool, properties: list[Any] | None = None
    ) -> dict[str, Any]:
        """A comment, public or internal; ``updated`` moves with it."""
        comments = comments_of(row)
        now = max(self.clock.now_ms(), row[4] + 1)
        self.store.comments_made += 1
        made = {
            "id": 9_000_000_000 + self.store.comments_made, "created": now, "author": author, "public": public,
            "body": body,
        }  # fmt: skip
        if properties:
            made["properties"] = properties
        self.store.index.note("issues", row[0])
        sql = "update issues set comments = ?, updated = ? where id = ?"
        self.store.db.execute(sql, (orjson.dumps([*comments, made]).decode(), now, row[0]))
        self.store.journal.effect("comment", "issues", _key(row), None, made)
        return made

    def edit_comment(self, row: tuple[Any, ...], comment_id: str, author: str, body: str) -> None:
        """Somebody changes a comment's words; ``updated`` moves."""
        now = max(self.clock.now_ms(), row[4] + 1)
        comments = comments_of(row)
        one = next(raw for raw in comments if str(raw["id"]) == comment_id)
        was = dict(one)
        one.update(body=body, updated=now, updated_by=author)
        self.store.index.note("issues", row[0])
        sql = "update issues set comments = ?, updated = ? where id = ?"
        self.store.db.execute(sql, (orjson.dumps(comments).decode(), now, row[0]))
        self.store.journal.effect("edit_comment", "issues", _key(row), was, one)

    def remove_comment(self, row: tuple[Any, ...], comment_id: str) -> None:
        """A comment vanishes; ``updated`` moves."""
        left = [raw for raw in comments_of(row) if str(raw["id"]) != comment_id]
        self.store.index.note("issues", row[0])
        sql = "update issues set comments = ?, updated = ? where id = ?"
        now = max(self.clock.now_ms(), row[4] + 1)
        self.store.db.execute(sql, (orjson.dumps(left).decode(), now, row[0]))
        gone = next((raw for raw in comments_of(row) if str(raw["id"]) == comment_id), None)
        self.store.journal.effect("uncomment", "issues", _key(row), gone, None)

    def delete(self, row: tuple[Any, ...]) -> None:
        """The issue vanishes: no search, no read, no trace."""
        self.store.index.note("issues", row[0])
        self.store.last_deleted_issue = max(self.store.last_deleted_issue, row[0])
        self.store.db.execute("delete from issues where id = ?", (row[0],))
        self.store.journal.effect("delete", "issues", _key(row), None, None)

    # Showing.

    def user(self, account: str | None, email: str | None = None) -> dict[str, Any] | None:
        """An account: an agent of the company, a customer of the portal, or the API user. Agents show no address."""
        if account is None:
            return None
        if account in AGENTS:
            name, kind = _AGENT_NAMES[AGENTS.index(account)], "atlassian"
        elif account == ME:
            name, kind = "Daybook (sample)", "atlassian"
        else:
            name, kind = f"Customer {account.rpartition(':')[2]}", "customer"
        url = f"{self.base_url}/rest/api/2/user?accountId={account}"
        address = {"emailAddress": email} if email else {}
        return {
            **address,
            "self": url, "accountId": account, "accountType": kind, "displayName": name, "active": True,
            "timeZone": TIME_ZONE,
        }  # fmt: skip

    def permission(self, key: str) -> dict[str, Any]:
        """One permission of the API user, as GET /mypermissions tells it."""
        if key not in PERMISSIONS:
            raise JiraError(400, f"Unrecognized permission keys: [{key}]")
        number, label = PERMISSIONS[key]
        return {
            "id": number, "key": key, "name": label, "type": "PROJECT", "description": "",
            "havePermission": key not in self.store.withheld,
        }  # fmt: skip

    def status(self, name: str) -> dict[str, Any]:
        number, category = STATUSES[name]
        cid, label, colour = CATEGORIES[category]
        root = f"{self.base_url}/rest/api/2"
        return {
            "self": f"{root}/status/{number}", "description": "", "iconUrl": f"{self.base_url}/status.png",
            "name": name, "id": number, "statusCategory": {
                "self": f"{root}/statuscategory/{cid}", "id": cid, "key": category, "colorName": colour, "name": label,
            },
        }  # fmt: skip

    def priority(self, name: str) -> dict[str, Any]:
        number = PRIORITIES[name]
        root = self.base_url
        return {
            "self": f"{root}/rest/api/2/priority/{number}", "id": number, "name": name,
            "iconUrl": f"{root}/{number}.svg",
        }  # fmt: skip

    def comment(self, issue_id: int, raw: dict[str, Any], version: str, *, properties: bool = False) -> dict[str, Any]:
        who, editor = self.user(raw["author"]), self.user(raw.get("updated_by") or raw["author"])
        when, since = jira_iso(raw["created"]), jira_iso(raw.get("updated") or raw["created"])
        shown = {
            "self": f"{self.base_url}/rest/api/{version}/issue/{issue_id}/comment/{raw['id']}", "id": str(raw["id"]),
            "author": who, "body": text_as(raw["body"], version), "updateAuthor": editor, "created": when,
            "updated": since, "jsdPublic": raw["public"],
        }  # fmt: skip
        if properties:
            shown["properties"] = raw.get("properties") or []
        return shown

    def issue(self, row: tuple[Any, ...], wanted: list[str], version: str, *, search: bool) -> dict[str, Any]:
        """One issue with the fields asked for; ``*all`` and ``*navigable`` are understood, ``-name`` leaves one out."""
        shown: dict[str, Any] = {
            "expand": "operations,versionedRepresentations,editmeta,changelog,renderedFields", "id": str(row[0]),
            "self": f"{self.base_url}/rest/api/{version}/issue/{row[0]}", "key": f"{row[1]}-{row[2]}",
        }  # fmt: skip
        names = names_of(wanted)
        if names:
            held = orjson.loads(row[6])
            shown["fields"] = {name: self._field(name, row, held, version, search) for name in names}
        return shown

    def _field(self, name: str, row: tuple[Any, ...], held: dict[str, Any], version: str, search: bool) -> Any:
        match name:
            case "summary":
                return held["summary"]
            case "description":
                return text_as(held.get("description") or "", version)
            case "priority":
                return self.priority(held["priority"])
            case "status":
                return self.status(held["status"])
            case "reporter" | "creator":
                return self.user(held["reporter"], held.get("reporter_email"))
            case "assignee":
                return self.user(held.get("assignee"))
            case "created":
                return jira_iso(row[3])
            case "updated":
                return jira_iso(row[4])
            case "resolutiondate":
                return jira_iso(held["resolved"]) if "resolved" in held else None
            case "resolution":
                return {"id": "10000", "name": "Done", "description": ""} if "resolved" in held else None
            case "labels":
                return held.get("labels", [])
            case "project":
                return {"id": "10001", "key": row[1], "name": "Support", "projectTypeKey": "service_desk"}
            case "issuetype":
                return {"id": "10100", "name": "Support request", "subtask": False}
            case "comment":
                return self._comments(row, version, search)
            case _ if name == ORGANIZATIONS_FIELD:
                return self._shared_with(held)
        return held.get("company") if name == COMPANY_FIELD else None

    def _shared_with(self, held: dict[str, Any]) -> list[dict[str, Any]]:
        """The organisations an issue is shared with."""
        root = f"{self.base_url}/rest/servicedeskapi/organization"
        return [
            {"id": one, "name": self.store.organizations[one]["name"], "_links": {"self": f"{root}/{one}"}}
            for one in held.get("organizations", [])
        ]

    def _comments(self, row: tuple[Any, ...], version: str, search: bool) -> dict[str, Any]:
        raws = comments_of(row)
        shown = raws[:SEARCH_COMMENTS] if search else raws
        return {
            "comments": [self.comment(row[0], raw, version) for raw in shown], "maxResults": len(shown), "startAt": 0,
            "total": len(raws), "self": f"{self.base_url}/rest/api/{version}/issue/{row[0]}/comment",
        }  # fmt: skip


def _key(row: tuple[Any, ...]) -> str:
    return f"{row[1]}-{row[2]}"
