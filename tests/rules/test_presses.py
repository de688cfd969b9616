"""Who may press what on a morning list."""

from __future__ import annotations

import pytest

from rules.presses import CHANGES, LOOKS, may_press
from rules.verdict import Allow, Refuse

EVERYTHING = sorted(LOOKS | CHANGES)


@pytest.mark.parametrize("action", EVERYTHING)
def test_a_rep_may_press_everything_on_their_own_list(action: str) -> None:
    assert isinstance(may_press(action, "U1", "U1"), Allow)


@pytest.mark.parametrize("action", EVERYTHING)
def test_a_stranger_may_press_nothing_and_is_told_why(action: str) -> None:
    answer = may_press(action, "U2", "U1", managers=["U9"])
    assert isinstance(answer, Refuse)
    assert answer.reason.endswith(".")


@pytest.mark.parametrize(("presser", "admin"), [("U9", False), ("U3", True)])
def test_managers_and_admins_may_look_but_not_change(presser: str, admin: bool) -> None:
    for action in EVERYTHING:
        allowed = isinstance(may_press(action, presser, "U1", managers=["U9"], admin=admin), Allow)
        assert allowed == (action in LOOKS), action


def test_a_button_nobody_made_is_refused_even_to_the_rep() -> None:
    assert may_press("delete_account", "U1", "U1") == Refuse(
        "press.unknown", "Daybook does not know this button. Press it on today's list."
    )
