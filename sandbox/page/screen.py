"""What one person's screen shows: themselves, everybody else, their conversations, and what they have not read."""

from __future__ import annotations

from collections.abc import Reversible
from typing import TYPE_CHECKING, Any

from sandbox.slack.channel import Channel
from sandbox.slack.rooms import GUEST, STRANGER
from sandbox.slack.state import NoSuch
from sandbox.world import Person

if TYPE_CHECKING:
    from sandbox.slack.server import Slack
    from sandbox.world import World

Json = dict[str, Any]

VISITORS = {
    visitor.id: Person(
        id=visitor.id, name=visitor.name, real_name=visitor.real_name, email=visitor.email, tz=visitor.tz,
        title=visitor.title, team="Not of the company", role=role,
    )
    for visitor, role in ((GUEST, "guest"), (STRANGER, "stranger"))
}  # fmt: skip
"""People one can look over the shoulder of who are in no customer system."""

SHOWN = (
    "ts", "user", "bot_id", "username", "text", "blocks", "thread_ts", "reply_count", "latest_reply", "edited",
    "subtype", "is_ephemeral", "streaming_state", "reactions",
)  # fmt: skip
"""The fields of a message that a screen needs; metadata stays on the server, as it is no part of what people see."""


def shown(message: Json) -> Json:
    """A message as the page is told of it."""
    return {key: message[key] for key in SHOWN if message.get(key) is not None}


def shown_ephemeral(message: Json) -> Json:
    """A message only one person sees, marked as such."""
    return {**shown(message), "is_ephemeral": True}


class Screens:
    """Reads the workspace for the page, and remembers up to where each person has read each conversation."""

    def __init__(self, slack: Slack, world: World) -> None:
        self._slack = slack
        self._workspace = slack.workspace
        self._clock = slack.clock
        self._world = world
        self._read: dict[tuple[str, str], str] = {}

    def person(self, user_id: str) -> Person:
        """The person with this id, or the first one when none is named; NoSuch("user_not_found")."""
        people = self._world.people
        if not user_id:
            found = next((p for p in people if not p.deleted), None)
        else:
            found = self._world.person(user_id) or VISITORS.get(user_id)
        if found is None or found.deleted:
            raise NoSuch("user_not_found")
        return found

    def state(self, user_id: str) -> Json:
        """Everything around the messages, for the person who looks."""
        workspace, me = self._workspace, self.person(user_id)
        joined = [c for c in workspace.channels.values() if not c.is_im and me.id in c.members]
        # Somebody of another company shares a channel with the app, but has no conversation with it.
        im = None if me.id == STRANGER.id else workspace.im(me.id)
        channels = ([im] if im else []) + joined
        slack = self._slack
        declared = slack.declared
        untouched = {"prompts": declared.prompts, "title": None, "ts": "0"}
        return {
            "company": self._world.company,
            "app": {"user": workspace.identity.bot_user, "name": "Daybook"},
            "me": self._shown_person(me),
            "people": [self._shown_person(p) for p in (*self._world.people, *VISITORS.values())],
            "channels": [self._shown_channel(me.id, c) for c in channels],
            "views": [workspace.views[view_id] for view_id in workspace.stacks.get(me.id, [])],
            "home": workspace.homes.get(me.id),
            "clock": self._clock.as_json(),
            "commands": declared.commands,
            "shortcuts": [known for known in declared.shortcuts if known.get("type", "message") == "message"],
            "home_tab": declared.home,
            "can_stop": "agent_session_stopped" in slack.bot_events,
            "prompts": workspace.prompts.get(im.id, untouched) if im else untouched,
        }

    def _shown_channel(self, user_id: str, channel: Channel) -> Json:
        return {
            "id": channel.id, "name": channel.name, "is_im": channel.is_im, "is_private": channel.is_private,
            "is_shared": channel.is_ext_shared, "members": channel.members, "unread": self.unread(user_id, channel),
        }  # fmt: skip

    def _shown_person(self, person: Person) -> Json:
        # A DM that was never opened is not opened by looking at the list of people.
        im = self._workspace.channels.get("D" + person.id[1:])
        return {
            "id": person.id, "name": person.name, "real_name": person.real_name, "title": person.title,
            "tz": person.tz, "team": person.team, "role": person.role, "deleted": person.deleted,
            "unread": im is not None and self.unread(person.id, im),
        }  # fmt: skip

    def messages(self, user_id: str, channel_id: str) -> Json:
        """One conversation with its threads, what only this person sees, and what the app is doing there."""
        channel = self.channel(user_id, channel_id)
        seen = [shown(message) for message in channel.messages.values()]
        seen += [
            shown_ephemeral(kept["message"])
            for kept in self._workspace.ephemerals
            if kept["channel"] == channel_id and kept["user"] == user_id
        ]
        doing = {
            f"{at} {thread_ts}": status["status"]
            for (at, thread_ts), status in self._workspace.statuses.items()
            if at == channel_id
        }
        sessions = {
            f"{at} {thread_ts or ''}": {"title": session["title"], "status": session["status"]}
            for (at, thread_ts), session in self._workspace.sessions.items()
            if at == channel_id
        }
        for (at, thread_ts), title in self._workspace.titles.items():
            if at == channel_id:
                sessions.setdefault(f"{at} {thread_ts}", {"status": ""})["title"] = title
        ordered = sorted(seen, key=lambda message: float(message["ts"]))
        return {"messages": ordered, "status": doing, "sessions": sessions}

    def channel(self, user_id: str, channel_id: str) -> Channel:
        """A conversation this person is in; NoSuch("channel_not_found")."""
        channel = self._workspace.channel(channel_id)
        if user_id not in channel.members:
            raise NoSuch("channel_not_found")
        return channel

    def read(self, user_id: str, channel_id: str) -> None:
        """This person has seen the end of that conversation."""
        self._read[user_id, channel_id] = _last(self.channel(user_id, channel_id).messages)

    def unread(self, user_id: str, channel: Channel) -> bool:
        """Whether the newest message there is somebody else's and not seen yet."""
        last = _last(channel.messages)
        if not last or channel.messages[last].get("user") == user_id:
            return False
        return float(last) > float(self._read.get((user_id, channel.id)) or "0")


def _last(timestamps: Reversible[str]) -> str:
    return next(reversed(timestamps), "")
