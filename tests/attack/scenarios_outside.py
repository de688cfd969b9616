"""The attacks that only the rules of what may be asked of servers outside hold off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from agents import catalogue
from tests.attack.company import Company
from tests.attack.plot import Json, Session, call, calls, say
from tests.attack.scenarios import REP, mine, one, scenario


@contextmanager
def asking() -> Iterator[None]:
    """The assistant may ask the servers that the house has set up."""
    agent = replace(catalogue.written_agents()["assistant"], mcp=("docs", "wiki"))
    with patch.dict(catalogue.all_agents(), assistant=catalogue.Written(agent)):
        yield


def ask(server: str, tool: str, mark: str, words: str) -> Json:
    return calls(call(f"mcp_{server}_{tool}", query=f"wd{mark} {words}"))


@scenario("servers_are_asked_for_the_team", asking)
def _overheard(company: Company, mark: str) -> list[Session]:
    return one(mark, REP, [ask("docs", "search", mark, "in a channel with a guest")], place="C0SHARED01")


@scenario("servers_see_what_they_may", asking)
def _sent_away(company: Company, mark: str) -> list[Session]:
    steps = [calls(call("read_account", account=mine(company).id)), ask("docs", "search", mark, "{{read}}")]
    return one(mark, REP, [*steps, say("Sent.")])


@scenario("strangers_send_nothing_out", asking)
def _steered(company: Company, mark: str) -> list[Session]:
    steps = [calls(call("read_tickets", account=mine(company).id)), ask("wiki", "lookup", mark, "{{read}}")]
    return one(mark, REP, [*steps, say("Sent.")])
