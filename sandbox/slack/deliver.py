"""The way to the bot: Socket Mode when it is connected, else signed HTTP requests; retried as Slack does."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from sandbox.slack import payloads
from sandbox.slack.socket import ConnectionLost

if TYPE_CHECKING:
    import aiohttp

    from sandbox.slack.server import Slack

Json = dict[str, Any]
SENT_KEPT = 2000


@dataclass
class Delivery:
    """What became of one thing sent to the bot. `ms` is wall time until the acknowledgement."""

    kind: str
    what: str
    id: str
    acked: bool = False
    ms: float | None = None
    payload: Json = field(default_factory=dict)
    attempts: int = 0
    via: str | None = None
    failure: str | None = None

    def __post_init__(self) -> None:
        self._done = asyncio.Event()

    def as_json(self) -> Json:
        """As the sandbox's own endpoints answer it."""
        return asdict(self)

    def finish(self) -> None:
        """Acknowledged, or given up."""
        self._done.set()

    async def finished(self, seconds: float) -> bool:
        """Wait until it is acknowledged or given up; False when that takes longer than `seconds`."""
        try:
            await asyncio.wait_for(self._done.wait(), seconds)
        except TimeoutError:
            return False
        return True


class Unanswered(Exception):
    """The bot did not acknowledge; the text is Slack's retry reason."""

    def __init__(self, reason: str, no_retry: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.no_retry = no_retry


class Deliveries:
    """Events are sent in the background and up to three times again; presses, commands and views once.

    `retry_seconds` are the pauses before each repetition and `ack_seconds` the patience, both by wall time.
    """

    def __init__(self, slack: Slack, request_url: str | None) -> None:
        self._slack = slack
        self.request_url = request_url
        self.ack_seconds = 3.0
        self.retry_seconds: tuple[float, ...] = (0.0, 60.0, 300.0)
        self.log: deque[Delivery] = deque(maxlen=5000)
        self._session: aiohttp.ClientSession | None = None
        self._sent: dict[str, Json] = {}

    @property
    def attached(self) -> bool:
        """Whether there is a bot to send to."""
        return self._slack.sockets.connected > 0 or self.request_url is not None

    def event(self, event: Json, shared: bool = False) -> Delivery:
        """Send an event in the background; the returned record fills in as it goes."""
        payload = payloads.event_callback(self._slack.workspace, event, shared)
        delivery = Delivery("events_api", event["type"], payload["event_id"])
        self.log.append(delivery)
        if len(self._sent) >= SENT_KEPT:
            del self._sent[next(iter(self._sent))]
        self._sent[delivery.id] = payload
        self._slack.spawn(self._event(delivery, payload, None))
        return delivery

    def again(self, event_id: str) -> Delivery:
        """Send an event once more, as after a lost acknowledgement; KeyError when it was never sent."""
        payload = self._sent[event_id]
        delivery = Delivery("events_api", payload["event"]["type"], event_id)
        self.log.append(delivery)
        self._slack.spawn(self._event(delivery, payload, (1, "timeout")))
        return delivery

    async def _event(self, delivery: Delivery, payload: Json, retry: tuple[int, str] | None) -> None:
        for pause in (*self.retry_seconds, None):
            try:
                await self._attempt(delivery, payload, retry)
            except Unanswered as unanswered:
                delivery.failure = unanswered.reason
                if unanswered.no_retry or pause is None:
                    break
                retry = (delivery.attempts, unanswered.reason)
                await asyncio.sleep(pause)
            else:
                break
        delivery.finish()

    async def interaction(self, kind: str, what: str, payload: Json) -> Delivery:
        """Send a press, a submission or a command once and wait for its acknowledgement."""
        delivery = Delivery(kind, what, payload.get("trigger_id", ""))
        self.log.append(delivery)
        try:
            await self._attempt(delivery, payload, None)
        except Unanswered as unanswered:
            delivery.failure = unanswered.reason
        delivery.finish()
        return delivery

    async def _attempt(self, delivery: Delivery, payload: Json, retry: tuple[int, str] | None) -> None:
        delivery.attempts += 1
        started = time.perf_counter()
        if self._slack.sockets.connected:
            delivery.via = "socket"
            try:
                answer = await self._slack.sockets.send(delivery.kind, payload, retry, self.ack_seconds)
            except ConnectionLost:
                raise Unanswered("connection_lost") from None
            except TimeoutError:
                raise Unanswered("timeout") from None
        elif self.request_url is not None:
            delivery.via = "http"
            answer = await self._post(delivery.kind, payload, retry)
        else:
            raise Unanswered("no_receiver")
        delivery.acked, delivery.failure, delivery.payload = True, None, answer
        delivery.ms = round((time.perf_counter() - started) * 1000, 2)

    async def _post(self, kind: str, payload: Json, retry: tuple[int, str] | None) -> Json:
        import aiohttp  # here, because only the HTTP way needs it and it takes long to load

        if kind == "events_api":
            body, content = orjson.dumps(payload), "application/json"
        else:
            form = payload if kind == "slash_commands" else {"payload": orjson.dumps(payload).decode()}
            body, content = urlencode(form).encode(), "application/x-www-form-urlencoded"
        headers = self._signed(body) | {
            "content-type": content,
            "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        if retry is not None:
            headers |= {"x-slack-retry-num": str(retry[0]), "x-slack-retry-reason": retry[1]}
        if self._session is None:
            self._session = aiohttp.ClientSession()
        patience = aiohttp.ClientTimeout(total=self.ack_seconds)
        try:
            async with self._session.post(
                str(self.request_url), data=body, headers=headers, timeout=patience
            ) as response:
                text = await response.read()
                if response.status != 200:
                    stop = response.headers.get("x-slack-no-retry") == "1"
                    raise Unanswered("http_error", no_retry=stop)
        except TimeoutError:
            raise Unanswered("http_timeout") from None
        except aiohttp.ClientError:
            raise Unanswered("connection_failed") from None
        if not text.strip():
            return {}
        try:
            answer = orjson.loads(text)
        except orjson.JSONDecodeError:
            return {"text": text.decode(errors="replace")}
        return answer if isinstance(answer, dict) else {}

    def _signed(self, body: bytes) -> dict[str, str]:
        """v0 signature over the wall clock's seconds: verifiers refuse what is five minutes off theirs."""
        stamp = str(int(time.time()))
        secret = self._slack.workspace.identity.signing_secret.encode()
        digest = hmac.new(secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}

    async def verify(self, url: str) -> bool:
        """Set the request URL, and say whether it answered Slack's url_verification challenge."""
        self.request_url = url
        challenge = self._slack.workspace.new_id("challenge-")
        asked = {
            "token": self._slack.workspace.identity.verification_token,
            "challenge": challenge,
            "type": "url_verification",
        }
        try:
            answer = await self._post("events_api", asked, None)
        except Unanswered:
            return False
        return challenge in (answer.get("challenge"), answer.get("text"))

    async def close(self) -> None:
        """Let go of the HTTP connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
