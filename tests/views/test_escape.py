"""Names from outside: shown as they are written, never as markup, mention, link or invisible text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from views import escape


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Acme Anvils (sample)", "Acme Anvils (sample)"),
        ("Acme\n\tAnvils", "Acme Anvils"),
        ("Ac\u200bme\u2060", "Acme"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("hi\U000e0068\U000e0069", "hi"),
        ("bell\x07 and \x1b[31mred", "bell and [31mred"),
        ("half \ud83d pair", "half pair"),
        ("\u3164\u2800", ""),
        ("Zoe\u0308", "Zoë"),
        ("Z\u0300\u0301\u0302\u0303\u0304\u0305go", "Z\u0300\u0301\u0302go"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200cb", "ab"),
        ("☀\ufe0f sun", "☀\ufe0f sun"),
        ("x\ufe01\U000e0101y", "xy"),
    ],
)
def test_invisible_and_misleading_characters_are_dropped(raw: str, shown: str) -> None:
    assert escape.clean(raw) == shown


def test_a_name_that_shows_nothing_says_so() -> None:
    assert escape.name("\u200b\u3164") == "(no name)"


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("<@U123> & co", "&lt;@U123&gt; &amp; co"),
        ("*bold* _it_ ~no~ `code`", "∗bold∗ ＿it＿ ∼no∼ ˋcodeˋ"),
        ("https://evil.example/x", "https: //evil\u2024example/x"),
        ("secret.evil.example", "secret\u2024evil\u2024example"),
        ("аррlе.соm", "аррlе\u2024соm"),
        ("e.g. 2.50 by ada@acme.example", "e.g. 2.50 by ada@acme.example"),
        ("@channel @HERE @every\u200bone @heredity", "＠channel ＠HERE ＠everyone @heredity"),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
    ],
)
def test_where_slack_reads_markup_nothing_is_left_to_read(raw: str, written: str) -> None:
    assert escape.mrkdwn(raw) == written


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("Acme Anvils", 11, "Acme Anvils"),
        ("Acme Anvils", 6, "Acme…"),
        ("👍🏽👍🏽👍🏽", 9, "👍🏽👍🏽…"),
        ("👍🏽👍🏽", 4, "…"),
        ("🇸🇪🇳🇴🇩🇰", 9, "🇸🇪🇳🇴…"),
        ("🇸🇪🇳🇴🇩🇰", 7, "🇸🇪…"),
        ("Ze\u0327\u0301ro", 4, "Z…"),
        ("abc", 0, ""),
    ],
)
def test_a_cut_never_splits_what_the_eye_sees_as_one(text: str, limit: int, cut: str) -> None:
    assert escape.cut(text, limit) == cut


@given(st.text(), st.integers(1, 60))
def test_a_clean_text_is_short_stays_clean_and_has_only_visible_characters(text: str, limit: int) -> None:
    shown = escape.clean(text, limit)
    assert escape.width(shown) <= limit
    assert escape.clean(shown, limit) == shown
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn")]
    shown.encode()


@given(st.text(alphabet="<>&*_~`@!#|:/ab"), st.integers(20, 200))
def test_text_for_markup_never_holds_markup_and_keeps_its_limit(text: str, limit: int) -> None:
    written = escape.mrkdwn(text, limit)
    assert len(written) <= limit
    assert not set(written) & set("<>*_~`")
    assert written.count("&") == sum(written.count(entity) for entity in ("&amp;", "&lt;", "&gt;"))


@given(st.text(alphabet=st.characters(max_codepoint=0x2800), max_size=12))
def test_the_short_way_and_the_long_way_agree(text: str) -> None:
    """Padding with a sign that forces the long way must not change the rest."""
    assert escape.clean(f"x{text}x") == escape.clean(f"x{text}x☃")[:-1]
