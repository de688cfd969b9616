"""What one sync did, by source and kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from records.writing import Outcome

SPOKEN = {"hubspot": "HubSpot", "jira": "Jira"}
"""What people call the sources."""

Progress = Callable[[str, str, int, int | None], None]
"""``progress(source, kind, done, total or None)``, called after each page."""


@dataclass
class Part:
    """One kind of record: how many were seen, changed, removed and set aside, and the calls it took."""

    source: str
    kind: str
    seen: int = 0
    changed: int = 0
    removed: int = 0
    set_aside: int = 0
    calls: int = 0
    error: str | None = None

    def add(self, seen: int, outcome: Outcome) -> None:
        """Count one batch."""
        self.seen += seen
        self.changed += outcome.changed
        self.removed += outcome.removed
        self.set_aside += outcome.set_aside


@dataclass
class Report:
    """A whole sync. ``accounts`` is how many accounts' features were computed again."""

    parts: list[Part] = field(default_factory=list)
    accounts: int = 0

    @property
    def errors(self) -> list[str]:
        return [part.error for part in self.parts if part.error]

    @property
    def calls(self) -> dict[str, int]:
        """Requests by source."""
        totals: dict[str, int] = {}
        for part in self.parts:
            totals[part.source] = totals.get(part.source, 0) + part.calls
        return totals

    def total(self, name: str) -> int:
        """Sum of ``seen``, ``changed``, ``removed`` or ``set_aside`` over all kinds."""
        return sum(getattr(part, name) for part in self.parts)

    def as_dict(self) -> dict[str, Any]:
        """The same, for a log or a program."""
        return {"parts": [asdict(part) for part in self.parts], "accounts": self.accounts, "errors": self.errors}

    def summary(self) -> str:
        """One line for a person, with the errors in plain words."""
        words = [f"{self.total('seen'):,} records read", f"{self.total('changed'):,} changed"]
        if self.total("removed"):
            words.append(f"{self.total('removed'):,} removed")
        if self.total("set_aside"):
            words.append(f"{self.total('set_aside'):,} set aside")
        calls = ", ".join(f"{count:,} {SPOKEN.get(source, source)} calls" for source, count in self.calls.items())
        line = ", ".join(words) + (f" ({calls})" if calls else "")
        return "; ".join([line, *self.errors])
