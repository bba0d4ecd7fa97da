"""How players get in by Last.fm's protocol: a token, its MD5, a person in the browser."""

import re

import pytest
from flask import Flask

from database import scrobble_grants, scrobble_sessions
from database.models import ScrobbleGrant, ScrobbleSession
from tests.web.conftest import PASSWORD, Visitor, house
from tests.web.players import LastfmPlayer, count_rows, heard, md5, now, own_pair, token_of

TRACK = {"artist": "Can", "track": "Vitamin C"}


@pytest.fixture
def player(app: Flask) -> LastfmPlayer:
    return LastfmPlayer(app)


def test_a_token_is_the_password(app: Flask, bob: Visitor, player: LastfmPlayer) -> None:
    told = player.ask("auth.getMobileSession", username="BOB", password=token_of(app, bob.id))

    assert told["session"]["name"] == "bob"
    assert told["session"]["subscriber"] == 0
    assert re.fullmatch("[0-9a-f]{32}", told["session"]["key"])


def test_so_is_its_md5_as_older_programs_send_it(
    app: Flask, bob: Visitor, player: LastfmPlayer
) -> None:
    sent = md5("Bob" + md5(token_of(app, bob.id)))

    told = player.ask("auth.getMobileSession", username="Bob", authToken=sent)

    assert told["session"]["name"] == "bob"


def test_in_xml_the_session_has_its_children_in_order(
    app: Flask, bob: Visitor, player: LastfmPlayer
) -> None:
    told = player.ask_xml("auth.getMobileSession", username="bob", password=token_of(app, bob.id))

    assert told.get("status") == "ok"
    assert [child.tag for child in told[0]] == ["name", "key", "subscriber"]


@pytest.mark.parametrize(
    "said", [{"password": PASSWORD}, {"password": ""}, {"authToken": "0" * 32}]
)
def test_the_password_of_the_house_lets_no_player_in(
    app: Flask, bob: Visitor, player: LastfmPlayer, said: dict[str, str]
) -> None:
    token_of(app, bob.id)

    told = player.ask("auth.getMobileSession", username="bob", **said)

    assert told["error"] == (6 if said == {"password": ""} else 4)


@pytest.mark.usefixtures("alice")
def test_a_token_lets_in_nobody_but_its_person(
    app: Flask, bob: Visitor, player: LastfmPlayer
) -> None:
    told = player.ask("auth.getMobileSession", username="alice", password=token_of(app, bob.id))

    assert told["error"] == 4


def test_whoever_guesses_is_held_up_and_a_valid_token_never(
    app: Flask, bob: Visitor, player: LastfmPlayer
) -> None:
    token = token_of(app, bob.id)
    told = [
        player.ask("auth.getMobileSession", username="bob", password=f"wrong {n}")["error"]
        for n in range(25)
    ]

    assert told[0] == 4 and told[-1] == 29
    assert "session" in player.ask("auth.getMobileSession", username="bob", password=token)


def test_a_wrong_signature_is_refused_where_the_key_is_ours(app: Flask, bob: Visitor) -> None:
    pair, token = own_pair(app), token_of(app, bob.id)
    right, wrong = LastfmPlayer(app, *pair), LastfmPlayer(app, pair.key, "guessed")
    without = LastfmPlayer(app, pair.key)

    assert "session" in right.ask("auth.getMobileSession", username="bob", password=token)
    for player in (wrong, without):
        told = player.ask("auth.getMobileSession", username="bob", password=token)
        assert told["error"] == 13


def test_the_signature_is_of_the_address_and_the_body_together(app: Flask, bob: Visitor) -> None:
    pair = own_pair(app)
    player = LastfmPlayer(app, *pair).log_in("bob", token_of(app, bob.id))
    many = {f"{name}[{n}]": f"{said} ü {n}" for n in range(12) for name, said in TRACK.items()}
    many |= {f"timestamp[{n}]": str(now() - 3_600 + 60 * n) for n in range(12)}
    said = player.signed({"method": "track.scrobble", "username": "bob", **many})
    del said["username"]

    answer = app.test_client().post("/2.0/?username=bob&format=json", data=said)

    assert answer.get_json()["scrobbles"]["@attr"] == {"accepted": 12, "ignored": 0}


def test_sessions_are_kept_as_a_hash_and_outlive_the_process(
    app: Flask, bob: Visitor, player: LastfmPlayer
) -> None:
    player.log_in("bob", token_of(app, bob.id))

    with house(app).db.reading() as session:
        row = session.get_one(ScrobbleSession, 1)
        assert player.session_key not in (row.secret_hash, row.client)
        person, _ = scrobble_sessions.find(session, player.session_key, "lastfm") or (None, None)
    assert person is not None and person.id == bob.id
    assert row.client == "Tonearm"


def test_a_session_ends_with_its_token(app: Flask, bob: Visitor, player: LastfmPlayer) -> None:
    player.log_in("bob", token_of(app, bob.id))

    bob.submit("/account", to="/account/tokens/1/remove")

    assert player.ask("track.love", **TRACK)["error"] == 9


def test_a_player_is_listed_and_can_be_shut_out(
    app: Flask, bob: Visitor, player: LastfmPlayer
) -> None:
    player.log_in("bob", token_of(app, bob.id, "the kitchen"))
    player.ask("track.scrobble", **TRACK, timestamp=str(now() - 600))
    shown = bob.get("/listening/players").text

    bob.submit("/listening/players", to="/listening/players/1/end")

    assert "Tonearm" in shown and "the kitchen" in shown and "last used" in shown
    assert player.session_key not in shown
    assert player.ask("track.scrobble", **TRACK, timestamp=str(now()))["error"] == 9
    assert len(heard(app, bob.id)) == 1


# --- through the browser


def test_a_person_lets_a_player_in_by_the_browser(bob: Visitor, player: LastfmPlayer) -> None:
    token = player.ask("auth.getToken")["token"]
    page = f"/api/auth/?api_key={player.key}&token={token}"
    early = player.ask("auth.getSession", token=token)

    shown = bob.submit(page, to="/api/auth", api_key=player.key, token=token)
    told = player.ask("auth.getSession", token=token)
    again = player.ask("auth.getSession", token=token)

    assert early["error"] == 14
    assert shown.status_code == 200 and "let in" in shown.text
    assert told["session"]["name"] == "bob"
    assert again["error"] == 15


def test_two_devices_of_one_player_do_not_put_each_other_out(
    bob: Visitor, player: LastfmPlayer
) -> None:
    page = f"/api/auth?api_key={player.key}&token="
    tokens = [player.ask("auth.getToken")["token"] for _ in range(2)]

    for token in tokens:
        bob.submit(page + token, to="/api/auth", api_key=player.key, token=token)

    for token in tokens:
        assert "session" in player.ask("auth.getSession", token=token)


def test_a_guest_logs_in_first(guest: Visitor, player: LastfmPlayer) -> None:
    token = player.ask("auth.getToken")["token"]

    answer = guest.get(f"/api/auth/?api_key=a&token={token}")

    assert answer.status_code == 303
    assert answer.location.startswith("/login?next=/api/auth/")


def test_nothing_is_approved_of_without_the_pages_own_form(
    bob: Visitor, player: LastfmPlayer
) -> None:
    token = player.ask("auth.getToken")["token"]

    answer = bob.post("/api/auth", data={"api_key": player.key, "token": token})

    assert answer.status_code == 400
    assert player.ask("auth.getSession", token=token)["error"] == 14


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        ("http://127.0.0.1:9078/callback", "http://127.0.0.1:9078/callback?token="),
        ("https://a.example/b?c=d#e", "https://a.example/b?c=d&token="),
        ("tonearm://in", "tonearm://in?token="),
    ],
)
def test_a_web_player_gets_its_token_at_its_own_address(
    bob: Visitor, player: LastfmPlayer, back: str, expected: str
) -> None:
    page = bob.get("/api/auth", query_string={"api_key": player.key, "cb": back})

    answer = bob.submit("/account", to="/api/auth", api_key=player.key, cb=back)

    assert answer.status_code == 303 and answer.location.startswith(expected)
    token = answer.location.partition("token=")[2].partition("#")[0]
    assert player.ask("auth.getSession", token=token)["session"]["name"] == "bob"
    origin = "tonearm:" if back.startswith("tonearm") else "/".join(back.split("/")[:3])
    assert f"form-action 'self' {origin};" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "back",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "nowhere",
        "http://",
        "https://a\nb",
        # A browser would go to the first of these names, and the page show the second.
        "https://a.example\\@b.example/",
        "https://b.example@a.example/",
    ],
)
def test_nobody_is_led_to_what_is_no_program(app: Flask, bob: Visitor, back: str) -> None:
    page = bob.get("/api/auth", query_string={"api_key": "a", "cb": back})

    assert page.status_code == 422
    assert bob.submit("/account", to="/api/auth", api_key="a", cb=back).status_code == 422
    assert count_rows(app, ScrobbleGrant) == 0


def test_the_address_to_go_back_to_writes_no_policy(bob: Visitor) -> None:
    back = "https://a.example;script-src *"

    page = bob.get("/api/auth", query_string={"api_key": "a", "cb": back})

    assert "script-src *" not in page.headers["Content-Security-Policy"]


def test_without_a_player_the_page_says_so(bob: Visitor) -> None:
    assert "No player asks" in bob.get("/api/auth").text


def test_an_old_token_has_expired(player: LastfmPlayer, monkeypatch: pytest.MonkeyPatch) -> None:
    token = player.ask("auth.getToken")["token"]
    monkeypatch.setattr(scrobble_grants, "LASTS", -1)

    assert player.ask("auth.getSession", token=token)["error"] == 15


def test_only_so_many_may_wait(player: LastfmPlayer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrobble_grants, "MOST", 2)

    told = [player.ask("auth.getToken") for _ in range(3)]

    assert told[1].keys() == {"token"} and told[2]["error"] == 29


def test_a_new_password_from_the_admin_shuts_every_player_out(
    alice: Visitor, bob: Visitor, player: LastfmPlayer
) -> None:
    token = player.ask("auth.getToken")["token"]
    bob.submit("/account", to="/api/auth", api_key=player.key, token=token)
    player.session_key = player.ask("auth.getSession", token=token)["session"]["key"]

    page = f"/admin/people/{bob.id}"
    alice.submit(page, to=f"{page}/password", password="another long password of his")

    assert player.ask("track.love", **TRACK)["error"] == 9
