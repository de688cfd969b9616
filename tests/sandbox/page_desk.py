"""What the tests of the page work with: a person's desk, and the blocks of a morning list."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page
from slack_sdk import WebClient

from tests.sandbox.page_bot import Bot
from tests.sandbox.page_shot import settled
from tests.stand_ins import Sandbox


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def button(action_id: str, text: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


LATER = [{"text": plain(words), "value": words} for words in ("Until tomorrow", "For a week")]
LIST: list[dict[str, Any]] = [
    {"type": "header", "text": plain("Monday, 23 November: 1 account for today")},
    {"type": "context", "elements": [mrkdwn("HubSpot as of 8:41:07  ·  Jira as of 8:42:13")]},
    {"type": "divider"},
    {"type": "section", "block_id": "acme", "text": mrkdwn(
        "*1. <https://app.hubspot.com/contacts/1/company/7|Acme Anvils (sample)>*  ·  Gold · $182,000 of $264,000\n"
        "• an urgent ticket has been open 12 days\n• nobody has spoken to them for 21 days"
    )},
    {"type": "actions", "block_id": "do", "elements": [
        button("why", "Why?", value="7"),
        {"type": "static_select", "action_id": "snooze", "placeholder": plain("Snooze"), "options": LATER},
        button("not_relevant", "Not relevant", value="7", style="danger", confirm={
            "title": plain("Sure?"), "text": mrkdwn("It *stays* away."), "confirm": plain("Yes"), "deny": plain("No"),
        }),
        button("open", "Open in HubSpot", url="https://app.hubspot.com/contacts/1/company/7"),
        {"type": "overflow", "action_id": "more", "options": LATER},
    ]},
]  # fmt: skip


MODAL: dict[str, Any] = {
    "type": "modal", "callback_id": "because", "title": plain("Not relevant"), "submit": plain("Save"), "blocks": [
        {"type": "section", "text": mrkdwn("*Acme Anvils (sample)* stays off your list.")},
        {"type": "input", "block_id": "reason", "label": plain("Reason"), "element": {
            "type": "radio_buttons", "action_id": "why",
            "options": [{"text": plain("Not mine"), "value": "not_mine"}]}},
        {"type": "input", "block_id": "until", "optional": True, "label": plain("Until"),
         "element": {"type": "datepicker", "action_id": "day"}},
        {"type": "input", "block_id": "tell", "optional": True, "label": plain("Tell"), "element": {
            "type": "checkboxes", "action_id": "whom", "options": [{"text": plain("My manager"), "value": "manager"}]}},
        {"type": "input", "block_id": "note", "label": plain("Note"), "element": {
            "type": "plain_text_input", "action_id": "words", "multiline": True}},
    ],
}  # fmt: skip


@dataclass
class Desk:
    """One person's page in a browser tab, with the sandbox and a bot behind it."""

    sandbox: Sandbox
    bot: Bot
    page: Page
    user: str
    other: str
    complaints: list[str] = field(default_factory=list)

    @property
    def dm(self) -> str:
        return "D" + self.user[1:]

    @property
    def slack(self) -> WebClient:
        return WebClient(self.sandbox.env["SLACK_BOT_TOKEN"], base_url=self.sandbox.env["SLACK_API_URL"])

    def posts(self, blocks: list[dict[str, Any]] | None = None, text: str = "x", to: str = "", **more: Any) -> str:
        said = self.slack.chat_postMessage(channel=to or self.user, text=text, blocks=blocks, **more)
        return str(said["ts"])

    def look(self, channel: str = "") -> Page:
        self.page.goto(f"{self.sandbox.address}/?user={self.user}" + (f"&channel={channel}" if channel else ""))
        settled(self.page)
        return self.page

    def does(self, what: str, **given: Any) -> Any:
        """Act behind the page's back: `does("say", user=…, typed=…)`."""
        return self.sandbox.post(f"/_sandbox/slack/{what}", given)

    def asks(self, typed: str, channel: str = "app", **more: Any) -> str:
        """This person writes there; the answer is the message's ts."""
        return str(self.does("say", user=self.user, channel=channel, typed=typed, **more)["message"]["ts"])
