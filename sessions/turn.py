"""One turn: claim it, let its agent act on the log, and write down how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, bindparam, func, select, update

from agents import catalogue
from agents.agent import Done, Failed, Line, Outcome, Turn, Wait
from rules.policy import PolicyError
from sessions import asking, events, inbox
from sessions.engine import Queue
from sessions.hands import Hands
from sessions.session import DONE, ENDED, FAILED, FENCED, HELD, QUEUED, RUNNING, WAITING
from sessions.store import inbox as inbox_table
from sessions.store import sessions
from store import effects, faults
from store.statements import Statement
from systems import redaction
from systems.connect import Systems
from systems.faults import NotFound, RateLimited, Rejected, SystemFault
from systems.settings import SettingsError

log = structlog.get_logger("turn")

_ROW = Statement(select(inbox_table).where(inbox_table.c.seq == bindparam("row")))
_CLAIM = Statement(
    update(inbox_table)
    .where(inbox_table.c.seq == bindparam("row"), inbox_table.c.state.in_((QUEUED, RUNNING)))
    .values(state=RUNNING)
    .returning(*inbox_table.c)
)
_HOLD = Statement(update(inbox_table).where(inbox_table.c.seq == bindparam("row")).values(state=HELD))
_END = Statement(
    update(inbox_table)
    .where(
        inbox_table.c.seq == bindparam("row"),
        inbox_table.c.state == RUNNING,
        inbox_table.c.attempt == bindparam("at_attempt"),
    )
    .returning(inbox_table.c.queue, inbox_table.c.stop_at)
)
_LOCK_SESSION = Statement(select(sessions.c.paused).where(sessions.c.id == bindparam("session")).with_for_update())
_TOUCH_SESSION = Statement(update(sessions).where(sessions.c.id == bindparam("session")).returning(sessions.c.paused))
_EARLIER = Statement(
    select(func.count())
    .select_from(inbox_table)
    .where(
        inbox_table.c.session == bindparam("session"),
        inbox_table.c.queue.in_(FENCED),
        inbox_table.c.turn < bindparam("turn"),
        inbox_table.c.state.not_in(ENDED),
    )
)


def _nothing(_connection: Connection) -> None:
    """Nobody wants to know."""


CAME_AT = ("nominal", "pressed_at", "said_at", "heard_at")
"""What each kind of trigger calls the instant at which its turn should begin."""

BACK_OFF_MS = (1_000, 2_000, 5_000, 15_000, 30_000, 60_000, 120_000, 300_000)
MOST_FAILURES = 9
"""After so many unexplained failures a turn ends as failed; a vendor that is down is waited for instead."""


def run(
    database: Engine, systems: Systems, queue: Queue, row: int, ended: Callable[[Connection], None] = _nothing
) -> bool:
    """Do the turn in inbox row ``row``. How it ended is in the row and in the log; only the database's faults rise.

    ``ended`` is called in the transaction that says so. Answers whether others may stand in the same line by then.
    """
    claimed = _claim(database, systems, queue, row)
    if claimed is None:
        return True
    faults.reached("turn.claimed")
    turn, hands, failures, to_end = claimed
    bound = log.bind(session=turn.session, turn=turn.number, attempt=turn.attempt)
    with closing(hands):
        outcome = _worked(systems, turn, failures, bound)
    faults.reached("turn.acted")
    others = _end(database, systems, queue, row, turn, outcome, hands.last_lines, to_end, ended)
    faults.reached("turn.finished")
    if others is None:
        bound.warning("turn.taken_over")
        return True
    bound.info("turn.ended", outcome=type(outcome).__name__.lower(), note=_note(outcome))
    return others


def _worked(systems: Systems, turn: Turn, failures: int, bound: Any) -> Outcome:
    """Let its agent act; what it did not see coming ends as an outcome too."""
    try:
        return catalogue.named(str(turn.trigger["agent"])).run(turn)
    except (effects.Unknown, effects.NotDone) as unsure:
        until = unsure.look_at if isinstance(unsure, effects.Unknown) else unsure.retry_at
        return Wait(max(until, systems.clock.now()), str(unsure))
    except effects.Refused as never:
        return Failed(str(never))
    except (PolicyError, SettingsError) as wrong:
        # Somebody is editing a file; it is right again sooner or later, and each agent knows how long it is worth it.
        return Wait(systems.clock.now() + 60_000, str(wrong))
    except (Rejected, NotFound) as refused:
        return Failed(str(refused))
    except SystemFault as fault:
        asked = fault.retry_after if isinstance(fault, RateLimited) else None
        pause = int(asked * 1000) if asked is not None else _back_off(turn.attempt)
        return Wait(systems.clock.now() + pause, str(fault))
    except Exception as broken:  # noqa: BLE001 - whatever broke is in the log, and the turn is tried again
        bound.exception("turn.broke")
        reason = redaction.broken(broken)  # it ends in a note, which people and Slack are shown
        turn.append("broke", {"error": reason})
        if failures + 1 >= MOST_FAILURES:
            return Failed(f"{reason} (gave up after {MOST_FAILURES} tries; see the log of this turn)")
        return Wait(systems.clock.now() + _back_off(failures), reason)


def _claim(database: Engine, systems: Systems, queue: Queue, row: int) -> tuple[Turn, Hands, int, bool] | None:
    """The turn, its hands, its failures so far, and whether it goes on only to end."""
    now = systems.clock.now()
    with database.begin() as connection:
        r = _ROW.named(connection, {"row": row})
        if r is None or r["state"] not in (QUEUED, RUNNING):
            # Ended, or a late echo of an attempt that has given up its place: what waits or is held is woken anew.
            return None
        fenced = r["queue"] in FENCED
        paused = fenced and _LOCK_SESSION.scalar(connection, {"session": r["session"]})
        # As the row is behind the lock: its message may have been edited, or stopped, while we waited for it.
        r = _CLAIM.named(connection, {"row": row})
        if r is None:
            return None
        if fenced:
            # Our own fence: DBOS keeps one turn of a session running, but an earlier one may be waiting, or stand in
            # another queue. With the session's row locked it can't end unseen between our look and our being held.
            # A pause holds it back, unless it is to go on only to end.
            held = paused and r["stop_at"] is None
            if held or _EARLIER.scalar(connection, {"session": r["session"], "turn": r["turn"]}):
                _HOLD.all(connection, {"row": row})
                return None
        past = events.read(connection, r["session"])
        if not any(e.turn == r["turn"] and e.kind == "started" for e in past):
            body = {"trigger": dict(r["trigger"]), "late_ms": max(0, now - _nominal(r["trigger"], now))}
            past.append(events.append(connection, r["workspace"], r["session"], r["turn"], now, "started", body))
    failures = 0
    for event in past:
        if event.turn == r["turn"]:
            # Set off again by hand after it had failed, a turn has all its tries anew.
            failures = 0 if event.kind == "failed" else failures + (event.kind == "broke")
    hands = Hands(database, systems.clock, queue, r, past)
    turn = Turn(
        database=database,
        systems=systems,
        workspace=r["workspace"],
        session=r["session"],
        number=r["turn"],
        trigger=r["trigger"],
        log=past,
        attempt=r["attempt"],
        append=hands.append,
        append_all=hands.append_all,
        at_end=hands.at_end,
        read_log=hands.read_log,
        stopped=hands.stopped,
        ask=hands.ask,
        join=hands.join,
        title_of=hands.title_of,
        name=hands.name,
    )
    return turn, hands, failures, r["stop_at"] is not None


def _nominal(trigger: Mapping[str, Any], now: int) -> int:
    return int(next((trigger[name] for name in CAME_AT if trigger.get(name)), now))


def _end(
    database: Engine,
    systems: Systems,
    queue: Queue,
    row: int,
    turn: Turn,
    outcome: Outcome,
    last_lines: Sequence[Line],
    to_end: bool,
    ended: Callable[[Connection], None],
) -> bool | None:
    """Write down how it ended and let go on what waited for it; None when another attempt has the turn by now.

    ``to_end``: it had been stopped before this attempt began, so its waiting is for what its end needs. Answers whether
    others stand in the same line.
    """
    now = systems.clock.now()
    with database.begin() as connection:
        match outcome:
            case Wait(until, reason):
                values: dict[str, Any] = {"state": WAITING, "wake_at": until, "note": reason}
                kind, body = "waiting", {"until": until, "reason": reason}
            case Done(note):
                values = {"state": DONE, "ended_at": now, "note": note}
                kind, body = "done", {"note": note}
            case Failed(reason):
                values = {"state": FAILED, "ended_at": now, "note": reason}
                kind, body = "failed", {"reason": reason}
        over = values["state"] in ENDED
        if over:
            asking.lock_asker(connection, turn.trigger)
        # The session's row first, as everywhere: whoever locks both in the other order could wait for us for ever.
        paused = _TOUCH_SESSION.scalar(connection, {"session": turn.session, "touched_at": now})
        mine = _END.first(connection, {"row": row, "at_attempt": turn.attempt, **values})
        if mine is None:
            return None
        line, stop_at = mine
        ended(connection)
        for line_kind, line_body in (*(last_lines if over else ()), (kind, body)):
            events.append(connection, turn.workspace, turn.session, turn.number, now, line_kind, line_body)
        if over:
            asking.returned(connection, queue, turn.workspace, turn.trigger, values["state"], _note(outcome), now)
            if not paused:
                inbox.release_next(connection, queue, turn.session)
        elif (stop_at is not None and not to_end) or asking.answered_meanwhile(connection, turn):
            # A stop that came while it was about to wait must not wait with it: its agent looks at once, and ends.
            inbox.again(connection, queue, row)
        return inbox.in_line(connection, line)


def _back_off(tries: int) -> int:
    return BACK_OFF_MS[min(tries, len(BACK_OFF_MS) - 1)]


def _note(outcome: Outcome) -> str:
    return outcome.note if isinstance(outcome, Done) else outcome.reason
