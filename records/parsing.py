"""Reads the values vendors send as text: instants, days, amounts, flags. A value that makes no sense is named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

Texts = Mapping[str, str | None]

EARLIEST = -2_208_988_800_000  # 1900
LATEST = 7_258_118_400_000  # 2200
LARGEST_CENTS = 10**17


class Broken(Exception):
    """A record that cannot be read. The reason shows the shape of the value, never the value itself."""


def instant(texts: Texts, name: str) -> int | None:
    """ISO 8601 (``2026-11-23T09:00:00.000Z``, ``…+0000``, a plain date) or epoch milliseconds, as milliseconds.

    HubSpot sends all three; a plain date means midnight UTC.
    """
    text = texts.get(name)
    if text is None or text == "":
        return None
    try:
        if text.lstrip("-").isdecimal() and len(text) > 8:
            moment = int(text)
        else:
            when = datetime.fromisoformat(text)
            moment = round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError, AttributeError, TypeError):
        raise Broken(f"{name} is not a date ({shape(text)})") from None
    if not EARLIEST < moment < LATEST:
        raise Broken(f"{name} is a date out of range ({shape(text)})")
    return moment


def needed_instant(texts: Texts, name: str) -> int:
    """As ``instant``, for values a record cannot be without."""
    moment = instant(texts, name)
    if moment is None:
        raise Broken(f"{name} is missing")
    return moment


def cents(texts: Texts, name: str) -> int | None:
    """An amount such as ``1200.5`` in cents, rounded half to even."""
    text = texts.get(name)
    if text is None or text == "":
        return None
    try:
        amount = int((Decimal(text) * 100).to_integral_value())
    except (InvalidOperation, ValueError, OverflowError, TypeError):
        raise Broken(f"{name} is not a number ({shape(text)})") from None
    if abs(amount) > LARGEST_CENTS:
        raise Broken(f"{name} is a number out of range ({shape(text)})")
    return amount


def flag(texts: Texts, name: str) -> bool | None:
    """``true`` or ``false`` in any case; None when empty."""
    text = texts.get(name)
    if text is None or text == "":
        return None
    lowered = str(text).lower()
    if lowered not in ("true", "false"):
        raise Broken(f"{name} is neither true nor false ({shape(text)})")
    return lowered == "true"


def word(texts: Texts, name: str) -> str | None:
    """A picklist value or an id, trimmed; None when empty."""
    text = texts.get(name)
    if text is None:
        return None
    if not isinstance(text, str):
        raise Broken(f"{name} is not a text")
    return text.strip() or None


def shape(value: object) -> str:
    """What a value looks like without saying it: letters become ``a``, digits ``9``, at most 24 characters."""
    text = re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", str(value)))
    text = re.sub(r"[^a9 .,:;/+\-_TZ]", "?", text)
    return f"{text[:24]}…" if len(text) > 24 else text
