"""Claude's answer as it streams in, put together block by block, exactly as it was said; a cut one is no answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from systems.faults import NotAllowed, NotFound, RateLimited, Rejected, SourceDown, SystemFault, Unauthorized
from systems.model import Json, ModelAnswer

NAME = "Claude"
AGAIN = "It is tried again by itself."
LETTERS_A_TOKEN = 4
"""About; for what was written of an answer whose end, with the vendor's own count, never came."""


class Assembly:
    """Feed it the bytes of the stream; ``complete`` once the vendor said that this was all.

    Raises what ``ask`` may raise. The vendor's own reader takes a stream that was cut for an answer, with tool calls
    that look whole; this one does not (anthropic 2.12, ``lib/streaming/_messages.py``).
    """

    def __init__(self, on_text: Callable[[str], None] | None = None) -> None:
        self.complete = False
        self._on_text = on_text
        self._rest = b""
        self._message: Json = {}
        self._ended: Json = {}
        self._blocks: dict[int, Json] = {}
        self._growing: dict[int, dict[str, list[str]]] = {}
        self._broken: list[str] = []

    def feed(self, data: bytes) -> None:
        """The next bytes, cut anywhere. What follows the end of the message is not looked at."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            # The name of the event is told again inside its data.
            if line[:5] == b"data:" and not self.complete:
                self._take(line[5:])

    def answer(self) -> ModelAnswer:
        """The whole answer; ``SourceDown`` when it did not come to its end."""
        if not self.complete:
            raise SourceDown(NAME, "the answer was cut off.", AGAIN)
        stop_reason, usage = self._ended.get("stop_reason"), self._message.get("usage")
        if self._growing or not isinstance(stop_reason, str) or not isinstance(usage, dict):
            raise _garbled("an unfinished message")
        return ModelAnswer(
            content=[self._blocks[index] for index in sorted(self._blocks)],
            stop_reason=stop_reason,
            stop_details=self._ended.get("stop_details"),
            usage=usage,
            model=str(self._message.get("model")),
            id=str(self._message.get("id")),
            broken_inputs=tuple(self._broken),
        )

    def cut(self) -> tuple[str, Json] | None:
        """(model, usage) of an answer that was begun and is not whole; None when the vendor had not begun it."""
        usage = self._message.get("usage")
        if not isinstance(usage, dict):
            return None
        told = usage.get("output_tokens")
        letters = len(orjson.dumps(list(self._blocks.values()))) + sum(
            len(part) for grown in self._growing.values() for parts in grown.values() for part in parts
        )
        written = max(told if isinstance(told, int) else 0, letters // LETTERS_A_TOKEN)
        return str(self._message.get("model")), {**usage, "output_tokens": written}

    def _take(self, data: bytes) -> None:
        said: str | None = None
        try:
            event: Any = orjson.loads(data)
            kind = event["type"]
            if kind == "content_block_delta":
                said = self._grow(event["index"], event["delta"])
            elif kind == "content_block_start":
                self._blocks[event["index"]] = event["content_block"]
                self._growing[event["index"]] = {}
                said = _text_of(event["content_block"])
            elif kind == "content_block_stop":
                self._close(event["index"])
            elif kind == "message_delta":
                self._ended |= event["delta"]
                self._count(event.get("usage") or {})
            elif kind == "message_start":
                self._message = event["message"]
                self._message["usage"] = dict(self._message["usage"])
            elif kind == "message_stop":
                self.complete = True
        except (ValueError, TypeError, KeyError, AttributeError) as wrong:
            raise _garbled(type(wrong).__name__) from None
        if kind == "error":
            raise told_in_stream(event)
        if said and self._on_text is not None:
            self._on_text(said)

    def _grow(self, index: int, delta: Json) -> str | None:
        """Add a piece to its block; its text, when it is something a person may see."""
        kind, growing = delta["type"], self._growing[index]
        if kind == "text_delta":
            growing.setdefault("text", []).append(delta["text"])
            return str(delta["text"])
        if kind == "signature_delta":
            self._blocks[index]["signature"] = delta["signature"]
        elif kind == "citations_delta":
            held = self._blocks[index].get("citations") or ()
            self._blocks[index]["citations"] = [*held, delta["citation"]]
        else:  # thinking, the arguments of a tool, or a newer kind: pieces of text grow, the rest is as last told
            for name, value in delta.items():
                if isinstance(value, str) and name != "type":
                    growing.setdefault(name, []).append(value)
                elif name != "type":
                    self._blocks[index][name] = value
        return None

    def _close(self, index: int) -> None:
        block, grown = self._blocks[index], self._growing.pop(index)
        arguments = grown.pop("partial_json", None)
        for name, parts in grown.items():
            block[name] = (block.get(name) or "") + "".join(parts)
        if arguments:
            try:
                block["input"] = orjson.loads("".join(arguments) or b"{}")
            except ValueError:
                block["input"] = None
        if "input" in block and not isinstance(block["input"], dict):
            # Sent back like this, the vendor takes it; half of what was meant must not run.
            block["input"] = {}
            self._broken.append(str(block["id"]))

    def _count(self, usage: Json) -> None:
        """Counts are of the whole message so far; one that is left out stays as it was."""
        held = self._message["usage"]
        held.update({name: value for name, value in usage.items() if value is not None or name not in held})


def _text_of(block: Json) -> str | None:
    return block.get("text") if block["type"] == "text" else None


def _garbled(what: str) -> SourceDown:
    return SourceDown(NAME, f"the answer can't be read ({what}).", AGAIN)


def told_in_stream(event: Json) -> SystemFault:
    """The fault of an ``error`` event: the status was 200 already, so its type is all there is."""
    error = event.get("error")
    told = error if isinstance(error, dict) else {}
    return fault_of(str(told.get("type")), str(told.get("message") or ""))


def fault_of(kind: str, said: str, status: int | None = None, retry_after: float | None = None) -> SystemFault:
    """Claude's refusals by their type, or, where a proxy answered in its place, by their status."""
    said = said[:200]
    if kind == "authentication_error" or status == 401:
        return Unauthorized(NAME, "the key was refused.", "Renew ANTHROPIC_API_KEY (platform.claude.com, API keys).")
    if kind == "billing_error" or status == 402:
        return NotAllowed(NAME, f"it is not paid for: {said}", "Look at Billing on platform.claude.com.")
    if kind == "permission_error" or status == 403:
        return NotAllowed(NAME, f"the key may not do this: {said}", "Check the key's workspace and its models.")
    if kind == "not_found_error" or status == 404:
        fix = "Check the agent's model, and ANTHROPIC_BASE_URL."
        return NotFound(NAME, f"there is no such model or address: {said}", fix)
    if kind == "rate_limit_error" or status == 429:
        return RateLimited(NAME, "too many requests or tokens.", retry_after, AGAIN)
    if kind == "overloaded_error" or status == 529:
        return SourceDown(NAME, "it is overloaded.", AGAIN)
    if kind in ("invalid_request_error", "request_too_large") or (
        status is not None and 300 <= status < 500 and status not in (408, 409)
    ):
        return Rejected(NAME, f"the request was refused ({status or kind}): {said}")
    return SourceDown(NAME, f"it failed ({status or kind}).", AGAIN)
