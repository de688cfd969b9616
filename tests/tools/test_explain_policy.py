"""What the policy is, since when, and which rule said no: asked by an agent, by an operator, and at a press."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from records import policies
from rules.policy import PolicyError
from store.engine import open_database
from tests.databases import Databases
from tests.deployments import LEDGER_KEY, deploy
from tests.rules.books import POLICY, TEXT
from tests.stand_ins import Sandbox
from tests.tools.desk import Desk, at_desk

DEAL, MANAGER = "30000000002", "U0MGR00001"


@pytest.fixture(scope="module")
def shop_with_a_file(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Desk, Callable[..., str]]]:
    """A desk whose policy file a test may write: ``write(old, new)`` answers the new version."""
    sandbox = Sandbox.start(reps=2, accounts=10)
    file = tmp_path_factory.mktemp("policy") / "policy.toml"
    file.write_text(TEXT)
    deployment = deploy(
        sandbox.env, databases.new("sqlite"), DAYBOOK_LEDGER_KEY=LEDGER_KEY, DAYBOOK_POLICY_FILE=str(file)
    )

    def write(old: str = "", new: str = "") -> str:
        assert old in TEXT
        file.write_text(TEXT.replace(old, new, 1) if old else TEXT)
        return policies.current(deployment.systems.settings)[0].version

    with at_desk(sandbox, deployment) as desk:
        yield desk, write
    deployment.close()
    sandbox.stop()


def test_an_agent_can_say_what_it_may_do_and_why_something_was_not_done(shop: Desk) -> None:
    shop.refused("update_deal", deal=DEAL, amount="11000000")
    told = shop.told("explain_policy")
    assert told["policy_version"] == POLICY.version
    assert {"amount.change"} <= {name for one in told["rules"] for name in one["answers"]}
    assert told["records_changed"]["in_this_conversation"]["most"] == POLICY.authority.session_records
    (last,) = told["lately_not_done"]
    assert (last["tool"], last["verdict"], last["rule"]) == ("update_deal", "refuse", "amount.bounds")
    (one,) = shop.told("explain_policy", rule="amount.bounds")["rules"]
    assert one["numbers"] == {"amount_most": "10,000,000"}


def test_what_was_refused_to_somebody_else_here_is_theirs(shop: Desk) -> None:
    shop.refused("update_deal", deal=DEAL, amount="11000000")
    shop.acting(person=MANAGER)
    assert shop.told("explain_policy")["lately_not_done"] == []


def test_an_operator_reads_the_rules_the_versions_and_why_a_call_got_its_verdict(
    shop: Desk, daybook: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    shop.refused("update_deal", deal=DEAL, amount="11000000")
    row = shop.books()[-1]
    env = {"DATABASE_URL": shop.deployment.systems.settings.database_url}

    def ask(*words: str) -> str:
        done = daybook("policy", *words, env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "amount needs the manager's yes.\n      amount.change: asks first, refuses; amount_change_" in ask("explain")
    one = json.loads(ask("explain", "amount.change", "--json"))
    assert one["rules"][0]["numbers"] == {"amount_change_percent": "20"}
    why = ask("explain", "--call", row["call"])
    assert "refuse by amount.bounds" in why
    assert f"policy: {POLICY.version}; for {shop.rep.id}" in why
    assert "the rule says: An amount is " in why
    answer = shop.call("update_deal", deal=DEAL, next_step="Call Jane")
    assert answer.verdict == "ask"
    (told,) = [one for one in json.loads(ask("versions", "--json")) if one["in_effect"]]
    assert told["version"] == POLICY.version
    assert told["entries"] >= 2
    for wrong, says in (("amount.chance", "amount.change"), ("--call=nobody", "ledger export")):
        done = daybook("policy", "explain", wrong, env=env)
        assert done.returncode == 2
        assert says in "".join(done.stderr.split("\n")).replace("│", "") or says in done.stderr


def test_a_rule_that_is_not_there_is_answered_with_those_that_are(shop: Desk) -> None:
    rule, reason = shop.refused("explain_policy", rule="everything.allowed")
    assert rule == "policy.unknown"
    assert "change.confirm" in reason


def test_what_waits_under_an_old_version_is_judged_by_the_new_one(
    shop_with_a_file: tuple[Desk, Callable[..., str]],
) -> None:
    desk, write = shop_with_a_file
    desk.begin()
    old = write()
    amount = str(int(float(desk.in_hubspot("deals", DEAL)["amount"])) + 1)
    answer = desk.call("update_deal", deal=DEAL, amount=amount)
    assert answer.verdict == "ask", answer.text
    new = write("amount_most = 10_000_000 ", "amount_most = 1 ")
    before = desk.hubspot_writes()
    assert desk.press(answer, "apply_change").words.startswith("refused: An amount must be between 0 and 1.")
    assert desk.hubspot_writes() == before
    books = desk.rows(desk.approval(answer).call)
    assert [(row["verdict"], row["policy"]) for row in books[:2]] == [("ask", old), ("refuse", new)]
    assert books[1]["rule"] == "amount.bounds"


def test_a_version_is_kept_from_its_first_decision_and_says_what_it_said(
    shop_with_a_file: tuple[Desk, Callable[..., str]],
) -> None:
    desk, write = shop_with_a_file
    database, settings = desk.deployment.database, desk.deployment.systems.settings
    version = write("session_records = 25 ", "session_records = 24 ")
    at = desk.deployment.systems.clock.now()
    policies.keep_once(database, settings, at)
    policies.keep_once(database, settings, at + 5_000)
    with database.connect() as connection:
        kept = {one.version: one for one in policies.versions(connection)}
        assert kept[version].since == at
        found = policies.of_version(connection, version)
    assert found is not None
    assert found.authority.session_records == 24
    write()


@pytest.mark.parametrize("statement", ["UPDATE policy_versions SET text = ''", "DELETE FROM policy_versions"])
def test_the_database_refuses_to_change_a_version(database_url: str, statement: str) -> None:
    database = open_database(database_url)
    with database.begin() as connection:
        policies.seed(connection, POLICY, TEXT, 1)
    with pytest.raises(DBAPIError, match="never change"), database.begin() as connection:
        connection.execute(text(statement))
    database.dispose()


def test_a_version_whose_text_was_exchanged_is_not_believed(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    with database.begin() as connection:
        other = TEXT.replace("bulk_records = 10 ", "bulk_records = 99 ")
        connection.execute(
            policies.policy_versions.insert().values(version="2026.1.1+00000000", text=other, seeded_at=1)
        )
    with database.connect() as connection, pytest.raises(PolicyError, match="does not say what it said"):
        policies.of_version(connection, "2026.1.1+00000000")
    database.dispose()
