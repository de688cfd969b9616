"""A whole day's talk, with secrets and customers' words in it: nothing of either is in any line that is logged."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from records import people
from records.tables import accounts, tickets
from tests.conftest import CHECKOUT
from tests.databases import Databases
from tests.deployments import LEDGER_KEY, deploy, read_world, until
from tests.stand_ins import Sandbox

CUSTOMER = "CANARY-TICKET we will leave unless jane@initech.example gets her money"
PERSON = "CANARY-SAID the pump leaks"
POLITE = "please have a look at what they really want from us"
"""The first words of a conversation are its title, which operators see; what follows is nobody's but the people's."""
MODEL = "CANARY-MODEL I think they leave"


class Running:
    """``daybook run`` as an operator has it, with all that it logs."""

    def __init__(self, sandbox: Sandbox, url: str, form: str) -> None:
        self.lines: list[str] = []
        clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
        self.env = {
            **sandbox.env, "DATABASE_URL": url, "DAYBOOK_LEDGER_KEY": LEDGER_KEY, "DAYBOOK_PORT": "0",
            "DAYBOOK_LOG_FORMAT": form, "DAYBOOK_VENDOR_LIMITS": "false", "DAYBOOK_POLL_SECONDS": "0.2",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "run"], cwd=CHECKOUT, env={**clean, **self.env},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        until(lambda: any("running" in line for line in self.lines), "that it runs", 60)

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(iter(self.process.stderr.readline, ""))

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=40) == 0
        self._reader.join(timeout=20)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return "".join(self.lines)


@pytest.fixture(scope="module")
def talked(databases: Databases) -> Iterator[tuple[Sandbox, dict[str, str], str, str]]:
    """(sandbox, settings, rep, all that was logged) of a conversation in which much went wrong."""
    sandbox = Sandbox.start(reps=2, accounts=6, now="2026-11-23T12:00:00+00:00")
    url = databases.new("sqlite")
    house = deploy(sandbox.env, url)
    read_world(house)
    with house.database.connect() as connection:
        rep = people.reps(connection)[0]
        row = connection.execute(
            select(tickets.c.account_id, tickets.c.key)
            .join(accounts, accounts.c.id == tickets.c.account_id)
            .where(accounts.c.owner_id == rep.owner_id, tickets.c.source == "jira")
        ).first()
    house.close()
    assert row is not None
    sandbox.post(f"/_sandbox/crm/issues/{row.key}/comments", {"author": "customer", "body": CUSTOMER})
    running = Running(sandbox, url, "json")
    try:
        _talk(sandbox, rep.id, str(row.account_id), str(row.key))
    finally:
        told = running.stop()
    yield sandbox, running.env, rep.id, told
    sandbox.stop()


def _talk(sandbox: Sandbox, rep: str, account: str, key: str) -> None:
    def use(*blocks: dict[str, Any]) -> dict[str, Any]:
        return {"content": [{"type": "tool_use", **block} for block in blocks], "stop_reason": "tool_use"}

    quote = {"quote": PERSON}
    reading = [
        {"name": "read_tickets", "input": {"account": account}},
        {"name": "read_calls", "input": {"account": account}},
        {"name": "CANARY-MODEL", "input": {"words": MODEL}},
        {"name": "log_note", "input": {"account": account, "text": PERSON, MODEL: MODEL}},
        {"name": "extract_facts", "input": {"account": account, "of": f"jira:{key}", "facts": [
            {"name": "who", "kind": "choice", "question": MODEL, "options": ["CANARY-MODEL"]}]}},
    ]  # fmt: skip
    writing = [
        {"name": "log_note", "input": {"account": account, "text": f"{PERSON} {CUSTOMER}", **quote}},
        {"name": "comment_ticket", "input": {"ticket": f"jira:{key}", "text": f"{PERSON} {CUSTOMER}", **quote}},
    ]
    answers = [use(*reading), MODEL, use(*writing), MODEL]
    given = [{"content": [{"type": "text", "text": a}]} if isinstance(a, str) else a for a in answers]
    sandbox.post("/_sandbox/claude/script", {"answers": given, "repeat": False})
    sandbox.misbehave("slack.chat.postMessage", "error", error="invalid_blocks", times=1)
    sandbox.misbehave("slack.assistant.threads.setStatus", "drop_after", times=2)
    sandbox.misbehave("hubspot.*", "error", status=500, error="CANARY-HUBSPOT", times=2, skip=2)
    sandbox.misbehave("jira.*", "error", status=400, error="CANARY-JIRA", times=1)
    sandbox.post("/_sandbox/slack/say", {"user": rep, "channel": "app", "text": f"xoxb-1-canary {POLITE}: {PERSON}"})

    def asked() -> bool:
        now = sandbox.get("/_sandbox/clock")["now_ms"]
        sandbox.set_clock(now + 2_000)  # what waits for a vendor gets its time
        return len(sandbox.get("/_sandbox/claude/requests")["requests"]) >= 4

    until(asked, "the answers of the model", 60)
    until(lambda: [m for m in sandbox.messages(rep) if m.get("bot_id")], "an answer", 30)


def test_no_secret_and_nobodys_words_are_in_the_log(talked: tuple[Sandbox, dict[str, str], str, str]) -> None:
    _sandbox, env, _rep, told = talked
    events = [json.loads(line) for line in told.splitlines()]
    assert "turn.ended" in {event["event"] for event in events}
    canaries = ("CANARY", "the pump leaks", "initech.example", "xoxb-", "xapp-", "pat-sandbox", "sk-ant-", LEDGER_KEY)
    for canary in canaries:
        assert canary not in told, canary
    names = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "HUBSPOT_ACCESS_TOKEN", "JIRA_API_TOKEN",
             "ANTHROPIC_API_KEY")  # fmt: skip
    assert not [name for name in names if env.get(name) and env[name] in told]


def test_the_trace_shows_verdicts_and_sizes_and_words_only_when_asked_for(
    talked: tuple[Sandbox, dict[str, str], str, str], daybook: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    _sandbox, env, rep, _told = talked
    listed = json.loads(daybook("sessions", "--person", rep, "--json", env=env).stdout)
    session = next(row["id"] for row in listed if row["id"].startswith("said:"))
    told = daybook("trace", session, env=env).stdout
    assert "read_tickets: read · read.own" in told
    assert " characters" in told
    for words in (CUSTOMER, PERSON, MODEL, "CANARY-", "xoxb-"):
        assert words not in told
    assert "CANARY-TICKET" in daybook("trace", session, "--words", env=env).stdout
