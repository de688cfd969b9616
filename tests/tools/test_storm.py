"""A storm of calls, sound, foreign and absurd, by several people: judged afterwards by what the stand-ins hold."""

from __future__ import annotations

import random
from typing import Any

import pytest

from store import effects
from systems.faults import SystemFault
from tests.tools.desk import Desk
from tools import catalogue, guard, ledger, undoing
from tools.world import World

KINDS = ("companies", "contacts", "deals", "tickets", "tasks", "notes", "calls")
PEOPLE = ("U0REP00001", "U0REP00001", "U0REP00002", "U0MGR00001", "U0GUEST001", "U0OUT00001", "U0NOBODY", None)
ABSURD = (
    "",
    "\x00",
    "\ud800",
    "x" * 7_000,
    "١٢٣",
    "-1",
    "null",
    "{}",
    [],
    {},
    None,
    True,
    1e308,
    float("nan"),
    "' --",
    "../x",
)
STAGES = ("Negotiation", "Closed won", "990200203", "closed", "Discovery")
LOGS = ("log_call", "log_note", "create_task", "complete_task", "comment_ticket", "snooze_account")
CALLS = 350


class Storm:
    """Makes calls out of a seed: mostly of the right shape, often with somebody else's ids."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def one_of(self, *choices: Any) -> Any:
        return self.dice.choice(choices)

    def value(self, name: str) -> Any:
        if self.dice.random() < 0.04:
            return self.dice.choice(ABSURD)
        number = self.dice.randint(1, 18)
        return {
            "account": f"{10_000_000_000 + number}",
            "than": f"{10_000_000_000 + number}",
            "deal": f"{30_000_000_000 + self.dice.randint(1, 14)}",
            "deals": [f"{30_000_000_000 + self.dice.randint(1, 14)}" for _ in range(self.dice.randint(1, 12))],
            "contact": f"{20_000_000_000 + number}",
            "task": f"{70_000_000_000 + self.dice.randint(1, 4)}",
            "ticket": self.one_of(
                "jira:SUP-1", "jira:SUP-2", "jira:SUP-3", "hubspot:40000000001", "hubspot:40000000009"
            ),
            "outcome": self.one_of("No answer", "Left voicemail", "Voicemail"),
            "when": self.one_of("yesterday", "today", "tomorrow", "now"),
            "due": self.one_of("tomorrow", "in two weeks", "yesterday", "soon"),
            "close_date": self.one_of("in March", "2027-01-31", "never"),
            "stage": self.dice.choice(STAGES),
            "amount": self.one_of("40k", "1", "99m", "-4", "38,000"),
            "email": self.one_of("storm@larkspur.example", "no address"),
            "phone": self.one_of("+44 20 7946 0000", "nobody"),
            "until": self.one_of("day", "week", "forever"),
            "minutes": number,
            "limit": 3,
            "closed": True,
            "direction": "outbound",
            "agent": "security",
            "name": self.one_of("Acme", "Duff", "l", "logging_calls"),
        }.get(name, self.one_of("storm words", "storm https://evil.example", "storm <b>&</b>", "storm \u202e\x00"))

    def call(self) -> tuple[str, Any]:
        if self.dice.random() < 0.03:
            return self.one_of("drop_table", "", "\x00", "x" * 5_000), {}
        tool = self.dice.choice([*sorted(catalogue.all_tools()), *LOGS, *LOGS])
        shape = catalogue.all_tools()[tool].arguments.model_fields
        needed = {name for name, field in shape.items() if field.is_required()}
        arguments: Any = {name: self.value(name) for name in shape if name in needed or self.dice.random() < 0.4}
        if self.dice.random() < 0.05:
            arguments[self.one_of("force", "user", "approved", "\x00")] = True
        return tool, arguments if self.dice.random() < 0.98 else self.dice.choice(ABSURD)


def everything(desk: Desk) -> dict[tuple[str, str], dict[str, str]]:
    """Every living record the stand-in of HubSpot has, by kind and id."""
    held = {}
    for kind in KINDS:
        start = {"companies": 1, "contacts": 2, "deals": 3, "tickets": 4, "tasks": 7}.get(kind)
        ids = {one["id"] for one in desk.sandbox.get(f"/_sandbox/crm/objects/{kind}?name=")["results"]}
        ids |= {f"{start * 10_000_000_000 + number}" for number in range(1, 60)} if start else set()
        names = sorted(desk.deployment.systems.crm.fields(kind))
        for record in desk.deployment.systems.crm.read_many(kind, sorted(ids), names):
            kept = {k: v for k, v in record.properties.items() if v and not k.startswith(CALCULATED)}
            held[kind, record.id] = kept
    return held


CALCULATED = (
    "hs_last", "lastmodified", "notes_", "num_", "hs_object", "hs_sales", "hs_latest", "hs_next_activity", "hs_num",
    "hs_date_", "hs_v2", "hs_time", "hs_is_", "days_to", "hs_updated", "hs_task_completion", "hs_body",
)  # fmt: skip


@pytest.mark.parametrize("seed", [1, 20261121])
def test_nothing_of_others_is_touched_and_nothing_is_changed_without_a_press(shop: Desk, seed: int) -> None:
    storm, dice = Storm(seed), random.Random(seed + 1)
    if seed == 1:
        for account in ("10000000001", "10000000013"):
            shop.sandbox.post("/_sandbox/crm/issues", {"summary": "Storm", "company": account})
        shop.sync()
    before = everything(shop)
    allowed: list[tuple[str, str]] = []
    for number in range(CALLS):
        person = dice.choice(PEOPLE)
        home = f"companies:{10_000_000_000 + dice.randint(1, 20)}"
        shop.acting(
            person=person,
            session=f"storm{seed}-{number % 40}",
            tainted_by=dice.choice(((), (), (), (home,))),
            audience=dice.choice(((), (), (), (), (), (), ("U0REP00002",), ("U0GUEST001",))),
            unattended=dice.random() < 0.05,
            said=dice.choice(("as I said", "", "\x00\ud800")),
            said_at=shop.deployment.systems.clock.now(),
        )
        tool, arguments = storm.call()
        call = f"storm{seed}:{number}"
        try:
            answer = guard.call(shop.context, tool, arguments, call)
        except (effects.Unknown, effects.NotDone, SystemFault) as later:
            raise AssertionError(f"nobody misbehaves here: {tool} {arguments!r}: {later!r}") from later
        if answer.also is not None:
            with shop.deployment.database.begin() as connection:
                answer.also(connection)
        rows = shop.rows(call)
        assert rows, f"{tool} is not in the books"
        if answer.verdict in ("refuse", "error"):
            assert rows[-1]["reason"], (tool, rows)
            assert rows[-1]["rule"], (tool, rows)
        if answer.verdict == "allow" and answer.receipt is not None:
            assert person is not None
            allowed.append((call, person))

    after = everything(shop)
    changed = {key for key in before if before[key] != after.get(key)}
    assert {kind for kind, _id in changed} <= {"tasks"}, f"changed without a press: {sorted(changed)}"
    made = {key for key in after if key not in before}
    ours = [row for row in shop.books() if row["phase"] == ledger.DONE and row["call"].startswith(f"storm{seed}:")]
    booked = {
        (write["kind"], one["id"])
        for row in ours
        for write, one in zip(row["facts"]["plan"]["writes"], row["facts"]["made"], strict=True)
    }
    assert made <= booked, "HubSpot holds something that is not in the books"
    assert {key for key in changed if key not in booked} == set()
    owners = {
        "U0REP00001": {"71000001"},
        "U0REP00002": {"71000002"},
        "U0MGR00001": {"71000001", "71000002", "71000003"},
    }
    for row in ours:
        for account in {target["account"] for target in row["facts"]["plan"]["action"]["targets"]}:
            assert before["companies", account]["hubspot_owner_id"] in owners[row["person"]], row["call"]
    assert len(allowed) > 10, "the storm is mostly noise"
    assert shop.verified() == len(shop.books())

    for call, person in reversed(allowed):
        shop.acting(person=person, session="storm-undo")
        undoing.undo(World(shop.context), call, person)
    calm = everything(shop)
    assert {key: calm.get(key) for key in before} == before, "all of it could be taken back"
    assert set(calm) == set(before)
