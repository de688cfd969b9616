"""Anthropic's door: who is calling, in which version, what may be asked; the answer whole or in a stream."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.claude import models, standin
from sandbox.claude.asking import check_marks, check_settings
from sandbox.claude.caching import Cache
from sandbox.claude.errors import TYPES, ClaudeError, told_to_wait
from sandbox.claude.events import as_event, events_of, without_remains
from sandbox.claude.limits import Limits
from sandbox.claude.prefix import Place, digest_of, line_of
from sandbox.claude.script import Script, Scripted
from sandbox.claude.signatures import verify
from sandbox.claude.transcript import check_ending, check_messages, check_system
from sandbox.claude.writing import message, new_id, thinks
from sandbox.clock import SharedClock
from sandbox.hangup import Receive, Scope, Send, break_off
from sandbox.knobs import Knob, Knobs
from sandbox.misbehave import Headers, path_below, serve, whole_body

API_KEY = "sk-ant-sandbox-larkspur"
API_VERSION = "2026-10-21"
MOST_BYTES = 32 * 1024 * 1024


@dataclass
class Reply:
    """What goes back, and how: a stream's events may come slowly, and end early."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    events: list[bytes] = field(default_factory=list)
    said: Scripted = field(default_factory=Scripted)


@dataclass(slots=True)
class Call:
    """One request, understood as far as its path."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes
    request_id: str
    record: dict[str, Any] = field(default_factory=dict)


class ClaudeServer:
    """An ASGI endpoint that answers every path below the prefix it is mounted at."""

    def __init__(self, clock: SharedClock, knobs: Knobs, script: Script, *, limits: bool = True) -> None:
        self.clock, self.knobs, self.script = clock, knobs, script
        self.cache = Cache()
        self.limits = Limits(enforced=limits)
        self._paused: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode()))
        call = Call(
            scope["method"], path_below(scope), query, headers, await whole_body(receive), new_id("req"),
        )  # fmt: skip
        asked = _json_of(call.raw)
        attrs = {"model": asked.get("model"), "stream": asked.get("stream", False)} if isinstance(asked, dict) else {}
        reply = Reply()

        def answer(knob: Knob | None) -> tuple[int, Headers, bytes]:
            nonlocal reply
            reply = self._reply(call, asked, knob)
            told = {"request-id": call.request_id, "anthropic-organization-id": "org-larkspur", **reply.headers}
            whole = reply.body or b"".join(reply.events)
            if not reply.events:
                told["content-length"] = str(len(whole))
            return reply.status, [(name.encode(), value.encode()) for name, value in told.items()], whole

        async def paced(event: Any) -> None:
            await _send_paced(scope, send, reply, call.record, event)

        await serve(scope, paced, self.clock, self.knobs, f"claude.{_action(call)}", attrs, answer)

    def _reply(self, call: Call, body: Any, knob: Knob | None) -> Reply:
        try:
            _authorised(call.headers)
            if call.path == "/v1/messages" and call.method == "POST":
                return self._messages(call, body, knob)
            status, told = self._other(call, body)
            return Reply(status, {"content-type": "application/json"}, orjson.dumps(told))
        except ClaudeError as error:
            return self._refused(call, error)

    def _other(self, call: Call, body: Any) -> tuple[int, Any]:
        match call.method, call.path.strip("/").split("/"):
            case "POST", ["v1", "messages", "count_tokens"]:
                return 200, {"input_tokens": self._checked(body, counting=True)[1][-1].tokens + 3}
            case "GET", ["v1", "models"]:
                return 200, models.page(call.query)
            case "GET", ["v1", "models", name]:
                return 200, models.model_named(name).as_json()
        raise ClaudeError(404, f"no call of the sandbox's Claude: {call.method} {call.path}")

    def _messages(self, call: Call, body: Any, knob: Knob | None) -> Reply:
        call.record = {
            "at_ms": self.clock.now_ms(), "request_id": call.request_id, "body": body, "model": None, "usage": None,
            "answer": None, "status": 200, "error": None, "scripted": False, "sent_whole": False,
        }  # fmt: skip
        self.script.requests.append(call.record)
        if isinstance(body, dict):
            call.record["model"] = body.get("model")
        if len(call.raw) > MOST_BYTES:
            raise ClaudeError(413, "Request exceeds the maximum size")
        if knob is not None and knob.mode == "rate_limit":
            raise told_to_wait(429, retry_after=knob.retry_after, type=knob.error)
        if knob is not None and knob.mode == "error":
            usual = next((status for status, type in TYPES.items() if type == knob.error), knob.status)
            raise told_to_wait(usual, retry_after=knob.retry_after, type=knob.error)
        self.limits.count()
        model, line = self._checked(body)
        prepared = self.script.take(model.id)
        if prepared is not None and prepared.error is not None and prepared.cut_after is None:
            raise _prepared_error(prepared)
        said = prepared or standin.answer(model, body, think=thinks(model, body))
        asked = self.cache.look(model, body, line, self.clock.now_ms())
        told = message(model, body, line[-1].digest, asked, said, scripted=prepared is not None)
        call.record.update(
            usage=told["usage"], scripted=prepared is not None,
            answer={name: told[name] for name in ("id", "content", "stop_reason", "stop_details")},
        )  # fmt: skip
        if told["stop_reason"] == "pause_turn":
            self._paused.add(digest_of(line[-1].digest, told["content"]))
        headers = self.limits.headers()
        if not body.get("stream"):
            whole = orjson.dumps(without_remains(told))
            return Reply(200, headers | {"content-type": "application/json"}, whole, said=said)
        headers |= {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
        events = list(events_of(told))
        if said.error is not None and said.cut_after is not None:
            broke = as_event("error", _prepared_error(said).body(call.request_id))
            events = [*events[: said.cut_after], broke]
        return Reply(200, headers, events=events, said=said)

    def _checked(self, body: Any, *, counting: bool = False) -> tuple[models.Model, list[Place]]:
        """The model asked, and the request as one line of blocks; every 400 is raised here."""
        if not isinstance(body, dict):
            raise ClaudeError(400, "The request body is not valid JSON: an object is expected")
        model = models.model_named(body.get("model"))
        check_settings(model, body, counting=counting)
        check_system(body.get("system"))
        check_messages(body["messages"])
        line = line_of(body)
        check_ending(body["messages"], line[-1].digest in self._paused)
        check_marks(body, line)
        verify(model.id, line)
        return model, line

    def _refused(self, call: Call, error: ClaudeError) -> Reply:
        call.record.update(status=error.status, error={"type": error.type, "message": error.message})
        headers = {"content-type": "application/json", **error.headers}
        return Reply(error.status, headers, orjson.dumps(error.body(call.request_id)))


async def _send_paced(scope: Scope, send: Send, reply: Reply, record: dict[str, Any], event: Any) -> None:
    """Wait, send piece by piece, or hang up on the way, as the script says."""
    said = reply.said
    if event["type"] == "http.response.start":
        if said.delay_ms:
            await asyncio.sleep(said.delay_ms / 1000)
        await send(event)
        return
    connection = scope["sandbox.connection"].transport
    # With an error the stream ends by its own event, not by a cut.
    cut = said.cut_after if said.error is None else None
    pieces = reply.events if said.chunk_delay_ms or cut is not None else []
    for n, piece in enumerate(pieces or [event["body"]]):
        if cut is not None and n >= (cut if pieces else 0):
            if not pieces:
                await send({**event, "body": piece[: len(piece) // 2], "more_body": True})
            await break_off(scope)
            return
        if connection.is_closing():
            # The caller has hung up: what is left is neither sent nor wanted.
            return
        await send({**event, "body": piece, "more_body": True} if pieces else event)
        record["sent_events"] = n + 1 if pieces else len(reply.events)
        if pieces:
            await asyncio.sleep(said.chunk_delay_ms / 1000)
    if pieces:
        await send({"type": "http.response.body", "body": b""})
    record["sent_whole"] = not connection.is_closing()


def _prepared_error(said: Scripted) -> ClaudeError:
    asked = said.error or {}
    status = int(asked.get("status", 529))
    return told_to_wait(status, asked.get("message", ""), type=asked.get("type"), retry_after=said.retry_after)


def _action(call: Call) -> str:
    name = call.path.strip("/").removeprefix("v1/").partition("/")
    return "count_tokens" if name[2] == "count_tokens" else name[0] or "other"


def _json_of(raw: bytes) -> Any:
    try:
        return orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError:
        return None


def _authorised(headers: dict[str, str]) -> None:
    token = headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not token:
        also = " `x-api-key` is not read in this version." if "x-api-key" in headers else ""
        raise ClaudeError(401, f"`Authorization: Bearer` header is missing.{also}")
    if token != API_KEY:
        raise ClaudeError(401, "invalid bearer token")
    version = headers.get("anthropic-version")
    if version is None:
        raise ClaudeError(400, "anthropic-version: header is required")
    if version < API_VERSION:
        raise ClaudeError(
            400, f"anthropic-version: {version} is older than {API_VERSION}, the version this sandbox speaks."
            " Update the `anthropic` package to 2.x.",
        )  # fmt: skip
    if version > API_VERSION:
        raise ClaudeError(400, f'anthropic-version: "{version}" is not a valid version')
