"""An answer in Slack: every word of it, nothing that leads elsewhere, within every limit."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.views.limits import assert_shape, assert_within_limits, every
from views import addresses
from views.receipts import receipt_line
from views.reply import Footer, footer_line, reply
from views.streaming import stream_text

GOLDEN = Path(__file__).parent / "golden"
OURS = ("https://app.hubspot.com/contacts/4711", "https://larkspur.example")


class Done(NamedTuple):
    call: str
    words: str
    undo: bool


FOOTER = Footer("assistant", "said:D1:1795424400.000100/3")


def shown(blocks: list[dict[str, Any]]) -> str:
    """What is read, word for word."""
    return "".join(part["text"] for part in every(blocks) if isinstance(part.get("text"), str))


def said(markdown: str) -> str:
    return "".join(shown(message.blocks) for message in reply(markdown, links=OURS))


def addresses_in(blocks: list[dict[str, Any]]) -> set[str]:
    return {part["url"] for part in every(blocks) if "url" in part}


def test_a_real_answer_looks_exactly_like_this() -> None:
    asked = (GOLDEN / "answer.md").read_text(encoding="utf-8")
    receipts = [
        (Done("s:3:t1", "Logged a call on Acme: left voicemail", True), None),
        (Done("s:3:t2", "Moved Globex renewal to Proposal", True), "Undone by Wren 09:20"),
        (Done("s:3:t3", "Wrote a note on SUP-412", False), None),
    ]
    (message,) = reply(asked, receipts, FOOTER, OURS)
    assert_within_limits(message.blocks, 50)
    seen = json.dumps({"text": message.text, "blocks": message.blocks}, ensure_ascii=False, indent=1) + "\n"
    assert seen == (GOLDEN / "answer.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("See [SUP-1](https://larkspur.example/browse/SUP-1).", "See SUP-1."),
        ("Go to [the form](https://evil.example/x?d=secret).", "Go to the form (link removed)."),
        ("[https://app.hubspot.com](https://evil.example/)", "(link removed)"),
        ("https://evil.example/x, then", "(link removed), then"),
        ("<https://evil.example/x>", "(link removed)"),
        ("<https://evil.example|Acme>", "Acme (link removed)"),
        ("evil.example/steal?d=1", "(link removed)"),
        ("www.evil.example", "(link removed)"),
        ("https&#58;//evil.example/x", "(link removed)"),
        ("[x](javascript:alert)", "x (link removed)"),
        ("[x][1]\n\n[1]: https://evil.example/x", "x (link removed)"),
        ("![chart](https://evil.example/pixel.png)", "(image removed)"),
        ("`curl https://evil.example`", "curl (link removed)"),
        ("Write to [Ada](mailto:ada@acme.example) or ada@acme.example", "Write to Ada or ada@acme.example"),
        ("Booking.com renews", "Booking.com renews"),
        ("<@U0REP1> <!channel> <#C1|sales> <!subteam^S1|@team>", "@U0REP1 @channel #sales @team"),
        ("&lt;!here&gt;", "@here"),
        ("<b>bold</b><br>next", "<b>bold</b>\nnext"),
        ("a\u202eb\u200bc\U000e0041d\x07", "abcd"),
        ("1\\. *not* a **list**", "1. not a list"),
    ],
)
def test_it_says_the_words_and_leads_nowhere_else(markdown: str, words: str) -> None:
    assert said(markdown) == words


@pytest.mark.parametrize(
    "address",
    [
        "https://app.hubspot.com.evil.example/contacts/4711",
        "https://app.hubspot.com/contacts/47110/record/0-2/1",
        "https://app.hubspot.com/contacts/4711/../../login",
        "https://app.hubspot.com/contacts/4711/%2e%2e/%2e%2e/login",
        "https://app.hubspot.com@evil.example/contacts/4711",
        "https://larkspur.example:8443/x",
        "https://larkspur.example\\@evil.example",
        "http://larkspur.example/browse/SUP-1",
        "//larkspur.example/x",
    ],
)
def test_an_address_that_only_looks_like_ours_is_removed(address: str) -> None:
    for markdown in (f"[x]({address})", address, f"<{address}>"):
        for message in reply(markdown, links=OURS):
            assert not addresses_in(message.blocks)
    assert not links_of(stream_text(f"[x]({address}) {address}\n", OURS))


def test_a_long_answer_becomes_several_messages_and_loses_no_word() -> None:
    lines = [f"Account {number} needs a call this week because of its renewal." for number in range(900)]
    messages = reply("\n\n".join(lines), [(Done("c", "Logged a call", True), None)], FOOTER, OURS)
    assert len(messages) > 1
    for message in messages:
        assert_within_limits(message.blocks, 50)
        assert len(message.text) < 4_000
    together = "".join(shown(message.blocks) for message in messages)
    assert [line for line in lines if line not in together] == []
    assert "Logged a call" in shown(messages[-1].blocks)
    assert [("trace" in shown(message.blocks)) for message in messages].count(True) == 1


def test_one_paragraph_without_an_end_is_cut_between_words_only() -> None:
    words = " ".join(f"word{number}" for number in range(3_000))
    messages = reply(words)
    together = " ".join(shown(message.blocks) for message in messages)
    assert together.split() == words.split()


def test_a_second_table_and_a_huge_one_are_shown_in_columns() -> None:
    small = "| a | b |\n|---|---|\n| 1 | 2 |\n"
    (message,) = reply(f"{small}\ntext\n\n{small}")
    kinds = [block["type"] for block in message.blocks]
    assert kinds.count("table") == 1
    assert "a  b\n-  -\n1  2" in shown(message.blocks)
    huge = "| a |\n|---|\n" + "".join(f"| {number} |\n" for number in range(150))
    blocks = [block for message in reply(huge) for block in message.blocks]
    assert "table" not in [block["type"] for block in blocks]
    assert "149" in shown(blocks)


def test_a_receipt_can_be_undone_or_says_what_became_of_it() -> None:
    (message,) = reply(
        "",
        [
            (Done("s:1:t", "Logged a call on <!channel> Acme", True), None),
            (Done("s:1:u", "Moved Globex", True), "can't be undone: changed since"),
        ],
    )
    undo, gone = message.blocks
    assert undo["accessory"]["action_id"] == "undo"
    assert undo["accessory"]["value"] == "s:1:t"
    assert gone["text"]["text"] == "✓ Moved Globex · can't be undone: changed since"
    assert "accessory" not in gone


def test_the_footer_names_the_agent_the_trace_and_a_stand_in() -> None:
    (message,) = reply("Hi", footer=Footer("security", "s/1", standin=True))
    assert message.blocks[-1]["elements"][0]["text"] == "security · trace s/1 · stand-in model"


def test_blocks_have_the_vendors_shape() -> None:
    asked = (GOLDEN / "answer.md").read_text(encoding="utf-8")
    for message in reply(asked, [(Done("c", "Logged", True), None)], FOOTER, OURS):
        for part in every(message.blocks):
            part.pop("offset", None)  # in Slack's reference and its Python SDK, not in its TypeScript types
        for block in message.blocks:
            assert_shape(block, "KnownBlock")


# -- nothing anybody writes gets through ------------------------------------------------------------------------------

BITS = st.sampled_from(
    ["[", "](", ")", "![", "<", ">", "<@U123>", "<!channel>", "@here", "https://evil.example/x?", "//evil.example",
     "http:", "www.evil.example", "`", "```", "\n", "\n\n", "| a | b |\n|---|---|\n| x | y |\n", "- ", "  - ", "1. ",
     "> ", "# ", "**", "_", "~~", "\\", "&#58;", "&lt;", "&amp;lt;", "\u202e", "\u200b", "\U000e0041", "\x00", "\r",
     "https://larkspur.example/browse/SUP-1", "javascript:alert(1)", "data:x", "[1]: ", "[1]", "|", "://", ". ", " ",
     "word", "é", "👍🏽", "<a href=x>", "<https://evil.example|SUP-1>", "\ue000" "0\ue001", "xn--e", "evil.example/"]
)  # fmt: skip
HOSTILE = st.one_of(st.text(max_size=300), st.lists(BITS, max_size=60).map("".join))


def links_of(markdown: str) -> set[str]:
    """Where a Markdown reader that follows everything would be led."""
    reader = MarkdownIt("commonmark", {"html": False})
    reader.validateLink = lambda url: True  # type: ignore[method-assign]
    found = set()
    for token in reader.parse(markdown):
        for child in token.children or ():
            if child.type == "link_open":
                found.add(str(child.attrs["href"]))
            if child.type == "image":
                raise AssertionError(f"an image: {markdown!r}")
    return found


_OUR_LINK = re.compile(r"\[[^\[\]]*\]\(https://(?:larkspur\.example|app\.hubspot\.com/contacts/4711)[^()\s]*\)")


def misleading(text: str) -> list[str]:
    return [char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs") and char != "\n"]


@given(HOSTILE, HOSTILE)
@settings(max_examples=300, deadline=None)
def test_no_answer_leads_elsewhere_calls_anybody_or_breaks_a_limit(markdown: str, words: str) -> None:
    for message in reply(markdown, [(Done("c", words, True), None), (Done("d", words, False), words)], FOOTER, OURS):
        assert_within_limits(message.blocks, 50)
        assert not [url for url in addresses_in(message.blocks) if not addresses.allowed(url, OURS)]
        assert not misleading(shown(message.blocks))
        assert len(message.text) < 4_000
        assert not set(message.text) & set("<>*_`")


@given(HOSTILE, st.integers(0, 400))
@settings(max_examples=300, deadline=None)
def test_what_is_streamed_only_grows_and_leads_nowhere_else(markdown: str, at: int) -> None:
    so_far, all_of_it = stream_text(markdown[:at], OURS), stream_text(markdown, OURS, ended=True)
    assert stream_text(markdown, OURS).startswith(so_far)
    assert all_of_it.startswith(so_far)
    assert not [url for url in links_of(all_of_it) if not addresses.allowed(url, OURS) and "evil" in url]
    assert not misleading(all_of_it)
    assert not re.search(r"<[@!#a-zA-Z/]|(?<!\w)@(?:here|channel|everyone)\b", all_of_it)
    elsewhere = _OUR_LINK.sub(" ", all_of_it)
    assert not [m for m in addresses.FOUND.finditer(elsewhere) if m["scheme"]]


@pytest.mark.parametrize(
    ("so_far", "given"),
    [
        ("I logged the call. Next I", "I logged the call. "),
        ("I logged [the call. See", ""),
        ("See [S](https://larkspur.example/browse/S). And", "See [S](https://larkspur.example/browse/S). "),
        ("One\nTwo", "One\n"),
        ("See [it](https://evil.example/x) now.\n", "See it (link removed) now.\n"),
        ("acme.example is theirs.\n", "`acme.example` is theirs.\n"),
        ("<@U1> <!channel> @here\n> quoted\n", "@U1 ＠channel ＠here\n> quoted\n"),
        ("R&D and Q&notes &lt;!here&gt;\n", "R&D and Q&notes ＠here\n"),
    ],
)  # fmt: skip
def test_whole_sentences_are_streamed_and_nothing_twice(so_far: str, given: str) -> None:
    assert stream_text(so_far, OURS) == given


def test_a_line_that_never_ends_is_streamed_in_parts() -> None:
    endless = "word " * 2_000
    assert len(stream_text(endless)) > 5_000
    for at in range(3_900, 4_200, 7):
        assert stream_text(endless).startswith(stream_text(endless[:at]))


def test_what_a_receipt_says_is_not_said_twice() -> None:
    done = Done("call", "Logged a call on Acme: left voicemail", True)
    (message,) = reply("**Logged a call on Acme: left voicemail.**\n\nShall I try them again?", [(done, None)])
    assert message.text.count("Logged a call") == 1
    assert "Shall I try them again?" in message.text
    more = Done("call", "Noted on Acme · “They want a demo”", True)
    (message,) = reply("Noted on Acme.\nNoted on Globex.", [(more, None)])
    assert message.text == "Noted on Globex. ✓ Noted on Acme · “They want a demo”"
    (message,) = reply("✓ logged a call on Acme: left voicemail", [(done, None)])
    assert [block["type"] for block in message.blocks] == [receipt_line(done, None)["type"]]


@pytest.mark.parametrize(
    ("trace", "shown_as"),
    [("said:D1:1795.1/2", "1795.1/2"), ("T1:morning_list:2026-11-23:U1/7", "2026-11-23:U1/7"), ("s/1", "s/1")],
)
def test_the_footer_shows_as_much_of_a_trace_as_finds_it(trace: str, shown_as: str) -> None:
    assert footer_line(Footer("assistant", trace))["elements"][0]["text"] == f"assistant · trace {shown_as}"


LINK = "https://daybook.example/trace/c2FpZA.x-_y"


def test_the_footers_trace_is_a_link_where_there_is_one_and_a_notification_has_no_address() -> None:
    (message,) = reply("Hi", footer=Footer("security", "said:D1:17.1/2", standin=True, link=LINK))
    assert_within_limits(message.blocks, 50)
    (element,) = message.blocks[-1]["elements"]
    assert element == {
        "type": "mrkdwn", "verbatim": True, "text": f"security · <{LINK}|trace 17.1/2> · stand-in model",
    }  # fmt: skip
    assert message.text == "Hi security · trace 17.1/2 · stand-in model"
    assert_shape(message.blocks[-1], "KnownBlock")


@given(HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=300, deadline=None)
def test_nothing_breaks_out_of_a_footer_with_a_link(agent: str, trace: str, link: str) -> None:
    for leads in (LINK, link, LINK + link):
        block = footer_line(Footer(agent, f"said:D1:{trace}/1", link=leads))
        (element,) = block["elements"]
        assert_within_limits([block], 50)
        if element["type"] == "plain_text":
            continue
        before, _, after = element["text"].partition(" · <")
        assert after.startswith(f"{leads}|trace ")
        assert "://" not in before
        assert not re.search(r"(?<!\w)@(?:here|channel|everyone)\b", before)
