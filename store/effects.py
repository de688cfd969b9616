"""Outside writes, each done once: an intent row, the act, an outcome row, and a look-up when the outcome is unknown.

No vendor here offers an idempotency key, so the row is the key. The states::

    intent ──> sending ──> done          the vendor said yes
                  │  └───> intent        the vendor said no before doing anything (a rate limit); may be sent again
                  │  └───> refused       the vendor will never do it (the person is gone)
                  └── process died or the answer was lost: look; found -> done; not found and settled -> sending

A lost request may still land while it is in flight, so "not found" is believed only after ``settle_ms``, the
request's own timeout, has passed since it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from sqlalchemy import Column, Connection, Engine, Integer, Table, Text, bindparam, select, update

from store import faults
from store.engine import insert_once, reading
from store.metadata import Instant, Json, metadata

effects = Table(
    "effects",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("made_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("done_at", Instant),
    Column("result", Json),
    Column("reason", Text),
)

Result = dict[str, Any]

# Built once: building a statement costs several times what running it does.
_THE_ONE = effects.c.key == bindparam("of_key")
_ROW = select(effects).where(_THE_ONE)
_MOVE = update(effects).where(_THE_ONE, effects.c.attempt == bindparam("at_attempt"))
_FINISH = update(effects).where(_THE_ONE)


class _Clock(Protocol):
    def now(self) -> int: ...


class NotDone(Exception):
    """The vendor certainly did nothing; the write may be sent again at ``retry_at`` (ms)."""

    def __init__(self, reason: str, retry_at: int) -> None:
        super().__init__(reason)
        self.retry_at = retry_at


class Unknown(Exception):
    """The write was sent and no answer came: it may have happened. ``look_at`` (ms) is when a look-up is final."""

    def __init__(self, reason: str, look_at: int) -> None:
        super().__init__(reason)
        self.look_at = look_at


class Refused(Exception):
    """The vendor will not do this write, now or later; the message is its reason."""


def perform(
    engine: Engine,
    clock: _Clock,
    key: str,
    kind: str,
    *,
    act: Callable[[], Result],
    look: Callable[[int], Result | None],
    settle_ms: int,
    still_wanted: Callable[[], bool] = lambda: True,
    ready: Callable[[], None] = lambda: None,
) -> Result:
    """Do the write ``key`` unless it has been done, and answer its result (the stored one, if it was).

    ``act()`` sends it with the vendor client's retries off and raises ``NotDone``, ``Refused``, or anything else when
    the outcome is unknown. ``look(sent_at)`` answers the result when the vendor shows that it happened, else None.
    ``still_wanted()`` is asked before each sending; False raises ``Refused``. ``ready()`` waits for a rate limiter:
    here and not in ``act``, because ``settle_ms`` counts from the moment that the row says "sending".
    """
    row = _open(engine, clock, key, kind)
    if row["state"] == "done":
        return dict(row["result"])
    if row["state"] == "refused":
        raise Refused(row["reason"])
    if row["state"] == "sending":
        sent_at = int(row["sent_at"])
        found = look(sent_at)
        if found is not None:
            faults.reached("effect.found")
            return _finish(engine, clock, key, found)
        if clock.now() < sent_at + settle_ms:
            raise Unknown("sent, and no answer came", sent_at + settle_ms)
    ready()
    if not still_wanted():
        # What kept it from being sent is what a person can do something about.
        late = "no longer worth sending" + (f": {row['reason']}" if row["reason"] else "")
        _move(engine, key, row["attempt"], state="refused", reason=late)
        raise Refused(late)
    sent_at = clock.now()
    if not _move(engine, key, row["attempt"], state="sending", sent_at=sent_at, attempt=row["attempt"] + 1):
        raise Unknown("another worker is sending it", clock.now() + settle_ms)
    faults.reached("effect.sending")
    try:
        result = act()
    except NotDone as no:
        _move(engine, key, row["attempt"] + 1, state="intent", reason=str(no))
        raise
    except Refused as never:
        _move(engine, key, row["attempt"] + 1, state="refused", reason=str(never))
        raise
    except Exception as lost:
        raise Unknown(f"{type(lost).__name__}: {lost}", sent_at + settle_ms) from lost
    faults.reached("effect.acted")
    return _finish(engine, clock, key, result)


def reopen(connection: Connection, prefix: str) -> None:
    """Let the refused writes whose keys begin with ``prefix`` be tried again, because a person asked for it."""
    connection.execute(
        update(effects)
        .where(effects.c.key.startswith(prefix, autoescape=True), effects.c.state == "refused")
        .values(state="intent", reason=None)
    )


def state_of(engine: Engine, key: str) -> Mapping[str, Any] | None:
    """The effect's row, or None when it was never intended."""
    with reading(engine).connect() as connection:
        row = connection.execute(_ROW, {"of_key": key}).mappings().first()
    return dict(row) if row else None


def _open(engine: Engine, clock: _Clock, key: str, kind: str) -> Mapping[str, Any]:
    found = state_of(engine, key)
    if found:
        return found
    made = {"key": key, "kind": kind, "state": "intent", "attempt": 0, "made_at": clock.now()}
    with engine.begin() as connection:
        # Two workers may meet here; the second one's insert is a no-op, then both race in _move.
        insert_once(connection, effects, made)
    faults.reached("effect.intended")
    return {**made, "sent_at": None, "result": None, "reason": None}


def _move(engine: Engine, key: str, at_attempt: int, **values: Any) -> bool:
    """Compare and set on the attempt number; False when someone else moved the row first."""
    with engine.begin() as connection:
        done = connection.execute(_MOVE, {"of_key": key, "at_attempt": at_attempt, **values})
    return done.rowcount == 1


def _finish(engine: Engine, clock: _Clock, key: str, result: Result) -> Result:
    with engine.begin() as connection:
        values = {"state": "done", "result": result, "done_at": clock.now(), "reason": None}
        connection.execute(_FINISH, {"of_key": key, **values})
    faults.reached("effect.done")
    return result
