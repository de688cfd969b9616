"""*Edit* on a card: the dialog opens at once, and what is sent from it is a decision like a press."""

from __future__ import annotations

from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from sqlalchemy import Connection

from bot.dialogs import Spot, open_dialog, spot_of
from bot.door import Door
from bot.presses import NOT_STORED, Later, decide
from bot.saying import afterwards
from store.engine import reading
from views import card_edit
from views.card import edited, seen

log = structlog.get_logger("bot.edits")


def listen(app: AsyncApp, door: Door, home_later: Later) -> None:
    """``home_later`` as in ``bot/presses.py``: what was edited on Home is drawn there again."""

    @app.action("edit_change")
    async def edit(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        afterwards(open_dialog(door, body, client, _dialog))

    @app.view(card_edit.CALLBACK)
    async def sent(ack: Any, body: dict[str, Any]) -> None:
        try:
            sorry = await door.store(lambda connection: _decided(connection, door, body))
        except Exception:
            log.exception("edit.not_stored")
            sorry = NOT_STORED
        if isinstance(sorry, dict):  # said in the window, which stays open with what was typed
            await ack(response_action="errors", errors=sorry)
            return
        if sorry is None:
            await ack()
            if not card_edit.belongs_to(body["view"]["private_metadata"])[1][0]:
                afterwards(home_later(door, body["user"]["id"], _key(door, body)))
            return
        fields = [block["block_id"] for block in body["view"]["blocks"] if block["type"] == "input"]
        await ack(response_action="errors", errors={fields[0]: sorry})


def _dialog(door: Door, body: dict[str, Any]) -> dict[str, Any] | str:
    approval, block = (str(body["actions"][0].get(name) or "") for name in ("value", "block_id"))
    with reading(door.database).connect() as connection:
        asked = door.cards.correction(connection, approval, body["user"]["id"], seen(block, approval))
    return asked if isinstance(asked, str) else card_edit.modal(asked, spot_of(body))


def _decided(connection: Connection, door: Door, body: dict[str, Any]) -> str | dict[str, str] | None:
    """Store what was sent; answers why not, or what is wrong with which field."""
    view, user = body["view"], body["user"]
    approval, place, content = card_edit.belongs_to(view["private_metadata"])
    values = edited(view["state"]["values"])
    wrong = door.cards.wrong_values(connection, approval, user["id"], values)
    if wrong:
        return wrong
    asked = {**values, "seen": content}
    return decide(connection, door, _key(door, body), "edit_change", approval, asked, user, Spot(*place))


def _key(door: Door, body: dict[str, Any]) -> str:
    """A dialog is sent once; Slack gives each opened one an id of its own."""
    return f"{door.workspace}:edit:{body['view']['id']}:{body['user']['id']}"
