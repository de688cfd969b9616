"""The line to HubSpot: one client kept open, its limits, and answers decoded or turned into faults.

Speaks v3 (objects) and v4 (associations), the only versions ``hubspot-api-client`` 12 knows. Answers are taken raw and
decoded here, because the client's own models cost more than everything else a sync does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import orjson

from systems.asking import asking, sending
from systems.faults import SourceDown
from systems.hubspot_answers import NAME, Json, date_of, fault_of
from systems.limiter import Limiter

BURST = (190, 10.2)
"""Requests and seconds: the Pro and Enterprise burst of one private app."""
SEARCHES = (4, 1.05)
AGAIN = "It is tried again by itself."


class HubSpotLine:
    """Asks (reads, tried again) and sends (writes, once). ``limits=False`` switches the rate limiter off."""

    def __init__(
        self,
        token: str,
        url: str = "https://api.hubapi.com",
        *,
        limits: bool = True,
        timeout: tuple[float, float] = (5.0, 30.0),
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._token, self._url, self._timeout, self._wait = token, url.rstrip("/"), timeout, wait
        self._burst = Limiter(*BURST, wait=wait) if limits else None
        self._searches = Limiter(*SEARCHES, wait=wait) if limits else None
        self._apis: Json = {}
        self._lock = threading.Lock()
        self.calls = 0
        self.clock_at: int | None = None

    def ready(self) -> None:
        """Wait for a write's turn: a write itself never waits, its time limit counts from when it was noted as sent."""
        if self._burst:
            self._burst.spend()

    def _raw(self) -> Json:
        return {"_preload_content": False, "_request_timeout": self._timeout}

    def _api(self, name: str) -> Any:
        """One api object of the client, kept: each new one would bring a connection pool of its own."""
        with self._lock:
            if not self._apis:
                from hubspot import HubSpot as Client
                from urllib3 import Retry

                client = Client(access_token=self._token, host=self._url, retry=Retry(total=False))
                crm = client.crm
                self._apis = {
                    "objects": crm.objects.basic_api,
                    "batches": crm.objects.batch_api,
                    "search": crm.objects.search_api,
                    "links": crm.associations.v4.batch_api,
                    "owners": crm.owners.owners_api,
                    "pipelines": crm.pipelines.pipelines_api,
                    "properties": crm.properties.core_api,
                }
        return self._apis[name]

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        """An address that the client wraps nowhere, through its transport: same token, host and timeouts."""
        return self._api("objects").api_client.call_api(
            path,
            method,
            {},
            [],
            {"Accept": "application/json", "Content-Type": "application/json"},
            body=body,
            response_types_map={},
            auth_settings=["oauth2"],
            **self._raw(),
        )

    def _ask(self, send: Callable[[], Any], check: Callable[[Any], bool], searching: bool = False) -> Json:
        def once() -> Any:
            if self._burst:
                self._burst.spend()
            if searching and self._searches:
                self._searches.spend()
            return self._once(send, check)

        told: Json = asking(once, self._wait)
        return told

    def _send(self, send: Callable[[], Any], check: Callable[[Any], bool]) -> Any:
        """One request, never another: what is a ``SourceDown`` here may have happened."""
        return sending(NAME, lambda: self._once(send, check))

    def _once(self, send: Callable[[], Any], check: Callable[[Any], bool]) -> Any:
        from urllib3.exceptions import HTTPError

        self.calls += 1
        try:
            response = send()
            try:
                text = response.read()
                answer = orjson.loads(text) if text else None
                self.clock_at = date_of(response.headers.get("Date")) or self.clock_at
            finally:
                response.release_conn()
        except HTTPError as broken:
            raise SourceDown(NAME, f"no answer ({type(broken).__name__}).", AGAIN) from broken
        except orjson.JSONDecodeError as broken:
            raise SourceDown(NAME, "the answer was cut off or is not JSON.", AGAIN) from broken
        except Exception as refused:
            fault = fault_of(refused)
            if fault is None:
                raise
            raise fault from None
        if not check(answer):
            raise SourceDown(NAME, "the answer was incomplete.", AGAIN)
        return answer
