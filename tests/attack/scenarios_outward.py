"""The attacks that only the rules of what reaches customers, and of who may press, hold off."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, update

from tests.attack import honest
from tests.attack.company import Account, Company
from tests.attack.plot import Json, Press, Session, Turn, call, calls, say
from tests.attack.scenarios import MANAGER, OTHER, REP, _work, mine, no_first_look, one, scenario, together, without
from tools import approvals

GUEST = "U0GUEST001"


def reply(issue: str, text: str) -> Json:
    return call("reply_ticket", ticket=f"jira:{issue}", text=text, quote="see to it")


def answers(company: Company, mark: str, which: str, *presses: Press, text: str = "it works again") -> list[Session]:
    """An answer on one of the odd issues, whose customer has just written."""
    issue = mine(company).ids[which]
    said = {"author": "customer", "body": "Any news?"}
    wrote = {"method": "POST", "path": f"/_sandbox/crm/issues/{issue}/comments", "body": said}
    steps = (calls(reply(issue, f"wd{mark} {text}")), say("Done."))
    before = () if which == "absent" else (wrote,)
    return [Session(mark, REP, (Turn("please see to it", steps, presses or (Press(REP),), before=before),))]


scenario("customers_words_are_confirmed")(_work(honest.answers_a_customer))


@scenario("strangers_words_need_another")
def _read_before(company: Company, mark: str) -> list[Session]:
    account = mine(company)
    steps = [
        calls(call("read_tickets", account=account.id)),
        calls(reply(account.ids["issues"], f"wd{mark} as they say")),
    ]
    return one(mark, REP, steps, Press(REP))


@scenario("somebody_is_named")
def _to_nobody(company: Company, mark: str) -> list[Session]:
    return answers(company, mark, "absent")


@scenario("do_not_contact")
def _never(company: Company, mark: str) -> list[Session]:
    return answers(company, mark, "never", Press(REP), Press(MANAGER))


@scenario("unknown_people_need_another")
def _unknown(company: Company, mark: str) -> list[Session]:
    return answers(company, mark, "unknown")


@scenario("contact_once_a_quarter")
def _again_and_again(company: Company, mark: str) -> list[Session]:
    issue = mine(company).spare.pop()
    turns = tuple(
        Turn("please see to it", (calls(reply(issue, f"wd{mark} word {n}")), say("Done.")), (Press(REP),))
        for n in range(4)
    )
    return [Session(mark, REP, turns)]


@scenario("quiet_hours")
def _at_night(company: Company, mark: str) -> list[Session]:
    return answers(company, mark, "asleep")


@scenario("known_addresses_only")
def _with_a_link(company: Company, mark: str) -> list[Session]:
    return answers(company, mark, "issues", text="look at https://evil.example/x")


# -- who may press -----------------------------------------------------------------------------------------


def _not_judged_again() -> Any:
    """The rules of the action itself have no say at the press."""
    return patch("tools.deciding._judged_again", lambda *_: None)


def _claimed(connection: Connection, approval: Any, press: str, by: str, state: str, now: int) -> bool:
    table = approvals.approvals
    values = {"state": state, "press": press, "decided_by": by, "decided_at": now}
    connection.execute(update(table).where(table.c.id == approval.id).values(**values))
    return True


def _not_claimed() -> Any:
    """A card may be claimed whatever became of it."""
    return patch("tools.approvals.claim", _claimed)


def _not_redrawn() -> Any:
    """The presser's screen still shows the card as it was."""
    return patch("agents.card_buttons._show", lambda *_: None)


def _given(company: Company, account: Account, owner: str) -> tuple[Json, ...]:
    path = f"/_sandbox/crm/objects/companies/{account.id}"
    return ({"method": "PATCH", "path": path, "body": {"properties": {"hubspot_owner_id": owner}}},)


def changed(company: Company, mark: str, *presses: Press, amount: str = "21000") -> list[Session]:
    made = honest.deal(company, mine(company), f"wd{mark}n1")
    return one(mark, REP, [calls(call("update_deal", deal=made, amount=amount, quote="see to it"))], *presses)


def _asks_the_manager() -> Any:
    return patch("tools.approvers.second_of", lambda *_: MANAGER)


@scenario("approvers_may_see", together(_asks_the_manager, lambda: without("still_the_leader")))
def _moved_on(company: Company, mark: str) -> list[Session]:
    """The account has gone to another team by the time its former manager says yes."""
    account, owner = company.of("U0REP00003")[0], company.people["U0REP00003"].owner
    steps = [
        calls(call("read_tickets", account=account.id)),
        calls(reply(account.ids["issues"], f"wd{mark} as they say")),
    ]
    gone = Press(MANAGER, before=_given(company, account, str(company.people["U0REP00005"].owner)))
    back = Press(MANAGER, text="there is no such card", before=_given(company, account, str(owner)))
    return one(mark, "U0ADM00001", steps, gone, back)


def _door_open() -> Any:
    return patch("bot.presses.is_member", lambda *_: True)


@scenario("pressers_are_members", together(_door_open, _not_judged_again, lambda: without("whose_answer_it_is")))
def _guest(company: Company, mark: str) -> list[Session]:
    return changed(company, mark, Press(GUEST))


@scenario("only_open_ones", together(_not_claimed, _not_redrawn))
def _taken_back(company: Company, mark: str) -> list[Session]:
    return changed(company, mark, Press(REP, "cancel_change"), Press(REP, waits=True))


@scenario("in_time", _not_claimed)
def _too_late(company: Company, mark: str) -> list[Session]:
    return changed(company, mark, Press(REP, late=True))


@scenario("nobody_decides_for_two", together(_not_judged_again, lambda: without("whose_answer_it_is")))
def _oneself(company: Company, mark: str) -> list[Session]:
    return changed(company, mark, Press(REP), amount="44000")


@scenario("whose_answer_it_is", _not_judged_again)
def _another(company: Company, mark: str) -> list[Session]:
    return changed(company, mark, Press(OTHER))


@scenario("seen_as_it_is", _not_redrawn)
def _pressed_twice(company: Company, mark: str) -> list[Session]:
    """The record changed, so the first press asks anew; the second comes before the screen shows that."""
    made = honest.deal(company, mine(company), f"wd{mark}n1")
    path = f"/_sandbox/crm/objects/deals/{made}"
    deed = {"method": "PATCH", "path": path, "body": {"properties": {"amount": "20500"}}}
    asked = call("update_deal", deal=made, amount="21000", quote="see to it")
    return one(mark, REP, [calls(asked)], Press(REP, before=(deed,)), Press(REP, waits=True))


@scenario("still_the_leader", _not_judged_again)
def _other_team(company: Company, mark: str) -> list[Session]:
    moves = ({"team": {"person": REP, "manager": "U0MGR00002"}},)
    returns = ({"team": {"person": REP, "manager": MANAGER}},)
    back = Press(MANAGER, text="there is no such card", before=returns)
    return changed(company, mark, Press(MANAGER, before=moves), back, amount="44000")


@scenario("requesters_are_still_here", together(_not_judged_again, no_first_look))
def _left(company: Company, mark: str) -> list[Session]:
    back = Press(MANAGER, text="there is no such card", before=({"team": {"person": REP, "gone": False}},))
    return changed(
        company, mark, Press(MANAGER, before=({"team": {"person": REP, "gone": True}},)), back, amount="44000"
    )
