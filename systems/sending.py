"""A write to a vendor as ``store.effects`` wants it: certainly not done, never to be done, or not known.

``SETTLE_MS``: how long after it was sent a write whose answer was lost may still land, by the vendor.
"""

from __future__ import annotations

from collections.abc import Callable

from store import effects
from systems.faults import NotAllowed, NotFound, RateLimited, Rejected, Unauthorized

SLACK_SETTLE_MS = 30_000
"""Our own timeout of a post (``systems.slack_line.TIMEOUT_SECONDS``)."""
HUBSPOT_SETTLE_MS = 60_000
"""Our timeout (5 s to connect, 30 s to answer) and as much again for a request that HubSpot has in hand."""
JIRA_SETTLE_MS = 60_000
"""The same for Jira."""
LONGEST_WAIT_SECONDS = 3_600.0
"""A daily limit opens at midnight of the portal's own zone, which may be sooner than a day: ask every hour."""


def sending(act: Callable[[], effects.Result], now: Callable[[], int]) -> Callable[[], effects.Result]:
    """``act`` for ``effects.perform``: a fault that proves nothing happened says so, any other stays unknown."""

    def tried() -> effects.Result:
        try:
            return act()
        except RateLimited as slow:
            asked = min(slow.retry_after or 30.0, LONGEST_WAIT_SECONDS)
            raise effects.NotDone(str(slow), now() + int(1000 * asked)) from slow
        except (Unauthorized, NotAllowed) as closed:
            raise effects.NotDone(str(closed), now() + 60_000) from closed
        except (Rejected, NotFound) as never:
            raise effects.Refused(str(never)) from never

    return tried
