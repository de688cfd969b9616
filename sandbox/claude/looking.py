"""Phrases that look something up, and how what was found is said."""

from __future__ import annotations

import re
from datetime import date
from itertools import groupby
from typing import Any

from sandbox.claude.moves import Account, Cannot, Moves, Scene, Use, one_of, read, the_account
from sandbox.claude.talk import Told


def whats_open(scene: Scene, name: str) -> Moves:
    """"what's open at Initech?"."""
    account = yield from the_account(scene, name)
    asked = {"account": account.id}
    record, tickets = yield (Use("read_account", {**asked, "tasks": True}), Use("read_tickets", asked))
    if record.failed:
        raise Cannot(f"I could not look that up: {record.reason}")
    parts = [*_deals(record.data), *_tasks(record.data), *_tickets(tickets)]
    renewal = record.data.get("renewal")
    if renewal:
        parts.append(f"- Renewal on {_day(renewal)}")
    return "\n".join([f"Open at {account.name}:", *parts])


def _deals(data: dict[str, Any]) -> list[str]:
    still = [deal for deal in data.get("deals") or [] if deal.get("open", True)]
    lines = [
        _line(deal.get("name"), deal.get("stage"), amount(deal.get("amount")),
              _if("closes ", _day(deal.get("close_date"))),
              _if("next step: ", deal.get("next_step")),
              "no next step" if deal.get("has_next_step") is False else "")
        for deal in still
    ]  # fmt: skip
    return lines or ["- No open deal"]


def _tasks(data: dict[str, Any]) -> list[str]:
    tasks = data.get("tasks") or []
    return [_line(f"Task: {titled(task)}", _if("due ", _day(task.get("due")))) for task in tasks]


def titled(task: dict[str, Any]) -> str:
    """A task's title, as the tool calls it."""
    return str(task.get("untrusted_title") or task.get("title"))


def _tickets(told: Told) -> list[str]:
    if told.failed:
        return [f"The tickets could not be read: {told.reason}"]
    found = told.data.get("tickets") or []
    lines = [
        _line(f"{_name(ticket)}: {ticket.get('title') or ticket.get('untrusted_title')}", ticket.get("status"),
              _if("priority ", ticket.get("priority")), _if("open for ", ticket.get("open_days"), " days"),
              _if("the customer waits since ", ticket.get("customer_waits_since")),
              _if("waiting: ", ticket.get("waiting")))
        for ticket in found
    ]  # fmt: skip
    return lines or ["- No open ticket"]


def _name(ticket: dict[str, Any]) -> str:
    """``SUP-12``; HubSpot's number of a ticket says nothing to anybody."""
    system, _, key = str(ticket.get("ticket")).partition(":")
    return key if system == "jira" else "Ticket"


def _day(value: Any) -> str:
    """``2027-01-06 09:00`` as ``6 Jan 2027``; other words as they are."""
    try:
        day = date.fromisoformat(str(value or "")[:10])
    except ValueError:
        return str(value or "")
    return f"{day.day} {day:%b %Y}"


def _line(*parts: Any) -> str:
    said = [str(part) for part in parts if part not in (None, "")]
    return f"- {', '.join(said)}"


def _if(before: str, value: Any, after: str = "") -> str:
    return "" if value in (None, "") else f"{before}{value}{after}"


def amount(value: Any) -> str:
    """A sum as the tool told it."""
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value or "")


def calls_with(scene: Scene, name: str) -> Moves:
    """"what did we talk about with Acme?"."""
    account = yield from the_account(scene, name)
    data = yield from read("read_calls", account=account.id)
    if not data.get("calls") and not data.get("notes"):
        return f"No call and no note is logged on {account.name}."
    calls = [
        _line(call.get("at"), call.get("outcome"), call.get("title") or call.get("untrusted_title"),
              call.get("body") or call.get("untrusted_text"))
        for call in data.get("calls") or []
    ]  # fmt: skip
    notes = [_line("Note", note.get("at"), note.get("untrusted_text")) for note in data.get("notes") or []]
    return "\n".join([f"Logged on {account.name}:", *calls, *notes])


def my_list(scene: Scene) -> Moves:
    """"what is on my list?"."""
    data = yield from read("my_list")
    listed, sent = data.get("accounts") or [], data.get("todays_list") or {}
    done = bool(sent.get("accounts")) and not sent.get("open")
    head = f"All {sent['accounts']} of today's list are done." if done else ""
    if not listed:
        return head or "Your list is empty."
    lines = [
        f"{n}. {one.get('name')}{_if(' (ticked off ', one.get('ticked_off'), ')')}: "
        f"{'; '.join(map(str, one.get('why') or []))}"
        for n, one in enumerate(listed, 1)
    ]
    return "\n".join([*([head] if head else []), "Your list now:", *lines])


def how_it_works(scene: Scene) -> Moves:
    """"how does the list work?"."""
    return arithmetic((yield from read("explain_priority")))


def why(scene: Scene, name: str, than: str = "") -> Moves:
    """"why is Acme above Globex?", "why is Acme on my list?"."""
    if not than:
        if re.fullmatch(r"(?i)(?:the |my )?(?:first|top) (?:account|one)|number one", name):
            listed = (yield from read("my_list")).get("accounts") or []
            if not listed:
                return "Your list is empty."
            scene.about = Account(str(listed[0]["account"]), str(listed[0]["name"]))
            name = "it"
        account = yield from the_account(scene, name)
        return arithmetic((yield from read("explain_priority", account=account.id)))
    known = {"it": scene.about, "they": scene.about, "them": scene.about}
    one, other = (known.get(said.lower()) for said in (name, than))
    if one is None and other is None:
        first, second = yield (Use("find_account", {"name": name}), Use("find_account", {"name": than}))
        one = yield from one_of(name, first)
        other = yield from one_of(than, second)
    one = one or (yield from the_account(scene, name))
    other = other or (yield from the_account(scene, than))
    return arithmetic((yield from read("explain_priority", account=one.id, than=other.id)))


def arithmetic(data: dict[str, Any]) -> str:
    """The rule's sum as it was told: of one account, of two side by side, or of the list as such."""
    if "verdict" in data:
        return "\n".join([f"{data['verdict']}.", *(_sum(one) for one in data.get("accounts") or [])])
    if "reasons" in data:
        return _sum(data)
    rules = [_line(rule.get("title"), _if("weight ", rule.get("weight"))) for rule in data.get("rules") or []]
    return "\n".join([str(data.get("how") or data.get("explanation") or "No explanation was given."), *rules])


def policy(scene: Scene) -> Moves:
    """"what may you do?"."""
    data = yield from read("explain_policy")
    lines = [f"Policy {data.get('policy_version')}. {data.get('how')}"]
    for group, ruled in groupby(data.get("rules") or [], key=lambda one: one.get("group")):
        lines += ["", f"**{group}**", "", *map(_ruled, ruled)]
    return "\n".join(lines)


def _ruled(one: dict[str, Any]) -> str:
    numbers = [f"{name.replace('_', ' ')}: {value}" for name, value in (one.get("numbers") or {}).items()]
    said = str(one.get("says")).removesuffix(".")
    return f"- {said} ({'; '.join(numbers)})." if numbers else f"- {said}."


def why_refused(scene: Scene) -> Moves:
    """"why was that refused?"."""
    data = yield from read("explain_policy")
    lately = data.get("lately_not_done") or []
    if not lately:
        return "Nothing was refused in this conversation."
    last = lately[0]
    rule = str(last.get("rule"))
    says = [str(one.get("says")) for one in data.get("rules") or [] if rule in (one.get("answers") or [])]
    return " ".join([f"{last.get('reason')} That is the rule {rule}", f"({' '.join(says)})" if says else "",
                     f"of policy {last.get('policy_version')}."])  # fmt: skip


def _sum(one: dict[str, Any]) -> str:
    place = _if(", place ", one.get("position"), _if(" of ", one.get("due_accounts")))
    reasons = [reason for reason in one.get("reasons") or [] if reason.get("points") != 0]
    percent = one.get("tier_percent")
    # The reasons add up to the sum before the tier's factor.
    times = f" ({one.get('sum')} x {percent} % for tier {one.get('tier')})" if percent not in (None, 100) else ""
    lines = [_line(reason.get("words"), _if("", reason.get("points"), " points")) for reason in reasons]
    return "\n".join([f"{one.get('name')}: {one.get('points')} points{place}{times}.", *lines])
