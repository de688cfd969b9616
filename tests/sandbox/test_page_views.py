"""The Home tab and modals on the sandbox's page: every control tells the app what was chosen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.sandbox.page_desk import Desk, button, mrkdwn, plain

pytestmark = pytest.mark.browser

LATER = [{"text": plain(words), "value": words} for words in ("Until tomorrow", "For a week")]
SURE = {"title": plain("Pause?"), "text": mrkdwn("Nothing is *sent*."), "confirm": plain("Pause"), "deny": plain("No")}
HOME: list[dict[str, Any]] = [
    {"type": "header", "text": plain("Your day")},
    {"type": "section", "text": mrkdwn("*Acme*"), "accessory": {
        "type": "overflow", "action_id": "more", "options": LATER}},
    {"type": "section", "fields": [mrkdwn("*Stage*\nProposal"), mrkdwn("*Amount*\n$40,000")]},
    {"type": "section", "text": mrkdwn("Globex to *Proposal*"), "accessory": button("apply", "Apply", value="7")},
    {"type": "divider"},
    {"type": "actions", "elements": [
        {"type": "static_select", "action_id": "snooze", "placeholder": plain("Snooze"), "options": LATER},
        {"type": "timepicker", "action_id": "at", "placeholder": plain("List at"), "initial_time": "09:00"},
        button("pause", "Pause", confirm=SURE),
    ]},
    {"type": "context", "elements": [mrkdwn("<https://daybook.example/rules|the rules in words>")]},
]  # fmt: skip


def test_every_control_of_the_home_tab_tells_the_app_what_was_chosen(desk: Desk) -> None:
    desk.slack.views_publish(user_id=desk.user, view={"type": "home", "blocks": HOME})
    page = desk.look()
    page.get_by_role("tab", name="Home").click()
    home = page.get_by_role("region", name="Home")
    expect(home).to_contain_text("Proposal")
    expect(home.get_by_role("link", name="the rules in words")).to_have_attribute("target", "_blank")

    def told() -> dict[str, Any]:
        pressed = desk.bot.hears("block_actions")
        assert pressed["view"]["type"] == "home"
        action: dict[str, Any] = pressed["actions"][0]
        return action

    home.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="For a week").click()
    assert told()["selected_option"]["value"] == "For a week"
    home.get_by_role("button", name="Apply").click()
    assert told()["value"] == "7"
    home.get_by_label("Snooze").select_option("Until tomorrow")
    assert told()["selected_option"]["value"] == "Until tomorrow"
    home.get_by_label("List at").fill("08:30")
    assert told()["selected_time"] == "08:30"
    home.get_by_role("button", name="Pause").click()
    page.get_by_role("dialog", name="Pause?").get_by_role("button", name="Pause").click()
    assert told()["action_id"] == "pause"


def test_a_number_out_of_bounds_is_told_beside_its_field_before_the_app_hears_of_it(desk: Desk) -> None:
    field = {"type": "number_input", "action_id": "v", "is_decimal_allowed": False, "min_value": "1", "max_value": "9"}
    at = {"type": "timepicker", "action_id": "at", "initial_time": "09:00"}
    view = {"type": "modal", "title": plain("Change"), "submit": plain("Apply"), "blocks": [
        {"type": "input", "block_id": "amount", "label": plain("Amount"), "element": field},
        {"type": "input", "block_id": "time", "label": plain("At"), "element": at},
    ]}  # fmt: skip

    def answers(payload: dict[str, object]) -> None:
        if payload.get("type") == "block_actions":
            desk.slack.views_open(trigger_id=str(payload["trigger_id"]), view=view)

    desk.bot.answers = answers
    desk.posts([{"type": "actions", "elements": [button("edit", "Edit")]}])
    page = desk.look()
    page.get_by_role("button", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog", name="Change")
    for typed, said in (("10", "Please enter 9 or less."), ("0", "Please enter 1 or more.")):
        dialog.get_by_label("Amount").fill(typed)
        dialog.get_by_role("button", name="Apply").click()
        expect(dialog.get_by_role("alert")).to_have_text(said)
    dialog.get_by_label("Amount").fill("7")
    dialog.get_by_label("At").fill("10:30")
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_have_count(0)
    values = desk.bot.hears("view_submission")["view"]["state"]["values"]
    assert (values["amount"]["v"]["value"], values["time"]["at"]["selected_time"]) == ("7", "10:30")
