"""How a routine is asked for, how many there may be, and who may see, pause, run or delete one."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.routines import RoutineError, Wish, may_be_made, may_handle, may_run_now, rhythm, understand
from rules.verdict import Allow, Refuse
from tests.rules.books import POLICY

AGENTS = ("assistant", "priorities", "security")
WEEK = "mon,tue,wed,thu,fri"


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("every weekday at 16:30 ask priorities What moved?", Wish("16:30", WEEK, "priorities", "What moved?")),
        ("every weekday at 9 what is due?", Wish("09:00", WEEK, "assistant", "what is due?")),
        ("Every Monday at 4:30pm ask Security: is it safe", Wish("16:30", "mon", "security", "is it safe")),
        ("every fri, mon and wed at 12am x", Wish("00:00", "mon,wed,fri", "assistant", "x")),
        ("every day at 12pm x at 5 of y", Wish("12:00", "mon,tue,wed,thu,fri,sat,sun", "assistant", "x at 5 of y")),
        ("every weekend at 10:05, look", Wish("10:05", "sat,sun", "assistant", "look")),
        ("every hour at :30 on mon,tue ask assistant look", Wish("*:30", "mon,tue", "assistant", "look")),
        ("every hour look", Wish("*:00", "mon,tue,wed,thu,fri,sat,sun", "assistant", "look")),
    ],
)
def test_a_routine_in_words(text: str, wish: Wish) -> None:
    assert understand(text, AGENTS, "assistant") == wish


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("every", "I don't understand when"),
        ("hourly look", "I don't understand when"),
        ("every weekday ask priorities what?", "I don't understand when"),
        ("every fortnight at 9 look", "I don't know the days “fortnight”"),
        ("every monday at 25:00 look", "no such time of day"),
        ("every monday at 13pm look", "no such time of day"),
        ("every hour at :75 look", "00 to 59"),
        ("every monday at 9 ask nobody look", "There are: assistant, priorities, security"),
        ("every monday at 9 ask priorities", "What is the agent to do?"),
        (f"every monday at 9 {'x' * 1_001}", "longer than 1000"),
    ],
)
def test_what_cannot_be_meant_is_answered_with_what_would_work(text: str, says: str) -> None:
    with pytest.raises(RoutineError, match=says):
        understand(text, AGENTS, "assistant")


@given(st.text(max_size=300) | st.text("every mondaynt ,:0129", max_size=300).map(lambda text: f"every {text}"))
def test_any_words_are_a_routine_or_a_sentence_that_helps(text: str) -> None:
    with suppress(RoutineError):
        wish = understand(text, AGENTS, "assistant")
        assert wish.words
        assert rhythm(wish.at, wish.days).startswith("every ")


@pytest.mark.parametrize(
    ("at", "days", "said"),
    [
        ("16:30", WEEK, "every weekday at 16:30"),
        ("09:00", "mon,wed,fri", "every Mon, Wed and Fri at 09:00"),
        ("09:00", "mon", "every Mon at 09:00"),
        ("*:30", "mon,tue,wed,thu,fri,sat,sun", "every day, each hour at :30"),
    ],
)
def test_a_rhythm_is_said_back(at: str, days: str, said: str) -> None:
    assert rhythm(at, days) == said


def test_there_are_only_so_many_and_they_come_only_so_often() -> None:
    numbers = POLICY.routines
    hour = numbers.minutes_apart * 60_000
    assert isinstance(may_be_made(numbers.per_person - 1, hour, numbers), Allow)
    many, often = may_be_made(numbers.per_person, hour, numbers), may_be_made(0, hour - 1, numbers)
    assert (many.rule, often.rule) == ("routine.too_many", "routine.too_often")


def test_one_is_run_by_hand_no_more_often_than_it_may_come() -> None:
    numbers = POLICY.routines
    hour = numbers.minutes_apart * 60_000
    assert isinstance(may_run_now(None, numbers), Allow)
    assert isinstance(may_run_now(hour, numbers), Allow)
    soon, later = may_run_now(hour - 1, numbers), may_run_now(90_000, numbers)
    assert soon.rule == later.rule == "routine.just_ran"
    assert "Press again in 1 minute," in soon.reason
    assert f"It ran 1 minute ago, and a routine runs every {numbers.minutes_apart} minutes at most" in later.reason


@pytest.mark.parametrize(
    ("by", "admin", "may"),
    [
        ("U1", False, {"see", "pause", "run", "delete"}),
        ("U9", False, {"see", "pause"}),
        ("U8", True, {"see", "pause", "delete"}),
        ("U2", False, set()),
    ],
)
def test_who_may_do_what_with_a_routine(by: str, admin: bool, may: set[str]) -> None:
    for what in ("see", "pause", "run", "delete", "edit"):
        verdict = may_handle(what, by, "U1", {"U9"}, admin)
        assert isinstance(verdict, Allow) == (what in may), what
        assert isinstance(verdict, Allow | Refuse)
