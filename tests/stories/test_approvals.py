"""What needs a yes, from the sentence to HubSpot and Jira: the right person, once, in time, everybody answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from records import tables
from tests.agents.desk import call, calls
from tests.deployments import until
from tests.office import Office, words
from tests.stories.conftest import OpenOffice
from tools import approvals

REP, PEER, MANAGER, ADMIN = "U0REP00001", "U0REP00002", "U0MGR00001", "U0ADM00001"
ACME, DEAL, OTHER = "10000000001", "30000000002", "30000000004"
WORDS = "The new lamps leave our workshop on Thursday."


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def office(request: pytest.FixtureRequest, open_office: OpenOffice) -> Iterator[Office]:
    with open_office(request.param, reps=3, accounts=8) as working:
        working.at(working.day.replace(hour=10))
        yield working


@pytest.fixture(autouse=True)
def nobody_is_away(office: Office) -> Iterator[None]:
    yield
    command(office, MANAGER, "back")


def command(office: Office, person: str, text: str) -> str:
    asked = {"user": person, "command": "/daybook", "text": text}
    return str(office.sandbox.post("/_sandbox/slack/command", asked)["delivery"]["payload"]["text"])


def asks(office: Office, *answers: dict[str, Any], said: str = "Please see to it.") -> list[str]:
    """The rep says something, and the model makes these calls; answers the approvals that came of it, oldest first."""
    before = set(ids(office))
    done = {"content": [{"type": "text", "text": "It is on the card."}], "stop_reason": "end_turn"}
    office.sandbox.post("/_sandbox/claude/script", {"answers": [*answers, done], "repeat": False})
    told = office.sandbox.post("/_sandbox/slack/say", {"user": REP, "channel": "app", "text": f"new topic: {said}"})
    ts = told["message"]["ts"]

    def answered() -> bool:
        shown = office.sandbox.get(f"/_sandbox/slack/messages?user={REP}")["messages"]
        return any(m.get("thread_ts") == ts and "It is on the card." in m["text"] for m in shown)

    until(answered, "the answer")
    return [one for one in ids(office) if one not in before]


def ids(office: Office) -> list[str]:
    with office.daybook.database.connect() as connection:
        a = approvals.approvals.c
        return list(connection.scalars(select(a.id).order_by(a.asked_at, a.id)))


def state(office: Office, approval: str) -> str:
    with office.daybook.database.connect() as connection:
        found = approvals.load(connection, approval)
    assert found is not None
    return found.state


def card(office: Office, person: str, approval: str) -> dict[str, Any] | None:
    """The card of an approval as it stands on a person's screen."""
    with office.daybook.database.connect() as connection:
        found = approvals.load(connection, approval)
    assert found is not None
    place = next((one for one in found.places if one["person"] == person), None)
    if place is None:
        return None
    shown = office.sandbox.get(f"/_sandbox/slack/messages?user={person}")["messages"]
    return next((m for m in shown if m["ts"] == place["ts"]), None)


def shown(office: Office, person: str, approval: str) -> str:
    there = card(office, person, approval)
    return words(there["blocks"]) if there else ""


def press(
    office: Office, person: str, approval: str, action: str = "apply_change", whose: str | None = None, **how: Any
) -> None:
    """Press a button of the card on a screen; ``stale=True`` is a finger slower than the screen."""
    there = card(office, whose or person, approval)
    assert there is not None
    where = {"user": person, "channel": office.channel(whose or person), "message_ts": there["ts"], **how}
    told = office.sandbox.post(
        "/_sandbox/slack/press", {**where, "action_id": action, "value": approval, "force": True}
    )["delivery"]
    assert told["acked"], told
    assert told["ms"] < 1_000


def whispers(office: Office, person: str, words: str, act: Callable[[], Any]) -> str | None:
    """Doing it gets that person that sentence; answers the thread it is shown in."""
    before = len(office.told(person))
    act()
    until(lambda: any(words in one for one in office.told(person)[before:]), f"{words!r} for {person}")
    return next(one.get("thread_ts") for one in office.whispers(person)[before:] if words in one["text"])


def thread(office: Office, person: str, approval: str) -> str | None:
    """The thread that a card stands in."""
    there = card(office, person, approval)
    assert there is not None
    found: str | None = there.get("thread_ts")
    return found


def in_hubspot(office: Office, deal: str, name: str) -> str | None:
    return office.daybook.systems.crm.read("deals", deal, (name,)).properties[name]


def ticket(office: Office) -> str:
    """A ticket that Acme's contact has opened."""
    (contact,) = [
        one for one in office.sandbox.get("/_sandbox/crm/objects/contacts?name=@acme.example")["results"]
        if one["properties"].get("associatedcompanyid") == ACME
    ]  # fmt: skip
    told = {"summary": "Lamps are out", "company": ACME, "reporter": "qm:sample:0",
            "reporter_email": contact["properties"]["email"]}  # fmt: skip
    key = str(office.sandbox.post("/_sandbox/crm/issues", told)["key"])
    office.sync()
    return key


def got(office: Office, key: str) -> list[str]:
    return [one["body"] for one in office.sandbox.get(f"/_sandbox/crm/issues/{key}")["comments"] if one["public"]]


def steps(*deals: str, step: str) -> dict[str, Any]:
    return calls(*({"name": "update_deal", "input": {"deal": one, "next_step": step, "quote": "x"}} for one in deals))


def large(deal: str = DEAL) -> dict[str, Any]:
    return call("update_deal", {"deal": deal, "amount": "900000", "quote": "x"})


def test_several_questions_of_one_message_are_each_their_own(office: Office) -> None:
    one, two = asks(office, steps(DEAL, OTHER, step="Each its own"))
    press(office, REP, two, "cancel_change")
    until(lambda: state(office, two) == "cancelled", "the cancelled one")
    press(office, REP, one)
    until(lambda: state(office, one) == "applied", "the applied one")
    now = [in_hubspot(office, deal, "hs_next_step") for deal in (DEAL, OTHER)]
    assert now.count("Each its own") == 1


def test_an_answer_to_a_customer_after_reading_their_words_is_the_managers_to_send(office: Office) -> None:
    key = ticket(office)
    (approval,) = asks(
        office,
        call("read_tickets", {"account": ACME}),
        call("reply_ticket", {"ticket": f"jira:{key}", "text": WORDS, "quote": "x"}),
        said="Tell Acme the lamps leave on Thursday.",
    )
    mine, theirs = card(office, REP, approval), card(office, MANAGER, approval)
    assert mine is not None
    assert theirs is not None
    assert "Needs Marguerite" in words(mine["blocks"])
    assert "open until" in words(theirs["blocks"])
    assert WORDS in words(theirs["blocks"])
    assert '"apply_change"' not in str(mine["blocks"]).replace("'", '"')
    office.sandbox.post("/_sandbox/slack/home", {"user": MANAGER, "wait": 5})
    home = lambda: office.sandbox.get(f"/_sandbox/slack/views?user={MANAGER}").get("home")  # noqa: E731
    until(lambda: home() and f"Answer to the customer on {key}" in words(home()), "the manager's queue")
    assert WORDS in words(home())
    assert "Tell Acme the lamps leave on Thursday." in words(home())
    assert "Needs Marguerite Stonecastle's yes" in words(home())
    assert labels(home(), approval) == labels(theirs, approval) == ["Send", "Edit", "Cancel"]
    whispers(office, REP, "You asked for it", lambda: press(office, REP, approval, whose=MANAGER))
    theirs_only = whispers(office, PEER, "Only Marguerite", lambda: press(office, PEER, approval, whose=MANAGER))
    assert theirs_only is None, "the manager's card stands in no thread"
    assert got(office, key) == []
    press(office, MANAGER, approval)
    until(lambda: got(office, key) == [WORDS], "the words in Jira")
    for person in (REP, MANAGER):
        until(lambda person=person: "Sent by Marguerite" in shown(office, person, approval), "the card")
    assert "Undo" not in shown(office, REP, approval)
    whispers(office, MANAGER, "applied already", lambda: press(office, MANAGER, approval, stale=True))
    assert got(office, key) == [WORDS]


def labels(shown: Any, approval: str) -> list[str]:
    """What the buttons of an approval say."""
    (row,) = [one["elements"] for one in shown["blocks"] if str(one.get("block_id")).startswith(f"{approval}:")]
    return [button["text"]["text"] for button in row]


def test_what_waits_is_edited_on_home_as_on_its_card(office: Office) -> None:
    (approval,) = asks(office, steps(DEAL, step="As proposed"))
    office.sandbox.post("/_sandbox/slack/home", {"user": REP, "wait": 5})
    home = lambda: office.sandbox.get(f"/_sandbox/slack/views?user={REP}").get("home")  # noqa: E731
    until(lambda: home() and "As proposed" in words(home()), "the rep's queue")
    assert labels(home(), approval) == ["Apply", "Edit", "Cancel"]
    pressed = {"user": REP, "home": True, "action_id": "edit_change", "value": approval}
    assert office.sandbox.post("/_sandbox/slack/press", pressed)["delivery"]["acked"]
    typed = {"user": REP, "view_id": office.modal(REP)["id"], "values": {"next_step": {"value": "As typed on Home"}}}
    office.sandbox.post("/_sandbox/slack/submit", typed)
    until(lambda: state(office, approval) == "applied", "what was typed")
    assert in_hubspot(office, DEAL, "hs_next_step") == "As typed on Home"
    until(lambda: approval not in str(home()), "Home without it")


def test_what_cannot_be_read_is_said_in_the_window_which_keeps_what_was_typed(office: Office) -> None:
    a_little_more = str(float(in_hubspot(office, DEAL, "amount") or 0) + 10)
    (approval,) = asks(office, call("update_deal", {"deal": DEAL, "amount": a_little_more, "quote": "x"}))
    press(office, REP, approval, "edit_change")
    window = office.modal(REP)
    typed = {"amount": {"value": f"{a_little_more}555"}}
    sent = {"user": REP, "view_id": window["id"], "values": typed}
    told = office.sandbox.post("/_sandbox/slack/submit", sent)["delivery"]["payload"]
    assert told["response_action"] == "errors"
    assert told["errors"].keys() == {"amount"}
    assert "more than two decimals" in told["errors"]["amount"]
    assert state(office, approval) == "open"
    assert office.modal(REP)["id"] == window["id"]
    typed["amount"] = {"value": a_little_more}
    office.sandbox.post("/_sandbox/slack/submit", sent)
    until(lambda: state(office, approval) == "applied", "the values that can be read")


def test_who_is_away_has_somebody_decide_and_what_waits_comes_to_them(office: Office) -> None:
    (approval,) = asks(office, large())
    assert card(office, PEER, approval) is None
    assert "may decide for you" in command(office, MANAGER, "away @Otto until next friday")
    until(lambda: card(office, PEER, approval), "the card of whoever stands in")
    assert "Needs Marguerite Stonecastle or Otto Marrowby's yes" in shown(office, PEER, approval)
    news = "Marguerite Stonecastle is away until"
    until(lambda: any(news in m["text"] for m in office.sandbox.messages(PEER)), "the news for whoever stands in")
    before = in_hubspot(office, DEAL, "amount")
    press(office, PEER, approval)
    until(lambda: state(office, approval) == "applied", "the deputy's yes")
    assert in_hubspot(office, DEAL, "amount") != before
    until(lambda: "Applied by Otto" in shown(office, REP, approval), "the rep's card")
    assert "Welcome back" in command(office, MANAGER, "back")
    office.daybook.systems.crm.change("deals", DEAL, {"amount": before or ""})
    (later,) = asks(office, large())
    assert card(office, PEER, later) is None
    whispers(office, PEER, "Only Marguerite", lambda: press(office, PEER, later, whose=MANAGER))
    press(office, REP, later, "cancel_change")
    until(lambda: state(office, later) == "cancelled", "the end")


def test_a_window_opened_on_an_old_card_changes_nothing(office: Office) -> None:
    (approval,) = asks(office, steps(DEAL, step="What was proposed"))
    below = thread(office, REP, approval)
    assert below is not None
    assert whispers(office, PEER, "Only Wren", lambda: press(office, PEER, approval, whose=REP)) == below
    press(office, REP, approval, "edit_change")
    window = office.modal(REP)
    office.daybook.systems.crm.change("deals", DEAL, {"hs_next_step": "Somebody else's"})
    press(office, REP, approval)
    until(lambda: "It changed meanwhile" in shown(office, REP, approval), "the card that shows both")
    typed = {"next_step": {"value": "Typed into the old window"}}
    sent = {"user": REP, "view_id": window["id"], "values": typed}
    send = lambda: office.sandbox.post("/_sandbox/slack/submit", sent)  # noqa: E731
    assert whispers(office, REP, "has changed since you saw it", send) == below
    assert in_hubspot(office, DEAL, "hs_next_step") == "Somebody else's"
    press(office, REP, approval, "edit_change")
    again = {"user": REP, "view_id": office.modal(REP)["id"], "values": {"next_step": {"value": "Typed anew"}}}
    office.sandbox.post("/_sandbox/slack/submit", again)
    until(lambda: state(office, approval) == "applied", "what the new window says")
    assert in_hubspot(office, DEAL, "hs_next_step") == "Typed anew"


def test_a_card_does_not_say_for_ever_that_it_is_being_applied(office: Office) -> None:
    """The change may have been made, and from then on the token is refused."""
    passes = reads_of_a_press(office) - 1
    (approval,) = asks(office, steps(DEAL, step="Not known for hours"))
    office.sandbox.misbehave("hubspot.update", "drop_after")
    office.sandbox.misbehave("hubspot.read", "error", status=403, times=-1, skip=passes, match={"type": "deals"})
    press(office, REP, approval)
    until(lambda: office.states("card_buttons")[-1] == "waiting", "the turn that waits for its answer")
    office.sandbox.advance(3_601)
    until(lambda: office.clock.tick() * 0 + (state(office, approval) == "unknown"), "the end of it")
    until(lambda: "it is not known whether HubSpot took it" in shown(office, REP, approval), "the card")
    office.sandbox.ask("DELETE", "/_sandbox/knobs")
    office.sandbox.forget_calls()
    office.sandbox.advance(301)
    office.settled("card_buttons")
    assert state(office, approval) == "unknown"
    assert not [what for what in office.sandbox.calls()["hubspot"]["by"] if what.startswith("PATCH")]


def test_nobody_stands_in_for_a_yes_to_their_own_wish(office: Office) -> None:
    assert "except what they ask for themselves" in command(office, MANAGER, "away wren until next friday")
    (approval,) = asks(office, large())
    whispers(office, REP, "You asked for it", lambda: press(office, REP, approval, whose=MANAGER))
    press(office, MANAGER, approval, "cancel_change")
    until(lambda: state(office, approval) == "cancelled", "the manager decides all the same")


@pytest.mark.parametrize(
    ("person", "text", "why"),
    [
        (MANAGER, "away", "You are not away"),
        (MANAGER, "away @Otto", "away @name until friday"),
        (MANAGER, "away @nobody-at-all until friday", "more than one person, by that name"),
        (MANAGER, "away @Otto until once upon a time", "away @name until friday"),
        (MANAGER, "away @Otto until 2030-01-01", "within the next 30 days"),
        (MANAGER, "away @Marguerite until friday", "somebody else than yourself"),
        (MANAGER, "away U0GUEST001 until friday", "not an active member"),
        (REP, "away @Otto until friday", "decide nothing for others"),
        (MANAGER, "back", "You were not away"),
    ],
)
def test_away_says_what_it_takes(office: Office, person: str, text: str, why: str) -> None:
    assert why in command(office, person, text)


def test_a_press_after_a_restart_counts_and_two_people_at_once_are_one(office: Office) -> None:
    (approval,) = asks(office, large())
    assert "may decide" in command(office, MANAGER, "away @Otto until next friday")
    until(lambda: card(office, PEER, approval), "the card of whoever stands in")
    before = in_hubspot(office, DEAL, "amount")
    office.restart()
    press(office, MANAGER, approval)
    press(office, PEER, approval, stale=True)
    until(lambda: state(office, approval) == "applied", "one of them")
    until(lambda: any("applied" in one or "faster" in one for one in office.told(PEER)), "an answer for the other")
    office.daybook.systems.crm.change("deals", DEAL, {"amount": before or ""})


def test_too_late_says_so_on_the_card_and_to_whoever_presses(office: Office) -> None:
    (approval,) = asks(office, steps(DEAL, step="Too late"))
    office.sandbox.advance(25 * 3_600)
    office.settled("card_buttons")
    until(lambda: "Expired" in shown(office, REP, approval), "the card")
    whispers(office, REP, "expired", lambda: press(office, REP, approval, stale=True))
    assert in_hubspot(office, DEAL, "hs_next_step") != "Too late"


def test_somebody_who_was_deactivated_decides_nothing(office: Office) -> None:
    (approval,) = asks(office, large())
    p = tables.people

    def is_gone(gone: bool) -> None:
        with office.daybook.database.begin() as connection:
            connection.execute(update(p).where(p.c.slack_id == MANAGER).values(deleted=gone))

    is_gone(True)
    try:
        whispers(office, MANAGER, "own members who are active", lambda: press(office, MANAGER, approval))
        assert state(office, approval) == "open"
    finally:
        is_gone(False)
    press(office, REP, approval, "cancel_change")
    until(lambda: state(office, approval) == "cancelled", "the rep takes the question back")


def reads_of_a_press(office: Office) -> int:
    """How often a deal is read for a yes to be done; the last time is to see what HubSpot shows now."""
    (usual,) = asks(office, steps(DEAL, step="As usual"))
    office.sandbox.forget_calls()
    press(office, REP, usual)
    until(lambda: state(office, usual) == "applied", "the usual end")
    told = office.sandbox.calls()["hubspot"]["by"]
    return sum(count for what, count in told.items() if what.startswith("GET") and "deals" in what)


@pytest.mark.parametrize(
    ("skip", "lost", "end", "says"),
    [
        (None, False, "refused", "before anything was changed. Ask again for a new card; Philippa Keyring can see why"),
        (1, False, "applied", "broke off right after it. HubSpot has it"),
        (1, True, "unknown", "it is not known whether HubSpot took it. Look at it in HubSpot before you ask again"),
    ],
)
def test_a_press_that_broke_off_for_good_ends_on_its_card_with_what_is_known(
    office: Office, skip: int | None, lost: bool, end: str, says: str
) -> None:
    """HubSpot refuses to show the deal: at once, after it was changed, or after it may have been."""
    passes = 0 if skip is None else reads_of_a_press(office) - skip
    words = f"Broke off as {end}"
    (approval,) = asks(office, steps(DEAL, step=words))
    if lost:
        office.sandbox.misbehave("hubspot.update", "drop_after")
    office.sandbox.misbehave("hubspot.read", "error", status=400, times=-1, skip=passes, match={"type": "deals"})
    press(office, REP, approval)
    failed = lambda: office.states("card_buttons")[-1] == "failed"  # noqa: E731
    if lost:
        until(lambda: office.states("card_buttons")[-1] == "waiting", "the turn that waits for its answer")
        office.sandbox.advance(61)
        office.clock.tick()
    until(failed, "the end of the press's turn")
    assert state(office, approval) == "applying"
    office.restart()
    office.settled("card_buttons")
    assert state(office, approval) == end
    until(lambda: says in shown(office, REP, approval), f"the card: {shown(office, REP, approval)}")
    assert ("Undo" in shown(office, REP, approval)) is (end == "applied")
    office.sandbox.ask("DELETE", "/_sandbox/knobs")
    before = office.sandbox.calls()["hubspot"]["by"]
    answer = {"refused": "It was refused", "applied": "It was applied already", "unknown": "It is not known"}[end]
    whispers(office, REP, answer, lambda: press(office, REP, approval, stale=True))
    wrote = [{what: n for what, n in told.items() if what.startswith("PATCH")}
             for told in (before, office.sandbox.calls()["hubspot"]["by"])]  # fmt: skip
    assert wrote[0] == wrote[1]
    assert (in_hubspot(office, DEAL, "hs_next_step") == words) is (end != "refused")
