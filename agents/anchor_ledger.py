"""Anchors the ledger: tells its last row's number and seal where whoever has the database can't change it.

Outcome: days of the last month that have their anchor.
"""

from __future__ import annotations

from agents.agent import Done, Failed, Outcome, Turn
from store import effects
from store.engine import reading
from systems.sending import SLACK_SETTLE_MS, sending
from tools import anchors
from tools.anchors import Anchor
from tools.ledger import LedgerError
from views import anchor as view

KIND = "slack.anchor"


def run(turn: Turn) -> Outcome:
    """One day's anchor, in the file and in Slack, each once; what an attempt that died had read still counts."""
    settings = turn.systems.settings
    read = turn.logged("anchor")
    if read is None:
        with reading(turn.database).connect() as connection:
            found = anchors.of_now(connection, turn.workspace, str(turn.trigger["day"]))
        if found is None:
            return Done("the ledger is empty: nothing to anchor")
        read = {"day": found.day, "seq": found.seq, "seal": found.seal}
        turn.append("anchor", read)
    anchor = Anchor(turn.workspace, str(read["day"]), int(read["seq"]), str(read["seal"]))
    wrong: list[str] = []
    if settings.daybook_anchor_file:
        try:
            anchors.append(settings.daybook_anchor_file, anchor)
        except OSError as failed:
            wrong.append(f"DAYBOOK_ANCHOR_FILE can't be written ({failed.strerror}): make it writable for the worker")
        except LedgerError as spoilt:
            wrong.append(str(spoilt))
    if settings.daybook_anchor_to:
        try:
            _post(turn, settings.daybook_anchor_to, anchor)
        except effects.Refused as refused:
            wrong.append(f"{refused} DAYBOOK_ANCHOR_TO names a channel the bot is in, or a person")
    if wrong:
        return Failed("; ".join(wrong))
    return Done(f"row {anchor.seq} anchored")


def _post(turn: Turn, to: str, anchor: Anchor) -> None:
    chat, clock = turn.systems.chat, turn.systems.clock
    message = view.message(anchor.day, anchor.seq, anchor.seal)

    def look(sent_at: int) -> effects.Result | None:
        found = chat.find(to, anchor.key, sent_at)
        return found._asdict() if found is not None else None

    effects.perform(
        turn.database,
        clock,
        anchor.key,
        KIND,
        act=sending(lambda: chat.post(to, message.text, message.blocks, anchor.key)._asdict(), clock.now),
        look=look,
        settle_ms=SLACK_SETTLE_MS,
        ready=chat.ready,
    )
