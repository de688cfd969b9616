"""What holds a run that nobody watches within its grant, taken away piece by piece: the judge notices each."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import pytest

from rules.verdict import Allow
from tests.attack.company import Company
from tests.attack.conftest import Defence, loss_is_noticed
from tests.attack.house import House
from tests.attack.plot import Grant, Job, Json, Session, Turn, call, calls, say
from tests.attack.scenarios import MANAGER, OTHER, REP, mine, no_first_look, note, without
from tests.attack.scenarios_outward import _given

CLOCK: Json = {"clock": True}


def run(mark: str, steps: list[Json], grant: Grant, *more: Turn, **how: Any) -> list[Session]:
    first = Turn("see to it", (*steps, say("Done.")), scripts=how.pop("scripts", {}))
    return [Session(mark, REP, (first, *more), grant=grant, **how)]


def notes(company: Company, mark: str, many: int) -> list[Json]:
    return [calls(*(note(mine(company), f"wd{mark}n{n}e by a run") for n in range(many)))]


def lands(mark: str) -> tuple[Job, ...]:
    return (Job("notes", "create", f"wd{mark}n0e"),)


def another_tool(company: Company, mark: str) -> list[Session]:
    task = call("create_task", account=mine(company).id, title=f"wd{mark}t", due="tomorrow", quote="")
    return run(mark, [*notes(company, mark, 1), calls(task)], Grant(("log_note",), 3), jobs=lands(mark))


def more_records(company: Company, mark: str) -> list[Session]:
    return run(mark, notes(company, mark, 3), Grant(("log_note",), 1), jobs=lands(mark))


def carried_words(company: Company, mark: str) -> list[Session]:
    first, second = company.of(REP)[2:4]  # on which nobody has put anybody's words yet
    steps = [calls(call("read_tickets", account=first.id)), calls(note(second, f"wd{mark} {{{{read}}}}"))]
    return run(mark, steps, Grant(("log_note",), 2))


def deleted_meanwhile(company: Company, mark: str) -> list[Session]:
    deed = {"method": "POST", "url": f"{company.sandbox.address}/_sandbox/slack/press",
            "body": {"user": REP, "home": True, "action_id": "delete_routine"}}  # fmt: skip
    later = {**calls(note(mine(company), f"wd{mark}n1e too late")), "meanwhile": [deed]}
    return run(mark, [*notes(company, mark, 1), later], Grant(("log_note",), 3), jobs=lands(mark))


def paused(company: Company, mark: str) -> list[Session]:
    held = ({"home": "pause_routine", "by": REP, "mark": mark}, CLOCK)
    return run(mark, notes(company, mark, 1), Grant(("log_note",), 1, "", held))


def somebody_elses(company: Company, mark: str) -> list[Session]:
    forged = ({"home": "run_routine", "by": OTHER, "mark": mark}, {"home": "run_routine", "by": MANAGER, "mark": mark})
    return run(mark, notes(company, mark, 1), Grant(("log_note",), 1, "", forged))


def has_left(company: Company, mark: str) -> list[Session]:
    gone = ({"team": {"person": REP, "gone": True}}, CLOCK)
    back = Turn("x", (), before=({"team": {"person": REP, "gone": False}},))
    return run(mark, notes(company, mark, 1), Grant(("log_note",), 1, "", gone), back)


def lost_the_account(company: Company, mark: str) -> list[Session]:
    account, other = mine(company), company.people[OTHER].owner
    back = Turn("x", (say("."),), before=_given(company, account, account.owner))
    grant = Grant(("log_note",), 1, before=_given(company, account, str(other)))
    return run(mark, notes(company, mark, 1), grant, back)


def another_agent(company: Company, mark: str) -> list[Session]:
    step = calls(call("ask_agent", agent="escalations", question=f"[{mark}.1] write it down"))
    child = (*notes(company, mark, 1), say("Written."))
    return run(mark, [step], Grant(("create_task",), 2), scripts={"1": child})


def _ungranted() -> AbstractContextManager[Any]:
    return patch("rules.allowance.beyond", lambda *_: None)


def _unspread() -> AbstractContextManager[Any]:
    return patch("rules.authority._spread_by_strangers", lambda _case: False)


def _disinherited() -> AbstractContextManager[Any]:
    from agents import opening

    told = opening._of_turn
    return patch.object(opening, "_of_turn", lambda turn, kind: {**told(turn, kind), "unattended": False})


GONE = {
    "what was ticked": Defence(another_tool, _ungranted),
    "the most records": Defence(more_records, _ungranted),
    "what customers wrote": Defence(carried_words, _unspread),
    "deleting it while it runs": Defence(deleted_meanwhile, lambda: patch("tools.routines.holds", lambda *_: True)),
    "pausing it": Defence(paused, lambda: patch("sessions.routines.pause", lambda *_: None)),
    "whose it is": Defence(somebody_elses, lambda: patch("sessions.routines.may", lambda *_: None)),
    "that they are still here": Defence(
        has_left,
        lambda: patch("agents.routine._over", lambda *_: None),
        lambda: patch("agents.opening.may_ask", lambda *_: Allow("agent.anybody", "")),
    ),
    "whose account it is": Defence(lost_the_account, lambda: without("only_own_records"), no_first_look),
    "that other agents are bound too": Defence(another_agent, _disinherited),
}


@pytest.mark.parametrize("what", list(GONE))
def test_without_it_the_harness_fails(house: House, what: str) -> None:
    loss_is_noticed(house, 500 + 2 * list(GONE).index(what), GONE[what])
