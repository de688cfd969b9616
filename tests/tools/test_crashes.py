"""Losing power, or an answer, at any instant: the same call made again does what is missing, once, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from store import effects
from systems.faults import SystemFault
from tests.deployments import deploy, read_world
from tests.killing import KILLED, in_a_child
from tests.stand_ins import Sandbox
from tests.tools.conftest import KEY
from tests.tools.desk import Desk
from tools import approvals, deciding, undoing

ACME, DEALS, MARK = "10000000001", ["30000000002", "30000000004", "30000000006"], "crash mark"
SENDING = ("effect.intended", "effect.sending", "effect.acted", "effect.done")
JUDGED = ("guard.judged", *SENDING, "guard.acted", "guard.recorded")

Deed = Callable[[Desk, str], Any]


def note(desk: Desk, name: str) -> Any:
    return desk.call("log_note", f"s1:1:{name}", account=ACME, text=f"{MARK} {name}")


def ask(desk: Desk, name: str) -> Any:
    return desk.call("update_deals", f"s1:1:{name}", deals=DEALS, next_step=f"{MARK} {name}")


def press(desk: Desk, name: str) -> Any:
    return deciding.decide(desk.world(), _approval(desk, name), "apply_change", {}, f"press-{name}", desk.rep.id)


def _approval(desk: Desk, name: str) -> approvals.Approval:
    with desk.deployment.database.connect() as connection:
        approval = approvals.load(connection, approvals.id_of(f"s1:1:{name}"))
    assert approval is not None
    return approval


def one(desk: Desk, name: str) -> Any:
    return desk.call("update_deal", f"s1:1:{name}", deal=DEALS[0], next_step=f"{MARK} {name}")


def edit(seen: str, desk: Desk, name: str) -> Any:
    """*Edit* with another step than the card's, from a window that was opened on ``seen``."""
    values = {"seen": seen, "next_step": f"{MARK} {name} edited"}
    return deciding.decide(desk.world(), _approval(desk, name), "edit_change", values, f"edit-{name}", desk.rep.id)


def undo(desk: Desk, name: str) -> Any:
    return undoing.undo(desk.world(), f"s1:1:{name}", desk.rep.id)


def _do(env: dict[str, str], url: str, deed: Deed, name: str) -> None:
    deployment = deploy(env, url, DAYBOOK_LEDGER_KEY=KEY)
    desk = Desk(Sandbox(None, env), deployment)  # type: ignore[arg-type] - nobody stops it from here
    desk.acting(said_at=deployment.systems.clock.now())
    deed(desk, name)


def killed(sandbox: Sandbox, url: str, deed: Deed, name: str, plug: str, nth: int) -> bool:
    """Do it in a process of its own that is killed there; False when it never came by."""
    return in_a_child(_do, sandbox.env, url, deed, name, plug=plug, nth=nth) == KILLED


def in_the_end(desk: Desk, deed: Deed, name: str) -> Any:
    """Again and again, as the turn does it: a minute later each time an answer is not known."""
    said_at = desk.deployment.systems.clock.now()
    told: list[str] = []
    for _attempt in range(8):
        try:
            desk.acting(said_at=said_at)
            return deed(desk, name)
        except (effects.Unknown, effects.NotDone, SystemFault) as later:
            told.append(repr(later))
            desk.sandbox.advance(61)
    raise AssertionError(f"it never ended: {told}")


@contextmanager
def desk_on(sandbox: Sandbox, url: str) -> Iterator[Desk]:
    deployment = deploy(sandbox.env, url, DAYBOOK_LEDGER_KEY=KEY)
    try:
        yield Desk(sandbox, deployment)
    finally:
        deployment.close()


def world(start_sandbox: Callable[..., Sandbox], url: str) -> Sandbox:
    sandbox = start_sandbox(reps=2, accounts=10)
    deployment = deploy(sandbox.env, url, DAYBOOK_LEDGER_KEY=KEY)
    read_world(deployment)
    deployment.close()
    return sandbox


def phases(desk: Desk, name: str) -> list[str]:
    return [row["phase"] for row in desk.rows(f"s1:1:{name}")]


def _steps(desk: Desk) -> list[str | None]:
    read = desk.deployment.systems.crm.read
    return [read("deals", one, ("hs_next_step",)).properties["hs_next_step"] for one in DEALS]


def test_a_note_is_there_once_whenever_the_plug_is_pulled(
    start_sandbox: Callable[..., Sandbox], database_url: str
) -> None:
    sandbox = world(start_sandbox, database_url)
    for number, plug in enumerate(JUDGED):
        name = f"note{number}"
        assert killed(sandbox, database_url, note, name, plug, 1), plug
        with desk_on(sandbox, database_url) as desk:
            answer = in_the_end(desk, note, name)
            assert answer.receipt is not None, answer.text
            made = desk.made(answer)
            assert made["hs_note_body"] == f"{MARK} {name}"
            assert phases(desk, name) == ["judged", "done"], plug
            assert len(_notes(desk, name)) == 1, plug
            assert desk.verified() == len(desk.books())


def _notes(desk: Desk, name: str) -> list[str]:
    key_of = desk.deployment.systems.crm
    found = key_of.read_many("notes", _ids(desk, "notes"), ("hs_note_body",))
    return [one.id for one in found if one.properties.get("hs_note_body") == f"{MARK} {name}"]


def _ids(desk: Desk, kind: str) -> list[str]:
    found = desk.sandbox.get(f"/_sandbox/crm/objects/{kind}?name=")["results"]
    listed = [one["id"] for one in found if not one["archived"]]
    newest = int(max(listed, default="0"))
    return [*listed, *(str(newest + step) for step in range(1, 80))]


def test_a_confirmed_batch_is_applied_once_whenever_the_plug_is_pulled(
    start_sandbox: Callable[..., Sandbox], sqlite_url: str
) -> None:
    sandbox = world(start_sandbox, sqlite_url)
    points = [("approval.claimed", 1), ("guard.judged", 1), ("guard.recorded", 1)]
    points += [("guard.acted", nth) for nth in (1, 2, 3)] + [
        ("effect.sending", 2),
        ("effect.acted", 3),
        ("effect.done", 1),
    ]
    for number, (plug, nth) in enumerate(points):
        name = f"batch{number}"
        with desk_on(sandbox, sqlite_url) as desk:
            desk.acting(session=f"s-{name}")
            assert ask(desk, name).verdict == "ask"
        assert killed(sandbox, sqlite_url, press, name, plug, nth), (plug, nth)
        with desk_on(sandbox, sqlite_url) as desk:
            desk.sandbox.forget_calls()
            assert in_the_end(desk, press, name).words == "applied", (plug, nth)
            assert _steps(desk) == [f"{MARK} {name}"] * 3
            assert phases(desk, name) == ["judged", "judged", "done"]
            assert desk.verified() == len(desk.books())


def test_an_edited_card_is_applied_with_the_persons_values_and_needs_no_second_press(
    start_sandbox: Callable[..., Sandbox], sqlite_url: str
) -> None:
    sandbox = world(start_sandbox, sqlite_url)
    with desk_on(sandbox, sqlite_url) as desk:
        desk.acting(session="s-edited")
        assert one(desk, "edited").verdict == "ask"
        seen = _approval(desk, "edited").digest[: approvals.CONTENT]
    again = partial(edit, seen)
    assert killed(sandbox, sqlite_url, again, "edited", "approval.claimed", 1)
    with desk_on(sandbox, sqlite_url) as desk:
        assert in_the_end(desk, again, "edited").words == "applied"
        assert _steps(desk)[0] == f"{MARK} edited edited"
        assert desk.verified() == len(desk.books())


def test_an_undo_is_finished_once_whenever_the_plug_is_pulled(
    start_sandbox: Callable[..., Sandbox], sqlite_url: str
) -> None:
    sandbox = world(start_sandbox, sqlite_url)
    points = [("undo.acted", nth) for nth in (1, 2, 3)] + [
        ("undo.recorded", 1),
        ("effect.sending", 2),
        ("effect.acted", 1),
    ]
    with desk_on(sandbox, sqlite_url) as desk:
        before = _steps(desk)
    for number, (plug, nth) in enumerate(points):
        name = f"undo{number}"
        with desk_on(sandbox, sqlite_url) as desk:
            desk.acting(session=f"s-{name}")
            ask(desk, name)
            assert in_the_end(desk, press, name).words == "applied"
        assert killed(sandbox, sqlite_url, undo, name, plug, nth), (plug, nth)
        with desk_on(sandbox, sqlite_url) as desk:
            told = in_the_end(desk, undo, name)
            assert told.whisper in (None, "It was undone already."), (plug, nth, told)
            assert [one or "" for one in _steps(desk)] == [one or "" for one in before], (plug, nth)
            assert phases(desk, name) == ["judged", "judged", "done", "undone"]
            assert desk.verified() == len(desk.books())


LOST = [
    {"mode": "drop_before"},
    {"mode": "drop_after"},
    {"mode": "late", "seconds": 20},
    {"mode": "error", "status": 500},
    {"mode": "error", "status": 503, "times": 3},
    {"mode": "rate_limit"},
    {"mode": "half_answer"},
]


@pytest.mark.parametrize("how", LOST, ids=str)
def test_a_lost_answer_makes_nothing_twice_and_loses_nothing(shop: Desk, how: dict[str, Any]) -> None:
    number = LOST.index(how)
    shop.sandbox.misbehave("hubspot.search", "search_lag", times=-1, seconds=600)
    shop.sandbox.misbehave("hubspot.create", **how)
    answer = in_the_end(shop, note, f"lost{number}")
    assert answer.receipt is not None, answer.text
    assert len(_notes(shop, f"lost{number}")) == 1
    assert phases(shop, f"lost{number}") == ["judged", "done"]
    shop.sandbox.misbehave("hubspot.update", **how)
    shop.acting(session=f"lost-session{number}")
    asked = ask(shop, f"lostbatch{number}")
    assert asked.verdict == "ask", asked.text
    assert in_the_end(shop, press, f"lostbatch{number}").words == "applied"
    assert _steps(shop) == [f"{MARK} lostbatch{number}"] * 3


@pytest.mark.parametrize("how", LOST, ids=str)
def test_a_lost_answer_of_jira_makes_no_second_comment(shop: Desk, how: dict[str, Any]) -> None:
    key = shop.sandbox.post("/_sandbox/crm/issues", {"summary": "Lamps", "company": ACME})["key"]
    shop.sync()
    shop.sandbox.misbehave("jira.comment", **how)

    def once(desk: Desk, name: str) -> Any:
        return desk.call("comment_ticket", f"s1:1:{name}", ticket=f"jira:{key}", text="Once")

    answer = in_the_end(shop, once, f"jira{LOST.index(how)}")
    assert answer.receipt is not None, answer.text
    assert len(shop.sandbox.get(f"/_sandbox/crm/issues/{key}")["comments"]) == 1


def test_a_change_by_somebody_else_while_we_were_told_to_wait_is_not_written_over(shop: Desk) -> None:
    asked = shop.call("update_deal", "s1:1:waits", deal=DEALS[0], next_step="Ours")
    assert asked.verdict == "ask"
    shop.sandbox.misbehave("hubspot.update", "rate_limit")
    with pytest.raises(effects.NotDone):
        press(shop, "waits")
    shop.change("deals", DEALS[0], hs_next_step="A colleague's")
    shop.sandbox.advance(61)
    told = press(shop, "waits")
    assert "somebody else changed the record" in told.words
    assert _steps(shop)[0] == "A colleague's"


def test_a_closed_door_is_named_when_it_stayed_closed(shop: Desk) -> None:
    shop.sandbox.misbehave("hubspot.create", "error", times=-1, status=403)
    shop.acting(said_at=shop.deployment.systems.clock.now())
    shop.said_long_ago = True
    answer = None
    for _minute in range(20):
        try:
            answer = shop.call("log_note", "s1:1:closed", account=ACME, text="x")
            break
        except effects.NotDone:
            shop.sandbox.advance(61)
    assert answer is not None
    assert answer.is_error
    assert "no longer worth sending: HubSpot" in answer.text
    assert "Nothing was changed" in answer.text


def test_where_the_books_cannot_be_written_nothing_is_done(desk: Desk) -> None:
    from sqlalchemy import text

    sqlite = desk.deployment.database.dialect.name == "sqlite"
    with desk.deployment.database.begin() as connection:
        if sqlite:
            connection.execute(
                text("CREATE TRIGGER full BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'full'); END")
            )
        else:
            connection.execute(text("ALTER TABLE ledger ADD CONSTRAINT full_up CHECK (seq < 0) NOT VALID"))
    before = desk.hubspot_writes()
    for tool, arguments in (
        ("log_note", {"account": ACME, "text": "x"}),
        ("update_deal", {"deal": DEALS[0], "amount": "38k"}),
        ("snooze_account", {"account": ACME, "until": "day"}),
    ):
        with pytest.raises(Exception, match="full"):
            desk.call(tool, **arguments)
    assert desk.hubspot_writes() == before
    assert desk.books() == []
