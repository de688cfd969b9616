"""The card that asks before a change is made: what it says in each state, what can be pressed, and its edit dialog."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.views.limits import assert_shape, assert_within_limits, every
from tests.views.lists import BERLIN, NINE
from tests.views.test_morning_list import HOSTILE, presses, texts
from views.card import ASKING, Card, Row, State, card, edited
from views.card_edit import Correction, Field, belongs_to, modal

STAGES = (("demo", "Demo"), ("proposal", "Proposal"))
GLOBEX = Card(
    approval="ap_1",
    tool="update_deal",
    title="Globex renewal",
    link="https://app.hubspot.com/contacts/4711/record/0-3/77",
    rows=(
        Row("Stage", "Demo", "Proposal", field=Field("dealstage", "options", "proposal", STAGES)),
        Row("Amount", None, "40000", field=Field("amount", "number", "40000")),
        Row("Close date", "30 Nov 2026", "31 Mar 2027", field=Field("closedate", "date", "2027-03-31")),
    ),
    requester="Ada",
    quote="move Globex to proposal, 40k, closing in March",
    expires_at=NINE + 3_600_000,
    zone=BERLIN,
    now=NINE,
)


def became(state: State, **more: Any) -> Card:
    return dataclasses.replace(GLOBEX, state=state, decided_by="Wren", decided_at=NINE + 14 * 60_000, **more)


def test_it_shows_the_difference_the_words_it_came_from_and_three_buttons() -> None:
    message = card(GLOBEX)
    shown = texts(message.blocks)
    assert shown.startswith("Confirm: Globex renewal Stage: Demo → Proposal Amount: (empty) → 40000")
    assert "“move Globex to proposal, 40k, closing in March”" in shown
    assert "Asked by Ada · open until 10:00" in shown
    assert presses(message.blocks) == ["apply_change", "edit_change", "cancel_change"]
    assert {part["value"] for part in every(message.blocks) if part.get("type") == "button"} == {"ap_1"}
    assert [part["url"] for part in every(message.blocks) if "url" in part] == [GLOBEX.link]


def test_once_applied_it_can_be_undone() -> None:
    message = card(became("applied", call="s:3:t"))
    assert "✓ Applied by Wren 09:14" in texts(message.blocks)
    assert presses(message.blocks) == ["undo"]
    assert next(part["value"] for part in every(message.blocks) if part.get("type") == "button") == "s:3:t"


def test_what_changed_meanwhile_is_shown_beside_both_values_and_asked_again() -> None:
    rows = (Row("Stage", "Demo", "Proposal", conflict="Negotiation"), *GLOBEX.rows[1:])
    message = card(became("conflict", rows=rows))
    assert "Stage: Demo → Proposal now it is Negotiation" in texts(message.blocks)
    assert "It changed meanwhile: Globex renewal" in texts(message.blocks)
    assert presses(message.blocks) == ["apply_change", "edit_change", "cancel_change"]


@pytest.mark.parametrize(
    ("state", "more", "words"),
    [
        ("cancelled", {}, "Cancelled by Wren 09:14; nothing was changed"),
        ("expired", {}, "Expired; nothing was changed"),
        ("refused", {"reason": "Closed deals stay closed."}, "Closed deals stay closed. Not applied 09:14"),
        ("undone", {}, "Undone by Wren 09:14"),
        ("applying", {}, "… being applied"),
        ("unknown", {}, "Not known whether it was applied"),
    ],
)
def test_what_is_over_says_so_and_has_no_buttons(state: State, more: dict[str, Any], words: str) -> None:
    message = card(became(state, **more))
    assert words in texts(message.blocks)
    assert presses(message.blocks) == []


def test_a_change_without_editable_fields_has_no_edit_button() -> None:
    assert presses(card(dataclasses.replace(GLOBEX, rows=(Row("Note", None, "x"),))).blocks) == [
        "apply_change",
        "cancel_change",
    ]


def fields_of(shown: Card) -> list[tuple[str, str | None, Field]]:
    return [(row.label, row.old, row.field) for row in shown.rows if row.field is not None]


def test_the_dialog_has_a_fitting_field_for_each_value_and_gives_them_back() -> None:
    view = modal(Correction("ap_1", GLOBEX.title, fields_of(GLOBEX), "c0ffee"))
    inputs = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert {name: element["type"] for name, element in inputs.items()} == {
        "dealstage": "static_select", "amount": "number_input", "closedate": "datepicker",
    }  # fmt: skip
    assert inputs["dealstage"]["initial_option"]["value"] == "proposal"
    assert inputs["closedate"]["initial_date"] == "2027-03-31"
    assert belongs_to(view["private_metadata"]) == ("ap_1", ("", "", None), "c0ffee")
    assert edited(
        {
            "dealstage": {"value": {"type": "static_select", "selected_option": {"value": "demo"}}},
            "amount": {"value": {"type": "number_input", "value": "41000"}},
            "closedate": {"value": {"type": "datepicker", "selected_date": None}},
        }
    ) == {"dealstage": "demo", "amount": "41000", "closedate": ""}


def test_a_menu_of_hundreds_is_grouped_and_a_value_unlike_its_kind_is_edited_as_text() -> None:
    many = tuple((str(number), f"Option {number}") for number in range(250))
    menu, date = (
        block["element"]
        for block in modal(
            Correction("a", "x", [("A", None, Field("a", "options", "7", many)), ("B", "", Field("b", "date", "soon"))])
        )["blocks"][1:]
    )
    assert [len(group["options"]) for group in menu["option_groups"]] == [100, 100, 50]
    assert date["type"] == "plain_text_input"


def test_card_and_dialog_have_the_vendors_shape() -> None:
    for state in get_args(State):
        for block in card(became(state, call="c")).blocks:
            assert_shape(block, "KnownBlock")
    assert_shape(modal(Correction("ap_1", "x", fields_of(GLOBEX))), "ModalView")


@given(st.sampled_from(get_args(State)), HOSTILE, HOSTILE, st.sampled_from(["text", "number", "date", "options"]))
@settings(max_examples=80, deadline=None)
def test_no_value_breaks_a_limit_or_leads_elsewhere(state: State, words: str, other: str, kind: Any) -> None:
    field = Field("f", kind, words, ((words[:200], other), ("b", words)))
    rows = tuple(Row(words, other, words, other, field) for _ in range(30))
    shown = Card("a", "update_deal", words, rows, other, state, None, words, 1, other, 1, "c", words, BERLIN, 0, words)
    message = card(shown)
    assert_within_limits(message.blocks, 50)
    assert len(message.text) < 4_000
    assert not [part for part in every(message.blocks) if "url" in part]
    assert (state in ASKING) == ("apply_change" in presses(message.blocks))
    view = modal(Correction("a", words, [(words, other, dataclasses.replace(field, name=str(n))) for n in range(60)]))
    assert_within_limits(view["blocks"], 100)
