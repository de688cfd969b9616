"""Cards: one person's press, once, in time, on what is true at that instant; everybody else gets a sentence."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from systems.faults import NotAllowed
from tests.databases import Databases
from tests.stand_ins import Sandbox
from tests.tools.conftest import KEY
from tests.tools.desk import Desk, at_desk
from tools import deciding, guard, showing, undoing
from tools.tool import Answer

DEAL, OTHER, MANAGER, ADMIN = "30000000002", "30000000004", "U0MGR00001", "U0ADM00001"


def _ask(desk: Desk, **change: Any) -> Answer:
    answer = desk.call("update_deal", deal=DEAL, **change)
    assert answer.verdict == "ask", answer.text
    return answer


def _amount(desk: Desk) -> str:
    return str(desk.in_hubspot("deals", DEAL)["amount"])


def _next(desk: Desk, by: int = 1) -> str:
    return str(int(float(_amount(desk))) + by)


def _cards(desk: Desk, person: str, answer: Answer) -> list[str]:
    shown = (json.dumps(m["blocks"], ensure_ascii=False) for m in desk.sandbox.messages(person))
    approval = desk.approval(answer)
    return [one for one in shown if approval.id in one or approval.call in one]


def _redrawn(desk: Desk, answer: Answer) -> str:
    approval = desk.approval(answer)
    showing.show(desk.world(approval.requester), approval)
    place = approval.places[0]
    return next(
        json.dumps(m["blocks"], ensure_ascii=False)
        for m in desk.sandbox.messages(approval.requester)
        if m["ts"] == place["ts"]
    )


def test_cancelled_is_cancelled(shop: Desk) -> None:
    before, answer = _amount(shop), _ask(shop, amount=_next(shop))
    assert shop.press(answer, "cancel_change").words == "cancelled"
    assert shop.press(answer, "apply_change").whisper == "It was cancelled already."
    assert _amount(shop) == before
    assert "Cancelled" in _redrawn(shop, answer)
    rules = [row["rule"] for row in shop.rows(shop.approval(answer).call)]
    assert rules == ["change.confirm", "approval.cancelled", "press.ended"]


def test_the_model_hears_of_a_card_in_words_that_stay_true_when_it_was_pressed(shop: Desk) -> None:
    mine = _ask(shop, amount=_next(shop))
    assert "a card with Apply, Edit and Cancel is shown; nothing changes before Apply." in mine.text
    managers = _ask(shop, amount="9m")
    assert "who decides; nothing changes before Apply." in managers.text


def test_pressed_twice_is_done_once(shop: Desk) -> None:
    wanted = _next(shop)
    answer = _ask(shop, amount=wanted)
    stale = shop.approval(answer)
    shop.press(answer, "apply_change")
    writes = shop.hubspot_writes()
    assert shop.press(answer, "apply_change").whisper == "It was applied already."
    assert "faster" in (shop.press_card(stale, "apply_change").whisper or "")
    assert shop.hubspot_writes() == writes
    assert _amount(shop) == wanted


def test_the_same_press_again_after_a_crash_answers_as_if_nothing_had_happened(shop: Desk) -> None:
    for action, state in (("apply_change", "applied"), ("cancel_change", "cancelled")):
        answer = _ask(shop, amount=_next(shop))
        first = deciding.decide(shop.world(), shop.approval(answer), action, {}, "one-press", shop.rep.id)
        again = deciding.decide(shop.world(), shop.approval(answer), action, {}, "one-press", shop.rep.id)
        assert (first.words, again.words, again.whisper) == (state, state, None)


def test_a_yes_is_not_done_hours_later_when_hubspot_is_back(shop: Desk) -> None:
    before, answer = _amount(shop), _ask(shop, amount=_next(shop))
    shop.acting(said_at=shop.deployment.systems.clock.now())
    press = lambda: deciding.decide(  # noqa: E731
        shop.world(), shop.approval(answer), "apply_change", {}, "one-press", shop.rep.id
    )
    shop.sandbox.misbehave("hubspot.read", "error", status=403, times=-1)
    with pytest.raises(NotAllowed):
        press()
    shop.sandbox.advance(16 * 60)
    assert "HubSpot could not be read" in press().words
    assert shop.approval(answer).state == "refused"
    shop.sandbox.ask("DELETE", "/_sandbox/knobs")
    assert "could not be read" in press().words
    assert _amount(shop) == before


def test_two_at_once_are_one(desk: Desk) -> None:
    answer = _ask(desk, amount=_next(desk))
    approval = desk.approval(answer)
    desk.acting(said_at=desk.deployment.systems.clock.now())
    start, told = threading.Barrier(4), []

    def press(number: int, action: str) -> None:
        start.wait()
        told.append(deciding.decide(desk.world(), approval, action, {}, f"p{number}", desk.rep.id).words)

    actions = ("apply_change", "cancel_change", "apply_change", "cancel_change")
    hands = [threading.Thread(target=press, args=one) for one in enumerate(actions)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert sum(words in ("applied", "cancelled") for words in told) == 1, told
    assert desk.approval(answer).state in told
    assert desk.verified() == len(desk.books())


def test_two_cards_of_one_deal_at_once_do_not_overtake_each_other(desk: Desk) -> None:
    """Nobody has said yes to the second one's step from what the first one made of it."""
    answers = [_ask(desk, amount=_next(desk, by)) for by in (1, 2)]
    waiting = [desk.approval(answer) for answer in answers]
    desk.acting(said_at=desk.deployment.systems.clock.now())
    desk.sandbox.misbehave("hubspot.update", "delay", seconds=0.5, times=2)
    start, told = threading.Barrier(2), []

    def press(number: int) -> None:
        start.wait()
        told.append(deciding.decide(desk.world(), waiting[number], "apply_change", {}, f"p{number}", desk.rep.id).words)

    hands = [threading.Thread(target=press, args=(number,)) for number in range(2)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    states = sorted(desk.approval(answer).state for answer in answers)
    assert states in (["applied", "refused"], ["applied", "open"]), told
    (landed,) = [answer for answer in answers if desk.approval(answer).state == "applied"]
    assert _amount(desk) == desk.approval(landed).plan.writes[0].after["amount"]


def test_too_late_is_too_late(shop: Desk) -> None:
    before, answer = _amount(shop), _ask(shop, amount=_next(shop))
    shop.sandbox.advance(24 * 3_600 + 1)
    assert "too late" in (shop.press(answer, "apply_change").whisper or "")
    assert shop.approval(answer).state == "expired"
    assert _amount(shop) == before
    assert "Expired" in _redrawn(shop, answer)
    assert shop.rows(shop.approval(answer).call)[-1]["rule"] == "approval.expired"


@pytest.mark.parametrize("person", ["U0REP00002", ADMIN, "U0GUEST001", "U0STRANGER", "U0OUT00001", "U0NOBODY", ""])
def test_nobody_elses_press_counts(shop: Desk, person: str) -> None:
    before, answer = _amount(shop), _ask(shop, amount=_next(shop))
    for action in ("apply_change", "cancel_change", "edit_change"):
        told = shop.press(answer, action, by=person, amount="1")
        assert told.whisper
        assert not told.changed
    assert _amount(shop) == before
    assert shop.approval(answer).state == "open"


def test_the_managers_is_the_managers_alone(shop: Desk) -> None:
    before, answer = _amount(shop), _ask(shop, amount=_next(shop, 50_000))
    assert shop.approval(answer).approver == MANAGER
    for person, why in ((shop.rep.id, "so Marguerite"), ("U0MGR00002", "Only Marguer"), ("U0REP00002", "Only Marguer")):
        assert why in (shop.press(answer, "apply_change", by=person).whisper or "")
    tried = [row["person"] for row in shop.rows(shop.approval(answer).call) if row["rule"].startswith("press.")]
    assert tried == [shop.rep.id, "U0MGR00002", "U0REP00002"], "the books say who tried"
    assert _amount(shop) == before
    assert len(_cards(shop, MANAGER, answer)) == 1
    assert len(_cards(shop, shop.rep.id, answer)) == 1
    shop.press(answer, "apply_change", by=MANAGER)
    assert _amount(shop) != before
    approval = shop.approval(answer)
    showing.show(shop.world(), approval)
    for person in (MANAGER, shop.rep.id):
        (card,) = _cards(shop, person, answer)
        assert "Applied by Marguerite" in card
    done = [row for row in shop.rows(approval.call) if row["verdict"] == "allow"]
    assert done[0]["facts"]["confirmed_by"] == MANAGER
    undoing.undo(shop.world(), approval.call, shop.rep.id)


def test_who_leads_them_no_more_decides_no_more(shop: Desk) -> None:
    before, answer = _amount(shop), _ask(shop, amount=_next(shop, 50_000))
    from sqlalchemy import update

    from records import tables

    t = tables.people
    with shop.deployment.database.begin() as connection:
        connection.execute(update(t).where(t.c.slack_id == shop.rep.id).values(manager_id="U0MGR00002"))
    try:
        assert "don't lead" in (shop.press(answer, "apply_change", by=MANAGER).whisper or "")
        assert _amount(shop) == before
    finally:
        with shop.deployment.database.begin() as connection:
            connection.execute(update(t).where(t.c.slack_id == shop.rep.id).values(manager_id=MANAGER))


def test_edited_values_are_applied_at_once_when_they_are_the_persons_to_decide(shop: Desk) -> None:
    answer, wanted = _ask(shop, amount=_next(shop)), _next(shop, 7)
    assert shop.press(answer, "edit_change", amount=wanted, dealstage="990100105", unknown="x").words == "applied"
    assert _amount(shop) == wanted
    assert shop.in_hubspot("deals", DEAL)["dealstage"] == "990100103", "only what is on the card can be edited"


def test_edited_to_what_is_the_managers_it_is_theirs_and_they_get_the_card(shop: Desk) -> None:
    before, answer = _amount(shop), _ask(shop, amount=_next(shop))
    told = shop.press(answer, "edit_change", amount=_next(shop, 90_000))
    assert "needs Marguerite" in (told.whisper or "")
    assert _amount(shop) == before
    approval = shop.approval(answer)
    assert approval.approver == MANAGER
    for _twice in range(2):
        showing.show(shop.world(), shop.approval(answer))
    (card,) = _cards(shop, MANAGER, answer)
    assert "Needs Marguerite" in card
    assert "so Marguerite" in (shop.press(answer, "apply_change", by=shop.rep.id).whisper or "")
    shop.press(answer, "edit_change", by=MANAGER, amount=_next(shop, 3))
    assert shop.approval(answer).state == "applied", "a manager's word covers what the rep could have said"
    assert _amount(shop) == str(int(float(before)) + 3)


def test_edited_onto_a_record_that_changed_meanwhile_it_is_shown_with_both_values_and_asked_again(shop: Desk) -> None:
    answer = _ask(shop, amount=_next(shop, 100))
    wanted, theirs = _next(shop, 7), _next(shop, 5)
    shop.change("deals", DEAL, amount=theirs)
    told = shop.press(answer, "edit_change", amount=wanted)
    assert "changed meanwhile" in (told.whisper or "")
    assert _amount(shop) == theirs
    assert "Apply anyway" in _redrawn(shop, answer)
    assert shop.press(answer, "apply_change").words == "applied"
    assert _amount(shop) == wanted


def test_a_field_that_nobody_saw_is_not_written_by_an_edit(shop: Desk) -> None:
    """The deal was in that stage when the card was made, so its stage is not on the card."""
    held = shop.in_hubspot("deals", DEAL)["dealstage"]
    answer = _ask(shop, amount=_next(shop, 100), stage=held)
    assert [row.field for row in shop.approval(answer).plan.rows] == ["amount"]
    shop.change("deals", DEAL, dealstage="990100102")
    told = shop.press(answer, "edit_change", amount=_next(shop, 7))
    assert "changed meanwhile" in (told.whisper or "")
    assert shop.in_hubspot("deals", DEAL)["dealstage"] == "990100102"
    shop.change("deals", DEAL, dealstage=held)


def test_a_field_that_was_emptied_in_the_window_is_left_as_it_is(shop: Desk) -> None:
    before, answer = _amount(shop), _ask(shop, amount=_next(shop), next_step="Only this")
    assert shop.press(answer, "edit_change", amount=" ", next_step="Only this").words == "applied"
    assert _amount(shop) == before
    answer = _ask(shop, amount=_next(shop))
    assert shop.press(answer, "edit_change", amount="").words == "refused"
    assert shop.approval(answer).state == "open"


@pytest.mark.parametrize("seen", ["", "0123456789abcdef"])
def test_a_window_that_shows_something_else_than_what_waits_does_nothing(shop: Desk, seen: str) -> None:
    before, answer = _amount(shop), _ask(shop, amount=_next(shop))
    told = shop.press(answer, "edit_change", amount=_next(shop, 7), seen=seen)
    assert "changed since you saw it" in (told.whisper or "")
    assert _amount(shop) == before
    assert shop.approval(answer).state == "open"


@pytest.mark.parametrize("amount", ["-1", "lots", "１２", "99999999999", "x" * 9_000, "1\x00"])
def test_edited_to_nonsense_nothing_happens_and_the_window_says_so(shop: Desk, amount: str) -> None:
    before, answer = _amount(shop), _ask(shop, amount=_next(shop))
    approval = shop.approval(answer)
    if amount not in ("99999999999", "1\x00"):
        assert deciding.wrong_values(approval, {"amount": amount}, shop.world().today, "$")
    told = shop.press(answer, "edit_change", amount=amount)
    assert told.words == "refused" or amount == "1\x00"
    assert amount == "1\x00" or _amount(shop) == before


def test_the_window_checks_days_choices_and_numbers(shop: Desk) -> None:
    shop.change("deals", OTHER, dealstage="990100102")
    answer = shop.call("update_deal", deal=OTHER, stage="Negotiation", close_date="in March", amount="38k")
    approval, today = shop.approval(answer), shop.world().today
    typed = {"close_date": "2027-02-31", "stage": "nope", "amount": "x"}
    assert deciding.wrong_values(approval, typed, today, "$").keys() == {
        "close_date",
        "stage",
        "amount",
    }
    good = {"close_date": "2027-02-28", "stage": "990100103", "amount": "39k"}
    assert deciding.wrong_values(approval, good, today, "$") == {}


def test_a_record_that_changed_meanwhile_is_shown_with_both_values_and_asked_again(shop: Desk) -> None:
    wanted = _next(shop, 100)
    answer = _ask(shop, amount=wanted)
    theirs = _next(shop, 5)
    shop.change("deals", DEAL, amount=theirs)
    told = shop.press(answer, "apply_change")
    assert "changed meanwhile" in (told.whisper or "")
    assert _amount(shop) == theirs
    card = _redrawn(shop, answer)
    assert f"${int(theirs):,}" in card.replace("£", "$").replace("€", "$")
    assert "Apply anyway" in card
    assert shop.press(answer, "apply_change").words == "applied"
    assert _amount(shop) == wanted


def test_what_became_the_managers_by_somebody_elses_change_goes_to_them(shop: Desk) -> None:
    answer = _ask(shop, amount=_next(shop, 1))
    held = _amount(shop)
    shop.change("deals", DEAL, amount="1000")
    shop.press(answer, "apply_change")
    assert shop.approval(answer).approver == MANAGER
    assert _amount(shop) == "1000"
    shop.change("deals", DEAL, amount=held)


def test_a_record_that_is_gone_or_went_to_somebody_else_is_not_changed(shop: Desk) -> None:
    answer = shop.call("update_deal", deal="30000000006", amount="116001")
    shop.sandbox.ask("DELETE", "/_sandbox/crm/objects/deals/30000000006")
    shop.press(answer, "apply_change")
    assert shop.approval(answer).state == "refused"
    assert "no such record" in _redrawn(shop, answer)
    answer = shop.call("update_deal", deal=OTHER, next_step="Mine")
    shop.change("companies", "10000000006", hubspot_owner_id="71000002")
    shop.press(answer, "apply_change")
    assert shop.approval(answer).state == "refused"


def test_it_waits_through_a_restart(
    start_sandbox: Callable[..., Sandbox], deployed: Callable[..., Any], database_url: str
) -> None:
    sandbox = start_sandbox(reps=2, accounts=10)
    first = deployed(sandbox, database_url, DAYBOOK_LEDGER_KEY=KEY)
    from tests.tools.desk import at_desk

    with at_desk(sandbox, first) as desk:
        answer = _ask(desk, amount=_next(desk))
    desk = Desk(sandbox, deployed(sandbox, database_url, DAYBOOK_LEDGER_KEY=KEY))
    again = guard.call(desk.context, "update_deal", {"deal": DEAL, "amount": "1", "quote": ""}, "s1:1:tu_1")
    assert again.approval == answer.approval, "the same call has the same card"
    assert len(_cards(desk, desk.rep.id, answer)) == 1
    assert desk.press(answer, "apply_change").words == "applied"
    assert desk.verified() == len(desk.books())


def test_a_card_that_cannot_be_shown_is_an_honest_no(shop: Desk) -> None:
    shop.sandbox.misbehave("slack.chat.postMessage", "error", error="channel_not_found")
    answer = shop.call("update_deal", deal=DEAL, amount=_next(shop))
    assert answer.is_error
    assert "could not be shown" in answer.text


def test_a_turn_that_begins_again_after_the_press_tells_how_it_ended(shop: Desk) -> None:
    call = f"{shop.context.session}:1:again"
    shop.begin()
    arguments = {"deal": DEAL, "amount": _next(shop)}
    answer = shop.call("update_deal", call, **arguments)
    shop.press(answer, "apply_change")
    assert "applied" in json.loads(shop.call("update_deal", call, **arguments).text)


def test_a_large_change_in_small_steps_is_the_managers(shop: Desk) -> None:
    before = _amount(shop)
    first, second = (str(int(float(before) * times)) for times in (1.15, 1.3))
    try:
        answer = _ask(shop, amount=first)
        shop.press(answer, "apply_change")
        again = _ask(shop, amount=second)
        assert (again.rule, shop.approval(again).approver) == ("amount.change", MANAGER)
        assert shop.press(again, "apply_change").words == "applied"
        small = _ask(shop, amount=str(int(second) + 1))
        assert small.rule == "change.confirm", "the manager has agreed to what it is now"
        shop.press(small, "cancel_change")
        shop.change("deals", DEAL, amount=str(int(second) * 3))
        assert _ask(shop, amount=str(int(second) * 3 + 1)).rule == "change.confirm", "somebody set it in HubSpot"
    finally:
        shop.change("deals", DEAL, amount=before)


def test_a_stricter_policy_since_then_puts_the_question_to_the_manager(
    start_sandbox: Callable[..., Sandbox], deployed: Callable[..., Any], tmp_path: Path, databases: Databases
) -> None:
    policy = tmp_path / "policy.toml"
    text = (Path(__file__).parents[2] / "rules" / "policy.toml").read_text(encoding="utf-8")
    policy.write_text(text, encoding="utf-8")
    sandbox = start_sandbox(reps=1, accounts=4)
    more = {"DAYBOOK_LEDGER_KEY": KEY, "DAYBOOK_POLICY_FILE": str(policy)}
    with at_desk(sandbox, deployed(sandbox, databases.new("sqlite"), **more)) as desk:
        before = _amount(desk)
        answer = _ask(desk, amount=str(int(float(before) * 1.1)))
        stricter = text.replace("amount_change_percent = 20 ", "amount_change_percent = 5 ")
        policy.write_text(stricter.replace('version = "', 'version = "stricter-'), encoding="utf-8")
        told = desk.press(answer, "apply_change")
        assert "more than 5 %" in (told.whisper or "")
        assert _amount(desk) == before
        approval = desk.approval(answer)
        assert (approval.state, approval.approver) == ("open", MANAGER)
        assert len(_cards(desk, MANAGER, answer)) == 0
        showing.show(desk.world(), approval)
        assert len(_cards(desk, MANAGER, answer)) == 1
        assert desk.press(answer, "apply_change").words == "applied"
        assert _amount(desk) != before
        versions = [row["policy"].partition("-")[0] for row in desk.rows(approval.call)]
        assert versions[0] != "stricter"
        assert versions[1:] == ["stricter"] * 3
