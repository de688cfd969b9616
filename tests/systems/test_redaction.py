"""What a log may say: no secret, nobody's address, and of an error no words of whoever's data it stumbled over."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy
import structlog
from pydantic import BaseModel, ValidationError

from cli import logs
from systems import redaction
from systems.faults import SourceDown

CANARY = "Initech's Jane says the pump leaks"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("xoxb-1234-abcDEF", "[secret]"),
        ("it was xapp-1-A0-99-abc.", "it was [secret]"),
        ("pat-na1-11aa-22bb and more", "[secret] and more"),
        ("sk-ant-api03-AAAA_bbb-cc", "[secret]"),
        ("Authorization: Bearer abcdef123456", "Authorization: [secret]"),
        ("Basic YWRhOnNlY3JldA==", "[secret]"),
        ("postgresql://ada:hunter22@db.internal/daybook", "postgresql://[secret]@db.internal/daybook"),
        ("https://files.example/x?token=abc#frag.", "https://files.example/x?[left out]"),
        ("ask ada.lovelace+x@acme.example now", "ask [e-mail] now"),
        ("api_key='abcdef123'", "[secret]'"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "[secret]"),
        ("HubSpot: the request was refused (400): Jane's e-mail is bad",
         "HubSpot: the request was refused (400), for a reason of 20 characters"),
        ("turn 3 of said:D1:1795.1 ended", "turn 3 of said:D1:1795.1 ended"),
    ],
)
def test_secrets_and_addresses_are_taken_out(said: str, kept: str) -> None:
    assert redaction.plain(said) == kept


class Shape(BaseModel):
    amount: int


def refused_by_a_model() -> None:
    Shape.model_validate({"amount": CANARY})


def refused_by_a_database() -> None:
    detail = Exception(f"duplicate key value\nDETAIL: Key (words)=({CANARY}) already exists.")
    raise sqlalchemy.exc.IntegrityError("INSERT INTO t VALUES (:words)", None, detail, hide_parameters=True)


def missing() -> None:
    {"a": 1}[CANARY]


def caused() -> None:
    try:
        missing()
    except KeyError as lost:
        raise ValueError(f"could not read {CANARY!r} with xoxb-1-secret") from lost


def while_handling() -> None:
    try:
        refused_by_a_model()
    except ValidationError:
        missing()


@pytest.fixture(params=["text", "json"])
def lines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """What has been logged so far, in either form."""
    told = io.StringIO()
    monkeypatch.setattr("sys.stderr", told)
    logs.start(request.param)
    yield told.getvalue
    monkeypatch.undo()
    logs.start("text")


@pytest.mark.parametrize("breaks", [refused_by_a_model, refused_by_a_database, missing, caused, while_handling])
def test_an_error_says_where_and_what_kind_but_nobodys_words(lines: Callable[[], str], breaks: Any) -> None:
    try:
        breaks()
    except (ValidationError, sqlalchemy.exc.IntegrityError, KeyError, ValueError) as error:
        structlog.get_logger("a").exception("it.broke", session="s1")
        logging.getLogger("a.library").exception("it broke too: %s", type(error).__name__)
    told = lines()
    assert CANARY not in told
    assert "xoxb" not in told
    assert told.count(breaks.__name__) >= 2, "where it was"
    assert "left out)" in told
    assert "it.broke" in told
    assert "s1" in told


def test_our_own_errors_and_the_machines_say_what_they_say() -> None:
    assert "HubSpot" in redaction.broken(SourceDown("HubSpot", "did not answer."))
    assert "Connection refused" in redaction.broken(ConnectionRefusedError(111, "Connection refused"))
    assert redaction.broken(KeyError("Acme")) == "KeyError (6 characters left out)"
    assert redaction.broken(ValueError()) == "ValueError"


def test_a_field_that_nobody_named_is_shown_by_its_length_only(lines: Callable[[], str]) -> None:
    structlog.get_logger("a").warning(
        "something", body=CANARY, nested={"words": CANARY, "n": 3}, many=[CANARY], n=7, note="call me at a@b.example",
        thing=Shape(amount=1),
    )  # fmt: skip
    told = lines()
    assert CANARY not in told
    assert f"({len(CANARY)} characters)" in told
    assert "a@b.example" not in told
    assert "7" in told


def test_a_librarys_line_is_short_and_without_secrets(lines: Callable[[], str]) -> None:
    logging.getLogger("some.library").error("sent xoxb-1-2 to ada@acme.example " + "x" * 5_000)
    told = lines()
    assert "xoxb" not in told
    assert "acme.example" not in told
    assert len(told) < 1_000
    if told.startswith("{"):
        json.loads(told)
