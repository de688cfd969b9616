"""What a Slack message event says, and whether it is for Daybook: plain decisions, no database and no network.

When a message is for us:

- in a direct message: always;
- when it names Daybook: always, wherever it stands;
- ``!agent …``: always;
- in a thread that is a conversation with Daybook: when its writer has spoken to Daybook there before, unless it talks
  to somebody else (``talks_to``). So nobody has to name Daybook again, and two people may talk in between: from such a
  line on, what the two of them write there is theirs, until each names Daybook again;
- a message that was never heard and is changed within a day: as if it were new, but in a channel only when it names
  Daybook by now.
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
_SOMEBODY = r"<(?:@[UWB][A-Z0-9_]+|!(?:subteam\^[A-Z0-9]+|here|channel|everyone))(?:\|[^>]*)?>"
_GREETING = (
    "hey|hi|hello|hallo|yo|morning|good morning|thanks a lot|many thanks|thanks|thank you|thx|ty|cheers|ok|okay|k|yes|"
    "yeah|yep|yup|no|nope|nah|not yet|sure|great|nice|good|cool|perfect|sorry|oh|ah|hm+|well|right|exactly|agreed|"
    "got it|will do|all good|no problem|no worries|np|wow|lol|haha|congrats|welcome|please|pls|fyi|cc"
)
_OPENING = re.compile(
    rf"\s*(?:(?:(?:{_GREETING})\b|:[a-z0-9_+-]+:)[\s,.!:;-]*){{0,4}}"
    rf"(?P<who>{_SOMEBODY}(?:[\s,&+/]*(?:and\s+)?{_SOMEBODY})*)(?P<then>.*)",
    re.IGNORECASE | re.DOTALL,
)
_SPOKEN_OF = re.compile(
    # Forms that only a third person has: "@Wren will do" may well be said to Wren.
    r"['’]s\b|\s+(?:also |already |still |now )?(?:is|isn['’]t|has|hasn['’]t|does|doesn['’]t|owns|wants|needs|says|"
    r"handles|knows|works)\b",
    re.IGNORECASE,
)
_AN_ANSWER = re.compile(r"\s*(?:yes|yeah|yep|yup|no|nope|right|exactly|ok|okay|sure)\b", re.IGNORECASE)
_DID = re.compile(r"\s+(?:\w+ed|took|sent|left|met|told|said|spoke|wrote|had|was|did|made|went)\b", re.IGNORECASE)
"""After an answer ("yes @Wren called them") these tell what somebody did; at a line's start they may be told them."""
_CALLED = re.compile(
    rf"(?P<said>[^<]*?)(?P<comma>,?)\s*(?P<who>{_SOMEBODY})\s*(?P<end>[?!.\s]*)", re.IGNORECASE | re.DOTALL
)
_NEXT_SENTENCE = re.compile(r"[.!?]\s|\n")
_A_REQUEST = re.compile(r"\s*(?:please\s+)?(?:can|could|would|will)\s+you\b", re.IGNORECASE)
"""Asked of Daybook as it is: "can you ask @Wren?"."""
_TO_YOU = re.compile(r"\b(?:you|your|thanks|thank|thx)\b", re.IGNORECASE)
_NEEDS_SOMEBODY = re.compile(
    r"\b(?:to|with|for|by|from|of|about|and|or|in|at|on|than|is|are|was|were|ask|tell|call|ping|mail|email|message|"
    r"notify|invite|assign|give|include|add|meet|remind|show|send|know|see|like|cc)\s*$",
    re.IGNORECASE,
)
"""Before a name at the end these make it what the sentence is about: "what did you tell @Wren?"."""
_WRITTEN = (None, "file_share", "thread_broadcast", "me_message")
"""Subtypes of messages that a person wrote; all others tell of something that happened."""


@dataclass(frozen=True)
class Said:
    """A person wrote. ``text`` is as Slack sends it; ``team`` is the workspace the writer belongs to, when told.

    ``edited`` is set for words that a message was changed into: the time of the change, as Slack writes it.
    """

    channel: str
    direct: bool
    person: str
    team: str | None
    text: str
    ts: str
    thread_ts: str | None
    files: int
    edited: str | None = None


@dataclass(frozen=True)
class Edited:
    """A person changed what they had written, from ``before``. ``anew`` is the message as if it were new."""

    anew: Said
    before: str

    @property
    def channel(self) -> str:
        return self.anew.channel

    @property
    def person(self) -> str:
        return self.anew.person

    @property
    def ts(self) -> str:
        return self.anew.ts

    @property
    def text(self) -> str:
        return self.anew.text


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
        return Edited(_said(event, message), str((event.get("previous_message") or {}).get("text") or ""))
    if subtype == "message_deleted":
        return Deleted(channel, str(event.get("deleted_ts")), _writer(event))
    if subtype not in _WRITTEN or not _by_a_person(event):
        return None
    return _said(event, event)


def _said(event: Mapping[str, Any], message: Mapping[str, Any]) -> Said:
    """``event`` is the message itself, or tells of a change to it."""
    channel = str(event.get("channel") or "")
    edited = (message.get("edited") or {}).get("ts")
    return Said(
        channel=channel,
        direct=event.get("channel_type") == "im" or (event.get("channel_type") is None and channel.startswith("D")),
        person=str(message["user"]),
        team=message.get("user_team") or message.get("team"),
        text=str(message.get("text") or ""),
        ts=str(message["ts"]),
        thread_ts=message.get("thread_ts"),
        files=len(message.get("files") or ()),
        edited=str(edited) if edited else None,
    )


def _by_a_person(message: Mapping[str, Any]) -> bool:
    return bool(message.get("user")) and not message.get("bot_id") and message.get("user") != "USLACKBOT"


def _writer(event: Mapping[str, Any]) -> str | None:
    """Who had written what is gone."""
    before = event.get("previous_message") or {}
    return str(before["user"]) if _by_a_person(before) else None


def names_us(text: str, me: str) -> bool:
    return any(found == me for found, _ in _MENTION.findall(text))


def talks_to(text: str, me: str) -> frozenset[str] | None:
    """Whom a line is said to instead of Daybook (a group has no ids); None when it is not said to anybody else.

    To name somebody is not to talk to them: "note that @Wren called them" is for Daybook. A line talks to those it
    begins with, be it after a greeting ("hey @Wren", "ok thx @Wren"), unless they are only spoken of ("@Wren's deal",
    "@Wren is away"); or whom it calls at its end with a question or a thank-you ("did you hear back, @Wren?").
    """
    if names_us(text, me):
        return None
    opening = _OPENING.match(text)
    if opening is not None:
        then = opening["then"]
        of_them = _SPOKEN_OF.match(then) or (_AN_ANSWER.match(text) and _DID.match(then) and not _TO_YOU.search(then))
        return None if of_them and "?" not in then else frozenset(mentioned(opening["who"]))
    called = _CALLED.fullmatch(text.strip())
    if called is None or _NEXT_SENTENCE.search(called["said"]):
        return None
    said, asks, you = called["said"], "?" in called["end"], _TO_YOU.search(called["said"]) is not None
    to_them = asks or you
    if not called["comma"]:
        to_them = asks and you and not _A_REQUEST.match(said) and not _NEEDS_SOMEBODY.search(said)
    return frozenset(mentioned(called["who"])) if to_them else None


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
