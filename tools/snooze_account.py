"""Takes an account off a rep's list for a day, a week, or until something changes."""

from __future__ import annotations

from tools.mark import Request, put


def run(request: Request) -> str:
    """What was done, in the rep's words. Raises ``Denied`` with the reason when it may not be done."""
    return put(request, "snooze_account", "snooze")
