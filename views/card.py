"""A change that waits for a person's yes: what it was, what it would be, whose words it came from, and what to press.

The same card afterwards says what became of it. Everything on it is drawn from stored values, never from a model's
description of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Any, Literal

from views import addresses, escape, markdown
from views import blocks as b
from views.card_edit import Field
from views.reply import fallback, rich_blocks
from views.words import moment

State = Literal["waiting", "applying", "applied", "undone", "cancelled", "expired", "conflict", "refused", "unknown"]
ASKING: tuple[State, ...] = ("waiting", "conflict")
"""States in which the card has its buttons."""

EMPTY = "(empty)"
KEPT_BACK = "A record that not everybody here may see"
ROWS = 25
VALUE = 300
SHORT = 60
"""Exact words of up to so many characters stand in the line of their label."""
QUOTE = 300
BRIEF_ROWS, BRIEF_TEXT = 5, 1_200
"""A card is a row of a page with all it says, up to so many fields and characters of theirs."""


@dataclass(frozen=True)
class Row:
    """``Stage: Demo → Proposal``. ``conflict`` is what the field holds now, when that is no longer ``old``.

    ``field`` says how the new value may be edited; None when it may not.
    """

    label: str
    old: str | None
    new: str | None
    conflict: str | None = None
    field: Field | None = None
    exact: bool = False
    """Words that go out as they stand: shown whole, to the letter, and never as a link."""
    told: bool = False
    """Nothing that changes: ``old`` is what one has to know before saying yes."""


@dataclass(frozen=True)
class Card:
    """Everything the card says. ``title`` is the record's name, ``link`` its address, already known to be ours.

    ``needs`` says whose yes it takes, when that is not the requester's. ``quote`` is what the requester wrote;
    ``reason`` says why it needs that yes, why it was refused, or what conflicts. ``call`` is what *Undo* carries; None
    when it can't be undone. Instants are ms, shown in ``zone``; ``now`` is when the card is drawn.
    """

    approval: str
    tool: str
    title: str
    rows: tuple[Row, ...]
    requester: str
    state: State = "waiting"
    link: str | None = None
    quote: str | None = None
    expires_at: int | None = None
    decided_by: str | None = None
    decided_at: int | None = None
    call: str | None = None
    reason: str | None = None
    zone: tzinfo = UTC
    now: int = 0
    needs: str | None = None
    sends: bool = False
    """Whether it goes to somebody outside: sent, not applied, and not to be taken back."""
    content: str = ""
    """Stands for what the card shows, and comes back with a press: a yes is for this and nothing else."""
    decides: bool = True
    """Whether this copy is the one of whoever decides; on another one there is only *Cancel*."""


def card(shown: Card) -> b.Message:
    """The message, as it stands now."""
    blocks: list[b.Block] = [_title(shown)]
    if shown.rows:
        blocks += rich_blocks(list(_lines(shown)))
    if len(shown.rows) > ROWS:
        blocks.append(b.context(f"and {len(shown.rows) - ROWS} more fields"))
    blocks += [b.rich(piece) for piece in _because(shown)]
    if shown.state in ASKING:
        blocks += [b.context(_asks(shown)), _buttons(shown)]
    else:
        blocks.append(_became(shown))
    return b.Message(fallback(blocks), blocks)


def kept_back(shown: Card) -> Card:
    """The card where somebody reads along who may not see the record: that it changed, and who has the rest."""
    said = "It changed since, and not everybody here may see the record. The rest is in the direct messages of"
    whom = escape.name(shown.requester)
    if shown.needs is not None:
        whom += " and of whoever decides"
    return replace(
        shown, title=KEPT_BACK, link=None, rows=(), quote=None, reason=f"{said} {whom}.", call=None, decides=False
    )


def brief(shown: Card) -> list[b.Block]:
    """The same card as one of several on a page. A yes is for what was shown whole: a long one waits for it there."""
    texts = [(value or "", row.exact) for row in shown.rows for value in (row.old, row.new, row.conflict)]
    size = sum(escape.width(text) if exact else min(escape.width(text), VALUE) for text, exact in texts)
    whole = len(shown.rows) <= BRIEF_ROWS and size <= BRIEF_TEXT
    if not whole:
        shown = replace(shown, rows=tuple(_cut(row) for row in shown.rows[:BRIEF_ROWS]), decides=False)
    asks = _asks(shown) if whole else f"{_asks(shown)} · its card shows all of it"
    return [b.rich(_heading(shown), *_lines(shown), *_because(shown), b.section(b.text(asks, italic=True))),
            _buttons(shown)]  # fmt: skip


def _cut(row: Row) -> Row:
    old, new, now = (None if value is None else escape.cut(value, SHORT) for value in (row.old, row.new, row.conflict))
    return replace(row, old=old, new=new, conflict=now, exact=False)


def _title(shown: Card) -> b.Block:
    return b.rich(_heading(shown))


def _heading(shown: Card) -> b.Piece:
    heading = {"conflict": "It changed meanwhile: ", "waiting": "Confirm: "}.get(shown.state, "")
    name = escape.name(shown.title, 150)
    return b.section(*([b.text(heading)] if heading else []), b.link(name, shown.link, bold=True))


def _because(shown: Card) -> Iterator[b.Piece]:
    """Whose words it came from, and why it needs a yes, was refused, or conflicts."""
    if shown.quote:
        quoted = b.text(f"“{escape.unlinked(shown.quote, QUOTE)}”")
        yield {"type": "rich_text_quote", "elements": [quoted]}
    if shown.reason:
        yield b.section(b.text(escape.unlinked(shown.reason, 500)))


def _lines(shown: Card) -> Iterator[b.Piece]:
    """The rows as bullets; words that must be read to the letter stand below their label, in a box of their own."""
    rows = shown.rows[:ROWS]
    short = [_row(row, shown.state) for row in rows if not _boxed(row)]
    if short:
        yield b.bullets(*short)
    for row in rows:
        if _boxed(row):
            yield b.section(b.text(f"{escape.name(row.label, 80)}:"))
            yield markdown.preformatted(escape.lines(row.new or ""))


def _boxed(row: Row) -> bool:
    new = row.new or ""
    return row.exact and (len(new) > SHORT or "\n" in new or addresses.without(new) != new)


def _row(row: Row, state: State) -> b.Piece:
    over = state in ("cancelled", "expired", "refused", "undone")
    pieces = [b.text(f"{escape.name(row.label, 80)}: ")]
    if row.old or not row.exact:  # what is made anew was nothing before
        pieces += [b.text(_value(row.old)), *([] if row.told else [b.text(" → ")])]
    if not row.told:
        pieces.append(b.text(_value(row.new), bold=not over, strike=over))
    if state == "conflict" and row.conflict is not None:
        pieces += [b.text("\nnow it is "), b.text(_value(row.conflict), bold=True)]
    return b.section(*pieces)


def _value(value: str | None) -> str:
    return escape.unlinked(value or "", VALUE) or EMPTY


def _asks(shown: Card) -> str:
    said = [f"Asked by {escape.name(shown.requester)}"]
    if shown.needs is not None:
        said.append(escape.unlinked(shown.needs, 100))
    if shown.expires_at is not None:
        said.append(f"open until {moment(shown.expires_at, shown.now, shown.zone)}")
    return " · ".join(said)


def _buttons(shown: Card) -> b.Block:
    name = escape.name(shown.title, 50)
    cancel = b.button("Cancel", "cancel_change", shown.approval, says=f"Cancel: {name}")
    shows = showing(shown.approval, shown.content)
    if not shown.decides:
        return b.actions(cancel, block_id=shows)
    yes = "Send" if shown.sends else "Apply"
    anyway = f"{yes} anyway" if shown.state == "conflict" else yes
    apply = b.button(anyway, "apply_change", shown.approval, says=f"{yes}: {name}")
    buttons = [{**apply, "style": "primary"}]
    if any(row.field is not None for row in shown.rows):
        buttons.append(b.button("Edit", "edit_change", shown.approval, says=f"Edit: {name}"))
    return b.actions(*buttons, cancel, block_id=shows)


def showing(approval: str, content: str) -> str:
    """The id of the block of buttons below this content; "" where it is not known."""
    return f"{approval}:{content}" if content else ""


def seen(block_id: str, approval: str) -> str | None:
    """The content that stood above a pressed button of this approval; None where the block does not say."""
    of, _, content = block_id.partition(":")
    return content or None if of == approval else None


def _became(shown: Card) -> b.Block:
    who = f" by {escape.name(shown.decided_by)}" if shown.decided_by else ""
    when = f" {moment(shown.decided_at, shown.now, shown.zone)}" if shown.decided_at is not None else ""
    done = "sent" if shown.sends else "applied"
    nothing = "nothing was sent" if shown.sends else "nothing was changed"
    words = {
        "applying": f"… being {done}",
        "applied": f"✓ {done.capitalize()}{who}{when}",
        "undone": f"Undone{who}{when}",
        "cancelled": f"Cancelled{who}{when}; {nothing}",
        "expired": f"Expired; {nothing}",
        "refused": f"Not {done}{when}; {nothing}",
        "unknown": f"Not known whether it was {done}",
    }[shown.state]
    undo = shown.state == "applied" and shown.call is not None
    button = b.button("Undo", "undo", shown.call, says=f"Undo: {shown.title}") if undo else None
    return b.line(words, button)


def edited(values: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, str]:
    """What a person left in the fields of the edit dialog (``view.state.values``): field name to value, "" for none."""
    found: dict[str, str] = {}
    for name, actions in values.items():
        for given in actions.values():
            option = given.get("selected_option")
            value = option["value"] if option else given.get("selected_date") or given.get("value") or ""
            found[name] = str(value)
    return found
