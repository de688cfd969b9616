"""People, zones and conversations as the real client finds them."""

from __future__ import annotations

from tests.sandbox.served import REP, Running, refusal


def test_everybody_is_listed_page_by_page(running: Running) -> None:
    everybody, sizes = {}, []
    for page in running.web.users_list(limit=4):
        everybody |= {user["id"]: user for user in page["members"]}
        sizes.append(len(page["members"]))
    assert set(sizes[:-1]) == {4}
    assert len(sizes) > 1
    assert everybody["USLACKBOT"]["is_bot"] is False
    assert everybody["U0DAYBOOK1"]["is_bot"] is True
    assert everybody["U0OUT00001"]["deleted"] is True
    assert "tz" not in everybody["U0OUT00001"]
    assert everybody["U0ADM00001"]["is_admin"] is True
    assert {person.id for person in running.sandbox.world.people} <= everybody.keys()


def test_the_offset_of_a_person_follows_daylight_saving(running: Running) -> None:
    west = next(p for p in running.sandbox.world.people if p.tz == "America/Los_Angeles")
    running.ask("POST", "clock", {"set": "2026-10-31T12:00:00Z"})
    summer = running.web.users_info(user=west.id)["user"]
    running.ask("POST", "clock", {"set": "2026-11-02T12:00:00Z"})
    winter = running.web.users_info(user=west.id)["user"]
    assert (summer["tz_offset"], winter["tz_offset"]) == (-25_200, -28_800)
    assert summer["tz"] == "America/Los_Angeles"


def test_people_are_found_by_address_unless_they_left(running: Running) -> None:
    rep = running.sandbox.world.person(REP)
    assert rep is not None
    assert running.web.users_lookupByEmail(email=rep.email.upper())["user"]["id"] == REP
    leaver = next(p for p in running.sandbox.world.people if p.deleted)
    for address in (leaver.email, "nobody@larkspur.example"):
        assert refusal(running.web.users_lookupByEmail, email=address)["error"] == "users_not_found"
    assert refusal(running.web.users_info, user="U0NOTHERE1")["error"] == "user_not_found"


def test_a_dm_can_be_opened_with_people_but_not_with_leavers_or_bots(running: Running) -> None:
    opened = running.web.conversations_open(users=REP, return_im=True)
    assert opened["channel"]["user"] == REP
    assert running.web.conversations_open(users=REP)["already_open"] is True
    assert refusal(running.web.conversations_open, users="U0OUT00001")["error"] == "user_disabled"
    assert refusal(running.web.conversations_open, users="U0NOTHERE1")["error"] == "user_not_found"
    assert refusal(running.web.conversations_open, users="U0DAYBOOK1")["error"] == "cannot_dm_bot"


def test_channels_are_listed_by_kind_and_a_shared_one_has_a_stranger(running: Running) -> None:
    public = running.web.conversations_list()["channels"]
    assert {channel["name"] for channel in public} == {"general", "revenue", "sales", "random", "shared-with-partner"}
    assert [channel["name"] for channel in public if not channel["is_member"]] == ["random"]
    private = running.web.conversations_list(types="private_channel")["channels"]
    assert {(one["name"], one["is_private"]) for one in private} == {("deal-desk", True), ("key-accounts", True)}
    running.web.conversations_open(users=REP)
    (im,) = running.web.conversations_list(types="im")["channels"]
    assert (im["is_im"], im["user"]) == (True, REP)
    shared = running.web.conversations_info(channel="C0SHARED01")["channel"]
    assert shared["is_ext_shared"] is True
    assert "U0STRANGER" in running.web.conversations_members(channel="C0SHARED01")["members"]
    assert running.web.users_info(user="U0STRANGER")["user"]["team_id"] == "T0OUTSIDE1"
    assert refusal(running.web.conversations_open, users="U0STRANGER")["error"] == "user_not_visible"


def test_one_channel_is_for_those_who_may_all_hear_of_the_first_reps_accounts(running: Running) -> None:
    members = running.web.conversations_members(channel="C0KEYACCT1")["members"]
    rep = running.sandbox.world.person(REP)
    assert rep is not None
    assert members == ["U0DAYBOOK1", REP, rep.manager_id, "U0ADM00001"]


def test_a_channel_of_sellers_has_their_managers_and_a_guest(running: Running) -> None:
    members = running.web.conversations_members(channel="C0SALES001")["members"]
    people = {person.id: person.role for person in running.sandbox.world.people}
    assert {"rep", "manager"} <= {people[member] for member in members if member in people}
    assert running.web.users_info(user="U0GUEST001")["user"]["is_restricted"] is True
    assert "U0GUEST001" in members
