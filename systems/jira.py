"""Jira Cloud, as Daybook reads it: issues by change time, their comments, and the list of what still exists.

Bodies are never asked for here beyond what a search cannot leave out; who commented and when is all that is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from systems.faults import Rejected
from systems.jira_line import Json
from systems.jira_requests import JiraRequests
from systems.jira_writing import is_issue, is_list, issue_address, said_in
from systems.ports import Comment, Issue, IssuePage
from systems.settings import Settings

PAGE = 100
ID_PAGE = 5_000
COMMENTS = 100
FIELDS = ("priority", "status", "created", "updated", "resolutiondate", "reporter", "comment")


class Jira(JiraRequests):
    """The ``Tickets`` port. ``account_field`` is the name (or id) of the field that names the HubSpot company."""

    def __init__(
        self,
        url: str,
        email: str,
        token: str,
        *,
        account_field: str = "HubSpot company",
        jql: str = "project is not EMPTY",
        limits: bool = True,
        timeout: tuple[float, float] = (5.0, 30.0),
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(url, email, token, account_field=account_field, limits=limits, timeout=timeout, wait=wait)
        self._jql = jql

    @classmethod
    def from_settings(cls, settings: Settings) -> Jira:
        """The adapter of a deployment; nothing is asked yet."""
        return cls(
            str(settings.jira_url),
            str(settings.jira_email),
            str(settings.value("jira_api_token")),
            account_field=settings.daybook_jira_account_field,
            jql=settings.daybook_jira_jql,
            limits=settings.daybook_vendor_limits,
        )

    def changed(self, since: int | None, token: str | None = None) -> IssuePage:
        client = self._connected()
        # Jira reads times in the zone of the asking user, in whole minutes.
        moment = "1970/01/01 00:00"
        if since is not None:
            moment = datetime.fromtimestamp(since // 60_000 * 60, UTC).astimezone(self._zone).strftime("%Y/%m/%d %H:%M")
        jql = f'({self._jql}) AND updated >= "{moment}" ORDER BY updated ASC'
        answer = self._searched(
            lambda: client.enhanced_search_issues(
                jql, nextPageToken=token, maxResults=PAGE, fields=[*FIELDS, self._field_id], json_result=True
            ),
        )
        return IssuePage([self._issue(row) for row in answer["issues"]], _next(answer))

    def ids(self, token: str | None = None) -> tuple[list[str], str | None]:
        client = self._connected()
        answer = self._searched(
            lambda: client.enhanced_search_issues(
                f"({self._jql}) ORDER BY created ASC",
                nextPageToken=token,
                maxResults=ID_PAGE,
                fields=["id"],
                json_result=True,
            ),
        )
        return [str(row["id"]) for row in answer["issues"]], _next(answer)

    def comments(self, issue_id: str) -> tuple[Comment, ...]:
        client = self._connected()
        found = self._ask(lambda: client.comments(issue_id, max_results=COMMENTS, order_by="-created"), is_list)
        return tuple(_comment(c.raw) for c in found)

    def issue(self, key_or_id: str) -> Issue:
        address = issue_address(key_or_id)
        client = self._connected()
        fields = ",".join([*FIELDS, self._field_id])
        row = self._ask(lambda: client._get_json(address, params={"fields": fields}), is_issue)
        found = self._issue(row)
        return found if found.comments_complete else found._replace(comments=self.comments(found.id))

    def _searched(self, send: Callable[[], Any]) -> Json:
        try:
            answer: Json = self._ask(send, _has_issues)
        except Rejected as refused:
            raise Rejected(refused.system, refused.what, "Check DAYBOOK_JIRA_JQL.", refused.code) from None
        return answer

    def _issue(self, row: Json) -> Issue:
        fields = row.get("fields") or {}
        told = fields.get("comment") or {}
        comments = tuple(_comment(c) for c in told.get("comments") or ())
        reporter = fields.get("reporter") or {}
        status = (fields.get("status") or {}).get("statusCategory") or {}
        return Issue(
            id=str(row["id"]),
            key=str(row["key"]),
            account=said_in(fields.get(self._field_id)),
            priority=(fields.get("priority") or {}).get("name"),
            category=status.get("key"),
            created=fields.get("created"),
            updated=fields.get("updated"),
            resolved=fields.get("resolutiondate"),
            reporter_id=reporter.get("accountId"),
            reporter_type=reporter.get("accountType"),
            comments=comments,
            comments_complete=int(told.get("total") or 0) <= len(comments),
        )


def _has_issues(answer: Any) -> bool:
    return isinstance(answer, dict) and isinstance(answer.get("issues"), list)


def _next(answer: Json) -> str | None:
    return None if answer.get("isLast") else answer.get("nextPageToken")


def _comment(raw: Json) -> Comment:
    author = raw.get("author") or {}
    return Comment(
        author.get("accountId"), author.get("accountType"), raw.get("jsdPublic") is not False, str(raw.get("created"))
    )
