"""What Slack adds to blocks it has taken: block ids, action ids, and the defaults of text objects."""

from __future__ import annotations

from itertools import count
from typing import Any

_numbers = count(1)
_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_PAIRS = [one + other for one in _ALPHABET for other in _ALPHABET]
_INERT = frozenset({"image", "plain_text", "mrkdwn"})


def _fresh() -> str:
    # Steps through all five-letter names in an order that looks random and is the same every time.
    number = next(_numbers) * 7_919_317 % 62**5
    high, low = divmod(number, 3844)
    return _PAIRS[low] + _PAIRS[high % 3844] + _ALPHABET[high // 3844]


def _fill_texts(value: Any) -> None:
    if type(value) is list:
        for item in value:
            if type(item) is dict or type(item) is list:
                _fill_texts(item)
        return
    kind = value.get("type")
    if kind == "plain_text":
        value.setdefault("emoji", True)
    elif kind == "mrkdwn":
        value.setdefault("verbatim", False)
    else:
        for item in value.values():
            if type(item) is dict or type(item) is list:
                _fill_texts(item)


def _fill_action_id(element: Any) -> None:
    if isinstance(element, dict) and not element.get("action_id") and element.get("type") not in _INERT:
        element["action_id"] = _fresh()


def filled(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """These (valid) blocks, changed in place to what Slack keeps and answers."""
    for block in blocks:
        _fill_texts(block)
        if block["type"] in ("actions", "context_actions"):
            for element in block["elements"]:
                _fill_action_id(element)
        else:
            _fill_action_id(block.get("accessory"))
            if block["type"] == "input":
                _fill_action_id(block["element"])
        if not block.get("block_id"):
            block["block_id"] = _fresh()
    return blocks
