"""People are matched by e-mail or by hand; whoever does not match is reported with the reason, never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from records import people, tables
from records.people import PersonUnknown, read_overrides
from records.people_file import PeopleFileError
from store.engine import open_database
from systems.chat import ChatUser

KEPT = {"source": "hubspot", "changed_at": 1, "synced_at": 1, "generation": 1}


def user(slack_id: str, email: str | None, name: str = "", **more: object) -> ChatUser:
    return ChatUser(slack_id, "T1", email, name or f"Person {slack_id}", "Europe/London", **more)  # type: ignore[arg-type]


def owner(
    conn: object, owner_id: str, email: str, *, accounts: int = 1, archived: bool = False, team: str = ""
) -> None:
    conn.execute(  # type: ignore[attr-defined]
        insert(tables.owners),
        [{"id": owner_id, "email": email, "name": f"Owner {owner_id}", "archived": archived, "synced_at": 1}],
    )
    for n in range(accounts):
        row = {"id": f"{owner_id}-{n}", "name": "Acme Anvils (sample)", "owner_id": owner_id, **KEPT}
        conn.execute(insert(tables.accounts), [row])  # type: ignore[attr-defined]
    if team:
        conn.execute(insert(tables.owner_teams), [{"owner_id": owner_id, "team_id": team, "is_main": True}])  # type: ignore[attr-defined]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = open_database(database_url)
    with made.begin() as conn:
        conn.execute(insert(tables.teams), [{"id": "t1", "name": "Americas"}, {"id": "t2", "name": "International"}])
        owner(conn, "1", "wren@example.com", team="t1")
        owner(conn, "2", "tarn@example.com", team="t1")
        owner(conn, "3", "juno@example.com", accounts=0, team="t1")
        owner(conn, "4", "gone@example.com", archived=True)
        owner(conn, "5", "twice@example.com")
        owner(conn, "6", "twice@example.com")
        owner(conn, "7", "nochat@example.com")
    yield made
    made.dispose()


EVERYBODY = [
    user("U1", "Wren@Example.com", "Wren Quillfeather"),
    user("U2", "tarn@example.com", "Tarn Quillfeather"),
    user("U3", "juno@example.com", "Juno Marrow"),
    user("U4", "gone@example.com"),
    user("U5", "twice@example.com"),
    user("U6", "new@example.com"),
    user("U7", None),
    user("B1", "bot@example.com", is_bot=True),
    user("U8", "guest@example.com", is_guest=True),
]


def test_reps_are_matched_by_email_whatever_its_case(engine: Engine) -> None:
    report = people.refresh(engine, EVERYBODY)
    with engine.connect() as conn:
        reps = people.reps(conn)
    assert [(rep.id, rep.owner_id, rep.team) for rep in reps] == [("U1", "1", "Americas"), ("U2", "2", "Americas")]
    assert report.reps == 2


def test_each_person_without_a_match_is_reported_with_the_reason(engine: Engine) -> None:
    people.refresh(engine, EVERYBODY)
    with engine.connect() as conn:
        told = dict(people.problems(conn))
        assert "deactivated" in told["Person U4"]
        assert "2 HubSpot owners" in told["Person U5"]
        assert "no HubSpot owner goes by new@example.com" in told["Person U6"]
        assert "not visible" in told["Person U7"]
        assert "has no Slack user" in told["Owner 7"]
        assert not {"Person B1", "Person U8", "Juno Marrow"} & set(told)
        twice = people.by_slack_id(conn, "U5")
    assert twice is not None
    assert twice.owner_id is None


def test_two_slack_users_of_one_owner_are_both_refused(engine: Engine) -> None:
    people.refresh(engine, [*EVERYBODY, user("U9", "wren@example.com")])
    with engine.connect() as conn:
        assert [rep.id for rep in people.reps(conn)] == ["U2"]
        assert sum("several Slack users" in why for _who, why in people.problems(conn)) == 2


def test_somebody_deactivated_in_slack_gets_no_list_and_is_named_while_they_own_accounts(engine: Engine) -> None:
    people.refresh(
        engine, [user("U1", "wren@example.com", deleted=True), user("U8", "tarn@example.com", is_guest=True)]
    )
    with engine.connect() as conn:
        assert people.reps(conn) == []
        told = dict(people.problems(conn))
    assert "deactivated in Slack" in told["Person U1"]
    assert "a guest in Slack" in told["Person U8"]


def test_the_only_member_of_a_team_without_accounts_manages_it(engine: Engine) -> None:
    people.refresh(engine, EVERYBODY)
    with engine.connect() as conn:
        assert people.managers_of(conn, "U1") == {"U3"}
        assert people.managers_of(conn, "U3") == set()


def test_the_file_wins(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "people.toml"
    path.write_text(
        '[people."new@example.com"]\nowner = "nochat@example.com"\nmanager = "tarn@example.com"\n'
        'team = "Special"\ntz = "Asia/Kolkata"\nlist_at = "08:30"\n\n'
        '[people.U2]\nexclude = true\n\n[people."twice@example.com"]\nowner = "6"\n\n'
        '[teams."Americas"]\nmanager = "U2"\n'
    )
    people.refresh(engine, EVERYBODY, read_overrides(str(path)), admins=["U3"])
    with engine.connect() as conn:
        reps = {rep.id: rep for rep in people.reps(conn)}
        assert set(reps) == {"U1", "U5", "U6"}
        new = reps["U6"]
        assert (new.owner_id, new.manager_id, new.team) == ("7", "U2", "Special")
        assert (new.tz, new.list_at) == ("Asia/Kolkata", "08:30")
        assert reps["U5"].owner_id == "6"
        assert people.managers_of(conn, "U1") == {"U2"}
        juno = people.by_slack_id(conn, "U3")
        assert juno is not None
        assert juno.is_admin
        assert "Tarn Quillfeather" not in dict(people.problems(conn))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[people."a@example.com"]\ntz = "Mars/Olympus"\n', "line 2: people.a@example.com.tz"),
        ('[people."a@example.com"]\nowner = 7\n', "line 2: people.a@example.com.owner: must be a text in quotes"),
        ('[people.U1]\nowner = "1"\n\n[people.U2]\nowners = "1"\n', "line 5: people.U2.owners: unknown key"),
        ('[people.U1]\nlist_at = "8:30"\n', "line 2: people.U1.list_at: must be a time such as 08:30"),
        ('[people.U1]\nexclude = "yes"\n', "must be true or false"),
        ('[person.U1]\nowner = "1"\n', "line 1: person: only the tables"),
        ('[teams.Americas]\nlead = "U1"\n', "line 1: teams.Americas: a team holds exactly one key"),
        ("people = 3\n", "line 1: people: must be tables"),
        ("[people.U1\n", "not TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_and_key(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "people.toml"
    path.write_text(text)
    with pytest.raises(PeopleFileError) as wrong:
        read_overrides(str(path))
    assert says in str(wrong.value)
    assert str(path) in str(wrong.value)


def test_a_file_naming_nobody_is_refused_and_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    people.refresh(engine, EVERYBODY)
    path = tmp_path / "people.toml"
    for text, says in (
        ('[people."wern@example.com"]\nteam = "x"\n', "nobody in Slack has this"),
        ('[teams.Americas]\nmanager = "nobody@example.com"\n', "no Slack users go by"),
    ):
        path.write_text(text)
        with pytest.raises(PeopleFileError, match=says):
            people.refresh(engine, EVERYBODY, read_overrides(str(path)))
    with engine.connect() as conn:
        assert len(people.reps(conn)) == 2


def test_people_are_found_by_id_email_and_name(engine: Engine) -> None:
    people.refresh(engine, EVERYBODY)
    with engine.connect() as conn:
        for text in ("U1", "wren@example.com", "WREN", "@wren", "Wren Quillfeather", "wre"):
            assert people.find_one(conn, text).id == "U1", text
        with pytest.raises(PersonUnknown, match="2 people go by 'quillfeather': Wren"):
            people.find_one(conn, "quillfeather")
        with pytest.raises(PersonUnknown, match="nobody goes by"):
            people.find_one(conn, "zephyr")
        assert people.workspaces(conn) == {"T1"}
