"""Slack as a place to speak: people, posting once, editing, and looking up whether a lost message arrived.

Every automatic retry of the SDK is off: its own connection retry posts twice when the answer is lost
(slack_sdk 3.47, ``http_retry/builtin_handlers.py``). What may be sent again is decided by ``store.effects``.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from store import effects
from systems.limiter import Limiter
from systems.ports import (
    BadAnswer,
    ChatUser,
    Identity,
    NotAllowed,
    Posted,
    RateLimited,
    Rejected,
    SourceDown,
    SystemFault,
    Unauthorized,
)

TIMEOUT_SECONDS = 30
SETTLE_MS = TIMEOUT_SECONDS * 1000
"""A lost post may still land until its own request would have timed out."""
MESSAGE_EVENT = "daybook_message"

_TOKEN_ERRORS = {
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "org_login_required",
}
# "It's possible some aspect of the operation succeeded": Slack's own words for these.
_UNSURE_ERRORS = {"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"}


class SlackChat:
    """One workspace, through one bot token. Safe to use from many threads."""

    def __init__(self, token: str, base_url: str, posts: Limiter | None = None, app_token: str | None = None) -> None:
        from slack_sdk import WebClient

        self._client = WebClient(token, base_url=base_url, timeout=TIMEOUT_SECONDS, retry_handlers=[])
        # The SDK takes a proxy from the environment and knows no NO_PROXY; a local address must not go through one.
        if "//127.0.0.1" in base_url or "//localhost" in base_url:
            self._client.proxy = None
        self._posts = posts
        self._app_token = app_token
        self._identity: Identity | None = None

    def identity(self) -> Identity:
        """Which workspace and bot the token belongs to; asked once."""
        if self._identity is None:
            told = self._ask(lambda: self._client.auth_test())
            self._identity = Identity(
                workspace=told["team_id"], bot_user=told["user_id"], bot=told.get("bot_id") or "", name=told["team"]
            )
        return self._identity

    def scopes(self) -> set[str]:
        """OAuth scopes the token was granted (answer header ``x-oauth-scopes``)."""
        answer = self._raw(lambda: self._client.auth_test())
        header = {k.lower(): v for k, v in answer.headers.items()}.get("x-oauth-scopes", "")
        text = header[0] if isinstance(header, list) else header
        return {scope.strip() for scope in text.split(",") if scope.strip()}

    def open_socket(self) -> None:
        """Ask for a Socket Mode address with the app token (apps.connections.open), and leave it unused."""
        if self._app_token is None:
            raise Unauthorized("Slack", "there is no app token.", "Set SLACK_APP_TOKEN.")
        try:
            self._ask(partial(self._client.apps_connections_open, app_token=self._app_token))
        except Unauthorized as refused:
            raise Unauthorized("Slack", "refused the app token.", "Renew SLACK_APP_TOKEN.") from refused

    def users(self) -> Iterable[ChatUser]:
        """Everyone in the workspace, 200 a page (users.list is Tier 2)."""
        workspace = self.identity().workspace
        cursor: str | None = None
        while True:
            page = self._ask(partial(self._client.users_list, limit=200, cursor=cursor))
            for user in page["members"]:
                profile = user.get("profile") or {}
                # Who is here from another workspace through a shared channel is a stranger, whatever their flags say.
                at_home = user.get("team_id") in (None, workspace) or workspace in (
                    (user.get("enterprise_user") or {}).get("teams") or ()
                )
                yield ChatUser(
                    id=user["id"],
                    workspace=workspace,
                    email=profile.get("email"),
                    real_name=profile.get("real_name") or user.get("real_name") or user.get("name") or user["id"],
                    tz=user.get("tz"),
                    deleted=bool(user.get("deleted")),
                    is_bot=bool(user.get("is_bot")) or user["id"] == "USLACKBOT",
                    is_guest=not at_home
                    or bool(user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger")),
                    is_admin=at_home and bool(user.get("is_admin") or user.get("is_owner")),
                )
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return

    def ready(self) -> None:
        """Wait for our turn to post: Slack allows about one message a second a channel, and a burst a workspace."""
        if self._posts is not None:
            self._posts.spend()

    def post(self, to: str, text: str, blocks: list[dict[str, Any]], key: str, thread_ts: str | None = None) -> Posted:
        """Post to a channel, or to a person's DM by user id, marked with ``key`` in its metadata.

        Metadata is readable by every app of the workspace, so ``key`` holds ids only.
        """
        told = self._ask(
            lambda: self._client.chat_postMessage(
                channel=to,
                text=text,
                blocks=blocks,
                thread_ts=thread_ts,
                unfurl_links=False,
                unfurl_media=False,
                metadata={"event_type": MESSAGE_EVENT, "event_payload": {"key": key}},
            )
        )
        return Posted(told["channel"], told["ts"])

    def find(self, to: str, key: str, since: int) -> Posted | None:
        """The message marked ``key`` that this bot posted at or after ``since`` (ms), if Slack has it."""
        channel = self.direct_channel(to) if to.startswith(("U", "W")) else to
        # Slack's clock stamps the messages and ours ``since``; an hour more costs nothing, for the key is unique.
        oldest = f"{since / 1000 - 3600:.6f}"
        cursor: str | None = None
        while True:
            page = self._ask(
                partial(
                    self._client.conversations_history,
                    channel=channel,
                    oldest=oldest,
                    include_all_metadata=True,
                    limit=200,
                    cursor=cursor,
                )
            )
            for message in page["messages"]:
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("key") == key and message.get("bot_id") == self.identity().bot:
                    return Posted(channel, message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return None

    def direct_channel(self, user: str) -> str:
        """The DM with a person; opening it twice is the same DM. Only needed when a post's outcome is unknown."""
        return str(self._ask(lambda: self._client.conversations_open(users=user))["channel"]["id"])

    def update(self, channel: str, ts: str, text: str, blocks: list[dict[str, Any]]) -> None:
        """Replace a message of ours. The same edit twice is the same message. ``text`` over 4,000 is refused."""
        self._ask(lambda: self._client.chat_update(channel=channel, ts=ts, text=text[:3900], blocks=blocks))

    def whisper(self, channel: str, user: str, text: str) -> None:
        """Show ``text`` to one person only; it can't be found or edited later."""
        self._ask(lambda: self._client.chat_postEphemeral(channel=channel, user=user, text=text))

    def _ask(self, call: Callable[[], Any]) -> dict[str, Any]:
        answer = self._raw(call)
        if not isinstance(answer.data, dict):
            raise BadAnswer("Slack", "answered something that is not JSON.")
        return answer.data

    def _raw(self, call: Callable[[], Any]) -> Any:
        from slack_sdk.errors import SlackApiError, SlackClientError

        try:
            return call()
        except SlackApiError as refused:
            raise self._fault(refused.response) from None
        except (OSError, http.client.HTTPException, json.JSONDecodeError, UnicodeDecodeError, SlackClientError) as lost:
            # URLError, timeouts and resets are OSErrors; a cut-off answer is an HTTPException or broken JSON.
            raise SourceDown("Slack", f"did not answer ({type(lost).__name__}).") from lost

    def _fault(self, response: Any) -> SystemFault:
        data: Mapping[str, Any] = response.data if isinstance(response.data, dict) else {}
        error = str(data.get("error") or f"HTTP {response.status_code}")
        if response.status_code == 429 or error in ("ratelimited", "rate_limited"):
            headers = {k.lower(): v for k, v in response.headers.items()}
            told = headers.get("retry-after")
            told = told[0] if isinstance(told, list) else told
            seconds = float(told) if told and str(told).isdigit() else None
            if self._posts is not None and seconds is not None:
                self._posts.hold(seconds)
            return RateLimited("Slack", "asked to slow down.", seconds)
        if error in _TOKEN_ERRORS:
            return Unauthorized("Slack", f"refused the bot token ({error}).", "Renew SLACK_BOT_TOKEN.")
        if error == "missing_scope":
            return NotAllowed(
                "Slack",
                f"the bot lacks the scope {data.get('needed')}.",
                "Add it on the app's OAuth & Permissions page (`daybook manifest` lists all) and reinstall the app.",
            )
        if response.status_code >= 500 or error in _UNSURE_ERRORS:
            return SourceDown("Slack", f"failed while answering ({error}).")
        details = "; ".join((data.get("response_metadata") or {}).get("messages") or [])
        return Rejected("Slack", f"refused: {error}.", details)


def sending(act: Callable[[], effects.Result], now: Callable[[], int]) -> Callable[[], effects.Result]:
    """``act`` for ``effects.perform``: a fault that proves nothing happened says so, any other stays unknown."""

    def tried() -> effects.Result:
        try:
            return act()
        except RateLimited as slow:
            raise effects.NotDone(str(slow), now() + int(1000 * (slow.retry_after or 30))) from slow
        except (Unauthorized, NotAllowed) as closed:
            raise effects.NotDone(str(closed), now() + 60_000) from closed
        except Rejected as never:
            raise effects.Refused(str(never)) from never

    return tried
