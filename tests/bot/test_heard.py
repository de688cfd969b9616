"""Which messages are for Daybook, what they say, and which words no model hears."""

from __future__ import annotations

from typing import Any

import pytest

from bot.heard import Deleted, Edited, Said, begins_with_another, names_us, understand, words
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
    assert understand({**WROTE, "subtype": "message_changed", "message": changed}) == Edited("C1", "U1", "1.1", "hello")
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
    assert begins_with_another(" <@U2> look", ME)
    assert not begins_with_another("<@U0BOT> ask <@U2>", ME)


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
