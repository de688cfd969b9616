"""What HubSpot's answers mean: records with their associations, and refusals as typed faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from systems.faults import BadAnswer, NotAllowed, NotFound, RateLimited, Rejected, SourceDown, SystemFault, Unauthorized
from systems.ports import Link, Record

NAME = "HubSpot"
PRIMARY_NAMES = {"contact_to_company", "deal_to_company", "ticket_to_company"}
"""What the v3 list calls the association to "the" company; the plain ones end in ``_unlabeled`` there."""

Json = dict[str, Any]


def fault_of(refused: Exception) -> SystemFault | None:
    """Each package of the client has exception classes of its own; what they share are status, body, headers."""
    status = getattr(refused, "status", None)
    if status is None or not hasattr(refused, "reason"):
        return None
    try:
        body = orjson.loads(getattr(refused, "body", None) or b"{}")
    except orjson.JSONDecodeError:
        body = {}
    body = body if isinstance(body, dict) else {}
    said = str(body.get("message") or refused.reason or "")[:200]
    if status == 429:
        daily = body.get("policyName") == "DAILY"
        after = float("inf") if daily else _seconds((getattr(refused, "headers", None) or {}).get("Retry-After"))
        what = "the daily limit of requests is used up." if daily else "too many requests."
        return RateLimited(NAME, what, after, "It opens again at midnight of the portal's zone." if daily else "")
    if status == 401:
        return Unauthorized(NAME, "the token was refused.", "Renew HUBSPOT_ACCESS_TOKEN (Settings, Integrations).")
    if status == 403:
        scopes = ", ".join(_scopes(body)) or said
        return NotAllowed(NAME, "the token lacks a permission.", f"Add these scopes to it: {scopes}")
    if status == 404:
        return NotFound(NAME, "there is no such record.")
    if status >= 500 or status in (0, 408, 477):
        return SourceDown(NAME, f"it failed ({status}).", "It is tried again by itself.")
    if status == 423:
        # "Locked": another write to the same record is under way; nothing was done.
        return RateLimited(NAME, "the record is locked by another change.", 2.0)
    code, words = _wrong(body)
    if status == 409:
        # Its sentence names the id of a record that may be somebody else's.
        return Rejected(NAME, "the request was refused (409): another record says that already.", code=code)
    return Rejected(NAME, f"the request was refused ({status}): {words or said}", code=code)


def _wrong(body: Mapping[str, Any]) -> tuple[str, str]:
    """HubSpot's own word for the first thing that was wrong, and its sentence, led by the property's name."""
    category = str(body.get("category") or "")
    errors = body.get("errors")
    if not errors:
        # Older endpoints put the list into the message, as JSON behind a colon.
        try:
            errors = orjson.loads(str(body.get("message") or "").partition(": ")[2] or b"[]")
        except orjson.JSONDecodeError:
            errors = []
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    context = first.get("context") if isinstance(first.get("context"), dict) else {}
    names = (context or {}).get("propertyName") or first.get("name") or ""
    name = str(names[0] if isinstance(names, list) and names else names or "")
    sentence = str(first.get("message") or "")
    words = f"{name}: {sentence}" if name and name not in sentence else sentence
    return str(first.get("code") or first.get("error") or category), words[:200]


def _scopes(body: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for error in body.get("errors") or ():
        found += (error.get("context") or {}).get("requiredScopes") or (error.get("context") or {}).get(
            "requiredGranularScopes", []
        )
    return found


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None


def date_of(header: str | None) -> int | None:
    """What the clock that answered showed (RFC 9110: whole seconds); None when it does not say, or not so."""
    try:
        return int(parsedate_to_datetime(header or "").timestamp() * 1000)
    except ValueError:
        return None


def is_closed(metadata: Mapping[str, Any]) -> bool | None:
    if metadata.get("ticketState"):
        return bool(metadata["ticketState"] == "CLOSED")
    said = metadata.get("isClosed")
    return None if said is None else str(said).lower() == "true"


def record_of(row: Json, links: Sequence[str] | None) -> Record:
    if not isinstance(row, dict) or "id" not in row:
        raise BadAnswer(NAME, "a record came without an id.")
    held = None
    if links is not None:
        told = row.get("associations") or {}
        held = {to: _inline(told.get(to) or {}) for to in links}
    return Record(str(row["id"]), row.get("properties") or {}, held, bool(row.get("archived")), row.get("archivedAt"))


def _inline(told: Json) -> tuple[Link, ...]:
    ends: dict[str, bool] = {}
    for end in told.get("results") or ():
        to_id = str(end["id"])
        ends[to_id] = end.get("type") in PRIMARY_NAMES or ends.get(to_id, False)
    return tuple(Link(to_id, primary) for to_id, primary in ends.items())


def has_results(answer: Any) -> bool:
    return isinstance(answer, dict) and isinstance(answer.get("results"), list)


def is_object(answer: Any) -> bool:
    return isinstance(answer, dict)


def has_id(answer: Any) -> bool:
    return isinstance(answer, dict) and "id" in answer and isinstance(answer.get("properties"), dict)


def is_empty(answer: Any) -> bool:
    return answer is None
