"""The page about a turn: names and numbers of ours, whatever its log holds; and nothing that loads, runs or leaves."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape
from typing import Any, NamedTuple

import pytest

from rules import policy_words
from views import trace_page
from views.trace import summarise
from views.trace_steps import Known, told

KNOWN = Known(("assistant", "security"), ("claude-sonnet-5-5",), ("log_call", "update_deal"), policy_words.sentences())
NINE = 1_795_424_400_000
USAGE = {"input_tokens": 1_200, "cache_read_input_tokens": 300, "output_tokens": 45}


class Line(NamedTuple):
    turn: int
    at: int
    kind: str
    body: dict[str, Any]


LOG = [
    Line(2, NINE, "started", {"trigger": {"kind": "said", "person": "U1", "text": "spoken"}, "late_ms": 40}),
    Line(2, NINE, "began", {"agent": "assistant", "digests": {"agent": "ab" * 32, "policy": "2026-11-01.1+beef"}}),
    Line(2, NINE + 5, "heard", {"text": "I called Acme"}),
    Line(2, NINE + 900, "answered", {"model": "claude-sonnet-5-5-20261001", "usage": USAGE, "cost_micros": 3_450,
                                     "ms": 880, "stop_reason": "tool_use", "content": [{"text": "I will"}]}),
    Line(2, NINE + 1_200, "called", {"tool": "log_call", "verdict": "allow", "rule": "log.own", "ms": 12,
                                     "reason": "Logged a call on Acme", "result": "spoken"}),
    Line(2, NINE + 1_250, "called", {"tool": "update_deal", "verdict": "refuse", "rule": "amount.change", "ms": 3}),
    Line(2, NINE + 1_300, "asked", {"agent": "security", "session": "asked:s:2:t1", "call": "t1"}),
    Line(2, NINE + 9_000, "unfinished", {"model": "claude-sonnet-5-5", "usage": USAGE, "cost_micros": 550}),
]  # fmt: skip
ROW = {"state": "done", "attempt": 1, "trigger": {"kind": "said"}, "note": "answered: I called Acme"}


def shown(log: list[Line] = LOG, row: dict[str, Any] | None = ROW, link: str | None = None) -> str:
    turn = summarise(2, row, log)
    return trace_page.page(told("said:D1:17.1", turn, log, KNOWN, lambda _session: link), NINE + 86_400_000)


def plain(page: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", page.partition("</style>")[2]).split()))


def test_it_shows_who_answered_what_it_cost_and_each_verdict_with_its_rule() -> None:
    text = plain(shown())
    assert "turn 2 · said · assistant · done · attempt 2 · 9000 ms · 2 model calls · in 2,400 cached 600 out 90" in text
    assert "$0.0040 · 2 tool calls" in text, "an answer that was stopped is paid for too"
    assert "+900 ms claude-sonnet-5-5 asks for tools 1,200 read · 300 cached · 45 written $0.0034 880 ms" in text
    assert f"+1.2 s log_call 12 ms allowed log.own {KNOWN.rules['log.own']}" in text
    assert f"update_deal 3 ms refused amount.change {KNOWN.rules['amount.change']}" in text
    assert "claude-sonnet-5-5 not finished" in text
    assert "Policy 2026-11-01.1+beef Agent's prompt abababababab" in text
    assert "daybook trace said:D1:17.1/2" in text
    assert "running" not in text


def test_it_repeats_nothing_that_anybody_wrote() -> None:
    assert not [said for said in ("Acme", "I will", "spoken", "answered:", "U1") if said in shown()]


HOSTILE = ("<script>zq-secret</script>", "zq_secret", "zqsecret.zq_secret" * 9, ["zq-secret"], {"zq-secret": 1})
NAMES = ("agent", "model", "stop_reason", "tool", "verdict", "reason", "result", "session", "outcome", "error", "note",
         "text", "by", "late_ms", "ms", "cost_micros", "call", "title")  # fmt: skip


@pytest.mark.parametrize("said", HOSTILE, ids=repr)
@pytest.mark.parametrize("kind", ["started", "began", "heard", "answered", "extracted", "unfinished", "called", "asked",
                                  "returned", "tainted", "broke", "waiting", "failed", "ending", "edited",
                                  "a kind of its own"])  # fmt: skip
def test_no_field_of_any_line_gets_a_word_through(kind: str, said: Any) -> None:
    body = {
        **dict.fromkeys(NAMES, said), "digests": {"policy": f"{said} x", "agent": said}, "rule": f"{said} x",
        "usage": {"input_tokens": said}, "trigger": {"kind": said, "agent": said},
    }  # fmt: skip
    page = shown([Line(2, NINE, kind, body)], {"state": str(said), "attempt": 0, "trigger": {"kind": str(said)}})
    assert "secret" not in page
    assert "<script" not in page


def test_a_turn_that_is_not_over_says_so_and_one_that_a_fork_copied_is_shown_too() -> None:
    for state in ("queued", "running", "waiting", "held"):
        assert "Still running" in plain(shown(row={**ROW, "state": state}))
    copied = plain(shown([*LOG, Line(2, NINE, "done", {})], None))
    assert "done (copied)" in copied
    assert "Still running" not in copied
    assert "Nothing yet." in shown([])


def test_it_loads_and_runs_nothing_and_its_one_style_is_the_one_that_is_allowed() -> None:
    for page in (shown(link="abc.def"), trace_page.sorry("<b>Gone</b>", "<i>why</i>")):
        (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in trace_page.HEADERS["Content-Security-Policy"]
        assert not re.search(r"<(?:script|img|link|iframe|form|object|svg|base)|\son\w+=|url\(|@import|style=", page)
        assert not re.findall(r'(?:href|src)="(?!abc\.def")', page)
        assert "<b>Gone" not in page
    assert trace_page.HEADERS["Content-Security-Policy"].startswith("default-src 'none';")


def test_another_agent_that_was_asked_is_linked_where_there_is_a_link() -> None:
    assert '<a href="abc.def"><b>Asked security</b></a>' in shown(link="abc.def")
    assert "<b>Asked security</b>" in shown()
    assert "<a " not in shown()
