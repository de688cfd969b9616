"""Served over HTTP instead of a socket: signed requests are answered, others refused, and the state is told."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest
from sqlalchemy import text

from tests import echo
from tests.deployments import until
from tests.office import Office, accounts_of, row_text, words
from tests.stories.conftest import OpenOffice


@pytest.fixture(scope="module")
def office(open_office: OpenOffice) -> Iterator[Office]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with echo.instead(), open_office(reps=1, accounts=8, more=("--http",), DAYBOOK_PORT=str(port)) as working:
        working.address = f"http://127.0.0.1:{port}"
        yield working


def ask(address: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(address, data=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_events_presses_and_commands_come_signed_over_http(office: Office) -> None:
    told = office.sandbox.post("/_sandbox/slack/request_url", {"url": f"{office.address}/slack/events"})
    assert told["verified"]
    office.next_morning()
    rep = office.reps[0]
    message = office.newest(rep)
    account = accounts_of(message)[0]
    why = office.press(rep, message, "explain_priority", account)
    assert (why["acked"], why["via"]) == (True, "http")
    assert "value × weight = points" in words(office.modal(rep))
    assert office.press(rep, message, "snooze_account", account, "week")["acked"]
    office.settled()
    assert "Snoozed until" in row_text(office.message(rep, message["ts"]), account)
    ran = office.sandbox.post("/_sandbox/slack/command", {"user": rep, "command": "/daybook", "text": "when"})
    assert "09:00" in ran["delivery"]["payload"]["text"]
    said = office.sandbox.post("/_sandbox/slack/say", {"user": rep, "text": "hello", "wait": 3})
    assert said["delivery"]["acked"]
    until(lambda: office.sandbox.messages(rep)[-1]["text"] == "assistant heard: hello", "an answer")


def test_an_unsigned_or_wrongly_signed_request_is_refused(office: Office) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "let me in"}).encode()
    address = f"{office.address}/slack/events"
    for headers in (
        {},
        {"X_Slack_Signature": "v0=" + "0" * 64, "X_Slack_Request_Timestamp": str(int(time.time()))},
        {"X_Slack_Signature": "v0=" + "0" * 64, "X_Slack_Request_Timestamp": "1"},
    ):
        status, answer = ask(address, body, content_type="application/json", **headers)
        assert status == 401
        assert "let me in" not in answer


def test_alive_and_ready_are_told_and_an_outdated_database_is_not_ready(office: Office) -> None:
    assert ask(f"{office.address}/healthz") == (200, '{"ok":true}')
    assert ask(f"{office.address}/readyz")[0] == 200
    with office.daybook.database.begin() as connection:
        newest = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    try:
        status, answer = ask(f"{office.address}/readyz")
        assert status == 503
        assert "run `daybook migrate`" in json.loads(answer)["problems"][0]
        assert ask(f"{office.address}/healthz")[0] == 200
    finally:
        with office.daybook.database.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": newest})
    assert ask(f"{office.address}/readyz")[0] == 200
