"""Who is in the sample workspace besides the company's own people, and the channels they talk in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.slack.identity import GUEST_ID, STRANGER_ID, STRANGER_TEAM_ID
from sandbox.slack.people import bot_user, person_user, slackbot_user

if TYPE_CHECKING:
    from sandbox.slack.state import Human, Workspace

SELLING = ("rep", "manager", "unmatched", "archived")


@dataclass(frozen=True)
class _Visitor:
    """Somebody who is not of the company."""

    id: str
    name: str
    real_name: str
    email: str
    tz: str
    title: str = ""
    is_restricted: bool = False


STRANGER = _Visitor(
    STRANGER_ID, "quill.outsider", "Quill Outsider (sample)", "quill@outsider.example", "Europe/Paris", "Partner"
)
GUEST = _Visitor(
    GUEST_ID, "petra.passerby", "Petra Passerby (sample)", "petra@passerby.example", "Europe/London", "Contractor",
    is_restricted=True,
)  # fmt: skip


def settle(workspace: Workspace, people: Iterable[Human]) -> None:
    """Move everybody in.

    `#general` and `#revenue` hold the whole staff and the app; `#sales` those who sell, a guest and the app;
    `#deal-desk` is private: managers, the admin, two reps and the app; `#key-accounts` too: the first rep, their
    manager, the admin and the app, who may all hear of that rep's accounts; `#random` has everybody but the app;
    `#shared-with-partner` is shared with another company and has one of theirs.
    """
    me, now = workspace.identity, workspace.clock.now_ms() // 1000
    company = list(people)
    workspace.users["USLACKBOT"] = slackbot_user(me.team_id)
    workspace.users[me.bot_user] = bot_user(me)
    for person in [*company, GUEST]:
        workspace.add_user(person_user(person, me.team_id, now))
    workspace.add_user(person_user(STRANGER, STRANGER_TEAM_ID, now) | {"is_stranger": True})
    staff = [p.id for p in company if not getattr(p, "deleted", False)]
    roles = {p.id: getattr(p, "role", "rep") for p in company}
    selling = [user for user in staff if roles[user] in SELLING]
    desk = [user for user in staff if roles[user] in ("manager", "admin")]
    desk += [user for user in staff if roles[user] == "rep"][:2]
    workspace.add_channel("C0GENERAL1", "general", [me.bot_user, *staff])
    workspace.add_channel("C0REVENUE1", "revenue", [me.bot_user, *staff])
    workspace.add_channel("C0SALES001", "sales", [me.bot_user, *selling, GUEST.id])
    workspace.add_channel("C0DEALDSK1", "deal-desk", [me.bot_user, *desk]).is_private = True
    first = next((p for p in company if roles[p.id] == "rep"), None)
    if first is not None:
        manager = getattr(first, "manager_id", None)
        allowed = [first.id, *(user for user in staff if user == manager or roles[user] == "admin")]
        workspace.add_channel("C0KEYACCT1", "key-accounts", [me.bot_user, *allowed]).is_private = True
    workspace.add_channel("C0RANDOM01", "random", staff)
    shared = workspace.add_channel("C0SHARED01", "shared-with-partner", [me.bot_user, *staff, STRANGER.id])
    shared.is_ext_shared = True
