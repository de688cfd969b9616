"""HubSpot's door: token, scopes, limits and knobs first, then the call itself."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate
from functools import partial
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import orjson

from sandbox.clock import SharedClock
from sandbox.hangup import Receive, Scope, Send
from sandbox.hubspot import associations, batch, directory, records
from sandbox.hubspot.errors import HubSpotError, invalid, not_found
from sandbox.hubspot.limits import Limits, refusal
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.search import Search
from sandbox.kinds import KINDS
from sandbox.knobs import Knob, Knobs
from sandbox.misbehave import path_below, serve, whole_body
from sandbox.objects import ObjectStore

ACCESS_TOKEN = "pat-sandbox-larkspur-0000"
READ_ONLY_TOKEN = "pat-sandbox-larkspur-read-only"
NO_TICKETS_TOKEN = "pat-sandbox-larkspur-no-tickets"

_SCOPED = ("companies", "contacts", "deals", "owners")
READ_SCOPES = frozenset({f"crm.objects.{n}.read" for n in _SCOPED} | {f"crm.schemas.{n}.read" for n in _SCOPED[:3]})
WRITE_SCOPES = frozenset(
    {f"crm.objects.{n}.write" for n in _SCOPED[:3]} | {f"crm.schemas.{n}.write" for n in _SCOPED[:3]}
)
ALL_SCOPES = READ_SCOPES | WRITE_SCOPES | {"tickets", "oauth", "sales-email-read"}
SCOPES = {
    ACCESS_TOKEN: ALL_SCOPES,
    READ_ONLY_TOKEN: READ_SCOPES | {"tickets", "oauth", "sales-email-read"},
    NO_TICKETS_TOKEN: ALL_SCOPES - {"tickets"},
}
_WRITES = frozenset({"create", "update", "archive", "merge", "upsert"})


@dataclass(slots=True)
class Call:
    """One request, understood: ``action`` is what knobs call it, ``type`` the kind of record it is about."""

    method: str
    path: list[str]
    query: dict[str, str]
    body: Any
    action: str
    type: str


class HubSpotServer:
    """An ASGI endpoint that answers every path below the prefix it is mounted at."""

    def __init__(self, store: ObjectStore, clock: SharedClock, knobs: Knobs, *, limits: bool = True) -> None:
        self.portal = Portal(store, clock)
        self.search = Search(self.portal)
        self.clock = clock
        self.knobs = knobs
        self.limits = Limits(enforced=limits)
        for name in KINDS:
            store.index.until[name] = partial(self._index_until, name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = await whole_body(receive)
        call = understand(scope["method"], path_below(scope), scope["query_string"].decode(), raw)
        attrs = {"type": call.type, "method": call.method}
        await serve(
            scope, send, self.clock, self.knobs, f"hubspot.{call.action}", attrs,
            lambda knob: self._answer(scope, call, knob),
        )  # fmt: skip

    def _answer(self, scope: Scope, call: Call, knob: Knob | None) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        extra: dict[str, str] = {}
        told: Any
        try:
            token = _authorised(scope, call)
            if knob is not None and knob.mode == "rate_limit":
                usual = "SECONDLY" if call.action == "search" else "TEN_SECONDLY_ROLLING"
                raise refusal(knob.error or usual, knob.retry_after)
            self.limits.count(search=call.action == "search")
            if knob is not None and knob.mode == "error":
                raise _asked_error(knob)
            looks = call.method == "GET" or call.path[-1] in ("search", "read") or call.action == "token_info"
            path = "/" + "/".join(call.path)
            with self.portal.store.journal.request("hubspot", call.method, path, call.body, looks) as line:
                status, told = self._do(call, token)
                line["status"] = status
        except HubSpotError as error:
            status, told, extra = error.status, error.body(uuid4()), error.headers
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            fault = invalid(f"Invalid input JSON: {error}")
            status, told = fault.status, fault.body(uuid4())
        body = b"" if told is None else orjson.dumps(told)
        headers = [
            (b"content-type", b"application/json;charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"date", formatdate(self.clock.now_ms() // 1000, usegmt=True).encode()),
        ]
        if call.action != "search":
            headers += self.limits.headers()
        headers += [(name.encode(), value.encode()) for name, value in extra.items()]
        return status, headers, body

    def _do(self, call: Call, token: str) -> tuple[int, Any]:
        portal, query, body = self.portal, call.query, call.body
        match call.method, call.path:
            case "GET", ["crm", "v3", "objects", name]:
                return 200, records.list_page(portal, portal.kind(name), query)
            case "POST", ["crm", "v3", "objects", name, "search"]:
                return 200, self.search.answer(portal.kind(name), body)
            case "POST", ["crm", "v3", "objects", name, "merge"]:
                return 200, records.merge(portal, portal.kind(name), body)
            case "POST", [
                "crm",
                "v3",
                "objects",
                name,
                "batch",
                "read" | "create" | "update" | "upsert" | "archive" as action,
            ]:
                return batch.run(portal, portal.kind(name), action, query, body)
            case "POST", ["crm", "v3", "objects", name]:
                return 201, records.create(portal, portal.kind(name), body)
            case "GET", ["crm", "v3", "objects", name, key]:
                return 200, records.read(portal, portal.kind(name), key, query)
            case "PATCH", ["crm", "v3", "objects", name, key]:
                return 200, records.patch(portal, portal.kind(name), key, query, body)
            case "DELETE", ["crm", "v3", "objects", name, key]:
                records.archive(portal, portal.kind(name), key)
                return 204, None
        return self._do_more(call, token)

    def _do_more(self, call: Call, token: str) -> tuple[int, Any]:
        portal, query, body = self.portal, call.query, call.body
        match call.method, call.path:
            case "POST", ["crm", "v3" | "v4" as version, "associations", one, other, "batch", "read"]:
                return associations.read_batch(portal, portal.kind(one), portal.kind(other), body, version)
            case "POST", ["crm", "v4", "associations", one, other, "batch", *rest] if rest:
                return associations.write_batch(portal, portal.kind(one), portal.kind(other), rest[0], body)
            case "GET", ["crm", "v4", "objects", one, key, "associations", other]:
                return 200, associations.list_one(portal, portal.kind(one), key, portal.kind(other), query)
            case "PUT", ["crm", "v4", "objects", one, key, "associations", "default", other, end]:
                return 200, associations.put_default(portal, portal.kind(one), key, portal.kind(other), end)
            case "PUT", ["crm", "v4", "objects", one, key, "associations", other, end]:
                return 201, associations.put_labels(portal, portal.kind(one), key, portal.kind(other), end, body)
            case "DELETE", ["crm", "v4", "objects", one, key, "associations", other, end]:
                associations.delete(portal, portal.kind(one), key, portal.kind(other), end)
                return 204, None
            case "GET", ["crm", "v3", "owners"]:
                return 200, directory.owners(portal, query)
            case "GET", ["crm", "v3", "owners", key]:
                return 200, directory.owner(portal, key, query)
            case "GET", ["crm", "v3", "pipelines", name, *rest]:
                return 200, directory.pipelines(portal.kind(name), rest)
            case "GET", ["crm", "v3", "properties", name]:
                return 200, directory.property_list(portal, portal.kind(name))
            case "POST", ["crm", "v3", "properties", name]:
                return 201, directory.property_create(portal, portal.kind(name), body)
            case "GET", ["crm", "v3", "properties", name, key]:
                return 200, directory.property_one(portal, portal.kind(name), key)
            case "PATCH", ["crm", "v3", "properties", name, key]:
                return 200, directory.property_patch(portal, portal.kind(name), key, body)
            case "DELETE", ["crm", "v3", "properties", name, key]:
                directory.property_delete(portal, portal.kind(name), key)
                return 204, None
            case "GET", ["account-info", "v3", "details"]:
                return 200, directory.account()
            case "POST", ["oauth", "v2", "private-apps", "get", "access-token-info"]:
                return 200, directory.token_info(token, SCOPES[token])
        raise not_found(f"no call of the sandbox's HubSpot: {call.method} /{'/'.join(call.path)}")

    def _index_until(self, kind: str) -> int | None:
        knob = self.knobs.peek("hubspot.search", "search_lag", {"type": kind})
        return None if knob is None else self.clock.now_ms() + int(knob.seconds * 1000)


def understand(method: str, path: str, query: str, raw: bytes) -> Call:
    """What a request asks for, in the words the knobs use."""
    parts = [part for part in path.split("/") if part]
    try:
        body = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError:
        body = dict(parse_qsl(raw.decode(errors="replace")))
    action, kind = "other", ""
    match parts:
        case ["crm", "v3", "objects", kind]:
            action = "list" if method == "GET" else "create"
        case ["crm", "v3", "objects", kind, "search" | "merge" as action]:
            pass
        case ["crm", "v3", "objects", kind, "batch", verb]:
            action = f"batch_{verb}"
        case ["crm", "v3", "objects", kind, _]:
            action = {"GET": "read", "PATCH": "update", "DELETE": "archive"}.get(method, "other")
        case ["crm", _, "associations", kind, *_] | ["crm", "v4", "objects", kind, _, "associations", *_]:
            action = "associations"
        case ["crm", "v3", "owners" | "pipelines" | "properties" as action, *rest]:
            kind = rest[0] if rest else ""
        case ["account-info", *_]:
            action = "account"
        case ["oauth", *_]:
            action = "token_info"
    asked: dict[str, str] = {}
    for name, value in parse_qsl(query):
        # The client repeats a name for each value of a list; people write commas. Both mean the same.
        asked[name] = f"{asked[name]},{value}" if name in asked else value
    return Call(method, parts, asked, body, action, kind)


def _authorised(scope: Scope, call: Call) -> str:
    given: str = dict(scope["headers"]).get(b"authorization", b"").decode()
    token = given.removeprefix("Bearer ").strip()
    if call.action == "token_info":
        token = str(call.body.get("tokenKey", "")) if isinstance(call.body, dict) else ""
    if token not in SCOPES:
        raise HubSpotError(
            401, "INVALID_AUTHENTICATION",
            "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find"
            " more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
        )  # fmt: skip
    needed = _scope_needed(call)
    if needed and needed not in SCOPES[token]:
        raise HubSpotError(
            403, "MISSING_SCOPES",
            "This app hasn't been granted all required scopes to make this call. Read more about required scopes"
            " here: https://developers.hubspot.com/scopes.",
            context={"requiredGranularScopes": [needed]}, errors=[
                {"message": "One or more of the following scopes are required.",
                 "context": {"requiredGranularScopes": [needed]}}
            ],
        )  # fmt: skip
    return token


def _scope_needed(call: Call) -> str | None:
    if call.action in ("account", "token_info", "other"):
        return None
    if call.action == "owners":
        return "crm.objects.owners.read"
    kind = next((k for k in KINDS.values() if call.type.lower() in (k.plural, k.singular, k.type_id)), None)
    if kind is None:
        return None
    if kind.plural == "tickets":
        return "tickets"
    verb = call.action.removeprefix("batch_")
    reads = call.method == "GET" or call.path[-1] == "read"
    writes = verb in _WRITES or (call.action in ("properties", "associations") and not reads)
    scoped = kind.plural if kind.plural in _SCOPED else "contacts"
    area = "schemas" if call.action == "properties" and writes else "objects"
    return f"crm.{area}.{scoped}.{'write' if writes else 'read'}"


def _asked_error(knob: Knob) -> HubSpotError:
    if knob.error:
        usual = {"MISSING_SCOPES": 403, "INVALID_AUTHENTICATION": 401}.get(knob.error, 400)
        status = knob.status if knob.status != 500 else usual
        return HubSpotError(status, knob.error, f"The knob asks for {knob.error}.")
    headers = {} if knob.retry_after is None else {"retry-after": str(knob.retry_after)}
    return HubSpotError(knob.status, "INTERNAL_ERROR", "internal error", headers=headers)
