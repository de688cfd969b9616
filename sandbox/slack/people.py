"""How people and bots look in Slack: the user objects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sandbox.slack.identity import Identity

if TYPE_CHECKING:
    from sandbox.slack.state import Human

AVATAR = "https://avatars.slack.example"
COLORS = ("9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "a63024", "2b6836")


def _profile(real_name: str, display_name: str, team_id: str, avatar: str) -> dict[str, Any]:
    first, _, last = real_name.partition(" ")
    return {
        "title": "",
        "phone": "",
        "skype": "",
        "real_name": real_name,
        "real_name_normalized": real_name,
        "display_name": display_name,
        "display_name_normalized": display_name,
        "status_text": "",
        "status_emoji": "",
        "status_emoji_display_info": [],
        "status_expiration": 0,
        "avatar_hash": avatar[:12],
        "first_name": first,
        "last_name": last,
        "image_24": f"{AVATAR}/{avatar}/24.png",
        "image_48": f"{AVATAR}/{avatar}/48.png",
        "image_72": f"{AVATAR}/{avatar}/72.png",
        "image_192": f"{AVATAR}/{avatar}/192.png",
        "image_512": f"{AVATAR}/{avatar}/512.png",
        "status_text_canonical": "",
        "team": team_id,
    }


def _flags() -> dict[str, Any]:
    names = ("admin", "owner", "primary_owner", "restricted", "ultra_restricted", "bot", "app_user")
    return {f"is_{name}": False for name in names}


def person_user(person: Human, team_id: str, now_s: int) -> dict[str, Any]:
    """A person's user object; the offset is that of their zone at `now_s` (seconds since the epoch)."""
    deleted = bool(getattr(person, "deleted", False))
    profile = _profile(person.real_name, person.name, team_id, person.id.lower())
    profile["email"] = person.email
    profile["title"] = getattr(person, "title", "") or ""
    user: dict[str, Any] = {
        "id": person.id,
        "team_id": team_id,
        "name": person.name,
        "deleted": deleted,
        "color": COLORS[sum(person.id.encode()) % len(COLORS)],
        "real_name": person.real_name,
        **zone_fields(person.tz, now_s),
        "profile": profile,
        **_flags(),
        "updated": now_s,
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
    }
    user["is_admin"] = bool(getattr(person, "is_admin", False))
    user["is_restricted"] = bool(getattr(person, "is_restricted", False))
    if deleted:
        # A deactivated account comes without zone and colour.
        for key in ("tz", "tz_label", "tz_offset", "color", "real_name"):
            user.pop(key)
    return user


def zone_fields(tz: str, now_s: int) -> dict[str, Any]:
    """`tz`, `tz_label` and `tz_offset` (seconds east of UTC) as Slack computes them for an instant."""
    local = datetime.fromtimestamp(now_s, UTC).astimezone(ZoneInfo(tz))
    offset = local.utcoffset()
    return {
        "tz": tz,
        "tz_label": local.tzname() or tz,
        "tz_offset": int(offset.total_seconds()) if offset is not None else 0,
    }


def bot_user(me: Identity) -> dict[str, Any]:
    """The user object of the app's own bot."""
    profile = _profile("Daybook", me.bot_name, me.team_id, "daybook")
    profile |= {"api_app_id": me.app_id, "bot_id": me.bot_id, "always_active": True}
    user = {
        "id": me.bot_user,
        "team_id": me.team_id,
        "name": me.bot_name,
        "deleted": False,
        "color": "9f69e7",
        "real_name": "Daybook",
        **zone_fields("America/Los_Angeles", 1_790_000_000),
        "profile": profile,
        **_flags(),
        "updated": 1_790_000_000,
        "is_email_confirmed": False,
        "who_can_share_contact_card": "EVERYONE",
    }
    return user | {"is_bot": True}


def slackbot_user(team_id: str) -> dict[str, Any]:
    """Slackbot, which is in every workspace and, as in Slack, is not flagged as a bot."""
    profile = _profile("Slackbot", "Slackbot", team_id, "slackbot") | {"always_active": True}
    return {
        "id": "USLACKBOT",
        "team_id": team_id,
        "name": "slackbot",
        "deleted": False,
        "color": "757575",
        "real_name": "Slackbot",
        **zone_fields("America/Los_Angeles", 1_790_000_000),
        "profile": profile,
        **_flags(),
        "updated": 0,
        "is_email_confirmed": False,
        "who_can_share_contact_card": "EVERYONE",
    }


def shown(user: dict[str, Any], now_s: int, with_email: bool) -> dict[str, Any]:
    """A user object as answered now: the offset follows daylight saving, the address needs its own scope."""
    user = dict(user)
    if "tz" in user:
        user |= zone_fields(user["tz"], now_s)
    if not with_email and "email" in user["profile"]:
        user["profile"] = {key: value for key, value in user["profile"].items() if key != "email"}
    return user
