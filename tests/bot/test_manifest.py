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
    "conversations_history": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "conversations_open": {"im:write"},
    "users_list": {"users:read", "users:read.email"},
    "users_info": {"users:read"},
    "views_open": set(),
    "assistant_threads_setStatus": {"chat:write"},
    "assistant_threads_setSuggestedPrompts": {"assistant:write"},
    "agents_sessions_setStatus": {"chat:write"},
    "agents_sessions_rename": {"chat:write"},
    "chat_startStream": {"chat:write"},
    "chat_appendStream": {"chat:write"},
    "chat_stopStream": {"chat:write"},
    "chat_delete": {"chat:write"},
    "chat_getPermalink": set(),
    "conversations_members": {"channels:read", "groups:read", "im:read", "mpim:read"},
    "conversations_replies": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "reactions_add": {"reactions:write"},
    "views_publish": set(),
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
    files = [*(CHECKOUT / "systems").glob("slack*.py"), *(CHECKOUT / "bot").glob("*.py")]
    called = set(re.findall(r"client\.([a-z]+_[a-zA-Z_]+)\b", "".join(path.read_text() for path in files)))
    assert "chat_postMessage" in called
    assert called <= set(NEEDS), "a method was added: say which scopes it needs"
    assert set().union(*(NEEDS[method] for method in called)) <= set(SCOPES)


EVENT_NEEDS = {
    "agent_session_stopped": {"assistant:write"},
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
}
"""Scopes of each event (docs.slack.dev/reference/events)."""


def test_every_event_has_its_scope_and_everything_its_reason() -> None:
    assert set(EVENTS) == set(EVENT_NEEDS)
    assert set().union(*EVENT_NEEDS.values()) <= set(SCOPES)
    assert all(SCOPES.values())


def test_the_commands_it_declares_are_the_ones_that_are_heard() -> None:
    daybook, agent = manifest(None)["features"]["slash_commands"]
    assert (daybook["command"], agent["command"]) == ("/daybook", "/agent")
    for word in re.findall(r"[a-z]+", daybook["usage_hint"]):
        assert word in commands.HELP


def test_names_keep_slacks_limits() -> None:
    features = manifest(None)["features"]
    assert len(features["shortcuts"]) <= 10
    for shortcut in features["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
    assert len(features["agent_view"]["agent_description"]) <= 300
    assert len(features["agent_view"]["suggested_prompts"]) <= 4
