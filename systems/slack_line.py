"""The line to Slack: one client with every automatic retry off, and its refusals turned into faults.

The SDK's own connection retry posts twice when the answer is lost (slack_sdk 3.47, ``http_retry/builtin_handlers.py``).
What may be sent again is decided by ``store.effects``.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from systems.chat import Identity
from systems.faults import (
    BadAnswer,
    NotAllowed,
    RateLimited,
    Rejected,
    SourceDown,
    SystemFault,
    Unauthorized,
)

TIMEOUT_SECONDS = 30

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


class SlackLine:
    """One workspace, through one bot token. Safe to use from many threads."""

    def __init__(self, token: str, base_url: str, app_token: str | None = None) -> None:
        from slack_sdk import WebClient

        self._client = WebClient(token, base_url=base_url, timeout=TIMEOUT_SECONDS, retry_handlers=[])
        # The SDK takes a proxy from the environment and knows no NO_PROXY; a local address must not go through one.
        if "//127.0.0.1" in base_url or "//localhost" in base_url:
            self._client.proxy = None
        self._app_token = app_token
        self._identity: Identity | None = None
        self._bots: dict[str, bool] = {}

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

    def _pages(self, call: Callable[..., Any], **arguments: Any) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            page = self._ask(partial(call, cursor=cursor, **arguments))
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return

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
            raise _fault(refused.response) from None
        except (OSError, http.client.HTTPException, json.JSONDecodeError, UnicodeDecodeError, SlackClientError) as lost:
            # URLError, timeouts and resets are OSErrors; a cut-off answer is an HTTPException or broken JSON.
            raise SourceDown("Slack", f"did not answer ({type(lost).__name__}).") from lost


def _fault(response: Any) -> SystemFault:
    data: Mapping[str, Any] = response.data if isinstance(response.data, dict) else {}
    error = str(data.get("error") or f"HTTP {response.status_code}")
    if response.status_code == 429 or error in ("ratelimited", "rate_limited"):
        headers = {k.lower(): v for k, v in response.headers.items()}
        told = headers.get("retry-after")
        told = told[0] if isinstance(told, list) else told
        seconds = float(told) if told and str(told).isdigit() else None
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
    return Rejected("Slack", f"refused: {error}.", details, error)
