"""Jira Cloud, as Daybook reads it: issues by change time, their comments, and the list of what still exists.

Speaks REST v2 through the ``jira`` package. Its own retries are off (they repeat writes, and sleep for a minute).
Bodies are never asked for beyond what a search cannot leave out; who commented and when is all that is kept.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from systems.asking import asking
from systems.limiter import Limiter
from systems.ports import (
    BadAnswer,
    Comment,
    Issue,
    IssuePage,
    NotAllowed,
    NotFound,
    RateLimited,
    Rejected,
    SourceDown,
    SystemFault,
    Unauthorized,
)
from systems.settings import Settings

NAME = "Jira"
PAGE = 100
ID_PAGE = 5_000
COMMENTS = 100
BURST = (90, 10.2)
FIELDS = ("priority", "status", "created", "updated", "resolutiondate", "reporter", "comment")

Json = dict[str, Any]


class Jira:
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
        self.web_url = url.rstrip("/")
        self._login, self._timeout, self._wait = (email, token), timeout, wait
        self._account_field, self._jql = account_field, jql
        self._limiter = Limiter(*BURST, wait=wait) if limits else None
        self._client: Any = None
        self._field_id = ""
        self._zone: ZoneInfo | None = None
        self._lock = threading.RLock()
        self.calls = 0

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

    # -- reads -----------------------------------------------------------------------------------------------------

    def changed(self, since: int | None, token: str | None = None) -> IssuePage:
        client = self._connected()
        # Jira reads times in the zone of the asking user, in whole minutes.
        moment = "1970/01/01 00:00"
        if since is not None:
            moment = datetime.fromtimestamp(since // 60_000 * 60, UTC).astimezone(self._zone).strftime("%Y/%m/%d %H:%M")
        jql = f'({self._jql}) AND updated >= "{moment}" ORDER BY updated ASC'
        answer = self._ask(
            lambda: client.enhanced_search_issues(
                jql, nextPageToken=token, maxResults=PAGE, fields=[*FIELDS, self._field_id], json_result=True
            ),
            _has_issues,
        )
        return IssuePage([self._issue(row) for row in answer["issues"]], _next(answer))

    def ids(self, token: str | None = None) -> tuple[list[str], str | None]:
        client = self._connected()
        answer = self._ask(
            lambda: client.enhanced_search_issues(
                f"({self._jql}) ORDER BY created ASC",
                nextPageToken=token,
                maxResults=ID_PAGE,
                fields=["id"],
                json_result=True,
            ),
            _has_issues,
        )
        return [str(row["id"]) for row in answer["issues"]], _next(answer)

    def comments(self, issue_id: str) -> tuple[Comment, ...]:
        client = self._connected()
        found = self._ask(lambda: client.comments(issue_id, max_results=COMMENTS, order_by="-created"), _is_list)
        return tuple(_comment(c.raw) for c in found)

    # -- asking ----------------------------------------------------------------------------------------------------

    def _connected(self) -> Any:
        with self._lock:
            if self._client is not None:
                return self._client
            from jira import JIRA

            # On an answer that is not JSON the client logs all of it, customers' words included.
            logging.getLogger("jira").setLevel(logging.CRITICAL)
            # The constructor asks serverInfo, so that the client knows it talks to the Cloud and uses its search.
            client = self._ask(
                lambda: JIRA(
                    server=self.web_url,
                    basic_auth=self._login,
                    timeout=self._timeout,
                    max_retries=0,
                    options={"rest_api_version": "2", "check_update": False},
                    get_server_info=True,
                )
            )
            zone = self._ask(client.myself).get("timeZone") or "UTC"
            try:
                self._zone = ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError):
                raise BadAnswer(NAME, f"the API user's time zone {zone!r} is unknown.") from None
            named = [
                f["id"]
                for f in self._ask(client.fields)
                if self._account_field.casefold() in (str(f["id"]).casefold(), str(f.get("name")).casefold())
            ]
            if len(named) != 1:
                raise Rejected(
                    NAME,
                    f"{len(named) or 'no'} fields are called {self._account_field!r}.",
                    "Set DAYBOOK_JIRA_ACCOUNT_FIELD to the name or id of the one that holds the HubSpot company.",
                )
            self._field_id, self._client = named[0], client
            return client

    def _ask(self, send: Callable[[], Any], check: Callable[[Any], bool] = bool) -> Any:
        return asking(lambda: self._once(send, check), self._wait)

    def _once(self, send: Callable[[], Any], check: Callable[[Any], bool]) -> Any:
        import requests
        from jira import JIRAError

        if self._limiter:
            self._limiter.spend()
        self.calls += 1
        try:
            answer = send()
        except JIRAError as refused:
            raise _fault(refused) from None
        except (requests.RequestException, ValueError, KeyError) as broken:
            # ValueError: not JSON. KeyError: the client looked for a part of the answer that was not there.
            raise SourceDown(NAME, f"no usable answer ({type(broken).__name__}).", "It is tried again.") from broken
        if not check(answer):
            raise SourceDown(NAME, "the answer was incomplete.", "It is tried again.")
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
            account=_text(fields.get(self._field_id)),
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


def _is_list(answer: Any) -> bool:
    return isinstance(answer, list)


def _next(answer: Json) -> str | None:
    return None if answer.get("isLast") else answer.get("nextPageToken")


def _text(value: Any) -> str | None:
    """The account field may be a text, a number, or a picked option."""
    if isinstance(value, dict):
        value = value.get("value") or value.get("name")
    return None if value is None or value == "" else str(value).strip()


def _comment(raw: Json) -> Comment:
    author = raw.get("author") or {}
    return Comment(
        author.get("accountId"), author.get("accountType"), raw.get("jsdPublic") is not False, str(raw.get("created"))
    )


def _fault(refused: Any) -> SystemFault:
    status = refused.status_code or 0
    headers = getattr(refused.response, "headers", None) or {}
    said = str(refused.text or "")[:200]
    if status == 429:
        try:
            after = float(headers.get("Retry-After") or "")
        except ValueError:
            after = None
        return RateLimited(NAME, "too many requests.", after)
    if status == 401:
        return Unauthorized(NAME, "the e-mail and API token were refused.", "Check JIRA_EMAIL and JIRA_API_TOKEN.")
    if status == 403:
        return NotAllowed(NAME, "the API user may not read this.", "Give it Browse Projects on the projects synced.")
    if status == 404:
        return NotFound(NAME, "there is no such issue or address.", "Check JIRA_URL.")
    if status >= 500 or status == 0 or status == 200:
        return SourceDown(NAME, f"it failed ({status or 'no answer'}).", "It is tried again by itself.")
    return Rejected(NAME, f"the request was refused ({status}): {said}", "Check DAYBOOK_JIRA_JQL.")
