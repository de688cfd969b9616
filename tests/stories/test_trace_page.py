"""Whoever opens the link in an answer's footer sees how it came about, and not a word of anybody's."""

from __future__ import annotations

import http.client
import re
import socket
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import pytest
import uvicorn

from sessions.session import ENDED
from store.engine import open_database
from systems import trace_link
from systems.trace_link import Linked
from tests.deployments import LEDGER_KEY, turns, until
from tests.office import Office
from tests.stories.conftest import OpenOffice
from tests.stories.talking import say
from web import app as web_app
from web import trace

REP = "U0REP00001"
"""Whose accounts are Acme, Globex and Initech."""
SECRET = "ring Jane Fielding, jane@fielding.example, about the merger"
KEY = trace_link.key_from(LEDGER_KEY.encode())


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str


def opened(address: str, method: str = "GET") -> Answer:
    to = urlsplit(address)
    line = http.client.HTTPConnection(str(to.hostname), to.port, timeout=10)
    try:
        line.request(method, to.path)
        got = line.getresponse()
        return Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read().decode())
    finally:
        line.close()


def words_of(answer: Answer) -> str:
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", answer.text.partition("</style>")[2]).split()))


def footer_of(message: dict[str, Any]) -> str:
    element = message["blocks"][-1]["elements"][0]
    assert (message["blocks"][-1]["type"], element["type"]) == ("context", "mrkdwn"), message["blocks"][-1]
    return str(element["text"])


def link_in(message: dict[str, Any]) -> str:
    found = re.fullmatch(r"\w+ · <(http[^|<>]+)\|trace [\w.:-]+/\d+> · stand-in model", footer_of(message))
    assert found, footer_of(message)
    return found[1]


def answer_to(office: Office, text: str) -> dict[str, Any]:
    """Daybook's answer in the thread of what was just said."""
    ts = say(office, REP, text)["ts"]
    ended = "the turn has ended"
    until(lambda: all(row["state"] in ENDED for row in turns(office.daybook, "assistant")), ended)
    told = office.sandbox.get(f"/_sandbox/slack/messages?user={REP}")["messages"]
    with_footer = [m for m in told if m.get("thread_ts") == ts and "trace" in str(m["blocks"][-1:])]
    return dict(with_footer[-1])


@pytest.fixture(scope="module")
def office(open_office: OpenOffice) -> Iterator[Office]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    port = address.rpartition(":")[2]
    with open_office(reps=1, accounts=8, DAYBOOK_PORT=port, DAYBOOK_PUBLIC_URL=f"http://{address}/") as working:
        working.address = f"http://{address}"
        yield working


@pytest.fixture(scope="module")
def logged(office: Office) -> dict[str, Any]:
    """The answer to a call that was told and logged."""
    return answer_to(office, f"I called Acme and left a message: {SECRET}")


def test_the_footer_leads_to_the_agent_the_tools_their_verdicts_and_the_cost(
    office: Office, logged: dict[str, Any]
) -> None:
    link = link_in(logged)
    assert link.startswith(f"{office.address}/trace/")
    assert "trace" in logged["text"]
    assert office.address not in logged["text"], "a notification has no use for it"
    got = opened(link)
    assert got.status == 200
    shown = words_of(got)
    assert "turn 1 · said · assistant · done · attempt 1" in shown
    assert re.search(r"claude-sonnet-5-5 asks for tools [\d,]+ read · [\d,]+ cached · [\d,]+ written \$0\.\d+", shown)
    assert re.search(r"find_account \d+ ms looked read\.own", shown)
    assert re.search(r"log_call \d+ ms allowed log\.own What a person did is logged at once", shown)
    assert "Policy 2026" in shown


def test_it_holds_no_words_of_anybody(office: Office, logged: dict[str, Any]) -> None:
    page = opened(link_in(logged)).text.partition("</style>")[2].lower()
    people = office.sandbox.get("/_sandbox/slack/people")["people"]
    names = [one["real_name"] for one in people if one.get("real_name") not in (None, "Daybook")]
    for private in ("Acme", "Jane", "Fielding", "@", "merger", "left a message", "voicemail", REP, *names):
        assert private.lower() not in page, private


def test_nothing_of_it_is_kept_framed_indexed_or_told_on(logged: dict[str, Any]) -> None:
    headers = opened(link_in(logged)).headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"].startswith("noindex")
    assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")
    assert "set-cookie" not in headers


def test_it_can_be_asked_for_and_nothing_else(logged: dict[str, Any]) -> None:
    link = link_in(logged)
    whole, head = opened(link), opened(link, "HEAD")
    assert (head.status, head.text) == (200, "")
    assert head.headers["content-security-policy"] == whole.headers["content-security-policy"]
    assert {opened(link, method).status for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH")} == {405}


def test_undo_draws_the_answer_again_with_the_same_link(office: Office, logged: dict[str, Any]) -> None:
    channel, ts = office.channel(REP), logged["ts"]
    undo = next(b["accessory"] for b in logged["blocks"] if b.get("accessory", {}).get("action_id") == "undo")
    pressed = {"user": REP, "channel": channel, "message_ts": ts, "action_id": "undo", "value": undo["value"]}
    office.sandbox.post("/_sandbox/slack/press", pressed)
    until(lambda: "Undone by" in str(office.message(REP, ts)["blocks"]), "the line says undone")
    assert footer_of(office.message(REP, ts)) == footer_of(logged)


def test_what_a_model_makes_up_is_not_repeated_and_an_agent_that_was_asked_has_a_page(office: Office) -> None:
    asks = {"name": "ask_agent", "input": {"agent": "security", "question": "are Acme's backups encrypted?"}}
    makes_up = {"name": "acme_will_leave", "input": {"why": SECRET}}
    office.sandbox.post("/_sandbox/claude/script", {"answers": [
        {"content": [{"type": "tool_use", **makes_up}], "stop_reason": "tool_use"},
        {"content": [{"type": "tool_use", **asks}], "stop_reason": "tool_use"},
        {"content": [{"type": "text", "text": "They are, says Jane."}]},
        {"content": [{"type": "text", "text": "Acme's are encrypted."}]},
    ]})  # fmt: skip
    link = link_in(answer_to(office, "new topic: are they encrypted?"))
    page = opened(link)
    assert "(a tool that does not exist)" in words_of(page)
    (further,) = re.findall(r'<a href="([^"]*)"><b>Asked security', page.text)
    theirs = opened(urljoin(link, further))
    assert theirs.status == 200
    assert "turn 1 · asked · security · done" in words_of(theirs)
    for shown in (page.text, theirs.text):
        assert not [private for private in ("cme", "Jane", "ncrypted") if private in shown]


def test_a_wrong_link_says_what_to_do_instead(office: Office, logged: dict[str, Any]) -> None:
    link = link_in(logged)
    mine = trace_link.read(KEY, link.rpartition("/")[2], office.daybook.systems.clock.now())
    foreign = trace_link.token(trace_link.key_from(b"another deployment's"), mine)
    wrong = [link[:-1], f"{link}A", f"{link}/", link.replace("/trace/", "/trace/A"), f"{office.address}/trace/",
             f"{office.address}/trace/{foreign}", f"{office.address}/trace/{'A' * 9_000}",
             f"{office.address}/trace/%00%ff..%2f"]  # fmt: skip
    answers = [opened(address) for address in wrong]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1, "nobody learns what was wrong with it"
    assert "How was this answered?" in words_of(answers[0])
    assert "daybook trace" in words_of(answers[0])
    assert answers[0].headers["cache-control"] == "no-store"


def test_a_link_that_has_ended_and_one_to_a_turn_that_is_gone_say_so(office: Office, logged: dict[str, Any]) -> None:
    now = office.daybook.systems.clock.now()
    mine = trace_link.read(KEY, link_in(logged).rpartition("/")[2], now)
    assert now < mine.until <= now + 30 * 86_400_000
    for linked, status, says in (
        (mine._replace(until=now - 1), 410, "thirty days"),
        (Linked("said:D1:17.1", 1, mine.until), 404, "know nothing of that answer"),
        (mine._replace(turn=99), 404, "know nothing of that answer"),
    ):
        answer = opened(f"{office.address}/trace/{trace_link.token(KEY, linked)}")
        assert answer.status == status
        assert says in words_of(answer)
        assert "How was this answered?" in words_of(answer)


def test_the_signature_is_looked_at_before_the_database_is(
    office: Office, logged: dict[str, Any], tmp_path: Path
) -> None:
    empty = open_database(f"sqlite:///{tmp_path}/nothing.sqlite")
    served = web_app.build(None, list, trace_page=trace.endpoint(empty, office.daybook.systems))
    server = uvicorn.Server(uvicorn.Config(served, log_config=None, access_log=False))
    listening = socket.create_server(("127.0.0.1", 0))
    running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    running.start()
    try:
        until(lambda: server.started, "the server")
        here = f"http://127.0.0.1:{listening.getsockname()[1]}/trace/"
        signed = link_in(logged).rpartition("/")[2]
        forged, honest = opened(f"{here}{signed[:-1]}"), opened(f"{here}{signed}")
        assert forged.status == 404
        assert honest.status == 503, "only now was it asked, and had nothing"
        assert "in a minute" in words_of(honest)
    finally:
        server.should_exit = True
        running.join(timeout=10)
        listening.close()
        empty.dispose()


def test_a_link_outlives_a_restart(office: Office, logged: dict[str, Any]) -> None:
    before = opened(link_in(logged)).text
    office.restart()
    assert opened(link_in(logged)).text == before
