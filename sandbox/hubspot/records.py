"""Reading and writing single CRM records and pages of them."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.associations import inline
from sandbox.hubspot.errors import invalid
from sandbox.hubspot.portal import Portal, is_true
from sandbox.kinds import Kind


def names_in(query: dict[str, str], key: str) -> list[str] | None:
    """A comma-separated query value as a list; None when it was not given."""
    value = query.get(key)
    return [part for part in value.split(",") if part] if value else None


def list_page(portal: Portal, kind: Kind, query: dict[str, str]) -> dict[str, Any]:
    """GET /crm/v3/objects/{type}: up to 100 records in id order."""
    limit_text, after_text = query.get("limit") or "10", query.get("after") or "0"
    if not limit_text.isdigit() or not after_text.isdigit():
        raise invalid("limit and after must be whole numbers")
    limit, history = int(limit_text), names_in(query, "propertiesWithHistory") or []
    most = 50 if history else 100
    if not 1 <= limit <= most:
        raise invalid(f"limit is {limit}; it must be from 1 to {most}")
    archived = is_true(query, "archived")
    rows = portal.store.page(kind.plural, int(after_text), limit + 1, archived=archived)
    shown, more = rows[:limit], len(rows) > limit
    names = names_in(query, "properties")
    results = [portal.show(kind, row, names, history) for row in shown]
    wanted = names_in(query, "associations")
    if wanted:
        ends = inline(portal, kind, [row.id for row in shown], wanted)
        for result, row in zip(results, shown, strict=True):
            if row.id in ends:
                result["associations"] = ends[row.id]
    told: dict[str, Any] = {"results": results}
    if more:
        after = str(shown[-1].id)
        told["paging"] = {"next": {"after": after, "link": f"?after={after}&limit={limit}"}}
    return told


def read(portal: Portal, kind: Kind, key: str, query: dict[str, str]) -> dict[str, Any]:
    """GET /crm/v3/objects/{type}/{id}: by id or by a unique property; a merged id answers as the winner."""
    row = portal.find(kind, key, query.get("idProperty"), archived=is_true(query, "archived"))
    shown = portal.show(kind, row, names_in(query, "properties"), names_in(query, "propertiesWithHistory") or [])
    wanted = names_in(query, "associations")
    if wanted:
        ends = inline(portal, kind, [row.id], wanted).get(row.id)
        if ends:
            shown["associations"] = ends
    return shown


def create(portal: Portal, kind: Kind, body: Any) -> dict[str, Any]:
    """POST /crm/v3/objects/{type}, associations inline."""
    row = portal.create(kind, body.get("properties"), body.get("associations"))
    return portal.show(kind, row, list(row.props))


def patch(portal: Portal, kind: Kind, key: str, query: dict[str, str], body: Any) -> dict[str, Any]:
    """PATCH /crm/v3/objects/{type}/{id}: only the properties named."""
    row = portal.find(kind, key, query.get("idProperty"))
    asked = body.get("properties")
    row = portal.change(kind, row, asked)
    return portal.show(kind, row, list(asked))


def archive(portal: Portal, kind: Kind, key: str) -> None:
    """DELETE /crm/v3/objects/{type}/{id}: archived, restorable; 204 also when it already was."""
    if key.isdigit():
        portal.store.archive(kind.plural, int(key), portal.clock.now_ms())


def merge(portal: Portal, kind: Kind, body: Any) -> dict[str, Any]:
    """POST /crm/v3/objects/{type}/merge: the second record goes into the first."""
    winner, loser = (portal.find(kind, str(body.get(k, ""))) for k in ("primaryObjectId", "objectIdToMerge"))
    if winner.id == loser.id:
        raise invalid("a record cannot be merged into itself")
    row = portal.store.merge(kind.plural, winner, loser, portal.clock.now_ms())
    return portal.show(kind, row, [*kind.defaults, "hs_merged_object_ids"])
