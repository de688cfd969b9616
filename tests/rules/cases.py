"""Cases for the laws of authority: allowed ones, the same with a few things spoiled, and wild ones; and what a law is.

Wild cases alone prove nothing: nearly all of them are refused for five reasons at once, and whatever is refused keeps
every law. So most begin as something that is done every day. A law tells what it met, and fails if it met too little.
Chance is Hypothesis's: the same in every run, and a case that breaks a law is told in its smallest form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from random import Random
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.action import Action, Circumstances, Effect, OutsideServer, Principal, Recipient, Role, StageMove, Target
from rules.authority import decide
from rules.verdict import Allow, Ask, Refuse, Verdict
from tests.rules import books

POLICY = replace(books.POLICY, contact=replace(books.POLICY.contact, hosts=("help.example.com",)))
REP = Principal("U1", Role.REP, frozenset({"o1"}))
PEER = Principal("U2", Role.REP, frozenset({"o2"}))
MANAGER = Principal("U9", Role.MANAGER, frozenset({"o1", "o2", "o9"}))
ABOVE = Principal("U6", Role.MANAGER, frozenset({"o1", "o2", "o3", "o9"}))
ADMIN = Principal("U8", Role.ADMIN)
NOBODY = Principal("U7", Role.NOBODY)
SERVICE = Principal("", Role.SERVICE)
MINE, MINE_TOO = Target("companies:1", "o1", "1"), Target("companies:4", "o1", "4")
DEAL = Target("deals:5", "o1", "1")
THEIRS = Target("companies:2", "o2", "2")
FREE = Target("companies:3", None, "3", unowned=True)
TOOLS = ("find_account", "snooze_account", "log_note", "create_task", "log_call", "update_deal", "reply_ticket",
         "mcp_docs_search")  # fmt: skip
NOW = Circumstances(granted=frozenset(TOOLS))
THEM = Recipient("contacts:7", True, False, wrote_first=True, contacted_this_quarter=False, minute=10 * 60)

DOCS, WIKI = OutsideServer("mcp:docs", False), OutsideServer("mcp:wiki", True)
LOOK = Action("find_account", Effect.READ, (MINE,))
ASK = Action("mcp_docs_search", Effect.READ, asks=DOCS)
SNOOZE = Action("snooze_account", Effect.OWN, (MINE,))
NOTE = Action("log_note", Effect.LOG, (MINE,))
CHANGE = Action("update_deal", Effect.CHANGE, (DEAL,), fields=(("deals", "amount"),), amounts=((100_00, 110_00),))
LARGE = replace(CHANGE, amounts=((100_00, 200_00),))
CLAIM = Action("update_deal", Effect.CHANGE, (FREE,), fields=(("companies", "hubspot_owner_id"),), claims=True)
REPLY = Action("reply_ticket", Effect.EXTERNAL, (Target("jira:SUP-1", "o1", "1"),), recipients=(THEM,))
STRANGER = replace(REPLY, recipients=(THEM, replace(THEM, id="jira:2", known=False)))


def deals(many: int) -> tuple[Target, ...]:
    return tuple(Target(f"deals:{n}", "o1", "1") for n in range(many))


class Scene(NamedTuple):
    """Somebody is about to do something, as things stand."""

    action: Action
    by: Principal
    at: Circumstances

    def but(self, **changed: Any) -> Scene:
        """The same with other circumstances."""
        return self._replace(at=replace(self.at, **changed))

    def doing(self, **changed: Any) -> Scene:
        """The same with something else about the action."""
        return self._replace(action=replace(self.action, **changed))

    @property
    def verdict(self) -> Verdict:
        return decide(self.action, self.by, self.at, POLICY).verdict


# -- what is done every day --------------------------------------------------------------------------------------------

_EVERY_DAY = (
    LOOK, ASK, SNOOZE, NOTE, replace(NOTE, targets=(MINE, DEAL)), replace(NOTE, has_links=True), CHANGE, CHANGE, LARGE,
    replace(CHANGE, targets=deals(3), amounts=()), replace(CHANGE, targets=deals(11), amounts=()),
    replace(CHANGE, fields=(("deals", "dealstage"),), amounts=(), stages=(StageMove(2, 3, False, False),)),
    CLAIM, REPLY, REPLY, REPLY, STRANGER, replace(REPLY, has_links=True, hosts=("en.help.example.com",)),
)  # fmt: skip
_AT = (NOW, NOW, replace(NOW, tainted_by=frozenset({"companies:1"})))


def _confirmed(scene: Scene) -> list[Scene]:
    """Before anybody was asked, and after the person, their manager or an administrator said yes."""
    if scene.action.effect not in (Effect.CHANGE, Effect.EXTERNAL):
        return [scene] * 3
    return [scene, scene, *(scene.but(confirmed_by=yes) for yes in (scene.by, MANAGER, ABOVE, ADMIN))]


EVERY_DAY = tuple(
    one
    for action, by, at in product(_EVERY_DAY, (REP, REP, MANAGER, ADMIN), _AT)
    for one in _confirmed(Scene(action, by, at))
)

# -- what may be wrong with it -----------------------------------------------------------------------------------------

Draw = Callable[[Random], Any]
"""Something by chance."""


def one_of(*choices: Any) -> Draw:
    return lambda chance: chance.choice(choices)


def some_of(draw: Draw, most: int) -> Draw:
    """Up to ``most`` of them, also none."""
    return lambda chance: tuple(draw(chance) for _ in range(chance.randint(0, most)))


def number(least: int, most: int) -> Draw:
    return lambda chance: chance.randint(least, most)


def either(*draws: Draw) -> Draw:
    return lambda chance: chance.choice(draws)(chance)


def built(what: Callable[..., Any], *parts: Draw, **named: Draw) -> Draw:
    return lambda chance: what(
        *(draw(chance) for draw in parts), **{name: draw(chance) for name, draw in named.items()}
    )


people = one_of(REP, PEER, MANAGER, ABOVE, ADMIN, NOBODY, SERVICE, replace(MANAGER, id="U1"))
targets = one_of(MINE, MINE_TOO, DEAL, THEIRS, FREE, Target("deals:6", "o3", "6"), Target("deals:7", None))
recipients = one_of(
    THEM,
    replace(THEM, known=False),
    replace(THEM, do_not_contact=True),
    replace(THEM, wrote_first=False),
    replace(THEM, wrote_first=False, contacted_this_quarter=True),
    replace(THEM, minute=3 * 60),
)
flag = one_of(False, True)
_taints = built(frozenset, some_of(one_of("companies:1", "companies:2", "jira:SUP-9", "mcp:docs"), 2))
_move = built(StageMove, number(0, 6), number(0, 6), flag, flag, flag)
_cents = either(one_of(None), number(-10, 2 * 10**9))
_ACTION: Mapping[str, Draw] = {
    "tool": one_of("find_account", "log_call", "drop_table"),
    "effect": one_of(*Effect),
    "targets": either(some_of(targets, 3), one_of(deals(10), deals(11), deals(30))),
    "fields": one_of((("deals", "hubspot_owner_id"),)),
    "stages": one_of(
        (), (StageMove(3, 2, False, False),), (StageMove(3, 5, False, True),), (StageMove(1, 2, False, False, False),)
    ),
    "amounts": one_of((), ((None, 200_000_00),), ((100_00, None),), ((100_00, -1),), ((1_00, 1_00),)),
    "has_links": one_of(True),
    "hosts": one_of(("help.example.com",), ("elsewhere.example",)),
    "claims": flag,
    "recipients": some_of(recipients, 2),
    "asks": one_of(DOCS, WIKI),
}
_STANDING: Mapping[str, Draw] = {
    "granted": one_of(frozenset({"find_account", "log_note"})),
    "calls_this_message": one_of(15, 16),
    "records_this_session": one_of(14, 15, 24, 25),
    "records_today": one_of(89, 99, 100),
    "records_workspace_today": one_of(489, 499, 500),
    "tainted_by": _taints,
    "read_records": one_of(True),
    "unattended": one_of(True),
    "readers": some_of(people, 2),
    "confirmed_by": either(one_of(None), people),
    "has_manager": one_of(False),
    "has_second": one_of(False),
}
_SPOILED = (*_ACTION, *_STANDING, "by")


def _spoiled(chance: Random, every_day: Sequence[Scene] = EVERY_DAY) -> Scene:
    scene = chance.choice(every_day)
    for name in chance.sample(_SPOILED, chance.choice((0, 0, 1, 1, 2))):
        if name == "by":
            scene = scene._replace(by=people(chance))
        elif name in _ACTION:
            scene = scene.doing(**{name: _ACTION[name](chance)})
        else:
            scene = scene.but(**{name: _STANDING[name](chance)})
    return scene


_wild = built(
    Scene,
    built(
        Action,
        one_of(*TOOLS, "drop_table"),
        one_of(*Effect),
        some_of(targets, 12),
        some_of(one_of(("deals", "amount"), ("deals", "hubspot_owner_id")), 2),
        some_of(_move, 2),
        some_of(built(lambda *both: both, _cents, _cents), 2),
        flag,
        some_of(one_of("help.example.com", "elsewhere.example"), 1),
        flag,
        some_of(recipients, 2),
        one_of(None, None, DOCS, WIKI),
    ),
    people,
    built(
        Circumstances,
        granted=built(frozenset, some_of(one_of(*TOOLS), 9)),
        calls_this_message=number(0, 20),
        records_this_session=number(0, 30),
        records_today=number(0, 120),
        records_workspace_today=number(0, 600),
        tainted_by=_taints,
        read_records=flag,
        unattended=flag,
        readers=some_of(people, 2),
        confirmed_by=either(one_of(None), people),
        has_manager=flag,
        has_second=flag,
    ),
)
scenes = either(*[_spoiled] * 7, _wild)
_OUTWARD = [scene for scene in EVERY_DAY if scene.action.effect is Effect.EXTERNAL]


def outward(chance: Random) -> Scene:
    """Something that would reach a customer."""
    return _spoiled(chance, _OUTWARD)

# -- laws --------------------------------------------------------------------------------------------------------------

RANK = {Refuse: 0, Ask: 1, Allow: 2}


def never_more(less: Verdict, more: Verdict) -> set[str]:
    """What is asserted, and what was met: the lesser verdict, and whether it was the lesser one indeed."""
    assert RANK[type(less)] <= RANK[type(more)], f"{less} goes beyond {more}"
    return {type(less).__name__, "less" if RANK[type(less)] < RANK[type(more)] else "same"}


def law(*of: Draw, cases: int = 300, **least: int) -> Callable[[Callable[..., Iterable[str]]], Callable[[], None]]:
    """A law over cases that Hypothesis draws and, when it is broken, makes small. It answers what it met, and has to
    meet each of ``least`` in so many percent of them."""

    def make(holds: Callable[..., Iterable[str]]) -> Callable[[], None]:
        def test() -> None:
            met: Counter[str] = Counter()
            tried = 0

            @settings(max_examples=cases)
            @given(st.randoms(use_true_random=False))
            def each(chance: Random) -> None:
                nonlocal tried
                case = [draw(chance) for draw in of]
                try:
                    met.update(set(holds(*case)))
                except AssertionError as broken:
                    raise AssertionError(f"not so for {case}: {broken}") from broken
                tried += 1

            each()
            few = {what: met[what] for what, percent in least.items() if met[what] * 100 < percent * tried}
            assert not few, f"this law was hardly tried: {few} of {tried} cases; all it met: {dict(met)}"

        test.__name__, test.__doc__ = holds.__name__, holds.__doc__
        return test

    return make
