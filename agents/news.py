"""What happened in a session since its agent last listened: lists posted, buttons pressed, changes decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from agents.agent import Event
from views import escape


class News(NamedTuple):
    """One thing that happened; ``key`` names it within its session, so that it is told once."""

    key: str
    words: str


def untold(log: Sequence[Event]) -> list[News]:
    """What no ``heard`` line has told yet, oldest first."""
    told = {key for event in log if event.kind == "heard" for key in event.body.get("told", ())}
    return [one for one in _all(log) if one.key not in told]


def _all(log: Sequence[Event]) -> Iterator[News]:
    count: dict[tuple[int, str], int] = {}
    for event in log:
        words = _words(event)
        if words is None:
            continue
        at = count[event.turn, event.kind] = count.get((event.turn, event.kind), 0) + 1
        yield News(f"{event.turn}:{event.kind}:{at}", words)


def _words(event: Event) -> str | None:
    body = event.body
    match event.kind:
        case "decided":
            return escape.clean(str(body["words"]), 600)
        case "marked":
            return f"A button was pressed: {escape.clean(str(body['said']), 300)}"
        case "listed":
            return _list(body)
        case "alerted":
            return _alerts(body)
        case "forked":
            return "This conversation goes on from a copy of an earlier one; what was said after that is not here."
    return None


def _list(body: Mapping[str, Any]) -> str:
    rows = []
    for row in body["rows"]:
        # The first columns of rules.facts.AccountFacts, as tools.listing keeps them: owner, account, name.
        _owner, account, name, *_ = row["facts"]
        rows.append(f"{row['position']}. {escape.name(name)} (account {account})")
    shown = "; ".join(rows) or "nobody"
    return f"The morning list was posted here: {shown}. {body['due']} accounts were due."


def _alerts(body: Mapping[str, Any]) -> str:
    rows = [
        f"{escape.name(one['name'])} (account {one['account']}): {escape.clean(one['says'], 300)}"
        + (f" [{one['ticket']}]" if one["ticket"] else "")
        for one in body["alerts"]
    ]
    return f"Daybook told them here, by its rules, of accounts in trouble: {'; '.join(rows)}."
