"""Which records belong together: the v4 and v3 association calls."""

from __future__ import annotations

from typing import Any

from sandbox import instants
from sandbox.hubspot.errors import HubSpotError, invalid
from sandbox.hubspot.portal import Portal
from sandbox.kinds import KINDS, Kind, plain_type, primary_type

INLINE_PAGE = 100
BATCH_PAGE = 500


def parse_specs(source: Kind, types: list[Any]) -> tuple[Kind, bool | None]:
    """From ``[{associationCategory, associationTypeId}]``: the other end's kind, and whether it is the primary one."""
    target: Kind | None = None
    primary: bool | None = None
    for spec in types:
        if not isinstance(spec, dict) or spec.get("associationCategory") != "HUBSPOT_DEFINED":
            raise invalid("associationCategory must be HUBSPOT_DEFINED: this account has no labels of its own")
        number = spec.get("associationTypeId")
        hit = next((k for k in KINDS.values() if number in (plain_type(source, k), primary_type(source, k))), None)
        if hit is None or number is None:
            raise invalid(f"associationTypeId {number} is not an association from {source.singular}")
        target = hit
        primary = True if number == primary_type(source, hit) else primary
    if target is None:
        raise invalid("types must name at least one association type")
    return target, primary


def specs(source: Kind, target: Kind, primary: bool) -> list[dict[str, Any]]:
    """The types of one association, as v4 prints them: primary ones carry both."""
    found = []
    main = primary_type(source, target)
    if primary and main is not None:
        found.append({"category": "HUBSPOT_DEFINED", "typeId": main, "label": "Primary"})
    plain = plain_type(source, target)
    if plain is not None:
        found.append({"category": "HUBSPOT_DEFINED", "typeId": plain, "label": None})
    return found


def inline(portal: Portal, source: Kind, ids: list[int], names: list[str]) -> dict[int, dict[str, Any]]:
    """The ``associations`` of each listed record, by id; a primary company is told twice, as HubSpot does."""
    found: dict[int, dict[str, Any]] = {}
    for name in names:
        target = portal.kind(name)
        word = f"{source.singular}_to_{target.singular}"
        has_primary = primary_type(source, target) is not None
        for record_id, ends in portal.store.links.of(ids, target.plural).items():
            results = []
            for other, primary in ends[:INLINE_PAGE]:
                if has_primary and primary:
                    results.append({"id": str(other), "type": word})
                results.append({"id": str(other), "type": f"{word}_unlabeled" if has_primary else word})
            entry: dict[str, Any] = {"results": results}
            if len(ends) > INLINE_PAGE:
                entry["paging"] = {"next": {"after": str(ends[INLINE_PAGE - 1][0])}}
            found.setdefault(record_id, {})[target.plural] = entry
    return found


def _to(source: Kind, target: Kind, ends: list[tuple[int, bool]], after: int, limit: int) -> dict[str, Any]:
    rest = [end for end in ends if end[0] > after]
    shown: dict[str, Any] = {
        "to": [
            {"toObjectId": str(other), "associationTypes": specs(source, target, primary)}
            for other, primary in rest[:limit]
        ]
    }
    if len(rest) > limit:
        shown["paging"] = {"next": {"after": str(rest[limit - 1][0])}}
    return shown


def read_batch(portal: Portal, source: Kind, target: Kind, body: Any, version: str) -> tuple[int, dict[str, Any]]:
    """POST …/batch/read: up to 1,000 ids; those without associations come as errors of a 207."""
    inputs = body.get("inputs") if isinstance(body, dict) else None
    if not isinstance(inputs, list) or not all(isinstance(item, dict) and "id" in item for item in inputs):
        raise invalid("inputs must be a list of objects with an id")
    if len(inputs) > 1000:
        raise invalid(f"inputs holds {len(inputs)} ids; at most 1000 are read at once")
    asked = {int(item["id"]): int(item.get("after") or 0) for item in inputs if str(item["id"]).isdigit()}
    ends = portal.store.links.of(list(asked), target.plural)
    results, errors = [], []
    for item in inputs:
        key = str(item["id"])
        hit = ends.get(int(key)) if key.isdigit() else None
        if hit is None:
            errors.append(_nothing(source, target, key))
        elif version == "v4":
            results.append({"from": {"id": key}, **_to(source, target, hit, asked[int(key)], BATCH_PAGE)})
        else:
            word = f"{source.singular}_to_{target.singular}"
            results.append({"from": {"id": key}, "to": [{"id": str(other), "type": word} for other, _ in hit]})
    return (207 if errors else 200), batch_answer(portal, results, errors)


def _nothing(source: Kind, target: Kind, key: str) -> dict[str, Any]:
    return HubSpotError(
        404, "OBJECT_NOT_FOUND", f"No {target.singular} is associated with {source.singular} {key}.",
        sub_category="crm.associations.NO_ASSOCIATIONS_FOUND",
        context={
            "fromObjectId": [key], "fromObjectType": [source.singular], "toObjectType": [target.singular],
        },
    ).as_batch_error()  # fmt: skip


def batch_answer(portal: Portal, results: list[Any], errors: list[Any]) -> dict[str, Any]:
    """The envelope of every batch answer, with ``errors`` only when there are some."""
    now = instants.iso(portal.clock.now_ms())
    told: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if errors:
        told |= {"numErrors": len(errors), "errors": errors}
    return told


def list_one(portal: Portal, source: Kind, key: str, target: Kind, query: dict[str, str]) -> dict[str, Any]:
    """GET /crm/v4/objects/{type}/{id}/associations/{type}: one record's associations, paged."""
    row = portal.find(source, key)
    limit = max(1, min(int(query.get("limit") or 500), 500))
    ends = portal.store.links.of([row.id], target.plural).get(row.id, [])
    shown = _to(source, target, ends, int(query.get("after") or 0), limit)
    told: dict[str, Any] = {"results": shown["to"]}
    return told | ({"paging": shown["paging"]} if "paging" in shown else {})


def put_default(portal: Portal, source: Kind, one: str, target: Kind, other: str) -> dict[str, Any]:
    """PUT …/associations/default/…: associate with the plain type; doing it twice changes nothing."""
    a, b = portal.find(source, one), portal.find(target, other)
    ends = dict(portal.store.links.of([a.id], target.plural).get(a.id, []))
    if b.id not in ends:
        portal.store.links.add(a.id, b.id)
        portal.after_linking(a.id, [b.id])
    pairs = ((source, a.id, target, b.id), (target, b.id, source, a.id))
    results = [
        {
            "from": {"id": str(mine)}, "to": {"id": str(theirs)},
            "associationSpec": {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": plain_type(kind, far)},
        }
        for kind, mine, far, theirs in pairs
    ]  # fmt: skip
    return batch_answer(portal, results, [])


def put_labels(portal: Portal, source: Kind, one: str, target: Kind, other: str, body: Any) -> dict[str, Any]:
    """PUT …/associations/{type}/{id} with explicit types."""
    a, b = portal.find(source, one), portal.find(target, other)
    found, primary = parse_specs(source, body if isinstance(body, list) else [])
    if found is not target:
        raise invalid(f"the association types lead to {found.plural}, not to {target.plural}")
    portal.store.links.add(a.id, b.id, primary=primary)
    portal.after_linking(a.id, [b.id])
    return {
        "fromObjectTypeId": source.type_id, "fromObjectId": int(a.id), "toObjectTypeId": target.type_id,
        "toObjectId": int(b.id), "labels": ["Primary"] if primary else [],
    }  # fmt: skip


def delete(portal: Portal, source: Kind, one: str, target: Kind, other: str) -> None:
    """DELETE …/associations/{type}/{id}: gone whether it was there or not."""
    a, b = portal.find(source, one), portal.find(target, other)
    if portal.store.links.remove(a.id, b.id):
        portal.after_linking(a.id, [b.id])


def write_batch(
    portal: Portal, source: Kind, target: Kind, action: str, body: Any
) -> tuple[int, dict[str, Any] | None]:
    """POST /crm/v4/associations/…/batch/{create, associate/default, archive}."""
    results: list[Any] = []
    errors: list[Any] = []
    for item in (body or {}).get("inputs") or []:
        one, ends = str(item["from"]["id"]), item["to"]
        for end in ends if isinstance(ends, list) else [ends]:
            try:
                if action == "archive":
                    delete(portal, source, one, target, str(end["id"]))
                elif action == "create":
                    results.append(put_labels(portal, source, one, target, str(end["id"]), item.get("types")))
                else:
                    results += put_default(portal, source, one, target, str(end["id"]))["results"]
            except HubSpotError as error:
                errors.append(error.as_batch_error())
    if action == "archive" and not errors:
        return 204, None
    return (207 if errors else 201 if action == "create" else 200), batch_answer(portal, results, errors)
