"""Days and amounts as people say them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.spoken import Unclear, cents, day, minutes_ago
from tests.rules import books  # noqa: F401 - the profile of property tests

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-12-07", "2026-12-07"),
        ("2026-12-07T09:00:00Z", "2026-12-07"),
        ("today", "2026-11-23"),
        ("tomorrow", "2026-11-24"),
        ("yesterday", "2026-11-22"),
        ("in two weeks", "2026-12-07"),
        ("two weeks", "2026-12-07"),
        ("in 10 days", "2026-12-03"),
        ("3 days ago", "2026-11-20"),
        ("in a month", "2026-12-23"),
        ("in three months", "2027-02-23"),
        ("next week", "2026-11-30"),
        ("friday", "2026-11-27"),
        ("on Friday", "2026-11-27"),
        ("next Friday", "2026-12-04"),
        ("monday", "2026-11-30"),
        ("next monday", "2026-11-30"),
        ("march", "2027-03-31"),
        ("in March", "2027-03-31"),
        ("end of March", "2027-03-31"),
        ("15 March", "2027-03-15"),
        ("March 15th", "2027-03-15"),
        ("15 march 2028", "2028-03-15"),
        ("november", "2026-11-30"),
        ("3 november", "2027-11-03"),
        ("end of the month", "2026-11-30"),
        ("end of quarter", "2026-12-31"),
        ("next quarter", "2027-03-31"),
        ("end of the year", "2026-12-31"),
        ("last Friday", "2026-11-20"),
        ("yesterday afternoon", "2026-11-22"),
        ("Friday morning", "2026-11-27"),
        ("earlier today", "2026-11-23"),
        ("last night", "2026-11-22"),
        ("15.3.2027", "2027-03-15"),
        ("3.12.", "2026-12-03"),
        ("3.11.", "2027-11-03"),
    ],
)
def test_people_say_days_in_many_ways(said: str, meant: str) -> None:
    assert day(said, MONDAY) == date.fromisoformat(meant)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("friday", "2026-11-20"),
        ("on Friday afternoon", "2026-11-20"),
        ("last Friday", "2026-11-20"),
        ("sunday", "2026-11-22"),
        ("yesterday", "2026-11-22"),
        ("3 November", "2026-11-03"),
        ("24 november", "2025-11-24"),
        ("3.11.", "2026-11-03"),
        ("two days ago", "2026-11-21"),
        ("this morning", "2026-11-23"),
    ],
)
def test_of_what_has_happened_a_day_is_the_last_one(said: str, meant: str) -> None:
    assert day(said, MONDAY, past=True) == date.fromisoformat(meant)


@pytest.mark.parametrize(
    ("said", "on"), [("monday", MONDAY), ("last friday", date(2026, 11, 28)), ("next monday", MONDAY)]
)
def test_a_past_day_of_which_people_mean_now_one_and_now_the_other_is_asked_back(said: str, on: date) -> None:
    with pytest.raises(Unclear, match="a week earlier"):
        day(said, on, past=True)


@given(
    st.sampled_from(["monday", "thursday", "sunday", "3 march", "31 december"]),
    st.dates(date(2020, 1, 1), date(2060, 1, 1)),
)
def test_the_past_is_never_ahead_and_the_future_never_behind(said: str, today: date) -> None:
    assert day(said, today) >= today
    if said != f"{today:%A}".lower():
        assert day(said, today, past=True) <= today


@pytest.mark.parametrize(
    ("said", "minutes"),
    [("an hour ago", 60), ("2 hours ago", 120), ("20 minutes ago", 20), ("half an hour ago", 30), ("five min ago", 5),
     ("two days ago", None), ("some hours ago", None), ("", None)],
)  # fmt: skip
def test_people_say_how_long_ago_it_was(said: str, minutes: int | None) -> None:
    assert minutes_ago(said) == minutes


@pytest.mark.parametrize(
    "said", ["", "soon", "31 february", "mid march", "in some weeks", "next", "2026-13-01", "march april", "2091-01-01"]
)
def test_what_is_not_one_day_is_asked_back_and_never_guessed(said: str) -> None:
    with pytest.raises(Unclear, match=r"Say it like|Check the date"):
        day(said, MONDAY)


def test_the_end_of_a_short_month_stays_in_it() -> None:
    assert day("in a month", date(2027, 1, 31)) == date(2027, 2, 28)


@given(st.dates(date(2020, 1, 1), date(2060, 1, 1)), st.integers(0, 400))
def test_a_span_of_days_is_that_many_days_ahead(today: date, days: int) -> None:
    assert (day(f"in {days} days", today) - today).days == days


@given(st.text(max_size=30), st.dates(date(2020, 1, 1), date(2060, 1, 1)))
def test_any_text_gives_a_date_or_a_sentence(text: str, today: date) -> None:
    try:
        found = day(text, today)
    except Unclear:
        return
    assert abs(found.year - today.year) <= 5


@pytest.mark.parametrize(
    ("said", "meant"),
    [("40000", 4_000_000), ("40k", 4_000_000), ("$40,000", 4_000_000), ("1.5m", 150_000_000), ("39999.50", 3_999_950),
     ("40 thousand", 4_000_000), ("0", 0), ("1.500.000", 150_000_000), ("40.000,50 $", 4_000_050),
     ("40'000", 4_000_000), ("1.125m", 112_500_000), ("40k$", 4_000_000), ("40k USD", 4_000_000),
     ("usd 40k", 4_000_000), ("US$40k", 4_000_000), ("40 thousand dollars", 4_000_000)],
)  # fmt: skip
def test_people_say_amounts_in_many_ways(said: str, meant: int) -> None:
    assert cents(said, "$") == meant


@pytest.mark.parametrize(("currency", "code"), [("$", "USD"), ("€", "EUR"), ("CHF", "CHF"), ("CA$", "CAD")])
def test_an_amount_in_another_currency_is_not_taken_for_one_in_the_portals(currency: str, code: str) -> None:
    for said in ("€40k", "40k €", "40K EUR", "40KEUR", "EUR 40.000", "£40k", "¥40k", "40k GBP", "CHF 40'000",
                 "40k jpy", "1,5m pounds", "40k USD", "CA$40k", "40k"):  # fmt: skip
        own = said == "40k" or (currency, said) in {
            ("$", "40k USD"), ("€", "€40k"), ("€", "40k €"), ("€", "40K EUR"), ("€", "40KEUR"), ("CHF", "CHF 40'000"),
            ("CA$", "CA$40k"),
        }  # fmt: skip
        if own:
            assert cents(said, currency) == 4_000_000
        elif (currency, said) != ("€", "EUR 40.000"):
            with pytest.raises(Unclear, match=f"^Amounts in HubSpot are in {code} here; say it in {code}.$"):
                cents(said, currency)
    assert cents("$40k", "CA$") == 4_000_000


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("45000.555", "'45000.555' has more than two decimals. Say it like 39999.50."),
        ("45000,555", "'45000,555' has more than two decimals. Say it like 39999.50."),
        ("45,000.555", "'45,000.555' has more than two decimals. Say it like 39999.50."),
        ("45.555", "Is '45.555' 45 or 45,555? Say it like 45,555 or 45."),
        ("1,5m", "'1,5m' has a comma before its decimals. Say it like 1.5m."),
    ],
)
def test_what_stands_behind_a_separator_is_asked_about_only_where_it_may_be_thousands(said: str, answer: str) -> None:
    with pytest.raises(Unclear) as asked:
        cents(said, "$")
    assert str(asked.value) == answer


@pytest.mark.parametrize("said", ["", "-5", "forty", "４０", "1e9", "0.001", "40k per month", "1_000", "40.000",
                                  "$45.000", "40,5", "1.50.000", "\n40"])  # fmt: skip
def test_what_is_no_amount_is_asked_back(said: str) -> None:
    if said == "\n40":
        assert cents(said, "$") == 4_000  # blanks around it are nobody's fault
        return
    with pytest.raises(Unclear, match="Say it like"):
        cents(said, "$")
