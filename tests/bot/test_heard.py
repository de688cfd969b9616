"""Which messages are for Daybook, what they say, and which words no model hears."""

from __future__ import annotations

from typing import Any

import pytest

from bot.heard import Deleted, Edited, Said, names_us, talks_to, understand, words
from bot.spoken import Phrase, ToAgent, phrase

ME = "U0BOT"
WROTE = {"type": "message", "channel": "C1", "channel_type": "channel", "user": "U1", "ts": "1.1", "text": "hi"}


@pytest.mark.parametrize(
    "event",
    [
        {"bot_id": "B1"},
        {"user": "USLACKBOT"},
        {"subtype": "channel_join"},
        {"subtype": "bot_message"},
        {"subtype": "message_changed", "message": {"user": "U1", "ts": "1.1", "text": "hi"}},
        {"subtype": "message_changed", "message": {"user": "U1", "bot_id": "B1", "edited": {}, "ts": "1.1"}},
    ],
)
def test_nobody_wrote_that(event: dict[str, Any]) -> None:
    assert understand({**WROTE, **event}) is None


def test_a_message_an_edit_and_a_deletion_are_told_apart() -> None:
    assert isinstance(understand({**WROTE, "subtype": "file_share", "files": [{}, {}]}), Said)
    changed = {"user": "U1", "ts": "1.1", "text": "hello", "edited": {"ts": "2.2"}}
    new = {**WROTE, "subtype": "message_changed", "message": changed, "previous_message": {"text": "hi"}}
    anew = Said("C1", False, "U1", None, "hello", "1.1", None, 0, "2.2")
    assert understand(new) == Edited(anew, "hi")
    assert understand({**WROTE, "subtype": "message_deleted", "deleted_ts": "1.1"}) == Deleted("C1", "1.1")
    tombstone = {"subtype": "tombstone", "ts": "1.1"}
    assert understand({**WROTE, "subtype": "message_changed", "message": tombstone}) == Deleted("C1", "1.1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<@U0BOT> I called &lt;Acme&gt; &amp; Co", "I called <Acme> & Co"),
        ("<@U0BOT>, ask <@U2> and <@U3|bob>", "ask @Wren and @bob"),
        ("see <https://x.example/a|the site> in <#C2|sales>, <!here>", "see https://x.example/a in @sales, @here"),
        ("<mailto:ada@acme.example|ada@acme.example>", "ada@acme.example"),
    ],
)
def test_codes_become_what_the_writer_saw(text: str, said: str) -> None:
    assert words(text, ME, {"U2": "Wren"}) == said


def test_who_is_addressed() -> None:
    assert names_us("hey <@U0BOT>", ME)
    assert not names_us("hey <@U0BOTTOM>", ME)


@pytest.mark.parametrize(
    ("text", "to"),
    [
        (" <@U2> look", "U2"),
        ("<@U2|wren> and <@U3> can you take this?", "U2 U3"),
        ("hey <@U2> did you hear back from them?", "U2"),
        ("Hi :wave: <@U2>, any news?", "U2"),
        ("ok thx <@U2>", "U2"),
        ("Thanks a lot, <@U2>!", "U2"),
        ("not yet <@U2>, will call tomorrow", "U2"),
        ("cc <@U2>", "U2"),
        ("fyi <!subteam^S12|@sales>", ""),
        ("<!here> anyone heard back?", ""),
        ("did you hear back, <@U2>?", "U2"),
        ("did you hear back <@U2>?", "U2"),
        ("can you call them, <@U2>?", "U2"),
        ("your turn, <@U2>", "U2"),
        ("<@U2> has this been sent?", "U2"),
        ("<@U2> will do", "U2"),
        ("ok <@U2> will do", "U2"),
        ("<@U2> called them, no answer", "U2"),
        ("yes <@U2>, called them", "U2"),
    ],
)
def test_a_line_that_talks_to_somebody_else_is_theirs(text: str, to: str) -> None:
    assert talks_to(text, ME) == frozenset(to.split())


@pytest.mark.parametrize(
    "text",
    [
        "and its deals?",
        "note that <@U2> called them",
        "I called Acme with <@U2> and left a voicemail",
        "I called Acme and left a voicemail. <@U2>, can you follow up?",
        "<@U2>'s account is Globex",
        "<@U2> is on holiday, move it to next week",
        "yes, <@U2> owns it",
        "yes <@U2> called them yesterday",
        "ask <@U2>",
        "what did you tell <@U2>?",
        "can you ask <@U2>?",
        "could you please assign it to <@U2>",
        "log a call with Otto, <@U2>",
        "who is <@U2>?",
        "and <@U2>?",
        "did <@U2> hear back?",
        "hey <@U0BOT> ask <@U2>",
        "<@U2> look, <@U0BOT> wrote it",
        "<@U0BOT> <@U2> asks what is open",
        "hey there",
    ],
)
def test_a_line_that_only_names_somebody_is_for_daybook(text: str) -> None:
    assert talks_to(text, ME) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("stop", Phrase("stop")),
        ("STOP!", Phrase("stop")),
        ("!pause", Phrase("pause")),
        ("resume.", Phrase("resume")),
        ("fork", Phrase("fork")),
        ("new topic", Phrase("topic", "")),
        ("New topic: what about Acme?", Phrase("topic", "what about Acme?")),
        ("name: Acme's renewal", Phrase("name", "Acme's renewal")),
        ("name this session: Q4", Phrase("name", "Q4")),
        ("!agent security is it safe?\nreally", ToAgent("security", "is it safe?\nreally")),
        ("!agent", ToAgent("", "")),
        ("stop calling Acme", None),
        ("name the top three accounts", None),
        ("new topics in the forum", None),
        ("pause the deal with Globex", None),
        ("resume", Phrase("resume")),
        ("agent security hello", None),
    ],
)
def test_only_a_whole_phrase_is_a_phrase(text: str, meant: Any) -> None:
    assert phrase(text) == meant
