"""A rep holds the conversation in the browser: told, confirmed, asked, undone; HubSpot holds what was said, once."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.deployments import until
from tests.office import Office
from tests.stories.conftest import OpenOffice

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser

REP, MANAGER = "U0REP00001", "U0MGR00001"
"""Whose accounts are Acme, Globex and Initech."""
VOICEMAIL = "b2cf5968-551e-4856-9783-52b3da59a7d0"
"""HubSpot's own id of the outcome "Left voicemail", the same in every portal."""


@pytest.fixture(scope="module")
def office(open_office: OpenOffice) -> Iterator[Office]:
    from tests.sandbox.page_shot import chromium

    chromium()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    public = f"http://127.0.0.1:{port}"
    with open_office(reps=3, accounts=8, DAYBOOK_PORT=str(port), DAYBOOK_PUBLIC_URL=public) as working:
        working.next_morning()
        yield working


@pytest.fixture(scope="module")
def chrome(office: Office) -> Iterator[Browser]:
    """A headless browser. It comes after the office: it keeps an event loop here, and a worker starts without."""
    from tests.sandbox.page_shot import browser

    with browser() as running:
        yield running


@pytest.fixture
def page(chrome: Browser, office: Office) -> Iterator[Page]:
    from tests.sandbox.page_shot import settled

    opened = chrome.new_page(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(15_000)
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.goto(f"{office.sandbox.address}/?user={REP}")
    settled(opened)
    yield opened
    opened.close()
    assert wrong == []


def says(page: Page, words: str) -> Locator:
    """Type it into the message box; answers its thread, opened, once Daybook has ended its answer there."""
    page.get_by_text("live", exact=True).wait_for()
    page.get_by_role("textbox", name="Message Daybook").fill(words)
    page.keyboard.press("Enter")
    row = page.locator(".conversation .message", has_text=words).last
    row.wait_for()
    row.hover()
    row.get_by_role("button", name="Reply in thread").click()
    thread = page.get_by_role("complementary", name="Thread")
    thread.locator(".message", has_text=words).first.wait_for()
    thread.get_by_text("stand-in model").wait_for()
    return thread


def from_daybook(office: Office, kind: str) -> list[dict[str, Any]]:
    """The living records of that kind that Daybook made, as HubSpot's own search finds them."""
    wanted = ["hs_call_disposition", "hs_task_subject", "hs_timestamp", "hs_note_body"]
    mine = {"filters": [{"propertyName": "daybook_key", "operator": "HAS_PROPERTY"}]}
    asked = urllib.request.Request(
        f"{office.sandbox.env['HUBSPOT_API_URL']}/crm/v3/objects/{kind}/search",
        data=json.dumps({"filterGroups": [mine], "properties": wanted}).encode(),
        headers={
            "Authorization": f"Bearer {office.sandbox.env['HUBSPOT_ACCESS_TOKEN']}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return [one["properties"] for one in json.load(answer)["results"]]


def globex(office: Office) -> tuple[str, str, str]:
    (found,) = office.sandbox.get("/_sandbox/crm/objects/deals?name=813")["results"]
    deal = found["properties"]
    return deal["dealstage"], deal["amount"], deal["closedate"][:10]


def asked_of_the_model(office: Office) -> list[tuple[str, set[str]]]:
    told = office.sandbox.get("/_sandbox/claude/requests")["requests"]
    return [(one["model"], {tool["name"] for tool in one["body"]["tools"]}) for one in told]


def test_the_four_sentences_do_what_they_say_once_and_undo_takes_it_back(office: Office, page: Page) -> None:
    # "I called Acme and left a message": logged at once, with one line and Undo.
    thread = says(page, "I called Acme and left a message")
    thread.get_by_text("✓ Logged a call on Acme: left voicemail").wait_for()
    assert thread.get_by_text("Logged a call on Acme").count() == 1, "said once, not by the answer and by its receipt"
    (call,) = from_daybook(office, "calls")
    assert call["hs_call_disposition"] == VOICEMAIL
    page.locator(".conversation").get_by_text("✓ Acme").wait_for()

    # "move Globex …": nothing until Apply is pressed.
    before = globex(office)
    thread = says(page, "move Globex to proposal, 40k, closing in March")
    assert globex(office) == before
    thread.get_by_text("31 Mar 2027").wait_for()
    thread.get_by_role("button", name="Apply").click()
    thread.get_by_text("✓ Applied by").wait_for()
    stage, amount, closing = globex(office)
    assert (stage != before[0], amount, closing) == (True, "40000", "2027-03-31")
    thread.get_by_role("button", name="Undo").click()
    thread.get_by_text("Undone by").wait_for()
    assert globex(office) == before

    # "what's open at Initech?" changes nothing and names the deal.
    thread = says(page, "what's open at Initech?")
    thread.get_by_text("Open at Initech:").wait_for()

    # "remind me about them in two weeks": a task on Initech, the day in the person's calendar.
    thread = says(page, "remind me about them in two weeks")
    thread.get_by_text("Follow up with Initech").wait_for()
    (task,) = from_daybook(office, "tasks")
    assert task["hs_task_subject"] == "Follow up with Initech"
    assert task["hs_timestamp"][:10] == "2026-12-07"
    thread.get_by_role("button", name="Undo").click()
    thread.get_by_text("Undone by").wait_for()
    assert from_daybook(office, "tasks") == []
    assert len(from_daybook(office, "calls")) == 1, "what was not undone stands, once"


def test_a_specialist_answers_once_in_the_same_conversation(office: Office, page: Page) -> None:
    says(page, "what's open at Globex?")
    office.sandbox.ask("DELETE", "/_sandbox/claude/requests")
    page.get_by_role("textbox", name="Message Daybook").fill("/agent security is our data encrypted at rest?")
    page.keyboard.press("Enter")
    root = page.locator(".conversation .message", has_text="Asked of security").last
    root.wait_for()
    root.hover()
    root.get_by_role("button", name="Reply in thread").click()
    thread = page.get_by_role("complementary", name="Thread")
    thread.get_by_text("security · trace").wait_for()
    of_security = asked_of_the_model(office)
    says(page, "what's open at Initech?")
    of_assistant = asked_of_the_model(office)[len(of_security) :]

    assert {model for model, _ in of_security} == {"claude-opus-5-5"}
    assert {model for model, _ in of_assistant} == {"claude-sonnet-5-5"}
    assert all("log_call" not in tools and "load_skill" in tools for _, tools in of_security), "it reads only"
    assert all("log_call" in tools for _, tools in of_assistant)
    systems = {
        one["model"]: str(one["body"]["system"]) for one in office.sandbox.get("/_sandbox/claude/requests")["requests"]
    }
    assert len(set(systems.values())) == 2, "each with its own prompt"
    heard = str(office.sandbox.get("/_sandbox/claude/requests")["requests"][-1]["body"]["messages"])
    assert "encrypted at rest" in heard, "the assistant knows what was asked of the specialist"


def test_home_shows_what_was_done_and_takes_it_back(office: Office, page: Page) -> None:
    thread = says(page, "new topic: note on Globex: prefers tea & <b>scones</b>")
    thread.get_by_text("✓ Noted on Globex").wait_for()
    (note,) = from_daybook(office, "notes")
    assert note["hs_note_body"] == "prefers tea &amp; &lt;b&gt;scones&lt;/b&gt;"
    page.get_by_role("tab", name="Home").click()
    home = page.locator(".home")
    row = home.locator(".block", has_text="Noted on Globex")
    row.get_by_role("button", name="Undo").click()
    home.locator(".block", has_text="undone").first.wait_for()
    until(lambda: from_daybook(office, "notes") == [], "the note is gone from HubSpot")


def test_the_footers_trace_opens_the_page_about_the_answer(office: Office, page: Page) -> None:
    thread = says(page, "new topic: what's open at Globex?")
    with page.context.expect_page() as opening:
        thread.get_by_role("link", name="trace").last.click()
    about = opening.value
    about.get_by_role("heading", name="How this was answered").wait_for()
    assert about.get_by_text("· assistant · done").count() == 1
    about.get_by_role("cell", name="find_account").first.wait_for()
    assert about.get_by_text("Globex").count() == 0
    for width in (1280, 390):
        about.set_viewport_size({"width": width, "height": 800})
        assert about.evaluate("document.documentElement.scrollWidth") <= width, "nothing is cut off"
    about.close()


def test_two_people_talk_with_daybook_in_a_channel_where_both_may_hear_of_the_account(
    office: Office, page: Page
) -> None:
    def writes(place: str, words: str, answer: str) -> None:
        page.get_by_text("live", exact=True).wait_for()
        page.get_by_role("textbox", name=place).fill(words)
        page.keyboard.press("Enter")
        thread = page.get_by_role("complementary", name="Thread")
        if not thread.is_visible():
            page.locator(".conversation").get_by_role("button", name="1 reply").click()
        thread.get_by_text(answer).wait_for()

    page.get_by_role("navigation").get_by_role("button", name="key-accounts").click()
    writes("Message #key-accounts", "@Daybook what's open at Acme?", "Open at Acme:")
    # The manager names Daybook once; what she writes next needs no mention, and "them" is the thread's account.
    page.goto(f"{office.sandbox.address}/?user={MANAGER}&channel=C0KEYACCT1")
    page.locator(".conversation").get_by_role("button", name="1 reply").click()
    writes("Reply…", "@Daybook I called Acme and left a message", "✓ Logged a call on Acme: left voicemail")
    writes("Reply…", "remind me about them in two weeks", "✓ Task on Acme for Mon 7 Dec: Follow up with Acme")
    thread = page.get_by_role("complementary", name="Thread")
    thread.get_by_role("button", name="Undo").last.click()
    thread.get_by_text("Undone by Marguerite Stonecastle").wait_for()
    # Each message acts as its writer, and the rep's own follow-up is heard too.
    page.goto(f"{office.sandbox.address}/?user={REP}&channel=C0KEYACCT1")
    page.locator(".conversation").get_by_role("button", name="replies").click()
    writes("Reply…", "thanks", "You're welcome.")


def test_what_the_stand_in_offers_a_rep_works_for_that_rep(office: Office, page: Page) -> None:
    page.goto(f"{office.sandbox.address}/?user={office.reps[1]}")
    offered = says(page, "help").get_by_role("listitem").all_inner_texts()
    for words, answer in zip(offered, ("✓ Logged a call on", "Confirm:", "Open at", "✓ Task on"), strict=True):
        says(page, words).get_by_text(answer).first.wait_for()
    # A colleague's account is not this rep's; some that are get named.
    says(page, "what's open at Initech?").get_by_text("among yours. There are").wait_for()
