"""What holds the buttons of alerts, taken away piece by piece: the judge notices each."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from tests.attack.company import Company
from tests.attack.conftest import Defence, loss_is_noticed
from tests.attack.house import House
from tests.attack.plot import AlarmPress, Session, say
from tests.attack.scenarios import MANAGER, OTHER, REP, one

ADMIN = "U0ADM00001"


def somebody_else(company: Company, mark: str) -> list[Session]:
    """On an alert of another team."""
    account = company.troubled[-1]
    presses = tuple(AlarmPress(by, "claim_escalation", account.id) for by in (OTHER, MANAGER))
    return one(mark, REP, [say("Hello.")], alarms=presses)


def second_comer(company: Company, mark: str) -> list[Session]:
    """On an alert that its manager has claimed, from a screen on which the button still stands."""
    account = company.troubled[0]
    presses = tuple(AlarmPress(by, "claim_escalation", account.id) for by in (MANAGER, ADMIN, ADMIN))
    return one(mark, REP, [say("Hello.")], alarms=presses)


GONE = {
    "whose alert it is": Defence(somebody_else, lambda: patch("tools.claiming.may", lambda *_: None)),
    "who was first": Defence(second_comer, lambda: patch("tools.claiming.too_late", lambda *_: None)),
}


@pytest.mark.parametrize("what", list(GONE))
def test_without_it_the_harness_fails(house: House, what: str) -> None:
    number = 700 + 3 * list(GONE).index(what)
    loss_is_noticed(house, number, GONE[what])
    # Given back, so that nothing of it stands on anybody's screen when the next one is tried.
    back = tuple(AlarmPress(ADMIN, "reopen_escalation", account.id) for account in house.company.troubled)
    house.run(one(f"s{number + 2}", REP, [say("Hello.")], alarms=back))
