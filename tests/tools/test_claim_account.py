"""Taking over an account: only one that nobody owns, only with the manager's yes, and it can be undone."""

from __future__ import annotations

from sqlalchemy import select

from records import tables
from tests.tools.desk import Desk
from tools import undoing

MANAGER = "U0MGR00001"


def _orphan(shop: Desk) -> tuple[str, str]:
    a = tables.accounts.c
    with shop.deployment.database.connect() as connection:
        row = connection.execute(select(a.id, a.name).where(a.owner_id.is_(None)).order_by(a.id)).first()
    assert row is not None
    return str(row.id), str(row.name)


def _owner(shop: Desk, account: str) -> str | None:
    return shop.deployment.systems.crm.read("companies", account, ("hubspot_owner_id",)).properties["hubspot_owner_id"]


def test_the_manager_gives_it_to_the_rep_and_undo_takes_it_back(shop: Desk) -> None:
    account, name = _orphan(shop)
    assert shop.refused("read_account", account=account)[0] == "scope.not_yours"
    answer = shop.call("claim_account", name=name.upper())
    assert (answer.rule, shop.approval(answer).approver) == ("claim.manager", MANAGER)
    assert not _owner(shop, account)
    shop.press(answer, "apply_change")
    assert _owner(shop, account) == shop.rep.owner_id
    assert shop.told("read_account", account=account)["name"] == name, "it is theirs at once"
    assert undoing.undo(shop.world(), shop.approval(answer).call, shop.rep.id).whisper is None
    assert not _owner(shop, account)


def test_what_somebody_owns_and_what_there_is_not_are_refused_alike(shop: Desk) -> None:
    a = tables.accounts.c
    with shop.deployment.database.connect() as connection:
        theirs = connection.scalar(select(a.name).where(a.owner_id == shop.reps[1].owner_id))
    nothing = shop.refused("claim_account", name="No Such Lamps")
    assert shop.refused("claim_account", name=str(theirs)) == nothing
    assert shop.refused("claim_account", name=_orphan(shop)[1][:4]) == nothing, "part of a name finds nothing"


def test_one_that_got_an_owner_meanwhile_stays_theirs(shop: Desk) -> None:
    account, name = _orphan(shop)
    answer = shop.call("claim_account", name=name)
    shop.change("companies", account, hubspot_owner_id=shop.reps[1].owner_id)
    assert shop.press(answer, "apply_change").words.startswith("refused")
    assert _owner(shop, account) == shop.reps[1].owner_id
