"""How many requests a minute the organization may send, and the headers that tell how many are left."""

from __future__ import annotations

import time
from collections import deque
from datetime import UTC, datetime

from sandbox.claude.errors import ClaudeError

REQUESTS_A_MINUTE = 4_000


class Limits:
    """A window of one minute over wall time, as it protects the machine and not the sample company's day."""

    def __init__(self, *, enforced: bool) -> None:
        self._enforced = enforced
        self._recent: deque[float] = deque()

    def count(self) -> None:
        """One more request; 429 when the minute is full."""
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 60:
            self._recent.popleft()
        if self._enforced and len(self._recent) >= REQUESTS_A_MINUTE:
            wait = int(60 - (now - self._recent[0])) + 1
            raise ClaudeError(429, headers={"retry-after": str(wait)})
        self._recent.append(now)

    def headers(self) -> dict[str, str]:
        """``anthropic-ratelimit-requests-…``, on every answer."""
        left = max(0, REQUESTS_A_MINUTE - len(self._recent))
        ends = time.time() + (60 - (time.monotonic() - self._recent[0]) if self._recent else 0)
        return {
            "anthropic-ratelimit-requests-limit": str(REQUESTS_A_MINUTE),
            "anthropic-ratelimit-requests-remaining": str(left),
            "anthropic-ratelimit-requests-reset": datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
