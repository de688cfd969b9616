"""A request as one line of blocks: tools, then system, then messages; each with the digest of all up to it.

The cache and the signatures of thinking both ask the same question: is everything before this place what it was?
Where a block's marks differ (``cache_control`` moves from turn to turn), it is still the same block.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

import orjson

Part = Literal["tools", "system", "messages"]
_MARKS = frozenset({"cache_control", "citations", "caller"})


@dataclass(slots=True)
class Place:
    """One block: where it stands, what it is, and the digest and the tokens of everything up to and with it."""

    part: Part
    message: int
    """Which message it belongs to; -1 for tools and system."""
    block: Any
    before: str
    digest: str
    tokens: int
    ttl: str | None
    """How long its own breakpoint keeps the prefix; None without a breakpoint."""


def tokens_of(text: str | bytes) -> int:
    """A plain estimate: one token for every three and a half letters."""
    return -(-len(text) * 2 // 7)


def line_of(body: dict[str, Any]) -> list[Place]:
    """The places of a checked request."""
    line: list[Place] = []
    digest, tokens = "", 0

    def add(part: Part, message: int, role: str, block: Any) -> None:
        nonlocal digest, tokens
        before, digest = digest, digest_after(digest, role, block)
        tokens += tokens_of(orjson.dumps(block)) if part == "tools" else weight_of(block)
        mark = block.get("cache_control") if isinstance(block, dict) else None
        line.append(Place(part, message, block, before, digest, tokens, mark.get("ttl", "5m") if mark else None))

    for tool in body.get("tools") or []:
        add("tools", -1, "tool", tool)
    for block in blocks_of(body.get("system") or []):
        add("system", -1, "system", block)
    for n, message in enumerate(body["messages"]):
        tokens += 4
        for block in blocks_of(message["content"]):
            add("messages", n, message["role"], block)
    return line


def digest_after(before: str, role: str, block: Any) -> str:
    """The digest of a history when one more block is added to it."""
    raw = orjson.dumps(_plain(block), option=orjson.OPT_SORT_KEYS)
    return sha256(f"{before}{role}".encode() + raw).hexdigest()


def digest_of(before: str, content: list[Any]) -> str:
    """The digest of a history when Claude has answered it."""
    for block in content:
        before = digest_after(before, "assistant", block)
    return before


def blocks_of(content: Any) -> list[Any]:
    """A string is short for one text block."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _plain(block: Any) -> Any:
    """The block without marks, so that the same words stay the same words."""
    kept = {key: value for key, value in block.items() if key not in _MARKS and value is not None}
    if block.get("type") == "tool_result":
        kept["content"] = [_plain(inner) for inner in blocks_of(block.get("content") or [])]
        kept.setdefault("is_error", False)
    return kept


def weight_of(block: Any) -> int:
    """What one block counts, in tokens."""
    match block["type"]:
        case "text":
            return tokens_of(block["text"].encode())
        case "thinking":
            return tokens_of(block["thinking"].encode()) + 8
        case "tool_use":
            return tokens_of(orjson.dumps(block["input"])) + tokens_of(block["name"]) + 12
        case "tool_result":
            return sum(map(weight_of, blocks_of(block.get("content") or []))) + 12
    return tokens_of(orjson.dumps(block))
