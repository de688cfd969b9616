"""Jira's writes and refusals: comments, transitions, deleted issues, limits and knobs."""

from __future__ import annotations

import pytest
import requests
from jira import JIRA, JIRAError

from tests.sandbox.crm_served import Crm

OPEN = "select project || '-' || number from issues where category = 'new' limit 1"


def _open_issue(crm: Crm) -> str:
    return str(crm.sandbox.store.db.execute(OPEN).fetchone()[0])


def test_a_comment_is_public_unless_marked_internal(crm: Crm) -> None:
    key = _open_issue(crm)
    before = crm.jira.issue(key, fields="updated").fields.updated
    public = crm.jira.add_comment(key, "We are on it")
    internal = crm.jira.add_comment(key, "Between us", is_internal=True)
    assert (public.raw["jsdPublic"], internal.raw["jsdPublic"]) == (True, False)
    assert crm.jira.issue(key, fields="updated").fields.updated > before
    told = crm.jira.comments(key, order_by="-created", max_results=1, expand="properties")[0]
    assert told.body == "Between us"
    assert told.raw["properties"] == [{"key": "sd.public.comment", "value": {"internal": True}}]
    with pytest.raises(JIRAError) as caught:
        crm.jira.add_comment(key, "")
    assert caught.value.status_code == 400


def test_only_the_transitions_of_the_present_status_can_be_made(crm: Crm) -> None:
    key = _open_issue(crm)
    offered = {t["name"]: t["id"] for t in crm.jira.transitions(key)}
    assert "Reopen" not in offered
    with pytest.raises(JIRAError):
        crm.jira.transition_issue(key, "41")
    crm.jira.transition_issue(key, offered["Resolve"])
    issue = crm.jira.issue(key, fields="status,resolution,resolutiondate")
    assert issue.raw["fields"]["status"]["statusCategory"]["key"] == "done"
    assert issue.raw["fields"]["resolution"]["name"] == "Done"
    assert {t["name"] for t in crm.jira.transitions(key)} == {"Reopen"}


def test_a_deleted_issue_is_nowhere(crm: Crm) -> None:
    key = _open_issue(crm)
    crm.hand("DELETE", f"issues/{key}")
    with pytest.raises(JIRAError) as caught:
        crm.jira.issue(key)
    assert caught.value.status_code == 404
    found = crm.jira.search_issues("project = SUP", fields=["summary"], maxResults=False)
    assert key not in [issue.key for issue in found]


def test_a_wrong_token_is_turned_away(crm: Crm) -> None:
    stranger = JIRA(server=crm.env["JIRA_URL"], basic_auth=(crm.env["JIRA_EMAIL"], "guess"), timeout=5, max_retries=0)
    with pytest.raises(JIRAError) as caught:
        stranger.myself()
    stranger.close()
    assert caught.value.status_code == 401


def test_a_burst_is_refused_with_its_reason_and_a_wait(limited_crm: Crm) -> None:
    answers = [limited_crm.raw_jira("GET", "/rest/api/2/myself") for _ in range(120)]
    refused = [headers for status, headers, _ in answers if status == 429]
    assert refused
    assert refused[0]["ratelimit-reason"] == "jira-burst-based"
    assert refused[0]["retry-after"] == "1"


def test_knobs_refuse_fail_and_hang_up(crm: Crm) -> None:
    key = _open_issue(crm)
    crm.turn("jira.search", "rate_limit", retry_after=3)
    status, headers, _ = crm.raw_jira("GET", "/rest/api/2/search/jql?jql=project%3DSUP")
    assert (status, headers["retry-after"]) == (429, "3")
    crm.turn("jira.search", "error", status=503)
    with pytest.raises(JIRAError) as caught:
        crm.jira.search_issues("project = SUP", fields=["summary"])
    assert caught.value.status_code == 503
    count = len(crm.jira.comments(key))
    crm.turn("jira.comment", "drop_before")
    crm.turn("jira.comment", "drop_after")
    for expected in (count, count + 1):
        with pytest.raises(requests.ConnectionError):
            crm.jira.add_comment(key, "Did it land?")
        assert len(crm.jira.comments(key)) == expected
    crm.turn("jira.search", "half_answer")
    with pytest.raises(requests.RequestException):
        crm.jira.search_issues("project = SUP", fields=["summary"])


def test_a_comment_keeps_its_property_and_its_author_may_delete_it_once(crm: Crm) -> None:
    key = _open_issue(crm)
    mark = {"key": "daybook", "value": {"key": "k1"}}
    address = f"/rest/api/2/issue/{key}/comment"
    status, _, made = crm.raw_jira("POST", address, {"body": "Marked", "properties": [mark]})
    assert (status, made["jsdPublic"]) == (201, True)
    shown = crm.raw_jira("GET", f"{address}?orderBy=-created&maxResults=1&expand=properties")[2]["comments"][0]
    assert (shown["id"], shown["properties"]) == (made["id"], [mark])
    assert "properties" not in crm.raw_jira("GET", f"{address}?orderBy=-created&maxResults=1")[2]["comments"][0]
    assert crm.raw_jira("DELETE", f"{address}/{made['id']}")[0] == 204
    assert crm.raw_jira("DELETE", f"{address}/{made['id']}")[0] == 404
    again = crm.raw_jira("POST", address, {"body": "Another"})[2]
    assert again["id"] > made["id"]
    agents = crm.hand("POST", f"issues/{key}/comments", {"author": "agent", "body": "Hello"})
    theirs = crm.raw_jira("GET", f"{address}?orderBy=-created&maxResults=1")[2]["comments"][0]["id"]
    assert agents
    assert crm.raw_jira("DELETE", f"{address}/{theirs}")[0] == 400


def test_permissions_can_be_taken_from_the_api_user(crm: Crm) -> None:
    key = _open_issue(crm)
    wanted = "ADD_COMMENTS,DELETE_OWN_COMMENTS"
    told = crm.jira.my_permissions(permissions=wanted)["permissions"]
    assert {name: held["havePermission"] for name, held in told.items()} == dict.fromkeys(wanted.split(","), True)
    crm.hand("PATCH", "jira-permissions", {"withheld": ["ADD_COMMENTS"]})
    assert crm.jira.my_permissions(permissions=wanted)["permissions"]["ADD_COMMENTS"]["havePermission"] is False
    with pytest.raises(JIRAError) as caught:
        crm.jira.add_comment(key, "No")
    assert caught.value.status_code == 403
