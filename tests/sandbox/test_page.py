"""The sandbox's page in a real browser: what a person sees, presses, types and is spared."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.deployments import until
from tests.sandbox.page_desk import LIST, MODAL, Desk, button, mrkdwn, plain

pytestmark = pytest.mark.browser


def test_a_list_is_shown_whole_in_the_readers_own_time(desk: Desk) -> None:
    ts = desk.posts(LIST)
    page = desk.look()
    expect(page.get_by_role("heading", name="Monday, 23 November: 1 account for today")).to_be_visible()
    expect(page.locator(".message")).to_contain_text("Gold · $182,000 of $264,000")
    expect(page.locator(".message")).to_contain_text("HubSpot as of 8:41:07")
    link = page.get_by_role("link", name="Acme Anvils (sample)")
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener noreferrer")
    zone = ZoneInfo(desk.sandbox.get(f"/_page/state?user={desk.user}")["me"]["tz"])
    at = datetime.fromtimestamp(float(ts), zone)
    expect(page.locator(".message .by time")).to_have_text(at.strftime("%-I:%M %p"))
    expect(page.locator(".day").last).to_have_text("Today")


def test_a_message_arrives_without_reload_and_lights_the_dots_of_the_others(desk: Desk) -> None:
    page = desk.look()
    desk.posts(text="Good *morning*")
    expect(page.locator(".message")).to_contain_text("Good morning")
    name = desk.sandbox.get(f"/_page/state?user={desk.other}")["me"]["real_name"]
    other = page.get_by_role("button", name=name)
    desk.posts(to=desk.other, text="for somebody else")
    expect(other.locator(".dot")).to_be_visible()
    other.click()
    expect(page.locator(".message")).to_contain_text("for somebody else")
    expect(other.locator(".dot")).to_have_count(0)


def test_a_press_a_choice_and_a_link_button_reach_the_bot(desk: Desk) -> None:
    ts = desk.posts(LIST)
    page = desk.look()
    page.get_by_role("button", name="Why?").click()
    pressed = desk.bot.hears("block_actions")
    assert (pressed["user"]["id"], pressed["container"]["message_ts"]) == (desk.user, ts)
    assert (pressed["actions"][0]["action_id"], pressed["actions"][0]["value"]) == ("why", "7")
    page.get_by_label("Snooze").select_option("For a week")
    assert desk.bot.hears("block_actions")["actions"][0]["selected_option"]["value"] == "For a week"
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Until tomorrow").click()
    assert desk.bot.hears("block_actions")["actions"][0]["action_id"] == "more"
    link = page.get_by_role("link", name="Open in HubSpot")
    link.evaluate("link => link.addEventListener('click', event => event.preventDefault())")
    link.click()
    assert desk.bot.hears("block_actions")["actions"][0]["action_id"] == "open"


def test_a_confirm_dialog_comes_before_the_press(desk: Desk) -> None:
    desk.posts(LIST)
    page = desk.look()
    page.get_by_role("button", name="Not relevant").click()
    page.get_by_role("dialog", name="Sure?").get_by_role("button", name="No", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Not relevant").click()
    page.get_by_role("button", name="Yes").click()
    assert desk.bot.hears("block_actions")["actions"][0]["action_id"] == "not_relevant"


def test_a_modal_opens_takes_its_fields_shows_errors_and_closes(desk: Desk) -> None:
    def answers(payload: dict[str, Any]) -> dict[str, Any] | None:
        if payload.get("type") == "block_actions":
            desk.slack.views_open(trigger_id=payload["trigger_id"], view=MODAL)
        if payload.get("type") == "view_submission":
            said = payload["view"]["state"]["values"]["note"]["words"]["value"]
            return {"response_action": "errors", "errors": {"note": "Too short"}} if said == "no" else None
        return None

    desk.bot.answers = answers
    desk.posts(LIST)
    page = desk.look()
    page.get_by_role("button", name="Why?").click()
    dialog = page.get_by_role("dialog", name="Not relevant")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Please complete this required field.")).to_have_count(2)
    dialog.get_by_label("Not mine").check()
    dialog.get_by_label("Until").fill("2026-12-01")
    dialog.get_by_label("My manager").check()
    dialog.get_by_label("Note").fill("no")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text("Too short")
    dialog.get_by_label("Note").fill("They moved to another team")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    desk.bot.hears("view_submission")
    values = desk.bot.hears("view_submission")["view"]["state"]["values"]
    assert values["reason"]["why"]["selected_option"]["value"] == "not_mine"
    assert values["until"]["day"]["selected_date"] == "2026-12-01"
    assert [option["value"] for option in values["tell"]["whom"]["selected_options"]] == ["manager"]
    assert values["note"]["words"]["value"] == "They moved to another team"


def test_a_modal_changes_while_it_is_open_and_escape_closes_it(desk: Desk) -> None:
    opened: list[str] = []

    def answers(payload: dict[str, Any]) -> None:
        if payload.get("type") == "block_actions":
            opened.append(desk.slack.views_open(trigger_id=payload["trigger_id"], view=MODAL)["view"]["id"])

    desk.bot.answers = answers
    desk.posts(LIST)
    page = desk.look()
    why = page.get_by_role("button", name="Why?")
    why.click()
    expect(page.get_by_role("dialog")).to_contain_text("stays off your list")
    until(lambda: opened, "Slack's answer, which comes after the window is shown")
    changed = {**MODAL, "title": plain("Loaded"), "blocks": [{"type": "section", "text": mrkdwn("_40 points_")}]}
    desk.slack.views_update(view_id=opened[0], view=changed)
    expect(page.get_by_role("dialog", name="Loaded")).to_contain_text("40 points")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(why).to_be_focused()


def test_the_home_tab_is_shown_changes_and_can_be_pressed(desk: Desk) -> None:
    pause = {"type": "actions", "elements": [button("pause", "Pause")]}
    blocks = [{"type": "header", "text": plain("Good morning")}, pause]
    desk.slack.views_publish(user_id=desk.user, view={"type": "home", "blocks": blocks})
    page = desk.look()
    page.get_by_role("tab", name="Home").click()
    expect(page.get_by_role("heading", name="Good morning")).to_be_visible()
    assert desk.bot.hears("app_home_opened")["event"]["tab"] == "messages"
    assert desk.bot.hears("app_home_opened")["event"]["tab"] == "home"
    page.get_by_role("button", name="Pause").click()
    assert desk.bot.hears("block_actions")["view"]["type"] == "home"
    blocks = [{"type": "header", "text": plain("Paused")}]
    desk.slack.views_publish(user_id=desk.user, view={"type": "home", "blocks": blocks})
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()


def test_what_is_written_is_heard_and_answered_in_a_thread(desk: Desk) -> None:
    ts = desk.posts(text="Your list")
    page = desk.look()
    page.get_by_label("Message Daybook").fill("Hello <b>you</b>")
    page.keyboard.press("Enter")
    assert desk.bot.hears("message")["event"]["text"] == "Hello &lt;b&gt;you&lt;/b&gt;"
    expect(page.locator(".message").last).to_contain_text("Hello <b>you</b>")
    page.locator(".message").first.hover()
    page.get_by_role("button", name="Reply in thread").first.click()
    thread = page.get_by_role("complementary", name="Thread")
    thread.get_by_label("Reply…").fill("I called Acme")
    page.keyboard.press("Enter")
    assert desk.bot.hears("message")["event"]["thread_ts"] == ts
    desk.slack.assistant_threads_setStatus(channel_id=desk.dm, thread_ts=ts, status="is thinking…")
    expect(thread.get_by_role("status")).to_contain_text("Daybook is thinking…")
    desk.posts(text="Logged.", thread_ts=ts)
    expect(thread).to_contain_text("Logged.")
    expect(thread.get_by_role("status")).not_to_contain_text("thinking")
    expect(page.get_by_role("button", name="2 replies")).to_be_visible()
    page.keyboard.press("Escape")
    expect(thread).to_have_count(0)


def test_a_slash_command_is_answered_to_that_person_alone(desk: Desk) -> None:
    desk.bot.answers = lambda payload: {"text": "Nothing is due."} if payload.get("command") else None
    page = desk.look()
    page.get_by_label("Message Daybook").fill("/daybook list today")
    page.keyboard.press("Enter")
    heard = desk.bot.hears("/daybook")
    assert (heard["text"], heard["user_id"]) == ("list today", desk.user)
    expect(page.locator(".message.ephemeral")).to_contain_text("Only visible to you")
    expect(page.locator(".message.ephemeral")).to_contain_text("Nothing is due.")
    page.get_by_role("button", name="Dismiss message").click()
    expect(page.locator(".message.ephemeral")).to_have_count(0)


def test_a_message_that_is_edited_or_deleted_changes_on_the_screen(desk: Desk) -> None:
    ts = desk.posts(text="first words")
    page = desk.look()
    desk.slack.chat_update(channel=desk.dm, ts=ts, text="second words")
    expect(page.locator(".message")).to_contain_text("second words")
    expect(page.locator(".message")).to_contain_text("(edited)")
    desk.slack.chat_delete(channel=desk.dm, ts=ts)
    expect(page.locator(".message")).to_have_count(0)


def test_a_press_the_bot_does_not_answer_says_so(desk: Desk) -> None:
    desk.posts(LIST)
    page = desk.look()
    desk.bot.broken = True
    page.get_by_role("button", name="Why?").click()
    expect(page.get_by_role("alert")).to_contain_text("No answer")


READ = {
    "*bold* and *bold _both_* but a*b*c, 2 * 3 * 4, snake_case_name": (
        "<div><b>bold</b> and <b>bold <i>both</i></b> but a*b*c, 2 * 3 * 4, snake_case_name</div>"
    ),
    "$182,000 and $64,500 at 10:30:45": "<div>$182,000 and $64,500 at 10:30:45</div>",
    "# 4 tickets": "<div># 4 tickets</div>",
    "  • one\n  • two": "<div>  • one\n  • two</div>",
    "~gone~ `a *b*` Tom &amp; Jerry &lt;3 :tada: :no_such:": (
        "<div><s>gone</s> <code>a *b*</code> Tom &amp; Jerry &lt;3 🎉 :no_such:</div>"
    ),
    "<!here> <!date^43200^{date_num}|then>": (
        '<div><span class="mention">@here</span> <time title="then">1970-01-01</time></div>'
    ),
    "&gt; quoted\nnot quoted": "<blockquote>quoted</blockquote><div>not quoted</div>",
}


def test_mrkdwn_is_read_by_slacks_rules_and_nothing_vanishes(desk: Desk) -> None:
    for text in READ:
        desk.posts([{"type": "section", "text": mrkdwn(text)}])
    words = desk.look().locator(".words")
    expect(words).to_have_count(len(READ))
    assert words.evaluate_all("all => all.map(one => one.innerHTML)") == list(READ.values())


HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def test_hostile_text_stays_text_and_hostile_links_are_no_links(desk: Desk) -> None:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": HOSTILE}]}
    bad = "javascript:document.title='owned'"
    image = {"type": "image", "image_url": "https://elsewhere.example/c.png", "alt_text": "c"}
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": plain(HOSTILE)},
        {"type": "section", "text": mrkdwn(f"{HOSTILE} <{bad}|press me> `<{bad}|me too>`"), "fields": [plain(HOSTILE)]},
        {"type": "rich_text", "elements": [section]},
        {"type": "markdown", "text": f"{HOSTILE} [x]({bad}) ![y](https://elsewhere.example/y.png)"},
        {"type": "table", "rows": [[{"type": "raw_text", "text": HOSTILE}]]},
        {"type": "image", "image_url": "https://elsewhere.example/z.png", "alt_text": HOSTILE},
        {"type": "context", "elements": [image]},
    ]
    desk.posts(blocks, text=HOSTILE)
    desk.posts(text=HOSTILE)
    page = desk.look()
    expect(page.locator(".message")).to_have_count(2)
    assert page.title().startswith("Daybook")
    assert page.locator("#page script, #page img, #page iframe").count() == 0
    addresses = page.locator("#page a").evaluate_all("links => links.map(link => link.getAttribute('href') || '')")
    assert [address for address in addresses if not address.startswith(("https:", "http:"))] in ([], [""])
    assert HOSTILE in page.locator(".message").last.inner_text()


def test_on_a_phone_the_sidebar_waits_behind_a_button(desk: Desk) -> None:
    desk.posts(LIST)
    desk.page.set_viewport_size({"width": 390, "height": 844})
    page = desk.look()
    expect(page.get_by_role("navigation", name="Workspace")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Open the menu").click()
    page.get_by_role("button", name="general").click()
    expect(page.get_by_role("heading", name="general", exact=True)).to_be_visible()
    expect(page.get_by_role("navigation", name="Workspace")).to_be_hidden()


def test_a_page_of_another_origin_cannot_press_anything(desk: Desk) -> None:
    asked = urllib.request.Request(
        f"{desk.sandbox.address}/_page/message", data=b"{}", method="POST", headers={"Origin": "https://elsewhere.example"}
    )
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(asked)


def test_the_clock_and_the_knobs_are_turned_on_the_page(desk: Desk) -> None:
    page = desk.look()
    page.get_by_role("button", name="Sandbox controls").click()
    drawer = page.get_by_role("complementary", name="Sandbox controls")
    before = desk.sandbox.get("/_sandbox/clock")["now_ms"]
    drawer.get_by_role("button", name="+1 hour").click()
    expect(page.locator(".drawer .now span")).to_contain_text("18:0")
    assert desk.sandbox.get("/_sandbox/clock")["now_ms"] >= before + 3_600_000
    drawer.get_by_role("button", name="Next 9:00").click()
    expect(page.locator(".when .long")).to_contain_text("Tuesday, November 24 at 9:00 AM")
    drawer.get_by_role("button", name="Add").click()
    expect(drawer.get_by_role("listitem")).to_contain_text("slack.chat.postMessage")
    assert desk.sandbox.get("/_sandbox/knobs")["knobs"][0]["mode"] == "rate_limit"
    drawer.get_by_role("button", name="Clear all").click()
    expect(drawer).to_contain_text("Everything behaves.")
