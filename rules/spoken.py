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
_SINCE = re.compile(r"(?:about )?(an|[0-9]{1,3}|[a-z]+) (minute|min|hour)s? ago")
_POINTS = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.(20[0-9]{2})?")
_PART = re.compile(r" (?:in the )?(?:early |late )?(?:morning|afternoon|evening|noon|night)$")
_AMOUNT = re.compile(
    r"(?:(?P<whole>[0-9]{1,3}(?:[, '’][0-9]{3})+|[0-9]{1,12})(?P<part>\.[0-9]{1,4})?"
    r"|(?P<points>[0-9]{1,3}(?:\.[0-9]{3})+)(?P<comma>,[0-9]{2})?)"
    r" ?(?P<times>k|m|thousand|million)?"
)
_COMMA = re.compile(r"[0-9]{1,12},(?P<part>[0-9]{1,2}|[0-9]{3,}) ?(?P<times>k|m|thousand|million)?")
"""A comma before what can't be a group of thousands, or before a "k"; a plain amount was looked for first."""
_SIGNS = {
    "us$": "usd", "ca$": "cad", "c$": "cad", "au$": "aud", "a$": "aud", "nz$": "nzd", "hk$": "hkd", "s$": "sgd",
    "r$": "brl", "$": "usd", "€": "eur", "£": "gbp", "¥": "jpy", "₹": "inr", "₩": "krw", "₽": "rub", "₺": "try",
    "₪": "ils", "zł": "pln", "kč": "czk", "fr.": "chf",
    "dollar": "usd", "dollars": "usd", "euro": "eur", "euros": "eur", "pound": "gbp", "pounds": "gbp", "yen": "jpy",
    "franc": "chf", "francs": "chf",
}  # fmt: skip
_CODES = (
    "usd eur gbp chf jpy cny rmb hkd sgd twd krw inr aud nzd cad mxn brl ars clp cop pen zar ngn kes egp mad aed sar "
    "qar ils try rub uah pln czk huf ron bgn dkk nok sek isk thb vnd idr myr php kr"
)


def day(text: str, today: date, past: bool = False) -> date:
    """The date ``text`` means when said on ``today``; a month alone is its last day, a past one next year's.

    Understands ISO dates, "today", "tomorrow", "in two weeks", "next friday", "friday", "15 March", "March 15",
    "15.3.2027", "end of march", "march", "end of the month/quarter/year", "yesterday", "last friday", "3 days ago",
    also with the part of the day ("yesterday afternoon"). Of what has happened (``past``) a weekday or a date without
    its year is the last one, else the next. Raises ``Unclear``.
    """
    plain = " ".join(text.lower().split())
    plain = plain.removeprefix("by ").removeprefix("on ").removeprefix("for ").removeprefix("the ")
    said = " ".join(plain.replace(",", " ").replace(".", " ").split()).removeprefix("earlier ")
    whole = _PART.sub("", said)
    found = (
        _pointed(plain, today, past)
        or _iso(whole)
        or _near(said, today)
        or _near(whole, today)
        or _span(whole, today)
        or _weekday(whole, today, past)
        or _in_year(whole, today, past)
    )
    if found is None:
        like = "2026-11-20, yesterday, last Friday" if past else "2026-12-07, in two weeks, next Friday"
        raise Unclear(f"Which day is {text!r}? Say it like {like} or 7 March.")
    if abs(found.year - today.year) > FURTHEST_YEARS:
        raise Unclear(f"{found:%Y-%m-%d} is more than {FURTHEST_YEARS} years away. Check the date.")
    return found


def minutes_ago(text: str) -> int | None:
    """How many minutes ago "an hour ago" or "20 minutes ago" is; None when it says nothing of the kind."""
    match = _SINCE.fullmatch(" ".join(text.lower().replace("half an hour", "30 minutes").split()))
    if not match or (count := 1 if match[1] == "an" else _count(match[1])) is None:
        return None
    return count * (60 if match[2] == "hour" else 1)


def _pointed(said: str, today: date, past: bool) -> date | None:
    """"15.3.2027", "3.12.": the day first, as wherever points are written."""
    match = _POINTS.fullmatch(said)
    return _of_year(int(match[2]), int(match[1]), today, past, match[3]) if match else None


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
        "this afternoon": today,
        "this evening": today,
        "tonight": today,
        "just now": today,
        "last night": today - timedelta(days=1),
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


def _weekday(said: str, today: date, past: bool) -> date | None:
    """The next such day after today, or the last one before; "next friday" said on a Tuesday is the one of next week.

    Of today's own weekday, and of "last friday" said on a Saturday, people mean now this one and now the other.
    """
    word = said.removeprefix("this ").removeprefix("next ").removeprefix("last ")
    if word not in _WEEKDAYS:
        return None
    if past or said.startswith("last "):
        back = (today.weekday() - _WEEKDAYS[word]) % 7
        if back == 0 or said.startswith("next ") or (said.startswith("last ") and back <= today.weekday()):
            this = today - timedelta(days=back)
            raise Unclear(f"Is {said!r} {this:%Y-%m-%d} or a week earlier? Say it like {this:%Y-%m-%d}.")
        return today - timedelta(days=back)
    ahead = (_WEEKDAYS[word] - today.weekday()) % 7 or 7
    same_week = today.weekday() + ahead < 7
    return today + timedelta(days=ahead + (7 if said.startswith("next ") and same_week else 0))


def _in_year(said: str, today: date, past: bool) -> date | None:
    """ "15 march", "march 15th 2027", "end of march", "march": the next one that is not past, or the last that is."""
    words = said.removeprefix("end of ").removeprefix("in ").removeprefix("mid ").split()
    words = [word for word in words if word != "of"]
    month = [_MONTHS[word] for word in words if word in _MONTHS]
    years = [word for word in words if re.fullmatch("20[0-9]{2}", word)]
    rest = [word for word in words if word not in _MONTHS and not re.fullmatch("20[0-9]{2}", word)]
    if len(month) != 1 or len(years) > 1 or len(rest) > 1 or said.startswith("mid "):
        return None
    if rest and not (number := _ORDINAL.fullmatch(rest[0])):
        return None
    return _of_year(month[0], int(number[1]) if rest and number else None, today, past, years[0] if years else None)


def _of_year(month: int, number: int | None, today: date, past: bool, said: str | None) -> date | None:
    """That day of a month, or the month's last; in the year that was said, else in the nearest on the right side."""
    years = [int(said)] if said else [today.year, today.year - 1] if past else [today.year, today.year + 1]
    for year in years:
        found = _end_of(year, month) if number is None else _date(year, month, number)
        if said or (found <= today if past else found >= today):
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


def cents(text: str, currency: str) -> int:
    """``40k``, ``$40,000``, ``1.5m``, ``39999.50``, ``1.500.000`` in whole cents. Raises ``Unclear``; never negative.

    ``40.000`` is forty thousand to half of the world and forty to the other half, so it is neither here. Nor is
    anything converted: beside the number only ``currency`` may stand, the portal's, as its sign or as its code.
    """
    said = _without_currency(" ".join(text.lower().split()), currency)
    match = _AMOUNT.fullmatch(said)
    if not match:
        comma = _COMMA.fullmatch(said)
        if comma and not comma["times"] and len(comma["part"]) > 2:
            raise _too_fine(text)
        if comma:
            raise Unclear(f"{text!r} has a comma before its decimals. Say it like {said.replace(',', '.')}.")
        raise Unclear(f"I can't read the amount {text!r}. Say it like 40000, 40,000 or 40k.")
    times = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}.get(match["times"] or "", 1)
    if match["points"] is None:
        part = match["part"] or ""
        number = re.sub("[^0-9]", "", match["whole"]) + part
        # Only up to three digits, and no nought, can stand before a group of thousands.
        if times == 1 and len(part) == 4 and re.fullmatch("[1-9][0-9]{0,2}", match["whole"]):
            thousands = f"{match['whole']},{part[1:]}"
            raise Unclear(f"Is {text!r} {match['whole']} or {thousands}? Say it like {thousands} or {match['whole']}.")
    else:
        number = match["points"].replace(".", "") + (match["comma"] or "").replace(",", ".")
    exact = Decimal(number) * times * 100
    if exact != int(exact):
        raise _too_fine(text)
    return int(exact)


def _too_fine(text: str) -> Unclear:
    return Unclear(f"{text!r} has more than two decimals. Say it like 39999.50.")


def _without_currency(said: str, currency: str) -> str:
    """The number alone. Raises ``Unclear`` when it is said in another currency than ``currency``."""
    own = currency.strip().lower()
    signs = sorted({own, *_SIGNS, *_CODES.split()}, key=len, reverse=True)
    sign = "|".join(map(re.escape, signs))
    match = re.fullmatch(rf"(?P<before>{sign})? ?(?P<number>[0-9].*?) ?(?P<after>{sign})?", said)
    if not match:
        return said
    for one in filter(None, (match["before"], match["after"])):
        # A bare "$" is the own one where that is "CA$".
        if _SIGNS.get(one, one) != _SIGNS.get(own, own) and not (one == "$" and own.endswith("$")):
            code = _SIGNS.get(own, own).upper()
            raise Unclear(f"Amounts in HubSpot are in {code} here; say it in {code}.")
    return match["number"]
