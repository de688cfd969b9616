"""Alerts where there is hardly anybody above the reps: level 2 has somebody, and nobody is reminded for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from cli import doctor
from tests.databases import Databases
from tests.office import words
from tests.stories.escalation_scenes import a_watched_office, new, own_day, urgent
from tests.trouble import ADMIN, ALONE, MANAGER, Watched


@pytest.fixture
def small(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A company of two levels, whose settings name nobody."""
    lines = {MANAGER: 'manager = ""'}
    with a_watched_office(databases, tmp_path_factory, lines=lines, DAYBOOK_ESCALATE_TO="") as working:
        yield working


def test_in_a_company_of_two_levels_an_administrator_is_the_second_and_whoever_is_last_is_reminded_once(
    small: Watched,
) -> None:
    with own_day(small) as day:
        before = small.counts()
        urgent(small, day, "Small Sofas", days=10)
        urgent(small, day, "Lonely Ladders", ALONE)
        small.look()
        assert new(small, before) == {MANAGER: 1, ADMIN: 2}
        (small_sofas,) = [m for m in small.alerts(ADMIN) if "Small Sofas" in words(m["blocks"])]
        assert "Level 2 of 3 · told: Marguerite Stonecastle, you Tue" in words(small_sofas["blocks"])
        assert "nobody further up is left to hear of it" in small.said(MANAGER)
        small.go(day + timedelta(days=1, hours=1))
        assert new(small, before) == {MANAGER: 1, ADMIN: 4}
        assert "Daybook knows nobody further up: it stays with you." in small.said(ADMIN)
        for days in (2, 3):
            small.go(day + timedelta(days=days, hours=1))
        assert new(small, before) == {MANAGER: 1, ADMIN: 4}
        found = list(doctor.superiors(small.daybook.database, small.daybook.settings))
    assert any(one.state == "odd" and "no active manager, so an administrator" in one.words for one in found), found
