"""Whether two values of a property say the same, however HubSpot prints them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation


def same(one: str | None, other: str | None) -> bool:
    """Whether two property values say the same, however the vendor prints them: ``40000`` and ``40000.0``, a date
    and its midnight, nothing and an empty text."""
    one, other = one or "", other or ""
    return one == other or (_number(one) is not None and _number(one) == _number(other)) or _same_instant(one, other)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def _same_instant(one: str, other: str) -> bool:
    try:
        return _instant(one) == _instant(other)
    except ValueError:
        return False


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
