"""The agent's side of Slack: answers that are written while they are read, what it is doing, its sessions, its Home.

In the agent view a thread is a session; nothing here is posted as a message except streams, which get their key when
they are stopped (Slack takes metadata there only).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from systems.slack_line import SlackLine

MESSAGE_EVENT = "daybook_message"
TITLE = 200
STEPS = 10
PROMPTS = 4


class SlackAgent(SlackLine):
    """The part of the ``Chat`` port that is about the agent view."""

    def start_stream(self, channel: str, thread_ts: str, user: str) -> str:
        """Begin a message in the thread; in channels Slack wants to know who reads it. About 20 a minute may begin."""
        told = self._ask(
            lambda: self._client.chat_startStream(
                channel=channel,
                thread_ts=thread_ts,
                recipient_team_id=self.identity().workspace,
                recipient_user_id=user,
            )
        )
        return str(told["ts"])

    def append_stream(self, channel: str, ts: str, markdown: str) -> None:
        """Add to it, at most 12,000 characters. Refused with code ``stopped_by_user`` when the person stopped it."""
        self._ask(lambda: self._client.chat_appendStream(channel=channel, ts=ts, markdown_text=markdown))

    def stop_stream(
        self, channel: str, ts: str, blocks: list[dict[str, Any]], key: str, markdown: str | None = None
    ) -> None:
        """Write the last words, put ``blocks`` below them, and mark the message. Not repeatable: use ``update`` then.

        Refused with code ``message_not_in_streaming_state`` when it was stopped before, or Slack gave it up.
        """
        self._ask(
            lambda: self._client.chat_stopStream(
                channel=channel, ts=ts, markdown_text=markdown, blocks=blocks or None, metadata=marked(key)
            )
        )

    def set_status(self, channel: str, thread_ts: str, words: str, steps: Sequence[str] = ()) -> None:
        """What we are doing, for two minutes or until a message comes; ``""`` clears it."""
        self._ask(
            lambda: self._client.assistant_threads_setStatus(
                channel_id=channel, thread_ts=thread_ts, status=words, loading_messages=list(steps[:STEPS]) or None
            )
        )

    def set_session(
        self, channel: str, thread_ts: str, status: str, title: str | None = None, person: str | None = None
    ) -> None:
        """The session's state; while it is ``processing`` people see a stop button."""
        self._ask(
            lambda: self._client.agents_sessions_setStatus(
                channel_id=channel,
                thread_ts=thread_ts,
                status=status,
                title=title[:TITLE] if title else None,
                initiator_user_id=person,
            )
        )

    def rename_session(self, channel: str, thread_ts: str, title: str) -> None:
        self._ask(
            lambda: self._client.agents_sessions_rename(channel_id=channel, thread_ts=thread_ts, title=title[:TITLE])
        )

    def suggest(self, channel: str, prompts: Sequence[tuple[str, str]]) -> None:
        # Never with a thread_ts: in the agent view Slack then does nothing and says that it did (facts of 2026-11).
        asked = [{"title": title, "message": message} for title, message in prompts[:PROMPTS]]
        self._ask(lambda: self._client.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=asked))

    def publish_home(self, person: str, view: dict[str, Any]) -> None:
        """Show the Home tab of one person; publishing the same again changes nothing."""
        self._ask(lambda: self._client.views_publish(user_id=person, view=view))


def marked(key: str) -> dict[str, Any]:
    """Metadata by which a message of ours is found again. Every app of the workspace may read it: ids only."""
    return {"event_type": MESSAGE_EVENT, "event_payload": {"key": key}}
