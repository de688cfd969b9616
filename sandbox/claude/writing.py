"""The message that goes back: ids, seals on thinking, the limit on its length, and what it cost."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson

from sandbox.claude.caching import Input
from sandbox.claude.models import Model
from sandbox.claude.prefix import digest_after, weight_of
from sandbox.claude.script import Scripted
from sandbox.claude.signatures import sign


def new_id(prefix: str) -> str:
    """``msg_01…``, ``toolu_01…``, ``req_011…``."""
    return f"{prefix}_01{uuid4().hex[:22]}"


def thinks(model: Model, body: dict[str, Any]) -> bool:
    """Whether the model thinks before this answer: always in the adaptive way, only between tools in the other."""
    kind = (body.get("thinking") or {}).get("type", model.thinking[0])
    if kind == "between_tools":
        last = body["messages"][-1]["content"]
        return isinstance(last, list) and any(block["type"] == "tool_result" for block in last)
    return bool(kind == "adaptive")


def message(
    model: Model, body: dict[str, Any], before: str, asked: Input, said: Scripted, *, scripted: bool
) -> dict[str, Any]:
    """The whole answer. ``before`` is the digest of the request, to which its thinking is bound.

    A tool call that did not fit into ``max_tokens`` carries the JSON it got to in ``input_text``, for streams.
    """
    content = [dict(block) for block in said.content]
    stop, sequence = said.stop_reason, said.stop_sequence
    if not scripted:
        content, stop, sequence = _limited(body, content, stop)
    spent = [weight_of({"input": {}, **block}) for block in content]
    thought = sum(cost for cost, block in zip(spent, content, strict=True) if block["type"] == "thinking")
    digest = before
    for block in content:
        _complete(model, body, digest, block)
        digest = digest_after(digest, "assistant", block)
    details = said.stop_details
    if stop == "refusal" and details is None:
        details = {"type": "refusal", "category": None, "explanation": None}
    usage = {
        "input_tokens": asked.fresh, "cache_creation_input_tokens": sum(asked.written.values()),
        "cache_read_input_tokens": asked.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": asked.written.get("5m", 0),
            "ephemeral_1h_input_tokens": asked.written.get("1h", 0),
        },
        "output_tokens": sum(spent) + 2, "output_tokens_details": {"thinking_tokens": thought},
        "server_tool_use": None, "service_tier": "standard", "inference_geo": "global",
        "speed": body.get("speed") or "standard", **said.usage,
    }  # fmt: skip
    return {
        "id": new_id("msg"), "type": "message", "role": "assistant", "model": model.id, "content": content,
        "stop_reason": stop, "stop_sequence": sequence, "stop_details": details, "container": None, "usage": usage,
    }  # fmt: skip


def _complete(model: Model, body: dict[str, Any], before: str, block: dict[str, Any]) -> None:
    match block["type"]:
        case "thinking":
            # Of the 5.5 models none shows its thinking unless asked to.
            if (body.get("thinking") or {}).get("display") != "summarized":
                block["thinking"] = ""
            block.setdefault("signature", sign(model.id, before, block["thinking"]))
        case "tool_use":
            block.setdefault("id", new_id("toolu"))
            block.setdefault("caller", {"type": "direct"})
        case "text":
            block.setdefault("citations", None)


def _limited(
    body: dict[str, Any], content: list[dict[str, Any]], stop: str
) -> tuple[list[dict[str, Any]], str, str | None]:
    """Cut where a stop sequence appears, or where ``max_tokens`` are used up."""
    left = int(body["max_tokens"])
    kept: list[dict[str, Any]] = []
    for block in content:
        for sequence in body.get("stop_sequences") or []:
            if block["type"] == "text" and sequence in block["text"]:
                return [*kept, {**block, "text": block["text"].partition(sequence)[0]}], "stop_sequence", sequence
        cost = weight_of(block)
        if cost > left:
            if left > 0:
                kept.append(_cut(block, left))
            return kept, "max_tokens", None
        left -= cost
        kept.append(block)
    return kept, stop, None


def _cut(block: dict[str, Any], tokens: int) -> dict[str, Any]:
    letters = tokens * 7 // 2
    if block["type"] == "tool_use":
        whole = orjson.dumps(block["input"]).decode()
        return {**block, "input": {}, "input_text": whole[: min(letters, len(whole) - 1)]}
    return {**block, block["type"]: block[block["type"]][:letters]}

