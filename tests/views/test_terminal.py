"""One realistic morning, word for word, as the command line prints it: read it as the rep would."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.facts import HOUR
from rules.marks import mark_for
from rules.scoring import explain
from tests.rules.books import POLICY
from tests.views.lists import BERLIN, BOOK, NINE, TODAY, morning_list, why
from views.morning_list import RowState
from views.terminal import list_as_text, why_as_text

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", ["list", "list_later", "why"])
def test_a_morning_reads_exactly_like_this(name: str) -> None:
    """The version is left out: it moves with every number in the policy."""
    said = {
        "list": list_as_text(morning_list(held=1), "Ada Lindqvist (sample)"),
        "list_later": list_as_text(_later(), "Ada Lindqvist (sample)"),
        "why": why_as_text(why()),
    }[name].replace(POLICY.version, "VERSION")
    assert said + "\n" == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def _later():  # type: ignore[no-untyped-def]
    bluebell = BOOK[1]
    mark = mark_for(
        "snooze", "day", bluebell, explain(bluebell, TODAY), by="U1", made_at=NINE, zone=BERLIN, policy=POLICY
    )
    return morning_list({"101": RowState("touched", NINE + HOUR), "102": RowState("snoozed", NINE, mark)})
