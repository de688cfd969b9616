"""Owners, pipelines, property definitions and the account itself: what HubSpot knows beside records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox import instants
from sandbox.hubspot.errors import HubSpotError, invalid, not_found
from sandbox.hubspot.portal import PORTAL_ID, Portal, is_true, property_name
from sandbox.hubspot.schema import PIPELINES, Pipeline, Property, Stage
from sandbox.kinds import Kind

_EPOCH = "2024-03-01T09:00:00.000Z"


def owners(portal: Portal, query: dict[str, str]) -> dict[str, Any]:
    """GET /crm/v3/owners: by email, living or archived, 100 (up to 500) a page."""
    archived = is_true(query, "archived")
    email, after = (query.get("email") or "").lower(), int(query.get("after") or 0)
    limit = int(query.get("limit") or 100)
    if not 1 <= limit <= 500:
        raise invalid(f"limit is {limit}; it must be from 1 to 500")
    found = [
        owner for owner in portal.store.owners
        if owner["archived"] is archived and int(owner["id"]) > after
        and (not email or owner["email"].lower() == email)
    ]  # fmt: skip
    told: dict[str, Any] = {"results": found[:limit]}
    if len(found) > limit:
        told["paging"] = {"next": {"after": found[limit - 1]["id"], "link": f"?after={found[limit - 1]['id']}"}}
    return told


def owner(portal: Portal, key: str, query: dict[str, str]) -> dict[str, Any]:
    """GET /crm/v3/owners/{id}: by owner id, or by user id with idProperty=userId."""
    archived = is_true(query, "archived")
    by = query.get("idProperty") or "id"
    for one in portal.store.owners:
        if str(one[by if by in ("id", "userId") else "id"]) == key and one["archived"] is archived:
            return one
    raise not_found(f"Owner {key} does not exist")


def pipelines(kind: Kind, rest: list[str]) -> Any:
    """GET /crm/v3/pipelines/{type}[/{id}[/stages[/{id}]]]."""
    lines = PIPELINES.get(kind.plural, ())
    if not rest:
        return {"results": [_pipeline(kind, n, line) for n, line in enumerate(lines)]}
    for n, line in enumerate(lines):
        if line.id == rest[0]:
            shown = _pipeline(kind, n, line)
            if len(rest) == 1:
                return shown
            if len(rest) == 2:
                return {"results": shown["stages"]}
            for stage in shown["stages"]:
                if stage["id"] == rest[2]:
                    return stage
    raise not_found(f"no such pipeline or stage of {kind.plural}: {'/'.join(rest)}")


def _pipeline(kind: Kind, order: int, line: Pipeline) -> dict[str, Any]:
    return {
        "id": line.id, "label": line.label, "displayOrder": order, "archived": False,
        "createdAt": _EPOCH, "updatedAt": _EPOCH, "stages": [_stage(kind, n, s) for n, s in enumerate(line.stages)],
    }  # fmt: skip


def _stage(kind: Kind, order: int, stage: Stage) -> dict[str, Any]:
    closed = str(stage.closed).lower()
    metadata = (
        {"isClosed": closed, "probability": stage.probability}
        if kind.plural == "deals"
        else {"isClosed": closed, "ticketState": "CLOSED" if stage.closed else "OPEN"}
    )
    return {
        "id": stage.id, "label": stage.label, "displayOrder": order, "metadata": metadata, "archived": False,
        "createdAt": _EPOCH, "updatedAt": _EPOCH, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    }  # fmt: skip


def property_list(portal: Portal, kind: Kind) -> dict[str, Any]:
    """GET /crm/v3/properties/{type}."""
    return {"results": [_definition(kind, p) for p in portal.properties[kind.plural].values()]}


def property_one(portal: Portal, kind: Kind, name: str) -> dict[str, Any]:
    """GET /crm/v3/properties/{type}/{name}."""
    found = portal.properties[kind.plural].get(name)
    if found is None:
        raise not_found(f"Property {name} does not exist")
    return _definition(kind, found)


def property_create(portal: Portal, kind: Kind, body: Any) -> dict[str, Any]:
    """POST /crm/v3/properties/{type}; uniqueness can be asked for here and never again."""
    missing = [key for key in ("name", "label", "type", "fieldType", "groupName") if not body.get(key)]
    if missing:
        raise invalid(f"missing: {', '.join(missing)}")
    name = property_name(body["name"])
    if name in portal.properties[kind.plural]:
        raise HubSpotError(409, "OBJECT_ALREADY_EXISTS", f"Property {name} already exists")
    groups = {_group(kind, p) for p in portal.properties[kind.plural].values()}
    if body["groupName"] not in groups:
        raise invalid(f"group {body['groupName']!r} does not exist", code="INVALID_GROUP", name="groupName")
    if body["type"] not in ("string", "number", "date", "datetime", "enumeration", "bool"):
        raise invalid(f"type {body['type']!r} is not a property type")
    made = Property(
        name, str(body["label"]), str(body["type"]), str(body["fieldType"]),
        options=tuple((str(o["label"]), str(o["value"])) for o in body.get("options") or []),
        unique=bool(body.get("hasUniqueValue")), custom=True, group=str(body["groupName"]),
        description=str(body.get("description") or ""),
    )  # fmt: skip
    portal.properties[kind.plural][name] = made
    if made.unique:
        portal.store.add_unique(kind.plural, name)
    return _definition(kind, made)


def property_patch(portal: Portal, kind: Kind, name: str, body: Any) -> dict[str, Any]:
    """PATCH /crm/v3/properties/{type}/{name}: label, description and options of a property of the account's own."""
    found = portal.properties[kind.plural].get(name)
    if found is None:
        raise not_found(f"Property {name} does not exist")
    if not found.custom:
        raise invalid(f"{name} is defined by HubSpot and cannot be changed")
    options = body.get("options")
    changed = replace(
        found, label=str(body.get("label") or found.label),
        description=str(body.get("description") or found.description),
        options=found.options if options is None else tuple((str(o["label"]), str(o["value"])) for o in options),
    )  # fmt: skip
    portal.properties[kind.plural][name] = changed
    return _definition(kind, changed)


def property_delete(portal: Portal, kind: Kind, name: str) -> None:
    """DELETE /crm/v3/properties/{type}/{name}."""
    found = portal.properties[kind.plural].get(name)
    if found is None or not found.custom:
        raise not_found(f"Property {name} does not exist or cannot be archived")
    del portal.properties[kind.plural][name]


def _definition(kind: Kind, p: Property) -> dict[str, Any]:
    return {
        "name": p.name, "label": p.label, "type": p.type, "fieldType": p.field_type, "description": p.description,
        "groupName": _group(kind, p), "displayOrder": -1, "hidden": False,
        "options": [
            {"label": label, "value": value, "hidden": False, "displayOrder": n, "description": ""}
            for n, (label, value) in enumerate(p.options)
        ],
        "hasUniqueValue": p.unique, "calculated": p.calculated, "externalOptions": p.external_options,
        "hubspotDefined": not p.custom, "formField": not p.read_only, "archived": False,
        "createdAt": _EPOCH, "updatedAt": _EPOCH, "dataSensitivity": "non_sensitive",
        "modificationMetadata": {
            "archivable": p.custom, "readOnlyDefinition": not p.custom, "readOnlyValue": p.read_only or p.calculated,
        },
    }  # fmt: skip


def _group(kind: Kind, p: Property) -> str:
    return p.group or f"{kind.singular}information"


def account() -> dict[str, Any]:
    """GET /account-info/v3/details."""
    return {
        "portalId": PORTAL_ID, "accountType": "STANDARD", "timeZone": "US/Eastern", "companyCurrency": "USD",
        "additionalCurrencies": [], "utcOffset": "-05:00", "utcOffsetMilliseconds": -18_000_000,
        "uiDomain": "app.hubspot.com", "dataHostingLocation": "na1",
    }  # fmt: skip


def token_info(token: str, scopes: frozenset[str]) -> dict[str, Any]:
    """POST /oauth/v2/private-apps/get/access-token-info."""
    return {
        "userId": 42_000_001, "hubId": PORTAL_ID, "appId": 3_131_313, "scopes": sorted(scopes),
        "tokenType": "ACCESS", "token": f"{token[:12]}…",
    }  # fmt: skip


def as_owner(
    owner_id: str, user_id: int, email: str, name: str, team: tuple[str, str] | None, *, archived: bool
) -> dict[str, Any]:
    """One owner as HubSpot prints it. ``team`` is (id, name), told as the primary team."""
    first, _, last = name.partition(" ")
    shown: dict[str, Any] = {
        "id": owner_id, "email": email, "type": "PERSON", "firstName": first, "lastName": last, "userId": user_id,
        "createdAt": _EPOCH, "updatedAt": instants.iso(1_780_000_000_000), "archived": archived,
    }  # fmt: skip
    shown["userIdIncludingInactive"] = user_id
    if archived:
        # An archived owner has no active user any more.
        del shown["userId"]
    if team and not archived:
        shown["teams"] = [{"id": team[0], "name": team[1], "primary": True}]
    return shown
