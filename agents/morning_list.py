"""The morning list: rank by the rules, write down what was ranked, deliver it as one DM. No model takes part.

Outcome: share of listed accounts that are acted on the same day.
"""

from __future__ import annotations

from agents.agent import Done, Failed, Outcome, Turn
from records import people, policies
from store import effects, faults
from store.engine import reading
from systems.sending import SLACK_SETTLE_MS, sending
from tools import listing as listings
from tools import marks, posted, rank_accounts
from views import morning_list as view


def run(turn: Turn) -> Outcome:
    """One person's list for one day; ``trigger`` says whose, for which instant, and until when it is worth it."""
    clock, chat = turn.systems.clock, turn.systems.chat
    person_id, worth_until = str(turn.trigger["person"]), int(turn.trigger["worth_until"])
    key = f"{turn.session}:dm"
    if clock.now() > worth_until and effects.state_of(turn.database, key) is None:
        return Failed("skipped: it was no longer worth sending that late in their day")
    body = turn.logged("listed")
    if body is None:
        with turn.database.begin() as connection:
            person = people.by_slack_id(connection, person_id)
            if person is None or person.problem or person.owner_id is None:
                return Failed(_unmatched(person_id, person))
            ranked = rank_accounts.run(connection, turn.systems, turn.workspace, person, clock.now())
            policies.seed(connection, ranked.policy, ranked.policy_text, clock.now())
            body = listings.as_logged(ranked, person, clock.now())
        turn.append("listed", body)
        faults.reached("list.ranked")
    with reading(turn.database).connect() as connection:
        listing = listings.from_log(connection, turn.session, body, turn.systems.settings)
        message = view.render(listings.draw(connection, turn.systems, turn.workspace, listing))

    def post() -> effects.Result:
        return chat.post(person_id, message.text, message.blocks, key)._asdict()

    def look(sent_at: int) -> effects.Result | None:
        found = chat.find(person_id, key, sent_at)
        return found._asdict() if found else None

    where = effects.perform(
        turn.database,
        clock,
        key,
        "slack.post",
        act=sending(post, clock.now),
        look=look,
        settle_ms=SLACK_SETTLE_MS,
        ready=chat.ready,
        still_wanted=lambda: clock.now() <= worth_until,
    )
    if turn.logged("posted") is None:
        turn.append("posted", where)
    touched = {one.facts.account_id: one.facts.last_touch_at for one in listing.listed}
    with turn.database.begin() as connection:
        posted.note(
            connection,
            turn.workspace,
            posted.OnScreen(turn.session, person_id, where["channel"], where["ts"], listing.at, touched),
        )
        turn.join(where["channel"], where["ts"], connection)
        # The list has said why they are back; tomorrow they are accounts like any other.
        marks.lift_ended(connection, turn.workspace, person_id, body["ended"], clock.now())
    return Done(f"{len(listing.listed)} of {listing.due} due accounts sent")


def _unmatched(person_id: str, person: people.Person | None) -> str:
    if person is None:
        return f"{person_id} is not known in Slack (any more); `daybook sync` reads the people again"
    return f"{person_id} has no list: {person.problem or 'no HubSpot owner'}"
