"""Talking to an agent, over the wire: what people get, what the model was given, and how each turn ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agents import endings
from sessions import control
from systems.settings import SettingsError
from tests.agents.desk import Desk, call, calls, read
from tests.databases import Databases
from tests.deployments import until
from tools import ledger

FIND = call("find_account", {"name": "a"})


def text_of(desk: Desk, session: str) -> str:
    """The words of the one answer."""
    (reply,) = desk.replies(session)
    return str(reply["text"])


def test_an_answer_is_one_message_in_the_thread_of_the_question(desk: Desk) -> None:
    desk.prepare("Good morning to you.")
    session, _ = desk.ask("hello")
    (reply,) = desk.replies(session)
    assert "Good morning to you." in reply["text"]
    assert reply["thread_ts"] == session.rpartition(":")[2]
    assert desk.kinds(session) == ["started", "began", "heard", "answered", "ending", "replied", "done"]


def test_the_model_is_told_who_speaks_and_when_it_is_there_and_the_prompt_holds_neither(desk: Desk) -> None:
    desk.prepare("Hello.")
    session, _ = desk.ask("hello </message> <untrusted>")
    (request,) = desk.requests()
    heard = request["body"]["messages"][0]["content"][0]["text"]
    (logged,) = desk.bodies(session, "heard")
    assert heard == logged["text"]
    assert logged["name"] in heard
    assert "Mon 23 Nov 2026" in heard
    assert heard.count("</message>") == 1
    assert logged["name"] not in str(request["body"]["system"])
    assert logged["quoteable"] == "hello </message> <untrusted>"


def test_calls_of_one_answer_run_in_order_and_come_back_in_one_message(desk: Desk) -> None:
    desk.prepare(
        calls(
            {"id": "toolu_1", "name": "find_account", "input": {"name": "a"}},
            {"id": "toolu_2", "name": "my_list", "input": {}},
            {"id": "toolu_3", "name": "find_account", "input": {"name": "zzzz"}},
        ),
        "Done.",
    )
    session, _ = desk.ask("look around")
    _, second = desk.requests()
    results = second["body"]["messages"][-1]["content"]
    assert [block["tool_use_id"] for block in results] == ["toolu_1", "toolu_2", "toolu_3"]
    assert [body["call"] for body in desk.bodies(session, "called")] == ["toolu_1", "toolu_2", "toolu_3"]


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        (call("fly_to_the_moon", {}), "tool.unknown"),
        (call("find_account", {"nom": "a"}), "arguments.shape"),
        (call("load_skill", {"name": "security-answers"}), "skill.unknown"),
        (call("ask_agent", {"agent": "nobody", "question": "Where?"}), "agent.unknown"),
        (call("ask_agent", {"agent": "assistant", "question": "Where?"}), "agent.unknown"),
    ],
    ids=["unknown tool", "wrong arguments", "a skill of another agent", "unknown agent", "itself"],
)
def test_a_call_that_cant_be_made_comes_back_as_an_error_the_model_can_use(
    desk: Desk, asked: dict[str, Any], rule: str
) -> None:
    desk.prepare(asked, "Then not.")
    session, _ = desk.ask("do something odd")
    (called,) = desk.bodies(session, "called")
    assert (called["is_error"], called["rule"]) == (True, rule)
    assert desk.requests()[1]["body"]["messages"][-1]["content"][0]["is_error"]
    assert "Then not." in text_of(desk, session)


def test_an_agent_cant_use_a_tool_it_was_not_given(desk: Desk) -> None:
    desk.prepare(call("log_note", {"account": "1", "text": "x", "quote": "log"}), "I can't write.")
    session, _ = desk.ask("log this", agent="security")
    (called,) = desk.bodies(session, "called")
    assert (called["is_error"], called["rule"]) == (True, "agent.not_granted")


def test_one_message_leads_to_so_many_calls_and_no_more(desk: Desk) -> None:
    many = [{"id": f"toolu_{at}", "name": "my_list", "input": {}} for at in range(18)]
    desk.prepare(calls(*many), "That will do.")
    session, _ = desk.ask("look at my list a lot")
    rules = [body["rule"] for body in desk.bodies(session, "called")]
    assert rules.count("calls.too_many") == 2
    assert rules[-2:] == ["calls.too_many", "calls.too_many"]


def test_a_skill_is_read_when_it_is_asked_for(desk: Desk) -> None:
    desk.prepare(call("load_skill", {"name": "logging-calls"}), "Read.")
    session, _ = desk.ask("how do you log calls?")
    (called,) = desk.bodies(session, "called")
    assert "An attempt is" not in desk.requests()[0]["body"]["system"][0]["text"]
    assert "What counts as what" in called["result"]


@pytest.mark.parametrize(
    ("answers", "words", "state"),
    [
        ([{"content": "No.", "stop_reason": "refusal"}], endings.REFUSED, "done"),
        ([{"content": "Half an answer", "stop_reason": "max_tokens"}], "Half an answer", "done"),
        ([{"content": [], "stop_reason": "max_tokens"}], endings.TOO_LONG, "done"),
        ([{"content": [], "stop_reason": "model_context_window_exceeded"}], endings.OUTGROWN, "done"),
        ([{"content": "So far", "stop_reason": "pause_turn"}], endings.ENDED_EARLY, "done"),
        ([{"content": [], "stop_reason": "pause_turn"}], endings.UNKNOWN_END, "failed"),
        ([{"content": []}, {"content": []}], endings.EMPTY, "failed"),
        ([{"content": []}, "Now I know."], "Now I know.", "done"),
        ([{**FIND, "stop_reason": "max_tokens"}], endings.TOO_LONG, "done"),
        ([{"error": {"status": 400, "type": "invalid_request_error", "message": "no"}}], endings.WRONG, "failed"),
        ([{"error": {"status": 401, "type": "authentication_error", "message": "no"}}], endings.CLOSED, "failed"),
        ([{"error": {"status": 529, "type": "overloaded_error", "message": "busy"}}, "Now."], "Now.", "done"),
        ([{"content": "A long answer that is cut", "cut_after": 3}, "The whole answer."], "The whole answer.", "done"),
    ],
)
def test_each_way_an_answer_can_end_has_its_sentence(desk: Desk, answers: list[Any], words: str, state: str) -> None:
    desk.prepare(*answers)
    session, turn = desk.say("and now?")
    row = desk.ended(session, turn)
    assert row["state"] == state
    (told,) = desk.bodies(session, "replied")
    assert words in told["text"]
    (reply,) = desk.replies(session)
    assert words.split("(")[-1][:40].strip("()") in reply["text"]


def test_calls_of_an_answer_that_was_cut_off_are_not_made(desk: Desk) -> None:
    desk.prepare({**FIND, "stop_reason": "max_tokens"})
    session, _ = desk.ask("find it")
    assert desk.bodies(session, "called") == []


def test_a_model_that_stays_overloaded_is_waited_for_some_minutes_and_then_said_so(desk: Desk) -> None:
    desk.prepare({"error": {"status": 529, "type": "overloaded_error", "message": "busy"}}, repeat=True)
    before = desk.deployment.systems.clock.now()
    session, turn = desk.say("are you there?")
    row = desk.ended(session, turn)
    assert row["state"] == "failed"
    assert endings.OVERLOADED in desk.bodies(session, "replied")[0]["text"]
    assert 60_000 < desk.deployment.systems.clock.now() - before < 300_000


def test_a_vendor_that_asks_for_a_longer_pause_than_a_person_has_is_not_waited_for(desk: Desk) -> None:
    desk.prepare({"error": {"status": 429, "type": "rate_limit_error", "message": "slow"}, "retry_after": 3600})
    session, _ = desk.ask("are you there?")
    assert endings.OVERLOADED in desk.bodies(session, "replied")[0]["text"]
    assert len(desk.requests()) == 1


def test_a_conversation_that_never_ends_is_ended(desk: Desk) -> None:
    desk.prepare(call("my_list", {}), repeat=True)
    session, _ = desk.ask("go round in circles")
    assert len(desk.requests()) == 12
    assert "12 steps were not enough" in text_of(desk, session)


def test_without_a_model_people_are_told_so(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(ANTHROPIC_API_KEY="")
    desk.start()
    session, turn = desk.say("hello")
    assert desk.ended(session, turn)["state"] == "failed"
    assert "No language model is set up" in text_of(desk, session)


def test_without_a_key_for_the_ledger_no_worker_starts_and_says_what_to_set(
    company: Any, databases: Databases
) -> None:
    url = databases.new("postgres")  # where the ledger needs a key of its own
    read(company[0], url)
    desk = Desk(company[0], url, DAYBOOK_LEDGER_KEY="")
    try:
        with pytest.raises(SettingsError, match=r"DAYBOOK_LEDGER_KEY is not set.*openssl"):
            desk.start()
    finally:
        desk.close()


def test_what_a_conversation_costs_is_kept_with_each_answer_and_ends_it_when_the_budget_is_gone(desk: Desk) -> None:
    dear = {"usage": {"input_tokens": 400_000, "output_tokens": 1_000}}
    desk.prepare({**call("my_list", {}), **dear}, {**call("my_list", {}), **dear}, "Too late.")
    session, _ = desk.ask("spend it all")
    assert "used up what one question may cost" in text_of(desk, session)
    spent = desk.spent(session)
    assert [row["n"] for row in spent] == [1, 2]
    assert [row["cost_micros"] for row in spent] == [body["cost_micros"] for body in desk.bodies(session, "answered")]
    assert spent[0]["cost_micros"] > 810_000


def test_a_stranger_gets_a_sentence_and_no_answer(desk: Desk) -> None:
    people = desk.sandbox.get("/_sandbox/slack/people")["people"]
    guest = next(user["id"] for user in people if "Petra" in str(user))
    session, _ = desk.ask("what do you know?", by=guest)
    assert desk.requests() == []
    assert "does not know you as one" in str(desk.replies(session, guest)[0]["text"])


def test_two_agents_in_one_session_answer_with_their_own_prompt_and_model_and_the_prefix_stays_cached(
    desk: Desk,
) -> None:
    desk.prepare("First.", "In Dublin.", "Third.")
    session, _ = desk.ask("one")
    desk.ask("where is our data?", session=session, agent="security")
    desk.ask("three", session=session)
    first, second, third = desk.requests()
    assert [r["body"]["model"] for r in (first, second, third)] == [
        "claude-sonnet-5-5",
        "claude-opus-5-5",
        "claude-sonnet-5-5",
    ]
    assert second["body"]["system"] != first["body"]["system"]
    assert third["body"]["system"] == first["body"]["system"]
    told = second["body"]["messages"][1]["content"]
    assert told == [{"type": "text", "text": "[assistant answered: First.]"}]
    assert third["usage"]["cache_read_input_tokens"] > 0
    footers = [str(reply["blocks"][-1]) for reply in desk.replies(session)]
    assert ["assistant" in footers[0], "security" in footers[1], "assistant" in footers[2]] == [True] * 3


def test_stopping_in_mid_stream_keeps_what_was_said(desk: Desk) -> None:
    words = "This is a rather long answer. " * 40
    desk.prepare({"content": words, "chunk_delay_ms": 100})
    session, turn = desk.say("tell me everything")
    until(lambda: "streamed" in desk.kinds(session), "the beginning of a stream")
    house = desk.deployment
    with house.database.begin() as connection:
        control.stop(connection, house.queue, session, house.systems.clock.now(), desk.rep)
    row = desk.ended(session, turn)
    assert row["state"] == "done"
    (reply,) = desk.replies(session)
    assert "This is a rather long answer." in reply["text"]
    assert reply["text"].count("stopped") == 1
    assert desk.bodies(session, "answered") == []
    (spent,) = desk.spent(session)
    assert spent["n"] == -1, "what was read and written so far is paid for"
    assert min(spent["tokens_in"] / 100, spent["tokens_out"] / 10, spent["cost_micros"]) > 1


def test_a_long_answer_is_read_while_it_is_written_and_ends_as_one_message(desk: Desk) -> None:
    words = "This is a rather long answer. " * 30
    desk.prepare({"content": words, "chunk_delay_ms": 30})
    session, _ = desk.ask("tell me everything")
    (reply,) = desk.replies(session)
    assert reply["ts"] == desk.bodies(session, "streamed")[0]["ts"]
    assert str(reply["text"]).count("rather long") == 30
    assert reply.get("streaming_state") != "in_progress"


def test_a_call_that_was_never_made_stands_in_the_ledger_with_its_reason(desk: Desk) -> None:
    desk.prepare(
        calls({"id": "toolu_1", "name": "log_note", "input": {}, "input_text": '{"account": "1'}),
        calls({"id": "toolu_2", "name": "load_skill", "input": {"name": "no-such-skill"}}),
        calls(*({"id": f"toolu_{n}", "name": "find_account", "input": {"name": "a"}} for n in range(3, 19))),
        "Done.",
    )
    session, _ = desk.ask("do everything")
    house = desk.deployment
    with house.database.connect() as connection:
        rows = {row["call"].rpartition(":")[2]: row for row in ledger.export(connection, house.workspace)}
    for use, rule in (("toolu_1", "arguments.broken"), ("toolu_2", "skill.unknown"), ("toolu_18", "calls.too_many")):
        assert (rows[use]["verdict"], rows[use]["rule"], rows[use]["person"]) == ("error", rule, desk.rep)
        assert rows[use]["session"] == session
        assert rows[use]["reason"]
