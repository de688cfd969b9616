"""Answering a customer: exactly the words on the card, after the right person's yes, once, in time, and never twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from records.tables import people
from tests.tools.desk import Desk
from tools import showing, undoing
from tools.tool import Answer

ACME, MANAGER, ADMIN = "10000000001", "U0MGR00001", "U0ADM00001"
WORDS = "The new lamps leave our workshop on Thursday, and you will have them on Friday.\nSorry for the wait."


class Customer:
    """Acme's main contact, who opens a ticket."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        (self.contact,) = [
            one for one in desk.sandbox.get("/_sandbox/crm/objects/contacts?name=@acme.example")["results"]
            if one["properties"].get("associatedcompanyid") == ACME
        ]  # fmt: skip
        self.zone = "America/Los_Angeles"
        self.tells(hs_timezone="us_slash_pacific")
        self.goes_to(10)
        self.key = self.opens()

    def opens(self, **more: Any) -> str:
        told = {"summary": "Lamps are out", "company": ACME, "reporter": "qm:sample:0",
                "reporter_email": self.contact["properties"]["email"], **more}  # fmt: skip
        key = self.desk.sandbox.post("/_sandbox/crm/issues", told)["key"]
        self.desk.sync()
        return str(key)

    def writes(self, body: str = "Any news?") -> None:
        said = {"author": "customer", "body": body}
        self.desk.sandbox.post(f"/_sandbox/crm/issues/{self.key}/comments", said)

    def tells(self, **properties: str) -> None:
        """HubSpot learns something about them."""
        self.desk.sandbox.ask("PATCH", f"/_sandbox/crm/objects/contacts/{self.contact['id']}",
                              {"properties": properties, "raw": True})  # fmt: skip

    def goes_to(self, hour: int, minute: int = 0) -> None:
        """The next time that it is so late where they are."""
        zone = ZoneInfo(self.zone)
        now = datetime.fromtimestamp(self.desk.deployment.systems.clock.now() / 1000, UTC).astimezone(zone)
        then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        then = then if then > now else (then.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
        self.desk.sandbox.advance(int((then - now).total_seconds()))

    @property
    def got(self) -> list[str]:
        """What they were written, in the portal and by mail."""
        comments = self.desk.sandbox.get(f"/_sandbox/crm/issues/{self.key}")["comments"]
        return [one["body"] for one in comments if one["public"] and not one["author"].startswith("qm:")]


@pytest.fixture
def customer(shop: Desk) -> Iterator[Customer]:
    made = Customer(shop)
    yield made
    made.tells(hs_timezone="", hs_email_optout="", do_not_contact="")


def _propose(desk: Desk, customer: Customer, text: str = WORDS) -> Answer:
    answer = desk.call("reply_ticket", ticket=f"jira:{customer.key}", text=text)
    assert answer.verdict == "ask", answer.text
    return answer


def _card(desk: Desk, person: str) -> str:
    return json.dumps(desk.sandbox.messages(person)[-1]["blocks"], ensure_ascii=False)


def test_a_yes_sends_exactly_the_words_on_the_card_once(shop: Desk, customer: Customer) -> None:
    answer = _propose(shop, customer)
    assert answer.rule == "external.confirm"
    assert customer.got == []
    assert json.dumps(WORDS) in _card(shop, shop.rep.id), "the words stand whole on the card"
    assert "Goes to: " in _card(shop, shop.rep.id)
    assert shop.press(answer, "apply_change").words == "applied"
    assert customer.got == [WORDS]
    assert shop.press(answer, "apply_change").whisper == "It was applied already."
    assert customer.got == [WORDS]
    assert [one.public for one in shop.deployment.systems.tickets.thread(customer.key).words] == [True]


def test_a_card_goes_to_nobody_who_may_not_see_what_it_is_about(shop: Desk, customer: Customer) -> None:
    stranger, p = "U0MGR00002", people.c
    with shop.deployment.database.begin() as connection:
        connection.execute(update(people).where(p.slack_id == ADMIN).values(manager_id=stranger))
    try:
        asks = {"person": ADMIN, "tainted_by": (f"companies:{ACME}",), "said_at": shop.deployment.systems.clock.now()}
        shop.acting(**asks)
        rule, reason = shop.refused("reply_ticket", ticket=f"jira:{customer.key}", text=WORDS)
        assert rule == "external.second"
        assert "nobody else" in reason
        with shop.deployment.database.begin() as connection:
            connection.execute(update(people).where(p.slack_id == "U0REP00002").values(is_admin=True))
        shop.acting(**asks)
        asked = shop.call("reply_ticket", ticket=f"jira:{customer.key}", text=WORDS)
        assert shop.approval(asked).approver == "U0REP00002", "the leader of another team is passed over"
        assert WORDS.splitlines()[0] not in json.dumps(shop.sandbox.messages(stranger))
    finally:
        with shop.deployment.database.begin() as connection:
            connection.execute(update(people).where(p.slack_id == ADMIN).values(manager_id=None))
            connection.execute(update(people).where(p.slack_id == "U0REP00002").values(is_admin=False))


def test_what_a_customer_has_read_cannot_be_taken_back_and_no_button_says_so(shop: Desk, customer: Customer) -> None:
    answer = _propose(shop, customer)
    shop.press(answer, "apply_change")
    approval = shop.approval(answer)
    showing.show(shop.world(), approval)
    card = next(m for m in shop.sandbox.messages(shop.rep.id) if m["ts"] == approval.places[0]["ts"])
    assert '"undo"' not in json.dumps(card["blocks"])
    told = undoing.undo(shop.world(), approval.call, shop.rep.id)
    assert "read it" in (told.whisper or "")
    assert customer.got == [WORDS]


def test_after_reading_customers_words_it_is_another_persons_to_decide(shop: Desk, customer: Customer) -> None:
    shop.acting(tainted_by=(f"companies:{ACME}",))
    answer = _propose(shop, customer)
    assert (answer.rule, shop.approval(answer).approver) == ("external.second", MANAGER)
    assert "so Marguerite" in (shop.press(answer, "apply_change", by=shop.rep.id).whisper or "")
    assert customer.got == []
    assert json.dumps(WORDS) in _card(shop, MANAGER)
    shop.press(answer, "apply_change", by=MANAGER)
    assert customer.got == [WORDS]


@pytest.mark.parametrize(("person", "second"), [(MANAGER, ADMIN), (ADMIN, None)])
def test_a_manager_and_an_admin_need_another_person_too(
    shop: Desk, customer: Customer, person: str, second: str | None
) -> None:
    shop.acting(person=person, channel=person, tainted_by=(f"companies:{ACME}",))
    answer = shop.call("reply_ticket", ticket=f"jira:{customer.key}", text=WORDS)
    if second is None:
        assert (answer.verdict, answer.rule) == ("refuse", "external.second")
    else:
        assert shop.approval(answer).approver == second
    assert customer.got == []


def test_the_words_can_be_edited_before_they_go(shop: Desk, customer: Customer) -> None:
    answer = _propose(shop, customer)
    shop.press(answer, "edit_change", text="They leave on Friday.")
    assert customer.got == ["They leave on Friday."]


def test_an_hour_later_it_is_too_late(shop: Desk, customer: Customer) -> None:
    answer = _propose(shop, customer)
    shop.sandbox.advance(3_601)
    assert "too late" in (shop.press(answer, "apply_change").whisper or "")
    assert customer.got == []


@pytest.mark.parametrize("no", [{"hs_email_optout": "true"}, {"do_not_contact": "true"}])
def test_who_asked_not_to_be_contacted_is_not(shop: Desk, customer: Customer, no: dict[str, str]) -> None:
    answer = _propose(shop, customer)
    customer.tells(**no)
    for person in (shop.rep.id, MANAGER, ADMIN):
        shop.acting(person=person)
        assert shop.refused("reply_ticket", ticket=f"jira:{customer.key}", text=WORDS)[0] == "contact.never"
    shop.acting(person=shop.rep.id)
    assert "must not be contacted" in shop.press(answer, "apply_change").words, "also when they said so meanwhile"
    assert shop.approval(answer).state == "refused"
    assert customer.got == []


def test_somebody_hubspot_does_not_know_takes_a_second_yes(shop: Desk, customer: Customer) -> None:
    customer.key = customer.opens(reporter="qm:sample:9", reporter_email="somebody@acme.example")
    answer = _propose(shop, customer)
    assert (answer.rule, shop.approval(answer).approver) == ("contact.stranger", MANAGER)
    customer.key = customer.opens(reporter_email="ambrose.5@somewhere-else.example")
    assert _propose(shop, customer).rule == "contact.stranger"


def test_at_night_nothing_is_sent_and_a_card_waits(shop: Desk, customer: Customer) -> None:
    customer.goes_to(19, 45)
    answer = _propose(shop, customer)
    customer.goes_to(20, 15)
    told = shop.press(answer, "apply_change")
    assert "8:00 and 20:00" in (told.whisper or "")
    assert shop.approval(answer).state == "open"
    assert shop.refused("reply_ticket", ticket=f"jira:{customer.key}", text=WORDS)[0] == "contact.quiet"
    assert customer.got == []
    customer.tells(hs_timezone="Pacific/Honolulu")  # they are travelling: it is afternoon there
    shop.press(answer, "apply_change")
    assert customer.got == [WORDS]


def test_unasked_is_once_a_quarter_and_an_answer_always(shop: Desk, customer: Customer) -> None:
    shop.press(_propose(shop, customer), "apply_change")
    second = _propose(shop, customer, "One more thing.")
    third = _propose(shop, customer, "And another.")
    assert shop.press(second, "apply_change").words == "applied", "the first one unasked this quarter"
    assert "once a quarter" in shop.press(third, "apply_change").words
    assert shop.refused("reply_ticket", ticket=f"jira:{customer.key}", text="Hello?")[0] == "contact.quarter"
    known = customer.contact["properties"]["email"]
    customer.tells(email="another.address@acme.example")
    rule, _ = shop.refused("reply_ticket", ticket=f"jira:{customer.key}", text="Hello?")
    assert rule == "contact.quarter", "whom HubSpot no longer knows by this address is the same person in Jira"
    customer.tells(email=known)
    customer.writes()
    shop.press(_propose(shop, customer, "Here you are."), "apply_change")
    assert customer.got == [WORDS, "One more thing.", "Here you are."]
    shop.sandbox.advance(100 * 86_400)
    customer.goes_to(11)
    shop.press(_propose(shop, customer, "Are all lamps well?"), "apply_change")
    assert customer.got[-1] == "Are all lamps well?"


def test_what_was_not_sent_after_all_costs_nothing(shop: Desk, customer: Customer) -> None:
    customer.writes()
    shop.press(_propose(shop, customer, "First."), "apply_change")
    shop.sandbox.advance(100 * 86_400)
    customer.goes_to(11)
    lost = _propose(shop, customer, "Lost.")
    shop.sandbox.misbehave("jira.comment", "error", status=400)
    assert shop.press(lost, "apply_change").words.startswith("refused")
    shop.sandbox.ask("DELETE", "/_sandbox/knobs")
    shop.press(_propose(shop, customer, "Sent."), "apply_change")
    assert customer.got == ["First.", "Sent."]


@pytest.mark.parametrize(
    "text", ["See https://evil.example/x", "See evil.example/x", "www.evil.example", "Mail me@evil.example now"]
)
def test_no_address_goes_to_a_customer(shop: Desk, customer: Customer, text: str) -> None:
    assert shop.refused("reply_ticket", ticket=f"jira:{customer.key}", text=text)[0] == "contact.link"


def test_a_ticket_that_went_to_another_account_is_not_answered(shop: Desk, customer: Customer) -> None:
    answer = _propose(shop, customer)
    shop.sandbox.ask("PATCH", f"/_sandbox/crm/issues/{customer.key}", {"company": "10000000002"})
    assert "another account" in shop.press(answer, "apply_change").words
    assert customer.got == []


# -- who else gets it --------------------------------------------------------------------------------------------------

STRANGER = {"account": "qm:sample:77", "email": "somebody@elsewhere.example", "name": "Sam Elsewhere"}


def _takes_part(customer: Customer, *people: dict[str, Any]) -> None:
    customer.desk.sandbox.ask("PATCH", f"/_sandbox/crm/issues/{customer.key}", {"participants": list(people)})


def _belongs(customer: Customer, *people: dict[str, Any]) -> None:
    """The request is shared with an organisation of these people."""
    customer.desk.sandbox.ask("PUT", "/_sandbox/crm/organizations/41", {"name": "Acme Guild", "people": list(people)})
    customer.desk.sandbox.ask("PATCH", f"/_sandbox/crm/issues/{customer.key}", {"organizations": ["41"]})


def _colleague(customer: Customer, email: str, **properties: str) -> dict[str, Any]:
    """Another contact of Acme's."""
    made = customer.desk.sandbox.post("/_sandbox/crm/objects/contacts", {
        "properties": {"email": email, **properties}, "raw": True, "associations": [{"type": "companies", "id": ACME}],
    })  # fmt: skip
    assert made["id"]
    return {"account": f"qm:sample:{made['id']}", "email": email, "name": "Cleo Colleague"}


@pytest.mark.parametrize("share", [_takes_part, _belongs])
def test_who_takes_part_stands_on_the_card_and_who_is_known_needs_no_second_yes(
    shop: Desk, customer: Customer, share: Any
) -> None:
    share(customer, _colleague(customer, f"cleo.{share.__name__}@acme.example"))
    answer = _propose(shop, customer)
    assert answer.rule == "external.confirm"
    assert "Also goes to: " in _card(shop, shop.rep.id)
    assert "1 other: Cleo Colleague" in _card(shop, shop.rep.id)
    shop.press(answer, "apply_change")
    assert customer.got == [WORDS]


@pytest.mark.parametrize("share", [_takes_part, _belongs])
def test_nothing_goes_to_a_request_in_which_somebody_takes_part_who_must_not_be_contacted(
    shop: Desk, customer: Customer, share: Any
) -> None:
    answer = _propose(shop, customer)
    share(customer, _colleague(customer, f"never.{share.__name__}@acme.example", hs_email_optout="true"))
    for person in (shop.rep.id, MANAGER, ADMIN):
        shop.acting(person=person)
        rule, reason = shop.refused("reply_ticket", ticket=f"jira:{customer.key}", text=WORDS)
        assert rule == "contact.never"
        assert "Somebody else who takes part in this request" in reason
    shop.acting(person=shop.rep.id)
    shop.press(answer, "apply_change")
    assert "Somebody else" in shop.press(answer, "apply_change").words, "also when they came in meanwhile"
    assert customer.got == []


@pytest.mark.parametrize("share", [_takes_part, _belongs])
def test_somebody_unknown_among_those_who_take_part_takes_a_second_yes(
    shop: Desk, customer: Customer, share: Any
) -> None:
    share(customer, STRANGER)
    answer = _propose(shop, customer)
    assert (answer.rule, shop.approval(answer).approver) == ("contact.stranger", MANAGER)
    assert "1 other: Sam Elsewhere" in _card(shop, MANAGER)
    assert "(HubSpot doesn't know them there)" not in _card(shop, MANAGER), "the reporter it does know"
    shop.press(answer, "apply_change", by=MANAGER)
    assert customer.got == [WORDS]


def test_a_hidden_address_is_somebody_unknown_and_a_colleague_of_ours_is_nobody_outside(
    shop: Desk, customer: Customer
) -> None:
    assert shop.rep.email is not None
    _takes_part(customer, {"account": "5b10a2844c20165700ede21g", "email": shop.rep.email.upper(), "name": "One of us"})
    answer = _propose(shop, customer)
    assert answer.rule == "external.confirm"
    assert "One of us" not in _card(shop, shop.rep.id)
    _takes_part(customer, {"account": "qm:sample:78", "name": "Hidden"})
    assert _propose(shop, customer).rule == "contact.stranger"


@pytest.mark.parametrize(
    ("closed", "says"),
    [
        ("jira.organization_users", "everybody of Acme Guild (Jira doesn't say who that is)"),
        ("jira.participants", "whoever takes part in the request (Jira doesn't say who that is)"),
    ],
)
@pytest.mark.parametrize("status", [403, 404])
def test_people_whom_jira_does_not_list_are_unknown_people_and_the_card_says_so(
    shop: Desk, customer: Customer, closed: str, says: str, status: int
) -> None:
    _belongs(customer, STRANGER)
    shop.sandbox.misbehave(closed, "error", status=status, times=-1)
    answer = _propose(shop, customer)
    assert (answer.rule, shop.approval(answer).approver) == ("contact.stranger", MANAGER)
    assert says in _card(shop, MANAGER)


def test_whoever_came_in_since_the_card_is_seen_before_anything_goes_to_them(shop: Desk, customer: Customer) -> None:
    answer = _propose(shop, customer)
    _takes_part(customer, _colleague(customer, "since@acme.example"))
    told = shop.press(answer, "apply_change")
    assert told.words.startswith("asked again")
    assert customer.got == []
    showing.show(shop.world(), shop.approval(answer))
    card = next(m for m in shop.sandbox.messages(shop.rep.id) if m["ts"] == shop.approval(answer).places[0]["ts"])
    assert "1 other: Cleo Colleague" in json.dumps(card["blocks"])
    shop.press(answer, "apply_change")
    assert customer.got == [WORDS]


def test_many_people_of_an_organisation_are_all_looked_at(shop: Desk, customer: Customer) -> None:
    crowd = [{"account": f"qm:sample:{n}", "email": f"n{n}@acme.example", "name": f"No {n}"} for n in range(100, 160)]
    _belongs(customer, *crowd, _colleague(customer, "last@acme.example", do_not_contact="true"))
    assert shop.refused("reply_ticket", ticket=f"jira:{customer.key}", text=WORDS)[0] == "contact.never"
