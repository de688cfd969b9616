"""views.* and blocks.validate: modals, their stack, and the App Home."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.slack.arguments import required
from sandbox.slack.blocks import check_blocks, check_view
from sandbox.slack.filled import filled
from sandbox.slack.refusal import Refused, refused_blocks

if TYPE_CHECKING:
    from sandbox.slack.server import Slack
    from sandbox.slack.state import Workspace

Json = dict[str, Any]
VIEW_BYTES_MOST = 250_000
STACK_MOST = 3


def checked_view(args: Json, kinds: tuple[str, ...]) -> Json:
    """The view of a call, within Slack's limits."""
    view = args.get("view")
    if not isinstance(view, dict):
        raise Refused(
            "invalid_arguments",
            response_metadata={"messages": ["[ERROR] missing required field: view"]},
        )
    if len(orjson.dumps(view)) > VIEW_BYTES_MOST:
        raise Refused("view_too_large")
    if view.get("type") not in kinds:
        message = f"[ERROR] unsupported type: {view.get('type')} [json-pointer:/view/type]"
        raise Refused("invalid_arguments", response_metadata={"messages": [message]})
    problems = check_view(view)
    if problems:
        refusal = refused_blocks(problems, "invalid_arguments")
        refusal.more.pop("errors")
        raise refusal
    return view


def make_view(workspace: Workspace, view: Json, user: str, root: str | None = None, before: str | None = None) -> Json:
    """Keep a view and answer it as Slack would: ids, empty state, blocks filled in."""
    view_id = workspace.new_id("V")
    me = workspace.identity
    kept: Json = {
        "id": view_id,
        "team_id": me.team_id,
        "type": view["type"],
        "blocks": filled(view["blocks"]),
        "private_metadata": view.get("private_metadata") or "",
        "callback_id": view.get("callback_id") or "",
        "state": {"values": {}},
        "hash": new_hash(workspace),
        "title": view.get("title"),
        "clear_on_close": bool(view.get("clear_on_close")),
        "notify_on_close": bool(view.get("notify_on_close")),
        "close": view.get("close"),
        "submit": view.get("submit"),
        "previous_view_id": before,
        "root_view_id": root or view_id,
        "app_id": me.app_id,
        "external_id": view.get("external_id") or "",
        "app_installed_team_id": me.team_id,
        "bot_id": me.bot_id,
    }
    external = kept["external_id"]
    if external and any(v["external_id"] == external for v in workspace.views.values()):
        raise Refused("duplicate_external_id")
    workspace.views[view_id] = kept
    workspace.viewers[view_id] = user
    return kept


def new_hash(workspace: Workspace) -> str:
    """A view's hash: changes with each update."""
    return f"{workspace.clock.now_ms() // 1000}.{secrets.token_urlsafe(6)}"


def open_view(slack: Slack, args: Json) -> Json:
    """views.open."""
    view = checked_view(args, ("modal",))
    trigger = slack.triggers.spend(required(args, "trigger_id", "invalid_trigger_id"))
    return {"view": show(slack.workspace, view, trigger.user)}


def show(workspace: Workspace, view: Json, user: str) -> Json:
    """Open a modal on that person's screen; a modal that was open is gone."""
    for old in workspace.stacks.get(user, []):
        forget(workspace, old)
    kept = make_view(workspace, view, user)
    workspace.stacks[user] = [kept["id"]]
    workspace.publish([user], {"type": "view_open", "user": user, "view": kept})
    return kept


def push_view(slack: Slack, args: Json) -> Json:
    """views.push: at most three views on a stack."""
    view = checked_view(args, ("modal",))
    trigger = slack.triggers.spend(required(args, "trigger_id", "invalid_trigger_id"))
    return {"view": push(slack.workspace, view, trigger.user)}


def push(workspace: Workspace, view: Json, user: str) -> Json:
    """Put a view on top of that person's open modal."""
    stack = workspace.stacks.get(user)
    if not stack:
        raise Refused("not_found")
    if len(stack) >= STACK_MOST:
        raise Refused("push_limit_reached")
    kept = make_view(workspace, view, user, root=stack[0], before=stack[-1])
    stack.append(kept["id"])
    workspace.publish([user], {"type": "view_open", "user": user, "view": kept})
    return kept


def update_view(slack: Slack, args: Json) -> Json:
    """views.update by view_id or external_id; a hash that is not the newest is a conflict."""
    workspace = slack.workspace
    view = checked_view(args, ("modal", "home"))
    view_id, external = args.get("view_id"), args.get("external_id")
    if external:
        found = next((v for v in workspace.views.values() if v["external_id"] == external), None)
    else:
        found = workspace.views.get(str(view_id))
    if found is None:
        raise Refused("not_found")
    if args.get("hash") and args["hash"] != found["hash"]:
        raise Refused("hash_conflict")
    return {"view": replace(workspace, found, view)}


def replace(workspace: Workspace, found: Json, view: Json) -> Json:
    """Change an open view in place; what was typed stays where block and action ids stay."""
    blocks = filled(view["blocks"])
    known = {block["block_id"] for block in blocks}
    values = {key: value for key, value in found["state"]["values"].items() if key in known}
    found.update(
        blocks=blocks,
        title=view.get("title"),
        submit=view.get("submit"),
        close=view.get("close"),
        private_metadata=view.get("private_metadata") or "",
        callback_id=view.get("callback_id") or "",
        clear_on_close=bool(view.get("clear_on_close")),
        notify_on_close=bool(view.get("notify_on_close")),
        state={"values": values},
        hash=new_hash(workspace),
    )
    user = workspace.viewers[found["id"]]
    kind = "home" if found["type"] == "home" else "view_update"
    workspace.publish([user], {"type": kind, "user": user, "view": found})
    return found


def publish(slack: Slack, args: Json) -> Json:
    """views.publish: the App Home of one person."""
    workspace = slack.workspace
    if not slack.declared.home:
        raise Refused("not_enabled")
    view = checked_view(args, ("home",))
    user = required(args, "user_id", "invalid_arguments")
    if user not in workspace.users:
        raise Refused("user_not_found")
    found = workspace.homes.get(user)
    if found is not None:
        if args.get("hash") and args["hash"] != found["hash"]:
            raise Refused("hash_conflict")
        return {"view": replace(workspace, found, view)}
    kept = make_view(workspace, view, user)
    workspace.homes[user] = kept
    workspace.publish([user], {"type": "home", "user": user, "view": kept})
    return {"view": kept}


def forget(workspace: Workspace, view_id: str) -> None:
    """A view is gone from the screen."""
    workspace.views.pop(view_id, None)
    workspace.viewers.pop(view_id, None)


def close(workspace: Workspace, user: str, whole_stack: bool = False) -> list[Json]:
    """Close the top view of that person's stack (or all); returns the views that are gone, top first."""
    stack = workspace.stacks.get(user, [])
    gone: list[Json] = []
    while stack and (whole_stack or not gone):
        view_id = stack.pop()
        gone.append(workspace.views[view_id])
        forget(workspace, view_id)
        workspace.publish([user], {"type": "view_close", "user": user, "view_id": view_id})
    if stack:
        workspace.publish([user], {"type": "view_update", "user": user, "view": workspace.views[stack[-1]]})
    return gone


def validate(slack: Slack, args: Json) -> Json:
    """blocks.validate: exactly one of blocks, view or message; every problem with its pointer."""
    given = [name for name in ("blocks", "view", "message") if args.get(name) is not None]
    if len(given) != 1:
        raise Refused("invalid_arguments")
    name = given[0]
    value = args[name]
    if name == "view":
        problems = check_view(value)
    elif name == "message":
        problems = check_blocks(value.get("blocks") if isinstance(value, dict) else None)
    else:
        problems = check_blocks(value)
    if problems:
        errors = [problem.as_json() for problem in problems]
        raise Refused(f"invalid_{name}", errors=errors)
    return {}
