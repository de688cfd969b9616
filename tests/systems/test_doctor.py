"""``daybook doctor`` finds out before the first rep does whether Daybook may write, and mends what it may."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

from cli.doctor import examine
from tests.stand_ins import Sandbox

Command = Callable[..., subprocess.CompletedProcess[str]]
READ_ONLY = "pat-sandbox-larkspur-read-only"


@pytest.fixture
def doctor(start_sandbox: Callable[..., Sandbox], sqlite_url: str, daybook: Command) -> Callable[..., dict[str, str]]:
    """``doctor(HUBSPOT_ACCESS_TOKEN=…)``: what it says about HubSpot and Jira, state by words."""
    sandbox = start_sandbox(reps=1, accounts=2)

    def run(**more: str) -> dict[str, str]:
        done = daybook("doctor", "--json", env={**sandbox.env, "DATABASE_URL": sqlite_url, **more})
        assert "Traceback" not in done.stderr
        return {f["words"]: f["state"] for f in json.loads(done.stdout) if f["area"] in ("hubspot", "jira")}

    run.sandbox = sandbox  # type: ignore[attr-defined]
    return run


def test_it_makes_the_key_once_and_says_so(doctor: Callable[..., dict[str, str]]) -> None:
    first, again = doctor(), doctor()
    assert first["made the property daybook_key on calls, notes, tasks: nothing is logged twice"] == "good"
    assert again["has the property daybook_key: nothing is logged twice"] == "good"
    assert again["may log calls, notes and tasks, and change contacts and deals"] == "good"
    assert again["may comment, and take its own comments back"] == "good"
    assert set(again.values()) == {"good"}


def test_it_names_what_a_token_lacks_and_how_to_get_the_key(doctor: Callable[..., dict[str, str]]) -> None:
    told = doctor(HUBSPOT_ACCESS_TOKEN=READ_ONLY)
    bad = [words for words, state in told.items() if state == "bad"]
    assert any("crm.objects.contacts.write, needed to log calls" in words for words in bad)
    assert any("crm.objects.deals.write, needed to change deals" in words for words in bad)
    assert any("crm.schemas.contacts.write" in words and "unique values required" in words for words in bad)


def test_it_names_the_jira_permission_that_is_missing(doctor: Callable[..., dict[str, str]]) -> None:
    sandbox: Sandbox = doctor.sandbox  # type: ignore[attr-defined]
    sandbox.ask("PATCH", "/_sandbox/crm/jira-permissions", {"withheld": ["ADD_COMMENTS"]})
    told = doctor()
    (words,) = [words for words, state in told.items() if state == "bad"]
    assert "Add Comments, needed to write notes and replies" in words


def test_a_token_whose_scopes_hubspot_does_not_tell_is_no_failure(doctor: Callable[..., dict[str, str]]) -> None:
    sandbox: Sandbox = doctor.sandbox  # type: ignore[attr-defined]
    sandbox.misbehave("hubspot.token_info", "error", error="NOT_A_PRIVATE_APP", status=404)
    told = doctor()
    (odd,) = [words for words, state in told.items() if state != "good"]
    assert "crm.objects.contacts.write and crm.objects.deals.write" in odd


def test_it_says_where_footers_lead_or_that_they_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> tuple[str, str]:
        found = next(finding for finding in examine() if finding.area == "address")
        return found.state, found.words

    state, words = told()
    assert state == "odd"
    assert words.startswith("DAYBOOK_PUBLIC_URL is not set: footers of answers don't link.")
    monkeypatch.setenv("DAYBOOK_PUBLIC_URL", "https://daybook.example/")
    assert told() == ("good", "footers of answers link to https://daybook.example/trace/…")
