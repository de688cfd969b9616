"""What Daybook needs from the outside world: records as vendors tell them, and what may be asked of each vendor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


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


class Option(NamedTuple):
    """One value that a picklist may hold."""

    value: str
    label: str
    hidden: bool


class FieldInfo(NamedTuple):
    """What a property of a kind of record may hold; ``read_only`` also for those that the CRM computes."""

    name: str
    label: str
    type: str
    options: tuple[Option, ...]
    read_only: bool


KEY_PROPERTY = "daybook_key"
"""The unique property of calls, notes and tasks that holds the key of the write that made them."""
KEYED = ("calls", "notes", "tasks")


class CRM(Protocol):
    """Customers, deals, engagements and HubSpot tickets. Every method may raise ``SystemFault``.

    Reads are tried again by themselves; ``create``, ``change`` and ``archive`` send one request, whatever happens.
    """

    account_fields: AccountFields
    calls: int
    """Requests sent so far, retries included."""
    clock_at: int | None
    """What the CRM's own clock showed at its latest answer (ms); None when it does not tell."""

    def listed(
        self, kind: str, properties: Sequence[str], links: Sequence[str], after: str | None, archived: bool = False
    ) -> Page:
        """One page (100) of all records of a kind, in id order."""
        ...

    def changed(
        self, kind: str, properties: Sequence[str], by: str, since: int, until: int | None = None, after_id: str = ""
    ) -> Page:
        """The 200 newest of the records whose ``by`` property is at or after ``since`` (ms).

        With ``until``, the first 200 in id order after ``after_id`` of those that changed from ``since`` to ``until``.
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

    def read(self, kind: str, id: str, properties: Sequence[str], links: Sequence[str] = ()) -> Record:
        """One record as it is now; after a merge the winner's, under the winner's id. ``NotFound`` when it is gone."""
        ...

    def read_many(
        self, kind: str, ids: Sequence[str], properties: Sequence[str], links: Sequence[str] = ()
    ) -> list[Record]:
        """Any number of records as they are now; those that are gone are absent."""
        ...

    def find_by(self, kind: str, property: str, value: str, properties: Sequence[str]) -> Record | None:
        """The record whose unique ``property`` holds ``value``. Sees a record from the moment that it exists."""
        ...

    def find_all_by(
        self, kind: str, property: str, values: Sequence[str], properties: Sequence[str]
    ) -> list[Record]:
        """The records whose unique ``property`` holds one of ``values``; for the others there is none."""
        ...

    def ready(self) -> None:
        """Wait until a write may be sent; call it before the write is marked as sent."""
        ...

    def create(self, kind: str, properties: Mapping[str, str], to: Sequence[tuple[str, str]], key: str) -> Record:
        """A new record tied to the records ``to`` (kind, id), in one request; ``key`` goes into ``KEY_PROPERTY``.

        When a record with this key exists already, it is the answer and nothing is made.
        """
        ...

    def change(self, kind: str, id: str, properties: Mapping[str, str]) -> Record:
        """Set these properties and no others; ``""`` clears one. The answer holds at least these."""
        ...

    def archive(self, kind: str, id: str) -> None:
        """Take a record out of use (people can restore it). One that is archived already is left so."""
        ...

    def fields(self, kind: str) -> dict[str, FieldInfo]:
        """What the properties of a kind are, by name."""
        ...

    def ensure_key(self, kind: str) -> bool:
        """Make sure that ``KEY_PROPERTY`` exists; True when it had to be made."""
        ...

    def scopes(self) -> set[str] | None:
        """What the token was granted; None when the CRM does not say."""
        ...


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


class Words(NamedTuple):
    """One comment with what it says. ``created`` is Jira's text of an instant."""

    id: str
    author: str
    author_type: str | None
    public: bool
    created: str
    untrusted_text: str
    by_customer: bool


class Thread(NamedTuple):
    """One issue with what was said on it: the newest comments, in the order in which they were written."""

    id: str
    key: str
    untrusted_title: str
    untrusted_text: str
    status: str
    category: str | None
    priority: str | None
    account: str | None
    created: str
    words: tuple[Words, ...]
    reporter_id: str | None
    reporter_type: str | None
    """``customer`` for somebody of the portal, ``atlassian`` for a colleague."""
    reporter_email: str | None
    """None where Jira hides it."""
    untrusted_reporter: str = ""
    """What they call themselves."""


class Reader(NamedTuple):
    """Somebody who gets what is publicly answered on a request of somebody else's."""

    id: str
    untrusted_name: str
    """What they call themselves."""
    email: str | None
    """None where Jira hides it."""


class Sharing(NamedTuple):
    """Who gets a public answer besides the reporter."""

    people: tuple[Reader, ...]
    """Participants, and the members of the organisations that Jira lists; the reporter may be among them."""
    unlisted: tuple[tuple[str, str], ...] = ()
    """(id, name) of the organisations whose members Jira does not list."""
    complete: bool = True
    """False where Jira does not show who takes part."""


class Tickets(Protocol):
    """The service desk. Every method may raise ``SystemFault``; ``comment`` and ``remove_comment`` send one request."""

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

    def issue(self, key_or_id: str) -> Issue:
        """One issue as it is now, with its latest comments. ``NotFound`` when it is gone."""
        ...

    def thread(self, key_or_id: str) -> Thread:
        """One issue with its words (customers' words: not to be trusted, and not to be kept)."""
        ...

    def sharing(self, key_or_id: str) -> Sharing:
        """Who gets a public answer on that issue besides its reporter, as things are now."""
        ...

    def ready(self) -> None:
        """Wait until a write may be sent; call it before the write is marked as sent."""
        ...

    def comment(self, key_or_id: str, text: str, marker: str, public: bool) -> str:
        """Write a comment, to the customer only when ``public``; its id. ``marker`` is kept with it, unseen."""
        ...

    def find_comment(self, key_or_id: str, marker: str) -> str | None:
        """The id of the comment written with ``marker``, if there is one."""
        ...

    def comment_shows(self, key_or_id: str, marker: str) -> str | None:
        """The words of the comment written with ``marker``, as they stand there now; None when it is gone."""
        ...

    def remove_comment(self, key_or_id: str, comment_id: str) -> None:
        """Delete a comment; one that is gone already is left so."""
        ...

    def permissions(self) -> set[str]:
        """Which of ``ADD_COMMENTS`` and ``DELETE_OWN_COMMENTS`` the API user has in at least one project."""
        ...
