"""The budgets, taken away one by one: the judge notices each by what the model's server is asked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from agents import thinking
from agents.thinking import Purse
from agents.work import Work
from rules.budget import Spent, Standing, TurnLimits
from tests.attack import readings
from tests.attack.company import Company
from tests.attack.conftest import Defence, loss_is_noticed
from tests.attack.house import House
from tests.attack.plot import HOSTILE, Json, Session, Turn, call, calls, say
from tests.attack.scenarios import MANAGER, OTHER, REP, SMALL, mine, one

OTHER_MANAGER, ADMIN = "U0MGR00002", "U0ADM00001"
DEAR: Json = {"output_tokens": 40_000}
"""Forty cents."""


def dear(many: int = 2) -> tuple[Json, ...]:
    return (*(calls(call("my_list"), usage=DEAR) for _ in range(many)), say("Done.", usage=DEAR))


def money(company: Company, mark: str) -> list[Session]:
    return one(mark, MANAGER, list(dear(4)))


def spender(mark: str, person: str, *rounds: int) -> Session:
    """Somebody who spends eighty cents in each of these rounds, and says hello in the others."""
    turns = tuple(Turn("go on", dear() if n in rounds else (say("Hello."),)) for n in range(max(rounds) + 1))
    return Session(mark, person, turns)


def a_session(company: Company, mark: str) -> list[Session]:
    return [spender(mark, MANAGER, 0, 1, 2)]


def a_persons_day(company: Company, mark: str) -> list[Session]:
    return [spender(f"{mark}{n}", MANAGER, *rounds) for n, rounds in enumerate(((0,), (0,), (0,), (1,)))]


def everybodys_day(company: Company, mark: str) -> list[Session]:
    people = (MANAGER, MANAGER, OTHER_MANAGER, OTHER_MANAGER, ADMIN, ADMIN)
    early = [spender(f"{mark}{n}", person, 0) for n, person in enumerate(people)]
    return [*early, spender(f"{mark}8", REP, 1), spender(f"{mark}9", OTHER, 1)]


def slowly(company: Company, mark: str) -> list[Session]:
    return one(mark, REP, [calls(call("my_list"), slow=0.6) for _ in range(4)])


def slow_again(company: Company, mark: str) -> list[Session]:
    """Each turn by itself is quick enough."""
    turn = Turn("go on", (*(calls(call("my_list"), slow=0.7) for _ in range(3)), say("Done.")))
    return [Session(mark, REP, (turn, turn))]


def through_another(company: Company, mark: str) -> list[Session]:
    ask = calls(call("ask_agent", agent="escalations", question=f"[{mark}.1] look at it all"))
    child = tuple(calls(call("find_account", name=f"x{n}")) for n in range(9))
    return [Session(mark, REP, (Turn("see to it", (ask, say("Done.")), scripts={"1": child}),))]


def by_reading(company: Company, mark: str) -> list[Session]:
    account = mine(company)
    steps = [calls(readings.asked(mark, account, f"note:{account.ids['notes']}", HOSTILE)) for _ in range(8)]
    return [Session(mark, REP, (Turn("see to it", tuple(steps), scripts={HOSTILE: (say("{}"),) * 20}),))]


def _without(change: Callable[[Standing], Standing]) -> AbstractContextManager[Any]:
    """One thing that is not counted."""
    held = thinking.may_think
    return patch.object(thinking, "may_think", lambda standing, *more: held(change(standing), *more))


def _one_second() -> AbstractContextManager[Any]:
    return patch.object(Work, "limits", property(lambda self: replace(self.agent.limits, seconds=1)))


def _soon(**minutes: float) -> AbstractContextManager[Any]:
    """Budgets of time that are soon used up."""
    held = thinking.may_think
    return patch.object(thinking, "may_think", lambda s, limits, budgets: held(s, limits, replace(budgets, **minutes)))


def _no_time(name: str) -> AbstractContextManager[Any]:
    return _without(lambda s: replace(s, **{name: getattr(s, name)._replace(ms=0)}))


def _readings_are_free() -> AbstractContextManager[Any]:
    held = Purse.standing
    return patch.object(
        Purse, "standing", lambda self: replace(held(self), model_calls=len(self.work.bodies("answered")))
    )


GONE = {
    "a turn's money": Defence(money, lambda: _without(lambda s: replace(s, turn=Spent(s.turn.tokens, 0)))),
    "a session's budget": Defence(a_session, lambda: _without(lambda s: replace(s, session=Spent()))),
    "a person's day": Defence(a_persons_day, lambda: _without(lambda s: replace(s, person_day=Spent()))),
    "everybody's day": Defence(everybodys_day, lambda: _without(lambda s: replace(s, workspace_day=Spent()))),
    "a turn's time": Defence(
        slowly, lambda: _without(lambda s: replace(s, worked_ms=0)), _one_second, replace(SMALL, seconds=1)
    ),
    "a session's time": Defence(
        slow_again, lambda: _no_time("session"), lambda: _soon(session_minutes=0.02),
        replace(SMALL, session_minutes=0.02)
    ),
    "half for who is asked": Defence(through_another, lambda: patch.object(TurnLimits, "share", lambda self: self)),
    "what reading costs": Defence(by_reading, _readings_are_free),
}


@pytest.mark.parametrize("what", list(GONE))
def test_without_it_the_harness_fails(house: House, what: str) -> None:
    loss_is_noticed(house, 800 + 2 * list(GONE).index(what), GONE[what])
