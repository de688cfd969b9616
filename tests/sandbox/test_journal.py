"""The journal: every write with before and after, every message with who could read it, in the order of time."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

from hubspot.crm.deals import SimplePublicObjectInput

from tests.sandbox.crm_served import Crm
from tests.stand_ins import Sandbox

DEAL = "30000000001"


def _journal(crm: Crm, method: str = "GET", body: Any = None) -> list[dict[str, Any]]:
    data = None if body is None else json.dumps(body).encode()
    address = crm.env["HUBSPOT_API_URL"].removesuffix("/hubspot") + "/_sandbox/journal"
    with urllib.request.urlopen(urllib.request.Request(address, data, method=method), timeout=10) as told:
        return list(json.loads(told.read()).get("lines", []))


def test_a_write_is_kept_with_what_was_there_before_and_a_look_is_not(crm: Crm) -> None:
    api = crm.hubspot("deals")
    api.update(DEAL, SimplePublicObjectInput(properties={"hs_next_step": "unkept"}))
    assert _journal(crm) == [], "nothing is kept before somebody asks"
    _journal(crm, "POST", {"on": True})
    api.get_by_id(DEAL)
    api.update(DEAL, SimplePublicObjectInput(properties={"hs_next_step": "send the offer"}))
    crm.hand("PATCH", f"objects/deals/{DEAL}", {"properties": {"hs_next_step": "by hand"}})
    ours, theirs = _journal(crm)
    assert (ours["by"], ours["method"], ours["status"]) == ("hubspot", "PATCH", 200)
    (effect,) = ours["effects"]
    assert (effect["verb"], effect["kind"], effect["id"]) == ("change", "deals", DEAL)
    assert (effect["before"]["hs_next_step"], effect["after"]["hs_next_step"]) == ("unkept", "send the offer")
    assert theirs["by"] == "hand"
    assert theirs["effects"][0]["after"]["hs_next_step"] == "by hand"
    assert theirs["n"] > ours["n"]


def test_what_the_app_shows_is_kept_with_its_readers_and_a_press_with_what_stood_there(
    start_sandbox: Callable[..., Sandbox],
) -> None:
    sandbox = start_sandbox(reps=2, accounts=2)
    sandbox.post("/_sandbox/journal", {"on": True})
    button = {"type": "button", "action_id": "apply", "value": "7", "text": {"type": "plain_text", "text": "Apply"}}
    posted = {"channel": "C0DEALDSK1", "text": "A card", "blocks": [{"type": "actions", "elements": [button]}]}
    request = urllib.request.Request(
        sandbox.env["SLACK_API_URL"] + "chat.postMessage",
        json.dumps(posted).encode(),
        {"Authorization": f"Bearer {sandbox.env['SLACK_BOT_TOKEN']}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        ts = json.loads(answer.read())["ts"]
    where = {"channel": "C0DEALDSK1", "message_ts": ts}
    sandbox.post("/_sandbox/slack/press", {"user": "U0REP00001", **where, "action_id": "apply", "value": "7"})
    shown, pressed = sandbox.get("/_sandbox/journal")["lines"]
    assert (shown["by"], shown["method"], shown["shown"]["text"]) == ("slack", "chat.postMessage", "A card")
    assert shown["readers"] == ["U0MGR00001", "U0MGR00002", "U0ADM00001", "U0REP00001", "U0REP00002"]
    assert (pressed["by"], pressed["act"], pressed["user"]) == ("person", "press", "U0REP00001")
    assert pressed["stood"]["text"] == "A card"
    sandbox.ask("DELETE", f"/_sandbox/journal?until={shown['n']}")
    assert [line["n"] for line in sandbox.get("/_sandbox/journal")["lines"]] == [pressed["n"]]
