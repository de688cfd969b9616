"""A link to a trace holds for one turn and thirty days; whatever is changed in it, it is nobody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems import trace_link
from systems.settings import SettingsError, load
from systems.trace_link import Expired, Linked, NotOurs, address, key_from, read, token

KEY, NOW = key_from(b"the ledger's own secret"), 1_795_424_400_000
TURN = Linked("said:D1:1795424400.000100", 3, NOW + trace_link.KEPT_MS)
SIGNED = token(KEY, TURN)


def test_it_says_what_it_is_for_until_its_last_moment_and_no_longer() -> None:
    assert read(KEY, SIGNED, NOW) == TURN == read(KEY, SIGNED, TURN.until)
    with pytest.raises(Expired):
        read(KEY, SIGNED, TURN.until + 1)


def test_its_key_is_not_the_ledgers_and_another_deployments_link_is_not_ours() -> None:
    assert key_from(b"the ledger's own secret") != b"the ledger's own secret"
    for other in (b"the ledger's own secret", key_from(b"another deployment's secret")):
        with pytest.raises(NotOurs):
            read(KEY, token(other, TURN), NOW)


@pytest.mark.parametrize("at", range(len(SIGNED)))
def test_no_letter_of_it_can_be_changed_or_left_out(at: int) -> None:
    for made in (f"{SIGNED[:at]}{'A' if SIGNED[at] != 'A' else 'B'}{SIGNED[at + 1 :]}", SIGNED[:at]):
        with pytest.raises(NotOurs):
            read(KEY, made, NOW)


@pytest.mark.parametrize("more", ["=", "A", ".", ".x", "%3E", " ", "\n", "/", "é", "\ud800"])
def test_nothing_can_be_added_to_it(more: str) -> None:
    for made in (SIGNED + more, more + SIGNED, SIGNED.replace(".", f"{more}.", 1)):
        with pytest.raises(NotOurs):
            read(KEY, made, NOW)


@given(st.text(max_size=200))
def test_what_anybody_types_is_not_ours(typed: str) -> None:
    with pytest.raises(NotOurs):
        read(KEY, typed, NOW)


def test_one_that_is_too_long_is_neither_made_nor_read() -> None:
    endless = Linked("s" * 2_000, 1, NOW + 1)
    assert address("https://daybook.example", KEY, endless) is None
    with pytest.raises(NotOurs):
        read(KEY, token(KEY, endless), NOW)


@pytest.mark.parametrize("public", ["https://daybook.example", "https://daybook.example/", "http://10.0.0.7:3000/bot/"])
def test_the_address_stands_below_the_public_one(public: str) -> None:
    given = load({"DAYBOOK_PUBLIC_URL": public}).daybook_public_url
    assert address(str(given), KEY, TURN) == f"{public.rstrip('/')}/trace/{SIGNED}"


@pytest.mark.parametrize("public", ["daybook.example", "https://a>b", "https://a/|x", "https://a/?q=1", "https://u@a/",
                                    "javascript:alert(1)", "https://a/<!channel>"])  # fmt: skip
def test_an_address_that_slack_could_read_otherwise_is_refused_with_what_it_is_for(public: str) -> None:
    with pytest.raises(SettingsError, match=r"DAYBOOK_PUBLIC_URL is wrong.*browsers"):
        load({"DAYBOOK_PUBLIC_URL": public})
