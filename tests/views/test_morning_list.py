"""The morning list as Slack gets it: what a rep reads, presses and sees afterwards, inside every limit."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.facts import DAY, HOUR, AccountFacts
from rules.marks import mark_for
from rules.ranking import Listed, rank
from rules.scoring import explain
from tests.rules.books import POLICY, account, days_ago, random_accounts
from tests.views.limits import assert_shape, assert_within_limits, every
from tests.views.lists import BERLIN, BOOK, LINKS, NINE, SOURCES, TODAY, morning_list
from views.blocks import ViewError
from views.morning_list import MorningList, Row, RowState, Source, read_choice, render


def texts(blocks: list[dict[str, Any]]) -> str:
    """All that is shown, as one text."""
    shown = []
    for part in every(blocks):
        if part.get("type") in ("plain_text", "text", "link") and isinstance(part.get("text"), str):
            shown.append(part["text"])
    return " ".join(" ".join(shown).split())


def presses(blocks: list[dict[str, Any]]) -> list[str]:
    return [part["action_id"] for part in every(blocks) if "action_id" in part]


def test_the_list_says_the_day_and_how_many_need_the_rep() -> None:
    blocks = render(morning_list()).blocks
    assert blocks[0]["text"]["text"] == "Mon 23 Nov · 6 accounts need you"
    assert blocks[1]["elements"][0]["text"] == "Data as of: HubSpot 08:52 · Jira 08:55"


def test_each_account_has_its_four_buttons_which_name_it() -> None:
    blocks = render(morning_list()).blocks
    rows = [block for block in blocks if block["type"] == "actions"]
    assert len(rows) == 6
    assert presses(rows[:1]) == ["explain_priority", "snooze_account", "dismiss_account", "open_in_hubspot"]
    why, snooze, dismiss, hubspot = rows[0]["elements"]
    assert why["value"] == "mlist_7Q2|101"
    assert [read_choice(option["value"]) for option in snooze["options"]] == [
        ("mlist_7Q2|101", choice) for choice in ("day", "week", "change")
    ]
    assert [option["text"]["text"] for option in dismiss["options"]] == [
        "Already handled", "Not my account", "The data is wrong", "Not worth it this quarter",
    ]  # fmt: skip
    assert hubspot["url"] == "https://app.hubspot.com/contacts/4711/record/0-2/101"
    assert why["accessibility_label"] == "Why is Acme Anvils (sample) listed?"


def test_reasons_link_to_their_evidence() -> None:
    links = {part["text"]: part["url"] for part in every(render(morning_list()).blocks) if part.get("type") == "link"}
    assert links["SUP-412"] == "https://larkspur.example/browse/SUP-412"
    assert links["deal"] == "https://app.hubspot.com/contacts/4711/record/0-3/77"
    assert links["follow-up"] == "https://app.hubspot.com/contacts/4711/record/0-2/102?engagement=5501"
    assert links["Acme Anvils (sample)"] == "https://app.hubspot.com/contacts/4711/record/0-2/101"


def test_a_system_that_is_down_is_named_with_what_may_be_missing() -> None:
    down = (SOURCES[0], Source("Jira", NINE - 12 * HOUR, NINE - 11 * HOUR, "tickets may be missing"))
    elements = render(morning_list(sources=down)).blocks[1]["elements"]
    assert [element["text"] for element in elements] == [
        "Data as of: HubSpot 08:52",
        "⚠ Jira has not answered since Sun 22 Nov 22:00 (data as of Sun 22 Nov 21:00): tickets may be missing",
    ]


def test_a_system_that_was_never_read_is_named() -> None:
    never = (SOURCES[0], Source("Jira", None, effect="its tickets are not counted"))
    assert "⚠ Jira has never been read: its tickets are not counted" in texts(
        render(morning_list(sources=never)).blocks
    )


@pytest.mark.parametrize(
    ("kind", "choice", "words"),
    [
        ("snooze", "day", "Snoozed until Tue 24 Nov, or something new and worse"),
        ("snooze", "change", "Snoozed until something changes"),
        ("dismiss", "handled", "Not relevant: Already handled (until Mon 7 Dec, or something new and worse)"),
        ("dismiss", "bad_data", "Not relevant: The data is wrong (until the data changes)"),
        ("dismiss", "not_now", "Not relevant: Not worth it this quarter (until Fri 1 Jan, or something new and worse)"),
    ],
)
def test_a_row_set_aside_says_until_when_and_can_be_taken_back(kind: str, choice: str, words: str) -> None:
    acme = BOOK[0]
    mark = mark_for(kind, choice, acme, explain(acme, TODAY), by="U1", made_at=NINE, zone=BERLIN, policy=POLICY)
    state = RowState("snoozed" if kind == "snooze" else "dismissed", NINE, mark)
    blocks = render(morning_list({"101": state})).blocks
    assert words in texts(blocks)
    row = next(block for block in blocks if block["type"] == "actions")
    assert presses([row]) == ["restore_account", "explain_priority"]
    assert "SUP-412" not in texts(blocks)
    assert_within_limits(blocks, 50)


def test_a_touched_row_has_a_tick_and_the_time() -> None:
    shown = texts(render(morning_list({"101": RowState("touched", NINE + 72 * 60_000)})).blocks)
    assert "✓ Acme Anvils (sample)" in shown
    assert "Touched 10:12" in shown


def test_an_account_that_came_back_early_says_why() -> None:
    ours = morning_list()
    returned = dataclasses.replace(ours.rows[0].listed, back="Back early: urgent ticket SUP-412, open 1 day")
    blocks = render(dataclasses.replace(ours, rows=(dataclasses.replace(ours.rows[0], listed=returned),))).blocks
    assert "Back early: urgent ticket SUP-412" in texts(blocks)


def test_an_empty_day_is_one_line() -> None:
    message = render(dataclasses.replace(morning_list(), rows=(), due=0))
    assert message.text == "Mon 23 Nov · Nobody needs you first thing today."
    assert [block["type"] for block in message.blocks] == ["rich_text", "context"]
    assert_within_limits(message.blocks, 50)


def test_the_message_has_the_vendors_shape() -> None:
    for block in render(morning_list()).blocks:
        assert_shape(block, "KnownBlock")


def test_what_is_more_than_fits_is_counted_not_lost() -> None:
    urgent = account(urgent_ticket_at=days_ago(1), urgent_ticket_id="jira:SUP-1")
    book = [urgent._replace(account_id=str(each)) for each in range(1, 61)]
    ranked = rank(book, TODAY, limit=60)
    rows = tuple(Row(each.facts.account_id, each) for each in ranked.listed)
    message = render(MorningList(NINE, BERLIN, rows, 60, SOURCES, POLICY, POLICY.version, LINKS))
    assert_within_limits(message.blocks, 50)
    shown = len([block for block in message.blocks if block["type"] == "actions"])
    assert f"{shown} accounts need you" in texts(message.blocks)
    assert f"{60 - shown} more are due" in texts(message.blocks)


def test_a_key_slack_cannot_carry_is_refused() -> None:
    ours = morning_list()
    long = dataclasses.replace(ours.rows[0], key="k" * 150)
    with pytest.raises(ViewError, match="Use a shorter key"):
        render(dataclasses.replace(ours, rows=(long,)))


HOSTILE = st.one_of(
    st.text(max_size=400),
    st.text(alphabet="<>&*_~`|@!#:/👩‍💻🇸🇪\u202e\u200b\u0301\U000e0041", max_size=4_000),
    st.sampled_from(["<!channel>", "<https://evil.example|SUP-1>", "@here", "x" * 10_000, "👍🏽" * 500, ""]),
)


@given(st.lists(random_accounts, max_size=7), HOSTILE, HOSTILE)
@settings(max_examples=60)
def test_no_name_breaks_a_limit_or_becomes_markup(book: list[AccountFacts], name: str, source: str) -> None:
    rows = tuple(
        Row(str(at), Listed(facts._replace(name=name), explain(facts, TODAY), at + 1, back=name or None))
        for at, facts in enumerate(book)
    )
    sources = (Source(source, NINE), Source(source, None, effect=source), Source(source, NINE, NINE - DAY, source))
    message = render(MorningList(NINE, BERLIN, rows, len(rows), sources, POLICY, POLICY.version, LINKS))
    assert_within_limits(message.blocks, 50)
    assert len(message.text) < 4_000
    assert not set(message.text) & set("<>*_`")
    hosts = {part["url"].split("/")[2] for part in every(message.blocks) if "url" in part}
    assert hosts <= {"app.hubspot.com", "larkspur.example"}


@pytest.mark.parametrize("ident", ["../../evil", "1?x=<", "SUP-1/../..", "7 7", ""])
def test_an_id_that_is_no_id_is_never_linked(ident: str) -> None:
    assert LINKS.account(ident) is None
    for evidence in (f"jira:{ident}", f"hubspot:{ident}", f"deal:{ident}", f"task:{ident}", ident):
        assert LINKS.evidence(evidence, "1") is None
