"""What people mean by "in two weeks", "next Friday", "March" or "40k": days and amounts, by rule and never by guess.

A day is a calendar date in the speaker's own zone. Whatever can't be told for sure raises ``Unclear`` with examples.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from decimal import Decimal

FURTHEST_YEARS = 5


class Unclear(ValueError):
    """The words can't be turned into one value; the message says what would work."""


_NUMBERS = {
    word: number
    for number, words in enumerate(
        ["", "a an one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
    for word in words.split()
}
_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if n}
_MONTHS |= {name.lower(): n for n, name in enumerate(calendar.month_abbr) if n} | {"sept": 9}
_WEEKDAYS = {name.lower(): n for n, name in enumerate(calendar.day_name)}
_WEEKDAYS |= {name.lower(): n for n, name in enumerate(calendar.day_abbr)} | {"tues": 1, "thur": 3, "thurs": 3}
_ORDINAL = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?")
_SPAN = re.compile(r"(?:in )?([0-9]{1,3}|[a-z]+) (day|week|month|quarter|year)s?(?: from (?:now|today))?")
_AGO = re.compile(r"([0-9]{1,3}|[a-z]+) (day|week)s? ago")
_AMOUNT = re.compile(r"[$€£]? ?([0-9]{1,3}(?:[, ][0-9]{3})+|[0-9]{1,12})(\.[0-9]{1,4})? ?(k|m|thousand|million)?")


def day(text: str, today: date) -> date:
    """The date ``text`` means when said on ``today``; a month alone is its last day, a past one next year's.

    Understands ISO dates, "today", "tomorrow", "in two weeks", "next friday", "friday", "15 March", "March 15",
    "end of march", "march", "end of the month/quarter/year", "yesterday", "3 days ago". Raises ``Unclear``.
    """
    said = " ".join(text.lower().replace(",", " ").replace(".", " ").split())
    said = said.removeprefix("by ").removeprefix("on ").removeprefix("for ").removeprefix("the ")
    found = _iso(said) or _near(said, today) or _span(said, today) or _weekday(said, today) or _in_year(said, today)
    if found is None:
        raise Unclear(f"Which day is {text!r}? Say it like 2026-12-07, in two weeks, next Friday or 7 March.")
    if abs(found.year - today.year) > FURTHEST_YEARS:
        raise Unclear(f"{found:%Y-%m-%d} is more than {FURTHEST_YEARS} years away. Check the date.")
    return found


def _iso(said: str) -> date | None:
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:t.*)?", said)
    return _date(int(match[1]), int(match[2]), int(match[3])) if match else None


def _near(said: str, today: date) -> date | None:
    first = today.replace(day=1)
    quarter = (today.month - 1) // 3 * 3 + 3
    return {
        "today": today,
        "now": today,
        "this morning": today,
        "tomorrow": today + timedelta(days=1),
        "yesterday": today - timedelta(days=1),
        "the day after tomorrow": today + timedelta(days=2),
        "day after tomorrow": today + timedelta(days=2),
        "next week": today + timedelta(days=7),
        "next month": _later(today, 1),
        "next quarter": _end_of(*_month_after(today.year, quarter, 3)),
        "end of month": _end_of(first.year, first.month),
        "end of the month": _end_of(first.year, first.month),
        "end of next month": _end_of(*_month_after(today.year, today.month, 1)),
        "end of quarter": _end_of(today.year, quarter),
        "end of the quarter": _end_of(today.year, quarter),
        "end of year": date(today.year, 12, 31),
        "end of the year": date(today.year, 12, 31),
    }.get(said)


def _span(said: str, today: date) -> date | None:
    back = _AGO.fullmatch(said)
    if back and (count := _count(back[1])) is not None:
        return today - timedelta(days=count * (7 if back[2] == "week" else 1))
    match = _SPAN.fullmatch(said)
    if not match or (count := _count(match[1])) is None:
        return None
    unit = match[2]
    if unit in ("day", "week"):
        return today + timedelta(days=count * (7 if unit == "week" else 1))
    return _later(today, count * {"month": 1, "quarter": 3, "year": 12}[unit])


def _weekday(said: str, today: date) -> date | None:
    """The next such day after today; "next friday" said on a Tuesday is the one of next week."""
    word = said.removeprefix("this ").removeprefix("next ")
    if word not in _WEEKDAYS:
        return None
    ahead = (_WEEKDAYS[word] - today.weekday()) % 7 or 7
    same_week = today.weekday() + ahead < 7
    return today + timedelta(days=ahead + (7 if said.startswith("next ") and same_week else 0))


def _in_year(said: str, today: date) -> date | None:
    """ "15 march", "march 15th 2027", "end of march", "march": the next one that is not past."""
    words = said.removeprefix("end of ").removeprefix("in ").removeprefix("mid ").split()
    words = [word for word in words if word != "of"]
    month = [_MONTHS[word] for word in words if word in _MONTHS]
    years = [int(word) for word in words if re.fullmatch("20[0-9]{2}", word)]
    rest = [word for word in words if word not in _MONTHS and not re.fullmatch("20[0-9]{2}", word)]
    if len(month) != 1 or len(years) > 1 or len(rest) > 1 or said.startswith("mid "):
        return None
    if rest and not (number := _ORDINAL.fullmatch(rest[0])):
        return None
    for year in years or [today.year, today.year + 1]:
        found = _date(year, month[0], int(number[1])) if rest and number else _end_of(year, month[0])
        if years or found >= today:
            return found
    return None


def _count(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdigit() else _NUMBERS.get(word)


def _later(start: date, months: int) -> date:
    year, month = _month_after(start.year, start.month, months)
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def _month_after(year: int, month: int, months: int) -> tuple[int, int]:
    total = year * 12 + month - 1 + months
    return total // 12, total % 12 + 1


def _end_of(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _date(year: int, month: int, number: int) -> date:
    try:
        return date(year, month, number)
    except ValueError:
        raise Unclear(f"{number} is no day of that month. Check the date.") from None


def cents(text: str) -> int:
    """``40k``, ``$40,000``, ``1.5m``, ``39999.50`` in whole cents. Raises ``Unclear``; never negative."""
    match = _AMOUNT.fullmatch(text.strip().lower())
    if not match:
        raise Unclear(f"I can't read the amount {text!r}. Say it like 40000, 40,000 or 40k.")
    times = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}.get(match[3] or "", 1)
    exact = Decimal(match[1].replace(",", "").replace(" ", "") + (match[2] or "")) * times * 100
    if exact != int(exact):
        raise Unclear(f"{text!r} has fractions of a cent. Say it like 39999.50.")
    return int(exact)
