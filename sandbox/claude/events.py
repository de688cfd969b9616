"""A message as the events of a stream, in the order and the small pieces in which Claude sends them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

PIECE = 24
"""So many letters in one delta."""


def as_event(kind: str, told: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return b"event: " + kind.encode() + b"\ndata: " + orjson.dumps({"type": kind, **told}) + b"\n\n"


def events_of(message: dict[str, Any]) -> Iterator[bytes]:
    """message_start, each block's start, deltas and stop, message_delta, message_stop; one ping on the way."""
    usage = message["usage"]
    begun = {**usage, "output_tokens": 1, "output_tokens_details": None}
    empty: dict[str, Any] = {
        "content": [], "stop_reason": None, "stop_sequence": None, "stop_details": None, "usage": begun,
    }  # fmt: skip
    yield as_event("message_start", {"message": {**message, **empty}})
    if not message["content"]:
        yield as_event("ping", {})
    for index, block in enumerate(message["content"]):
        yield as_event("content_block_start", {"index": index, "content_block": _started(block)})
        if index == 0:
            yield as_event("ping", {})
        for delta in _deltas(block):
            yield as_event("content_block_delta", {"index": index, "delta": delta})
        yield as_event("content_block_stop", {"index": index})
    ended = {name: message[name] for name in ("stop_reason", "stop_sequence", "stop_details", "container")}
    counted = (
        "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens",
        "output_tokens_details", "server_tool_use",
    )  # fmt: skip
    yield as_event("message_delta", {"delta": ended, "usage": {name: usage[name] for name in counted}})
    yield as_event("message_stop", {})


def without_remains(message: dict[str, Any]) -> dict[str, Any]:
    """The message as one JSON answer: what a broken-off tool call got to is seen in a stream only."""
    content = [{key: value for key, value in block.items() if key != "input_text"} for block in message["content"]]
    return {**message, "content": content}


def _started(block: dict[str, Any]) -> dict[str, Any]:
    match block["type"]:
        case "text":
            return {**block, "text": ""}
        case "thinking":
            return {"type": "thinking", "thinking": "", "signature": ""}
    return {key: value for key, value in block.items() if key != "input_text"} | {"input": {}}


def _deltas(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    match block["type"]:
        case "text":
            for piece in _pieces(block["text"]):
                yield {"type": "text_delta", "text": piece}
        case "thinking":
            for piece in _pieces(block["thinking"]):
                yield {"type": "thinking_delta", "thinking": piece}
            yield {"type": "signature_delta", "signature": block["signature"]}
        case "tool_use":
            yield {"type": "input_json_delta", "partial_json": ""}
            told = block.get("input_text")
            # A call without arguments sends nothing but the empty piece.
            whole = told if told is not None else orjson.dumps(block["input"]).decode() if block["input"] else ""
            for piece in _pieces(whole):
                yield {"type": "input_json_delta", "partial_json": piece}


def _pieces(text: str) -> Iterator[str]:
    for at in range(0, len(text), PIECE):
        yield text[at : at + PIECE]
