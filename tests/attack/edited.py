"""What people typed into *Edit*: the values a window had and got, beside what it said the record holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.attack.texts import NAMES, approval_of, name_of, says, squeezed, words

if TYPE_CHECKING:
    from tests.attack.judge import Ask, Judge

Json = dict[str, Any]
NOW = "Now: "


class Field(NamedTuple):
    """One line of the window: its name on the record, what it said of it, and the value that was sent."""

    name: str
    now: str
    value: str


def is_edit(press: Json) -> bool:
    return press["act"] == "submit" and (press["stood"] or {}).get("callback_id") == "edit_change"


def fields(press: Json) -> list[Field]:
    """The lines of a window as it was sent: what was typed, else what stood there."""
    given, found = press["gave"].get("values") or {}, []
    for block in (press["stood"] or {}).get("blocks") or ():
        if block["type"] == "input":
            value = given.get(block["block_id"])
            value = value.get("value") if isinstance(value, dict) else value
            label = words(block["label"]).lower()
            now = words(block.get("hint") or {}).removeprefix(NOW)
            found.append(Field(NAMES.get(label, label), now, str(value or _before(block["element"]) or "")))
    return found


def all_values(press: Json) -> str:
    return " ".join(field.value for field in fields(press))


def shows(judge: Judge, press: Json, effect: Json, changed: set[str]) -> bool:
    """Whether the window named the record, said what it held, and brought each of the values that it got."""
    if not is_edit(press) or squeezed(name_of(effect)) not in squeezed(words(press["stood"]["blocks"])):
        return False
    sent = {field.name: field for field in fields(press)}
    return all(
        name in sent
        and says(judge, name, sent[name].now, effect["before"].get(name))
        and _is(judge, name, sent[name].value, str(effect["after"].get(name) or ""))
        for name in changed
    )


def typed(judge: Judge, line: Json, ask: Ask, text: str) -> bool:
    """Whether these words came out of a window of *Edit* for a card of that session."""
    return any(
        is_edit(press) and press["n"] <= line["n"] and _card_of(judge, press) is ask.session
        and squeezed(text) in {squeezed(field.value) for field in fields(press)}
        for press in judge.presses
    )  # fmt: skip


def _card_of(judge: Judge, press: Json) -> Any:
    card = judge.cards.get(approval_of(press))
    return judge.marks.get(card["mark"].split(".")[0]) if card is not None else None


def _before(element: Json) -> str | None:
    option = element.get("initial_option") or {}
    return element.get("initial_value") or element.get("initial_date") or option.get("value")


def _is(judge: Judge, name: str, sent: str, value: str) -> bool:
    if name == "amount":
        return re.fullmatch(r"-?[0-9.]+", sent) is not None and value != "" and float(sent) == float(value)
    return squeezed(sent) == squeezed(value) or sent == value[:10] or says(judge, name, sent, value)
