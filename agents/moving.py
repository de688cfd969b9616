"""An answer that not everybody in the channel may read any more, since somebody has joined: it moves to the asker."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from agents.work import Work
from records import tables
from store import effects
from store.engine import reading
from systems.faults import Rejected
from systems.sending import SLACK_SETTLE_MS, sending
from tools import ledger, readers
from views import blocks as b

MOVED = (
    "Somebody has joined this channel who may not see what I looked at, so the answer is in a direct message to "
    "whoever asked."
)


def joined(work: Work) -> list[str]:
    """Who reads along since the turn began; nobody new in a direct message."""
    if not work.audience or work.place is None or work.turn.trigger["kind"] != "said":
        return []
    turn = work.turn
    return readers.joined(turn.database, turn.systems, str(turn.trigger["channel"]), work.audience)


def to_the_asker(work: Work, streamed: str | None) -> bool:
    """Whether the answer goes to the asker alone; decided once, and said in the channel, once."""
    if work.turn.logged("moved") is None:
        new = joined(work)
        if not new or _may_see(work, new):
            return False
        # Ids only; a turn that begins again does not ask Slack again whether anybody has left meanwhile.
        work.turn.append("moved", {"joined": new})
    assert work.place is not None
    channel, thread = work.place
    _say(work, channel, thread, streamed)
    work.place = (str(work.turn.trigger["person"]), None)
    return True


def _may_see(work: Work, new: list[str]) -> bool:
    """Whether they may see every record this turn has looked at or changed."""
    with reading(work.turn.database).connect() as connection:
        owners: set[str | None] = set()
        for called in work.bodies("called"):
            if called["is_error"] and not called["untrusted"]:
                continue
            if called["tool"] == "ask_agent":
                owners.add(None)  # what another agent looked at stands in its own log: only who may see all may see it
            rows = ledger.of_call(connection, ledger.name_of(work.call_id(str(called["call"]))))
            owners |= set(_owners(connection, rows))
        return readers.all_may_see(connection, new, owners)


def _owners(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> Iterable[str | None]:
    for row in rows:
        planned = ((row["facts"].get("plan") or {}).get("action") or {}).get("targets") or ()
        known = {target["ref"]: target["owner"] for target in planned}
        for ref in row["facts"].get("records") or known:
            kind, _, ident = str(ref).partition(":")
            if ref in known or kind != "companies":
                yield known.get(ref)
                continue
            query = select(tables.accounts.c.owner_id).where(tables.accounts.c.id == ident)
            yield connection.scalar(query)


def _say(work: Work, channel: str, thread: str | None, streamed: str | None) -> None:
    """In the channel, where the answer would have stood: instead of what was streamed of it, or as a message."""
    chat, clock = work.turn.systems.chat, work.turn.systems.clock
    key = f"{work.turn.session}:{work.turn.number}:moved"
    blocks = [b.context(MOVED)]

    def act() -> effects.Result:
        if streamed is None:
            return chat.post(channel, MOVED, blocks, key, thread)._asdict()
        with contextlib.suppress(Rejected):  # it was over: what counts is what it says now
            chat.stop_stream(channel, streamed, [], key)
        chat.update(channel, streamed, MOVED, blocks, key=key)
        return {"channel": channel, "ts": streamed}

    def look(sent_at: int) -> effects.Result | None:
        found = chat.find(channel, key, sent_at, thread)
        return found._asdict() if found is not None and streamed is None else None

    effects.perform(
        work.turn.database,
        clock,
        key,
        "slack.moved",
        act=sending(act, clock.now),
        look=look,
        settle_ms=SLACK_SETTLE_MS if streamed is None else 0,
        ready=chat.ready if streamed is None else lambda: None,
    )
