"""What Home says of today's list: what is open, that it is done, or why there is none; never one for the other."""

from __future__ import annotations

import pytest

from tests.views.lists import BERLIN, NINE
from tests.views.test_morning_list import texts
from views.today import Account, NoToday, Today, drawn

HOUR = 3_600_000
ACME = Account("Acme", None, "Urgent ticket")


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (Today([ACME], 1, None), "Acme : Urgent ticket"),
        (Today([ACME], 3, "https://s.example/p", 1, 1), "Open the list · 2 more on it · 2 done"),
        (Today([ACME], 1, "https://s.example/p", 1), "Open the list · 1 done"),
        (Today([ACME], 2, None), "1 more on it"),
        (Today([], 0, "https://s.example/p"), "Nobody needs you first thing today. Open the list"),
        (Today([], 0, None, 5, 2), "Today's list is done: 5 touched and 2 set aside."),
        (Today([], 0, None, 0, 2), "Today's list is done: 2 set aside."),
        (NoToday("to_come", NINE + HOUR), "No list yet today. It comes at 10:00; /daybook list sends it now."),
        (NoToday("to_come"), "It comes at your time"),
        (NoToday("no_day", NINE + 24 * HOUR), "No list today. The next one comes Tue 24 Nov 09:00."),
        (NoToday("paused"), "Your morning list is paused. /daybook resume brings it back"),
        (NoToday("on_its_way"), "Today's list is on its way."),
        (NoToday("not_sent", reason="skipped: too late"), "Today's list was not sent (skipped: too late)."),
        (NoToday("never"), "You get no morning list: it goes to whoever owns accounts in HubSpot."),
        (NoToday("never", reason="two owners have this e-mail"), "no morning list: two owners have this e-mail."),
    ],
)
def test_each_case_has_its_own_sentence(today: Today | NoToday, said: str) -> None:
    assert said in texts(drawn(today, NINE, BERLIN))
