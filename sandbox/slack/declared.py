"""What the app's manifest declares: its slash commands, its shortcuts, its Home tab, what one could ask it first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.slack.server import Slack

Json = dict[str, Any]
# https://docs.slack.dev/reference/app-manifest and manifest-schema 2.0.0.
COMMANDS_MOST, SHORTCUTS_MOST, SHORTCUT_NAME_MOST, PROMPTS_MOST = 50, 10, 24, 4


class BadManifest(ValueError):
    """A manifest Slack would not take; the message says which part and why."""


def _assumed() -> list[Json]:
    return [
        {"command": "/daybook", "description": "Your morning list", "usage_hint": "when | pause | resume | list"},
        {"command": "/agent", "description": "Ask one of Daybook's agents", "usage_hint": "NAME your question"},
    ]


@dataclass
class Declared:
    """Until a manifest is given, any command goes to the app, and only two are offered while one is typed."""

    commands: list[Json] = field(default_factory=_assumed)
    """`{command, description, usage_hint}`."""
    shortcuts: list[Json] = field(default_factory=list)
    """`{name, type: message | global, callback_id, description}`."""
    prompts: list[Json] = field(default_factory=list)
    """`{title, message}`, shown to people who have not written to the app yet."""
    home: bool = True
    by_manifest: bool = False

    def knows(self, command: str) -> bool:
        """Whether that command goes anywhere."""
        return not self.by_manifest or any(known["command"] == command for known in self.commands)


def install(slack: Slack, manifest: Any) -> None:
    """Install the app as its manifest says: scopes, events, commands, shortcuts. BadManifest says what is wrong."""
    if not isinstance(manifest, dict) or not isinstance(manifest.get("features"), dict):
        raise BadManifest("a manifest is an object with features, oauth_config and settings; see `daybook manifest`")
    features: Json = manifest["features"]
    commands = _named(features, "slash_commands", ("command", "description"), COMMANDS_MOST)
    shortcuts = _named(features, "shortcuts", ("name", "type", "callback_id", "description"), SHORTCUTS_MOST)
    for shortcut in shortcuts:
        if shortcut["type"] not in ("message", "global"):
            raise BadManifest(f"the shortcut {shortcut['name']!r} must be of type message or global")
        if len(shortcut["name"]) > SHORTCUT_NAME_MOST:
            raise BadManifest(f"the shortcut name {shortcut['name']!r} is longer than {SHORTCUT_NAME_MOST} characters")
    prompts = _named(features.get("agent_view") or {}, "suggested_prompts", ("title", "message"), PROMPTS_MOST)
    scopes = ((manifest.get("oauth_config") or {}).get("scopes") or {}).get("bot")
    events = ((manifest.get("settings") or {}).get("event_subscriptions") or {}).get("bot_events")
    if not isinstance(scopes, list) or not isinstance(events, list):
        raise BadManifest("a manifest lists oauth_config.scopes.bot and settings.event_subscriptions.bot_events")
    home = bool((features.get("app_home") or {}).get("home_tab_enabled"))
    slack.declared = Declared(commands, shortcuts, prompts, home, by_manifest=True)
    slack.workspace.identity.bot_scopes = set(scopes)
    slack.bot_events = set(events)
    slack.workspace.publish(list(slack.workspace.users), {"type": "declared"})


def _named(where: Json, key: str, needed: tuple[str, ...], most: int) -> list[Json]:
    listed = where.get(key) or []
    if not isinstance(listed, list) or len(listed) > most:
        raise BadManifest(f"{key} is a list of at most {most}")
    for one in listed:
        missing = [name for name in needed if not isinstance(one, dict) or not one.get(name)]
        if missing:
            raise BadManifest(f"each of {key} needs {', '.join(missing)}")
    return listed
