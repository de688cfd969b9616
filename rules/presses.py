"""Who may press what on a morning list: the rep it was made for; their managers and admins may look."""

from __future__ import annotations

from collections.abc import Collection

from rules.verdict import Allow, Refuse

LOOKS = frozenset({"explain_priority", "open_in_hubspot"})
CHANGES = frozenset({"snooze_account", "dismiss_account", "restore_account"})


def may_press(
    action: str, presser: str, listed_for: str, managers: Collection[str] = (), admin: bool = False
) -> Allow | Refuse:
    """Whether the person (Slack id) may press ``action`` on the list of ``listed_for``. Unknown actions: no."""
    if action not in LOOKS and action not in CHANGES:
        return Refuse("press.unknown", "Daybook does not know this button. Press it on today's list.")
    if presser == listed_for:
        return Allow("press.own_list", "It is their own list.")
    if action in LOOKS and (admin or presser in managers):
        return Allow("press.manager_looks", "Managers and admins may see why an account is listed.")
    if action in LOOKS:
        return Refuse("press.not_yours", "This is somebody else's list. Your own has the buttons for your accounts.")
    return Refuse("press.not_yours", "Only the person this list is for can change it. Nothing was changed.")
