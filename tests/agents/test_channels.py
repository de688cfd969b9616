"""In a channel an answer is read by all: what is told there is what everybody in it may see."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from records import people
from records.tables import accounts, deals
from sessions import control, inbox
from sessions.session import Decided
from tests.agents.desk import Desk, call, calls
from tests.deployments import until
from tools import approvals

DESK, SALES, SHARED = "C0DEALDSK1", "C0SALES001", "C0SHARED01"
GUEST = "U0GUEST001"


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


MEANWHILE = {"delay_ms": 1_500}
"""How long the model thinks, so that somebody can join meanwhile."""


def asked_while_somebody_joins(desk: Desk, text: str, who: str, after: str) -> tuple[str, int]:
    """Ask in the private channel, and let ``who`` join it once the turn has got to ``after``."""
    session, turn = desk.say(text, channel=DESK)
    until(lambda: after in desk.kinds(session), after)
    desk.sandbox.post("/_sandbox/slack/join", {"user": who, "channel": DESK})
    desk.ended(session, turn)
    return session, turn


def in_channel(desk: Desk, session: str) -> list[str]:
    """What Daybook has said in the thread, as anybody in the channel reads it."""
    _said, channel, ts = session.split(":")
    told = desk.sandbox.get(f"/_sandbox/slack/messages?user={desk.rep}&channel={channel}")["messages"]
    mine = [m for m in told if m.get("thread_ts") == ts and m.get("bot_id")]
    return [json.dumps([m["text"], m["blocks"]], ensure_ascii=False) for m in mine]


@pytest.fixture
def newcomer(desk: Desk) -> Iterator[str]:
    lead_all(desk, DESK)
    yield GUEST
    desk.sandbox.post("/_sandbox/slack/leave", {"user": GUEST, "channel": DESK})


def test_whoever_joins_while_it_is_worked_on_does_not_get_the_answer(desk: Desk, newcomer: str) -> None:
    desk.prepare(call("find_account", {"name": "Acme"}), {"content": "Acme is worth a lot.", **MEANWHILE})
    session, _ = asked_while_somebody_joins(desk, "what about Acme?", newcomer, "called")
    (told,) = in_channel(desk, session)
    assert "Somebody has joined this channel" in told
    assert "Acme" not in told
    (answer,) = desk.replies(session)
    assert "Acme is worth a lot." in answer["text"], "the person who asked has it in their direct messages"
    assert desk.bodies(session, "moved") == [{"joined": [newcomer]}]


def test_a_long_answer_that_was_being_written_is_taken_back(desk: Desk, newcomer: str) -> None:
    slow = {"content": "Acme is worth a lot. " * 40, "chunk_delay_ms": 60}
    desk.prepare(call("find_account", {"name": "Acme"}), slow)
    session, _ = asked_while_somebody_joins(desk, "what about Acme?", newcomer, "streamed")
    (told,) = in_channel(desk, session)
    assert "Somebody has joined this channel" in told
    assert "Acme" not in told
    (answer,) = desk.replies(session)
    assert answer["text"].count("Acme is worth") == 40


def test_a_card_is_not_shown_where_somebody_has_joined_who_may_not_see_it(desk: Desk, newcomer: str) -> None:
    with desk.deployment.database.connect() as connection:
        deal = connection.scalar(select(deals.c.id).where(deals.c.is_open).order_by(deals.c.id))
    change = call("update_deal", {"deal": deal, "next_step": "Call Jane", "quote": "do it"}, **MEANWHILE)
    desk.prepare({**change, **MEANWHILE}, "I can't show that here.")
    session, _ = asked_while_somebody_joins(desk, "do it", newcomer, "heard")
    (called,) = desk.bodies(session, "called")
    assert called["rule"] == "scope.readers"
    assert "Call Jane" not in "".join(in_channel(desk, session))


def test_whoever_may_see_it_may_join(desk: Desk) -> None:
    lead_all(desk, DESK)
    desk.sandbox.post("/_sandbox/slack/leave", {"user": "U0ADM00001", "channel": DESK})
    desk.prepare(call("find_account", {"name": "Acme"}), {"content": "Acme is worth a lot.", **MEANWHILE})
    session, _ = asked_while_somebody_joins(desk, "what about Acme?", "U0ADM00001", "called")
    (told,) = in_channel(desk, session)
    assert "Acme is worth a lot." in told
    assert "moved" not in desk.kinds(session)


@pytest.mark.parametrize("channel", [SALES, SHARED])
def test_with_a_guest_or_a_stranger_of_another_company_there_nothing_is_told(desk: Desk, channel: str) -> None:
    lead_all(desk, DESK)
    with desk.deployment.database.connect() as connection:
        account = connection.scalar(select(accounts.c.id).where(accounts.c.owner_id == desk.owner(desk.rep)))
    reads = [(name, {"account": account}) for name in ("read_account", "read_tickets", "read_calls")]
    reads += [("my_list", {}), ("explain_priority", {"account": account})]
    desk.prepare(calls(*({"name": name, "input": given} for name, given in reads)), "I can't say here.")
    session, _ = desk.ask("everything, please", channel=channel)
    assert {body["rule"] for body in desk.bodies(session, "called")} == {"scope.readers"}


def test_whoever_comes_later_gets_what_was_said_and_not_what_tools_had_told(desk: Desk) -> None:
    lead_all(desk, DESK)
    desk.prepare(call("find_account", {"name": "Acme"}), "Found it.", "Later.", "Elsewhere.")
    session, _ = desk.ask("what about Acme?", channel=DESK)
    desk.ask("and now?", channel=DESK, session=session)
    assert "tool_result" in str(desk.requests()[-1]["body"]["messages"]), "for the same people the whole is kept"
    desk.ask("and in another room?", channel=SALES, session=session)
    told = str(desk.requests()[-1]["body"]["messages"])
    assert "tool_result" not in told
    assert "Found it." in told


def test_whoever_takes_a_copy_into_their_own_messages_gets_what_was_said_not_what_tools_had_told(desk: Desk) -> None:
    desk.prepare(call("read_account", {"account": "10000000001"}), "It looks fine.")
    session, turn = desk.ask("how is Acme?")
    house = desk.deployment
    with house.database.begin() as connection:
        theirs, mine = (
            control.fork(connection, session, turn, house.systems.clock.now(), person)
            for person in ("U0REP00002", desk.rep)
        )
    for copy, person in ((theirs, "U0REP00002"), (mine, desk.rep)):
        desk.prepare("As I said.")
        desk.ask("repeat what the tool told you", session=copy, by=person)
    to_them, to_me = (json.dumps(one["body"]["messages"]) for one in desk.requests()[-2:])
    assert "It looks fine." in to_them, "they could read that"
    assert "tool_result" not in to_them
    assert "tool_result" in to_me, "a copy of one's own conversation has all of it"


def test_what_a_record_has_become_is_not_drawn_on_a_card_where_somebody_has_joined(
    desk: Desk, newcomer: str
) -> None:
    house = desk.deployment
    with house.database.connect() as connection:
        deal = connection.scalar(select(deals.c.id).where(deals.c.is_open).order_by(deals.c.id))
    change = {"deal": deal, "next_step": "Call Jane", "amount": "38000", "quote": "do it"}
    desk.prepare(call("update_deal", change), "On the card.")
    desk.ask("do it", channel=DESK)
    approval = _card(desk)
    (place,) = approval.places
    desk.sandbox.post("/_sandbox/slack/join", {"user": newcomer, "channel": DESK})

    def seen_in(channel: str, by: str) -> str:
        (card,) = (
            m for m in desk.sandbox.get(f"/_sandbox/slack/messages?user={by}&channel={channel}")["messages"]
            if any(m["ts"] == one["ts"] for one in _card(desk).places)
        )  # fmt: skip
        return json.dumps([card["text"], card["blocks"]], ensure_ascii=False)

    def changed(amount: str, next_step: str) -> None:
        new = {"properties": {"amount": amount, "hs_next_step": next_step}}
        desk.sandbox.ask("PATCH", f"/_sandbox/crm/objects/deals/{deal}", new)

    assert "Call Jane" in seen_in(DESK, newcomer), "it was asked for before they came"
    changed("41234", "They want to leave")
    _press(desk, approval, "first")
    told = seen_in(DESK, newcomer)
    for word in ("41,234", "want to leave", "38,000", "Call Jane", "do it", "Apply", approval.plan.title):
        assert word not in told
    assert "It changed since, and not everybody here may see the record." in told
    direct = next(one["channel"] for one in _card(desk).places if one["channel"] != place["channel"])
    assert "now it is" in seen_in(direct, desk.rep)
    assert "They want to leave" in seen_in(direct, desk.rep)
    assert "Apply anyway" in seen_in(direct, desk.rep)
    # Once they have left it is shown again, unless Slack can't say who is there.
    desk.sandbox.post("/_sandbox/slack/leave", {"user": newcomer, "channel": DESK})
    unknown = {"target": "slack.conversations.members", "mode": "error", "error": "missing_scope", "times": -1}
    desk.sandbox.post("/_sandbox/knobs", unknown)
    changed("41235", "They want to stay")
    _press(desk, _card(desk), "second")
    assert "want to" not in seen_in(DESK, desk.rep)
    desk.sandbox.ask("DELETE", "/_sandbox/knobs")
    _press(desk, _card(desk), "third")
    assert "✓ Applied" in seen_in(DESK, desk.rep)
    assert "They want to stay" in seen_in(DESK, desk.rep)
    assert "✓ Applied" in seen_in(direct, desk.rep)
    assert len(_card(desk).places) == 2


def _card(desk: Desk) -> approvals.Approval:
    with desk.deployment.database.connect() as connection:
        found = approvals.load(connection, str(connection.scalar(select(approvals.approvals.c.id))))
    assert found is not None
    return found


def _press(desk: Desk, card: approvals.Approval, key: str) -> None:
    """The approver presses *Apply* below the card that was posted last."""
    house, place = desk.deployment, card.places[-1]
    now = house.systems.clock.now()
    pressed = Decided(
        key=key,
        session=card.session,
        agent="card_buttons",
        person=card.approver,
        action="apply_change",
        subject=card.id,
        values=None,
        channel=place["channel"],
        message_ts=place["ts"],
        pressed_at=now,
    )
    with house.database.begin() as connection:
        receipt = inbox.submit(connection, house.queue, house.workspace, pressed, now)
    desk.ended(receipt.session, receipt.turn)
