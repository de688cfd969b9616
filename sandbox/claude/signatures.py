"""The seal on a thinking block: it holds for one model, these words, and exactly this history before them."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

from sandbox.claude.errors import invalid
from sandbox.claude.prefix import Place

# The same for every sandbox, so that a conversation goes on when the sandbox was started again.
_SECRET = b"the sample company's seal"


def sign(model: str, before: str, thinking: str) -> str:
    """The signature of thinking that follows the history with digest ``before``."""
    marks = [sha256(part.encode()).digest()[:12] for part in (model, before, thinking)]
    sealed = b"\x12\x01" + b"".join(marks)
    return base64.b64encode(sealed + hmac.digest(_SECRET, sealed, "sha512")).decode()


def verify(model: str, line: list[Place]) -> None:
    """400 for thinking that was not thought by this model, at this place, in these words."""
    number: dict[int, int] = {}
    for place in line:
        if place.part != "messages":
            continue
        number[place.message] = number.get(place.message, -1) + 1
        if place.block["type"] != "thinking":
            continue
        given = place.block["signature"]
        if given != sign(model, place.before, place.block["thinking"]):
            where = f"messages.{place.message}.content.{number[place.message]}"
            why = _why(model, place.before, place.block["thinking"], given)
            raise invalid(where, f"Invalid `signature` in `thinking` block{why}")


def _why(model: str, before: str, thinking: str, given: str) -> str:
    """Which of the three no longer holds; nothing for a signature that is not one of ours."""
    try:
        raw = base64.b64decode(given, validate=True)
    except ValueError:
        return ""
    if len(raw) != 102 or not hmac.compare_digest(raw[38:], hmac.digest(_SECRET, raw[:38], "sha512")):
        return ""
    told = {
        "it was made by another model; thinking can only be replayed to the model that wrote it": (model, 2),
        "the history before it was edited; replay system, tools and messages unchanged or strip thinking": (before, 14),
        "its text was edited; replay thinking blocks exactly as they were received": (thinking, 26),
    }
    wrong = [words for words, (part, at) in told.items() if raw[at : at + 12] != sha256(part.encode()).digest()[:12]]
    return f": {wrong[0]}." if wrong else ""
