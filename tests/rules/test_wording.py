"""How amounts, ages and dates are said."""

from __future__ import annotations

import pytest

from rules.facts import DAY, HOUR
from rules.reason import Group, Rulebook, past
from rules.wording import age, money, on, ordinal, when
from tests.rules.books import NOW


@pytest.mark.parametrize(
    ("cents", "said"),
    [
        (0, "$0"), (49, "$0"), (50, "$1"), (95_000, "$950"), (99_949, "$999"), (99_950, "$1k"), (4_800_000, "$48k"),
        (99_949_900, "$999k"), (99_950_000, "$1M"), (120_000_000, "$1.2M"), (-4_800_000, "-$48k"),
    ],
)  # fmt: skip
def test_money_is_said_in_a_glance(cents: int, said: str) -> None:
    assert money(cents) == said


@pytest.mark.parametrize(
    ("span", "said"),
    [(0, "less than an hour"), (HOUR, "1 hour"), (23 * HOUR, "23 hours"), (DAY, "1 day"), (50 * HOUR, "2 days")],
)
def test_ages_are_full_days(span: int, said: str) -> None:
    assert age(span) == said


@pytest.mark.parametrize(
    ("instant", "offset", "said"),
    [
        (NOW + 6 * HOUR, 0, "today"),
        (NOW + 24 * HOUR, 0, "tomorrow"),
        (NOW - 10 * HOUR, 0, "yesterday"),
        (NOW + 15 * HOUR, -8 * HOUR, "today"),
        (NOW - 40 * DAY, 0, "40 days ago"),
    ],
)
def test_days_are_counted_by_the_readers_calendar(instant: int, offset: int, said: str) -> None:
    assert when(instant, NOW, offset) == said


@pytest.mark.parametrize("offset", [-8 * HOUR, 0, 5 * HOUR + HOUR // 2])
def test_a_bare_date_is_the_same_date_everywhere(offset: int) -> None:
    assert on(NOW - NOW % DAY + 10 * DAY, NOW, offset) == "in 10 days"


def test_places_are_said_in_order() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 101, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "101st", "111th",
    ]  # fmt: skip


def test_a_rule_written_twice_or_about_nothing_is_refused() -> None:
    book = Rulebook()

    def same(_account: object, _today: object, days: int) -> int:
        return days

    book.rule(Group.OWE, "Once", looks_at="old_ticket_at", when=past, says="once")(same)
    with pytest.raises(ValueError, match="two rules are called same"):
        book.rule(Group.OWE, "Twice", looks_at="old_ticket_at", when=past, says="twice")(same)
    with pytest.raises(ValueError, match="looks at mood, which is not a column"):
        Rulebook().rule(Group.OWE, "Mood", looks_at="mood", when=past, says="mood")(same)
