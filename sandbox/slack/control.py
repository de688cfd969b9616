"""The sandbox's own endpoints for Slack: act as a person, read what a person sees, set the bot's address."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.slack import witnessed
from sandbox.slack.acting import CannotDo
from sandbox.slack.declared import install
from sandbox.slack.deliver import Delivery
from sandbox.slack.reading import Reads
from sandbox.slack.refusal import Refused

if TYPE_CHECKING:
    from sandbox.slack.server import Slack

Json = dict[str, Any]
RECORDED_MOST = 5000
Answer = Callable[[Json], Awaitable[Json]]


def answer(value: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(value), status, media_type="application/json")


def _delivery(delivery: Delivery | None) -> Json:
    return {"delivery": delivery.as_json() if delivery is not None else None}


async def _event(delivery: Delivery | None, given: Json) -> Json:
    """An event's delivery; `wait` (seconds) gives the bot that long to acknowledge it first."""
    if delivery is not None and given.get("wait"):
        await delivery.finished(float(given["wait"]))
    return _delivery(delivery)


class _Control:
    def __init__(self, slack: Slack) -> None:
        self.slack = slack

    async def say(self, given: Json) -> Json:
        """Write: `text` as Slack sends it, or `typed` as a person types it (`@Daybook`, `R&D`)."""
        hands, user, where = self.slack.hands, given["user"], given.get("channel", "app")
        text = hands.typed(user, where, given["typed"]) if "typed" in given else given["text"]
        message, heard = hands.user_says(user, where, text, given.get("thread_ts"))
        return {"channel": hands.channel(user, where).id, "message": message} | await _event(heard, given)

    async def edit(self, given: Json) -> Json:
        hands = self.slack.hands
        message, heard = hands.user_edits(given["user"], given.get("channel", "app"), given["ts"], given["text"])
        return {"message": message} | await _event(heard, given)

    async def delete(self, given: Json) -> Json:
        gone = self.slack.hands.user_deletes(given["user"], given.get("channel", "app"), given["ts"])
        return await _event(gone, given)

    async def context(self, given: Json) -> Json:
        return await _event(self.slack.hands.looks_at(given["user"], given["channel"]), given)

    async def manifest(self, given: Json) -> Json:
        """Install the app anew as this manifest says."""
        install(self.slack, given)
        return await self.app({})

    async def press(self, given: Json) -> Json:
        container = {key: given[key] for key in ("channel", "message_ts", "view_id", "home") if given.get(key)}
        if container.get("channel") == "app":
            container["channel"] = self.slack.workspace.im(given["user"]).id
        used = ("user", "channel", "message_ts", "view_id", "home", "force", "stale")
        action = {key: value for key, value in given.items() if key not in used}
        how = {name: bool(given.get(name)) for name in ("force", "stale")}
        pressed = await self.slack.hands.user_presses(given["user"], container, action, **how)
        return _delivery(pressed)

    async def submit(self, given: Json) -> Json:
        delivery, shown = await self.slack.hands.user_submits_view(
            given["user"], given["view_id"], given.get("values") or {}
        )
        return _delivery(delivery) | shown

    async def close_view(self, given: Json) -> Json:
        return _delivery(await self.slack.hands.user_closes_view(given["user"], given["view_id"]))

    async def room(self, given: Json) -> Json:
        """A new private channel: `channel` (its id), `name`, `members`; the app is in it too."""
        workspace = self.slack.workspace
        members = [workspace.user(member)["id"] for member in given["members"]]
        everybody = [workspace.identity.bot_user, *members]
        workspace.add_channel(given["channel"], given["name"], everybody).is_private = True
        return {"members": members}

    async def join(self, given: Json) -> Json:
        """Somebody joins a channel, as Slack lets people do at any time."""
        members = self.slack.workspace.channel(given["channel"]).members
        if given["user"] not in members:
            members.append(given["user"])
        return {"members": list(members)}

    async def leave(self, given: Json) -> Json:
        members = self.slack.workspace.channel(given["channel"]).members
        if given["user"] in members:
            members.remove(given["user"])
        return {"members": list(members)}

    async def command(self, given: Json) -> Json:
        delivery = await self.slack.hands.user_commands(
            given["user"],
            given.get("channel", "app"),
            given["command"],
            given.get("text", ""),
            given.get("thread_ts"),
        )
        return _delivery(delivery)

    async def shortcut(self, given: Json) -> Json:
        channel = given.get("channel")
        ran = await self.slack.hands.user_shortcuts(
            given["user"], given["callback_id"], channel, given.get("message_ts")
        )
        return _delivery(ran)

    async def home(self, given: Json) -> Json:
        return await _event(self.slack.hands.opens_home(given["user"], given.get("tab", "home")), given)

    async def react(self, given: Json) -> Json:
        hands = self.slack.hands
        return _delivery(hands.user_reacts(given["user"], given["channel"], given["message_ts"], given["name"]))

    async def stop(self, given: Json) -> Json:
        hands = self.slack.hands
        return await _event(hands.user_stops(given["user"], given.get("channel", "app"), given.get("thread_ts")), given)

    async def request_url(self, given: Json) -> Json:
        return {"verified": await self.slack.deliveries.verify(given["url"])}

    async def disconnect(self, given: Json) -> Json:
        """Ask the bot to reconnect, as Slack does now and then; `abrupt` closes its connections without a word."""
        sockets = self.slack.sockets
        if given.get("abrupt"):
            return {"connections": await sockets.cut()}
        return {"connections": await sockets.refresh(given.get("reason", "refresh_requested"))}

    async def redeliver(self, given: Json) -> Json:
        """Send an event again that was sent before, as Slack does when an acknowledgement is lost."""
        return await _event(self.slack.deliveries.again(given["event_id"]), given)

    async def shown(self, given: Json) -> Json:
        """What the app was granted and listens to, without changing it."""
        return await self.app({})

    async def app(self, given: Json) -> Json:
        """Change what the app was granted and listens to, and how patient Slack is."""
        slack = self.slack
        me = slack.workspace.identity
        if "scopes" in given:
            me.bot_scopes = set(given["scopes"])
        if "bot_events" in given:
            slack.bot_events = set(given["bot_events"])
        if "shortcuts" in given:
            slack.declared.shortcuts = list(given["shortcuts"])
        if "commands" in given:
            slack.declared.commands = list(given["commands"])
        if "ack_seconds" in given:
            slack.deliveries.ack_seconds = float(given["ack_seconds"])
        if "retry_seconds" in given:
            slack.deliveries.retry_seconds = tuple(float(pause) for pause in given["retry_seconds"])
        if "limits" in given:
            slack.limits.on = bool(given["limits"])
        if "record" in given:
            slack.api.recorded = deque(maxlen=RECORDED_MOST) if given["record"] else None
        if given.get("request_url", "") is None:
            slack.deliveries.request_url = None
        if given.keys() & {"bot_events", "shortcuts", "commands"}:
            slack.workspace.publish(list(slack.workspace.users), {"type": "declared"})
        return {
            "scopes": sorted(me.bot_scopes),
            "bot_events": sorted(slack.bot_events),
            "commands": slack.declared.commands,
            "shortcuts": slack.declared.shortcuts,
            "ack_seconds": slack.deliveries.ack_seconds,
            "retry_seconds": list(slack.deliveries.retry_seconds),
            "limits": slack.limits.on,
            "request_url": slack.deliveries.request_url,
            "connections": slack.sockets.connected,
        }


def _endpoint(act: Answer, slack: Slack | None = None) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            given: Json = dict(request.query_params)
            body = await request.body()
            if body:
                given |= orjson.loads(body)
            if slack is not None and given.get("user"):
                witnessed.act(slack, act.__name__, given)
            return answer({"ok": True, **await act(given)})
        except KeyError as missing:
            return answer({"ok": False, "error": f"missing argument: {missing.args[0]}"}, 400)
        except (CannotDo, Refused, ValueError, LookupError) as refused:
            return answer({"ok": False, "error": str(refused)}, 400)

    return endpoint


def routes(slack: Slack) -> list[Route]:
    """The routes below `/_sandbox/slack/`."""
    control, reads = _Control(slack), Reads(slack)
    acts = {
        "say": control.say,
        "edit": control.edit,
        "delete": control.delete,
        "press": control.press,
        "submit": control.submit,
        "close_view": control.close_view,
        "command": control.command,
        "shortcut": control.shortcut,
        "home": control.home,
        "react": control.react,
        "room": control.room,
        "join": control.join,
        "leave": control.leave,
        "stop": control.stop,
        "request_url": control.request_url,
        "disconnect": control.disconnect,
        "redeliver": control.redeliver,
        "app": control.app,
        "context": control.context,
        "manifest": control.manifest,
    }
    looks = {
        "people": reads.people,
        "messages": reads.messages,
        "views": reads.views,
        "deliveries": reads.deliveries,
        "agent": reads.agent,
        "requests": reads.requests,
        "app": control.shown,
    }
    return [
        *(Route(f"/_sandbox/slack/{name}", _endpoint(look), methods=["GET"]) for name, look in looks.items()),
        *(Route(f"/_sandbox/slack/{name}", _endpoint(act, slack), methods=["POST"]) for name, act in acts.items()),
    ]
