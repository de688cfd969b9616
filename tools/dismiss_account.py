"""Takes an account off a rep's list as not relevant, with the reason, until that reason no longer holds."""

from __future__ import annotations

from tools.mark import Request, put


def run(request: Request) -> str:
    """What was done, in the rep's words. Raises ``Denied`` with the reason when it may not be done."""
    return put(request, "dismiss_account", "dismiss")
