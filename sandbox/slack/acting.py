"""Turning what a person did on a screen (a button, a menu, a field) into Slack's actions and view state."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_VALUE_KEY = {
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "rich_text_input": "rich_text_value",
}
_ONE_OPTION = ("static_select", "external_select", "radio_buttons", "overflow")
_MANY_OPTIONS = ("multi_static_select", "multi_external_select", "checkboxes")


class CannotDo(Exception):
    """The person cannot do that: no such message, no such button, not theirs to see."""


def elements_of(blocks: list[Json]) -> list[tuple[str, Json]]:
    """Every element of these blocks that can act, with its block id."""
    found: list[tuple[str, Json]] = []
    for block in blocks:
        block_id = block.get("block_id", "")
        for key in ("accessory", "element"):
            if block.get(key):
                found.append((block_id, block[key]))
        for key in ("elements", "actions"):
            for element in block.get(key) or []:
                if isinstance(element, dict) and ("action_id" in element or element.get("type") == "card"):
                    found.append((block_id, element))
                for button in (element.get("actions") or []) if isinstance(element, dict) else []:
                    found.append((block_id, button))
        found += elements_of(block.get("child_blocks") or [])
    return [(block_id, element) for block_id, element in found if element.get("action_id")]


def find_element(
    blocks: list[Json], action_id: str, block_id: str | None, value: str | None = None
) -> tuple[str, Json]:
    """The element with that action id (in that block, with that button value), or CannotDo."""
    fitting = [
        (at, element)
        for at, element in elements_of(blocks)
        if element["action_id"] == action_id and block_id in (None, at)
    ]
    exact = [pair for pair in fitting if pair[1].get("type") == "button" and pair[1].get("value") == value]
    if value is not None and exact:
        return exact[0]
    if not fitting:
        known = ", ".join(sorted({element["action_id"] for _, element in elements_of(blocks)})) or "none"
        raise CannotDo(f"there is no action {action_id!r} here; there are: {known}")
    if value is not None and all(pair[1].get("type") == "button" for pair in fitting):
        known = ", ".join(str(pair[1].get("value")) for pair in fitting)
        raise CannotDo(f"no {action_id!r} button has the value {value!r}; there are: {known}")
    return fitting[0]


def _options(element: Json) -> list[Json]:
    listed = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        listed += group.get("options") or []
    return listed


def _option(element: Json, wanted: Any) -> Json:
    value = wanted.get("value") if isinstance(wanted, dict) else wanted
    for option in _options(element):
        if option.get("value") == value:
            return option
    if element["type"].endswith("external_select") and isinstance(wanted, dict):
        return wanted
    raise CannotDo(f"there is no option {value!r} in {element.get('action_id')!r}")


def chosen(element: Json, given: Json) -> Json:
    """The part of an action or of a view's state that says what was chosen or typed.

    `given` may say `value`, `selected_option` (an option or its value) or Slack's own key (`selected_date`…).
    """
    kind = element["type"]
    if kind in ("button", "workflow_button", "icon_button"):
        return {"value": element["value"]} if element.get("value") is not None else {}
    if kind == "feedback_buttons":
        sides = (element["positive_button"], element["negative_button"])
        side = next((s for s in sides if s.get("value") == given.get("value")), None)
        if side is None:
            raise CannotDo(f"feedback is {sides[0].get('value')!r} or {sides[1].get('value')!r}")
        return {"value": side["value"], "text": side["text"]}
    if kind in _ONE_OPTION:
        wanted = given.get("selected_option", given.get("value"))
        return {"selected_option": _option(element, wanted) if wanted is not None else None}
    if kind in _MANY_OPTIONS:
        many = given.get("selected_options", given.get("value")) or []
        return {"selected_options": [_option(element, wanted) for wanted in many]}
    key = _VALUE_KEY.get(kind, "value")
    return {key: given.get(key, given.get("value"))}


def action_of(block_id: str, element: Json, given: Json, action_ts: str) -> Json:
    """One entry of a payload's `actions`."""
    action = {"type": element["type"], "action_id": element["action_id"], "block_id": block_id}
    for key in ("text", "style", "url", "placeholder"):
        if element.get(key) is not None and element["type"] in ("button", "static_select", "users_select"):
            action[key] = element[key]
    return action | chosen(element, given) | {"action_ts": action_ts}


def state_value(element: Json, given: Any) -> Json:
    """The state of one input; `given` is Slack's own object, or just what was typed or chosen."""
    if not isinstance(given, dict) or (element["type"] in _ONE_OPTION and "text" in given and "value" in given):
        given = {"value": given}
    return {"type": element["type"], **chosen(element, given)}


def initial_state(element: Json) -> Json | None:
    """What an input holds before anybody touched it; None for buttons, which hold nothing."""
    kind = element["type"]
    if kind in ("button", "overflow", "workflow_button", "icon_button", "feedback_buttons", "image"):
        return None
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in _MANY_OPTIONS:
        return {"type": kind, "selected_options": element.get("initial_options") or []}
    key = _VALUE_KEY.get(kind, "value")
    return {
        "type": kind,
        key: element.get(key.replace("selected_", "initial_").replace("value", "initial_value")),
    }


def full_state(blocks: list[Json], touched: Json) -> Json:
    """`{block_id: {action_id: …}}` of every input: what was touched, else what it started with."""
    values: Json = {}
    for block_id, element in elements_of(blocks):
        held = touched.get(block_id, {}).get(element["action_id"]) or initial_state(element)
        if held is not None:
            values.setdefault(block_id, {})[element["action_id"]] = held
    return values


def typed(blocks: list[Json], values: Json) -> Json:
    """The touched state from `{block_id: {action_id: x}}`, `{block_id: x}` or `{action_id: x}`."""
    touched: Json = {}
    left = set(values)
    for block_id, element in elements_of(blocks):
        action_id = element["action_id"]
        if block_id in values:
            given = values[block_id]
            left.discard(block_id)
            if isinstance(given, dict) and action_id in given:
                given = given[action_id]
        elif action_id in values:
            given = values[action_id]
            left.discard(action_id)
        else:
            continue
        if initial_state(element) is not None:
            touched.setdefault(block_id, {})[action_id] = state_value(element, given)
    if left:
        raise CannotDo(f"this view has no input named {', '.join(sorted(left))}")
    return touched
