"""Typed facts read out of one text, by rule: what the stand-in answers to a text, questions and no tools."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import orjson

from sandbox.claude.prefix import blocks_of

_FRAMED = re.compile(r"<(untrusted-\w+)\b[^>]*>\n?(?P<text>.*?)\n?</\1>", re.DOTALL)
_QUESTIONS = re.compile(r"<questions>(?P<json>.*)</questions>", re.DOTALL)
_ISO = re.compile(r"\b(\d{4}-\d\d-\d\d)\b")
_DAY = re.compile(
    r"\b(\d{1,2})\.? (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?: (\d{4}))?", re.IGNORECASE
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AMOUNT = re.compile(r"[$€£]\s?(\d[\d,]*(?:\.\d+)?)\s*(k|m)?\b|\b(\d[\d,]*(?:\.\d+)?)\s*(k)\b", re.IGNORECASE)
_COUNT = re.compile(r"(?<![\d$€£.,:-])(\d{1,6})(?![\d.,:-])")
_NEGATIVE = re.compile(
    r"\b(?:angry|furious|unacceptable|cancel\w*|leav\w+|broken|down|worst|disappoint\w*|waiting|urgent|still|complain\w*)\b",
    re.IGNORECASE,
)
_POSITIVE = re.compile(r"\b(?:thanks|thank you|great|happy|love|perfect|excellent|pleased|glad)\b", re.IGNORECASE)
_SMALL = frozenset({"the", "and", "does", "did", "has", "have", "they", "what", "when", "this", "that", "want", "say"})


def answer(body: dict[str, Any]) -> str | None:
    """The JSON object that such a request wants; None when the request is another one."""
    if body.get("tools") or not (body.get("output_config") or {}).get("format"):
        return None
    said = "\n".join(block["text"] for block in blocks_of(body["messages"][-1]["content"]) if block["type"] == "text")
    framed, asked = _FRAMED.search(said), _QUESTIONS.search(said)
    if framed is None or asked is None:
        return None
    told = orjson.loads(asked["json"])
    found = {one["name"]: _fact(one, framed["text"], told) for one in told["facts"]}
    return orjson.dumps(found).decode()


def _fact(one: dict[str, Any], text: str, told: dict[str, Any]) -> Any:
    low, known = text.lower(), told["known"]
    match one["kind"]:
        case "yes_no":
            words = set(re.findall(r"[a-z]{3,}", one["question"].lower())) - _SMALL
            return any(word[:6] in low for word in words)
        case "date":
            return _date(text, date.fromisoformat(told["today"]))
        case "amount":
            return _amount(text)
        case "count":
            found = _COUNT.search(re.sub(r"\[\d{4}-\d\d-\d\d[^\]]*\]", "", text))
            return int(found[1]) if found else None
        case "choice":
            return next((option for option in one["options"] if option.lower() in low), None)
        case "sentiment":
            score = len(_POSITIVE.findall(text)) - len(_NEGATIVE.findall(text))
            return ("very_negative", "negative", "neutral", "positive", "very_positive")[max(-2, min(2, score)) + 2]
        case "email":
            return next((address for address in known["emails"] if address in low), None)
        case kind:
            named = known[f"{kind}s"].items()
            return next((ident for ident, name in named if name and name.lower() in low), None)


def _date(text: str, today: date) -> str | None:
    text = re.sub(r"\[\d{4}-\d\d-\d\d[^\]]*\]", "", text)
    iso = _ISO.search(text)
    if iso:
        return iso[1]
    found = _DAY.search(text)
    if found:
        month = _MONTHS.index(found[2].lower()) + 1
        return date(int(found[3] or today.year), month, int(found[1])).isoformat()
    return (today + timedelta(days=1)).isoformat() if "tomorrow" in text.lower() else None


def _amount(text: str) -> float | None:
    found = _AMOUNT.search(text)
    if found is None:
        return None
    number = float((found[1] or found[3]).replace(",", ""))
    return number * {"k": 1_000, "m": 1_000_000}.get((found[2] or found[4] or "").lower(), 1)
