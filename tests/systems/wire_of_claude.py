"""A Claude that says byte for byte what a test wants and hangs up where it wants: one script a request."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from typing import Any

from systems.model import ModelRequest

Json = dict[str, Any]
SYSTEM = [{"type": "text", "text": "You help reps."}, {"type": "text", "text": "You are the assistant."}]
TOOLS = [{"name": "log_call", "description": "Log a call", "input_schema": {"type": "object", "properties": {}}}]
SECRET = "I called Northwind about their renewal"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
START: Json = {
    "type": "message_start",
    "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "content": [],
        "stop_reason": None, "stop_sequence": None,
        "usage": {"input_tokens": 10, "cache_read_input_tokens": 4000, "output_tokens": 1, "service_tier": "standard"},
    },
}  # fmt: skip
STOP: Json = {"type": "message_stop"}


def question(**more: Any) -> ModelRequest:
    given: dict[str, Any] = {
        "model": "claude-sonnet-5-5",
        "system": SYSTEM,
        "tools": TOOLS,
        "messages": [{"role": "user", "content": SECRET}],
        "max_tokens": 4_000,
        "effort": "low",
        "timeout_seconds": 20.0,
    }
    return ModelRequest(**{**given, **more})


def begun(index: int, block: Json) -> Json:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, kind: str, **piece: Any) -> Json:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **piece}}


def over(index: int) -> Json:
    return {"type": "content_block_stop", "index": index}


def ended(reason: str | None, details: Json | None = None, **usage: Any) -> Json:
    told: Json = {"stop_reason": reason, "stop_sequence": None}
    if details is not None:
        told["stop_details"] = details
    return {"type": "message_delta", "delta": told, "usage": {"output_tokens": 20, **usage}}


def text(*pieces: str, index: int = 0) -> list[Json]:
    return [
        begun(index, {"type": "text", "text": ""}),
        *(delta(index, "text_delta", text=piece) for piece in pieces),
        over(index),
    ]


def tool(arguments: str, *, index: int = 0, id: str = "toolu_1", size: int = 7) -> list[Json]:
    return [
        begun(index, {"type": "tool_use", "id": id, "name": "log_call", "input": {}}),
        *(
            delta(index, "input_json_delta", partial_json=arguments[at : at + size])
            for at in range(0, len(arguments), size)
        ),
        over(index),
    ]


def whole(*content: list[Json], reason: str = "end_turn") -> list[Json]:
    return [START, *(event for block in content for event in block), ended(reason), STOP]


def sse(event: Json) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def streamed(events: Iterable[Json]) -> bytes:
    return HEAD + b"".join(chunk(sse(event)) for event in events) + b"0\r\n\r\n"


def refused(status: int, kind: str, message: str = "no", **headers: str) -> bytes:
    body = json.dumps({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}).encode()
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
    return head.encode() + body


Say = Callable[["Talk"], None]


class Talk:
    """The server's end of one connection, while it answers one request."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self._connection, self._closing = connection, closing

    def say(self, data: bytes) -> None:
        self._connection.sendall(data)

    def wait(self, seconds: float) -> bool:
        """Be silent; True when the test is over."""
        return self._closing.wait(seconds)

    def gone(self, seconds: float = 10) -> bool:
        """Has the other side hung up, now or within that time?"""
        self._connection.settimeout(seconds)
        try:
            return self._connection.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def reset(self) -> None:
        """Hang up rudely: the other side sees a connection reset."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.hang_up()

    def hang_up(self) -> None:
        self._connection.close()


class RawClaude:
    """Answers the requests in their order, each with its script: bytes, or a function that talks."""

    def __init__(self) -> None:
        self.scripts: list[bytes | Say] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.connections = 0
        self._closing = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._start(self._accept)

    def bodies(self) -> list[Json]:
        return [json.loads(body) for _line, _headers, body in self.requests]

    def close(self) -> None:
        self._closing.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # closed already, by a script or by the other side
            finally:
                connection.close()
        for thread in self._threads:
            thread.join(10)

    def _start(self, run: Callable[..., None], *given: Any) -> None:
        thread = threading.Thread(target=run, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listening.accept()
            except OSError:
                return  # the test is over
            self.connections += 1
            self._open.append(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while (asked := self._read(connection)) is not None:
                    self.requests.append(asked)
                    script = self.scripts.pop(0)
                    if callable(script):
                        script(Talk(connection, self._closing))
                    else:
                        connection.sendall(script)
            except OSError:
                return  # either side hung up, as scripts and stops do

    @staticmethod
    def _read(connection: socket.socket) -> tuple[str, dict[str, str], bytes] | None:
        held = b""
        while b"\r\n\r\n" not in held:
            more = connection.recv(65536)
            if not more:
                return None
            held += more
        head, _, body = held.partition(b"\r\n\r\n")
        line, *rest = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (row.partition(": ") for row in rest)}
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65536)
        return line, headers, body
