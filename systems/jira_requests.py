"""Who gets a public answer on a request of the service desk besides its reporter: participants, and organisations.

A request's participants are its own; whoever belongs to an organisation it is shared with reads it as well. The field
that names the organisations is found by its kind, since each site has given it another number.
"""

from __future__ import annotations

from typing import Any

from systems.faults import NotAllowed, NotFound
from systems.jira_line import Json
from systems.jira_writing import JiraWriting, is_issue, issue_address
from systems.ports import Reader, Sharing

BASE = "{server}/rest/servicedeskapi/{path}"
PAGE = 50
MOST = 200
"""So many people of a request or an organisation are looked at; more are as good as not listed."""


class JiraRequests(JiraWriting):
    """The part of the ``Tickets`` port that is about who reads along."""

    def sharing(self, key_or_id: str) -> Sharing:
        address = issue_address(key_or_id)
        taking_part = self._people(f"{address.replace('issue/', 'request/')}/participant")
        people, unlisted = list(taking_part or ()), []
        for one in self._shared_with(address):
            number, name = str(one.get("id") or ""), str(one.get("name") or "an organisation")
            members = self._people(f"organization/{number}/user") if number.isdecimal() else None
            if members is None:
                unlisted.append((number, name))
            people += members or ()
        return Sharing(tuple({one.id: one for one in people}.values()), tuple(unlisted), taking_part is not None)

    def _shared_with(self, address: str) -> list[Json]:
        client = self._connected()
        if not self._shared_id:
            return []
        row = self._ask(lambda: client._get_json(address, params={"fields": self._shared_id}), is_issue)
        held = row["fields"].get(self._shared_id) or []
        return [one if isinstance(one, dict) else {"name": str(one)} for one in held]

    def _people(self, path: str) -> list[Reader] | None:
        """Everybody of a list of the service desk; None where Jira does not show it, or not all of it."""
        client, found = self._connected(), list[Reader]()
        while len(found) < MOST:
            page = {"start": len(found), "limit": PAGE}
            try:
                told = self._ask(
                    lambda page=page: client._get_json(path, params=page, base=BASE),  # type: ignore[misc]
                    _is_page,
                )
            except (NotFound, NotAllowed):
                return None
            found += [_reader(row) for row in told["values"]]
            if told.get("isLastPage") or not told["values"]:
                return found
        return None


def _reader(row: Json) -> Reader:
    return Reader(str(row.get("accountId") or ""), str(row.get("displayName") or ""), row.get("emailAddress") or None)


def _is_page(answer: Any) -> bool:
    return isinstance(answer, dict) and isinstance(answer.get("values"), list)
