"""A Claude that answers at once: three tool calls, then text. ``python -m bench.model_stand_in`` prints its address.

Speaks the Messages API, as one JSON body or as a stream, whichever is asked for; how far a turn is, it reads from the
conversation it is sent. A streamed answer is one write, but each event is an HTTP chunk of its own, as from the vendor.
``GET /received`` tells when the first request of each turn was there (seconds of the machine's monotonic clock).
"""

from __future__ import annotations

import asyncio
import signal
import time
from typing import Any

import orjson

TOOLS = ("bench_find", "bench_read", "bench_note")
"""They do nothing, in every subject."""
INPUTS: tuple[dict[str, Any], ...] = (
    {"name": "Northwind Freight"},
    {"account": "4711000123"},
    {"account": "4711000123", "outcome": "Left voicemail", "quote": "I called Northwind and left a message"},
)
WORDS = (
    "I logged your call to Northwind Freight as *Left voicemail*. Their renewal is in 32 days, and one urgent ticket "
    "is waiting for an answer since Tuesday; you may want to mention it when they call back."
)
INPUT_CHUNK, TEXT_CHUNK = 24, 16
USAGE = {"input_tokens": 12, "cache_creation_input_tokens": 80, "cache_read_input_tokens": 4096, "output_tokens": 64}


def answer(calls_made: int) -> dict[str, Any]:
    """The whole message after that many tool calls of the turn."""
    block: dict[str, Any]
    if calls_made < len(TOOLS):
        name, given = TOOLS[calls_made], INPUTS[calls_made]
        block = {"type": "tool_use", "id": f"toolu_bench{calls_made}", "name": name, "input": given}
    else:
        block = {"type": "text", "text": WORDS}
    return {
        "id": f"msg_bench{calls_made}",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": [block],
        "stop_reason": "tool_use" if calls_made < len(TOOLS) else "end_turn",
        "stop_sequence": None,
        "usage": USAGE,
    }


def events(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The same message as the vendor streams it."""
    (block,) = message["content"]
    if block["type"] == "tool_use":
        text, step, begun = orjson.dumps(block["input"]).decode(), INPUT_CHUNK, {**block, "input": {}}
        deltas = [{"type": "input_json_delta", "partial_json": part} for part in _parts(text, step)]
    else:
        begun = {**block, "text": ""}
        deltas = [{"type": "text_delta", "text": part} for part in _parts(block["text"], TEXT_CHUNK)]
    start = {**message, "content": [], "stop_reason": None, "usage": {**USAGE, "output_tokens": 1}}
    return [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": begun},
        {"type": "ping"},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
            "usage": USAGE,
        },
        {"type": "message_stop"},
    ]


def _parts(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def _with_body(told: Any) -> bytes:
    body = orjson.dumps(told)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nrequest-id: req_bench\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


def _as_stream(message: dict[str, Any]) -> bytes:
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
        b"request-id: req_bench\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunks = []
    for event in events(message):
        told = b"event: %s\ndata: %s\n\n" % (event["type"].encode(), orjson.dumps(event))
        chunks.append(b"%x\r\n%s\r\n" % (len(told), told))
    return head + b"".join(chunks) + b"0\r\n\r\n"


ANSWERS = [answer(calls) for calls in range(len(TOOLS) + 1)]
AS_JSON = [_with_body(message) for message in ANSWERS]
AS_STREAM = [_as_stream(message) for message in ANSWERS]
received: list[float] = []


def calls_made(messages: list[dict[str, Any]]) -> int:
    """Tool results since a person last spoke."""
    made = 0
    for message in reversed(messages):
        if message["role"] != "user":
            continue
        content = message["content"]
        results = isinstance(content, list) and sum(block["type"] == "tool_result" for block in content)
        if not results:
            break
        made += results
    return made


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests on it come one after the other."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._to, self._held = transport, b""

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, found, rest = self._held.partition(b"\r\n\r\n")
        if not found:
            return
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"),
            0,
        )
        if len(rest) < length:
            return
        now = time.monotonic()
        self._held = rest[length:]
        if head.startswith(b"GET /received "):
            self._to.write(_with_body(received))
            return
        asked = orjson.loads(rest[:length])
        answers = AS_STREAM if asked.get("stream") else AS_JSON
        made = calls_made(asked["messages"])
        if not made:
            received.append(now)
        self._to.write(answers[min(made, len(TOOLS))])


async def _run() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=1_024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(_run())
