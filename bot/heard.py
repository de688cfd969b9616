"""What a Slack message event says, and whether it is for Daybook: plain decisions, no database and no network.

When a message is for us:

- in a direct message: always;
- when it names Daybook: always, wherever it stands;
- ``!agent …``: always;
- in a thread that is a conversation with Daybook: when its writer has spoken to Daybook there before, and it does not
  begin with somebody else's name. So nobody has to name Daybook again, and two people may talk in between.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MENTION = re.compile(r"<@([UWB][A-Z0-9_]+)(?:\|([^>]*))?>")
_LINK = re.compile(r"<(https?://[^|>]+|mailto:[^|>]+)(?:\|([^>]*))?>")
_SPECIAL = re.compile(r"<[!#]([^|>]+)(?:\|([^>]*))?>")
_WRITTEN = (None, "file_share", "thread_broadcast", "me_message")
"""Subtypes of messages that a person wrote; all others tell of something that happened."""


@dataclass(frozen=True)
class Said:
    """A person wrote. ``text`` is as Slack sends it; ``team`` is the workspace the writer belongs to, when told."""

    channel: str
    direct: bool
    person: str
    team: str | None
    text: str
    ts: str
    thread_ts: str | None
    files: int


@dataclass(frozen=True)
class Edited:
    """A person changed what they had written."""

    channel: str
    person: str
    ts: str
    text: str


@dataclass(frozen=True)
class Deleted:
    """A message is gone."""

    channel: str
    ts: str
    person: str | None = None


def understand(event: Mapping[str, Any]) -> Said | Edited | Deleted | None:
    """The event, or None when nobody wrote anything: bots, Daybook itself, people joining, previews being added."""
    subtype, channel = event.get("subtype"), str(event.get("channel") or "")
    if subtype == "message_changed":
        message = event.get("message") or {}
        if message.get("subtype") == "tombstone":
            return Deleted(channel, str(message.get("ts")), _writer(event))
        if "edited" not in message or not _by_a_person(message):
            return None
        return Edited(channel, str(message["user"]), str(message["ts"]), str(message.get("text") or ""))
    if subtype == "message_deleted":
        return Deleted(channel, str(event.get("deleted_ts")), _writer(event))
    if subtype not in _WRITTEN or not _by_a_person(event):
        return None
    return Said(
        channel=channel,
        direct=event.get("channel_type") == "im" or (event.get("channel_type") is None and channel.startswith("D")),
        person=str(event["user"]),
        team=event.get("user_team") or event.get("team"),
        text=str(event.get("text") or ""),
        ts=str(event["ts"]),
        thread_ts=event.get("thread_ts"),
        files=len(event.get("files") or ()),
    )


def _by_a_person(message: Mapping[str, Any]) -> bool:
    return bool(message.get("user")) and not message.get("bot_id") and message.get("user") != "USLACKBOT"


def _writer(event: Mapping[str, Any]) -> str | None:
    """Who had written what is gone."""
    before = event.get("previous_message") or {}
    return str(before["user"]) if _by_a_person(before) else None


def names_us(text: str, me: str) -> bool:
    return any(found == me for found, _ in _MENTION.findall(text))


def begins_with_another(text: str, me: str) -> bool:
    """Whether it is addressed to somebody else."""
    first = _MENTION.match(text.lstrip())
    return first is not None and first[1] != me


def words(text: str, me: str, names: Mapping[str, str]) -> str:
    """What the person wrote, as they see it: our own name at the start gone, codes as names, entities as characters."""
    text = re.sub(rf"^\s*<@{me}(?:\|[^>]*)?>[\s,:]*", "", text)
    text = _MENTION.sub(lambda found: f"@{names.get(found[1]) or found[2] or found[1]}", text)
    text = _LINK.sub(lambda found: found[1].removeprefix("mailto:"), text)
    text = _SPECIAL.sub(lambda found: f"@{found[2] or found[1]}", text)
    return html.unescape(text).strip()


def mentioned(text: str) -> set[str]:
    """Slack ids of everybody named."""
    return {found for found, _ in _MENTION.findall(text)}
