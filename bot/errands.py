"""What people were told is done and Slack still has to be asked for: kept in a table until it is done, once.

A slash command has no message that an answer could stand under, and a fork has none either; a name
must reach Slack's own list of conversations. That takes longer than an acknowledgement may, so it is stored with the
command and done right after it, also if the process ended in between. The same table remembers what was answered at
once, so that Slack's retries are not answered again.
"""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple
from uuid import uuid4

import structlog
from sqlalchemy import Column, Connection, Index, Table, Text, bindparam, select, update

from bot.door import Door
from bot.saying import PAUSED
from sessions import control, inbox, threads
from sessions import session as trigger
from store import effects
from store.engine import insert_once, reading
from store.metadata import Instant, Json, metadata
from systems.faults import SourceDown, SystemFault
from systems.sending import SLACK_SETTLE_MS, sending
from views.errand import shown

log = structlog.get_logger("bot.errands")
AGAIN_SECONDS = 5.0

errands = Table(
    "errands",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("what", Json),
    Column("done_at", Instant),
    Column("note", Text),
    Index("ix_errands_open", "workspace", "done_at"),
)
"""``what`` is None for what was answered at once."""

# Built once: building a statement costs several times what running it does.
_OPEN = (
    select(errands.c.key, errands.c.what, errands.c.at)
    .where(errands.c.workspace == bindparam("workspace"), errands.c.done_at.is_(None))
    .order_by(errands.c.at)
    .limit(20)
)


def first_time(connection: Connection, workspace: str, key: str, now: int) -> bool:
    """Whether this was never answered; it is remembered as answered now."""
    return insert_once(connection, errands, {"workspace": workspace, "key": key, "at": now, "done_at": now})


class About(NamedTuple):
    """The message that a question is about: somebody's words, and whose."""

    ts: str
    words: str
    by: str


def open_question(
    connection: Connection,
    workspace: str,
    key: str,
    to: str,
    person: str,
    agent: str,
    text: str,
    now: int,
    about: About | None = None,
    told_paused: bool = False,
) -> bool:
    """Somebody asked ``agent`` something without a message of their own: show it at ``to`` and let it be answered."""
    what: dict[str, Any] = {"kind": "question", "to": to, "person": person, "agent": agent, "text": text}
    what["told_paused"] = told_paused
    if about is not None:
        what["about"] = about._asdict()
    return insert_once(connection, errands, {"workspace": workspace, "key": key, "at": now, "what": what})


def open_fork(
    connection: Connection,
    workspace: str,
    session: str,
    to: str,
    person: str,
    title: str | None,
    upto: tuple[str, str] | None,
    now: int,
) -> bool:
    """A fork needs a thread to go on in; ``upto`` are the words and the time of the last message that it knows."""
    what = {"kind": "fork", "to": to, "person": person, "session": session, "title": title, "upto": upto}
    return insert_once(connection, errands, {"workspace": workspace, "key": session, "at": now, "what": what})


def open_name(connection: Connection, workspace: str, session: str, channel: str, thread_ts: str, now: int) -> None:
    """Slack shall call this thread what its session is called."""
    what = {"kind": "name", "session": session, "channel": channel, "thread_ts": thread_ts}
    key = f"name:{uuid4().hex}"  # the same name may be given again after another one
    insert_once(connection, errands, {"workspace": workspace, "key": key, "at": now, "what": what})


class Runner:
    """Does what is open: at once when it is told of something new, and again after a while when it could not."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._told = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="errands")

    def tell(self) -> None:
        self._told.set()

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        left = True  # what an earlier process left behind
        while True:
            if not left:
                await self._told.wait()
            self._told.clear()
            try:
                left = await asyncio.to_thread(run_open, self._door)
            except Exception:
                log.exception("errands.broke")
                left = True
            if left and not self._told.is_set():
                try:
                    async with asyncio.timeout(AGAIN_SECONDS):
                        await self._told.wait()
                except TimeoutError:
                    log.info("errands.again")


def run_open(door: Door) -> bool:
    """Do every errand that can be done now; answers whether some are left."""
    with reading(door.database).connect() as connection:
        rows = connection.execute(_OPEN, {"workspace": door.workspace}).all()
    left = False
    for row in rows:
        try:
            _do(door, row.key, row.what, row.at)
        except (effects.Unknown, effects.NotDone, SystemFault) as later:
            log.warning("errand.waits", error=str(later))
            left = True
        except effects.Refused as never:
            log.warning("errand.refused", error=str(never))
            _done(door, row.key, f"refused: {never}")
    return left or len(rows) == 20


def _do(door: Door, key: str, what: dict[str, Any], at: int) -> None:
    if what["kind"] == "name":
        _done(door, key, _named(door, what))
        return
    # Where a fork was asked for Daybook may not be any more; the person's own conversation with it is always there.
    try:
        posted = _post(door, key, what, what["to"])
    except effects.Refused:
        if what["to"] == what["person"]:
            raise
        posted = _post(door, f"{key}:direct", what, what["person"])
    channel, ts = posted["channel"], posted["ts"]
    now = door.systems.clock.now()
    waits = False
    with door.database.begin() as connection:
        if what["kind"] == "fork":
            threads.join(connection, door.workspace, channel, ts, what["session"], now)
        else:
            waits = _ask(connection, door, key, what, channel, ts, at).held and not what.get("told_paused")
        connection.execute(_DONE, {"of": door.workspace, "the": key, "done_at": now})
    if waits:
        door.systems.chat.whisper(channel, what["person"], PAUSED)


def _named(door: Door, what: dict[str, Any]) -> str | None:
    """Tell Slack the name as it is by now, so twice is once; answers why Slack would not have it."""
    with reading(door.database).connect() as connection:
        title = control.title_of(connection, what["session"])
    try:
        door.systems.chat.rename_session(what["channel"], what["thread_ts"], title or "")
    except SourceDown:
        raise
    except SystemFault as never:  # nobody was answered there yet, say: the first answer brings the name along
        log.warning("session.not_named", error=str(never))
        return f"refused: {never}"
    return None


def _ask(
    connection: Connection, door: Door, key: str, what: dict[str, Any], channel: str, ts: str, at: int
) -> inbox.Receipt:
    # As if the person had written it there: in their DM that goes on with the conversation they are in.
    about = what.get("about")
    session = threads.place(connection, door.workspace, channel, None, ts, at, direct=channel.startswith("D"))
    said = trigger.Said(
        key=f"{door.workspace}:asked:{key}",
        session=session,
        agent=what["agent"],
        person=what["person"],
        text=what["text"],
        channel=channel,
        thread_ts=ts,
        ts=ts,
        said_at=at,
        direct=channel.startswith("D"),
        about=f"{about['by']}: {about['words']}" if about else None,
        about_ts=about["ts"] if about else None,
    )
    return inbox.submit(connection, door.queue, door.workspace, said, at)


def _post(door: Door, key: str, what: dict[str, Any], to: str) -> dict[str, Any]:
    chat = door.systems.chat
    message = shown(what)

    def look(since: int) -> dict[str, Any] | None:
        found = chat.find(to, f"errand:{key}", since)
        return found._asdict() if found else None

    return effects.perform(
        door.database,
        door.systems.clock,
        f"errand:{door.workspace}:{key}",
        "slack_message",
        act=sending(
            lambda: chat.post(to, message.text, message.blocks, f"errand:{key}")._asdict(), door.systems.clock.now
        ),
        look=look,
        settle_ms=SLACK_SETTLE_MS,
        ready=chat.ready,
    )


_DONE = (
    update(errands)
    .where(errands.c.workspace == bindparam("of"), errands.c.key == bindparam("the"))
    .values(done_at=bindparam("done_at"))
)


def _done(door: Door, key: str, note: str | None) -> None:
    with door.database.begin() as connection:
        values = {"of": door.workspace, "the": key, "done_at": door.systems.clock.now()}
        connection.execute(_DONE.values(note=note and note[:300]), values)
