"""What the sandbox's own endpoints tell of Slack's state, at once or as soon as there is something to tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.slack.server import Slack

Json = dict[str, Any]


class Reads:
    """Each method takes the query of a GET. `seconds` says how long to wait for what is asked (default: not at all)."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack

    async def _until(self, seconds: float, there: Callable[[], bool]) -> None:
        workspace = self.slack.workspace
        queue = workspace.subscribe(None)
        try:
            async with asyncio.timeout(seconds):
                while not there():
                    await queue.get()
        except TimeoutError:
            return
        finally:
            workspace.unsubscribe(None, queue)

    async def people(self, given: Json) -> Json:
        """Everybody in the workspace, shortly."""
        users = self.slack.workspace.users.values()
        return {"people": [{key: u.get(key) for key in ("id", "name", "real_name", "tz", "deleted")} for u in users]}

    async def messages(self, given: Json) -> Json:
        """A conversation as that person sees it, metadata and all, oldest first, ephemerals apart.

        `at_least` with `seconds` waits until there are that many (ephemerals counted too).
        """
        workspace, user = self.slack.workspace, given["user"]
        channel = self.slack.hands.channel(user, given.get("channel", "app"))

        def ephemerals() -> list[Json]:
            mine = (e for e in workspace.ephemerals if e["channel"] == channel.id and e["user"] == user)
            return [e["message"] for e in mine]

        wanted = int(given.get("at_least", 0))
        if wanted:
            await self._until(
                float(given.get("seconds", 5)), lambda: len(channel.messages) + len(ephemerals()) >= wanted
            )
        ordered = sorted(channel.messages.values(), key=lambda message: str(message["ts"]))
        return {"channel": channel.id, "messages": ordered, "ephemerals": ephemerals()}

    async def views(self, given: Json) -> Json:
        """The modals on that person's screen and their App Home; with `seconds`, waits for a modal to open."""
        workspace, user = self.slack.workspace, given["user"]
        if given.get("seconds"):
            await self._until(float(given["seconds"]), lambda: bool(workspace.stacks.get(user)))
        stack = [workspace.views[view_id] for view_id in workspace.stacks.get(user, [])]
        return {"stack": stack, "top": stack[-1] if stack else None, "home": workspace.homes.get(user)}

    async def deliveries(self, given: Json) -> Json:
        """Everything that was sent to the bot and what became of it, oldest first."""
        return {"deliveries": [delivery.as_json() for delivery in self.slack.deliveries.log]}

    async def requests(self, given: Json) -> Json:
        """What the bot has called and with which arguments, since `POST /_sandbox/slack/app {"record": true}`."""
        return {"requests": list(self.slack.api.recorded or ())}

    async def agent(self, given: Json) -> Json:
        """Statuses, suggested prompts, titles and sessions the bot has set in one conversation.

        `seconds` waits until no status is shown there any more.
        """
        channel = self.slack.hands.channel(given["user"], given.get("channel", "app")).id
        workspace = self.slack.workspace
        if given.get("seconds"):
            await self._until(float(given["seconds"]), lambda: all(at != channel for at, _ in workspace.statuses))
        return {
            "statuses": {ts: s for (at, ts), s in workspace.statuses.items() if at == channel},
            "prompts": workspace.prompts.get(channel),
            "titles": {ts: title for (at, ts), title in workspace.titles.items() if at == channel},
            "sessions": [s | {"thread_ts": ts} for (at, ts), s in workspace.sessions.items() if at == channel],
        }
