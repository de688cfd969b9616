"""The Web API's door: reads a call, checks token, scope, rate and knobs, and answers as Slack does."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.hangup import half_answer, hang_up
from sandbox.knobs import Knob
from sandbox.slack import agents, chat, conversations, modals, scheduled, streaming, users, witnessed
from sandbox.slack.arguments import read_arguments
from sandbox.slack.refusal import Refused
from sandbox.slack.state import NoSuch

if TYPE_CHECKING:
    from sandbox.slack.server import Slack

Json = dict[str, Any]
Method = Callable[["Slack", Json], Json]
Scopes = Sequence[str]


def _open_connection(slack: Slack, args: Json) -> Json:
    return {"url": slack.sockets.invite(slack.socket_url)}


def _api_test(slack: Slack, args: Json) -> Json:
    if args.get("error"):
        raise Refused(str(args["error"]), args=args)
    return {"args": args}


CHAT, IM_WRITE, REACT = ("chat:write",), ("im:write",), ("reactions:write",)
METHODS: dict[str, tuple[Method, Scopes | str]] = {
    "api.test": (_api_test, ()),
    "auth.test": (users.auth_test, ()),
    "apps.connections.open": (_open_connection, ("connections:write",)),
    "users.list": (users.users_list, ("users:read",)),
    "users.info": (users.users_info, ("users:read",)),
    "users.lookupByEmail": (users.lookup_by_email, ("users:read.email",)),
    "conversations.open": (conversations.open_im, IM_WRITE),
    "conversations.list": (conversations.list_all, "read"),
    "conversations.info": (conversations.info, "read"),
    "conversations.members": (conversations.members, "read"),
    "conversations.history": (conversations.history, "history"),
    "conversations.replies": (conversations.replies, "history"),
    "chat.postMessage": (chat.post_message, CHAT),
    "chat.postEphemeral": (chat.post_ephemeral, CHAT),
    "chat.update": (chat.update, CHAT),
    "chat.delete": (chat.delete, CHAT),
    "chat.getPermalink": (chat.get_permalink, ()),
    "chat.scheduleMessage": (scheduled.schedule_message, CHAT),
    "chat.deleteScheduledMessage": (scheduled.delete_scheduled, CHAT),
    "chat.startStream": (streaming.start, CHAT),
    "chat.appendStream": (streaming.append, CHAT),
    "chat.stopStream": (streaming.stop, CHAT),
    "views.open": (modals.open_view, ()),
    "views.push": (modals.push_view, ()),
    "views.update": (modals.update_view, ()),
    "views.publish": (modals.publish, ()),
    "blocks.validate": (modals.validate, ()),
    "assistant.threads.setStatus": (agents.set_status, CHAT),
    "assistant.threads.setSuggestedPrompts": (agents.set_suggested_prompts, ("assistant:write",)),
    "assistant.threads.setTitle": (agents.set_title, ("assistant:write",)),
    "agents.sessions.setStatus": (agents.session_set_status, CHAT),
    "agents.sessions.rename": (agents.session_rename, CHAT),
    "reactions.add": (users.add_reaction, REACT),
    "reactions.remove": (users.remove_reaction, REACT),
}


class WebApi:
    """An ASGI application for everything below `/slack/api/`."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack
        self.recorded: deque[Json] | None = None
        """The newest calls as `{method, args}`, once somebody has asked for a record."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        method = scope["path"].rsplit("/", 1)[-1]
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        body = await _body(receive)
        slack = self.slack
        slack.calls.count("slack", method)
        try:
            args = read_arguments(
                scope["method"], headers.get(b"content-type", ""), body, scope.get("query_string", b"")
            )
        except Refused as refused:
            await self._send(send, 200, {"ok": False, "error": refused.name, **refused.more})
            return
        bearer = headers.get(b"authorization", "")
        token = str(args.pop("token", "") or bearer.removeprefix("Bearer ").strip())
        if self.recorded is not None:
            # A copy: blocks are filled in where they are.
            self.recorded.append({"method": method, "args": orjson.loads(orjson.dumps(args))})
        attrs = {key: value for key, value in args.items() if isinstance(value, (str, int))}
        knob = slack.knobs.take(f"slack.{method}", attrs)
        if knob is not None and not await self._misbehave(knob, method, args, token, scope, send):
            return
        status, answer, extra = self.answer(method, args, token)
        if knob is not None and knob.mode == "drop_after":
            await hang_up(scope)
        elif knob is not None and knob.mode == "half_answer":
            await half_answer(scope, send, status, extra, orjson.dumps(answer))
        else:
            await self._send(send, status, answer, extra)

    async def _misbehave(self, knob: Knob, method: str, args: Json, token: str, scope: Any, send: Any) -> bool:
        """Act a knob out; True when the call should still be answered."""
        if knob.mode == "rate_limit":
            wait = 1 if knob.retry_after is None else knob.retry_after
            extra = [(b"retry-after", str(wait).encode())]
            await self._send(send, 429, {"ok": False, "error": "ratelimited"}, extra)
            return False
        if knob.mode == "error":
            if knob.error:
                await self._send(send, 200, {"ok": False, "error": knob.error})
            else:
                await self._send(send, knob.status, {"ok": False, "error": "internal_error"})
            return False
        if knob.mode == "drop_before":
            await hang_up(scope)
            return False
        if knob.mode == "late":
            lands = self.slack.clock.now_ms() + int(knob.seconds * 1000)
            self.slack.spawn(self._land(lands, method, args, token))
            await hang_up(scope)
            return False
        if knob.mode == "delay":
            await asyncio.sleep(knob.seconds)
        return True

    async def _land(self, instant_ms: int, method: str, args: Json, token: str) -> None:
        await self.slack.clock.reached(instant_ms)
        self.answer(method, args, token)

    def answer(self, method: str, args: Json, token: str) -> tuple[int, Json, list[tuple[bytes, bytes]]]:
        """Run one call: status, JSON, extra headers."""
        slack = self.slack
        me = slack.workspace.identity
        known = METHODS.get(method)
        if known is None:
            return 200, {"ok": False, "error": "unknown_method", "req_method": method}, []
        run, needs = known
        granted = me.app_scopes if token == me.app_token else me.bot_scopes
        needed = _scopes(slack, needs, args)
        headers = [
            (b"x-oauth-scopes", ",".join(sorted(granted)).encode()),
            (b"x-accepted-oauth-scopes", ",".join(needed).encode()),
        ]
        try:
            _check_token(slack, method, token)
            missing = [scope for scope in needed if scope not in granted]
            if missing:
                raise Refused("missing_scope", needed=",".join(missing), provided=",".join(sorted(granted)))
            wait = slack.limits.wait_for(method, args.get("channel"))
            if wait is not None:
                headers.append((b"retry-after", str(wait).encode()))
                return 429, {"ok": False, "error": "ratelimited"}, headers
            told = run(slack, args)
            if slack.journal.on:
                witnessed.call(slack, method, args, told)
            return 200, {"ok": True, **told}, headers
        except Refused as refused:
            return 200, {"ok": False, "error": refused.name, **refused.more}, headers
        except NoSuch as gone:
            return 200, {"ok": False, "error": str(gone)}, headers

    async def _send(self, send: Any, status: int, answer: Json, extra: Sequence[tuple[bytes, bytes]] = ()) -> None:
        body = orjson.dumps(answer)
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"x-slack-req-id", self.slack.workspace.new_id("r").lower().encode()),
            *extra,
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _body(receive: Any) -> bytes:
    body: bytes = b""
    while True:
        event = await receive()
        body += event.get("body", b"")
        if not event.get("more_body"):
            return body


def _check_token(slack: Slack, method: str, token: str) -> None:
    me = slack.workspace.identity
    if method == "api.test":
        return
    if not token:
        raise Refused("not_authed")
    if token not in (me.bot_token, me.app_token):
        raise Refused("invalid_auth")
    if (method == "apps.connections.open") != (token == me.app_token):
        raise Refused("not_allowed_token_type")


def _scopes(slack: Slack, needs: Scopes | str, args: Json) -> list[str]:
    """The scopes a call needs; those of reading depend on the kind of conversation."""
    if not isinstance(needs, str):
        return list(needs)
    if "channel" in args:
        named = str(args["channel"])
        channel = slack.workspace.channels.get(named)
        kinds = ["im" if named.startswith("D") else "groups" if channel and channel.is_private else "channels"]
    else:
        types = str(args.get("types") or "public_channel").split(",")
        families = {"im": "im", "mpim": "mpim", "private_channel": "groups"}
        kinds = [families.get(kind.strip(), "channels") for kind in types]
    return [f"{kind}:{needs}" for kind in kinds]
