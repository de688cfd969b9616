"""Anthropic's wire as a server speaks it: a message as streamed events, an answer as HTTP."""

from __future__ import annotations

from typing import Any

import orjson

Json = dict[str, Any]


def events(message: Json) -> list[Json]:
    """The message as the vendor streams it."""
    start = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
    told: list[Json] = [{"type": "message_start", "message": start}]
    for index, block in enumerate(message["content"]):
        if block["type"] == "tool_use":
            text = block["raw"] if "raw" in block else orjson.dumps(block["input"]).decode()
            begun = {"type": "tool_use", "id": block["id"], "name": block["name"], "input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": part} for part in _parts(text)]
        elif block["type"] == "thinking":
            begun = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": block["thinking"]},
                      {"type": "signature_delta", "signature": block["signature"]}]  # fmt: skip
        else:
            begun = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": part} for part in _parts(block["text"])]
        told.append({"type": "content_block_start", "index": index, "content_block": begun})
        told += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        told.append({"type": "content_block_stop", "index": index})
    ended = {"stop_reason": message["stop_reason"], "stop_sequence": None, "stop_details": None}
    return [*told, {"type": "message_delta", "delta": ended, "usage": message["usage"]}, {"type": "message_stop"}]


def _parts(text: str, size: int = 200) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def body(told: Any, status: int = 200) -> bytes:
    said = orjson.dumps(told)
    return b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nrequest-id: req_a\r\nContent-Length: %d\r\n\r\n%s" % (
        status, len(said), said,
    )  # fmt: skip
