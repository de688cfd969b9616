"""What an agent is told at the start of a turn: the news, who speaks, when it is where they are, and their words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from agents.news import News
from records.people import Person
from views import escape
from views.words import clock, day

MOST_WORDS = 12_000
MOST_NEWS = 30
_FORGED = re.compile(r"<(?=\s*/?\s*(?:message|question|news|untrusted)\b)", re.IGNORECASE)
"""The frame is made by code only: the same tags in somebody's words are shown, and mean nothing."""


def heard(trigger: Mapping[str, Any], person: Person | None, role: str, now: int, news: Sequence[News]) -> str:
    """The text for the model. It is logged and never changes again, so it may hold the time and names."""
    lines = [f"<news>{unframed(one.words)}</news>" for one in news[-MOST_NEWS:]]
    if person is not None:
        zone = ZoneInfo(person.tz)
        at = f"{day(now, zone)} {datetime.fromtimestamp(now / 1000, zone).year} {clock(now, zone)} ({person.tz})"
        who = f'from="{_plain(escape.name(person.name))}" role="{role}" at="{at}"'
    else:
        who = f'at="{day(now, ZoneInfo("UTC"))} {clock(now, ZoneInfo("UTC"))} (UTC)"'
    return "\n".join([*lines, *_body(trigger, who)])


def quoteable(trigger: Mapping[str, Any]) -> str:
    """The words of a person that a write may quote: what they wrote, nothing that was made up for them."""
    if trigger["kind"] == "scheduled":
        return str(trigger.get("words") or "")[:MOST_WORDS]
    return str(trigger["text"])[:MOST_WORDS] if trigger["kind"] == "said" else ""


def _body(trigger: Mapping[str, Any], who: str) -> list[str]:
    match trigger["kind"]:
        case "said":
            files = int(trigger.get("files") or 0)
            note = [f"<news>{files} attached file{'s' * (files > 1)} can't be read by Daybook.</news>"] if files else []
            said = [*note, f"<message {who}>", unframed(str(trigger["text"])) or "(no words)", "</message>"]
            return [*said, _others(trigger)] if trigger.get("about") else said
        case "asked":
            return [f"<question {who}>", unframed(str(trigger["question"])) or "(no words)", "</question>"]
        case "hooked":
            changed = f", property {trigger['property']}" if trigger.get("property") else ""
            what = f"{trigger['source']} reports {trigger['event']} of {trigger['object_kind']} {trigger['object_id']}"
            return [f"<message {who}>", f"[Daybook: {unframed(what + changed)}. Nobody is waiting.]", "</message>"]
        case "scheduled" if trigger.get("words"):
            about = f"<news>{unframed(str(trigger['about_it']))}</news>"
            return [about, f"<message {who}>", unframed(str(trigger["words"])) or "(no words)", "</message>"]
        case _:
            what = f"the schedule {trigger.get('schedule', '')} is due for {trigger.get('day', 'today')}"
            return [f"<message {who}>", f"[Daybook: {unframed(what)}. Do your job for it.]", "</message>"]


def _others(trigger: Mapping[str, Any]) -> str:
    """Somebody else's message that this one is about: data, like anything that was not said to the agent."""
    return f'<untrusted source="{others(trigger)}">\n{unframed(str(trigger["about"]))}\n</untrusted>'


def others(trigger: Mapping[str, Any]) -> str | None:
    """What names that message, for the session's taint; None when there is none."""
    return f"slack:{trigger['channel']}:{trigger['about_ts']}" if trigger.get("about") else None


def unframed(words: str) -> str:
    """Somebody's words, cut, and unable to end the frame they stand in."""
    return _FORGED.sub("‹", escape.cut(words.replace("\x00", ""), MOST_WORDS)).strip()


def _plain(text: str) -> str:
    return text.replace('"', "'").replace("<", "‹").replace(">", "›")


def title(words: str) -> str:
    """The first words of a conversation, as its name."""
    return escape.clean(words, 60)
