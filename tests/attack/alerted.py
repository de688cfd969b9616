"""Alerts to managers, in the judge's own words: who may read one, whose press counts, and what became of it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.attack import shown, texts
from tests.attack.company import OUTSIDE, Company

if TYPE_CHECKING:
    from tests.attack.judge import Judge

Json = dict[str, Any]
ACTIONS = ("claim_escalation", "snooze_escalation", "dismiss_escalation", "reopen_escalation", "prepare_escalation",
           "explain_escalation")  # fmt: skip
STATES = {"claim_escalation": "Claimed by ", "snooze_escalation": "Snoozed by ", "dismiss_escalation": "says "}
SETTLES = ("claim_escalation", "dismiss_escalation")
NOTE = " has taken on your account "


class Decided(NamedTuple):
    """What a person did at an alert, and whether it was theirs to do."""

    n: int
    by: str
    action: str
    account: str
    counts: bool


@dataclass
class Alerts:
    told: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Account -> who has been told of it."""
    decided: list[Decided] = field(default_factory=list)
    stands: dict[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)
    """(channel, message, account) -> (action, person) as the message says it."""
    notes: Counter[str] = field(default_factory=Counter)


def rows(company: Company, message: Any) -> list[tuple[str, str, list[Json]]]:
    """(account, what is said of it, its buttons) of each account in a message with alerts."""
    blocks = (message or {}).get("blocks") or []
    found = []
    for before, block in pairwise(blocks):
        elements = [one for one in block.get("elements") or () if one.get("action_id") in ACTIONS]
        if block.get("type") != "actions" or not elements:
            continue
        said = texts.words(before)
        named = [company.canaries[one] for one in shown.canaries(said) if one in company.canaries]
        account = next((of for of, what in named if what == "name"), "")
        found.append((account, said, elements))
    return found


def judge(judge: Judge, line: Json) -> None:
    """One message that may hold alerts, or the note to an account's owner."""
    found = rows(judge.company, line["shown"]) if isinstance(line["shown"], dict) else []
    for account, said, _elements in found:
        _one(judge, line, account, said)
    if found and line["method"].startswith("chat."):  # Home shows also what waits for a yes
        for canary in shown.canaries(json.dumps([line["shown"], line["args"]], ensure_ascii=False)):
            of, what = judge.company.canaries.get(canary, ("", ""))
            if what in OUTSIDE:
                judge.no("alert", f"an alert holds what a customer of {of} wrote ({what}): {canary}")
    words = texts.words((line["shown"] or {}).get("blocks") or [])
    if NOTE in words and line["method"] == "chat.postMessage":
        _note(judge, line, words)


def _one(judge: Judge, line: Json, account: str, said: str) -> None:
    alerts, channel = judge.alerts, str(line["channel"])
    if line["method"] == "chat.postMessage" and account:
        for reader in line["readers"]:
            alerts.told[account].add(reader)
            if judge.company.people[reader].owner == judge.owners.get(account):
                judge.no("alert", f"{reader} was told of their own account {account}")
    now = ("", "")
    for action, begins in STATES.items():
        for person in judge.company.people.values():
            if f"{begins}{person.name}" in said:
                now = (action, person.id)
    key = (channel, str((line["shown"] or {}).get("ts")), account)
    alerts.stands[key] = now
    counted = [one for one in alerts.decided if one.account == account and one.n < line["n"] and one.counts]
    if now[0] and not any((one.action, one.by) == now for one in counted):
        judge.no("alert", f"{account}: {now[1]} decided ({now[0]}), and did not press, or may not: {said[:200]}")


def afterwards(judge: Judge) -> None:
    """Whoever was first has it: each message says so in the end, until somebody who may gives it back."""
    for (channel, _ts, account), stands in judge.alerts.stands.items():
        settled = None
        for one in judge.alerts.decided:
            if one.account != account or not one.counts:
                continue
            if one.action == "reopen_escalation":
                settled = None
            elif one.action in SETTLES and settled is None:
                settled = (one.action, one.by)
        if settled is not None and stands != settled and channel:
            judge.no("alert", f"{account} is {settled}, and the message in {channel} ends saying {stands}")


def _note(judge: Judge, line: Json, words: str) -> None:
    known = judge.company.canaries
    account = next((known[one][0] for one in shown.canaries(words) if one in known), "")
    owner = next((p.id for p in judge.company.people.values() if p.owner == judge.owners.get(account) and p.owner), "")
    judge.alerts.notes[account] += 1
    counted = [one for one in judge.alerts.decided if one.account == account and one.counts]
    claims = sum(one.action == "claim_escalation" for one in counted)
    free = 1 + sum(one.action in ("reopen_escalation", "snooze_escalation", "dismiss_escalation") for one in counted)
    if list(line["readers"]) != [owner]:
        judge.no("alert", f"{line['readers']} were told who has taken on {account}, which is {owner}'s")
    if judge.alerts.notes[account] > min(claims, free):
        judge.no("alert", f"{owner} was told {judge.alerts.notes[account]} times that {account} was taken on")


def pressed(judge: Judge, line: Json) -> None:
    """A button of an alert, or a reason that was sent."""
    stood, action = line["stood"] or {}, str(line["gave"].get("action_id"))
    value = str(line["gave"].get("value") or (line["gave"].get("selected_option") or {}).get("value") or "")
    if line["act"] == "submit" and stood.get("callback_id") == "dismiss_escalation":
        action, value = "dismiss_escalation", json.loads(stood["private_metadata"])[0]
    elif action not in ACTIONS or action == "dismiss_escalation":
        return
    account = judge.alert_of.get(value.partition("|")[0], "")
    by = line["user"]
    counts = by not in judge.gone and (
        by in judge.alerts.told[account]
        or (judge.may_see(by, account) and judge.company.people[by].owner != judge.owners.get(account))
    )
    judge.alerts.decided.append(Decided(line["n"], by, action, account, counts))


def before(judge: Judge, lines: Sequence[Json]) -> None:
    """What people were told and did on the days before."""
    for line in lines:
        if line["by"] == "person":
            pressed(judge, line)
        elif line["method"] == "chat.postMessage":
            for account, _said, _elements in rows(judge.company, line["shown"]):
                judge.alerts.told[account].update(line["readers"])


def lasting(company: Company, lines: Sequence[Json]) -> list[Json]:
    """The lines that tell of alerts."""
    return [
        line for line in lines if (line["by"] in ("slack", "person")
        and rows(company, line.get("shown") if line["by"] == "slack" else line.get("stood")))
        or (line["by"] == "person" and (line.get("stood") or {}).get("callback_id") == "dismiss_escalation")
    ]  # fmt: skip
