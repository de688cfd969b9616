"""Jira's answers judged by Atlassian's own published specs, in both versions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.crm_served import Crm
from tests.sandbox.spec_judge import faults

_JQL = "jql=project%3DSUP&maxResults=40"
_FIELDS = "fields=summary,status,priority,reporter,assignee,created,updated,comment,customfield_10050,resolution"
# method, path below /rest/api/N, query, body, status
CASES: list[tuple[str, str, str, Any, int]] = [
    ("GET", "/serverInfo", "", None, 200),
    ("GET", "/myself", "", None, 200),
    ("GET", "/field", "", None, 200),
    ("GET", "/priority", "", None, 200),
    ("GET", "/status", "", None, 200),
    ("GET", "/statuscategory", "", None, 200),
    ("GET", "/search/jql", f"?{_JQL}&{_FIELDS}", None, 200),
    ("POST", "/search/jql", "", {"jql": "project = SUP", "fields": ["*all"]}, 200),
    ("POST", "/search/approximate-count", "", {"jql": "project = SUP"}, 200),
    ("GET", "/issue/{issueIdOrKey}", "", None, 200),
    ("GET", "/issue/{issueIdOrKey}/comment", "?orderBy=-created&expand=properties", None, 200),
    ("POST", "/issue/{issueIdOrKey}/comment", "", {"body": "Hello"}, 201),
    ("GET", "/issue/{issueIdOrKey}/transitions", "", None, 200),
]


@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize("case", CASES, ids=[f"{c[0]} {c[1]}" for c in CASES])
def test_an_answer_is_what_jira_publishes(
    read_only_crm: Crm, specs: Path, version: str, case: tuple[str, str, str, Any, int]
) -> None:
    method, path, query, body, expected = case
    asked = f"/rest/api/{version}{path.replace('{issueIdOrKey}', 'SUP-1')}{query}"
    status, _, answer = read_only_crm.raw_jira(method, asked, body)
    assert status == expected, answer
    spec = specs / "jira" / f"jira-platform-v{version}.json"
    assert not faults(spec, method, f"/rest/api/{version}{path}", status, answer)
