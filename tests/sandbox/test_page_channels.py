"""Channels on the sandbox's page: several people, a guest, somebody of another company, and the app by its name."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.sandbox.page_desk import Desk

pytestmark = pytest.mark.browser

SALES = "C0SALES001"


def test_several_people_talk_in_one_thread_of_a_channel_and_name_the_app(desk: Desk) -> None:
    page = desk.look(SALES)
    box = page.get_by_label("Message #sales")
    box.press_sequentially("@dayb")
    expect(page.get_by_role("option", name="@Daybook")).to_be_visible()
    page.keyboard.press("Enter")
    box.press_sequentially("what's open at Hooli?")
    expect(box).to_have_value("@Daybook what's open at Hooli?")
    page.keyboard.press("Enter")
    heard = desk.bot.hears("app_mention")["event"]
    assert heard["text"] == "<@U0DAYBOOK1> what's open at Hooli?"
    row = page.locator(f"[data-ts='{heard['ts']}']")
    expect(row.locator(".mention")).to_have_text("@Daybook")
    name = desk.sandbox.get(f"/_page/state?user={desk.user}")["me"]["real_name"]
    desk.does("say", user=desk.other, channel=SALES, typed=f"@{name} and Globex?", thread_ts=heard["ts"])
    desk.does("say", user="U0GUEST001", channel=SALES, text="me too", thread_ts=heard["ts"])
    told = {"user": desk.user, "thread_ts": heard["ts"], "text": "Nothing was changed."}
    desk.slack.chat_postEphemeral(channel=SALES, **told)
    row.get_by_role("button", name="2 replies").click()
    thread = page.get_by_role("complementary", name="Thread")
    expect(thread.locator(".mention.you")).to_have_text(f"@{name}")
    expect(thread.locator(".message", has_text="me too")).to_contain_text("Guest")
    expect(thread.locator(".message.ephemeral")).to_contain_text("Nothing was changed.")


def test_where_the_app_is_not_it_does_not_hear_its_name(desk: Desk) -> None:
    page = desk.look("C0RANDOM01")
    page.get_by_label("Message #random").fill("@Daybook hello?")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".message.ephemeral")).to_contain_text("You named @Daybook, who is not in this channel")


def test_somebody_of_another_company_sees_the_shared_channel_and_nothing_else(desk: Desk) -> None:
    desk.user = "U0STRANGER"
    page = desk.look()
    expect(page.get_by_role("heading", name="shared-with-partner", exact=True)).to_be_visible()
    expect(page.get_by_role("navigation").get_by_role("button", name="Daybook")).to_have_count(0)
    page.get_by_label("Message #shared-with-partner").fill("@Daybook what do you know?")
    page.keyboard.press("Enter")
    heard = desk.bot.hears("app_mention")
    assert (heard["is_ext_shared_channel"], heard["event"]["team"]) == (True, "T0OUTSIDE1")
    expect(page.locator(".message").last).to_contain_text("External")
