"""Modals and the App Home: triggers, stacks, hashes, and what was typed."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.slack import triggers
from tests.sandbox.served import OTHER_REP, REP, Running, refusal
from tests.sandbox.test_slack_socket import BUTTON, modal

Json = dict[str, Any]


def trigger(running: Running, user: str = REP) -> str:
    return running.slack.triggers.issue(user)


def test_a_trigger_opens_one_modal_and_only_within_three_seconds(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = trigger(running)
    view = running.web.views_open(trigger_id=used, view=modal())["view"]
    assert (view["root_view_id"], view["previous_view_id"]) == (view["id"], None)
    assert refusal(running.web.views_open, trigger_id=used, view=modal())["error"] == "exchanged_trigger_id"
    assert refusal(running.web.views_open, trigger_id="nonsense", view=modal())["error"] == "invalid_trigger_id"
    old = trigger(running)
    monkeypatch.setattr(triggers, "TRIGGER_SECONDS", 0.0)
    assert refusal(running.web.views_open, trigger_id=old, view=modal())["error"] == "expired_trigger_id"


def test_a_stack_holds_three_views_and_closing_shows_the_one_below(running: Running) -> None:
    first = running.web.views_open(trigger_id=trigger(running), view=modal())["view"]
    second = running.web.views_push(trigger_id=trigger(running), view=modal(notify_on_close=True))["view"]
    third = running.web.views_push(trigger_id=trigger(running), view=modal())["view"]
    assert (second["root_view_id"], third["previous_view_id"]) == (first["id"], second["id"])
    assert refusal(running.web.views_push, trigger_id=trigger(running), view=modal())["error"] == "push_limit_reached"
    running.do("close_view", user=REP, view_id=third["id"])
    assert running.ask("GET", f"slack/views?user={REP}")["top"]["id"] == second["id"]
    told = running.do("close_view", user=REP, view_id=second["id"])
    assert told["delivery"]["what"] == "view_closed"
    assert running.ask("GET", f"slack/views?user={OTHER_REP}")["top"] is None


def test_an_update_needs_the_newest_hash_when_it_names_one(running: Running) -> None:
    view = running.web.views_open(trigger_id=trigger(running), view=modal(external_id="reason-1"))["view"]
    new = running.web.views_update(view_id=view["id"], hash=view["hash"], view=modal())["view"]
    stale = refusal(running.web.views_update, view_id=view["id"], hash=view["hash"], view=modal())
    assert stale["error"] == "hash_conflict"
    assert running.web.views_update(view_id=view["id"], hash=new["hash"], view=modal())["ok"]
    assert refusal(running.web.views_update, view_id="V0NOTHERE", view=modal())["error"] == "not_found"


def test_a_bad_view_is_invalid_arguments_with_the_place(running: Running) -> None:
    bad = modal(title={"type": "plain_text", "text": "x" * 25})
    answer = refusal(running.web.views_open, trigger_id=trigger(running), view=bad)
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    assert refusal(running.web.views_open, trigger_id=trigger(running), view=home)["error"] == "invalid_arguments"


def test_the_home_of_a_person_is_published_and_published_again(running: Running) -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = running.web.views_publish(user_id=REP, view=home)["view"]
    second = running.web.views_publish(user_id=REP, view={**home, "private_metadata": "2"})["view"]
    assert (first["id"], second["private_metadata"]) == (second["id"], "2")
    conflict = refusal(running.web.views_publish, user_id=REP, view=home, hash=first["hash"])
    assert conflict["error"] == "hash_conflict"
    assert refusal(running.web.views_publish, user_id="U0NOTHERE1", view=home)["error"] == "user_not_found"


def test_what_a_person_cannot_do_is_refused_with_the_reason(running: Running) -> None:
    view = running.web.views_open(trigger_id=trigger(running), view=modal())["view"]
    empty = running.do("submit", user=REP, view_id=view["id"], values={"text": ""})
    assert empty["error"] == "fill in first: Reason"
    wrong = running.do("submit", user=REP, view_id=view["id"], values={"colour": "red"})
    assert wrong["error"] == "this view has no input named colour"
    other = running.do("submit", user=OTHER_REP, view_id=view["id"], values={})
    assert "has no view" in other["error"]
    assert running.do("say", user=REP, channel="C0NOTHERE1", text="x")["error"] == "channel_not_found"
    posted = running.web.chat_postMessage(channel=REP, text="x", blocks=[BUTTON])
    where = {"user": REP, "channel": posted["channel"], "message_ts": posted["ts"]}
    assert "there are: snooze, why" in running.do("press", **where, action_id="dance")["error"]
    assert "there are: 77" in running.do("press", **where, action_id="why", value="78")["error"]
    assert running.do("say", user=REP)["error"] == "missing argument: text"
