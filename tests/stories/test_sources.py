"""A source that is down is named on the list, with since when; its silence never counts as zero."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from records import gather
from tests.deployments import turns
from tests.office import Office, accounts_of, row_text, words
from tests.stand_ins import Sandbox
from tests.stories.conftest import OpenOffice


@pytest.fixture(scope="module")
def office(open_office: OpenOffice) -> Iterator[Office]:
    with open_office(reps=3, accounts=14) as working:
        working.next_morning()
        yield working


@pytest.fixture(autouse=True)
def _all_behave_afterwards(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Pauses between tries are taken by the machine's own time, which no test can move.
    monkeypatch.setattr("systems.asking.LONGEST_PAUSE", 0.01)
    yield
    office.sandbox.ask("DELETE", "/_sandbox/knobs")


def data_line(office: Office, rep: str) -> str:
    message = office.newest(rep)
    return "\n".join(words(block) for block in message["blocks"] if block["type"] == "context")


def jira_rows(office: Office, rep: str) -> set[str]:
    message = office.newest(rep)
    return {a for a in accounts_of(message) if re.search(r"\b[A-Z]+-\d+", row_text(message, a))}


def test_both_sources_say_how_old_they_are(office: Office) -> None:
    line = data_line(office, office.reps[0])
    assert re.search(r"Data as of: .*HubSpot 08:5\d.* Jira 08:5\d", line)
    assert "⚠" not in line


@pytest.mark.parametrize("mode", ["error", "drop_before"])
def test_jira_down_is_named_and_what_it_told_before_still_counts(office: Office, mode: str) -> None:
    office.next_morning()
    rep = next(one for one in office.reps if jira_rows(office, one))
    before = jira_rows(office, rep)
    office.sandbox.misbehave("jira.*", mode, times=-1)
    office.next_morning()
    since_and_age = r"⚠ Jira has not answered since .* \(data as of .*\): tickets may be missing"
    assert re.search(since_and_age, data_line(office, rep))
    assert "HubSpot 08:5" in data_line(office, rep)
    assert before <= jira_rows(office, rep)
    office.sandbox.ask("DELETE", "/_sandbox/knobs")
    office.next_morning()
    assert "⚠" not in data_line(office, rep)


def test_hubspot_down_is_named_and_the_lists_still_come(office: Office) -> None:
    office.next_morning()
    before = {rep: len(office.lists(rep)) for rep in office.reps}
    office.sandbox.misbehave("hubspot.*", "error", status=503, times=-1)
    office.next_morning()
    for rep in office.reps:
        assert len(office.lists(rep)) == before[rep] + 1
        assert "⚠ HubSpot has not answered since" in data_line(office, rep)


def test_a_night_without_hubspot_puts_off_the_search_for_deletions_to_the_next_sync(office: Office) -> None:
    office.next_morning()
    rep = office.reps[0]
    account = accounts_of(office.newest(rep))[0]
    office.sandbox.ask("DELETE", f"/_sandbox/crm/objects/companies/{account}?gdpr=true")
    office.sync()
    assert known(office, account), "deletions are looked for once a day"
    office.sandbox.misbehave("hubspot.*", "error", status=503, times=-1)
    office.next_morning()
    assert account in accounts_of(office.newest(rep)), "nobody could know yet"
    office.sandbox.ask("DELETE", "/_sandbox/knobs")
    office.sync()
    assert not known(office, account)
    office.next_morning()
    assert account not in accounts_of(office.newest(rep))


def known(office: Office, account: str) -> bool:
    with office.daybook.database.connect() as connection:
        return gather.one(connection, account) is not None


def test_slack_down_at_the_sync_keeps_the_people_and_the_syncs_going(office: Office) -> None:
    office.next_morning()
    office.sandbox.misbehave("slack.users.list", "error", error="token_revoked", times=-1)
    office.sync()
    office.sync()
    last = turns(office.daybook, "sync_records")[-2:]
    assert [row["state"] for row in last] == ["done", "done"]
    assert all("people not read" in row["note"] for row in last)
    office.next_morning()
    assert all(accounts_of(office.newest(rep)) or "Nobody" in office.newest(rep)["text"] for rep in office.reps)


def test_jira_never_read_is_said_and_its_rules_stay_neutral(
    sqlite_url: str, start_sandbox: Callable[..., Sandbox], tmp_path_factory: pytest.TempPathFactory, office: Office
) -> None:
    office.stop()  # one worker a process
    try:
        sandbox = start_sandbox(reps=1, accounts=8)
        sandbox.misbehave("jira.*", "error", status=503, times=-1)
        other = Office(sandbox, sqlite_url, tmp_path_factory.mktemp("other"))
        try:
            other.next_morning()
            rep = other.reps[0]
            line = data_line(other, rep)
            assert "Jira" in line.partition("⚠")[2]
            account = accounts_of(other.newest(rep))[0]
            other.press(rep, other.newest(rep), "explain_priority", account)
            assert "Not known, so neither raised nor lowered" in words(other.modal(rep))
        finally:
            other.stop()
    finally:
        office.start()
