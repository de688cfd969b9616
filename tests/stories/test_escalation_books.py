"""What is escalated, to be looked up: on Home, by command, by an agent, on the command line, and who would hear."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from cli import doctor
from systems import settings
from tests.deployments import until
from tests.office import words
from tests.stories.escalation_scenes import home, urgent
from tests.trouble import ADMIN, BOSS, MANAGER, NAMED, OTHER_REP, REP, Watched, button
from tools import read_escalations
from tools.tool import Context, Problem
from tools.world import World


def test_an_agent_reads_only_what_the_person_may_see(watched: Watched, day: datetime) -> None:
    account = watched.crm.account("Readable Rugs", REP)
    ticket = watched.crm.ticket(account, day - timedelta(days=4, hours=2))
    watched.look()

    def read(person: str, account: str | None = None) -> list[dict[str, Any]]:
        nowhere = {"session": "s", "turn": 1, "agent": "escalations", "channel": None, "thread_ts": None}
        d = watched.daybook
        context = Context(d.database, d.systems, d.workspace, grant=frozenset(), person=person, **nowhere)
        found = read_escalations.look(World(context), read_escalations.ReadEscalations(account=account))
        return list(found.found["escalated"])

    for person in (REP, MANAGER, BOSS, ADMIN):
        assert [one["ticket"] for one in read(person, account)] == [f"hubspot:{ticket}"]
    assert read(OTHER_REP) == []
    with pytest.raises(Problem, match="no such record"):
        read(OTHER_REP, account)


def test_what_stands_is_listed_by_a_command_and_on_home_where_it_can_be_claimed(
    watched: Watched, day: datetime
) -> None:
    urgent(watched, day, "Homely Hammocks")
    urgent(watched, day, "Grander Gazebos", revenue=900_000)
    watched.look()
    message = next(m for m in watched.alerts(MANAGER) if "Grander Gazebos" in words(m["blocks"]))
    watched.decide(MANAGER, message, "claim_escalation")
    for person, said in ((MANAGER, "Homely Hammocks"), (OTHER_REP, "Nothing that you were told of still stands.")):
        ask = {"user": person, "command": "/daybook", "text": "escalations"}
        told = watched.sandbox.post("/_sandbox/slack/command", ask)
        assert said in told["delivery"]["payload"]["text"]
    watched.sandbox.post("/_sandbox/slack/home", {"user": MANAGER, "wait": 5})
    until(lambda: "Homely Hammocks" in words(home(watched, MANAGER)), "the alert on Home")
    said = words(home(watched, MANAGER))
    assert said.index("Homely Hammocks") < said.index("Grander Gazebos"), "what waits for a decision comes first"
    block, claim = button(home(watched, MANAGER), "claim_escalation", "Homely Hammocks")
    pressed = {"user": MANAGER, "home": True, "action_id": "claim_escalation", "block_id": block}
    watched.sandbox.post("/_sandbox/slack/press", {**pressed, "value": claim["value"]})
    until(lambda: words(home(watched, MANAGER)).count("Claimed by Marguerite") == 2, "Home with the claim")
    message = next(m for m in watched.alerts(MANAGER) if "Homely Hammocks" in words(m["blocks"]))
    assert "✓ Claimed by Marguerite" in words(message["blocks"])


def test_the_command_line_lists_what_is_escalated_and_doctor_says_who_would_hear(
    watched: Watched, day: datetime, daybook: Callable[..., Any]
) -> None:
    ticket = urgent(watched, day, "Listed Lanterns")
    watched.look()
    watched.go(day + timedelta(days=1))
    env = {**watched.sandbox.env, "DATABASE_URL": watched.url, "DAYBOOK_PEOPLE_FILE": str(watched.file)}
    told = daybook("escalations", "--json", env={**env, "DAYBOOK_ESCALATE_TO": NAMED})
    assert told.returncode == 0, told.stderr
    listed = next(one for one in json.loads(told.stdout) if one["name"] == "Listed Lanterns")
    assert (listed["level"], listed["state"], listed["ticket"]) == (1, "open", f"hubspot:{ticket}")
    assert [one["name"] for one in listed["told"]] == ["Marguerite Stonecastle"]
    assert listed["next"] == "Ignatius Bellwether"
    assert listed["says"] == f"urgent ticket #{ticket} open for 5 days, and nobody has answered", "as it is today"
    assert "open for 4 days" in watched.said(MANAGER), "as it was when they were told"
    assert "Listed Lanterns" in daybook("escalations", env=env).stdout
    for named, state, said in (
        (NAMED, "good", "has somebody who hears"),
        ("", "odd", "an administrator hears"),
        ("nobody@example.com", "bad", "is nobody active in Slack"),
    ):
        loaded = settings.load({**env, "DAYBOOK_ESCALATE_TO": named})
        found = list(doctor.superiors(watched.daybook.database, loaded))
        assert any(one.state == state and said in one.words for one in found), found
