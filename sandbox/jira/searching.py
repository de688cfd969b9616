"""Jira's search: a query, a page, and a cursor that survives changes in between."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from sandbox.jira.calls import Call, JiraError
from sandbox.jira.desk import COLUMNS, TIME_ZONE, Desk
from sandbox.jira.jql import Query
from sandbox.world_rows import PROJECT

_MOST_WITH_FIELDS, _MOST_IDS = 100, 5000


def search(desk: Desk, call: Call) -> dict[str, Any]:
    """GET or POST /search/jql: one page, and a cursor for the next unless it is the last."""
    asked: dict[str, Any] = call.body if call.method == "POST" else {
        "jql": call.first("jql"), "nextPageToken": call.first("nextPageToken"),
        "maxResults": call.first("maxResults") or 50, "fields": call.listed("fields"),
        "reconcileIssues": call.listed("reconcileIssues"),
    }  # fmt: skip
    jql = str(asked.get("jql") or "")
    query = query_of(desk, jql)
    fields = asked.get("fields") or []
    fields = fields.split(",") if isinstance(fields, str) else fields
    ids_only = all(name in ("id", "key") for name in fields)
    most = max(1, min(int(asked.get("maxResults") or 50), _MOST_IDS if ids_only else _MOST_WITH_FIELDS))
    condition, values = query.condition, list(query.values)
    if asked.get("nextPageToken"):
        at, last = _read_token(str(asked["nextPageToken"]), jql)
        sign = "<" if query.descending else ">"
        condition, values = f"({condition}) and ({query.order}, id) {sign} (?, ?)", [*values, at, last]
    direction = "desc" if query.descending else "asc"
    forced = [int(i) for i in asked.get("reconcileIssues") or []]
    source = desk.store.index.seen("issues", desk.clock.now_ms(), forced)
    order = f"{query.order} {direction}, id {direction}"
    sql = f"select {COLUMNS} from {source} where {condition} order by {order} limit ?"
    rows = desk.store.db.execute(sql, [*values, most + 1]).fetchall()
    shown = rows[:most]
    told: dict[str, Any] = {
        "issues": [desk.issue(row, fields, call.version, search=True) for row in shown],
        "isLast": len(rows) <= most,
    }
    if len(rows) > most:
        column = {"id": 0, "created": 3, "updated": 4}[query.order]
        told["nextPageToken"] = _write_token(jql, shown[-1][column], shown[-1][0])
    return told


def query_of(desk: Desk, jql: str) -> Query:
    """The query, read at the shared clock's now and in the API user's zone."""
    return Query(jql, desk.clock.now_ms(), TIME_ZONE, {PROJECT})


def _write_token(jql: str, at: int, last: int) -> str:
    seal = hashlib.sha256(jql.encode()).hexdigest()[:12]
    return base64.urlsafe_b64encode(f"{seal}:{at}:{last}".encode()).decode()


def _read_token(token: str, jql: str) -> tuple[int, int]:
    try:
        seal, at, last = base64.urlsafe_b64decode(token).decode().split(":")
    except ValueError as error:
        raise JiraError(400, "The provided next page token is invalid or expired.") from error
    if seal != hashlib.sha256(jql.encode()).hexdigest()[:12]:
        raise JiraError(400, "The provided next page token does not belong to this query.")
    return int(at), int(last)
