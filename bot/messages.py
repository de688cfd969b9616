"""A message to Daybook becomes a turn of its session, or is answered at once; all others are left alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from bot import afterthoughts, controls, errands, escalated, spoken
from bot.controls import Place
from bot.door import Door
from bot.heard import Deleted, Edited, Said, mentioned, names_us, talks_to, words
from bot.members import STRANGER, is_member
from bot.saying import PAUSED
from records import tables
from sessions import inbox, rewording, threads
from sessions import session as trigger
from sessions.store import inbox as inbox_table
from sessions.threads import Thread
from tools import notices

ASSISTANT = "assistant"
"""Who answers when nobody else is asked for."""
STOP = spoken.Phrase("stop")
"""Heard also from somebody who is talking to others: whoever says it must not have to think first."""
WITH_NOTHING = "Yes? Tell me what happened or what you need, for example: I called Acme and left a voicemail."

HEARD_ANEW_SECONDS = 24 * 3_600
"""So long a message that was not heard may be changed into one that is: later it is no part of a conversation."""

# Built once: building a statement costs several times what running it does.
_SPOKEN = (
    select(inbox_table.c.seq)
    .where(
        inbox_table.c.session == bindparam("session"),
        inbox_table.c.trigger["person"].as_string() == bindparam("person"),
        inbox_table.c.trigger["kind"].as_string() == "said",
    )
    .limit(1)
)


@dataclass(frozen=True)
class Whisper:
    """A sentence that only that person is shown, where they wrote."""

    channel: str
    person: str
    text: str
    thread_ts: str | None = None


def key_of(workspace: str, channel: str, ts: str) -> str:
    """A message and the mention in it are two events of one key."""
    return f"{workspace}:said:{channel}:{ts}"


def take(connection: Connection, door: Door, heard: Said | Edited | Deleted) -> Whisper | None:
    """Store what follows from the event; answers what is to be said at once, if anything."""
    now = door.systems.clock.now()
    if isinstance(heard, Said):
        return _said(connection, door, heard, now)
    key = key_of(door.workspace, heard.channel, heard.ts)
    if isinstance(heard, Deleted):
        taken = rewording.take_back(connection, door.queue, door.workspace, key, now)
        told = afterthoughts.told(connection, door.workspace, key, deleted=True) if taken == "too_late" else None
        if told is None or heard.person is None:
            return None
        return _once(connection, door, f"{key}:deleted", now, Whisper(heard.channel, heard.person, told))
    text = words(heard.text, door.me, _names(connection, heard.text))
    asked = spoken.phrase(text)
    waiting = rewording.in_line(connection, door.workspace, key)
    at_once = None if waiting is None else _at_once(door, asked, text, waiting["direct"], waiting["files"])
    if waiting is not None and at_once is not None:
        rewording.take_back(connection, door.queue, door.workspace, key, now, rewording.DONE_AT_ONCE)
        place = Place(heard.channel, waiting["thread_ts"], heard.ts, waiting["direct"], heard.person)
        told = at_once if isinstance(at_once, str) else controls.act(connection, door, place, at_once, now)
        return Whisper(heard.channel, heard.person, told, waiting["thread_ts"])
    agent: str | None = ASSISTANT
    if isinstance(asked, spoken.Phrase) and asked.kind == "topic" and asked.rest:
        text = asked.rest
    elif isinstance(asked, spoken.ToAgent):
        # An agent that nobody knows can't be asked: the message keeps the one that it was for.
        agent, text = (asked.name if asked.name in door.agents else None), asked.words
    outcome = rewording.reword(connection, door.workspace, key, text, now, agent)
    if outcome == "unknown":
        return _anew(connection, door, heard, asked, now)
    if outcome not in ("noted", "too_late"):
        return None
    told = afterthoughts.told(connection, door.workspace, key, deleted=False)
    return _once(connection, door, f"{key}:edited", now, _whisper(heard.anew, told)) if told is not None else None


def _anew(
    connection: Connection, door: Door, heard: Edited, asked: spoken.Phrase | spoken.ToAgent | None, now: int
) -> Whisper | None:
    """It was never heard, so it is heard now; a phrase that was done already is not done again for its full stop."""
    said = heard.anew
    if float(said.edited or said.ts) - float(said.ts) > HEARD_ANEW_SECONDS:
        return None
    if isinstance(asked, spoken.Phrase) and spoken.phrase(words(heard.before, door.me, {})) == asked:
        return None
    return _said(connection, door, said, now)


def _said(connection: Connection, door: Door, said: Said, now: int) -> Whisper | None:
    in_thread = said.thread_ts is not None
    thread = threads.at(connection, door.workspace, said.channel, str(said.thread_ts)) if in_thread else None
    if not said.direct and not _for_us(connection, door, said, thread):
        return None
    key = key_of(door.workspace, said.channel, said.ts)
    answered = f"{key}:{said.edited}" if said.edited else key  # other words may need another sentence
    if not is_member(connection, door.workspace, said.person, said.team):
        return _once(connection, door, key, now, _whisper(said, STRANGER))
    text = words(said.text, door.me, _names(connection, said.text))
    asked = spoken.phrase(text)
    at_once = _at_once(door, asked, text, said.direct, said.files)
    if at_once is not None:
        if not errands.first_time(connection, door.workspace, answered, now):
            return None
        place = Place(said.channel, said.thread_ts, said.ts, said.direct, said.person)
        told = at_once if isinstance(at_once, str) else controls.act(connection, door, place, at_once, now)
        return _whisper(said, told)
    agent, topic = ASSISTANT, isinstance(asked, spoken.Phrase)
    if isinstance(asked, spoken.ToAgent):
        agent, text = asked.name, asked.words
    elif isinstance(asked, spoken.Phrase):
        text = asked.rest
    left = controls.still_kept(connection, door, said.channel) if topic and not in_thread else None
    session = (
        thread.session
        if thread is not None
        else threads.place(
            connection, door.workspace, said.channel, said.thread_ts, said.ts, now, direct=said.direct, new_topic=topic
        )
    )
    if in_thread and not isinstance(asked, spoken.ToAgent) and notices.is_notice(session):
        agent = escalated.AGENT  # below an alert the one who prepares managers answers, unless another one is named
    receipt = inbox.submit(
        connection,
        door.queue,
        door.workspace,
        trigger.Said(
            key=key,
            session=session,
            agent=agent,
            person=said.person,
            text=text,
            channel=said.channel,
            thread_ts=said.thread_ts,
            ts=said.ts,
            said_at=now,
            direct=said.direct,
            files=said.files,
        ),
        now,
    )
    hint = PAUSED if receipt.held else left
    return _whisper(said, hint) if receipt.fresh and hint else None


def _at_once(
    door: Door, asked: spoken.Phrase | spoken.ToAgent | None, text: str, direct: bool, files: int
) -> spoken.Phrase | str | None:
    """What is done or said without any agent: a phrase, or a sentence to the writer; None when an agent answers."""
    match asked:
        case spoken.ToAgent(name, words_for_it):
            return named_or_listed(door, name, words_for_it, "!agent")
        case spoken.Phrase(kind, rest):
            return None if kind == "topic" and direct and rest else asked
    return None if text or files else WITH_NOTHING


def _for_us(connection: Connection, door: Door, said: Said, thread: Thread | None) -> bool:
    """In a channel; see ``bot/heard.py`` for the rule in words."""
    if names_us(said.text, door.me) or said.text.lstrip().lower().startswith("!agent"):
        if thread is not None and said.person in thread.aside:
            _set_aside(connection, door, said, lambda aside: aside - {said.person})
        return True
    if thread is None or said.edited:
        return False
    others = talks_to(said.text, door.me)
    if others is not None:
        between = others | {said.person}
        if not between <= thread.aside:
            _set_aside(connection, door, said, lambda aside: aside | between)
        return False
    if said.person in thread.aside and spoken.phrase(said.text) != STOP:
        return False
    return connection.execute(_SPOKEN, {"session": thread.session, "person": said.person}).first() is not None


def _set_aside(
    connection: Connection, door: Door, said: Said, become: Callable[[frozenset[str]], frozenset[str]]
) -> None:
    threads.set_aside(connection, door.workspace, said.channel, str(said.thread_ts), become)


def named_or_listed(door: Door, name: str, text: str, ask_with: str = "/agent") -> str | None:
    """None when that agent can be asked that; else what there is to say: the agents, or what is missing.

    ``ask_with`` is how it was asked for, so that it works again there: in a thread Slack takes no command.
    """
    if name in door.agents and text:
        return None
    known = "\n".join(f"*{one}*: {about}" for one, about in sorted(door.agents.items()))
    if not name:
        return f"Ask an agent with its name and your question, for example `{ask_with} {_any(door)} …`:\n{known}"
    if name in door.agents:
        return f"Ask *{name}* something: `{ask_with} {name} …`. {door.agents[name]}"
    # The name is not repeated: it is whatever somebody typed.
    return f"There is no agent of that name. These can be asked:\n{known}"


def _any(door: Door) -> str:
    return next((name for name in sorted(door.agents) if name != ASSISTANT), ASSISTANT)


def _once(connection: Connection, door: Door, key: str, now: int, whisper: Whisper) -> Whisper | None:
    """Slack's retries, and the mention beside the message, get no second sentence."""
    return whisper if errands.first_time(connection, door.workspace, key, now) else None


def _whisper(said: Said, text: str) -> Whisper:
    return Whisper(said.channel, said.person, text, said.thread_ts)


def _names(connection: Connection, text: str) -> Mapping[str, str]:
    ids = mentioned(text)
    if not ids:
        return {}
    p = tables.people.c
    found = connection.execute(select(p.slack_id, p.real_name).where(p.slack_id.in_(ids)))
    return {row.slack_id: row.real_name for row in found}
