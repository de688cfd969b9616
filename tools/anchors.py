"""The ledger's anchors: its head as it was on a day, kept elsewhere, and what they tell of the ledger as it is now.

Whoever has the database and the key can cut the ledger's end, or write it anew with the right seals. They can't change
what was posted to Slack or written to a file of another machine before.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, func, select

from systems.chat import Chat
from systems.settings import Settings
from tools.ledger import LedgerError, heads, ledger

_KEY = re.compile(r"(?P<workspace>[A-Z0-9]+):anchor:(?P<day>\d{4}-\d\d-\d\d):(?P<seq>\d{1,18}):(?P<seal>[0-9a-f]{64})")
AT_ONCE = 400


class Anchor(NamedTuple):
    """The ledger's end on a day: how many rows it had, and the last one's seal. ``place`` is where it is kept."""

    workspace: str
    day: str
    seq: int
    seal: str
    place: str = ""

    @property
    def key(self) -> str:
        """All of it in one line, which a message of ours bears as its mark."""
        return f"{self.workspace}:anchor:{self.day}:{self.seq}:{self.seal}"


def of_now(connection: Connection, workspace: str, day: str) -> Anchor | None:
    """The ledger's end at this moment; None while it is empty."""
    head = connection.execute(select(heads.c.seq, heads.c.seal).where(heads.c.workspace == workspace)).first()
    return Anchor(workspace, day, int(head.seq), head.seal) if head is not None and head.seq else None


# -- kept in Slack and in a file ---------------------------------------------------------------------------------------


def in_slack(chat: Chat, to: str, workspace: str, since: int) -> list[Anchor]:
    """The anchors this bot has posted there since then (ms), oldest first."""
    found = [_read(key, f"Slack, {to}") for key in chat.keys(to, f"{workspace}:anchor:", since)]
    return sorted(anchor for anchor in found if anchor is not None)


def _read(key: str, place: str) -> Anchor | None:
    told = _KEY.fullmatch(key)
    return Anchor(told["workspace"], told["day"], int(told["seq"]), told["seal"], place) if told else None


def in_file(path: str, workspace: str) -> list[Anchor]:
    """The anchors of that workspace in the file, in order. Raises ``LedgerError`` naming a line that is none."""
    try:
        lines = Path(path).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as wrong:
        raise LedgerError(f"the anchors in {path} can't be read ({wrong.strerror}).") from None
    found = []
    for number, line in enumerate(lines, 1):
        anchor = _of_line(line, f"{path}, line {number}")
        if anchor is None:
            raise LedgerError(f"line {number} of {path} is no anchor any more: somebody has changed that file.")
        found.append(anchor)
    return [anchor for anchor in found if anchor.workspace == workspace]


def _of_line(line: bytes, place: str) -> Anchor | None:
    try:
        told = orjson.loads(line)
        key = f"{told['workspace']}:anchor:{told['day']}:{told['seq']}:{told['seal']}"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return _read(key, place)


def append(path: str, anchor: Anchor) -> None:
    """Write it at the file's end, unless it stands there. Raises ``OSError``, ``LedgerError`` for a spoilt file."""
    if anchor.key in {one.key for one in in_file(path, anchor.workspace)}:
        return
    told = {"workspace": anchor.workspace, "day": anchor.day, "seq": anchor.seq, "seal": anchor.seal}
    line = orjson.dumps(told) + b"\n"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def kept(settings: Settings, chat: Chat | None, workspace: str, since: int) -> list[Anchor]:
    """All anchors wherever they are kept, oldest first."""
    found: list[Anchor] = []
    if settings.daybook_anchor_file:
        found += in_file(settings.daybook_anchor_file, workspace)
    if settings.daybook_anchor_to and chat is not None:
        found += in_slack(chat, settings.daybook_anchor_to, workspace, since)
    return sorted(found)


def missing_days(days: Collection[str]) -> list[str]:
    """The days between the first and the last of these (ISO) that are not among them."""
    if not days:
        return []
    first, last = date.fromisoformat(min(days)), date.fromisoformat(max(days))
    between = (first + timedelta(days=n) for n in range((last - first).days))
    return [day.isoformat() for day in between if day.isoformat() not in days]


# -- compared ----------------------------------------------------------------------------------------------------------


def check(connection: Connection, workspace: str, anchors: Sequence[Anchor]) -> None:
    """Raises ``LedgerError`` when the ledger is not the one that was anchored, naming rows and anchor."""
    last = int(
        connection.scalar(select(func.coalesce(func.max(ledger.c.seq), 0)).where(ledger.c.workspace == workspace)) or 0
    )
    seals = _seals(connection, workspace, [anchor.seq for anchor in anchors])
    good: Anchor | None = None
    for anchor in sorted(anchors, key=lambda one: (one.seq, one.day)):
        if seals.get(anchor.seq) == anchor.seal:
            good = anchor
            continue
        first, day, row = (good.seq + 1 if good else 1), anchor.day, anchor.seq
        if row > last:
            was = f"cut off: the anchor of {day} says that it had {row} rows, and it has {last}"
        elif row not in seals:
            was = f"changed: row {row}, which the anchor of {day} names, is gone"
        else:
            where = f"row {row}" if first == row else f"rows {first} to {row}"
            was = f"written anew: the anchor of {day} has another seal for row {row}, so {where} were changed"
        fits = f" The anchor of {good.day} (row {good.seq}) still fits." if good else ""
        raise LedgerError(f"the ledger was {was} after that day ({anchor.place}).{fits} Restore it from a backup.")


def _seals(connection: Connection, workspace: str, numbers: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    wanted = sorted(set(numbers))
    for at in range(0, len(wanted), AT_ONCE):
        some = wanted[at : at + AT_ONCE]
        query = select(ledger.c.seq, ledger.c.seal).where(ledger.c.workspace == workspace, ledger.c.seq.in_(some))
        found |= {int(row.seq): row.seal for row in connection.execute(query)}
    return found
