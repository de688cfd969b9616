"""What people do in modals and in the App Home: press, choose, type, submit, close."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.slack import modals, payloads, witnessed
from sandbox.slack.acting import CannotDo, action_of, find_element, full_state, state_value, typed
from sandbox.slack.blocks import check_view
from sandbox.slack.deliver import Delivery
from sandbox.slack.refusal import Refused

if TYPE_CHECKING:
    from sandbox.slack.server import Slack

Json = dict[str, Any]


class ModalHands:
    """The part of `hands.Hands` that is about views."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._touched: dict[tuple[str, str], Json] = {}

    def touch(self, key: tuple[str, str], blocks: list[Json], block_id: str, element: Json, action: Json) -> Json:
        """What that person has put into the inputs of a message or view so far, this action included."""
        touched = self._touched.setdefault(key, {})
        if action.get("state"):
            touched |= typed(blocks, action["state"])
        if element["type"] not in (
            "button",
            "overflow",
            "workflow_button",
            "icon_button",
            "feedback_buttons",
        ):
            touched.setdefault(block_id, {})[element["action_id"]] = state_value(element, action)
        return touched

    async def presses_view(self, user: str, container: Json, action: Json) -> Delivery:
        """Press or choose something in a modal or in the App Home."""
        slack = self._slack
        view = slack.workspace.homes.get(user) if container.get("home") else self._own_view(user, container["view_id"])
        if view is None:
            raise CannotDo(f"{user} has no App Home yet")
        block_id, element = find_element(
            view["blocks"], action["action_id"], action.get("block_id"), action.get("value")
        )
        touched = self.touch((user, view["id"]), view["blocks"], block_id, element, action)
        view["state"] = {"values": full_state(view["blocks"], touched)}
        acted = [action_of(block_id, element, action, slack.workspace.new_ts())]
        trigger = slack.triggers.issue(user, view["id"])
        payload = payloads.view_actions(slack.workspace, user, view, acted, trigger)
        return await slack.deliveries.interaction("interactive", "block_actions", payload)

    def _own_view(self, user: str, view_id: str) -> Json:
        workspace = self._slack.workspace
        view = workspace.views.get(view_id)
        if view is None or workspace.viewers.get(view_id) != user:
            raise CannotDo(f"{user} has no view {view_id} on the screen")
        return view

    async def user_submits_view(self, user: str, view_id: str, values: Json) -> tuple[Delivery, Json]:
        """Submit a modal; returns the delivery and what is shown then: `{errors}`, `{view}` or `{closed}`."""
        slack = self._slack
        workspace = slack.workspace
        view = self._own_view(user, view_id)
        stack = workspace.stacks.get(user, [])
        if not stack or stack[-1] != view_id:
            raise CannotDo(f"view {view_id} is not on top")
        touched = self._touched.setdefault((user, view_id), {})
        for block_id, held in typed(view["blocks"], values).items():
            touched.setdefault(block_id, {}).update(held)
        view["state"] = {"values": full_state(view["blocks"], touched)}
        missing = _missing(view)
        if missing:
            raise CannotDo(f"fill in first: {', '.join(missing)}")
        payload = payloads.view_event(workspace, "view_submission", user, view, slack.triggers.issue(user, view_id))
        delivery = await slack.deliveries.interaction("interactive", "view_submission", payload)
        if not delivery.acked:
            return delivery, {"errors": {"": "We had some trouble connecting. Try again?"}}
        return delivery, self._respond(user, view, delivery.payload)

    def _respond(self, user: str, view: Json, answer: Json) -> Json:
        workspace = self._slack.workspace
        action = answer.get("response_action")
        if answer:
            witnessed.shown(self._slack, "view_submission", {}, answer, [user], "")
        if action == "errors":
            shown = {
                "type": "view_errors",
                "user": user,
                "view_id": view["id"],
                "errors": answer.get("errors") or {},
            }
            workspace.publish([user], shown)
            return {"errors": answer.get("errors") or {}}
        if action in ("update", "push"):
            new = answer.get("view") or {}
            problems = check_view(new)
            if problems:
                return {"errors": {"": "; ".join(problem.plain() for problem in problems)}}
            if action == "update":
                return {"view": modals.replace(workspace, view, new)}
            try:
                return {"view": modals.push(workspace, new, user)}
            except Refused as refused:
                return {"errors": {"": refused.name}}
        modals.close(workspace, user, whole_stack=action == "clear")
        return {"closed": True}

    async def user_closes_view(self, user: str, view_id: str) -> Delivery | None:
        """Close a modal (the whole stack if it says `clear_on_close`); the bot hears of it if it asked to."""
        slack = self._slack
        view = self._own_view(user, view_id)
        whole = bool(view["clear_on_close"])
        modals.close(slack.workspace, user, whole_stack=whole)
        if not view["notify_on_close"]:
            return None
        payload = payloads.view_closed(slack.workspace, user, view, whole)
        return await slack.deliveries.interaction("interactive", "view_closed", payload)


def _missing(view: Json) -> list[str]:
    empty = []
    for block in view["blocks"]:
        if block["type"] != "input" or block.get("optional"):
            continue
        held = view["state"]["values"].get(block["block_id"], {}).get(block["element"]["action_id"], {})
        if not any(value not in (None, "", []) for key, value in held.items() if key != "type"):
            empty.append(block["label"]["text"])
    return empty
