"""What Daybook says of today's list when it is asked, in the prompts it offers and on Home: the same, and true."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from bot.home import PROMPTS
from tests.deployments import until
from tests.office import Office
from tests.stories.conftest import OpenOffice
from tests.stories.talking import kinds, say, thread_of
from tools.ledger import ledger

MANAGER, ADMIN = "U0MGR00001", "U0ADM00001"


@pytest.fixture(scope="module")
def office(open_office: OpenOffice) -> Iterator[Office]:
    with open_office(reps=2, accounts=8) as working:
        yield working


def asked(office: Office, person: str, words: str) -> str:
    """The whole answer, in a conversation of its own."""
    said = say(office, person, f"new topic: {words}")
    until(lambda: "replied" in kinds(office, said["ts"]), f"the answer to {words}")
    return "\n".join(thread_of(office, person, said["ts"]))


def test_every_suggested_prompt_gets_a_real_answer_from_anybody_and_changes_nothing(office: Office) -> None:
    for person in (office.reps[0], MANAGER, ADMIN):
        for _title, words in PROMPTS:
            answer = asked(office, person, words)
            assert "only the sandbox's stand-in" not in answer, words
            assert "I find no" not in answer, words
            known = ("Your list", "points, place 1", "multiplied by", "Policy 2", "they have no list")
            assert any(one in answer for one in known), (person, words, answer)
    with office.daybook.database.connect() as connection:
        effects = set(connection.scalars(select(func.distinct(ledger.c.effect))))
    assert effects == {"read"}
