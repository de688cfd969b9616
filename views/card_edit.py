"""The dialog in which a person corrects a change before it is made: one field for each value that may be edited."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from views import blocks as b
from views import escape

CALLBACK = "edit_change"
Place = tuple[str, str, str | None]
"""(channel, ts, thread_ts) of the card; empty on Home, and no thread outside of one."""
MOST_FIELDS = 50
MOST_OPTIONS = 100
LONG = 80

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")


@dataclass(frozen=True)
class Field:
    """How one value is edited. ``value`` is what is proposed, as the vendor writes it; ``options`` are (value, label).

    A date is ISO. What doesn't look like its kind is edited as text.
    """

    name: str
    kind: Literal["text", "number", "date", "options"]
    value: str | None
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Correction:
    """The dialog: which approval it belongs to, of which record, and (label, present value, field) of each."""

    approval: str
    title: str
    fields: Sequence[tuple[str, str | None, Field]]
    content: str = ""
    """As on the card: what its fields were filled from, and what sending it is about."""


def modal(asked: Correction, place: Place = ("", "", None)) -> b.Block:
    """The Slack view. What is sent from it carries the approval, the card's place and content, and the values."""
    intro = b.rich(b.section(b.text(escape.name(asked.title, 150), bold=True)))
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps([asked.approval, *place[:2], asked.content, place[2]]),
        "title": b.plain("Edit the change", 24),
        "submit": b.plain("Apply", 24),
        "close": b.plain("Back", 24),
        "blocks": [intro, *(_input(*field) for field in asked.fields[:MOST_FIELDS])],
    }


def belongs_to(private_metadata: str) -> tuple[str, Place, str]:
    """(approval, place, content) of a dialog that was sent; one that was opened by an older Daybook knows less."""
    approval, channel, ts, *later = json.loads(private_metadata)
    content, thread = [*later, None, None][:2]
    return str(approval), (str(channel), str(ts), str(thread) if thread else None), str(content or "")


def _input(label: str, old: str | None, field: Field) -> b.Block:
    return {
        "type": "input",
        "block_id": field.name,
        "optional": True,
        "label": b.plain(escape.name(label), 150),
        "hint": b.plain(f"Now: {escape.unlinked(old or '', 300) or '(empty)'}", 500),
        "element": {"action_id": "value", **_element(field)},
    }


def _element(field: Field) -> b.Piece:
    value = field.value or ""
    options = [_option(*option) for option in field.options if option[0] and escape.width(option[0]) <= b.OPTION_VALUE]
    if field.kind == "options" and 0 < len(options) <= MOST_OPTIONS * MOST_OPTIONS:
        chosen = next((option for option in options if option["value"] == value), None)
        menu: b.Piece = {"type": "static_select", "placeholder": b.plain("Choose", 150)}
        if len(options) <= MOST_OPTIONS:
            menu["options"] = options
        else:
            groups = [options[at : at + MOST_OPTIONS] for at in range(0, len(options), MOST_OPTIONS)]
            menu["option_groups"] = [{"label": _range(group), "options": group} for group in groups]
        return {**menu, "initial_option": chosen} if chosen else menu
    if field.kind == "date" and (not value or _ISO.fullmatch(value)):
        return {"type": "datepicker", **({"initial_date": value} if value else {})}
    if field.kind == "number" and (not value or _NUMBER.fullmatch(value)):
        return {"type": "number_input", "is_decimal_allowed": True, **({"initial_value": value} if value else {})}
    text = escape.cut(escape.lines(value), 3_000)
    typed: b.Piece = {"type": "plain_text_input", "multiline": len(text) > LONG or "\n" in text, "max_length": 3_000}
    return {**typed, "initial_value": text} if text else typed


def _option(value: str, label: str) -> b.Piece:
    return {"text": b.plain(escape.name(label, 75), 75), "value": value}


def _range(group: list[b.Piece]) -> b.Piece:
    first, last = (escape.cut(option["text"]["text"], 30) for option in (group[0], group[-1]))
    return b.plain(f"{first} – {last}", 75)
