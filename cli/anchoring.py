"""What ``daybook doctor`` asks about the ledger: is its end told elsewhere every day, and was it lately."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from sqlalchemy import Engine, func, select

from rules.facts import DAY
from sessions.session import DONE
from sessions.store import inbox
from store.engine import reading
from systems.connect import clock_of
from systems.settings import Settings
from tools.ledger import heads

State = Literal["good", "odd", "bad"]
OLD_MS = 2 * DAY


def examine(database: Engine, settings: Settings) -> Iterator[tuple[State, str]]:
    """(state, words): set at all, and not longer ago than two days once there is something to anchor."""
    if not (settings.daybook_anchor_to or settings.daybook_anchor_file):
        where = Settings.where("daybook_anchor_to")
        yield "odd", f"its end is anchored nowhere. DAYBOOK_ANCHOR_TO: {where}"
        return
    now = clock_of(settings).now()
    of_ours = inbox.c.trigger["agent"].as_string() == "anchor_ledger"
    with reading(database).connect() as connection:
        rows = connection.scalar(select(func.coalesce(func.max(heads.c.seq), 0)))
        last = connection.execute(
            select(inbox.c.state, inbox.c.ended_at, inbox.c.note, inbox.c.received_at)
            .where(of_ours)
            .order_by(inbox.c.seq.desc())
            .limit(1)
        ).first()
    if not rows:
        yield "good", "is empty so far"
    elif last is None:
        yield "odd", "has no anchor yet: the first comes at 00:05 UTC, or with `daybook fire anchor_ledger`"
    elif last.state != DONE:
        yield "bad", f"its last anchor was not made: {last.note or last.state}"
    elif now - last.received_at > OLD_MS:
        days = (now - last.received_at) // DAY
        yield "bad", f"its last anchor is {days} days old: is `daybook run clock` running?"
    else:
        yield "good", f"its end is anchored: {last.note}"
