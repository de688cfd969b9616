"""Words as the judge reads them: of a message, of a card's lines, of a record; the same however they are shown."""

from __future__ import annotations

import html
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.attack.judge import Judge

Json = dict[str, Any]
NAMES = {"stage": "dealstage", "amount": "amount", "close date": "closedate", "next step": "hs_next_step",
         "owner": "hubspot_owner_id", "e-mail": "email", "phone": "phone", "job title": "jobtitle"}  # fmt: skip
ROW = re.compile(
    rf"(?P<head>.*?)(?P<label>{'|'.join(NAMES)}): (?P<old>.*?) → (?P<new>.*?)(?:\nnow it is (?P<now>.*))?",
    re.IGNORECASE | re.DOTALL,
)


def buttons(message: Json, actions: tuple[str, ...]) -> list[Json]:
    """The buttons of a message that do one of these."""
    found = []
    for block in message.get("blocks") or ():
        if isinstance(block, dict):
            elements = [*(block.get("elements") or ()), block.get("accessory") or {}]
            found += [one for one in elements if isinstance(one, dict) and one.get("action_id") in actions]
    return found


def plain(text: str) -> str:
    """The words of what HubSpot keeps as HTML."""
    return html.unescape(text.replace("<br>", "\n"))


def squeezed(text: str) -> str:
    """The letters and digits of a text: what is left of it however it was cleaned, escaped or broken into lines."""
    return re.sub(r"[\W_]+", "", text.casefold())


def items(message: Json) -> list[str]:
    """The lines of a message's lists, each as one text."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "rich_text_list":
                found.extend(words(one) for one in node["elements"])
            else:
                for value in node.values():
                    walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(message.get("blocks") or [])
    return found


def words(node: Any) -> str:
    """All text below a node, in reading order."""
    if isinstance(node, dict):
        own = node["text"] if isinstance(node.get("text"), str) else ""
        return own + "".join(words(value) for key, value in node.items() if key != "text" or not own)
    return "".join(words(value) for value in node) if isinstance(node, list) else ""


def rows(message: Json) -> list[tuple[str, str, str, str]]:
    """(what stands before the field, field, old or what it is now, new) of each line of a card."""
    found = []
    for item in items(message):
        match = ROW.fullmatch(item)
        if match:
            old = match["now"] if match["now"] is not None else match["old"]
            found.append((match["head"], NAMES[match["label"].lower()], old, match["new"]))
    return found


def says(judge: Judge, field: str, told: str, value: str | None) -> bool:
    """Whether what a card told of a field is what the record held (or holds now)."""
    value = value or ""
    if told == "(empty)":
        return value == ""
    if field == "dealstage":
        return value in judge.company.stages and judge.company.stages[value][3] == told
    if field == "hubspot_owner_id":
        return judge.company.owner_names.get(value) == told
    if field == "amount":
        return value != "" and float(re.sub(r"[^0-9.-]", "", told) or "nan") == float(value)
    if field == "closedate":
        try:
            return datetime.strptime(f"{told} +0000", "%d %b %Y %z").date().isoformat() == value[:10]
        except ValueError:
            return False
    if field in ("email", "phone"):
        return told.casefold() == value.casefold()
    return squeezed(told) == squeezed(value)


def name_of(effect: Json) -> str:
    before = effect["before"] or {}
    person = f"{before.get('firstname', '')} {before.get('lastname', '')}".strip()
    return str(before.get("dealname") or before.get("name") or person)


def approval_of(press: Json) -> str:
    """The card that a press, or a window that was sent, is about."""
    if press["act"] == "press":
        return str(press["gave"].get("value"))
    told = (press["stood"] or {}).get("private_metadata") or "[]"
    return str((json.loads(told) or [""])[0])
