"""The app as its manifest declares it: what it may, what it hears, what people are offered."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.served import REP, Running, refusal
from tests.stand_ins import CHECKOUT, Sandbox

Json = dict[str, Any]


def manifest(**features: Any) -> Json:
    command = {"command": "/agent", "description": "Ask an agent", "usage_hint": "NAME question"}
    shortcut = {"name": "Ask another agent", "type": "message", "callback_id": "ask_agent", "description": "Ask"}
    prompt = {"title": "What first?", "message": "What is first on my list?"}
    return {
        "features": {
            "agent_view": {"agent_description": "x", "suggested_prompts": [prompt]},
            "app_home": {"home_tab_enabled": False, "messages_tab_enabled": True},
            "slash_commands": [command],
            "shortcuts": [shortcut],
            **features,
        },
        "oauth_config": {"scopes": {"bot": ["chat:write", "im:history"]}},
        "settings": {"event_subscriptions": {"bot_events": ["message.im"]}},
    }


def test_scopes_events_commands_and_shortcuts_are_those_of_the_manifest(running: Running) -> None:
    installed = running.do("manifest", **manifest())
    assert (installed["scopes"], installed["bot_events"]) == (["chat:write", "im:history"], ["message.im"])
    assert refusal(running.web.users_list)["error"] == "missing_scope"
    unknown = running.do("command", user=REP, command="/daybook", text="list")
    assert "not a valid command" in unknown["error"]
    assert running.do("command", user=REP, command="/agent", text="x")["ok"]
    posted = running.web.chat_postMessage(channel=REP, text="x")
    message = {"channel": posted["channel"], "message_ts": posted["ts"]}
    assert "no shortcut 'other'" in running.do("shortcut", user=REP, callback_id="other", **message)["error"]
    assert running.do("shortcut", user=REP, callback_id="ask_agent", **message)["delivery"]["what"] == "message_action"


def test_without_the_home_tab_none_can_be_published_or_opened(running: Running) -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    assert running.web.views_publish(user_id=REP, view=home)["ok"]
    running.do("manifest", **manifest())
    assert refusal(running.web.views_publish, user_id=REP, view=home)["error"] == "not_enabled"
    assert "home tab" in running.do("home", user=REP, tab="home")["error"]
    assert running.do("home", user=REP, tab="messages")["ok"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"features": None}, "a manifest is an object with features"),
        ({"oauth_config": {}}, "oauth_config.scopes.bot"),
        (manifest(shortcuts=[{"name": "x", "type": "message"}]), "each of shortcuts needs callback_id, description"),
        (manifest(slash_commands=[{"command": "/x", "description": "x"}] * 51), "at most 50"),
    ],
)
def test_a_manifest_slack_would_not_take_is_refused_with_the_part_that_is_wrong(
    running: Running, wrong: Json, said: str
) -> None:
    assert said in running.do("manifest", **(manifest() | wrong))["error"]


@pytest.mark.parametrize("as_file", [True, False])
def test_the_sandbox_can_be_started_with_a_manifest(tmp_path: Path, as_file: bool) -> None:
    file, text = tmp_path / "manifest.json", json.dumps(manifest())
    file.write_text(text)
    how = str(file) if as_file else text
    sandbox = Sandbox.start(reps=2, accounts=1, more=("--manifest", how))
    try:
        state = sandbox.get(f"/_page/state?user={REP}")
        assert [command["command"] for command in state["commands"]] == ["/agent"]
        assert [shortcut["callback_id"] for shortcut in state["shortcuts"]] == ["ask_agent"]
        assert state["prompts"]["prompts"][0]["title"] == "What first?"
        assert (state["home_tab"], state["can_stop"]) == (False, False)
    finally:
        sandbox.stop()


def test_a_manifest_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    for text, said in (("{", "--manifest: "), ("{}", "--manifest: a manifest is an object with features")):
        file.write_text(text)
        command = [sys.executable, "-m", "sandbox", "--reps", "2", "--accounts-per-rep", "1", "--manifest", str(file)]
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 2
        assert said in done.stderr
