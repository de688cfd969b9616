"""What was really done, in one line of time: every write with before and after, every message with who could read it.

    POST   /_sandbox/journal {"on": true}      begin to keep it (nothing is kept before)
    GET    /_sandbox/journal?after=N           {"lines": [...]}, those numbered above N, oldest first
    DELETE /_sandbox/journal?until=N           forget those up to N (all of them without `until`)

A line has `n`, `at_ms` (the shared clock) and `by`:

    hubspot, jira   a request of the app that was no look: `method`, `path`, `body`, `status`, and `effects`, each
                    `{verb, kind, id, before, after}` as the records were and are
    hand            the same effects by a person's own hand in the vendor's screens
    slack           a call by which the app showed something: `method`, `args`, what is `shown` now, where, and its
                    `readers`, everybody who can see it at that moment
    person          what somebody did in Slack: `act`, `user`, what they `gave`, and the message or view as it `stood`
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.clock import SharedClock

Json = dict[str, Any]


class Journal:
    """Kept only once somebody asks for it. Whoever writes to it does so from the one thread that serves."""

    def __init__(self) -> None:
        self.on = False
        self.lines: list[Json] = []
        self._count = 0
        self._clock: SharedClock | None = None
        self._request: Json | None = None

    def keep(self, clock: SharedClock) -> None:
        """From now on, by this clock."""
        self._clock, self.on = clock, True

    def note(self, by: str, **what: Any) -> None:
        """One more line, copied: what it speaks of goes on changing."""
        if self.on:
            self._count += 1
            now = self._clock.now_ms() if self._clock else 0
            self.lines.append({"n": self._count, "at_ms": now, "by": by, **orjson.loads(orjson.dumps(what))})

    @contextmanager
    def request(self, by: str, method: str, path: str, body: Any, looks: bool) -> Iterator[Json]:
        """A vendor's request is being answered: what it does to records is its effect. The caller sets ``status``."""
        line: Json = {"method": method, "path": path, "body": body, "status": 0, "effects": []}
        self._request = line
        try:
            yield line
        finally:
            self._request = None
            if line["effects"] or not looks:
                self.note(by, **line)

    def effect(self, verb: str, kind: str, ident: int | str, before: Any, after: Any) -> None:
        """A record was made, changed or taken away: by the request that is being answered, else by a person's hand."""
        if not self.on:
            return
        effect = {"verb": verb, "kind": kind, "id": str(ident), "before": before, "after": after}
        if self._request is None:
            self.note("hand", effects=[effect])
        else:
            self._request["effects"].append(orjson.loads(orjson.dumps(effect)))


def routes(journal: Journal, clock: SharedClock) -> list[Route]:
    """`/_sandbox/journal`."""

    async def endpoint(request: Request) -> Response:
        if request.method == "POST":
            if orjson.loads(await request.body()) != {"on": True}:
                return _answer({"ok": False, "error": 'say {"on": true}'}, 400)
            journal.keep(clock)
        elif request.method == "DELETE":
            until = int(request.query_params.get("until", 0))
            journal.lines = [line for line in journal.lines if line["n"] > until] if until else []
        else:
            after = int(request.query_params.get("after", 0))
            return _answer({"lines": [line for line in journal.lines if line["n"] > after]})
        return _answer({"ok": True})

    return [Route("/_sandbox/journal", endpoint, methods=["GET", "POST", "DELETE"])]


def _answer(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
