"""Block Kit as Slack takes it and as Slack refuses it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.slack.blocks import check_blocks, check_view
from tests.sandbox.served import REP, Running, refusal

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Why?"), "action_id": "why", "value": "1", **more}


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn("*Acme*"), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def select(count: int, **more: Any) -> Json:
    options = [{"text": plain(f"Day {n}"), "value": str(n)} for n in range(count)]
    return {"type": "static_select", "action_id": "snooze", "options": options, **more}


def cell(text: str) -> Json:
    return {"type": "raw_text", "text": text}


def table(rows: int, columns: int) -> Json:
    return {"type": "table", "rows": [[cell("x")] * columns for _ in range(rows)]}


def data_table(rows: int, **more: Any) -> Json:
    return {"type": "data_table", "caption": "Pipeline", "rows": [[cell("a"), cell("b")]] * rows, **more}


PICTURE = {"type": "image", "image_url": "https://x.example/a.png", "alt_text": "a"}
PIE = {"type": "pie", "segments": [{"label": "a", "value": 1}]}
FEEDBACK = {
    "type": "feedback_buttons",
    "action_id": "f",
    "positive_button": {"text": plain("Good"), "value": "1"},
    "negative_button": {"text": plain("Bad"), "value": "0"},
}
MORE = {"type": "overflow", "action_id": "more", "options": select(5)["options"]}
WORDS = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}
FIELD = {"type": "plain_text_input", "action_id": "x"}
GOOD: list[Json] = [
    {"type": "header", "text": plain("Monday")},
    section(fields=[mrkdwn("a"), plain("b")], accessory=select(3)),
    {"type": "context", "elements": [mrkdwn("as of 9:00"), PICTURE]},
    actions(button(), button(action_id="open", url="https://x.example/a"), MORE),
    {"type": "divider"},
    {"type": "markdown", "text": "**bold**"},
    {"type": "rich_text", "elements": [WORDS]},
    table(100, 20),
    data_table(101, page_size=20),
    {"type": "data_visualization", "title": "Pipeline", "chart": PIE},
    {"type": "card", "title": plain("Acme"), "body": mrkdwn("x"), "actions": [button(action_id="card")]},
    {"type": "context_actions", "elements": [FEEDBACK]},
    {"type": "container", "title": plain("Acme"), "child_blocks": [section()]},
    {"type": "task_card", "task_id": "t1", "title": "Sync", "status": "in_progress"},
]


def test_what_slack_knows_is_taken_and_filled_in(running: Running) -> None:
    sent = running.web.chat_postMessage(channel=REP, text="fallback", blocks=GOOD)
    kept = sent["message"]["blocks"]
    assert [block["type"] for block in kept] == [block["type"] for block in GOOD]
    assert len({block["block_id"] for block in kept}) == len(kept)
    assert kept[0]["text"]["emoji"] is True
    assert kept[1]["text"]["verbatim"] is False


BAD: list[tuple[Json, str, str]] = [
    (section(text=mrkdwn("x" * 3001)), "must be less than 3001 characters", "/text/text"),
    (section(text=mrkdwn("")), "must be more than 0 characters", "/text/text"),
    (section(fields=[mrkdwn("x")] * 11), "no more than 10 items allowed", "/fields"),
    (section(fields=[mrkdwn("x" * 2001)]), "must be less than 2001 characters", "/fields/0/text"),
    ({"type": "section"}, "missing required field: text", ""),
    (section(block_id="b" * 256), "must be less than 256 characters", "/block_id"),
    ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters", "/text/text"),
    ({"type": "header", "text": mrkdwn("x")}, "unsupported type: mrkdwn", "/text/type"),
    ({"type": "context", "elements": [mrkdwn("x")] * 11}, "no more than 10 items allowed", "/elements"),
    (actions(*[button(action_id=str(n)) for n in range(26)]), "no more than 25 items allowed", "/elements"),
    (actions(), "must have at least 1 item", "/elements"),
    (actions(button(text=plain("x" * 76))), "must be less than 76 characters", "/elements/0/text/text"),
    (actions(button(value="x" * 2001)), "must be less than 2001 characters", "/elements/0/value"),
    (actions(button(style="loud")), "must be one of primary, danger", "/elements/0/style"),
    (actions(button(url="javascript:x")), "invalid url", "/elements/0/url"),
    (
        actions(button(), button()),
        '`action_id` "why" already exists for another element',
        "/elements/1/action_id",
    ),
    (
        actions({"type": "overflow", "options": select(6)["options"]}),
        "no more than 5 items allowed",
        "/elements/0/options",
    ),
    (actions(select(101)), "no more than 100 items allowed", "/elements/0/options"),
    (actions(FIELD), "unsupported type: plain_text_input", "/elements/0/type"),
    ({"type": "markdown", "text": "x" * 12_001}, "must be less than 12001 characters", "/text"),
    ({"type": "sparkline"}, "unsupported type: sparkline", "/type"),
    ({"type": "alert", "text": plain("x")}, "unsupported type: alert", "/type"),
    (table(101, 2), "no more than 100 items allowed", "/rows"),
    (table(1, 21), "no more than 20 items allowed", "/rows/0"),
    (data_table(102), "no more than 101 items allowed", "/rows"),
    (data_table(3, page_size=101), "must be between 1 and 100", "/page_size"),
    ({"type": "image", "image_url": "https://x.example/a.png"}, "must be a string", "/alt_text"),
]


@pytest.mark.parametrize(("block", "message", "pointer"), BAD)
def test_a_block_over_a_limit_is_named_with_its_place(block: Json, message: str, pointer: str) -> None:
    assert f"{message} [json-pointer:/blocks/0{pointer}]" in [problem.plain() for problem in check_blocks([block])]


def test_an_invalid_message_is_refused_with_every_problem(running: Running) -> None:
    answer = refusal(running.web.chat_postMessage, channel=REP, text="x", blocks=[{"type": "divider"}] * 51)
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == ["no more than 50 items allowed [json-pointer:/blocks]"]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {answer['errors'][0]}"]
    assert running.texts() == []


def test_block_ids_may_not_repeat_and_action_ids_only_across_blocks() -> None:
    twice = [problem.code for problem in check_blocks([section(block_id="a"), section(block_id="a")])]
    assert twice == ["duplicate_block_id"]
    assert check_blocks([actions(button()), actions(button())]) == []


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain("Why?"), "blocks": [section()], **more}


@pytest.mark.parametrize(
    ("view", "pointer"),
    [
        (modal(title=plain("x" * 25)), "/view/title/text"),
        (modal(submit=plain("x" * 25)), "/view/submit/text"),
        (modal(private_metadata="x" * 3001), "/view/private_metadata"),
        (modal(callback_id="x" * 256), "/view/callback_id"),
        (modal(blocks=[{"type": "divider"}] * 101), "/view/blocks"),
        (modal(blocks=[table(1, 1)]), "/view/blocks/0/type"),
        ({"type": "home", "blocks": [{"type": "markdown", "text": "x"}]}, "/view/blocks/0/type"),
        ({"type": "home", "title": plain("x"), "blocks": [section()]}, "/view"),
        (
            modal(
                blocks=[
                    {"type": "input", "label": plain("x"), "element": {"type": "plain_text_input", "action_id": "a"}}
                ]
            ),
            "/view",
        ),
    ],
)
def test_a_view_over_a_limit_is_named_with_its_place(view: Json, pointer: str) -> None:
    assert pointer in [problem.pointer for problem in check_view(view)]


def test_a_hundred_blocks_fit_in_a_view() -> None:
    assert check_view(modal(blocks=[{"type": "divider"}] * 100)) == []
    assert check_view({"type": "home", "blocks": [data_table(5)] * 2}) == []


def test_blocks_validate_lists_problems_without_posting(running: Running) -> None:
    assert running.web.blocks_validate(blocks=GOOD)["ok"] is True
    answer = refusal(running.web.blocks_validate, blocks=[section(text=mrkdwn("x" * 3001))])
    assert answer["error"] == "invalid_blocks"
    (error,) = answer["errors"]
    assert (error["pointer"], error["code"]) == ("/blocks/0/text/text", "max_length_exceeded")
    assert error["constraint"]["expected"] == ["3000"]
    assert refusal(running.web.api_call, "blocks.validate", json={})["error"] == "invalid_arguments"
