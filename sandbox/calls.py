"""How often each vendor was asked, and for what: the numbers that speed promises are checked against."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

# A record's id in a path (HubSpot's digits, Jira's KEY-12) is not part of what was asked.
_ID = re.compile(r"/(?:\d{3,}|[A-Z][A-Z0-9]+-\d+)(?=/|$)")


class Calls:
    """Counters by vendor and call; `app.py` counts every request, so the vendors' servers need not."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def count(self, vendor: str, call: str) -> None:
        """One more of that call, for example ("slack", "chat.postMessage")."""
        self._counts.setdefault(vendor, Counter())[call] += 1

    def count_path(self, vendor: str, method: str, path: str) -> None:
        """One more request by method and path, ids replaced by {id}."""
        self.count(vendor, f"{method} {_ID.sub('/{id}', path)}")

    def reset(self) -> None:
        """Start again from nothing."""
        self._counts.clear()

    def as_json(self) -> dict[str, Any]:
        """`{"hubspot": {"total": n, "by": {call: n}}, …}`; every vendor is there, asked or not."""
        return {
            vendor: {"total": sum(counts.values()), "by": dict(counts.most_common())}
            for vendor in ("hubspot", "jira", "slack", "anthropic")
            for counts in (self._counts.get(vendor, Counter()),)
        }
