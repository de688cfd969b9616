"""The prompt cache: what a request reads of it and writes into it, block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.claude.models import Model
from sandbox.claude.prefix import Place

MINUTE_MS = 60_000
KEPT_MS = {"5m": 5 * MINUTE_MS, "1h": 60 * MINUTE_MS}
LOOKS_BACK = 20
"""So many blocks before each breakpoint are looked up for a prefix that an earlier request left."""
MOST_BREAKPOINTS = 4


@dataclass(frozen=True, slots=True)
class Input:
    """What of a request's input was new, written and read, in tokens."""

    fresh: int
    written: dict[str, int]
    read: int


class Cache:
    """Prefixes by digest, each until its time is up on the shared clock."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, ...], tuple[int, str]] = {}

    def look(self, model: Model, body: dict[str, Any], line: list[Place], now_ms: int) -> Input:
        """Read the longest prefix that is still there, and leave this request's own prefixes behind."""
        marked = breakpoints(body, line)
        total = line[-1].tokens + 3 if line else 3
        if not marked:
            return Input(total, {}, 0)
        # What follows belongs to the messages' part only: how to think and whether to use tools.
        ways = orjson.dumps([body.get("thinking"), body.get("tool_choice")], option=orjson.OPT_SORT_KEYS).decode()

        def key(place: Place) -> tuple[str, ...]:
            return (model.id, body.get("speed") or "", place.digest, ways if place.part == "messages" else "")

        read_at = -1
        for at, _ in marked:
            for back in range(at, max(-1, at - LOOKS_BACK - 1), -1):
                held = self._until.get(key(line[back]))
                if held is not None and held[0] > now_ms:
                    # To be read is to be kept for as long again.
                    self._until[key(line[back])] = (now_ms + KEPT_MS[held[1]], held[1])
                    read_at = max(read_at, back)
                    break
        read = line[read_at].tokens if read_at >= 0 else 0
        written: dict[str, int] = {}
        reached = read
        for at, ttl in marked:
            tokens = line[at].tokens
            if tokens < model.min_cached_tokens or at <= read_at:
                continue
            written[ttl] = written.get(ttl, 0) + tokens - reached
            reached = tokens
            self._until[key(line[at])] = (now_ms + KEPT_MS[ttl], ttl)
        if len(self._until) > 10_000:
            self._until = {name: held for name, held in self._until.items() if held[0] > now_ms}
        return Input(total - reached, written, read)


def breakpoints(body: dict[str, Any], line: list[Place]) -> list[tuple[int, str]]:
    """(place, time to live) of each breakpoint in order, with the automatic one of a top-level ``cache_control``."""
    found = {at: place.ttl for at, place in enumerate(line) if place.ttl}
    automatic = body.get("cache_control")
    if automatic:
        last = next((at for at in range(len(line) - 1, -1, -1) if _cacheable(line[at].block)), None)
        if last is not None:
            found.setdefault(last, automatic.get("ttl", "5m"))
    return sorted(found.items())


def _cacheable(block: Any) -> bool:
    return block.get("type") not in ("thinking", "redacted_thinking") and block.get("text") != ""
