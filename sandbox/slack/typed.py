"""What a person types, as Slack sends it on: names become mentions, addresses links, and &, < and > are escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
_ADDRESS = re.compile(r"https?://[^\s<>]+[^\s<>.,;:!?'\")\]]")
_ESCAPED = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
_TOKEN = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")


def escaped(text: str) -> str:
    """The three characters that mean something in Slack's text, made harmless."""
    for plain, safe in _ESCAPED:
        text = text.replace(plain, safe)
    return text


def unescaped(text: str) -> str:
    """What a reader sees."""
    for plain, safe in reversed(_ESCAPED):
        text = text.replace(safe, plain)
    return text


def wire_text(typed: str, people: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """`people` and `channels` are what may follow an @ or a #, to ids; letter case aside, the longest name wins."""
    marks = {f"@{name}".lower(): f"<@{user}>" for name, user in people.items()}
    marks |= {f"#{name}".lower(): f"<#{channel}|{name}>" for name, channel in channels.items()}
    longest = sorted(marks, key=len, reverse=True)
    names = "|".join(re.escape(name) for name in longest)
    named = rf"|(?<!\w)(?:{names})(?!\w)" if names else ""
    pattern = re.compile(_ADDRESS.pattern + named, re.IGNORECASE)
    said, end = "", 0
    for found in pattern.finditer(typed):
        mark = marks.get(found.group().lower()) or f"<{escaped(found.group())}>"
        said += escaped(typed[end : found.start()]) + mark
        end = found.end()
    return said + escaped(typed[end:])


def rich_text(text: str) -> Json:
    """The block Slack puts beside a person's text."""
    elements: list[Json] = []
    end = 0
    for found in _TOKEN.finditer(text):
        if found.start() > end:
            elements.append({"type": "text", "text": unescaped(text[end : found.start()])})
        elements.append(_element(*found.groups()))
        end = found.end()
    if end < len(text) or not elements:
        elements.append({"type": "text", "text": unescaped(text[end:])})
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _element(mark: str, target: str, label: str | None) -> Json:
    if mark == "@":
        return {"type": "user", "user_id": target}
    if mark == "#":
        return {"type": "channel", "channel_id": target}
    if mark == "!":
        return {"type": "broadcast", "range": target.split("^")[0]}
    url = unescaped(target)
    if not url.startswith(("http://", "https://", "mailto:")):
        return {"type": "text", "text": f"<{url}>"}
    return {"type": "link", "url": url} | ({"text": unescaped(label)} if label else {})
