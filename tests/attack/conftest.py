"""One deployment for everything that is tried with something taken away; its policy's numbers are soon reached."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.attack.house import House
from tests.attack.judge import Judge
from tests.attack.plot import Session, transcript
from tests.attack.scenarios import POLICY, SMALL
from tests.databases import Databases


@pytest.fixture(scope="package")
def house(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("ruled")
    text = Path("rules/policy.toml").read_text(encoding="utf-8")
    for old, new in POLICY.items():
        assert old in text, f"the policy file has no {old}"
        text = text.replace(old, new)
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    opened = House(databases.new("sqlite"), folder, DAYBOOK_POLICY_FILE=str(folder / "policy.toml"))
    yield opened
    opened.close()


def tried(house: House, sessions: Sequence[Session], opened: AbstractContextManager[object]) -> list[str]:
    """What the judge finds in these sessions, on a day of their own."""
    house.new_day()
    with opened:
        house.run(sessions)
    judge = Judge(house.company, sessions, house.lines, house.told, house.where, SMALL, house.log.lines)
    found = [f"{mark}: {what}" for mark, what in judge.judge()]
    for one in sessions:
        sys.stdout.write(transcript(one, [], house.told) + "\n")
    sys.stdout.write("\n".join(f"found: {what}" for what in found) + "\n")
    return found
