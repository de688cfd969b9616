"""What Daybook needs from the outside world, and how it says that the outside world failed.

The tree of failures; adapters raise nothing else::

    SystemFault                what happened, in which system, and what to do about it
    ├── SourceDown             no answer that can be used: network, timeout, 5xx, a cut-off answer. Try again later
    │   └── RateLimited        asked to wait; ``retry_after`` seconds when the vendor said how long
    ├── Unauthorized           the token was refused
    ├── NotAllowed             the token lacks a scope or a permission
    ├── NotFound               the record does not exist (any more)
    ├── Rejected               the request was refused as wrong
    └── BadAnswer              answered, but not in a shape this version understands
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


class SystemFault(Exception):
    """Something outside went wrong. The message is plain words without secrets, fit for ``doctor`` and the log."""

    def __init__(self, system: str, what: str, fix: str = "") -> None:
        super().__init__(f"{system}: {what}" + (f" {fix}" if fix else ""))
        self.system, self.what, self.fix = system, what, fix


class SourceDown(SystemFault):
    """The system did not answer usefully; the same request may work later."""


class RateLimited(SourceDown):
    """The system asked to wait. ``retry_after`` is in seconds, None when it did not say."""

    def __init__(self, system: str, what: str, retry_after: float | None = None, fix: str = "") -> None:
        super().__init__(system, what, fix)
        self.retry_after = retry_after


class Unauthorized(SystemFault):
    """The token was refused; ``fix`` says which setting to renew."""


class NotAllowed(SystemFault):
    """The token may not do this; ``fix`` names the scope."""


class NotFound(SystemFault):
    """There is no such record."""


class Rejected(SystemFault):
    """The system refused the request as wrong; sending it again will not help."""


class BadAnswer(SystemFault):
    """The answer cannot be understood, even after asking again."""


class Record(NamedTuple):
    """One CRM record as the vendor told it: texts, unparsed, so that one broken value spoils one record only."""

    id: str
    properties: Mapping[str, str | None]
    links: Mapping[str, tuple[Link, ...]] | None
    """Associated ids by kind (``companies``, ``deals``, ``contacts``); None when they were not asked for."""
    archived: bool = False
    archived_at: str | None = None


class Link(NamedTuple):
    """One end of an association."""

    id: str
    primary: bool


class Page(NamedTuple):
    """One page of records. ``after`` is the token of the next page, None on the last; ``total`` when known."""

    records: list[Record]
    after: str | None
    total: int | None = None


class Owner(NamedTuple):
    """A CRM user who can own records. ``teams``: (id, name, is it the main one)."""

    id: str
    email: str | None
    name: str
    archived: bool
    teams: tuple[tuple[str, str, bool], ...]


class Stage(NamedTuple):
    """One stage of a deal or ticket pipeline. ``closed`` is None when the vendor does not say."""

    id: str
    label: str
    position: int
    closed: bool | None
    pipeline_id: str
    pipeline_label: str


class Portal(NamedTuple):
    """Which account of the vendor this is, for links people can open."""

    id: str
    web_url: str


@dataclass(frozen=True)
class AccountFields:
    """The company properties that hold what HubSpot has no standard property for."""

    revenue: str = "annual_contract_value"
    renewal: str = "renewal_date"
    onboarding: str = "onboarding_status"
    onboarding_values: frozenset[str] = frozenset({"in_progress"})
    """Values that mean that onboarding is under way."""


class CRM(Protocol):
    """Customers, deals, engagements and HubSpot tickets. Every method may raise ``SystemFault``."""

    account_fields: AccountFields
    calls: int
    """Requests sent so far, retries included."""

    def listed(
        self, kind: str, properties: Sequence[str], links: Sequence[str], after: str | None, archived: bool = False
    ) -> Page:
        """One page (100) of all records of a kind, in id order."""
        ...

    def changed(
        self, kind: str, properties: Sequence[str], by: str, since: int, at: int | None = None, after_id: str = ""
    ) -> Page:
        """The first 200 records whose ``by`` property is at or after ``since`` (ms), oldest change first.

        With ``at``, those changed exactly then, in id order, after ``after_id``.
        """
        ...

    def newest(self, kind: str, by: str) -> tuple[str | None, int]:
        """The latest ``by`` value of a kind (None when there are no records), and how many records there are."""
        ...

    def links(self, kind: str, to: str, ids: Sequence[str]) -> dict[str, tuple[Link, ...]]:
        """Associations of any number of records; an id without any is absent."""
        ...

    def owners(self) -> list[Owner]:
        """All owners, deactivated ones included."""
        ...

    def stages(self, kind: str) -> list[Stage]:
        """All stages of all pipelines of ``deals`` or ``tickets``."""
        ...

    def call_outcomes(self) -> dict[str, str]:
        """Label of each call disposition id."""
        ...

    def properties(self, kind: str) -> set[str]:
        """Names of the properties a kind of record has."""
        ...

    def portal(self) -> Portal: ...


class Comment(NamedTuple):
    """Who wrote on an issue, and when; never what."""

    author_id: str | None
    author_type: str | None
    """``customer``, ``atlassian`` (staff) or ``app``."""
    public: bool
    created: str


class Issue(NamedTuple):
    """One issue of the service desk, unparsed like ``Record``."""

    id: str
    key: str
    account: str | None
    """The text of the field that names the account."""
    priority: str | None
    category: str | None
    """``new``, ``indeterminate`` or ``done``."""
    created: str | None
    updated: str | None
    resolved: str | None
    reporter_id: str | None
    reporter_type: str | None
    comments: tuple[Comment, ...]
    comments_complete: bool


class IssuePage(NamedTuple):
    """One page of issues; ``token`` of the next one, None on the last."""

    issues: list[Issue]
    token: str | None


class Tickets(Protocol):
    """The service desk. Every method may raise ``SystemFault``."""

    calls: int
    web_url: str

    def changed(self, since: int | None, token: str | None = None) -> IssuePage:
        """Up to 100 issues changed in or after the minute of ``since`` (ms; None: all), oldest change first."""
        ...

    def ids(self, token: str | None = None) -> tuple[list[str], str | None]:
        """One page of the ids of all issues, and the token of the next."""
        ...

    def comments(self, issue_id: str) -> tuple[Comment, ...]:
        """The latest comments of an issue (up to 100), newest first."""
        ...


class ChatUser(NamedTuple):
    """One account of the chat workspace."""

    id: str
    workspace: str
    email: str | None
    real_name: str
    tz: str | None
    deleted: bool = False
    is_bot: bool = False
    is_guest: bool = False
    """A single- or multi-channel guest, or a stranger from a shared channel."""
    is_admin: bool = False


class Identity(NamedTuple):
    """Which workspace a chat token belongs to, and as whom it speaks."""

    workspace: str
    bot_user: str
    bot: str
    name: str


class Posted(NamedTuple):
    """Where a message is."""

    channel: str
    ts: str


class Chat(Protocol):
    """The chat workspace. Every method may raise ``SystemFault``; none tries again by itself."""

    def identity(self) -> Identity: ...
    def users(self) -> Iterable[ChatUser]: ...
    def scopes(self) -> set[str]: ...
    def open_socket(self) -> None:
        """Check that the app-level token could open a Socket Mode connection; opens none."""
        ...

    def ready(self) -> None:
        """Wait until a message may be posted; call it before the write is marked as sent."""
        ...

    def post(
        self, to: str, text: str, blocks: list[dict[str, Any]], key: str, thread_ts: str | None = None
    ) -> Posted: ...
    def find(self, to: str, key: str, since: int) -> Posted | None: ...
    def update(self, channel: str, ts: str, text: str, blocks: list[dict[str, Any]]) -> None: ...
    def whisper(self, channel: str, user: str, text: str) -> None: ...
