"""Who works at the sample company, at any size."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from sandbox.world import START_MS, World


@pytest.mark.parametrize("reps", [1, 3, 12, 13, 1000])
def test_everyone_is_one_person_with_one_address(reps: int) -> None:
    people = World(reps=reps).people
    assert len([p for p in people if p.role == "rep"]) == reps
    for field in ("id", "name", "email"):
        assert len({getattr(p, field) for p in people}) == len(people)
    owners = [p.owner_id for p in people if p.owner_id]
    assert len(set(owners)) == len(owners)


@pytest.mark.parametrize("reps", [3, 12, 1000])
def test_every_rep_has_a_manager_who_exists(reps: int) -> None:
    world = World(reps=reps)
    for person in world.working_reps:
        assert person.manager_id is not None
        boss = world.person(person.manager_id)
        assert boss is not None
        assert boss.role == "manager"
        assert boss.team == person.team


def test_the_default_cast_spans_the_world() -> None:
    people = World().people
    zones = {p.tz for p in people if p.role == "rep"}
    assert len(zones) >= 5
    now = datetime.fromtimestamp(START_MS / 1000, ZoneInfo("UTC"))
    offsets = {now.astimezone(ZoneInfo(z)).utcoffset() for z in zones}
    assert any(o is not None and o.total_seconds() % 3600 for o in offsets)
    assert (now.strftime("%A"), now.hour) == ("Monday", 0)


def test_the_odd_cases_are_there() -> None:
    people = {p.role: p for p in World().people}
    assert people["unmatched"].owner_id is None
    assert people["archived"].owner_archived
    assert people["leaver"].deleted
    assert people["admin"].is_admin
    assert all(p.email.endswith(".example") for p in World().people)
