"""What the stand-in can do next: use tools, ask the person, or say something; and the steps most phrases share.

A phrase is a generator. It yields the calls it wants and is sent what they answered; it yields a question and is sent
the choice; what it returns is said. With each request it runs again from its start over what was answered before.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from sandbox.claude.talk import Talk, Told

_EVERYBODY = ".example"
"""How the web address of every customer of the sample company ends, and so what finds them all."""
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth")


@dataclass(frozen=True)
class Use:
    """One tool call."""

    tool: str
    input: dict[str, Any]


@dataclass(frozen=True)
class Ask:
    """A question to the person; ``options`` are (name, value), or any few words will do when there are none."""

    question: str
    options: tuple[tuple[str, Any], ...] = ()

    def choice(self, words: str) -> Any:
        """The value that an answer means; None when it is about something else."""
        said = words.lower().strip(" .!?")
        if not self.options:
            return words.strip(" .!?") if len(said.split()) <= 5 else None
        for n, (_, value) in enumerate(self.options):
            ordinal = _PLACES[n] if n < len(_PLACES) else f"{n + 1}th"
            if re.fullmatch(rf"(?:the |number |no\. ?|#)?(?:{ordinal}|{n + 1})(?: one)?", said):
                return value
        named = [value for name, value in self.options if name.lower() == said]
        named = named or [value for name, value in self.options if said and said in name.lower()]
        return named[0] if len(named) == 1 else None


    def other(self, value: Any) -> Any:
        """The one that was not taken, of two; None when there were more."""
        left = [one for _, one in self.options if one != value]
        return left[0] if len(left) == 1 and len(self.options) == 2 else None


Uses = tuple[Use, ...]
Moves = Generator[Use | Uses | Ask, Any, str]
"""A phrase at work."""


class Cannot(Exception):
    """The way ends here; the message is what the person is told."""


@dataclass(frozen=True)
class Account:
    """An account that was found."""

    id: str
    name: str
    marks: tuple[str, ...] = ()
    """What may tell it from another of its name, the best first."""


@dataclass
class Scene:
    """What a phrase may look at: the words it was begun with, the latest ones, and the account last spoken of."""

    talk: Talk
    words: str
    latest: str = ""
    about: Account | None = None
    aside: bool = False
    """Whether this was talk about the conversation itself: who "them" are stays as it was."""

    @property
    def quote(self) -> str:
        """The person's own words, as far as a quote may go."""
        return self.words[:300]


def listed(names: list[str], last: str) -> str:
    """``A, B and C``."""
    return f" {last} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def the_account(scene: Scene, name: str) -> Generator[Use | Uses | Ask, Any, Account]:
    """Find it; ask which one when there are several."""
    name = name.strip(" .,!?\"'“”")
    if re.fullmatch(r"(?i)them|it|him|her|they|and|back|again|this account|that account|this|that|the account", name):
        if scene.about is not None:
            return scene.about
        name = yield Ask("Which account do you mean?")
    scene.about = yield from one_of(name, (yield Use("find_account", {"name": name})))
    return scene.about


def their_accounts() -> Generator[Use | Uses | Ask, Any, tuple[list[Account], bool]]:
    """Accounts the asking person has (in a channel: that everybody there may see), and whether more would be found
    in a direct message."""
    told: Told = yield Use("find_account", {"name": _EVERYBODY})
    return ([] if told.failed else _accounts(told)), "direct message" in str(told.data.get("hint"))


def _accounts(told: Told) -> list[Account]:
    return [
        Account(str(one["account"]), str(one["name"]),
                (str(one.get("domain") or ""), _if("tier ", one.get("tier")), _if("of ", one.get("owner")),
                 f"account {one['account']}"))
        for one in told.data.get("matches") or []
    ]  # fmt: skip


def _if(before: str, value: Any) -> str:
    return f"{before}{value}" if value else ""


def _apart(found: list[Account]) -> list[str]:
    """What to call each of them: by its name, and where others have the same one by what tells them apart, too."""
    called = []
    for one in found:
        same = [other for other in found if other.name.lower() == one.name.lower()]
        told = [marks for marks in zip(*(other.marks for other in same), strict=True) if len(set(marks)) == len(same)]
        mark = next((marks[same.index(one)] for marks in told if all(marks)), "")
        called.append(f"{one.name} ({mark})" if len(same) > 1 else one.name)
    return called


def one_of(name: str, told: Told) -> Generator[Use | Uses | Ask, Any, Account]:
    """The account that ``find_account`` found, or the person's choice among several."""
    if told.failed:
        raise Cannot(f"I could not look for {name}: {told.reason}")
    found = _accounts(told)
    if not found and "direct message" in str(told.data.get("hint")):
        raise Cannot(f'I find no account named "{name}" that everybody here may see. Write to me directly about yours.')
    if not found:
        known = listed([one.name for one in (yield from their_accounts())[0][:3]], "and")
        others = f" There are {known}, for example." if known else ""
        raise Cannot(f'I find no account named "{name}" among yours.{others}')
    if len(found) == 1:
        return found[0]
    called = _apart(found)
    shown = "\n".join(f"{n}. {words}" for n, words in enumerate(called, 1))
    alike = len({one.name.lower() for one in found}) == 1
    what = f"are called {found[0].name}" if alike else f'match "{name}"'
    options = tuple(zip(called, found, strict=True))
    chosen: Account = yield Ask(f"{len(found)} accounts {what}. Which one do you mean?\n{shown}", options)
    return chosen


def read(tool: str, **asked: Any) -> Generator[Use | Uses | Ask, Any, dict[str, Any]]:
    """A look; when it is refused, the person hears why."""
    told: Told = yield Use(tool, asked)
    if told.failed:
        raise Cannot(f"I could not look that up: {told.reason}")
    return told.data


def write(scene: Scene, tool: str, **asked: Any) -> Generator[Use | Uses | Ask, Any, Told]:
    """A change, with the words it came from; quoted again from the latest words if the first quote is not accepted."""
    given = {key: value for key, value in asked.items() if value is not None}
    told: Told = yield Use(tool, {**given, "quote": scene.quote})
    if told.failed and "quote" in told.text.lower() and scene.latest not in ("", scene.words):
        told = yield Use(tool, {**given, "quote": scene.latest[:300]})
    return told


def outcome(told: Told) -> str:
    """What became of a change, and not a word more."""
    data = told.data
    if told.failed:
        return f"That was not done: {told.reason}"
    if "waiting" in data:
        return str(data["waiting"])  # it names whoever decides, and stays true beside the card once that is decided
    return str(data.get("done") or told.text)
