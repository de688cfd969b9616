"""What an answer tells was not done, whatever the model says of it: each write that was refused and not made good."""

from __future__ import annotations

from agents import calls, delegating, endings
from agents.delegating import Made
from agents.work import Work
from tools import catalogue
from views.receipts import NotDone

_UNREADABLE = "What was to be written could not be made out. Ask again in other words."
_CERTAIN = endings.UNSURE.partition(":")[0]


def of(work: Work, text: str) -> list[NotDone]:
    """One for each write of this turn, also by an asked agent, that was refused or failed; ``text`` is the answer.

    A look that was refused left nothing undone. What a later call of the same tool did on the same record after all,
    or asks for with a card, is not told: the model had only to mend its arguments.
    """
    made = list(delegating.made(work))
    found: list[NotDone] = []
    for at, one in enumerate(made):
        if not _failed(one) or any(_makes_good(later, one) for later in made[at + 1 :]):
            continue
        rule = str(one.called["rule"])
        if rule == calls.UNSURE and _CERTAIN in text:
            continue
        why = _UNREADABLE if rule in calls.MALFORMED else str(one.called["reason"])
        found.append(NotDone(str(one.called["tool"]).replace("_", " "), why, rule != calls.UNSURE))
    return list(dict.fromkeys(found))


def _failed(one: Made) -> bool:
    """A write that came to nothing. One that came half-way has a receipt, which says so."""
    tool = catalogue.all_tools().get(str(one.called["tool"]))
    return tool is not None and tool.plan is not None and one.called["is_error"] and one.called["receipt"] is None


def _makes_good(later: Made, one: Made) -> bool:
    if later.called["is_error"] or later.called["tool"] != one.called["tool"] or later.step == one.step:
        return False
    # Whom a call was for whose arguments could not even be read, nobody knows.
    return one.called["rule"] in calls.MALFORMED or _target(later) == _target(one)


def _target(one: Made) -> object:
    """The record a write is about: each tool names it first among its arguments."""
    tool = catalogue.all_tools()[str(one.called["tool"])]
    given = one.arguments.get(next(iter(tool.arguments.model_fields)))
    return sorted(map(str, given)) if isinstance(given, list) else str(given)
