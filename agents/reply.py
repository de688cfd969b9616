"""The answer as people get it: decided once, posted once, in the thread, however often the turn had to begin again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog

from agents import delegating, moving, refusals
from agents.agent import Done, Failed, Outcome
from agents.endings import End
from agents.list_message import tick_off
from agents.work import Work
from store import effects, faults
from store.engine import reading
from systems import trace_link
from systems.faults import NotAllowed, Rejected
from systems.sending import SLACK_SETTLE_MS, sending
from systems.trace_link import Linked
from tools import ledger, listing
from views import escape, routines
from views.blocks import Message
from views.reply import Footer, reply

log = structlog.get_logger("reply")

MOST_PLAIN = 2_900
"""A section takes 3,000 characters."""
CLOSED_PATIENCE_MS = 30 * 60_000
"""How long an answer waits for a scope that Slack says is missing; the conversation must not wait for ever."""


def finish(work: Work, end: End | None) -> Outcome:
    """End the turn with what an earlier attempt had decided, else with ``end``, and tell the people."""
    decided = work.turn.logged("ending")
    if decided is None:
        assert end is not None, "a turn that has not been decided yet needs an end"
        decided = {"text": end.text, "note": end.note, "failed": end.failed}
        if not _is_told(work):
            # There is nothing between deciding, having told and the turn's end.
            work.turn.at_end([("ending", decided), ("replied", _told(work, end.text))])
            faults.reached("reply.decided")
            return _outcome(decided)
        work.turn.append("ending", decided)
        faults.reached("reply.decided")
    if work.turn.logged("replied") is None:
        _reply(work, _as_told(work, str(decided["text"])))
        if work.turn.trigger.get("person") and delegating.receipts(work):
            # What was done here is news to the person's own list; others' lists hear of it with the next sync.
            tick_off(work.turn, of=str(work.turn.trigger["person"]))
    work.signals.end()
    return _outcome(decided)


def _outcome(decided: Mapping[str, Any]) -> Outcome:
    return Failed(str(decided["note"])) if decided["failed"] else Done(str(decided["note"]))


def links(work: Work) -> tuple[str, ...]:
    """The beginnings of the addresses that an answer may link: this deployment's own records."""
    with reading(work.turn.database).connect() as connection:
        known = listing.links(connection, work.turn.systems)
    return tuple(address for address in (known.hubspot, known.jira) if address)


def _is_told(work: Work) -> bool:
    """An agent that was asked by another one answers that one; a run for nobody answers nobody."""
    return work.place is not None and work.turn.trigger["kind"] != "asked"


def _as_told(work: Work, text: str) -> str:
    """An answer that nobody asked for just now says which routine it is of."""
    title = work.turn.trigger.get("title")
    return text if title is None or not _is_told(work) else routines.answer(str(title), text)


def _told(work: Work, text: str) -> dict[str, Any]:
    """The line of an answer that has not been posted anywhere."""
    return {"channel": None, "ts": None, "text": text, "agent": work.agent.name, "parts": 0}


def _reply(work: Work, text: str) -> None:
    turn = work.turn
    body = _told(work, text)
    if _is_told(work):
        moved = moving.to_the_asker(work, _streamed(work))
        assert work.place is not None, "it is told somewhere"
        receipts, not_done = delegating.receipts(work), refusals.of(work, text)
        trace, stand_in = f"{turn.session}/{turn.number}", is_stand_in(turn.systems.settings.anthropic_base_url)
        done = [(receipt, None) for receipt in receipts]
        link = _link(work)
        messages = reply(text, done, Footer(work.agent.name, trace, stand_in, link), links(work), not_done)
        places = [_told_anyhow(work, number, message, moved) for number, message in enumerate(messages, 1)]
        first = places[0]
        body |= {"channel": first["channel"], "ts": first["ts"], "parts": len(messages)}
        # What agents/receipts.py needs to draw the same answer again once something of it is undone.
        body |= {"receipts": [one._asdict() for one in receipts], "places": places, "trace": trace}
        body |= {"stand_in": stand_in, "link": link, "not_done": [one._asdict() for one in not_done]}
        turn.join(first["channel"], work.place[1] or first["ts"])
    turn.append("replied", body)
    faults.reached("reply.stored")


def _link(work: Work) -> str | None:
    """Where the footer leads; None when no browser would find us. The same for an attempt that begins again."""
    settings = work.turn.systems.settings
    if settings.daybook_public_url is None:
        return None
    linked = Linked(work.turn.session, work.turn.number, _decided_at(work) + trace_link.KEPT_MS)
    return trace_link.address(settings.daybook_public_url, trace_link.key_from(ledger.key_of(settings)), linked)


def _decided_at(work: Work) -> int:
    return next(event.at for event in work.mine if event.kind == "ending")


def _told_anyhow(work: Work, number: int, message: Message, moved: bool) -> Mapping[str, Any]:
    """One message of the answer; as plain words when Slack refuses its form. Silence would be worse than plainness."""
    try:
        return _post(work, number, message, moved)
    except effects.Refused as refused:
        log.warning("reply.refused", session=work.turn.session, reason=str(refused))
    except effects.NotDone as closed:
        waited = work.turn.systems.clock.now() - _decided_at(work)
        if isinstance(closed.__cause__, NotAllowed) and waited >= CLOSED_PATIENCE_MS:
            work.signals.end()
            raise effects.Refused(str(closed)) from closed
        raise
    try:
        return _post_plain(work, number, message)
    except effects.Refused:
        work.signals.end()
        raise


def _post_plain(work: Work, number: int, message: Message) -> Mapping[str, Any]:
    """The words alone, once, as a message of their own; what was streamed keeps what it shows."""
    turn, chat, clock = work.turn, work.turn.systems.chat, work.turn.systems.clock
    assert work.place is not None
    to, thread = work.place
    key = f"{turn.session}:{turn.number}:reply:{number}:plain"
    words = escape.cut(message.text, MOST_PLAIN)
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": words, "emoji": False}}]

    def look(sent_at: int) -> effects.Result | None:
        found = chat.find(to, key, sent_at, thread)
        return found._asdict() if found is not None else None

    return effects.perform(
        turn.database,
        clock,
        key,
        "slack.reply",
        act=sending(lambda: chat.post(to, words, blocks, key, thread)._asdict(), clock.now),
        look=look,
        settle_ms=SLACK_SETTLE_MS,
        ready=chat.ready,
    )


def _post(work: Work, number: int, message: Message, moved: bool) -> Mapping[str, Any]:
    """One message of the answer, once. The first takes the place of what was streamed, if it stays where it was."""
    turn, chat, clock = work.turn, work.turn.systems.chat, work.turn.systems.clock
    assert work.place is not None
    to, thread = work.place
    key = f"{turn.session}:{turn.number}:reply" + (f":{number}" if number > 1 else "")
    streamed = _streamed(work) if number == 1 and not moved else None

    def act() -> effects.Result:
        if streamed is None:
            return chat.post(to, message.text, message.blocks, key, thread)._asdict()
        try:
            chat.stop_stream(to, streamed, [], key)
        except Rejected as over:
            log.debug("reply.stream_was_over", reason=str(over))
        chat.update(to, streamed, message.text, message.blocks, key=key)
        return {"channel": to, "ts": streamed}

    def look(sent_at: int) -> effects.Result | None:
        found = chat.find(to, key, sent_at, thread)
        return found._asdict() if found is not None and streamed is None else None

    return effects.perform(
        turn.database,
        clock,
        key,
        "slack.reply",
        act=sending(act, clock.now),
        look=look,
        # Giving a message its final form twice is harmless, so nothing has to settle before it is done again.
        settle_ms=SLACK_SETTLE_MS if streamed is None else 0,
        ready=chat.ready if streamed is None else lambda: None,
    )


def _streamed(work: Work) -> str | None:
    """The message that was begun as a stream in this turn, by this attempt or by one that died over it."""
    known = work.turn.logged("streamed")
    if known is not None:
        return str(known["ts"])
    begun = next((event for event in work.mine if event.kind == "streaming"), None)
    if begun is None:
        return None
    found = work.turn.systems.chat.find_stream(begun.body["channel"], begun.body["thread_ts"], begun.at)
    return found.ts if found is not None else None


def is_stand_in(address: str) -> bool:
    """Whether the model is the sandbox's: nobody serves the real one on their own machine."""
    return (urlsplit(address).hostname or "") in ("127.0.0.1", "localhost", "::1")
