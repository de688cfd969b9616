"""Takes back a snooze or a "not relevant"."""

from __future__ import annotations

from tools import marks
from tools.mark import Request, allowed


def run(request: Request) -> str:
    """What was done, in the rep's words. Raises ``Denied`` with the reason when it may not be done."""
    listed = allowed(request, "restore_account")
    with request.database.begin() as connection:
        lifted = marks.lift(
            connection, request.workspace, request.listing.person, request.account, request.presser, request.now
        )
    name = listed.facts.name
    return f"{name} is back on the list." if lifted else f"{name} was already back."
