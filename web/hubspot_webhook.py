"""HubSpot tells of a change: signed and fresh, or refused; stored durably before it is acknowledged, and each once.

The signature is HubSpot's version 3: HMAC-SHA256 with the app's secret over method, address, body and time. It covers
the public address, not the one a proxy passes on, so that stands in a setting. HubSpot sends again what is not
acknowledged, and now and then what is; an event's id is not unique, so what it says is its key.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated

import orjson
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.door import Door
from records import gather
from sessions.session import Hooked
from store.engine import reading
from web.hubspot_events import AGENTS, KINDS

log = structlog.get_logger("web.hubspot")

PATH = "/hubspot/webhook"
FRESH_MS = 5 * 60_000
"""How far the time of a request may be from ours, in either direction."""
MOST_EVENTS = 100
MOST_BYTES = 1_000_000

Word = Annotated[str, Field(max_length=200)]


class _Event(BaseModel):
    """What an event says, without the new value: that is read from HubSpot itself."""

    model_config = ConfigDict(extra="ignore", strict=True)

    portalId: int
    subscriptionType: Word
    objectId: Annotated[int, Field(ge=0, lt=10**18)]
    objectTypeId: Word | None = None
    propertyName: Word | None = None
    occurredAt: Annotated[int, Field(ge=0, lt=10**15)]


def endpoint(door: Door, secret: str, public_url: str) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint for ``PATH``; ``public_url`` is where HubSpot believes it to be, without the path."""
    address = public_url.rstrip("/") + PATH

    async def hubspot_events(request: Request) -> Response:
        uri = address + (f"?{request.url.query}" if request.url.query else "")
        stamp = request.headers.get("x-hubspot-request-timestamp", "")
        given = request.headers.get("x-hubspot-signature-v3", "")
        if not _is_fresh(stamp, door.systems.clock.now()):
            return _no(401, "not fresh")
        body = await _read(request)
        if body is None:
            return _no(413, "too long")
        if not hmac.compare_digest(signature(secret, "POST", uri, body, stamp), given.encode()):
            return _no(401, "not signed by HubSpot for this address")
        try:
            told = orjson.loads(body)
        except orjson.JSONDecodeError:
            return _no(400, "not JSON")
        if not isinstance(told, list) or len(told) > MOST_EVENTS:
            return _no(400, f"not a list of at most {MOST_EVENTS} events")
        try:
            counts = await asyncio.to_thread(_store, door, told)
        except SQLAlchemyError:
            log.exception("webhook.not_stored")
            return _no(503, "not stored; send it again")
        log.info("webhook.stored", **counts)
        return JSONResponse(counts)

    return hubspot_events


def signature(secret: str, method: str, uri: str, body: bytes, stamp: str) -> bytes:
    """HubSpot's signature, version 3, as it stands in its header."""
    signed = method.encode() + uri.encode() + body + stamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest())


def _is_fresh(stamp: str, now: int) -> bool:
    # A request from the future is as suspect as an old one: it could be kept and sent again later.
    return stamp.isascii() and stamp.isdigit() and len(stamp) < 16 and abs(now - int(stamp)) <= FRESH_MS


async def _read(request: Request) -> bytes | None:
    """The raw body, as it was signed; None when it is longer than any batch."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _store(door: Door, told: list[object]) -> dict[str, int]:
    """Put each event through the door, all or none; answers how many were new, known, and none of our business."""
    counts: Counter[str] = Counter(stored=0, repeated=0, ignored=0)
    now = door.systems.clock.now()
    with reading(door.database).connect() as connection:
        portal = gather.hubspot_portal(connection)
    triggers = []
    for one in told:
        try:
            trigger = _trigger(door.workspace, _Event.model_validate(one), portal, now)
        except ValidationError as wrong:
            # Signed by HubSpot, yet in a shape we don't know: refusing would only bring it again, for a day.
            log.warning("webhook.event_not_understood", fields=[error["loc"] for error in wrong.errors()])
            trigger = None
        if trigger is None:
            counts["ignored"] += 1
        else:
            triggers.append(trigger)
    for receipt in door.submit_all(triggers):
        counts["stored" if receipt.fresh else "repeated"] += 1
    return dict(counts)


def _trigger(workspace: str, event: _Event, portal: str | None, now: int) -> Hooked | None:
    """What the event starts; None when it is of another portal, another kind of record, or nothing we act on."""
    name, _, happened = event.subscriptionType.partition(".")
    kind = KINDS.get((event.objectTypeId or "") if name == "object" else name)
    agent = AGENTS.get(happened)
    if kind is None or agent is None or (portal is not None and portal != str(event.portalId)):
        log.info("webhook.event_ignored", type=event.subscriptionType, portal=event.portalId)
        return None
    what = f"{event.subscriptionType}:{event.objectId}:{event.propertyName or ''}:{event.occurredAt}"
    day = datetime.fromtimestamp(now / 1000, UTC).date().isoformat()
    return Hooked(
        key=f"{workspace}:hubspot:{event.portalId}:{what}",
        session=f"{workspace}:hubspot:{kind}:{event.objectId}:{day}",
        agent=agent,
        person=None,
        source="hubspot",
        event=event.subscriptionType,
        object_kind=kind,
        object_id=str(event.objectId),
        property=event.propertyName,
        occurred_at=event.occurredAt,
        heard_at=now,
    )


def _no(status: int, why: str) -> Response:
    if status != 503:
        log.warning("webhook.refused", why=why)
    return JSONResponse({"error": why}, status_code=status)
