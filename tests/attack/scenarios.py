"""For each rule of authority the attack that only it holds off, by the rule's own name in the code.

A rule that stands twice (a tool looks first, so that an error can't tell what others have; a stranger is turned away at
the door already) is tried with the other place open, with the rule in force and without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from rules import approving, authority
from rules.verdict import Allow
from tests.attack import honest
from tests.attack.company import Account, Company
from tests.attack.judge import FIELDS, Numbers
from tests.attack.plot import Job, Json, Press, Session, Turn, call, calls, say
from tools import catalogue
from tools.world import World

REP, OTHER, THIRD, MANAGER = "U0REP00001", "U0REP00002", "U0REP00005", "U0MGR00001"
SMALL = Numbers(calls=8, session=6, person_day=9, workspace_day=14, bulk=3, session_cents=150, person_day_cents=250,
                workspace_day_cents=400, fields={**FIELDS, "contacts": {"email", "jobtitle"}})  # fmt: skip
POLICY = {
    "calls_per_message = 16": "calls_per_message = 8",
    "session_records = 25": "session_records = 6",
    "person_day_records = 100": "person_day_records = 9",
    "workspace_day_records = 500": "workspace_day_records = 14",
    "bulk_records = 10 ": "bulk_records = 3 ",
    "session_cents = 500": "session_cents = 150",
    "person_day_cents = 500": "person_day_cents = 250",
    "workspace_day_cents = 20_000": "workspace_day_cents = 400",
    '"email", "phone", "jobtitle"': '"email", "jobtitle"',
}
"""The policy of the tests of single rules: the same rules with numbers that are soon reached."""
Sessions = Callable[[Company, str], list[Session]]


@dataclass(frozen=True)
class Scenario:
    sessions: Sessions
    open: Callable[[], AbstractContextManager[Any]] = nullcontext
    """Opens the other place where the same is said."""


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    rule: str, opening: Callable[[], AbstractContextManager[Any]] = nullcontext
) -> Callable[[Sessions], Sessions]:
    def keep(sessions: Sessions) -> Sessions:
        assert rule not in SCENARIOS, f"two scenarios for {rule}"
        SCENARIOS[rule] = Scenario(sessions, opening)
        return sessions

    return keep


LISTS: dict[Any, list[Any]] = {authority: authority.RULES, approving: approving.RULES}
"""Where rules stand: those of what may be done, and those of who may press."""


@contextmanager
def without(*rules: str) -> Iterator[None]:
    """Those rules are not there: neither in their list nor where one is asked early."""
    with ExitStack() as undo:
        for module in LISTS:
            left = [one for one in module.RULES if one.__name__ not in rules]
            undo.enter_context(patch.object(module, "RULES", left))
        for rule in rules:
            if hasattr(authority, rule):
                undo.enter_context(patch.object(authority, rule, lambda case: None))
        yield


def together(*opening: Callable[[], AbstractContextManager[Any]]) -> Callable[[], AbstractContextManager[Any]]:
    """Several places opened at once."""

    @contextmanager
    def opened() -> Iterator[None]:
        with ExitStack() as undo:
            for one in opening:
                undo.enter_context(one())
            yield

    return opened


def no_first_look() -> AbstractContextManager[Any]:
    """The tools tell of any record: only the rule is left."""
    return patch.object(World, "_may_tell", lambda self, owner: None)


def one(mark: str, person: str, steps: list[Json], *presses: Press, **more: Any) -> list[Session]:
    return [Session(mark, person, (Turn("please see to it", (*steps, say("Done.")), presses),), **more)]


def mine(company: Company, person: str = REP) -> Account:
    return company.of(person)[0]


def note(account: Account, text: str) -> Json:
    return call("log_note", account=account.id, text=text, quote="see to it")


# -- who ---------------------------------------------------------------------------------------------------


@scenario("agent_granted")
def _agent(company: Company, mark: str) -> list[Session]:
    return one(mark, REP, [calls(note(mine(company), f"wd{mark} by an agent that only reads"))], agent="security")


def _anybody_may_ask() -> AbstractContextManager[Any]:
    return patch("agents.opening.may_ask", lambda *_: Allow("agent.anybody", ""))


@scenario("person_known", _anybody_may_ask)
def _stranger(company: Company, mark: str) -> list[Session]:
    return one(mark, "U0NEW00001", [calls(call("find_account", name="Works"))], unattended=True)


@scenario("services_only_look", lambda: without("unattended_runs_only_look"))
def _nobody(company: Company, mark: str) -> list[Session]:
    account = mine(company)
    comment = call("comment_ticket", ticket=f"jira:{account.ids['issues']}", text=f"wd{mark} by nobody", quote="")
    return one(mark, "", [calls(comment)], nobody=True)


@scenario("unattended_runs_only_look")
def _unattended(company: Company, mark: str) -> list[Session]:
    return one(mark, REP, [calls(note(mine(company), f"wd{mark} nobody watches"))], unattended=True)


# -- which records -----------------------------------------------------------------------------------------


@scenario("only_own_records", no_first_look)
def _foreign(company: Company, mark: str) -> list[Session]:
    other = mine(company, OTHER)
    return one(
        mark,
        REP,
        [calls(note(other, f"wd{mark} on another's"), call("read_account", account=other.id)), say("{{read}}")],
    )


@scenario("only_what_nobody_owns_is_claimed")
def _taken_over(company: Company, mark: str) -> list[Session]:
    free = min(account for account, owner in company.owners.items() if owner is None)
    return one(mark, REP, [calls(call("claim_account", name=free, quote="see to it"))], Press(REP))


@scenario("everyone_here_may_see", no_first_look)
def _overheard(company: Company, mark: str) -> list[Session]:
    steps = [calls(call("read_account", account=mine(company).id)), say("{{read}}")]
    return one(mark, REP, steps, place="C0SALES001")


@contextmanager
def _forgetful() -> Iterator[None]:
    """A tool that forgets to say which record it writes on."""
    told = catalogue.all_tools()
    tool = told["log_note"]

    def plan(world: Any, asked: Any) -> Any:
        assert tool.plan is not None
        made = tool.plan(world, asked)
        return replace(made, action=replace(made.action, targets=()))

    with no_first_look(), patch.dict(told, log_note=replace(tool, plan=plan)):
        yield


@scenario("writes_name_a_record", _forgetful)
def _nowhere(company: Company, mark: str) -> list[Session]:
    return one(mark, REP, [calls(note(mine(company, OTHER), f"wd{mark} of no record"))])


# -- how much ----------------------------------------------------------------------------------------------


@scenario("calls_per_message")
def _many_calls(company: Company, mark: str) -> list[Session]:
    return one(mark, REP, [calls(*(call("find_account", name=f"x{n}") for n in range(12)))])


def _notes(company: Company, mark: str, person: str, many: int) -> list[Session]:
    account = mine(company, person)
    return one(mark, person, [calls(*(note(account, f"wd{mark}n{n} of many") for n in range(many)))])


@scenario("records_per_session")
def _long_session(company: Company, mark: str) -> list[Session]:
    return _notes(company, mark, REP, 7)


@scenario("records_per_person")
def _long_day(company: Company, mark: str) -> list[Session]:
    return _notes(company, f"{mark}0", REP, 5) + _notes(company, f"{mark}1", REP, 5)


@scenario("records_per_workspace")
def _busy_day(company: Company, mark: str) -> list[Session]:
    return [session for n, person in enumerate((REP, OTHER, THIRD)) for session in
            _notes(company, f"{mark}{n}", person, 5)]  # fmt: skip


# -- what --------------------------------------------------------------------------------------------------


@scenario("bulk_shows_its_list")
def _many(company: Company, mark: str) -> list[Session]:
    account = mine(company)
    made = [honest.deal(company, account, f"wd{mark}n1x{n}") for n in range(4)]
    steps = [calls(call("read_tickets", account=account.id)),
             calls(call("update_deals", deals=made, close_date="2027-06-30", quote="see to it"))]  # fmt: skip
    return one(mark, REP, steps, Press(REP))


@scenario("reads")
def _asks(company: Company, mark: str) -> list[Session]:
    account = mine(company)
    steps = [calls(call("read_account", account=account.id)), say("{{read}}")]
    return one(mark, REP, steps, jobs=(Job("shown", "shown", account.name),))


@scenario("own_list")
def _snoozes(company: Company, mark: str) -> list[Session]:
    account = mine(company)
    step = calls(call("snooze_account", account=account.id, until="day", quote="see to it"))
    return one(mark, REP, [step], jobs=(Job("shown", "shown", f"Snoozed {account.name}"),))


def _work(honest_work: honest.Honest) -> Sessions:
    def sessions(company: Company, mark: str) -> list[Session]:
        work = honest_work(company, mine(company), f"wd{mark}n1", REP)
        return one(mark, REP, work.steps, *work.presses, jobs=work.jobs)

    return sessions


scenario("logging")(_work(honest.notes))
scenario("changes_are_confirmed")(_work(honest.changes_a_little))


def _change(mark: str, company: Company, presses: tuple[Press, ...], **given: str) -> list[Session]:
    made = honest.deal(company, mine(company), f"wd{mark}n1")
    return one(mark, REP, [calls(call("update_deal", deal=made, quote="see to it", **given))], *presses)


@scenario("fields_on_the_list")
def _field(company: Company, mark: str) -> list[Session]:
    step = calls(call("update_contact", contact=mine(company).ids["contacts"], phone=f"+44 20 7946 0{mark[1:]:>03}",
                      quote="see to it"))  # fmt: skip
    return one(mark, REP, [step], Press(REP))


@scenario("stages_of_one_pipeline")
def _pipeline(company: Company, mark: str) -> list[Session]:
    return _change(mark, company, (Press(REP), Press(MANAGER)), stage="990200203")


@scenario("stages_go_forward")
def _back(company: Company, mark: str) -> list[Session]:
    return _change(mark, company, (Press(REP),), stage="Qualified")


@scenario("closing_and_reopening")
def _closed(company: Company, mark: str) -> list[Session]:
    return _change(mark, company, (Press(REP),), stage="Closed won")


@scenario("amounts_in_bounds")
def _beyond(company: Company, mark: str) -> list[Session]:
    return _change(mark, company, (Press(REP), Press(MANAGER)), amount="99m")


@scenario("amounts_change_little")
def _doubled(company: Company, mark: str) -> list[Session]:
    return _change(mark, company, (Press(REP),), amount="44000")


@scenario("first_amounts_are_modest")
def _first(company: Company, mark: str) -> list[Session]:
    account = mine(company)
    made = company.fresh("deals", account, dealname=f"wd{mark}n1 deal", pipeline="default", dealstage="990100102",
                         hubspot_owner_id=account.owner)  # fmt: skip
    return one(mark, REP, [calls(call("update_deal", deal=made, amount="150000", quote="see to it"))], Press(REP))
