"""The policy in words: each rule with what it says, what it may answer, and its numbers from the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

from rules import approving, authority
from rules.answers_beside import BESIDE, ELSEWHERE, READ_ELSEWHERE, Beside
from rules.policy import Policy

_ANSWER = re.compile(r"[a-z]+\.[a-z_]+")
_KINDS = {"Allow": "allows", "Ask": "asks first", "Refuse": "refuses"}

AT_ONCE, WITH_A_YES = "Done at once", "Done after a yes"
CUSTOMERS, LIMITS, WHO = (
    "What goes to customers; else it is refused",
    "Limits; what goes beyond is refused",
    "Who may act; all else is refused",
)
ALONGSIDE = "Cards, buttons, routines and budgets"
GROUPS = (AT_ONCE, WITH_A_YES, CUSTOMERS, LIMITS, WHO, ALONGSIDE)
"""What may be done comes first, then what it takes, then what is refused."""
_REFUSED = {"contact": CUSTOMERS, "person": WHO, "agent": WHO, "run": WHO}
"""By the beginning of a rule's names in the ledger."""


@dataclass(frozen=True, slots=True)
class RuleWords:
    """One rule as people read it. ``answers`` are the names it has in the ledger, ``numbers`` (key, value)."""

    name: str
    words: str
    answers: tuple[str, ...]
    verdicts: tuple[str, ...]
    numbers: tuple[tuple[str, str], ...]
    alongside: bool = False
    """It is about how people handle Daybook, not about what Daybook does for them in HubSpot and Jira."""

    @property
    def group(self) -> str:
        """What people look for first: is it done at once, does it take a yes, or is it refused."""
        if self.alongside:
            return ALONGSIDE
        if "allows" in self.verdicts and not any(answer.endswith(".confirmed") for answer in self.answers):
            return AT_ONCE
        return WITH_A_YES if "asks first" in self.verdicts else _REFUSED.get(self.answers[0].split(".")[0], LIMITS)

    def line(self) -> str:
        """``A large change of an amount needs the manager's yes (amount change percent: 20).``"""
        numbers = "; ".join(f"{key.replace('_', ' ')}: {value}" for key, value in self.numbers)
        return f"{self.words.removesuffix('.')} ({numbers})." if numbers else self.words

    def notes(self) -> str:
        """``asks first, refuses; amount_change_percent = 20``."""
        return "; ".join([", ".join(self.verdicts), *(f"{key} = {value}" for key, value in self.numbers)])


class NoSuchRule(ValueError):
    """Nothing answers by that name; the message says which names there are."""


def rules(policy: Policy) -> list[RuleWords]:
    """Every rule with the numbers of ``policy``, group by group: of authority, of presses on cards, and beside them."""
    found = [*(_told(judge, policy) for judge in _judges()), *(_beside(one, policy) for one in BESIDE)]
    return sorted(found, key=lambda one: GROUPS.index(one.group))


def explain(name: str, policy: Policy) -> list[RuleWords]:
    """The rules that answer by ``name``, be it the ledger's (``amount.change``) or the function's.

    Raises ``NoSuchRule`` naming what there is.
    """
    wanted = name.strip().casefold()
    found = [one for one in rules(policy) if wanted in (one.name, *one.answers)]
    if found:
        return found
    if wanted in ELSEWHERE:
        return [RuleWords(wanted, ELSEWHERE[wanted], (wanted,), ("by the guard itself",), ())]
    known = sorted({answer for one in rules(policy) for answer in one.answers} | set(ELSEWHERE))
    raise NoSuchRule(f"No rule goes by that name. There are: {', '.join(known)}.")


def words_of(name: str, policy: Policy) -> str:
    """What the rule of that name says; nothing for a name that no rule goes by any more."""
    try:
        return " ".join(one.words for one in explain(name, policy))
    except NoSuchRule:
        return ""


@cache
def sentences() -> Mapping[str, str]:
    """What each answer's rule says in general: nothing of a case, and none of the policy's numbers."""
    told = {answer: _sentence(judge) for judge in _judges() for answer in _answers(tuple(_codes(judge)))}
    return {**ELSEWHERE, **{answer: one.words for one in BESIDE for answer in one.answers}, **told}


def _judges() -> list[Callable[..., Any]]:
    return [*authority.RULES, *approving.RULES]


def _sentence(judge: Callable[..., Any]) -> str:
    return " ".join((judge.__doc__ or "").split())


def _beside(one: Beside, policy: Policy) -> RuleWords:
    return RuleWords(one.answers[0], one.words, one.answers, one.verdicts, _handed(one.numbers, policy), True)


def _handed(keys: Sequence[str], policy: Policy) -> tuple[tuple[str, str], ...]:
    """``authority.undo_hours`` and the like, read from the policy."""
    split = [key.split(".") for key in keys]
    return tuple((name, _plain(getattr(getattr(policy, section), name))) for section, name in split)


def _told(judge: Callable[..., Any], policy: Policy) -> RuleWords:
    codes = tuple(_codes(judge))
    names = [name for code in codes for name in code.co_names]
    answers = tuple(dict.fromkeys(_answers(codes)))
    handed = [key for answer in answers for key in READ_ELSEWHERE.get(answer, ())]
    return RuleWords(
        name=judge.__name__,
        words=_sentence(judge),
        answers=answers,
        verdicts=tuple(words for kind, words in _KINDS.items() if kind in names),
        numbers=tuple(dict.fromkeys((*_numbers(policy, names), *_handed(handed, policy)))),
        alongside=judge not in authority.RULES,
    )


def _codes(judge: Callable[..., Any], seen: frozenset[str] = frozenset()) -> Iterator[CodeType]:
    """A rule's code and that of the functions of the rules it calls: there its answers stand, and the numbers it reads.

    Read off the code, so that what is told of a rule can't differ from what it does.
    """
    own: CodeType = judge.__code__
    inner = [own, *(constant for constant in own.co_consts if isinstance(constant, CodeType))]
    yield from inner
    names = list(dict.fromkeys(name for code in inner for name in code.co_names))
    rooms = [found for name in names if isinstance(found := judge.__globals__.get(name), ModuleType)]
    for name in names:
        known = (judge.__globals__, *(vars(room) for room in rooms if room.__name__.startswith("rules.")))
        called = next((found[name] for found in known if isinstance(found.get(name), FunctionType)), None)
        if called is not None and name not in seen and called.__module__.startswith("rules."):
            yield from _codes(called, seen | {name})


def _answers(codes: Sequence[CodeType]) -> Iterator[str]:
    for code in codes:
        for constant in code.co_consts:
            if isinstance(constant, str) and _ANSWER.fullmatch(constant):
                yield constant


def _numbers(policy: Policy, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(key, value) of each number of the policy that is read; a table is told as what stands in it."""
    for section in fields(policy):
        table = getattr(policy, section.name)
        if section.name not in names or not is_dataclass(table):
            continue
        for field in fields(table):
            if field.name in names:
                yield field.name, _plain(getattr(table, field.name))


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{kind}: {', '.join(map(str, names))}" for kind, names in value.items())
    if isinstance(value, tuple | list | frozenset | set):
        return ", ".join(map(str, value)) or "none"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
