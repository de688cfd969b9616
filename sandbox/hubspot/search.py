"""HubSpot's search: filters, one sort, 200 a page, 10,000 results a query, and an index that may lag behind."""

from __future__ import annotations

from typing import Any

import orjson

from sandbox.hubspot.errors import HubSpotError, invalid
from sandbox.hubspot.filters import definition_of, expression, has_tokens, has_words, where
from sandbox.hubspot.portal import Portal
from sandbox.kinds import Kind
from sandbox.objects import Row

MAX_RESULTS = 10_000
_QUERY_IN = {
    "companies": ("name", "domain", "phone", "website"), "contacts": ("firstname", "lastname", "email", "phone"),
    "deals": ("dealname",), "tickets": ("subject", "content"), "calls": ("hs_call_title", "hs_call_body"),
    "notes": ("hs_note_body",), "tasks": ("hs_task_subject", "hs_task_body"),
    "meetings": ("hs_meeting_title", "hs_meeting_body"), "emails": ("hs_email_subject",),
}  # fmt: skip


class Search:
    """Answers searches over the living records, as the index knows them."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._totals: dict[tuple[Any, ...], int] = {}
        portal.store.db.create_function("has_tokens", 2, has_tokens, deterministic=True)
        portal.store.db.create_function("has_words", 2, has_words, deterministic=True)

    def answer(self, kind: Kind, body: Any) -> dict[str, Any]:
        """POST …/{objectType}/search."""
        if not isinstance(body, dict):
            raise invalid("the body must be an object")
        limit = _whole(body.get("limit", 10), "limit")
        if not 0 <= limit <= 200:
            raise invalid(f"limit is {limit}; a search page holds at most 200 results")
        after = _whole(body.get("after") or 0, "after")
        if after >= MAX_RESULTS:
            raise HubSpotError(
                400, "VALIDATION_ERROR", "There was a problem with the request.",
                errors=[{"message": f"Paging past {MAX_RESULTS} results is not possible: narrow the filters",
                         "code": "INVALID_AFTER"}],
            )  # fmt: skip
        condition, values = where(self._portal, kind, body.get("filterGroups") or [])
        query = body.get("query")
        if query:
            if len(str(query)) > 3000:
                raise invalid("query is longer than 3000 characters")
            text = " || ' ' || ".join(f"coalesce(json_extract(props, '$.{n}'), '')" for n in _QUERY_IN[kind.plural])
            condition, values = f"{condition} and has_words({text}, ?)", [*values, str(query)]
        source = self._portal.store.index.seen(kind.plural, self._portal.clock.now_ms())
        total = self._total(source, condition, values)
        sql = f"select * from {source} where archived is null and {condition} order by {self._order(kind, body)}"
        limit = min(limit, MAX_RESULTS - after)
        rows = self._portal.store.db.execute(f"{sql} limit ? offset ?", [*values, limit, after])
        names = body.get("properties") or None
        results = [self._portal.show(kind, Row(r[0], r[1], r[2], r[3], orjson.loads(r[4])), names) for r in rows]
        told: dict[str, Any] = {"total": total, "results": results}
        if after + len(results) < total and results:
            told["paging"] = {"next": {"after": str(after + len(results))}}
        return told

    def _order(self, kind: Kind, body: dict[str, Any]) -> str:
        sorts = body.get("sorts") or []
        if not isinstance(sorts, list) or len(sorts) > 1:
            raise invalid("sorts must be a list with at most one sort")
        if not sorts:
            return "id"
        sort: Any = sorts[0]
        name, direction = sort, "asc"
        if isinstance(sort, dict):
            name = sort.get("propertyName")
            direction = "desc" if str(sort.get("direction", "")).lower().startswith("desc") else "asc"
        elif isinstance(sort, str) and sort.startswith("-"):
            name, direction = sort[1:], "desc"
        definition = definition_of(self._portal, kind, name)
        where_is = expression(kind, definition)
        if definition.type == "number" and where_is != "id":
            where_is = f"cast({where_is} as real)"
        return f"{where_is} {direction}, id {direction}"

    def _total(self, source: str, condition: str, values: list[Any]) -> int:
        key = (self._portal.store.version, self._portal.store.links.version, source, condition, *values)
        if source.startswith("("):
            # A lagging index changes with the clock, not only with writes.
            self._totals.clear()
        if key not in self._totals:
            if len(self._totals) > 1000:
                self._totals.clear()
            sql = f"select count(*) from {source} where archived is null and {condition}"
            self._totals[key] = self._portal.store.db.execute(sql, values).fetchone()[0]
        return self._totals[key]


def _whole(value: object, name: str) -> int:
    if isinstance(value, bool) or not str(value).isdigit():
        raise invalid(f"{name} must be a whole number, not {value!r}")
    return int(str(value))
