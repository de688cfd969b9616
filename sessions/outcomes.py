"""What the agents achieved, as far as the books tell: what was done within an hour of being told, accounts acted on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from agents.spending import spending
from records.tables import touches
from rules.action import Effect
from sessions.store import events
from tools.ledger import DONE, JUDGED, UNDONE, ledger
from tools.marks import marks
from tools.posted import posted_lists

HOUR = 3_600_000
DAY = 24 * HOUR
WRITES = (Effect.LOG, Effect.CHANGE)


@dataclass
class Achieved:
    """One agent's figures. ``None`` means that nothing was there to be counted."""

    agent: str
    turns: int = 0
    cost_micros: int = 0
    told: int = 0
    """Calls and changes that may be made, at once or with somebody's yes; what the rules refuse is not to be done."""
    within_hour: int = 0
    undone: int = 0
    listed: int | None = None
    acted_on: int | None = None

    @property
    def prompt_share(self) -> int | None:
        """Percent of what it was told to write that was in the vendor's hands within an hour."""
        return 100 * self.within_hour // self.told if self.told else None

    @property
    def acted_share(self) -> int | None:
        """Percent of listed accounts that were touched or put aside within a day of the list."""
        return 100 * (self.acted_on or 0) // self.listed if self.listed else None


# Built once: building a statement costs several times what running it does.
_SINCE: Any = bindparam("since")
_OURS: Any = bindparam("workspace")
_WRITES = select(ledger.c.agent, ledger.c.session, ledger.c.call, ledger.c.at, ledger.c.phase).where(
    ledger.c.workspace == _OURS,
    ledger.c.at >= _SINCE,
    or_(ledger.c.phase.in_((DONE, UNDONE)), and_(ledger.c.phase == JUDGED, ledger.c.verdict.in_(("allow", "ask")))),
    ledger.c.effect.in_([str(effect) for effect in WRITES]),
)
_HEARD = select(events.c.session, events.c.turn, events.c.body).where(
    events.c.workspace == _OURS, events.c.kind == "heard", events.c.at >= _SINCE
)
_SPENT = (
    select(
        spending.c.agent,
        spending.c.session,
        spending.c.turn,
        func.sum(spending.c.cost_micros).label("cost"),
    )
    .where(spending.c.workspace == _OURS, spending.c.at >= _SINCE)
    .group_by(spending.c.agent, spending.c.session, spending.c.turn)
)
_LISTS = select(posted_lists.c.person, posted_lists.c.made_at, posted_lists.c.touched).where(
    posted_lists.c.workspace == _OURS, posted_lists.c.made_at >= _SINCE
)
_TOUCHED = select(touches.c.account_id, touches.c.at).where(touches.c.counts, touches.c.at >= _SINCE)
_MARKED = select(marks.c.person, marks.c.account_id, marks.c.made_at).where(
    marks.c.workspace == _OURS, marks.c.made_at >= _SINCE
)


def achieved(connection: Connection, workspace: str, since: int) -> dict[str, Achieved]:
    """The figures of every agent that did something at or after ``since`` (ms), and of the morning list."""
    given = {"workspace": workspace, "since": since}
    found: dict[str, Achieved] = {}

    def of(agent: str) -> Achieved:
        return found.setdefault(agent, Achieved(agent))

    for row in connection.execute(_SPENT, given):
        of(row.agent).turns += 1
        of(row.agent).cost_micros += int(row.cost)
    # An hour more, since what was told at the edge may have been judged after it.
    heard = _heard(connection, {**given, "since": since - HOUR})
    told: dict[str, str] = {}
    done: dict[str, int] = {}
    for write in connection.execute(_WRITES, given):
        if write.phase == UNDONE:
            of(write.agent).undone += 1
        elif write.phase == DONE:
            done[write.call] = write.at
        else:
            told.setdefault(write.call, write.agent)  # a card is judged again when it is pressed
    for call, agent in told.items():
        of(agent).told += 1
        at = heard.get(_turn_of(call))
        of(agent).within_hour += at is not None and call in done and done[call] - at <= HOUR
    listed, acted_on = _lists(connection, given)
    if listed:
        for agent in ("assistant", "priorities", "morning_list"):
            of(agent).listed, of(agent).acted_on = listed, acted_on
    return found


def _heard(connection: Connection, given: Mapping[str, Any]) -> dict[tuple[str, int], int]:
    """When each turn's words were written, by (session, turn)."""
    return {(row.session, row.turn): int(row.body["at"]) for row in connection.execute(_HEARD, given)}


def _turn_of(call: str) -> tuple[str, int]:
    """(session, turn) of a call's name, ``SESSION:TURN:USE``; turn 0 when it isn't one."""
    session, _, turn = call.rpartition(":")[0].rpartition(":")
    return session, int(turn) if turn.isascii() and turn.isdigit() else 0


def _lists(connection: Connection, given: Mapping[str, Any]) -> tuple[int, int]:
    """(accounts listed, of them touched or put aside by the person within a day of their list)."""
    touched: dict[str, list[int]] = defaultdict(list)
    for row in connection.execute(_TOUCHED, {"since": given["since"]}):
        touched[row.account_id].append(row.at)
    marked: dict[tuple[str, str], list[int]] = defaultdict(list)
    for mark in connection.execute(_MARKED, given):
        marked[mark.person, mark.account_id].append(mark.made_at)
    listed = acted_on = 0
    for person, made_at, accounts in connection.execute(_LISTS, given):
        for account in accounts:
            listed += 1
            happened = touched[account] + marked[person, account]
            acted_on += any(made_at <= at <= made_at + DAY for at in happened)
    return listed, acted_on
