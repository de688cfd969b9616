"""The part of Jira's query language that a sync needs, translated into one SQL condition."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.jira.desk import CATEGORIES, PRIORITIES, STATUSES
from sandbox.jira.fields import COMPANY_FIELD

_TOKEN = re.compile(
    r"""\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(cf\[\d+\])|(!=|>=|<=|!~|=|>|<|~)|([(),])|([^\s()=!<>~,"']+))"""
)
_PERIOD = re.compile(r"([+-]?)(?:\d+[wdhm]\s*)+")
_DATES = ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_FIELDS = {
    "project": "project", "key": "key", "issuekey": "key", "issue": "key", "id": "key", "updated": "updated",
    "updateddate": "updated", "created": "created", "createddate": "created", "statuscategory": "category",
    "status": "status", "priority": "priority", "assignee": "assignee", "reporter": "reporter",
    "resolution": "resolution", "hubspot company": "company", COMPANY_FIELD: "company", "cf[10050]": "company",
    "summary": "summary", "text": "summary",
}  # fmt: skip
_SORTS = {"updated": "updated", "created": "created", "key": "id", "issuekey": "id", "id": "id"}
_JSON = {"status", "priority", "assignee", "reporter", "company", "summary"}


class JqlError(Exception):
    """The query is not one Jira would run; the text is Jira's own."""


class Query:
    """A parsed query: ``condition`` with ``values``, and how to sort (``order`` column, ``descending``)."""

    def __init__(self, jql: str, now_ms: int, zone: str, projects: set[str]) -> None:
        self.values: list[Any] = []
        self._tokens = _tokens(jql)
        self._at = 0
        self._now_ms = now_ms
        self._zone = ZoneInfo(zone)
        self._projects = projects
        self.condition = ""
        if self._peek() not in ("", "order"):
            self.condition = self._either()
        self.order, self.descending = self._sort()
        if self._peek():
            raise JqlError(f"Error in the JQL Query: Expecting operator but got '{self._tokens[self._at]}'.")
        if not self.condition:
            raise JqlError("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")

    # Grammar: either = both ("or" both)*, both = one ("and" one)*, one = "not" one | "(" either ")" | clause.

    def _either(self) -> str:
        terms = [self._both()]
        while self._take("or"):
            terms.append(self._both())
        return f"({' or '.join(terms)})"

    def _both(self) -> str:
        terms = [self._one()]
        while self._take("and"):
            terms.append(self._one())
        return " and ".join(terms)

    def _one(self) -> str:
        if self._take("not"):
            return f"not ({self._one()})"
        if self._take("("):
            inner = self._either()
            self._need(")")
            return inner
        return self._clause()

    def _clause(self) -> str:
        name = _unquoted(self._next())
        field = _FIELDS.get(name.lower())
        if field is None:
            raise JqlError(f"Field '{name}' does not exist or you do not have permission to view it.")
        operator = self._next().lower()
        if operator == "not":
            self._need("in")
            operator = "not in"
        if operator == "is":
            negated = self._take("not")
            if self._next().lower() not in ("empty", "null"):
                raise JqlError(f"The operator 'is' of '{name}' takes only EMPTY.")
            return f"{_expression(field)} is {'not ' if negated else ''}null"
        if operator in ("in", "not in"):
            self._need("(")
            listed = [self._value(field, name)]
            while self._take(","):
                listed.append(self._value(field, name))
            self._need(")")
            self.values += listed
            return f"{_expression(field)} {operator} ({','.join('?' * len(listed))})"
        if operator in ("~", "!~"):
            self.values.append(f"%{_unquoted(self._next())}%")
            return f"{_expression(field)} {'not ' if operator == '!~' else ''}like ?"
        if operator not in ("=", "!=", ">", ">=", "<", "<="):
            raise JqlError(f"Error in the JQL Query: '{operator}' is not an operator.")
        if field not in ("updated", "created", "key") and operator not in ("=", "!="):
            raise JqlError(f"The operator '{operator}' is not supported by the '{name}' field.")
        if field == "resolution":
            self._next()
            return f"{_expression(field)} is {'' if operator == '=' else 'not '}null"
        self.values.append(self._value(field, name))
        return f"{_expression(field)} {operator} ?"

    def _value(self, field: str, name: str) -> Any:
        raw = self._next()
        text = _unquoted(raw)
        if raw in ("(", ")", ","):
            raise JqlError(f"Error in the JQL Query: Expecting a value but got '{raw}'.")
        if field in ("updated", "created"):
            return self._instant(text, name)
        if field == "project":
            if text.upper() not in self._projects and text.lower() != "support":
                raise JqlError(f"The value '{text}' does not exist for the field 'project'.")
            return "SUP" if text.lower() == "support" else text.upper()
        if field == "key":
            number = text.rpartition("-")[2]
            if not number.isdigit():
                raise JqlError(f"The issue key '{text}' for field '{name}' is invalid.")
            return text.upper() if "-" in text else f"SUP-{int(text) - 10_000}"
        known: dict[str, Any] = {
            "category": {**{k: k for k in CATEGORIES}, **{v[1].lower(): k for k, v in CATEGORIES.items()}},
            "status": {s.lower(): s for s in STATUSES}, "priority": {p.lower(): p for p in PRIORITIES},
        }  # fmt: skip
        if field in known:
            if text.lower() not in known[field]:
                raise JqlError(f"The value '{text}' does not exist for the field '{name}'.")
            return known[field][text.lower()]
        return text

    def _instant(self, text: str, name: str) -> int:
        if text.lower() == "now" or text.lower() == "startofday":
            if self._take("("):
                self._need(")")
            now = datetime.fromtimestamp(self._now_ms / 1000, self._zone)
            whole = now.replace(hour=0, minute=0, second=0, microsecond=0)
            return int((now if text.lower() == "now" else whole).timestamp() * 1000)
        if _PERIOD.fullmatch(text):
            sign = 1 if text.startswith("+") else -1 if text.startswith("-") else 1
            parts = {_UNITS[unit]: int(count) for count, unit in re.findall(r"(\d+)([wdhm])", text)}
            return self._now_ms + sign * int(timedelta(**parts).total_seconds() * 1000)
        for shape in _DATES:
            try:
                when = datetime.strptime(text, shape).replace(tzinfo=self._zone)
            except ValueError:
                continue
            return int(when.timestamp() * 1000)
        raise JqlError(
            f"Date value '{text}' for field '{name}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm',"
            " 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
        )

    def _sort(self) -> tuple[str, bool]:
        if not self._take("order"):
            return "id", True
        self._need("by")
        name = _unquoted(self._next()).lower()
        if name not in _SORTS:
            raise JqlError(f"Not able to sort using field '{name}'.")
        descending = False
        if self._peek() in ("asc", "desc"):
            descending = self._next().lower() == "desc"
        while self._take(","):
            # Further sorts only break ties, which the id does here.
            self._next()
            if self._peek() in ("asc", "desc"):
                self._next()
        return _SORTS[name], descending

    def _peek(self) -> str:
        return self._tokens[self._at].lower() if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise JqlError("Error in the JQL Query: The query ended before it was complete.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, word: str) -> bool:
        if self._peek() == word:
            self._at += 1
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise JqlError(f"Error in the JQL Query: Expecting '{word}' but got '{self._peek() or 'the end'}'.")


def _expression(field: str) -> str:
    if field in _JSON:
        return f"json_extract(fields, '$.{field}')"
    if field == "project":
        # The plus keeps the database from walking the project's keys instead of the order asked for.
        return "+project"
    if field == "key":
        return "(project || '-' || number)"
    return "json_extract(fields, '$.resolved')" if field == "resolution" else field


def _tokens(jql: str) -> list[str]:
    found, at = [], 0
    jql = jql.strip()
    while at < len(jql):
        hit = _TOKEN.match(jql, at)
        if hit is None or hit.end() == at:
            raise JqlError(f"Error in the JQL Query: The character at position {at + 1} cannot be understood.")
        found.append(next(group for group in hit.groups() if group is not None))
        at = hit.end()
    return found


def _unquoted(token: str) -> str:
    return token[1:-1].replace('\\"', '"').replace("\\'", "'") if token[:1] in "\"'" else token
