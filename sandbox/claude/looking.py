"""Phrases that look something up, and how what was found is said."""

from __future__ import annotations

import re
from typing import Any

from sandbox.claude.moves import Cannot, Moves, Scene, Use, one_of, read, the_account
from sandbox.claude.talk import Told


def whats_open(scene: Scene, name: str) -> Moves:
    """"what's open at Initech?"."""
    account = yield from the_account(scene, name)
    asked = {"account": account.id}
    record, tickets = yield (Use("read_account", asked), Use("read_tickets", asked))
    if record.failed:
        raise Cannot(f"I could not look that up: {record.reason}")
    parts = [*_deals(record.data), *_tasks(record.data), *_tickets(tickets)]
    renewal = record.data.get("renewal")
    if renewal:
        parts.append(f"Renewal: {renewal}.")
    return "\n".join([f"Open at {account.name}:", *parts])


def _deals(data: dict[str, Any]) -> list[str]:
    still = [deal for deal in data.get("deals") or [] if deal.get("open", True)]
    lines = [
        _line(deal.get("name"), deal.get("stage"), amount(deal.get("amount")), _if("closes ", deal.get("close_date")),
              _if("next step: ", deal.get("next_step")))
        for deal in still
    ]  # fmt: skip
    return lines or ["No open deal."]


def _tasks(data: dict[str, Any]) -> list[str]:
    return [_line(f"Task: {task.get('title')}", _if("due ", task.get("due"))) for task in data.get("tasks") or []]


def _tickets(told: Told) -> list[str]:
    if told.failed:
        return [f"The tickets could not be read: {told.reason}"]
    found = told.data.get("tickets") or []
    lines = [
        _line(f"{ticket.get('ticket')}: {ticket.get('title')}", ticket.get("status"),
              _if("priority ", ticket.get("priority")), _if("open for ", ticket.get("open_days"), " days"),
              _waiting(ticket.get("waiting")))
        for ticket in found
    ]  # fmt: skip
    return lines or ["No open ticket."]


def _line(*parts: Any) -> str:
    said = [str(part) for part in parts if part not in (None, "")]
    return f"- {', '.join(said)}"


def _if(before: str, value: Any, after: str = "") -> str:
    return "" if value in (None, "") else f"{before}{value}{after}"


def _waiting(value: Any) -> str:
    return "waiting for our answer" if value is True else f"waiting: {value}" if isinstance(value, str) else ""


def amount(value: Any) -> str:
    """A sum as the tool told it."""
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value or "")


def calls_with(scene: Scene, name: str) -> Moves:
    """"what did we talk about with Acme?"."""
    account = yield from the_account(scene, name)
    data = yield from read("read_calls", account=account.id)
    if not data.get("calls") and not data.get("notes"):
        return f"No call and no note is logged on {account.name}."
    return "\n".join([f"Logged on {account.name}:", plainly(data)])


def my_list(scene: Scene) -> Moves:
    """"what is on my list?"."""
    return "Your list today:\n" + plainly((yield from read("my_list")))


def how_it_works(scene: Scene) -> Moves:
    """"how does the list work?"."""
    return plainly((yield from read("explain_priority")))


def why(scene: Scene, name: str, than: str = "") -> Moves:
    """"why is Acme above Globex?", "why is Acme on my list?"."""
    if not than:
        account = yield from the_account(scene, name)
        return plainly((yield from read("explain_priority", account=account.id)))
    known = {"it": scene.about, "they": scene.about, "them": scene.about}
    one, other = (known.get(said.lower()) for said in (name, than))
    if one is None and other is None:
        first, second = yield (Use("find_account", {"name": name}), Use("find_account", {"name": than}))
        one = yield from one_of(name, first)
        other = yield from one_of(than, second)
    one = one or (yield from the_account(scene, name))
    other = other or (yield from the_account(scene, than))
    return plainly((yield from read("explain_priority", account=one.id, than=other.id)))


def plainly(value: Any) -> str:
    """Anything a tool told, in lines: its own sentence if it wrote one, otherwise every value by its name."""
    if isinstance(value, dict):
        for key in ("words", "text", "explanation", "answer", "summary"):
            if isinstance(value.get(key), str) and len(value) <= 2:
                return str(value[key])
        return "\n".join(line for key, inner in value.items() if inner not in (None, "", [], {})
                         for line in _named(key, inner))  # fmt: skip
    if isinstance(value, list):
        return "\n".join(f"- {_short(item)}" for item in value)
    return str(value)


def _named(key: str, value: Any) -> list[str]:
    label = key.replace("_", " ").capitalize()
    if isinstance(value, list) or (isinstance(value, dict) and len(value) > 4):
        return [f"{label}:", plainly(value) if isinstance(value, list) else f"- {_short(value)}"]
    return [f"{label}: {_short(value)}"]


def _short(value: Any) -> str:
    if isinstance(value, dict):
        # An id is for tools; where there is a name, people need only that.
        hidden = {"account", "call", "deal", "contact", "task"} if value.keys() & {"name", "title"} else set()
        named = [str(value[key]) for key in ("name", "title") if value.get(key)]
        kept = [f"{key.replace('_', ' ')} {_short(inner)}" for key, inner in value.items()
                if key not in hidden | {"name", "title"} and inner not in (None, "", [], {})]  # fmt: skip
        return ": ".join(part for part in ("".join(named[:1]), ", ".join(kept)) if part)
    if isinstance(value, list):
        return "; ".join(_short(item) for item in value)
    return re.sub(r"\s+", " ", amount(value) if isinstance(value, int | float) else str(value))
