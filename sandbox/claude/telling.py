"""Phrases that tell what happened: calls, notes, reminders, snoozes."""

from __future__ import annotations

import re

from sandbox.claude.looking import titled
from sandbox.claude.moves import Ask, Cannot, Moves, Scene, outcome, read, the_account, write

# The words of a call, and the outcome they mean; the first that fits counts.
OUTCOMES = (
    (r"wrong number", "Wrong number"),
    (r"left (?:a |an )?(?:live )?message with\b", "Left live message"),
    (r"voice ?mail|answering machine|left (?:a |them a |her a |him a )?(?:message|word)", "Left voicemail"),
    (r"no answer|n[o']t? ?answer|didn['’]?t (?:answer|pick up)|no ?(?:one|body) (?:answered|picked up)|no reply"
     r"|couldn['’]?t reach|not there", "No answer"),
    (r"\bbusy\b|engaged", "Busy"),
    (r"gatekeeper|front desk|receptionist", "Gatekeeper"),
    (r"spoke|talked|chatted|reached|had a (?:good |great |short |quick )?(?:call|chat|word)|got hold of|connected",
     "Connected"),
)  # fmt: skip
_WHEN = re.compile(
    r"\b(yesterday|today|(?:last|on) \w+day|(?:\d+|a|one|two|three|four|five) (?:day|week)s? ago)\b"
    r"(?: (?:morn|afterno)\w+)?|\bthis (?:morn|afterno)\w+", re.I,
)  # fmt: skip
ENDS = "connected, voicemail, no answer, busy"
NO_SUCH_END = f"I know these ends of a call: {ENDS}, wrong number."
_MINUTES = re.compile(r"(\d+) ?min", re.I)
_ABOUT = re.compile(r"\b(?:about|they|he|she|wants?|asked|said)\b.*", re.I)


def log_call(scene: Scene, name: str, rest: str = "", who: str = "") -> Moves:
    """"I called Acme and left a message", "spoke with Jane at Acme about the renewal"."""
    words = scene.words
    account = yield from the_account(scene, _WHEN.sub("", name))
    result = _result(words)
    if not result:
        result = _result((yield Ask(f"How did the call with {account.name} go: {ENDS}?")))
    if not result:
        raise Cannot(NO_SUCH_END)
    contact = None
    if who:
        people = (yield from read("read_account", account=account.id)).get("contacts") or []
        contact = next((one["contact"] for one in people if who.lower() in str(one.get("name")).lower()), None)
    minutes, about = _MINUTES.search(words), _ABOUT.search(rest)
    told = yield from write(
        scene, "log_call", account=account.id, outcome=result, contact=contact,
        summary=about[0].strip(" .") if about else None, when=_when(words),
        minutes=int(minutes[1]) if minutes else None,
    )  # fmt: skip
    return outcome(told)


def log_calls(scene: Scene, names: str, rest: str = "") -> Moves:
    """"called Acme and Initech, left messages at both": one call each, with the same end."""
    called = [name for name in re.split(r",? and |, ", names) if name]
    result = _result(scene.words) or _result((yield Ask(f"How did the calls with {names} go: {ENDS}?")))
    if not result:
        raise Cannot(NO_SUCH_END)
    about, told = _ABOUT.search(rest), []
    for name in called:
        try:
            account = yield from the_account(scene, name)
            told.append(outcome((yield from write(
                scene, "log_call", account=account.id, outcome=result, when=_when(scene.words),
                summary=about[0].strip(" .") if about else None,
            ))))  # fmt: skip
        except Cannot as reason:
            told.append(str(reason))
    return "\n".join(told)


def _when(words: str) -> str | None:
    """The day they named; a call of today needs none."""
    found = _WHEN.search(words)
    said = (found[1] or "").lower() if found else ""
    return said.removeprefix("on ") if said not in ("", "today") else None


def _result(words: str) -> str:
    return next((label for pattern, label in OUTCOMES if re.search(pattern, words, re.I)), "")


def log_note(scene: Scene, name: str, text: str) -> Moves:
    """"note on Acme: prefers mornings"."""
    account = yield from the_account(scene, name)
    return outcome((yield from write(scene, "log_note", account=account.id, text=text.strip())))


def remind(scene: Scene, due: str, name: str = "", what: str = "") -> Moves:
    """"remind me about them in two weeks", "remind me to call Acme on Friday"."""
    account = yield from the_account(scene, name or _whom(what))
    what = re.sub(r"\b(?:them|him|her|it)\b", account.name, what, flags=re.I)
    title = what[:1].upper() + what[1:] if what else f"Follow up with {account.name}"
    due = re.sub(r"^(?:on|by) ", "", due.strip(" .!"))
    return outcome((yield from write(scene, "create_task", account=account.id, title=title, due=due)))


def _whom(what: str) -> str:
    """The account in "call Acme", "send Jane the quote at Acme"; "them" when none is named."""
    verb = "call|ring|phone|e-?mail|visit|ping|write to|with|at|for"
    named = re.search(rf"\b(?:{verb}) (?P<name>.+?)(?: back)?$", what, re.I)
    return named["name"] if named else "them"


def finish_task(scene: Scene, what: str, name: str) -> Moves:
    """"complete the task Send the quote at Acme"."""
    account = yield from the_account(scene, name)
    tasks = (yield from read("read_account", account=account.id, tasks=True)).get("tasks") or []
    fits = [one for one in tasks if what.lower().strip(" \"'") in titled(one).lower()]
    if len(fits) != 1:
        listed = "; ".join(titled(one) for one in tasks) or "none"
        raise Cannot(f'{len(fits)} open tasks at {account.name} match "{what}". Open tasks: {listed}.')
    return outcome((yield from write(scene, "complete_task", task=fits[0]["task"])))


_SPANS = {
    "day": r"(?:a|one|1|the) day|today|tomorrow|24 hours",
    "week": r"(?:a|one|1) week|(?:7|seven) days",
    "change": r"(?:something|anything|it|that) (?:\w+ )?chang(?:es|ed)|(?:a|the next) change",
}
_THREE = "I can snooze for a day, a week or until something changes."
_CHOICES = (("for a day", "day"), ("for a week", "week"), ("until something changes", "change"))


def snooze(scene: Scene, name: str, until: str = "") -> Moves:
    """"snooze Acme for a week", "snooze them until something changes"."""
    account = yield from the_account(scene, name)
    kind = next((kind for kind, pattern in _SPANS.items() if re.fullmatch(pattern, until.strip(" .!"), re.I)), None)
    if kind is None:
        kind = yield Ask(f"{_THREE} Which one do you want?", _CHOICES)
    return outcome((yield from write(scene, "snooze_account", account=account.id, until=kind)))
