"""The page's door to the stand-in Slack: what a person's screen shows, what they do on it, and a live line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox.page.screen import Screens, shown, shown_ephemeral
from sandbox.slack.acting import CannotDo
from sandbox.slack.state import NoSuch

if TYPE_CHECKING:
    from starlette.types import Scope

    from sandbox.slack.server import Slack
    from sandbox.world import World

Json = dict[str, Any]

BUNDLE = Path(__file__).parent / "dist"
# Nothing but this server's own files, and no script in the text: what a message says can never run or fetch.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FORWARDED = frozenset({
    "message", "message_changed", "message_deleted", "ephemeral", "ephemeral_deleted", "view_open", "view_update",
    "view_close", "home", "status", "prompts", "session", "title", "declared",
})  # fmt: skip


class _Bundle(StaticFiles):
    """The committed page, with the headers that keep it inside this server."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["content-security-policy"] = POLICY
        answer.headers["cache-control"] = "no-cache"
        answer.headers["x-content-type-options"] = "nosniff"
        return answer


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status_code=status, media_type="application/json")


def _text(body: Json, key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str):
        raise NoSuch(f"the page must name {key}")
    return value


def _door(answer: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    async def open_door(request: Request) -> Response:
        # A page of another origin in the same browser must not press buttons here.
        origin = request.headers.get("origin")
        if origin is not None and origin != f"{request.url.scheme}://{request.url.netloc}":
            return _json({"error": "only the sandbox's own page may do this"}, 403)
        try:
            return _json(await answer(request))
        except NoSuch as error:
            return _json({"error": str(error)}, 404)
        except CannotDo as error:
            return _json({"error": str(error)}, 409)
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return _json({"error": "the page sent something incomplete; reload it"}, 400)

    return open_door


def routes(slack: Slack, world: World) -> list[BaseRoute]:
    """The page at `/`, its API under `/_page`, and its WebSocket. To be put last, as `/` takes the rest.

    Every answer is JSON; a person, channel or view that does not exist is 404 with `{"error"}`.
    """
    screens = Screens(slack, world)
    hands = slack.hands

    async def body_of(request: Request) -> Json:
        body = orjson.loads(await request.body())
        if not isinstance(body, dict):
            raise NoSuch("the page must send an object")
        screens.person(_text(body, "user"))
        return body

    async def state(request: Request) -> Json:
        return screens.state(request.query_params.get("user", ""))

    async def messages(request: Request) -> Json:
        return screens.messages(request.query_params.get("user", ""), request.query_params.get("channel", ""))

    async def opened(request: Request) -> Json:
        body = await body_of(request)
        user, channel, tab = _text(body, "user"), _text(body, "channel"), _text(body, "tab")
        if tab == "messages":
            screens.read(user, channel)
            slack.workspace.publish((), {"type": "read", "user": user, "channel": channel})
        if screens.channel(user, channel).is_im:
            hands.opens_home(user, tab)
        return {"ok": True}

    async def message(request: Request) -> Json:
        body = await body_of(request)
        user, channel = _text(body, "user"), _text(body, "channel")
        text = hands.typed(user, channel, _text(body, "text"))
        said, _ = hands.user_says(user, channel, text, body.get("thread_ts"))
        return {"ok": True, "ts": said["ts"]}

    async def edit(request: Request) -> Json:
        body = await body_of(request)
        user, channel = _text(body, "user"), _text(body, "channel")
        hands.user_edits(user, channel, _text(body, "ts"), hands.typed(user, channel, _text(body, "text")))
        return {"ok": True}

    async def delete(request: Request) -> Json:
        body = await body_of(request)
        hands.user_deletes(_text(body, "user"), _text(body, "channel"), _text(body, "ts"))
        return {"ok": True}

    async def shortcut(request: Request) -> Json:
        body = await body_of(request)
        ran = await hands.user_shortcuts(
            _text(body, "user"), _text(body, "callback_id"), _text(body, "channel"), _text(body, "ts")
        )  # fmt: skip
        return {"ok": ran.acked}

    async def stop(request: Request) -> Json:
        body = await body_of(request)
        hands.user_stops(_text(body, "user"), _text(body, "channel"), body.get("thread_ts") or None)
        return {"ok": True}

    async def permalink(request: Request) -> Response:
        """What chat.getPermalink answers leads to the message on this page."""
        ts = str(request.path_params["stamp"])
        where = {"channel": request.path_params["channel"], "message": f"{ts[:-6]}.{ts[-6:]}"}
        if request.query_params.get("thread_ts"):
            where["thread"] = request.query_params["thread_ts"]
        return RedirectResponse(f"/?{urlencode(where)}")

    async def command(request: Request) -> Json:
        body = await body_of(request)
        done = await hands.user_commands(
            _text(body, "user"), _text(body, "channel"), _text(body, "command"), _text(body, "text")
        )  # fmt: skip
        return {"ok": done.acked}

    async def action(request: Request) -> Json:
        body = await body_of(request)
        where = {key: body[key] for key in ("channel", "message_ts", "view_id") if body.get(key)}
        # A view's other inputs travel with the press, as Slack's client sends them.
        held = {"state": body["values"]} if body.get("view_id") and body.get("values") else {}
        done = await hands.user_presses(_text(body, "user"), where, body["action"] | held)
        return {"ok": done.acked}

    async def view_submit(request: Request) -> Json:
        body = await body_of(request)
        _, then = await hands.user_submits_view(_text(body, "user"), _text(body, "view_id"), body["state"]["values"])
        return {"errors": then.get("errors")}

    async def view_close(request: Request) -> Json:
        body = await body_of(request)
        await hands.user_closes_view(_text(body, "user"), _text(body, "view_id"))
        return {"ok": True}

    async def live(socket: WebSocket) -> None:
        await _live(socket, slack, screens)

    posts = {
        "open": opened, "message": message, "edit": edit, "delete": delete, "shortcut": shortcut, "stop": stop,
        "command": command, "action": action, "view_submit": view_submit, "view_close": view_close,
    }  # fmt: skip
    return [
        Route("/_page/state", _door(state)),
        Route("/_page/messages", _door(messages)),
        Route("/archives/{channel}/p{stamp:int}", permalink),
        *(Route(f"/_page/{name}", _door(door), methods=["POST"]) for name, door in posts.items()),
        WebSocketRoute("/_page/ws", live),
        Mount("/", _Bundle(directory=BUNDLE, html=True)),
    ]


async def _live(socket: WebSocket, slack: Slack, screens: Screens) -> None:
    """Push what happens on this person's screen; the page says what it has read."""
    user = socket.query_params.get("user", "")
    origin = socket.headers.get("origin")
    if slack.workspace.users.get(user) is None or (origin and origin.split("//")[-1] != socket.headers.get("host")):
        await socket.close(1008)
        return
    await socket.accept()
    mine, everybodys = slack.workspace.subscribe(user), slack.workspace.subscribe(None)
    pushing = [
        asyncio.create_task(_push_own(socket, mine)),
        asyncio.create_task(_push_around(socket, everybodys, user, slack, screens)),
    ]
    try:
        while True:
            said = orjson.loads(await socket.receive_text())
            screens.read(user, said["read"])
    except (WebSocketDisconnect, orjson.JSONDecodeError, KeyError, NoSuch):
        return
    finally:
        slack.workspace.unsubscribe(user, mine)
        slack.workspace.unsubscribe(None, everybodys)
        for task in pushing:
            task.cancel()
        await asyncio.gather(*pushing, return_exceptions=True)


async def _push_own(socket: WebSocket, mine: asyncio.Queue[Json]) -> None:
    while True:
        event = await mine.get()
        if event["type"] not in FORWARDED:
            continue
        if "message" in event:
            told = shown_ephemeral if event["type"] == "ephemeral" else shown
            event = {**event, "message": told(event["message"])}
        await socket.send_text(orjson.dumps(event).decode())


async def _push_around(
    socket: WebSocket, everybodys: asyncio.Queue[Json], me: str, slack: Slack, screens: Screens
) -> None:
    """The clock, and the dots beside the other people."""
    while True:
        event = await everybodys.get()
        if event["type"] == "clock":
            await socket.send_text(orjson.dumps(event).decode())
        elif event["type"] in ("message", "read"):
            channel = slack.workspace.channels[event["channel"]]
            if channel.is_im and channel.user not in (None, me):
                dot = {"type": "unread", "user": channel.user, "unread": screens.unread(str(channel.user), channel)}
                await socket.send_text(orjson.dumps(dot).decode())
