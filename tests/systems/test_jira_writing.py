"""What Daybook says on a Jira issue is said once or not at all, to whom it was meant, and whoever asks can tell."""

from __future__ import annotations

from typing import Any

import pytest

from systems.faults import NotAllowed, NotFound, RateLimited, Rejected, SourceDown
from systems.jira import Jira
from tests.stand_ins import Sandbox

COMMENT = "POST /rest/api/2/issue/{id}/comment"


@pytest.fixture
def key(sandbox: Sandbox) -> str:
    """A fresh issue with one customer's words on it."""
    made = sandbox.post(
        "/_sandbox/crm/issues", {"summary": "Lamp is dark", "description": "It went out.", "priority": "High"}
    )
    said = {"author": "customer", "body": "Anybody?"}
    sandbox.post(f"/_sandbox/crm/issues/{made['key']}/comments", said)
    return str(made["key"])


def sent(sandbox: Sandbox) -> int:
    return int(sandbox.calls()["jira"]["by"].get(COMMENT, 0))


def test_a_note_stays_inside_and_a_reply_goes_to_the_customer(jira: Jira, key: str) -> None:
    note = jira.comment(key, "Between us", "W1:note", public=False)
    reply = jira.comment(key, "We are on it", "W1:reply", public=True)
    thread = jira.thread(key)
    assert (thread.key, thread.untrusted_title, thread.untrusted_text) == (key, "Lamp is dark", "It went out.")
    assert (thread.status, thread.category, thread.priority) == ("Open", "new", "High")
    assert [(w.untrusted_text, w.public, w.author_type) for w in thread.words] == [
        ("Anybody?", True, "customer"), ("Between us", False, "atlassian"), ("We are on it", True, "atlassian"),
    ]  # fmt: skip
    assert [w.id for w in thread.words[1:]] == [note, reply]
    assert (jira.find_comment(key, "W1:note"), jira.find_comment(key, "W1:reply")) == (note, reply)
    assert jira.find_comment(thread.id, "W1:nothing") is None


@pytest.mark.parametrize(
    ("mode", "how", "fault", "happened"),
    [
        ("rate_limit", {"retry_after": 5}, RateLimited, False),
        ("error", {"status": 500}, SourceDown, False),
        ("error", {"status": 503, "retry_after": 1}, SourceDown, False),
        ("drop_before", {}, SourceDown, False),
        ("drop_after", {}, SourceDown, True),
        ("half_answer", {}, SourceDown, True),
        ("delay", {"seconds": 1.2}, SourceDown, True),
    ],
)
def test_a_comment_in_trouble_is_sent_once_and_its_marker_tells_whether_it_happened(
    jira: Jira, sandbox: Sandbox, key: str, mode: str, how: dict[str, Any], fault: type[Exception], happened: bool
) -> None:
    sandbox.misbehave("jira.comment", mode, **how)
    with pytest.raises(fault) as caught:
        jira.comment(key, "Did it land?", f"W1:{mode}", public=True)
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after == 5
    assert sent(sandbox) == 1
    if mode == "delay":
        assert any(jira.find_comment(key, f"W1:{mode}") for _ in range(2_000))
    assert (jira.find_comment(key, f"W1:{mode}") is not None) is happened
    assert [w.untrusted_text for w in jira.thread(key).words].count("Did it land?") == int(happened)


def test_our_own_comment_can_be_taken_back_and_taking_it_back_twice_is_once(
    jira: Jira, sandbox: Sandbox, key: str
) -> None:
    made = jira.comment(key, "Oops", "W1:oops", public=True)
    sandbox.misbehave("jira.comment", "drop_after")
    with pytest.raises(SourceDown, match="not known"):
        jira.remove_comment(key, made)
    jira.remove_comment(key, made)
    assert jira.find_comment(key, "W1:oops") is None
    customers = jira.thread(key).words[0].id
    with pytest.raises(Rejected, match="permission to delete"):
        jira.remove_comment(key, customers)


def test_only_the_newest_thirty_comments_are_read_and_a_marker_is_found_among_hundreds(
    jira: Jira, sandbox: Sandbox, key: str
) -> None:
    made = jira.comment(key, "The first", "W1:first", public=False)
    for number in range(120):
        said = {"author": "agent", "body": f"Note {number}"}
        sandbox.post(f"/_sandbox/crm/issues/{key}/comments", said)
    assert [w.untrusted_text for w in jira.thread(key).words] == [f"Note {n}" for n in range(90, 120)]
    assert jira.find_comment(key, "W1:first") == made


def test_an_issue_is_read_again_by_itself(jira: Jira, sandbox: Sandbox, key: str) -> None:
    jira.comment(key, "We are on it", "W1:again", public=True)
    sandbox.misbehave("jira.read", "drop_before")
    sandbox.misbehave("jira.read", "half_answer")
    issue = jira.issue(key)
    listed = next(i for i in jira.changed(None).issues if i.key == key)
    assert issue == listed
    assert [comment.author_type for comment in issue.comments] == ["customer", "atlassian"]


@pytest.mark.parametrize("wrong", ["SUP-999999", "999999999", "SUP-1/comment/2", "..", "", "SUP-1?x=1"])
def test_what_is_no_issue_is_not_found(jira: Jira, wrong: str) -> None:
    for ask in (jira.thread, jira.issue, lambda k: jira.comment(k, "Hello?", "W1:wrong", public=False)):
        with pytest.raises(NotFound):
            ask(wrong)


def test_a_user_who_may_not_comment_is_told_which_permission_is_missing(
    jira: Jira, sandbox: Sandbox, key: str
) -> None:
    assert jira.permissions() == {"ADD_COMMENTS", "DELETE_OWN_COMMENTS"}
    try:
        sandbox.ask("PATCH", "/_sandbox/crm/jira-permissions", {"withheld": ["ADD_COMMENTS"]})
        assert jira.permissions() == {"DELETE_OWN_COMMENTS"}
        with pytest.raises(NotAllowed, match="Add Comments"):
            jira.comment(key, "Hello", "W1:closed", public=False)
    finally:
        sandbox.ask("PATCH", "/_sandbox/crm/jira-permissions", {"withheld": []})
