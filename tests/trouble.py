"""A sample company whose accounts get into trouble as a test says, and whose managers are told of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from sessions.session import ENDED
from sessions.store import inbox as inbox_table
from sessions.store import schedules
from tests.deployments import until
from tests.office import Office, words
from tests.stand_ins import Sandbox

REP, OTHER_REP, ALONE = "U0REP00001", "U0REP00002", "U0REP00003"
MANAGER, BOSS, ADMIN, NAMED = "U0MGR00001", "U0MGR00002", "U0ADM00001", "U0NEW00001"
OWNERS = {REP: "71000001", OTHER_REP: "71000002", ALONE: "71000003", MANAGER: "71000004", BOSS: "71000005"}
"""Two reps with a manager, who has a boss; one rep whom nobody leads; somebody whom the settings name."""
LINES = {
    REP: f'manager = "{MANAGER}"',
    OTHER_REP: f'manager = "{MANAGER}"',
    ALONE: 'manager = ""',
    MANAGER: f'manager = "{BOSS}"',
    BOSS: 'manager = ""',
    NAMED: 'manager = ""',
}
EVERYBODY = (REP, OTHER_REP, ALONE, MANAGER, BOSS, ADMIN, NAMED)
TITLE = "Our whole warehouse stands still <!channel>"
"""The title of every ticket: a customer's words, which no manager's message may show."""
A_LITTLE = timedelta(seconds=40)
"""What is set up "three days ago" is a moment younger than that: the clock goes on while it is made."""
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def emptied(**how: Any) -> Sandbox:
    """A sandbox in which nobody has an account yet."""
    sandbox = Sandbox.start(reps=3, accounts=1, **how)
    while found := sandbox.get("/_sandbox/crm/objects/companies?name=")["results"]:
        living = [one["id"] for one in found if not one["archived"]]
        if not living:
            break
        for one in living:
            sandbox.ask("DELETE", f"/_sandbox/crm/objects/companies/{one}?gdpr=true")
    return sandbox


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Crm:
    """Accounts and tickets in the sandbox's HubSpot, by the hand of a person there."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tickets: list[str] = []

    def account(self, name: str, owner: str | None = REP, revenue: int | None = 240_000, **more: str) -> str:
        properties = {"name": name, **more}
        if owner:
            properties["hubspot_owner_id"] = OWNERS[owner]
        if revenue is not None:
            properties["annual_contract_value"] = str(revenue)
        made = self.sandbox.post("/_sandbox/crm/objects/companies", {"properties": properties})
        return str(made["id"])

    def ticket(self, account: str, opened: datetime, priority: str = "URGENT", answered: datetime | None = None) -> str:
        """A ticket the customer opened (and wrote on last) then; the clock is turned back for it."""
        now = self.sandbox.get("/_sandbox/clock")["now_ms"]
        self.sandbox.set_clock(iso(opened))
        properties = {
            "subject": TITLE, "content": TITLE, "hs_pipeline": "0", "hs_pipeline_stage": "1",
            "hs_ticket_priority": priority, "hs_is_closed": "false", "hs_last_message_received_at": iso(opened),
        }  # fmt: skip
        if answered is not None:
            properties["hs_last_message_sent_at"] = iso(answered)
        made = self.sandbox.post(
            "/_sandbox/crm/objects/tickets",
            {"properties": properties, "raw": True, "associations": [{"id": account, "primary": True}]},
        )
        self.sandbox.set_clock(now)
        self.change("tickets", str(made["id"]), source_type="EMAIL")  # so that a sync finds it among what changed
        self.tickets.append(str(made["id"]))
        return str(made["id"])

    def change(self, kind: str, ident: str, **properties: str) -> None:
        self.sandbox.ask(
            "PATCH", f"/_sandbox/crm/objects/{kind}/{ident}", {"properties": properties, "raw": True}
        )

    def answer(self, ticket: str, at: datetime) -> None:
        self.change("tickets", ticket, hs_last_message_sent_at=iso(at))

    def ask(self, ticket: str, at: datetime) -> None:
        """The customer writes again."""
        self.change("tickets", ticket, hs_last_message_received_at=iso(at))

    def close(self, ticket: str, at: datetime) -> None:
        self.change("tickets", ticket, hs_pipeline_stage="4", hs_is_closed="true", closed_date=iso(at))


    def touch(self, kind: str, account: str, at: datetime) -> str:
        """A call (or an e-mail, a meeting) with the customer, then."""
        properties = {"hs_timestamp": iso(at), "hs_call_title": "Called", "hs_call_direction": "OUTBOUND"}
        return self._engaged(kind, account, properties)

    def follow_up(self, account: str, due: datetime) -> str:
        properties = {"hs_timestamp": iso(due), "hs_task_subject": "Call back", "hs_task_status": "NOT_STARTED"}
        return self._engaged("tasks", account, properties)

    def _engaged(self, kind: str, account: str, properties: dict[str, str]) -> str:
        body = {"properties": properties, "associations": [{"id": account}]}
        return str(self.sandbox.post(f"/_sandbox/crm/objects/{kind}", body)["id"])


class Watched(Office):
    """The office, with Daybook watching its accounts. ``crm`` changes what is on record; ``at`` moves the one clock."""

    def __init__(
        self, sandbox: Sandbox, url: str, folder: Path, crm: Crm, lines: Mapping[str, str] = {}, **more: str
    ) -> None:
        self.crm = crm
        self.moment = MONDAY
        super().__init__(sandbox, url, folder, {**LINES, **lines}, **{"DAYBOOK_ESCALATE_TO": NAMED, **more})

    def go(self, moment: datetime) -> None:
        """Move everybody's clock on to then, read the CRM, look at all accounts, and let everything due happen."""
        self.moment = moment
        past_the_sync = moment - timedelta(minutes=9)
        if past_the_sync.timestamp() * 1000 > self.daybook.systems.clock.now():
            self.at(past_the_sync)
            self.quiet()
        self.tick_to(moment)

    def tick_to(self, moment: datetime) -> None:
        """The clock goes on to then, and what is due is done: nothing else."""
        self.at(moment + A_LITTLE)
        self.quiet()

    def quiet(self) -> None:
        """Nothing is due any more, and no turn is under way."""
        until(self._at_rest, "everything due is done")

    def _at_rest(self) -> bool:
        now = self.daybook.systems.clock.now()
        with self.daybook.database.connect() as connection:
            behind = connection.scalar(select(func.count()).where(schedules.c.next_at <= now))
            busy = connection.scalar(
                select(func.count()).where(
                    inbox_table.c.state.not_in((*ENDED, "waiting")) | (inbox_table.c.wake_at <= now)
                )
            )
        # Asked last: the turn that has just ended may have left something to be sent.
        return not (self.clock.tick() or behind or busy)

    def look(self) -> None:
        """Read the CRM now, then look at all accounts with the next ten minutes."""
        self.sync()
        now = datetime.fromtimestamp(self.daybook.systems.clock.now() / 1000, UTC)
        self.go(now.replace(second=0, microsecond=0) + timedelta(minutes=10 - now.minute % 10))

    # -- what is on the screens ---------------------------------------------------------------------------------------

    def alerts(self, person: str) -> list[dict[str, Any]]:
        """The person's messages with an alert in them, oldest first."""
        return [m for m in self.sandbox.messages(person) if ":escalated:" in str(m.get("metadata")) and _is_alert(m)]

    def counts(self) -> dict[str, int]:
        return {person: len(self.alerts(person)) for person in EVERYBODY}

    def said(self, person: str) -> str:
        """All of the person's newest alert."""
        return words(self.alerts(person)[-1]["blocks"])

    def push(
        self, person: str, message: dict[str, Any], action: str, name: str = "", choice: str | None = None, by: str = ""
    ) -> dict[str, Any]:
        """Press a button below the account ``name``, as ``person`` or somebody else; answers Slack's delivery."""
        shown = self.message(person, message["ts"])
        block, element = button(shown, action, name)
        how: dict[str, Any] = {"action_id": action, "block_id": block}
        if choice is None:
            how["value"] = element["value"]
        else:
            values = [option["value"] for option in element["options"]]
            how["selected_option"] = next(value for value in values if value.endswith(f"|{choice}"))
        pressed = {"user": by or person, "channel": self.channel(person), "message_ts": message["ts"], **how}
        told = self.sandbox.post("/_sandbox/slack/press", {**pressed, "force": bool(by)})
        delivery = dict(told["delivery"])
        assert delivery["acked"], delivery
        assert delivery["ms"] < 1_000
        return delivery

    def decide(self, person: str, message: dict[str, Any], action: str, **how: Any) -> str:
        """Press, and wait until it has been acted on; the message's words afterwards."""
        self.push(person, message, action, **how)
        self.quiet()
        return words(self.message(person, message["ts"])["blocks"])


    def dismiss(self, person: str, message: dict[str, Any], reason: str) -> str:
        """Press *Not a problem* and say why; the message's words afterwards."""
        self.push(person, message, "dismiss_escalation")
        sent = {"reason": {"value": {"type": "plain_text_input", "value": reason}}}
        view = self.modal(person)
        self.sandbox.post("/_sandbox/slack/submit", {"user": person, "view_id": view["id"], "values": sent})
        self.quiet()
        return words(self.message(person, message["ts"])["blocks"])


def _is_alert(message: dict[str, Any]) -> bool:
    return any(element["action_id"] == "explain_escalation" for element in buttons(message))


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [element for block in message["blocks"] if block["type"] == "actions" for element in block["elements"]]


def button(message: dict[str, Any], action: str, name: str = "") -> tuple[str, dict[str, Any]]:
    """(block id, element) of that action below the account of that name."""
    for before, block in pairwise(message["blocks"]):
        if block["type"] == "actions" and name in words(before):
            found = {element["action_id"]: element for element in block["elements"]}
            assert action in found, f"{name} has no {action}, but {sorted(found)}"
            return block["block_id"], found[action]
    raise AssertionError(f"no account {name!r} in {words(message['blocks'])}")
