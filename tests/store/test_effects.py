"""An outside write is done once: asked twice, refused, lost on the way, or raced for by two workers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine

from store import effects
from store.engine import open_database

SETTLE = 30_000


@dataclass
class Vendor:
    """Somewhere a write can land; ``now`` is also everybody's clock."""

    database: Engine
    now_ms: int = 1_000_000
    landed: list[int] = field(default_factory=list)
    looks: int = 0

    def now(self) -> int:
        return self.now_ms

    def write(self) -> effects.Result:
        self.landed.append(self.now_ms)
        return {"ts": str(self.now_ms)}

    def look(self, since: int) -> effects.Result | None:
        self.looks += 1
        found = [at for at in self.landed if at >= since]
        return {"ts": str(found[0])} if found else None

    def perform(self, act: Any = None, **more: Any) -> effects.Result:
        return effects.perform(
            self.database, self, "k", "post", act=act or self.write, look=self.look, settle_ms=SETTLE, **more
        )

    def state(self) -> Any:
        row = effects.state_of(self.database, "k")
        return row and row["state"]


@pytest.fixture
def vendor(database_url: str) -> Iterator[Vendor]:
    database = open_database(database_url)
    yield Vendor(database)
    database.dispose()


def raising(failure: Exception) -> Any:
    def act() -> effects.Result:
        raise failure

    return act


def test_asked_twice_it_is_done_once_and_answers_the_same(vendor: Vendor) -> None:
    assert vendor.perform() == vendor.perform() == {"ts": "1000000"}
    assert len(vendor.landed) == 1
    assert vendor.looks == 0, "nothing is looked up when nothing is in doubt"


def test_a_write_the_vendor_put_off_is_sent_again(vendor: Vendor) -> None:
    with pytest.raises(effects.NotDone) as no:
        vendor.perform(raising(effects.NotDone("slow down", 1_005_000)))
    assert no.value.retry_at == 1_005_000
    assert vendor.state() == "intent"
    assert vendor.perform() == {"ts": "1000000"}


def test_a_write_the_vendor_refused_is_not_sent_again(vendor: Vendor) -> None:
    for _ in range(2):
        with pytest.raises(effects.Refused, match="gone"):
            vendor.perform(raising(effects.Refused("gone")))
    assert vendor.landed == []


def test_a_lost_answer_is_looked_up_and_found(vendor: Vendor) -> None:
    def lands_and_hangs_up() -> effects.Result:
        vendor.write()
        raise ConnectionResetError

    with pytest.raises(effects.Unknown) as unsure:
        vendor.perform(lands_and_hangs_up)
    assert unsure.value.look_at == vendor.now_ms + SETTLE
    assert vendor.perform() == {"ts": "1000000"}
    assert len(vendor.landed) == 1


def test_a_lost_request_is_sent_again_only_once_it_can_no_longer_land(vendor: Vendor) -> None:
    with pytest.raises(effects.Unknown):
        vendor.perform(raising(ConnectionResetError()))
    vendor.now_ms += SETTLE - 1
    with pytest.raises(effects.Unknown):
        vendor.perform()
    assert vendor.landed == []
    vendor.now_ms += 1
    assert vendor.perform() == {"ts": str(vendor.now_ms)}
    assert len(vendor.landed) == 1


def test_a_request_that_lands_late_is_found_instead_of_sent_again(vendor: Vendor) -> None:
    with pytest.raises(effects.Unknown):
        vendor.perform(raising(TimeoutError()))
    vendor.now_ms += 20_000
    vendor.write()
    vendor.now_ms += 20_000
    assert vendor.perform() == {"ts": "1020000"}
    assert len(vendor.landed) == 1


def test_what_is_no_longer_wanted_is_not_sent_but_a_doubt_is_still_settled(vendor: Vendor) -> None:
    with pytest.raises(effects.Unknown):
        vendor.perform(raising(TimeoutError()))
    vendor.write()
    assert vendor.perform(still_wanted=lambda: False) == {"ts": "1000000"}


def test_what_is_no_longer_wanted_is_refused(vendor: Vendor) -> None:
    with pytest.raises(effects.Refused, match="no longer worth"):
        vendor.perform(still_wanted=lambda: False)
    assert vendor.landed == []
    assert vendor.state() == "refused"


def test_two_workers_racing_for_it_send_it_once(vendor: Vendor) -> None:
    gate, answers = threading.Barrier(4), []

    def race() -> None:
        gate.wait()
        try:
            answers.append(vendor.perform())
        except effects.Unknown as later:
            answers.append(later)

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert len(vendor.landed) == 1


def test_waiting_for_a_rate_limit_does_not_eat_into_the_time_a_lost_write_may_still_land(vendor: Vendor) -> None:
    def a_minute_in_the_queue() -> None:
        vendor.now_ms += 60_000

    with pytest.raises(effects.Unknown) as lost:
        vendor.perform(act=raising(ConnectionResetError("gone")), ready=a_minute_in_the_queue)
    assert lost.value.look_at == vendor.now_ms + SETTLE


def test_a_refused_write_is_tried_again_only_when_a_person_asks(vendor: Vendor) -> None:
    with pytest.raises(effects.Refused):
        vendor.perform(act=raising(effects.Refused("nobody there")))
    with vendor.database.begin() as connection:
        effects.reopen(connection, "another")
    with pytest.raises(effects.Refused):
        vendor.perform()
    with vendor.database.begin() as connection:
        effects.reopen(connection, "k")
    vendor.perform()
    assert len(vendor.landed) == 1
