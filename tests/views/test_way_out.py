"""The way out: whatever is written into any of Daybook's texts, nothing in it calls anybody or leads elsewhere."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from tests.views.limits import every
from tests.views.lists import LINKS, NINE, morning_list, why
from tests.views.test_card import GLOBEX
from tests.views.test_home import FULL
from tests.views.test_reply import FOOTER, LINK, OURS, Done
from views import addresses, ask_modals, card_edit, escape, reply, trace_modal
from views import morning_list as list_view
from views import why as why_view
from views.card import Row, card
from views.errand import shown as shown_errand
from views.home import Did, Schedule, Snoozed, home
from views.receipts import NotDone
from views.reply import Footer
from views.streaming import stream_text
from views.today import Account, Today
from views.trace import Asking, Call, TurnSummary

OUTSIDE = {
    "bare domain": "see secret-4711.evil.example now",
    "address": "see https://evil.example/x?d=secret now",
    "no scheme": "see evil.example/x?d=secret now",
    "www": "see www.evil.example now",
    "another's name": "see https://app.hubspot.com.evil.example/contacts/4711 now",
    "user at host": "see https://app.hubspot.com@evil.example/contacts/4711 now",
    "backslash": "see https://larkspur.example\\@evil.example/ now",
    "homograph": "see https://аpp.hubspot.com/contacts/4711 now",
    "idn": "see https://еvil.ехample/x now",
    "full-width dots": "see https://evil。example/x and evil．example/y now",
    "full-width slashes": "see https:／／evil.example／x now",
    "split by nothing": "see ht\u200btps:/\u2060/evil.exa\u00admple/x now",
    "tags": "see \U000e0068\U000e0074https://evil.example/x now",
    "bidi": "see \u202ehttps://evil.example/x\u202c now",
    "markdown link": "[the record](https://evil.example/x)",
    "link of a link": "[https://app.hubspot.com/contacts/4711](https://evil.example/x)",
    "reference": "[a][1]\n\n[1]: https://evil.example/x",
    "image": "![a](https://evil.example/pixel.png)",
    "image link": "[![a](https://evil.example/a.png)](https://evil.example/x)",
    "slack link": "<https://evil.example/x|the record>",
    "data": "[a](data:text/html,hello) data:text/html,hello",
    "slack": "[a](slack://channel?id=C1) slack://channel?id=C1 slack:channel",
    "javascript": "[a](javascript:alert(1)) javascript:alert(1)",
    "entities": "https&#58;//evil.example/x &lt;https://evil.example/x&gt;",
    "html": '<a href="https://evil.example/x">a</a><img src="https://evil.example/y">',
    "channel": "<!channel> @channel @here @everyone",
    "channel, split": "@chan\u200bnel <!chan\u2060nel> @he\u00adre",
    "channel, labelled": "<!channel|hello> <!here|x> <!everyone>",
    "person": "<@U0ADM00001> <@U0ADM00001|Wren> <@W1>",
    "room": "<#C0GENERAL1> <#C0GENERAL1|general>",
    "group": "<!subteam^S1> <!subteam^S1|@team>",
    "date": "<!date^1392734382^{date}^https://evil.example/x|x>",
    "twice escaped": "&lt;!channel&gt; &amp;lt;!channel&amp;gt;",
    "new lines": "Acme\n\n<!channel>\r\nhttps://evil.example/x\u2028@here",
    "controls": "Acme\x00\x1b[31m\x07 \u2066evil.example/x\u2069",
    "formula": "=HYPERLINK(\"https://evil.example/x\",\"a\")",
    "emphasised": "see _evil.com/x?d=secret_ and __evil.com/x__ and _www.evil.com/x_ and *evil.com/x*",
    "emphasised number": "see _1.2.3.4/x?d=evil_ now",
    "punycode": "see evil.xn--p1ai/x?d=secret and xn--e1afmkfd.xn--p1ai/evil now",
    "script with marks": "see evil.\u092d\u093e\u0930\u0924/x and \u092d\u093e.evil.com/x now",
    "after a sign": "see -evil.com/x and .evil.com/x and …evil.com/x and !.evil.com/x now",
    "mrkdwn": "*bold* _it_ ~no~ `code` ```https://evil.example/x```",
}  # fmt: skip

LEADS = re.compile(
    r"evil[.\u3002\uff0e\uff61]\w[^\s/`]*[/?#]|\b1\.2\.3\.4/|[.\u3002\uff0e\uff61]xn--p1ai/", re.IGNORECASE
)
"""By its own lights, not by those of the code that is tested: one of the addresses above that somebody could follow."""
HOSTS = re.compile(r"(?<![\w@.-])(?:[^\W_](?:[\w-]*[^\W_])?[.\uff0e])+[^\W\d_]{2,24}", re.IGNORECASE)
CALLS = {"user", "usergroup", "channel", "broadcast", "image", "image_block", "video", "file", "date", "mrkdwn"}
CODE_KEYS = {"url", "action_id", "block_id", "value", "type", "private_metadata", "callback_id", "style", "name"}


def assert_leads_nowhere(part: Any) -> None:
    """Of blocks or a view: no element that calls, shows or fetches anything; no address, also as mere words."""
    for one in every(part):
        if one.get("type") == "mrkdwn" and re.fullmatch(rf"[^<>]* · <{re.escape(LINK)}\|trace [\w:./-]+>", one["text"]):
            assert_reads_plainly(one["text"].partition(" · <")[0])
            continue
        assert one.get("type") not in CALLS, one
        assert "image_url" not in one
        if "url" in one:
            assert one["url"].startswith("https://s") or addresses.allowed(one["url"], OURS), one
        for key, value in one.items():
            if not isinstance(value, str) or key in CODE_KEYS:
                continue
            assert not [c for c in value if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") and c != "\n"], value
            assert not LEADS.search(value), value
            found = [match[0] for match in addresses.FOUND.finditer(value) if not match["bare"] or "evil" in match[0]]
            assert not [address for address in found if not addresses.allowed(address, OURS)], value


def assert_reads_plainly(text: str) -> None:
    """Of a text in which Slack reads mrkdwn: nothing in it is markup, a mention, an address or a host."""
    assert not set(text) & set("<>*_`~"), text
    assert "://" not in text, text
    assert not re.search(r"&(?!amp;|lt;|gt;)", text), text
    assert not re.search(r"(?<!\w)@(?:here|channel|everyone)\b", text, re.IGNORECASE), text
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") and c != "\n"], text
    assert not HOSTS.findall(text), text
    assert not LEADS.search(text), text


def shown_trace(words: str) -> Any:
    calls = [Call(words, "refuse", "amount.bounds", words, 3)]
    asked = [Asking(words, 1, 2, 3, 4, 5, words)]
    return trace_modal.modal("s", TurnSummary(1, "said", "U1", words, words, 1, 2, asked, calls))


def listed(words: str) -> Any:
    """A list, and why, of accounts that are called so."""
    made = morning_list()
    rows = [
        dataclasses.replace(row, listed=dataclasses.replace(row.listed, facts=row.listed.facts._replace(name=words)))
        for row in made.rows
    ]
    return list_view.render(dataclasses.replace(made, rows=tuple(rows)))


def full_home(words: str) -> Any:
    return home(
        dataclasses.replace(
            FULL,
            today=Today([Account(words, LINKS.account("101"), words)], 1, None),
            pending=[dataclasses.replace(GLOBEX, title=words, rows=(Row(words, words, words),), requester=words,
                                         quote=words, reason=words, needs=words)],
            snoozed=[Snoozed(None, words, None, words)],
            schedules=[Schedule("morning_list", words, words, [NINE], False)],
            did=[Did("c", words, NINE, True), Did("d", words, NINE, True, words)],
            rules=[words],
        )
    )


def errand(words: str) -> Any:
    about = {"by": words, "words": words, "ts": "1"}
    return shown_errand({"kind": "question", "agent": "assistant", "text": words, "about": about})


def filled_card(words: str) -> Any:
    row = Row(words, words, words, words)
    return card(
        dataclasses.replace(GLOBEX, title=words, rows=(row,), requester=words, quote=words, reason=words, needs=words)
    )


MESSAGES: dict[str, Callable[[str], Any]] = {
    "answer": lambda words: reply.reply(words, [(Done("c", words, True), None), (Done("d", words, False), words)],
                                        FOOTER, OURS, [NotDone(words, words)]),
    "footer": lambda words: reply.reply("Hi", footer=Footer(words, "said:D1:17.1/2", link=LINK)),
    "footer's trace": lambda words: reply.reply("Hi", footer=Footer("assistant", words, link=LINK)),
    "footer's link": lambda words: reply.reply("Hi", footer=Footer("assistant", "said:D1:17.1/2", link=words)),
    "card": filled_card,
    "list": listed,
    "question": errand,
    "fork": lambda words: shown_errand({"kind": "fork", "title": words, "upto": (words, words)}),
}  # fmt: skip
VIEWS: dict[str, Callable[[str], Any]] = {
    "home": full_home,
    "why": lambda words: why_view.modal(dataclasses.replace(why(), facts=why().facts._replace(name=words))),
    "trace": shown_trace,
    "edit": lambda words: card_edit.modal(card_edit.Correction("ap_1", words, [])),
    "ask": lambda words: ask_modals.question([("assistant", "Answers")], words),
}


@pytest.mark.parametrize("words", OUTSIDE.values(), ids=OUTSIDE)
@pytest.mark.parametrize("surface", MESSAGES)
def test_no_message_calls_anybody_or_leads_elsewhere(surface: str, words: str) -> None:
    made = MESSAGES[surface](words)
    for message in made if isinstance(made, list) else [made]:
        assert_leads_nowhere(message.blocks)
        assert_reads_plainly(message.text)


@pytest.mark.parametrize("words", OUTSIDE.values(), ids=OUTSIDE)
@pytest.mark.parametrize("surface", VIEWS)
def test_no_window_calls_anybody_or_leads_elsewhere(surface: str, words: str) -> None:
    assert_leads_nowhere(VIEWS[surface](words))


@pytest.mark.parametrize("words", OUTSIDE.values(), ids=OUTSIDE)
def test_a_sentence_for_one_person_says_it_literally(words: str) -> None:
    assert_reads_plainly(escape.mrkdwn(words))


@pytest.mark.parametrize("words", OUTSIDE.values(), ids=OUTSIDE)
def test_a_growing_answer_holds_no_address_and_calls_nobody(words: str) -> None:
    shown = stream_text(f"{words}\n", OURS, ended=True)
    assert not re.search(r"<|(?<!\w)@(?:here|channel|everyone)\b", shown), shown
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") and c != "\n"]
    assert not re.search(r"\]\((?!https://(?:app\.hubspot\.com/contacts/4711|larkspur\.example))", shown)
    assert not LEADS.search(shown), shown
    bare = re.sub(r"`[^`]*`", "", shown)
    assert not [match.group() for match in addresses.FOUND.finditer(bare) if "evil" in match.group()], shown
    assert not [host for host in HOSTS.findall(bare) if "evil" in host], shown


@pytest.mark.parametrize("words", OUTSIDE.values(), ids=OUTSIDE)
def test_a_name_is_one_short_line_without_an_address(words: str) -> None:
    name = escape.name(words)
    assert "\n" not in name
    assert len(name) <= 80
    assert not [match.group() for match in addresses.FOUND.finditer(name) if "evil" in match.group()], name


