"""Socket Mode: the bot's WebSocket connections, the envelopes sent over them, and their acknowledgements."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from typing import TYPE_CHECKING, Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox.slack.refusal import Refused

if TYPE_CHECKING:
    from sandbox.slack.server import Slack

Json = dict[str, Any]
CONNECTIONS_MOST = 10


class ConnectionLost(Exception):
    """The connection went away before the envelope was acknowledged."""


class Sockets:
    """Up to ten connections; each envelope goes to one of them, in turn."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._tickets: set[str] = set()
        self._connections: list[WebSocket] = []
        self._waiting: dict[str, tuple[WebSocket, asyncio.Future[Json]]] = {}
        self._turn = 0

    @property
    def connected(self) -> int:
        """How many connections are open now."""
        return len(self._connections)

    def invite(self, url: str) -> str:
        """A WebSocket address that can be used once (apps.connections.open)."""
        if len(self._connections) >= CONNECTIONS_MOST:
            raise Refused("too_many_websockets")
        ticket = secrets.token_urlsafe(24)
        self._tickets.add(ticket)
        return f"{url}/?ticket={ticket}&app_id={self._slack.workspace.identity.app_id}"

    async def serve(self, socket: WebSocket) -> None:
        """One connection, from hello to its end."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await socket.close(1008)
            return
        self._tickets.discard(ticket)
        await socket.accept()
        self._connections.append(socket)
        try:
            await socket.send_text(orjson.dumps(self._hello()).decode())
            while True:
                self._heard(await socket.receive_text())
        except WebSocketDisconnect:
            return
        finally:
            self._drop(socket)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": 18_060},
            "connection_info": {"app_id": self._slack.workspace.identity.app_id},
        }

    def _heard(self, text: str) -> None:
        try:
            ack = orjson.loads(text)
        except orjson.JSONDecodeError:
            # Clients may send plain text pings; Slack does not mind.
            return
        waiting = self._waiting.pop(str(ack.get("envelope_id")), None) if isinstance(ack, dict) else None
        if waiting is not None and not waiting[1].done():
            waiting[1].set_result(ack.get("payload") or {})

    def _drop(self, socket: WebSocket) -> None:
        if socket in self._connections:
            self._connections.remove(socket)
        for envelope_id, (carrier, answer) in list(self._waiting.items()):
            if carrier is socket:
                del self._waiting[envelope_id]
                if not answer.done():
                    answer.set_exception(ConnectionLost())

    async def send(self, kind: str, payload: Json, retry: tuple[int, str] | None, seconds: float) -> Json:
        """Send one envelope and wait for its acknowledgement; answers the payload of the ack.

        ConnectionLost when there is no connection (any more), TimeoutError when nobody acknowledged in time.
        """
        if not self._connections:
            raise ConnectionLost
        self._turn += 1
        socket = self._connections[self._turn % len(self._connections)]
        envelope_id = str(uuid.uuid4())
        envelope: Json = {"envelope_id": envelope_id, "payload": payload, "type": kind}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope |= {"retry_attempt": retry[0] if retry else 0, "retry_reason": retry[1] if retry else ""}
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = (socket, answer)
        try:
            await socket.send_text(orjson.dumps(envelope).decode())
        except (RuntimeError, WebSocketDisconnect) as error:
            self._waiting.pop(envelope_id, None)
            self._drop(socket)
            raise ConnectionLost from error
        try:
            return await asyncio.wait_for(answer, seconds)
        finally:
            self._waiting.pop(envelope_id, None)

    async def refresh(self, reason: str = "refresh_requested") -> int:
        """Ask every connection to come back on a new one, then close them; returns how many there were."""
        old = list(self._connections)
        goodbye = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
        for socket in old:
            # Slack sends nothing more over a connection it wants to see replaced.
            self._connections.remove(socket)
            await socket.send_text(orjson.dumps(goodbye).decode())
        return len(old)

    async def cut(self) -> int:
        """Close every connection without a word; returns how many there were."""
        old = list(self._connections)
        for socket in old:
            self._drop(socket)
            await socket.close(1011)
        return len(old)

    async def close(self) -> None:
        """Close every connection."""
        for socket in list(self._connections):
            self._connections.remove(socket)
            try:
                await socket.close(1001)
            except (RuntimeError, WebSocketDisconnect):
                continue
