"""The line to Jira Cloud: one client kept open, its limits, and its refusals turned into faults.

Speaks REST v2 through the ``jira`` package. Its own retries are off (they repeat writes, and sleep for a minute).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from systems.asking import asking, sending
from systems.faults import (
    BadAnswer,
    NotAllowed,
    NotFound,
    RateLimited,
    Rejected,
    SourceDown,
    SystemFault,
    Unauthorized,
)
from systems.limiter import Limiter

NAME = "Jira"
ORGANIZATIONS = "com.atlassian.servicedesk:sd-customer-organizations"
"""The kind of field that holds the organisations a request is shared with; a site without a service desk has none."""
BURST = (90, 10.2)

Json = dict[str, Any]


class JiraLine:
    """Asks (reads, tried again) and sends (writes, once). ``account_field`` is the name or id of a field."""

    def __init__(
        self,
        url: str,
        email: str,
        token: str,
        *,
        account_field: str = "HubSpot company",
        limits: bool = True,
        timeout: tuple[float, float] = (5.0, 30.0),
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.web_url = url.rstrip("/")
        self._login, self._timeout, self._wait = (email, token), timeout, wait
        self._account_field = account_field
        self._limiter = Limiter(*BURST, wait=wait) if limits else None
        self._client: Any = None
        self._field_id, self._shared_id = "", ""
        self._zone: ZoneInfo | None = None
        self._lock = threading.RLock()
        self.calls = 0

    def ready(self) -> None:
        """Wait for a request's turn; before a write, whoever sends it calls this."""
        if self._limiter:
            self._limiter.spend()

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
            fields = self._ask(client.fields)
            named = [
                f["id"]
                for f in fields
                if self._account_field.casefold() in (str(f["id"]).casefold(), str(f.get("name")).casefold())
            ]
            if len(named) != 1:
                raise Rejected(
                    NAME,
                    f"{len(named) or 'no'} fields are called {self._account_field!r}.",
                    "Set DAYBOOK_JIRA_ACCOUNT_FIELD to the name or id of the one that holds the HubSpot company.",
                )
            shared = (f["id"] for f in fields if (f.get("schema") or {}).get("custom") == ORGANIZATIONS)
            self._field_id, self._shared_id, self._client = named[0], next(shared, ""), client
            return client

    def _ask(self, send: Callable[[], Any], check: Callable[[Any], bool] = bool) -> Any:
        def once() -> Any:
            self.ready()
            return self._once(send, check)

        return asking(once, self._wait)

    def _send(self, send: Callable[[], Any], check: Callable[[Any], bool] = bool) -> Any:
        """One request, never another: what is a ``SourceDown`` here may have happened."""
        return sending(NAME, lambda: self._once(send, check))

    def _once(self, send: Callable[[], Any], check: Callable[[Any], bool]) -> Any:
        import requests
        from jira import JIRAError

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
        return NotAllowed(
            NAME,
            f"the API user may not do this. {said}".strip(),
            "Give it Browse Projects, Add Comments and Delete Own Comments on the projects synced.",
        )
    if status == 404:
        return NotFound(NAME, "there is no such issue or address.", "Check JIRA_URL.")
    if status >= 500 or status == 0 or status == 200:
        return SourceDown(NAME, f"it failed ({status or 'no answer'}).", "It is tried again by itself.")
    return Rejected(NAME, f"the request was refused ({status}): {said}", code=str(status))
