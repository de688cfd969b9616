"""The command line: what happened, what will happen, and a sentence instead of a traceback."""

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

from tests.conftest import CHECKOUT
from tests.office import Office, accounts_of
from tests.stories.conftest import OpenOffice

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def office(open_office: OpenOffice) -> Iterator[Office]:
    """After a morning with one press; Daybook itself has stopped, its database is there."""
    with open_office(reps=2, accounts=8) as working:
        working.next_morning()
        rep = working.reps[0]
        message = working.newest(rep)
        working.press(rep, message, "snooze_account", accounts_of(message)[0], "week")
        working.settled()
        working.stop()
        yield working


@pytest.fixture
def ask(office: Office, daybook: Command) -> Callable[..., Any]:
    """``ask("sessions")``: what it prints, parsed when ``--json`` is asked for; it must succeed without a word."""

    def run(*arguments: str) -> Any:
        done = daybook(*arguments, env=env_of(office))
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        for secret in secrets(office):
            assert secret not in done.stdout + done.stderr
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    return run


def env_of(office: Office) -> dict[str, str]:
    return {**office.sandbox.env, "DATABASE_URL": office.url, "DAYBOOK_PEOPLE_FILE": str(office.file)}


def secrets(office: Office) -> list[str]:
    names = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "HUBSPOT_ACCESS_TOKEN", "JIRA_API_TOKEN")
    return [office.sandbox.env[name] for name in names]


def test_sessions_and_trace_tell_the_whole_story(office: Office, ask: Callable[..., Any]) -> None:
    rep = office.reps[0]
    rows = ask("sessions", "--person", rep, "--json")
    assert [(row["turns"], row["state"]) for row in rows] == [(2, "done")]
    assert "2 turns" in ask("sessions")
    told = ask("trace", rows[0]["id"], "--json")
    kinds = [event["kind"] for event in told["log"]]
    assert kinds == ["started", "listed", "posted", "done", "started", "marked", "done"]
    text = ask("trace", rows[0]["id"].rpartition("morning_list:")[2])
    assert f"turn 2 · pressed by {rep} · row_buttons · done" in text


def test_list_and_why_as_text_and_as_json(office: Office, ask: Callable[..., Any]) -> None:
    rep = office.reps[0]
    told = ask("list", rep, "--json")
    assert told["listed"]
    assert len(told["held"]) == 1, "the snoozed account is held back here too"
    first = told["listed"][0]
    assert first["name"] in ask("list", rep)
    why = ask("list", rep, "--why", first["account_id"], "--json")
    assert sum(line["counted"] for line in why["lines"]) == why["subtotal"]
    assert max(0, why["subtotal"]) * why["tier_percent"] // 100 == why["total"] == first["points"]
    assert "value × weight = points" in ask("list", rep, "--why", first["account_id"])


def test_schedules_say_what_is_next(office: Office, ask: Callable[..., Any]) -> None:
    rows = ask("schedules", "--json")
    assert {row["name"] for row in rows} == {"morning_list", "sync_records", "watch_accounts"}
    assert {row["person"] for row in rows} == {"", *office.reps}
    assert "09:00 mon,tue,wed,thu,fri Europe/London" in ask("schedules", "--person", office.reps[0])


def test_the_manifest_is_json_for_a_socket_and_for_an_address(daybook: Command) -> None:
    plain = json.loads(daybook("manifest", env={}).stdout)
    assert plain["settings"]["socket_mode_enabled"] is True
    served = json.loads(daybook("manifest", "--url", "https://daybook.example", env={}).stdout)
    assert served["settings"]["event_subscriptions"]["request_url"] == "https://daybook.example/slack/events"
    refused = daybook("manifest", "--url", "http://daybook.example", env={})
    assert refused.returncode != 0
    assert "https://" in refused.stderr


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"SLACK_BOT_TOKEN": ""}, ["SLACK_BOT_TOKEN is not set", "OAuth & Permissions"]),
        ({"SLACK_BOT_TOKEN": "xoxp-9"}, ["SLACK_BOT_TOKEN does not start with xoxb-"]),
        ({"HUBSPOT_ACCESS_TOKEN": ""}, ["HUBSPOT_ACCESS_TOKEN is not set", "HubSpot, Settings"]),
        ({"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": ""}, ["SLACK_SIGNING_SECRET is not set"]),
        ({"JIRA_API_TOKEN": ""}, ["JIRA_API_TOKEN is not set", "id.atlassian.com"]),
        ({"DAYBOOK_PORT": "many", "DAYBOOK_LOG_FORMAT": "xml"}, ["DAYBOOK_PORT is wrong", "DAYBOOK_LOG_FORMAT"]),
        ({"DATABASE_URL": "mysql://db/daybook"}, ["sqlite or postgresql"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_run_names_the_setting_that_is_wrong_and_where_to_get_it(
    office: Office, daybook: Command, wrong: dict[str, str], says: list[str]
) -> None:
    done = daybook("run", env={**env_of(office), **wrong}, timeout=30)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for words in says:
        assert words in done.stderr


def test_run_serves_logs_no_secret_refuses_a_second_process_and_ends_well(office: Office, daybook: Command) -> None:
    env = {**env_of(office), "DAYBOOK_LOG_FORMAT": "json", "DAYBOOK_PORT": "0"}
    clean = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME")}
    started, lines = threading.Event(), []
    running = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "run"], cwd=CHECKOUT, env={**clean, **env}, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None

    def read(stream: Any) -> None:
        for line in stream:
            lines.append(line)
            if '"event":"running"' in line.replace(" ", ""):
                started.set()
        started.set()

    reader = threading.Thread(target=read, args=(running.stderr,))
    reader.start()
    try:
        assert started.wait(30)
        assert running.poll() is None, lines
        second = daybook("run", env=env, timeout=30)
        assert second.returncode == 1
        assert "Postgres" in second.stderr
        assert "Traceback" not in second.stderr
        rep = office.reps[1]
        fired = daybook("fire", "morning_list", "--person", rep, "--json", env=env, timeout=30)
        assert json.loads(fired.stdout)[0]["fresh"] is False
    finally:
        running.send_signal(signal.SIGTERM)
        code = running.wait(timeout=30)
        reader.join(timeout=10)
        running.stderr.close()
    assert code == 0, lines
    for line in lines:
        json.loads(line)
        assert not any(secret in line for secret in secrets(office))
    assert any('"stopping"' in line for line in lines)
