"""A hundred CRM records in one call, each succeeding or failing by itself."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.associations import batch_answer
from sandbox.hubspot.errors import HubSpotError, invalid, not_found
from sandbox.hubspot.portal import Portal, is_true
from sandbox.kinds import Kind

MAX_INPUTS = 100


def run(portal: Portal, kind: Kind, action: str, query: dict[str, str], body: Any) -> tuple[int, dict[str, Any] | None]:
    """POST /crm/v3/objects/{type}/batch/{read, create, update, upsert, archive}: status and answer."""
    inputs = body.get("inputs") if isinstance(body, dict) else None
    if not isinstance(inputs, list) or not all(isinstance(item, dict) for item in inputs):
        raise invalid("inputs must be a list of objects")
    if len(inputs) > MAX_INPUTS:
        raise invalid(f"inputs holds {len(inputs)} objects; at most {MAX_INPUTS} are allowed")
    if action == "read":
        return _read(portal, kind, query, body, inputs)
    if action == "archive":
        for item in inputs:
            if str(item.get("id", "")).isdigit():
                portal.store.archive(kind.plural, int(item["id"]), portal.clock.now_ms())
        return 204, None
    results: list[Any] = []
    errors: list[Any] = []
    for item in inputs:
        try:
            results.append(_write(portal, kind, action, item))
        except HubSpotError as error:
            fault = error.as_batch_error()
            trace = item.get("objectWriteTraceId")
            fault["context"] = {**fault["context"], **({"objectWriteTraceId": [trace]} if trace else {})}
            errors.append(fault)
    if errors and not results and len(inputs) == 1:
        raise HubSpotError(
            400 if errors[0]["category"] == "VALIDATION_ERROR" else 409, errors[0]["category"], errors[0]["message"]
        )
    return (207 if errors else 201 if action == "create" else 200), batch_answer(portal, results, errors)


def _write(portal: Portal, kind: Kind, action: str, item: dict[str, Any]) -> dict[str, Any]:
    asked = item.get("properties") or {}
    trace = {"objectWriteTraceId": item["objectWriteTraceId"]} if item.get("objectWriteTraceId") else {}
    if action == "create":
        row = portal.create(kind, asked, item.get("associations"))
        return portal.show(kind, row, list(row.props)) | trace
    key, by = str(item.get("id", "")), item.get("idProperty")
    try:
        row = portal.find(kind, key, by)
    except HubSpotError as error:
        if action != "upsert" or error.status != 404:
            raise
        if not by or by == "hs_object_id":
            raise not_found(f"no {kind.singular} has the id {key}") from error
        row = portal.create(kind, {**asked, by: key})
        return portal.show(kind, row, list(row.props)) | {"new": True} | trace
    row = portal.change(kind, row, asked)
    return portal.show(kind, row, list(asked)) | ({"new": False} if action == "upsert" else {}) | trace


def _read(
    portal: Portal, kind: Kind, query: dict[str, str], body: Any, inputs: list[Any]
) -> tuple[int, dict[str, Any]]:
    archived = is_true(query, "archived")
    by = body.get("idProperty")
    names, history = body.get("properties") or None, body.get("propertiesWithHistory") or []
    results: list[Any] = []
    missing: list[str] = []
    seen: set[int] = set()
    plain = not by or by == "hs_object_id"
    if not plain and by not in portal.store.unique_names(kind.plural):
        raise invalid(f"{by} is not a unique property of {kind.plural}")
    ids = [int(item["id"]) for item in inputs if str(item.get("id", "")).isdigit()] if plain else []
    rows = portal.store.get_many(kind.plural, ids) if ids else {}
    for item in inputs:
        key = str(item.get("id", ""))
        row = rows.get(int(key)) if plain and key.isdigit() else None
        if not plain:
            row = portal.store.find_unique(kind.plural, str(by), key)
        if row is None or (row.archived is not None) is not archived:
            missing.append(key)
        elif row.id not in seen:
            seen.add(row.id)
            results.append(portal.show(kind, row, names, history))
    errors = []
    if missing:
        errors.append(
            HubSpotError(
                404, "OBJECT_NOT_FOUND",
                "Could not get some objects, they may be deleted or not exist. Check that ids are valid.",
                context={"ids": missing},
            ).as_batch_error()
        )  # fmt: skip
    return (207 if errors else 200), batch_answer(portal, results, errors)
