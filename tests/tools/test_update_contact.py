"""Contacts: e-mail, phone and job title, each as such, on the person's own accounts only."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from records import tables
from tests.tools.desk import Desk
from tools import undoing


def _contact(desk: Desk, account: str) -> str:
    with desk.deployment.database.connect() as connection:
        found = connection.scalar(select(tables.contacts.c.id).where(tables.contacts.c.account_id == account))
    assert found is not None
    return str(found)


def _read(desk: Desk, ident: str) -> dict[str, Any]:
    names = ("email", "phone", "jobtitle")
    found = desk.deployment.systems.crm.read("contacts", ident, names).properties
    return {name: found.get(name) for name in names}


def test_it_is_changed_by_the_press_and_taken_back(shop: Desk) -> None:
    ident = _contact(shop, "10000000001")
    before = _read(shop, ident)
    answer = shop.call(
        "update_contact",
        contact=ident,
        email="New.Person@Acme.example",
        phone="+44 (0)20 7946-0000",
        title="Chief  of Staff",
    )
    assert answer.verdict == "ask", answer.text
    assert _read(shop, ident) == before
    shop.press(answer, "apply_change")
    now = _read(shop, ident)
    assert (now["email"], now["jobtitle"]) == ("new.person@acme.example", "Chief of Staff")
    assert undoing.undo(shop.world(), shop.approval(answer).call, shop.rep.id).whisper is None
    assert {k: v or "" for k, v in _read(shop, ident).items()} == {k: v or "" for k, v in before.items()}


@pytest.mark.parametrize(
    "email",
    [
        "x",
        "a@b",
        "a b@c.de",
        "a@b@c.de",
        "<a@b.de>",
        "a@b.de,c@d.de",
        "a@ſtripe.com",
        "ａ@b.de",
        "a@b.de\nBcc: c@d.de",
        "mailto:a@b.de",
        "a@.de",
        f"{'x' * 65}@b.de",
    ],
)
def test_what_is_no_email_address(shop: Desk, email: str) -> None:
    assert shop.refused("update_contact", contact=_contact(shop, "10000000001"), email=email)[0] == "email"


@pytest.mark.parametrize("phone", ["x", "12", "call me", "+44\u0661234567", "1" * 40, "+1 555 <b>"])
def test_what_is_no_phone_number(shop: Desk, phone: str) -> None:
    assert shop.refused("update_contact", contact=_contact(shop, "10000000001"), phone=phone)[0] == "phone"


def test_nothing_is_told_of_a_contact_of_somebody_else(shop: Desk) -> None:
    theirs = _contact(shop, "10000000013")
    nowhere = shop.refused("update_contact", contact="99999999999", title="x")
    held = _read(shop, theirs)
    for arguments in (
        {"title": held["jobtitle"] or "x"},
        {"email": held["email"] or "a@b.de"},
        {"email": "nonsense"},
        {},
    ):
        assert shop.refused("update_contact", contact=theirs, **arguments) == nowhere


def test_nothing_new_is_nothing_to_do(shop: Desk) -> None:
    ident = _contact(shop, "10000000003")
    assert shop.refused("update_contact", contact=ident)[0] == "nothing_to_do"
    assert (
        shop.refused("update_contact", contact=ident, email=_read(shop, ident)["email"].upper())[0] == "nothing_to_do"
    )


def test_the_address_by_which_somebody_is_known_to_say_no_is_not_changed(shop: Desk) -> None:
    ident = _contact(shop, "10000000001")
    shop.sandbox.ask("PATCH", f"/_sandbox/crm/objects/contacts/{ident}",
                     {"properties": {"hs_email_optout": "true"}, "raw": True})  # fmt: skip
    rule, reason = shop.refused("update_contact", contact=ident, email="somebody.else@acme.example")
    assert rule == "contact.never"
    assert "must not be contacted" in reason
    answer = shop.call("update_contact", contact=ident, title="Head of Lamps")
    assert answer.verdict == "ask", "what is no address may change"
    shop.sandbox.ask("PATCH", f"/_sandbox/crm/objects/contacts/{ident}",
                     {"properties": {"hs_email_optout": ""}, "raw": True})  # fmt: skip


def test_that_another_contact_has_the_address_is_told_without_saying_which(shop: Desk) -> None:
    theirs = _contact(shop, "10000000013")
    taken = shop.deployment.systems.crm.read("contacts", theirs, ("email",)).properties["email"]
    answer = shop.call("update_contact", contact=_contact(shop, "10000000001"), email=taken)
    said = shop.press(answer, "apply_change").words
    assert "another record says that already" in said
    assert theirs not in said
    assert theirs not in str(shop.rows(shop.approval(answer).call))
