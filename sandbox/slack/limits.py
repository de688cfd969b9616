"""Slack's rate limits, by wall time: a tier for each method, about a message a second for each channel."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

# https://docs.slack.dev/apis/web-api/rate-limits: calls a minute, per method, workspace and app.
TIER_1, TIER_2, TIER_3, TIER_4, SPECIAL = 1, 20, 50, 100, 600
TIERS = {
    "apps.connections.open": TIER_2,
    "auth.test": SPECIAL,
    "blocks.validate": TIER_4,
    "users.list": TIER_2,
    "users.info": TIER_4,
    "users.lookupByEmail": TIER_3,
    "conversations.list": TIER_2,
    "conversations.info": TIER_3,
    "conversations.members": TIER_4,
    "conversations.open": TIER_3,
    "conversations.history": TIER_3,
    "conversations.replies": TIER_3,
    "chat.postMessage": SPECIAL,
    "chat.update": TIER_3,
    "chat.delete": TIER_3,
    "chat.postEphemeral": TIER_4,
    "chat.getPermalink": SPECIAL,
    "chat.scheduleMessage": TIER_3,
    "chat.startStream": TIER_2,
    "chat.appendStream": TIER_4,
    "chat.stopStream": TIER_2,
    "reactions.add": TIER_3,
    "reactions.remove": TIER_2,
}
CHANNEL_BURST, CHANNEL_PER_SECOND = 4.0, 1.0
WORKSPACE_BURST, WORKSPACE_PER_SECOND = 120.0, 5.0


@dataclass
class _Bucket:
    room: float
    at: float


class Limits:
    """Leaky buckets; `on=False` lets everything through."""

    def __init__(self, on: bool = True) -> None:
        self.on = on
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def wait_for(self, method: str, channel: str | None) -> int | None:
        """None when the call may pass (and is counted), else the whole seconds of Retry-After."""
        if not self.on:
            return None
        now = time.monotonic()
        per_minute = TIERS.get(method, TIER_4)
        asked = [(("method", method), float(per_minute), per_minute / 60)]
        if method == "chat.postMessage":
            asked.append((("workspace", ""), WORKSPACE_BURST, WORKSPACE_PER_SECOND))
            asked.append((("channel", channel or ""), CHANNEL_BURST, CHANNEL_PER_SECOND))
        buckets = []
        for key, burst, rate in asked:
            bucket = self._buckets.setdefault(key, _Bucket(burst, now))
            bucket.room, bucket.at = min(burst, bucket.room + (now - bucket.at) * rate), now
            if bucket.room < 1:
                return max(1, math.ceil((1 - bucket.room) / rate))
            buckets.append(bucket)
        for bucket in buckets:
            bucket.room -= 1
        return None
