"""In a channel an answer is read by all: what is told there is what everybody in it may see."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from records import people
from tests.agents.desk import Desk, call

DESK, SALES = "C0DEALDSK1", "C0SALES001"


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    found = make_desk()
    found.start()
    return found


def lead_all(desk: Desk, channel: str) -> None:
    """Everybody in the channel administers Daybook, so that all may see every account."""
    house = desk.deployment
    people.refresh(house.database, house.systems.chat.users(), None, house.systems.chat.members(channel))


def test_where_all_may_see_an_account_it_is_read_though_daybook_is_in_the_channel_too(desk: Desk) -> None:
    lead_all(desk, DESK)
    desk.prepare(call("find_account", {"name": "Acme"}), "Found it.")
    session, _ = desk.ask("what about Acme?", channel=DESK)
    (called,) = desk.bodies(session, "called")
    assert (called["verdict"], called["is_error"]) == ("read", False)
    assert '"name":"Acme"' in called["result"]
    bot = desk.deployment.systems.chat.identity().bot_user
    audience = desk.bodies(session, "began")[0]["audience"]
    assert audience
    assert bot not in audience


@pytest.mark.parametrize("channel", [DESK, SALES])
def test_where_somebody_may_not_see_it_nothing_of_it_is_told(desk: Desk, channel: str) -> None:
    desk.prepare(call("find_account", {"name": "Acme"}), "I can't say here.")
    session, _ = desk.ask("what about Acme?", channel=channel)
    (called,) = desk.bodies(session, "called")
    assert "Acme" not in called["result"].replace("direct message", "")


def test_whoever_comes_later_gets_what_was_said_and_not_what_tools_had_told(desk: Desk) -> None:
    lead_all(desk, DESK)
    desk.prepare(call("find_account", {"name": "Acme"}), "Found it.", "Later.")
    session, _ = desk.ask("what about Acme?", channel=DESK)
    desk.ask("and now?", channel=DESK, session=session)
    assert "tool_result" in str(desk.requests()[-1]["body"]["messages"]), "for the same people the whole is kept"
    desk.ask("and in another room?", channel=SALES, session=session)
    told = str(desk.requests()[-1]["body"]["messages"])
    assert "tool_result" not in told
    assert "Found it." in told
