"""Cards that must end without a press: their time is over, or the press that had claimed them broke off for good."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from agents.card_buttons import EXPIRE, SETTLE
from rules.facts import DAY
from sessions import inbox
from sessions.session import Decided
from tools import approvals

WAITED_FOR_MS = 3_600_000
"""So long a card says that it is being applied. By then nothing more is sent; what waits could only look."""


def to_end(connection: Connection, workspace: str, now: int) -> list[Decided]:
    """The turns that end them, and with which the cards say so; those of a kind once."""
    return [*_expired(connection, workspace, now), *_broken_off(connection, workspace, now)]


def _expired(connection: Connection, workspace: str, now: int) -> Iterator[Decided]:
    for subject, session, at in approvals.overdue(connection, now):
        yield _turn(f"{workspace}:expired:{subject}:{at}", session, EXPIRE, subject, at)


def _broken_off(connection: Connection, workspace: str, now: int) -> Iterator[Decided]:
    claimed = approvals.applying(connection, workspace)
    if not claimed:
        return
    over = inbox.ended(connection, workspace, [press for _subject, _session, press, _since in claimed])
    for subject, session, press, since in claimed:
        if press in over or now >= since + WAITED_FOR_MS:
            # Were this turn to fail as well, there is another one tomorrow.
            yield _turn(f"{workspace}:broke_off:{subject}:{press}:{now // DAY}", session, SETTLE, subject, now)


def _turn(key: str, session: str, action: str, subject: str, at: int) -> Decided:
    return Decided(
        key=key,
        session=session,
        agent="card_buttons",
        person=None,
        action=action,
        subject=subject,
        values=None,
        channel="",
        message_ts="",
        pressed_at=at,
    )
