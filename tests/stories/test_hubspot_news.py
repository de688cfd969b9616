"""HubSpot tells of a change: what is signed and fresh is acted on once, and everything else is turned away."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest
from sqlalchemy import select

from agents import catalogue
from records import gather, tables
from tests.databases import Databases
from tests.deployments import turns, until
from tests.office import Office, accounts_of, row_text
from tests.stand_ins import Sandbox
from web.hubspot_events import AGENTS
from web.hubspot_webhook import signature

SECRET = "d1a7-not-a-real-client-secret"
PUBLIC = "https://daybook.example.com"
MINUTE = 60_000


class Portal:
    """HubSpot's side: signs what it sends, and asks the record it tells of to be changed first."""

    def __init__(self, office: Office, port: int) -> None:
        self.office, self.local = office, f"http://127.0.0.1:{port}/hubspot/webhook"
        with office.daybook.database.connect() as connection:
            self.id = int(gather.hubspot_portal(connection) or 0)
        self._told = 0

    @property
    def now(self) -> int:
        return self.office.daybook.systems.clock.now()

    def event(self, what: str, ident: str, field: str | None = None, **more: Any) -> dict[str, Any]:
        self._told += 1
        return {
            "eventId": 1,  # not unique, as HubSpot says itself
            "subscriptionId": 7,
            "portalId": self.id,
            "appId": 3,
            "occurredAt": self.now - 1_000 + self._told,
            "subscriptionType": what,
            "attemptNumber": 0,
            "objectId": int(ident),
            "propertyName": field,
            "propertyValue": "what it says now is read from HubSpot",
            "changeSource": "CRM_UI",
            **more,
        }

    def send(
        self, events: Any, *, at: int | None = None, to: str = PUBLIC, secret: str = SECRET, altered: bytes = b""
    ) -> tuple[int, dict[str, Any]]:
        body, stamp = json.dumps(events).encode(), str(self.now if at is None else at)
        signed = signature(secret, "POST", f"{to}/hubspot/webhook", body, stamp).decode()
        return self.post(body + altered, **{"X-HubSpot-Signature-v3": signed, "X-HubSpot-Request-Timestamp": stamp})

    def post(self, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
        request = urllib.request.Request(self.local, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())

    def turns(self) -> list[Any]:
        return turns(self.office.daybook, "record_news")


@pytest.fixture(scope="module")
def office(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    sandbox = Sandbox.start(reps=1, accounts=8)
    try:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        more = {"HUBSPOT_CLIENT_SECRET": SECRET, "DAYBOOK_PUBLIC_URL": PUBLIC, "DAYBOOK_PORT": str(port)}
        working = Office(sandbox, databases.new("sqlite"), tmp_path_factory.mktemp("office"), **more)
        working.address = str(port)
        try:
            working.next_morning()
            yield working
        finally:
            working.stop()
    finally:
        sandbox.stop()


@pytest.fixture
def portal(office: Office) -> Portal:
    return Portal(office, int(office.address))


def deal(office: Office) -> str:
    with office.daybook.database.connect() as connection:
        return str(connection.scalar(select(tables.deals.c.id).order_by(tables.deals.c.id)))


def amount(office: Office, ident: str) -> int | None:
    with office.daybook.database.connect() as connection:
        return connection.scalar(select(tables.deals.c.amount_cents).where(tables.deals.c.id == ident))


def change(office: Office, kind: str, ident: str, **properties: str) -> None:
    office.sandbox.ask("PATCH", f"/_sandbox/crm/objects/{kind}/{ident}", {"properties": properties})


def test_a_changed_deal_is_known_at_once_and_needs_no_sync(office: Office, portal: Portal) -> None:
    ident = deal(office)
    change(office, "deals", ident, amount="43210")
    assert portal.send([portal.event("deal.propertyChange", ident, "amount")]) == (
        200,
        {"stored": 1, "repeated": 0, "ignored": 0},
    )
    office.settled("record_news")
    assert amount(office, ident) == 4_321_000


def test_a_call_that_was_logged_ticks_its_account_off_on_todays_list(office: Office, portal: Portal) -> None:
    rep = office.reps[0]
    message = office.newest(rep)
    account = accounts_of(message)[0]
    office.sandbox.advance(61)
    made = office.sandbox.post(
        "/_sandbox/crm/objects/calls",
        {
            "properties": {"hs_timestamp": str(portal.now), "hs_call_title": "A call"},
            "associations": [{"type": "companies", "id": account, "primary": True}],
        },
    )
    before = row_text(office.message(rep, message["ts"]), account)
    status, told = portal.send([portal.event("object.creation", made["id"], objectTypeId="0-48")])
    assert (status, told["stored"]) == (200, 1)
    office.settled("record_news")
    assert row_text(office.message(rep, message["ts"]), account) != before
    assert portal.turns()[-1]["note"].endswith("1 lists redrawn")


def test_a_record_that_is_gone_leaves_our_copy(office: Office, portal: Portal) -> None:
    with office.daybook.database.connect() as connection:
        ident = str(connection.scalar(select(tables.deals.c.id).order_by(tables.deals.c.id.desc())))
    office.sandbox.ask("DELETE", f"/_sandbox/crm/objects/deals/{ident}")
    portal.send([portal.event("deal.deletion", ident)])
    office.settled("record_news")
    with office.daybook.database.connect() as connection:
        assert connection.scalar(select(tables.deals.c.id).where(tables.deals.c.id == ident)) is None


def test_a_replayed_request_and_a_repeated_event_start_nothing(office: Office, portal: Portal) -> None:
    event = portal.event("deal.propertyChange", deal(office), "amount")
    assert portal.send([event])[1]["stored"] == 1
    again = {**event, "attemptNumber": 1, "eventId": 99}
    assert portal.send([event])[1] == {"stored": 0, "repeated": 1, "ignored": 0}
    assert portal.send([again, again])[1] == {"stored": 0, "repeated": 2, "ignored": 0}
    other = {**event, "propertyName": "dealstage"}
    assert portal.send([other])[1]["stored"] == 1, "the same event id, but other news"
    office.settled("record_news")


def test_a_burst_about_one_record_is_read_from_hubspot_a_few_times_at_most(office: Office, portal: Portal) -> None:
    ident = deal(office)
    change(office, "deals", ident, amount="777")
    batch = [portal.event("deal.propertyChange", ident, f"property_{n}") for n in range(100)]
    before = len(portal.turns())
    office.sandbox.forget_calls()
    assert portal.send(batch)[1] == {"stored": 100, "repeated": 0, "ignored": 0}
    office.settled("record_news")
    fresh = portal.turns()[before:]
    assert len(fresh) == 100
    assert {row["state"] for row in fresh} == {"done"}
    assert {row["queue"] for row in fresh} == {"news"}, "a line of their own, so that no list stands behind them"
    assert sum("was read again" in row["note"] for row in fresh) <= 2
    assert amount(office, ident) == 77_700


def test_events_nobody_acts_on_are_acknowledged_and_counted(office: Office, portal: Portal) -> None:
    before = len(portal.turns())
    ident = deal(office)
    batch: list[Any] = [
        portal.event("deal.associationChange", ident),
        portal.event("product.creation", "5"),
        portal.event("object.propertyChange", "5", objectTypeId="2-77"),
        portal.event("deal.propertyChange", ident, "amount", portalId=portal.id + 1),
        portal.event("deal.propertyChange", ident, "amount", objectId="../contacts/1"),
        {"nothing": "we know"},
        "not even an object",
        portal.event("deal.propertyChange", ident, "amount"),
    ]
    assert portal.send(batch) == (200, {"stored": 1, "repeated": 0, "ignored": 7})
    assert portal.send([]) == (200, {"stored": 0, "repeated": 0, "ignored": 0})
    assert len(portal.turns()) == before + 1
    office.settled("record_news")


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "another secret"},
        {"to": "https://attacker.example.com"},
        {"altered": b" "},
        {"late_ms": -5 * MINUTE - 30_000},
        {"late_ms": 5 * MINUTE + 30_000},
    ],
    ids=["signature", "address", "body", "stale", "future"],
)
def test_what_is_not_signed_for_us_now_is_refused_and_starts_nothing(portal: Portal, wrong: dict[str, Any]) -> None:
    before = len(portal.turns())
    given = dict(wrong)
    late = given.pop("late_ms", None)
    at = None if late is None else portal.now + late
    status, told = portal.send([portal.event("deal.propertyChange", "1", "amount")], at=at, **given)
    assert status == 401
    assert "secret" not in json.dumps(told)
    assert len(portal.turns()) == before


def test_a_request_within_five_minutes_of_ours_is_taken(office: Office, portal: Portal) -> None:
    for late in (-4 * MINUTE, 4 * MINUTE):
        event = portal.event("deal.propertyChange", deal(office), "amount")
        assert portal.send([event], at=portal.now + late)[0] == 200
    office.settled("record_news")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-HubSpot-Signature-v3": "x"},
        {"X-HubSpot-Request-Timestamp": "1"},
        {"X-HubSpot-Signature-v3": "ü", "X-HubSpot-Request-Timestamp": "１２３"},
        {"X-HubSpot-Signature-v3": "x", "X-HubSpot-Request-Timestamp": "9" * 400},
    ],
    ids=["none", "no time", "no signature", "no ASCII", "no time at all"],
)
def test_a_request_with_odd_headers_is_refused(portal: Portal, headers: dict[str, str]) -> None:
    assert portal.post(b"[]", **{k: v.encode().decode("latin-1") for k, v in headers.items()})[0] == 401


def test_a_request_that_is_not_of_now_is_refused_without_waiting_for_its_body(portal: Portal, office: Office) -> None:
    with socket.create_connection(("127.0.0.1", int(office.address)), timeout=5) as line:
        head = "POST /hubspot/webhook HTTP/1.1\r\nHost: daybook\r\nContent-Length: 9000\r\n"
        line.sendall(f"{head}X-HubSpot-Request-Timestamp: 1\r\n\r\n".encode())
        assert line.recv(65_536).startswith(b"HTTP/1.1 401 ")


def test_a_signed_request_that_is_no_batch_is_refused_with_the_reason(portal: Portal) -> None:
    assert portal.send({"events": []})[0] == 400
    many = [portal.event("deal.creation", "1")] * 101
    assert portal.send(many) == (400, {"error": "not a list of at most 100 events"})
    assert portal.send(["x" * 1_000_001])[0] == 413


def test_what_came_in_before_a_restart_is_done_after_it(office: Office, portal: Portal) -> None:
    ident = deal(office)
    office.sandbox.misbehave("hubspot.*", "error", times=-1, status=500)
    change(office, "deals", ident, amount="888")
    assert portal.send([portal.event("deal.propertyChange", ident, "amount")])[1]["stored"] == 1
    until(lambda: portal.turns()[-1]["state"] == "waiting", "HubSpot is down")
    office.sandbox.ask("DELETE", "/_sandbox/knobs")
    office.restart()
    office.sandbox.advance(5)
    office.settled("record_news")
    assert amount(office, ident) == 88_800


def test_every_agent_an_event_may_start_is_there() -> None:
    assert set(AGENTS.values()) <= catalogue.all_agents().keys()
