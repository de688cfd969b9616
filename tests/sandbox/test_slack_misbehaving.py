"""Tokens, scopes, rate limits and the knobs: every way a call can fail, as the real client meets it."""

from __future__ import annotations

import asyncio
import http.client
from typing import Any

import aiohttp
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook import WebhookClient

from tests.sandbox.served import OTHER_REP, REP, Running, refusal


def test_calls_without_a_good_token_are_refused(running: Running) -> None:
    stranger = WebClient("xoxb-of-somebody-else", base_url=running.api_url)
    assert refusal(stranger.auth_test)["error"] == "invalid_auth"
    assert refusal(WebClient(base_url=running.api_url).auth_test)["error"] == "not_authed"
    assert refusal(running.web.apps_connections_open, app_token="xoxb-sandbox-daybook-0001")["error"] in (
        "not_allowed_token_type",
        "invalid_auth",
    )


def test_a_missing_scope_says_what_is_needed_and_what_is_there(running: Running) -> None:
    running.do("app", scopes=["chat:write", "users:read"])
    answer = refusal(running.web.conversations_history, channel="D0REP00001")
    assert answer["error"] == "missing_scope"
    assert (answer["needed"], answer["provided"]) == ("im:history", "chat:write,users:read")
    granted = running.web.auth_test().headers["x-oauth-scopes"]
    assert granted == "chat:write,users:read"
    assert "email" not in running.web.users_info(user=REP)["user"]["profile"]


def test_an_unknown_method_is_an_unknown_method(running: Running) -> None:
    assert refusal(running.web.api_call, "chat.levitate")["error"] == "unknown_method"


def _outcome(call: Any, **arguments: Any) -> tuple[int, int | None]:
    """Status and Retry-After of a call that may be limited."""
    try:
        return call(**arguments).status_code, None
    except SlackApiError as refused:
        return refused.response.status_code, int(refused.response.headers["Retry-After"])


def test_a_burst_into_one_channel_is_slowed_down_and_other_channels_are_not(limited: Running) -> None:
    outcomes = [_outcome(limited.web.chat_postMessage, channel=REP, text=str(n)) for n in range(8)]
    assert {status for status, _ in outcomes} == {200, 429}
    assert all(wait is None if status == 200 else wait and wait >= 1 for status, wait in outcomes)
    assert len(limited.texts()) == sum(1 for status, _ in outcomes if status == 200)
    assert limited.web.chat_postMessage(channel=OTHER_REP, text="x")["ok"]


def test_a_method_has_its_tier(limited: Running) -> None:
    statuses = [_outcome(limited.web.users_list, limit=1)[0] for _ in range(25)]
    assert 20 <= statuses.index(429) < 25


def test_the_rate_limit_knob_says_how_long_to_wait(running: Running) -> None:
    running.turn("slack.chat.*", "rate_limit", retry_after=30)
    with pytest.raises(SlackApiError) as caught:
        running.web.chat_postMessage(channel=REP, text="x")
    assert caught.value.response.headers["Retry-After"] == "30"
    assert running.web.chat_postMessage(channel=REP, text="x")["ok"]


def test_the_error_knob_fails_as_a_server_or_as_slack(running: Running) -> None:
    running.turn("slack.users.list", "error", status=503)
    with pytest.raises(SlackApiError) as caught:
        running.web.users_list()
    assert caught.value.response.status_code == 503
    running.turn("slack.chat.postMessage", "error", error="channel_not_found", match={"channel": OTHER_REP})
    assert running.web.chat_postMessage(channel=REP, text="x")["ok"]
    assert refusal(running.web.chat_postMessage, channel=OTHER_REP, text="x")["error"] == "channel_not_found"


@pytest.mark.parametrize(("mode", "landed"), [("drop_before", []), ("drop_after", ["x"]), ("half_answer", ["x"])])
def test_a_dropped_connection_is_a_connection_error_with_or_without_the_effect(
    running: Running, mode: str, landed: list[str]
) -> None:
    running.turn("slack.chat.postMessage", mode)
    with pytest.raises((http.client.RemoteDisconnected, http.client.IncompleteRead, ConnectionResetError)):
        running.web.chat_postMessage(channel=REP, text="x")
    assert running.texts() == landed


async def _post(running: Running) -> Any:
    client = AsyncWebClient(running.slack.workspace.identity.bot_token, base_url=running.api_url, retry_handlers=[])
    return await client.chat_postMessage(channel=REP, text="x")


def test_the_async_client_sees_a_dropped_connection_too(running: Running) -> None:
    running.turn("slack.chat.postMessage", "drop_after")
    with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
        asyncio.run(_post(running))
    assert running.texts() == ["x"]


def test_the_clients_own_retry_posts_twice_when_the_answer_is_lost(running: Running) -> None:
    running.turn("slack.chat.postMessage", "drop_after")
    token = running.slack.workspace.identity.bot_token
    eager = WebClient(token, base_url=running.api_url, retry_handlers=[ConnectionErrorRetryHandler()])
    eager.chat_postMessage(channel=REP, text="x")
    assert running.texts() == ["x", "x"]


def test_a_late_send_lands_when_the_shared_clock_reaches_it(running: Running) -> None:
    running.turn("slack.chat.postMessage", "late")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        running.web.chat_postMessage(channel=REP, text="late")
    started = running.ask("GET", "clock")["now_ms"]
    assert running.texts() == []
    running.ask("POST", "clock", {"advance_seconds": 19})
    assert running.texts() == []
    running.ask("POST", "clock", {"advance_seconds": 2})
    (landed,) = running.ask("GET", f"slack/messages?user={REP}&at_least=1&seconds=5")["messages"]
    assert float(landed["ts"]) * 1000 >= started + 19_000


def test_a_delayed_answer_comes_after_the_clients_patience(running: Running) -> None:
    running.turn("slack.chat.postMessage", "delay", seconds=0.6)
    token = running.slack.workspace.identity.bot_token
    hasty = WebClient(token, base_url=running.api_url, timeout=0.2, retry_handlers=[])  # type: ignore[arg-type]
    with pytest.raises(TimeoutError):
        hasty.chat_postMessage(channel=REP, text="slow")
    landed = running.ask("GET", f"slack/messages?user={REP}&at_least=1&seconds=5")["messages"]
    assert [message["text"] for message in landed] == ["slow"]


def test_a_response_url_can_fail_and_is_used_up(running: Running) -> None:
    said = running.do("say", user=REP, text="x")
    workspace = running.slack.workspace
    url = running.slack.hooks.issue(workspace.channels[said["channel"]], REP, None)
    running.turn("slack.response_url", "rate_limit", retry_after=3)
    hook = WebhookClient(url)
    assert hook.send(text="a").status_code == 429
    statuses = [hook.send(text=str(n)).status_code for n in range(6)]
    assert statuses == [200] * 5 + [404]
    seen = running.ask("GET", f"slack/messages?user={REP}")["ephemerals"]
    assert [message["text"] for message in seen] == ["0", "1", "2", "3", "4"]


def test_a_knob_that_makes_no_sense_is_refused_and_knobs_can_be_cleared(running: Running) -> None:
    assert "mode is one of" in running.ask("POST", "knobs", {"target": "slack.*", "mode": "explode"})["error"]
    assert "unknown knob" in running.ask("POST", "knobs", {"target": "x", "mode": "error", "often": 1})["error"]
    running.turn("slack.*", "error", times=-1)
    assert len(running.ask("GET", "knobs")["knobs"]) == 1
    running.ask("DELETE", "knobs")
    assert running.web.auth_test()["ok"]


def test_every_call_is_counted_by_vendor_and_method(running: Running) -> None:
    running.web.auth_test()
    running.web.chat_postMessage(channel=REP, text="x")
    running.web.chat_postMessage(channel=REP, text="y")
    assert running.ask("GET", "calls")["slack"] == {"total": 3, "by": {"chat.postMessage": 2, "auth.test": 1}}
    running.ask("DELETE", "calls")
    assert running.ask("GET", "calls")["slack"]["total"] == 0
