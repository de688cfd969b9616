"""What a person does with one message on the sandbox's page: shortcuts, their own changes, links."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.sandbox.page_desk import Desk, plain
from tests.sandbox.page_shot import settled

pytestmark = pytest.mark.browser


def test_a_shortcut_is_run_on_a_message_by_keyboard_and_may_open_a_modal(desk: Desk) -> None:
    view = {"type": "modal", "title": plain("Which agent?"), "blocks": [{"type": "divider"}]}

    def answers(payload: dict[str, object]) -> None:
        if payload.get("type") == "message_action":
            desk.slack.views_open(trigger_id=str(payload["trigger_id"]), view=view)

    desk.bot.answers = answers
    desk.does("app", shortcuts=[{"name": "Ask another agent", "type": "message", "callback_id": "ask_agent"}])
    ts = desk.posts(text="Acme is fine.")
    page = desk.look()
    opener = page.get_by_role("button", name="Message actions")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Reply in thread")).to_be_focused()
    expect(page.get_by_role("menuitem", name="Edit message")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    heard = desk.bot.hears("message_action")
    assert (heard["callback_id"], heard["message"]["ts"], heard["channel"]["id"]) == ("ask_agent", ts, desk.dm)
    expect(page.get_by_role("dialog", name="Which agent?")).to_be_visible()


def test_people_change_and_delete_their_own_messages(desk: Desk) -> None:
    ts = desk.asks("I called Acme & left a massage @Daybook")
    page = desk.look()
    page.locator(".message").hover()
    page.get_by_role("button", name="Message actions").click()
    page.get_by_role("menuitem", name="Edit message").click()
    box = page.get_by_role("textbox", name="Edit message")
    expect(box).to_have_value("I called Acme & left a massage @Daybook")
    box.fill("I called Acme & left a message")
    page.keyboard.press("Enter")
    expect(page.locator(".message")).to_contain_text("I called Acme & left a message(edited)")
    desk.bot.hears("message")
    changed = desk.bot.hears("message")["event"]
    assert (changed["subtype"], changed["message"]["text"]) == ("message_changed", "I called Acme &amp; left a message")
    assert changed["previous_message"]["text"] == "I called Acme &amp; left a massage <@U0DAYBOOK1>"
    page.get_by_role("button", name="Message actions").click()
    page.get_by_role("menuitem", name="Delete message…").click()
    page.get_by_role("dialog", name="Delete message").get_by_role("button", name="Delete").click()
    expect(page.locator(".message")).to_have_count(0)
    gone = desk.bot.hears("message")["event"]
    assert (gone["subtype"], gone["deleted_ts"]) == ("message_deleted", ts)


def test_the_link_of_a_message_leads_back_to_it(desk: Desk) -> None:
    ts = desk.posts(text="root")
    reply = desk.posts(text="the answer", thread_ts=ts)
    page = desk.look()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="1 reply").click()
    thread = page.get_by_role("complementary", name="Thread")
    thread.locator(f"[data-ts='{reply}']").hover()
    thread.locator(f"[data-ts='{reply}']").get_by_role("button", name="Message actions").click()
    page.get_by_role("menuitem", name="Copy link").click()
    expect(page.get_by_role("menu")).to_have_count(0)
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == desk.slack.chat_getPermalink(channel=desk.dm, message_ts=reply)["permalink"]
    page.goto(link)
    settled(page)
    expect(thread.locator(".message.sought")).to_contain_text("the answer")


def test_the_message_menu_is_in_reach_on_a_phone(desk: Desk) -> None:
    desk.posts(text="one")
    desk.posts(text="two")
    desk.page.set_viewport_size({"width": 390, "height": 844})
    page = desk.look()
    page.get_by_role("button", name="Message actions").last.click()
    menu = page.get_by_role("menu", name="Message actions")
    box = menu.bounding_box()
    assert box is not None
    assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, 390, 844)
    heights = menu.get_by_role("menuitem").evaluate_all("items => items.map(item => item.offsetHeight)")
    assert min(heights) >= 44
    menu.get_by_role("menuitem", name="Reply in thread").click()
    expect(page.get_by_role("complementary", name="Thread")).to_contain_text("two")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
