"""The manifest asks Slack for what Daybook uses, and for nothing else."""

from __future__ import annotations

import re

from bot import commands
from bot.manifest import EVENTS, SCOPES, manifest
from tests.conftest import CHECKOUT

TOP = {"_metadata", "display_information", "settings", "features", "oauth_config"}
"""Top-level keys of an app manifest (Slack, App manifest reference)."""

NEEDS = {
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "conversations_history": {"im:history"},
    "conversations_open": {"im:write"},
    "users_list": {"users:read", "users:read.email"},
    "views_open": set(),
    "auth_test": set(),
    "apps_connections_open": set(),
}
"""Scopes of each Web API method (docs.slack.dev/reference/methods)."""


def test_its_keys_are_slacks_and_socket_mode_has_no_address() -> None:
    plain = manifest(None)
    assert set(plain) <= TOP
    assert plain["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in str(plain)
    served = manifest("https://daybook.example/")
    assert served["settings"]["socket_mode_enabled"] is False
    addresses = set(re.findall(r"https://daybook\.example[^']*", str(served)))
    assert addresses == {"https://daybook.example/slack/events"}
    assert plain["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)


def test_every_method_the_code_calls_has_its_scope() -> None:
    files = [CHECKOUT / "systems" / "slack.py", *(CHECKOUT / "bot").glob("*.py")]
    called = set(re.findall(r"client\.([a-z]+_[a-zA-Z_]+)\b", "".join(path.read_text() for path in files)))
    assert "chat_postMessage" in called
    assert called <= set(NEEDS), "a method was added: say which scopes it needs"
    assert set().union(*(NEEDS[method] for method in called)) <= set(SCOPES)


def test_the_command_it_declares_is_the_one_that_is_heard() -> None:
    (command,) = manifest(None)["features"]["slash_commands"]
    assert command["command"] == "/daybook"
    for word in re.findall(r"[a-z]+", command["usage_hint"]):
        assert word in commands.HELP
