"""What Daybook needs from the chat workspace: people, messages, streams and the agent view's sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol


class ChatUser(NamedTuple):
    """One account of the chat workspace."""

    id: str
    workspace: str
    email: str | None
    real_name: str
    tz: str | None
    deleted: bool = False
    is_bot: bool = False
    is_guest: bool = False
    """A single- or multi-channel guest, or a stranger from a shared channel."""
    is_admin: bool = False


class Identity(NamedTuple):
    """Which workspace a chat token belongs to, and as whom it speaks."""

    workspace: str
    bot_user: str
    bot: str
    name: str


class Posted(NamedTuple):
    """Where a message is."""

    channel: str
    ts: str


class Chat(Protocol):
    """The chat workspace. Every method may raise ``SystemFault``; none tries again by itself."""

    def identity(self) -> Identity: ...
    def users(self) -> Iterable[ChatUser]: ...
    def scopes(self) -> set[str]: ...
    def open_socket(self) -> None:
        """Check that the app-level token could open a Socket Mode connection; opens none."""
        ...

    def ready(self) -> None:
        """Wait until a message may be posted; call it before the write is marked as sent."""
        ...

    def post(self, to: str, text: str, blocks: list[dict[str, Any]], key: str, thread_ts: str | None = None) -> Posted:
        """Post to a channel, or to a person's DM by user id, marked with ``key``."""
        ...

    def find(self, to: str, key: str, since: int, thread_ts: str | None = None) -> Posted | None:
        """The message marked ``key`` that we posted at or after ``since`` (ms), there or in that thread."""
        ...

    def keys(self, to: str, beginning: str, since: int) -> list[str]:
        """The marks that begin so, of all messages we posted there at or after ``since`` (ms)."""
        ...

    def find_stream(self, channel: str, thread_ts: str, since: int) -> Posted | None:
        """The latest message of ours in that thread that bears no key: a stream whose end was lost."""
        ...

    def start_stream(self, channel: str, thread_ts: str, user: str) -> str:
        """Begin a message that is written while ``user`` reads it; its ts."""
        ...

    def append_stream(self, channel: str, ts: str, markdown: str) -> None: ...

    def stop_stream(
        self, channel: str, ts: str, blocks: list[dict[str, Any]], key: str, markdown: str | None = None
    ) -> None:
        """Write the last words, put ``blocks`` below them, and mark the message with ``key``."""
        ...

    def update(
        self, channel: str, ts: str, text: str, blocks: list[dict[str, Any]], key: str | None = None
    ) -> None: ...
    def whisper(self, channel: str, user: str, text: str, thread_ts: str | None = None) -> None: ...

    def set_status(self, channel: str, thread_ts: str, words: str, steps: Sequence[str] = ()) -> None:
        """What we are doing, shown below the thread until a message comes; ``""`` clears it."""
        ...

    def set_session(
        self, channel: str, thread_ts: str, status: str, title: str | None = None, person: str | None = None
    ) -> None:
        """The agent session's state: active, processing, suspended or closed. Title and person count the first time."""
        ...

    def rename_session(self, channel: str, thread_ts: str, title: str) -> None: ...

    def suggest(self, channel: str, prompts: Sequence[tuple[str, str]]) -> None:
        """Offer up to four (title, message) to begin with, in a DM."""
        ...

    def publish_home(self, person: str, view: dict[str, Any]) -> None: ...
    def members(self, channel: str) -> list[str]: ...
    def is_bot(self, user: str) -> bool:
        """Whether an id is an app's; asked once for each."""
        ...

    def permalink(self, channel: str, ts: str) -> str: ...
    def react(self, channel: str, ts: str, emoji: str) -> None: ...
    def delete(self, channel: str, ts: str) -> None: ...
