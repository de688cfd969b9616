"""One deployment for everything that is tried with something taken away; its policy's numbers are soon reached."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.attack.company import Company
from tests.attack.house import House
from tests.attack.judge import Judge, Numbers
from tests.attack.plot import Session, transcript
from tests.attack.scenarios import POLICY, SMALL
from tests.databases import Databases
from tests.outside import Outside


@pytest.fixture(scope="package")
def house(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("ruled")
    text = Path("rules/policy.toml").read_text(encoding="utf-8")
    for old, new in POLICY.items():
        assert old in text, f"the policy file has no {old}"
        text = text.replace(old, new)
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    outside = Outside()
    servers = outside.file(folder, ("docs", "questions", ("search",)), ("wiki", "records", ("lookup",)))
    opened = House(
        databases.new("sqlite"), folder, DAYBOOK_POLICY_FILE=str(folder / "policy.toml"), DAYBOOK_MCP_FILE=servers
    )
    opened.outside = outside
    yield opened
    opened.close()


def tried(
    house: House, sessions: Sequence[Session], opened: AbstractContextManager[object], numbers: Numbers = SMALL
) -> list[str]:
    """What the judge finds in these sessions, on a day of their own."""
    house.new_day()
    with opened:
        house.run(sessions)
    judge = Judge(house.company, sessions, house.lines, house.told, house.where, numbers, house.log.lines,
                  house.before)
    found = [f"{mark}: {what}" for mark, what in judge.judge()]
    for one in sessions:
        sys.stdout.write(transcript(one, [], house.told) + "\n")
    sys.stdout.write("\n".join(f"found: {what}" for what in found) + "\n")
    return found


Sessions = Callable[[Company, str], list[Session]]
Opened = Callable[[], AbstractContextManager[Any]]


class Defence(NamedTuple):
    """An attack that one thing holds off; ``gone`` takes that away. ``always`` is so with it and without."""

    sessions: Sessions
    gone: Opened
    always: Opened = nullcontext
    numbers: Numbers = SMALL


def loss_is_noticed(house: House, number: int, defence: Defence) -> None:
    """With it the judge has nothing to say, without it something."""
    with defence.always():
        in_force = tried(house, defence.sessions(house.company, f"s{number}"), nullcontext(), defence.numbers)
        assert in_force == [], "as it is, nothing is wrong"
        lost = tried(house, defence.sessions(house.company, f"s{number + 1}"), defence.gone(), defence.numbers)
    assert lost != [], "nobody noticed the loss"
