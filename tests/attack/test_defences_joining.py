"""What keeps private things from somebody who joins a channel later, taken away piece by piece: the judge notices."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import pytest

from agents.projection import Projection
from tests.attack import honest
from tests.attack.company import Company
from tests.attack.conftest import Defence, loss_is_noticed
from tests.attack.house import House
from tests.attack.joining import joins, room, while_it_thinks
from tests.attack.plot import Json, Press, Session, Turn, call, calls, say
from tests.attack.scenarios import MANAGER, OTHER, REP, mine


def talks(
    company: Company, mark: str, *after: Json, asks: tuple[Json, ...] = (), presses: tuple[Press, ...] = ()
) -> list[Session]:
    """A rep and their manager look at an account in a room of theirs; then another rep asks, if at all."""
    channel, made = room(mark, REP, MANAGER)
    looks = calls(call("read_account", account=mine(company).id))
    turns = [Turn("what about it?", (looks, *after, say("I have looked.")), presses, before=(made,))]
    if asks:
        turns.append(Turn("what is this about?", asks, by=OTHER, before=(joins(OTHER, channel),)))
    return [Session(mark, REP, tuple(turns), channel)]


def asks_afterwards(company: Company, mark: str) -> list[Session]:
    return talks(company, mark, asks=(say("{{read}}"),))


def joins_meanwhile(company: Company, mark: str) -> list[Session]:
    step = while_it_thinks(company.sandbox.address, joins(OTHER, room(mark)[0]), say("{{read}}"))
    return talks(company, mark, step)


def joins_before_a_card(company: Company, mark: str) -> list[Session]:
    made = honest.deal(company, mine(company), f"wd{mark}n1")
    change = calls(call("update_deal", deal=made, amount="21000", quote="see to it"))
    joining = while_it_thinks(company.sandbox.address, joins(OTHER, room(mark)[0]), change)
    return talks(company, mark, joining, presses=(Press(REP, "cancel_change"),))


def joins_before_a_note(company: Company, mark: str) -> list[Session]:
    note = calls(call("log_note", account=mine(company).id, text=f"wd{mark} hello", quote="see to it"))
    return talks(company, mark, while_it_thinks(company.sandbox.address, joins(OTHER, room(mark)[0]), note))


def _the_whole_talk() -> AbstractContextManager[Any]:
    held = Projection.__init__
    return patch.object(Projection, "__init__", lambda self, voice, readers=frozenset(): held(self, voice))


def _nobody_new() -> AbstractContextManager[Any]:
    return patch("agents.moving.joined", lambda _work: [])


GONE = {
    "what tools told only those who heard it": Defence(asks_afterwards, _the_whole_talk),
    "answers that move": Defence(joins_meanwhile, _nobody_new),
    "cards for all who read": Defence(joins_before_a_card, _nobody_new),
    "writes before all who read": Defence(joins_before_a_note, _nobody_new),
}


@pytest.mark.parametrize("what", list(GONE))
def test_without_it_the_harness_fails(house: House, what: str) -> None:
    loss_is_noticed(house, 600 + 2 * list(GONE).index(what), GONE[what])
