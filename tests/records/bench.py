"""A sandbox, a database and the adapters between them, as the tests of the records use them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, Table, func, select

from records import gather, sync
from records.report import Report
from rules.facts import AccountFacts
from store.engine import open_database
from systems.clock import FileClock
from systems.hubspot import HubSpot
from systems.jira import Jira
from tests.stand_ins import Sandbox


class Bench:
    """Everything a sync needs. ``waits`` collects how long the adapters wanted to wait."""

    def __init__(self, sandbox: Sandbox, url: str, token: str | None = None, timeout: float = 10.0) -> None:
        self.sandbox, self.url = sandbox, url
        self.waits: list[float] = []
        env = sandbox.env
        self.engine: Engine = open_database(url)
        self.clock = FileClock(env["DAYBOOK_CLOCK"])
        self.crm = HubSpot(
            token or env["HUBSPOT_ACCESS_TOKEN"], env["HUBSPOT_API_URL"],
            limits=False, timeout=(5.0, timeout), wait=self.waits.append,
        )  # fmt: skip
        self.tickets = Jira(
            env["JIRA_URL"], env["JIRA_EMAIL"], env["JIRA_API_TOKEN"],
            limits=False, timeout=(5.0, timeout), wait=self.waits.append,
        )  # fmt: skip

    def sync(self, *, hubspot: bool = True, jira: bool = True, **how: Any) -> Report:
        return sync.run(self.engine, self.crm if hubspot else None, self.tickets if jira else None, self.clock, **how)

    def close(self) -> None:
        self.engine.dispose()

    # -- changing the world as another user of HubSpot or Jira would ------------------------------------------------

    def hubspot(self, method: str, path: str, body: Any = None) -> Any:
        """Call the stand-in's HubSpot with the full token."""
        env = self.sandbox.env
        return _ask(
            env["HUBSPOT_API_URL"] + path, method, body, {"Authorization": f"Bearer {env['HUBSPOT_ACCESS_TOKEN']}"}
        )

    def change(self, kind: str, record_id: str, **properties: str) -> None:
        self.hubspot("PATCH", f"/crm/v3/objects/{kind}/{record_id}", {"properties": properties})

    def create(self, kind: str, associations: Iterable[tuple[str, int]] = (), **properties: str) -> str:
        """``associations`` are (id, association type id)."""
        links = [
            {
                "to": {"id": to},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}],
            }
            for to, type_id in associations
        ]
        made = self.hubspot("POST", f"/crm/v3/objects/{kind}", {"properties": properties, "associations": links})
        return str(made["id"])

    def archive(self, kind: str, record_id: str) -> None:
        self.hubspot("DELETE", f"/crm/v3/objects/{kind}/{record_id}")

    def purge(self, kind: str, record_id: str) -> None:
        """Delete for good, as a person asks for under the GDPR."""
        self.sandbox.ask("DELETE", f"/_sandbox/crm/objects/{kind}/{record_id}?gdpr=true")

    def merge(self, kind: str, winner: str, loser: str) -> None:
        self.hubspot("POST", f"/crm/v3/objects/{kind}/merge", {"primaryObjectId": winner, "objectIdToMerge": loser})

    # -- looking at our copy ---------------------------------------------------------------------------------------

    def count(self, table: Table, *where: Any) -> int:
        with self.engine.connect() as conn:
            return int(conn.scalar(select(func.count()).select_from(table).where(*where)) or 0)

    def rows(self, table: Table, *where: Any) -> list[dict[str, Any]]:
        with self.engine.connect() as conn:
            keys = list(table.primary_key.columns)
            return [dict(row) for row in conn.execute(select(table).where(*where).order_by(*keys)).mappings()]

    def facts(self, account_id: str) -> AccountFacts:
        with self.engine.connect() as conn:
            found = gather.one(conn, account_id, self.clock.now())
        assert found is not None
        return found

    def first_account(self, **wanted: Any) -> AccountFacts:
        """The first account whose facts have these values."""
        with self.engine.connect() as conn:
            for _owner, accounts in list(gather.stream(conn, self.clock.now())):
                for facts in accounts:
                    if all(getattr(facts, name) == value for name, value in wanted.items()):
                        return facts
        raise AssertionError(f"no account has {wanted}")


def _ask(url: str, method: str, body: Any, headers: dict[str, str]) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data=data, method=method, headers={"Content-Type": "application/json", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
    except urllib.error.HTTPError as refused:
        raise AssertionError(f"{method} {url}: {refused.code} {refused.read().decode()}") from None
    return json.loads(text) if text else None
