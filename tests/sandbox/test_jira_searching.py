"""Jira's search and reads through its own client: queries, pages, comments, and an index that may lag."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from jira import JIRAError

from sandbox.jira.fields import COMPANY_FIELD
from tests.sandbox.crm_served import Crm

NOW_MS = 1_795_392_000_000


def _keys(crm: Crm, jql: str) -> list[str]:
    return [issue.key for issue in crm.jira.search_issues(jql, fields=["summary"], maxResults=False)]


def _stored(crm: Crm, where: str = "1") -> list[str]:
    rows = crm.sandbox.store.db.execute(
        f"select project || '-' || number from issues where {where} order by updated, id"
    )
    return [key for (key,) in rows]


def test_the_client_takes_it_for_jira_cloud(read_only_crm: Crm) -> None:
    assert read_only_crm.jira.server_info()["deploymentType"] == "Cloud"
    assert read_only_crm.jira.myself()["timeZone"] == "America/New_York"
    fields = {field["name"]: field["id"] for field in read_only_crm.jira.fields()}
    assert fields["HubSpot company"] == COMPANY_FIELD
    assert {p.name for p in read_only_crm.jira.priorities()} >= {"Highest", "High"}
    assert {s.raw["statusCategory"]["key"] for s in read_only_crm.jira.statuses()} == {"new", "indeterminate", "done"}


def test_all_pages_together_hold_each_issue_once_in_order(read_only_crm: Crm) -> None:
    assert _keys(read_only_crm, 'project = SUP AND updated >= "2020/01/01 00:00" ORDER BY updated ASC') == _stored(
        read_only_crm
    )
    assert len(_stored(read_only_crm)) > 100


@pytest.mark.parametrize(
    ("jql", "where"),
    [
        ("project = SUP and statusCategory != Done", "category <> 'done'"),
        ('statusCategory in ("To Do", indeterminate) AND project = SUP', "category <> 'done'"),
        ("key in (SUP-1, SUP-3)", "number in (1, 3)"),
        ("priority = Highest OR priority = High", "json_extract(fields, '$.priority') in ('Highest', 'High')"),
        ('project = "SUP" AND NOT (status = Done)', "category <> 'done'"),
        ("created <= -100d", f"created <= {NOW_MS - 100 * 86_400_000}"),
        ("created >= -1w AND created < now()", f"created >= {NOW_MS - 7 * 86_400_000}"),
        ("resolution = Unresolved AND project = SUP", "category <> 'done'"),
        ('"HubSpot company" = 10000000004', "json_extract(fields, '$.company') = '10000000004'"),
        ("cf[10050] is EMPTY", "json_extract(fields, '$.company') is null"),
    ],
)
def test_each_kind_of_clause_finds_what_it_says(crm: Crm, jql: str, where: str) -> None:
    crm.sandbox.clock.run(False)
    crm.sandbox.clock.set(NOW_MS)
    assert sorted(_keys(crm, jql)) == sorted(_stored(crm, where))
    assert _stored(crm, where)


def test_a_date_is_read_in_the_api_users_own_zone_to_the_minute(crm: Crm) -> None:
    crm.sandbox.clock.run(False)
    crm.sandbox.clock.set("2026-11-24T15:30:40Z")
    key = crm.hand("POST", "issues", {"summary": "Just now"})["key"]
    local = datetime(2026, 11, 24, 10, 30, tzinfo=ZoneInfo("America/New_York"))
    assert key in _keys(crm, f'updated >= "{local:%Y/%m/%d %H:%M}"')
    assert key in _keys(crm, f'updated >= "{local:%Y-%m-%d %H:%M}"')
    assert key not in _keys(crm, 'updated >= "2026/11/24 15:30" AND project = SUP')
    assert key in _keys(crm, "updated >= -1m")
    assert key not in _keys(crm, 'updated < "2026/11/24 10:30" AND project = SUP')


@pytest.mark.parametrize(
    "jql",
    [
        "ORDER BY updated ASC", "", "project = NOWHERE", "colour = blue", "updated >= 'soon'",
        'updated >= "2026/11/24 10:30:15"', "project = SUP AND", "project SUP", "status = Sleeping", "project = SUP )",
        "project > SUP", "key = nonsense",
    ],
)  # fmt: skip
def test_what_jira_refuses_is_refused(read_only_crm: Crm, jql: str) -> None:
    with pytest.raises(JIRAError) as caught:
        read_only_crm.jira.enhanced_search_issues(jql, fields=["summary"])
    assert caught.value.status_code == 400


def test_the_removed_endpoint_is_gone(read_only_crm: Crm) -> None:
    assert read_only_crm.raw_jira("GET", "/rest/api/2/search?jql=project=SUP")[0] == 410


def test_a_post_search_answers_like_a_get(read_only_crm: Crm) -> None:
    asked: dict[str, Any] = {
        "jql_str": "project = SUP",
        "fields": ["summary", "status"],
        "json_result": True,
        "maxResults": 7,
    }
    got = read_only_crm.jira.enhanced_search_issues(**asked)
    posted = read_only_crm.jira.enhanced_search_issues(**asked, use_post=True)
    assert got == posted
    assert "total" not in got
    assert got["isLast"] is False
    assert len(got["issues"]) == 7


def test_without_fields_only_ids_and_keys_come_back(read_only_crm: Crm) -> None:
    told = read_only_crm.raw_jira("GET", "/rest/api/2/search/jql?jql=project%3DSUP&maxResults=2")[2]
    assert all("fields" not in issue and {"id", "key"} <= set(issue) for issue in told["issues"])


def test_a_cursor_belongs_to_its_query(read_only_crm: Crm) -> None:
    token = read_only_crm.raw_jira("GET", "/rest/api/2/search/jql?jql=project%3DSUP&maxResults=2")[2]["nextPageToken"]
    status = read_only_crm.raw_jira("GET", f"/rest/api/2/search/jql?jql=created>=-5d&nextPageToken={token}")[0]
    assert status == 400


def test_nothing_is_lost_when_issues_change_between_pages(crm: Crm) -> None:
    before = set(_stored(crm))
    seen: set[str] = set()
    token = None
    while True:
        page = crm.jira.enhanced_search_issues(
            "project = SUP ORDER BY updated ASC", token, 50, fields=["updated"], json_result=True
        )
        seen |= {issue["key"] for issue in page["issues"]}
        crm.hand("POST", f"issues/{page['issues'][0]['key']}/comments", {"body": "bump"})
        token = page.get("nextPageToken")
        if token is None or len(seen) == len(before):
            break
    assert seen == before


def test_counting_is_its_own_call(read_only_crm: Crm) -> None:
    assert read_only_crm.jira.approximate_issue_count("project = SUP") == len(_stored(read_only_crm))


def test_a_search_shows_the_first_twenty_comments_and_how_many_there_are(read_only_crm: Crm) -> None:
    key = next(k for k in _stored(read_only_crm, "json_array_length(comments) > 20"))
    found = read_only_crm.jira.search_issues(f"key = {key}", fields=["comment"])[0].raw["fields"]["comment"]
    assert (len(found["comments"]), found["total"]) == (20, 28)
    newest = read_only_crm.jira.comments(key, order_by="-created", max_results=5)
    assert len(newest) == 5
    assert newest[0].created > found["comments"][-1]["created"]
    rest = read_only_crm.jira.comments(key, start_at=20, max_results=100)
    assert {c.id for c in rest}.isdisjoint({c["id"] for c in found["comments"]})
    assert len(rest) == 8


def test_comments_tell_public_from_internal_and_customers_from_agents(read_only_crm: Crm) -> None:
    sql = "select project || '-' || number, fields from issues where comments like '%\"public\":false%' limit 1"
    key, fields = read_only_crm.sandbox.store.db.execute(sql).fetchone()
    told = [comment.raw for comment in read_only_crm.jira.comments(key)]
    kinds = {(c["author"]["accountType"], c["jsdPublic"]) for c in told}
    assert kinds >= {("customer", True), ("atlassian", True), ("atlassian", False)}
    issue = read_only_crm.jira.issue(key, fields="reporter,updated,created")
    assert issue.fields.reporter.accountId == orjson.loads(fields)["reporter"]
    assert issue.fields.updated.endswith("+0000")


def test_version_three_speaks_documents(read_only_crm: Crm) -> None:
    told = read_only_crm.raw_jira("GET", "/rest/api/3/issue/SUP-1?fields=description,summary")[2]["fields"]
    assert told["description"]["type"] == "doc"
    assert isinstance(told["summary"], str)


def test_a_lagging_index_can_be_told_to_catch_up_on_chosen_issues(crm: Crm) -> None:
    crm.sandbox.clock.run(False)
    crm.turn("jira.search", "search_lag", seconds=60, times=-1)
    new = crm.hand("POST", "issues", {"summary": "Fresh"})["key"]
    crm.hand("PATCH", "issues/SUP-1", {"priority": "Lowest"})
    crm.hand("DELETE", "issues/SUP-2")
    found = _keys(crm, "project = SUP")
    assert new not in found
    assert "SUP-2" in found
    assert "SUP-1" not in _keys(crm, "priority = Lowest")
    number = int(crm.jira.issue(new, fields="summary").id)
    forced = crm.jira.enhanced_search_issues(
        "project = SUP", fields=["summary"], maxResults=False, reconcileIssues=[number]
    )
    assert new in [issue.key for issue in forced]
    crm.sandbox.clock.advance(61)
    assert new in _keys(crm, "project = SUP")
    assert "SUP-1" in _keys(crm, "priority = Lowest")
    assert "SUP-2" not in _keys(crm, "project = SUP")
