"""A whole conversation with the app on the sandbox's page: its answers, its work, what people do with messages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.sandbox.page_desk import Desk, button, mrkdwn

pytestmark = pytest.mark.browser

SALES = "C0SALES001"
TABLE = "\n\n| Deal | Amount |\n| :--- | ---: |\n| **Renewal** | $40,000 |\n| Seats | $9,500 |\n\n- call `Otto`\n"



def test_an_answer_grows_in_the_thread_while_it_is_read_and_ends_with_its_buttons(desk: Desk) -> None:
    ts = desk.asks("What is open at Acme?")
    page = desk.look()
    stream = desk.slack.chat_startStream(channel=desk.dm, thread_ts=ts, markdown_text="I looked at **Acme**")
    page.get_by_role("button", name="1 reply").click()
    answer = page.get_by_role("complementary", name="Thread").locator(".message").last
    expect(answer.locator("strong", has_text="Acme")).to_be_visible()
    expect(answer.get_by_role("img", name="still writing")).to_be_visible()
    where = {"channel": desk.dm, "ts": stream["ts"]}
    step = {"type": "task_update", "id": "1", "title": "Read tickets", "details": "two are open"}
    plan = {"type": "plan_update", "title": "Looking into it"}
    desk.slack.chat_appendStream(**where, chunks=[plan, {**step, "status": "in_progress"}])
    expect(answer).to_contain_text("Read tickets (under way)")
    desk.slack.chat_appendStream(**where, chunks=[{**step, "details": "", "status": "complete"}])
    expect(answer).to_contain_text("Read tickets (done)two are open")
    desk.slack.chat_appendStream(**where, markdown_text=TABLE)
    expect(answer.get_by_role("cell", name="$40,000")).to_have_css("text-align", "right")
    undo = {"type": "actions", "elements": [button("undo", "Undo", value="7")]}
    footer = {"type": "context", "elements": [mrkdwn("assistant · <https://daybook.example/trace/7|trace>")]}
    desk.slack.chat_stopStream(**where, blocks=[undo, footer])
    expect(answer.get_by_role("img", name="still writing")).to_have_count(0)
    expect(answer.get_by_role("link", name="trace")).to_have_attribute("target", "_blank")
    expect(answer.locator("code")).to_have_text("Otto")
    answer.get_by_role("button", name="Undo").click()
    pressed = desk.bot.hears("block_actions")
    assert (pressed["container"]["thread_ts"], pressed["actions"][0]["value"]) == (ts, "7")


def test_while_the_agent_works_it_says_so_under_its_title_and_can_be_stopped(desk: Desk) -> None:
    ts = desk.asks("@Daybook what about Initech?", channel=SALES)
    page = desk.look(SALES)
    place = {"channel_id": SALES, "thread_ts": ts}
    desk.slack.agents_sessions_setStatus(**place, status="processing", title="Initech", initiator_user_id=desk.user)
    desk.slack.assistant_threads_setStatus(**place, status="is reading tickets…")
    expect(page.locator(".conversation").get_by_role("status")).to_contain_text("Daybook is reading tickets…")
    row = page.locator(f"[data-ts='{ts}']")
    row.hover()
    row.get_by_role("button", name="Reply in thread").click()
    thread = page.get_by_role("complementary", name="Thread")
    expect(thread.get_by_role("heading", name="Initech")).to_be_visible()
    reader = {"recipient_user_id": desk.user, "recipient_team_id": "T0SANDBOX1"}
    stream = desk.slack.chat_startStream(channel=SALES, thread_ts=ts, markdown_text="So far", **reader)
    expect(thread.get_by_role("status")).to_contain_text("Daybook is working…")
    thread.get_by_role("button", name="Stop").click()
    event = desk.bot.hears("agent_session_stopped")["event"]
    assert (event["thread_ts"], event["user"], event["streaming_message_ts"]) == (ts, desk.user, [stream["ts"]])
    expect(thread.get_by_role("button", name="Stopping…")).to_be_visible()
    expect(thread.locator(".message").last).to_contain_text("(stopped)")
    desk.slack.agents_sessions_setStatus(**place, status="active")
    desk.slack.agents_sessions_rename(**place, title="Initech, stopped")
    expect(thread.get_by_role("button", name="Stopping…")).to_have_count(0)
    expect(thread.get_by_role("heading", name="Initech, stopped")).to_be_visible()


def test_an_app_that_does_not_hear_of_it_gets_no_stop_button(desk: Desk) -> None:
    events = desk.sandbox.get("/_sandbox/slack/app")["bot_events"]
    ts = desk.asks("Anything?")
    desk.slack.agents_sessions_setStatus(channel_id=desk.dm, thread_ts=ts, status="processing")
    page = desk.look()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    desk.does("app", bot_events=[event for event in events if event != "agent_session_stopped"])
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    desk.does("app", bot_events=events)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()


def test_commands_are_hinted_while_typed_and_have_no_place_in_threads(desk: Desk) -> None:
    desk.bot.answers = lambda payload: {"text": "We can."} if payload.get("command") else None
    desk.posts(text="list")
    for channel, label in (("", "Message Daybook"), (SALES, "Message #sales")):
        page = desk.look(channel)
        box = page.get_by_label(label)
        box.fill("/")
        expect(page.get_by_role("option")).to_have_count(2)
        box.press_sequentially("a")
        expect(page.get_by_role("option")).to_contain_text("/agent NAME your question")
        page.keyboard.press("Tab")
        box.press_sequentially("security can we store cards?")
        expect(page.get_by_role("note")).to_have_text("/agent NAME your question")
        page.keyboard.press("Enter")
        heard = desk.bot.hears("/agent")
        assert (heard["text"], heard["channel_id"]) == ("security can we store cards?", channel or desk.dm)
        expect(page.locator(".message.ephemeral").last).to_contain_text("We can.")
    page = desk.look()
    page.locator(".message").first.hover()
    page.get_by_role("button", name="Reply in thread").first.click()
    page.get_by_label("Reply…").fill("/agent security can we?")
    expect(page.get_by_role("note")).to_contain_text("Slack has no slash commands in threads. Write !agent NAME")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not supported in threads")
    page.get_by_label("Reply…").fill("!agent security can we?")
    page.keyboard.press("Enter")
    assert desk.bot.hears("message")["event"]["text"] == "!agent security can we?"


def test_suggestions_are_offered_until_something_is_written_and_again_when_the_app_says_so(desk: Desk) -> None:
    def suggests(title: str) -> None:
        prompts = [{"title": title, "message": f"{title}, please"}]
        desk.slack.assistant_threads_setSuggestedPrompts(channel_id=desk.dm, title="Try one", prompts=prompts)

    suggests("What is first?")
    page = desk.look()
    page.get_by_role("group", name="Try one").get_by_role("button", name="What is first?").click()
    assert desk.bot.hears("message")["event"]["text"] == "What is first?, please"
    expect(page.get_by_role("group", name="Try one")).to_have_count(0)
    suggests("And after that?")
    expect(page.get_by_role("button", name="And after that?")).to_be_visible()


def test_an_answer_in_a_closed_thread_is_pointed_out_until_it_is_opened(desk: Desk) -> None:
    ts = desk.asks("What is open at Acme?")
    page = desk.look()
    desk.posts(text="Two deals.", thread_ts=ts)
    page.get_by_role("button", name="Daybook answered in a thread: open it").click()
    thread = page.get_by_role("complementary", name="Thread")
    expect(thread.locator(".message").last).to_contain_text("Two deals.")
    expect(page.get_by_role("button", name="Daybook answered")).to_have_count(0)
    desk.posts(text="And one more.", thread_ts=ts)
    expect(thread.locator(".message").last).to_contain_text("And one more.")
    expect(page.get_by_role("button", name="Daybook answered")).to_have_count(0)


def test_a_conversation_says_its_name_only_once_and_the_line_that_opens_it_is_not_covered(desk: Desk) -> None:
    for n in range(12):
        desk.posts(text=f"Earlier, {n}.\n\nAnd more.")
    ts = desk.asks("What is open at Acme?")
    page = desk.look()
    page.set_viewport_size({"width": 800, "height": 700})
    row = page.locator(f"[data-ts='{ts}']")

    place = {"channel_id": desk.dm, "thread_ts": ts}
    begun = {"status": "active", "title": "What is open at Acme?", "initiator_user_id": desk.user}
    desk.slack.agents_sessions_setStatus(**place, **begun)
    desk.posts(text="Two deals.", thread_ts=ts)
    expect(page.get_by_role("button", name="Daybook answered in a thread")).to_be_visible()
    expect(row.get_by_role("button", name="1 reply")).to_be_in_viewport(ratio=1)
    expect(row.locator(".session-title")).to_have_count(0)
    desk.slack.agents_sessions_rename(**place, title="Acme's renewal")
    expect(row.locator(".session-title")).to_have_text("Acme's renewal")
    row.get_by_role("button", name="1 reply").click(timeout=3_000)
    expect(page.get_by_role("complementary", name="Thread")).to_contain_text("Two deals.")
