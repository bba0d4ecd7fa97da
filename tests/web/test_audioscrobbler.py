"""Audioscrobbler 1.2: the handshake at the home page's address, and plays in a form."""

from typing import Any

import pytest
from flask import Flask

from database import now_playing
from database.models import Play, ScrobbleSession
from tests.web.conftest import Visitor, house
from tests.web.players import count_rows, heard, md5, now, token_of


def hands(token: str, at: int, **said: str) -> dict[str, str]:
    usual = {"hs": "true", "p": "1.2.1", "c": "tst", "v": "1.0", "u": "bob", "t": str(at)}
    return usual | {"a": md5(md5(token) + str(at))} | said


def lines(answer: Any) -> list[str]:
    """Return what was answered; whatever it is, its status is 200, and each line has an end."""
    assert answer.status_code == 200 and answer.mimetype == "text/plain"
    assert answer.text.endswith("\n")
    return answer.text.splitlines()  # type: ignore[no-any-return]


@pytest.fixture
def token(app: Flask, bob: Visitor) -> str:
    return token_of(app, bob.id)


@pytest.fixture
def key(app: Flask, token: str) -> str:
    return lines(app.test_client().get("/", query_string=hands(token, now())))[1]


def send(app: Flask, address: str, **said: str) -> list[str]:
    return lines(app.test_client().post(address, data=said))


@pytest.mark.parametrize("address", ["/", "/apis/audioscrobbler_legacy"])
def test_a_handshake_answers_with_a_session_and_whole_addresses(
    app: Flask, token: str, address: str
) -> None:
    told = lines(app.test_client().get(address, query_string=hands(token, now())))

    assert told[0] == "OK" and len(told[1]) == 32
    assert told[2:] == ["http://localhost/np_1.2", "http://localhost/protocol_1.2"]


def test_behind_a_proxy_the_addresses_are_the_houses_own(over_https: Flask) -> None:
    from database import people
    from database.people import NewPerson
    from tests.web.conftest import PASSWORD

    with house(over_https).db.writing() as session:
        bob = people.add(session, NewPerson(username="bob", password=PASSWORD), zone="UTC")
    token = token_of(over_https, bob.id)

    told = over_https.test_client().get(
        "/", query_string=hands(token, now()), base_url="https://films.example.org"
    )

    assert lines(told)[2] == "https://films.example.org/np_1.2"


def test_the_home_page_stays_where_nobody_shakes_hands(bob: Visitor) -> None:
    assert bob.get("/").mimetype == "text/html"
    assert bob.get("/?hs=false").mimetype == "text/html"


@pytest.mark.parametrize("wrong", [{"u": "alice"}, {"u": ""}, {"a": "0" * 32}, {"a": "ü"}])
@pytest.mark.usefixtures("alice")
def test_who_is_not_let_in_is_told_badauth(app: Flask, token: str, wrong: dict[str, str]) -> None:
    told = app.test_client().get("/", query_string=hands(token, now(), **wrong))

    assert lines(told) == ["BADAUTH"]


def test_whoever_guesses_is_held_up(app: Flask, token: str) -> None:
    for n in range(25):
        told = app.test_client().get("/", query_string=hands(f"guess {n}", now()))

    assert lines(told)[0].startswith("FAILED Too many tries")
    assert lines(app.test_client().get("/", query_string=hands(token, now())))[0] == "OK"


def test_clocks_may_differ_by_five_minutes(app: Flask, token: str) -> None:
    """Beyond that it is FAILED, after which players try again, and not BADTIME, where they stop."""
    near, far = (
        app.test_client().get("/", query_string=hands(token, now() + away)) for away in (290, 330)
    )

    assert lines(near)[0] == "OK"
    assert lines(far)[0].startswith("FAILED")


def test_a_handshake_that_was_listened_to_is_of_no_use(app: Flask, token: str) -> None:
    said = hands(token, now())
    app.test_client().get("/", query_string=said)

    assert lines(app.test_client().get("/", query_string=said))[0].startswith("FAILED")


def test_another_version_is_told_so(app: Flask, token: str) -> None:
    told = app.test_client().get("/", query_string=hands(token, now(), p="1.1"))

    assert lines(told)[0].startswith("FAILED This house speaks version 1.2")


@pytest.mark.parametrize("address", ["/protocol_1.2", "/apis/audioscrobbler_legacy/scrobble"])
def test_plays_are_taken_with_no_more_than_artist_title_and_time(
    app: Flask, bob: Visitor, key: str, address: str
) -> None:
    at = now() - 900
    said = {"a[0]": "Can", "t[0]": "Spoon", "i[0]": str(at), "l[0]": "183", "b[0]": "Ege Bamyasi"}
    # The third has no second before it.
    said |= {"a[2]": "Neu!", "t[2]": "Hero", "i[2]": str(at + 300), "o[2]": "P", "n[2]": "5"}

    assert send(app, address, s=key, **said) == ["OK"]
    assert send(app, address, s=key, **said) == ["OK"]
    assert heard(app, bob.id) == [("Can", "Spoon", at), ("Neu!", "Hero", at + 300)]


def test_what_was_skipped_was_not_heard_and_what_is_loved_is(
    app: Flask, bob: Visitor, key: str
) -> None:
    from tests.web.players import LastfmPlayer

    said: dict[str, str] = {}
    for n, rating in enumerate(("L", "S", "B", "")):
        play = {"a": "Can", "t": f"Song {n}", "i": str(now() - 900 + n), "r": rating}
        said |= {f"{name}[{n}]": value for name, value in play.items()}

    send(app, "/protocol_1.2", s=key, **said)

    assert [title for _, title, _ in heard(app, bob.id)] == ["Song 0", "Song 3"]
    reader = LastfmPlayer(app, key=token_of(app, bob.id))
    loved = reader.ask("user.getLovedTracks", user="bob")["lovedtracks"]["track"]
    assert [one["name"] for one in loved] == ["Song 0"]


def test_one_that_cannot_be_does_not_keep_the_others_out(
    app: Flask, bob: Visitor, key: str
) -> None:
    """Refused as a whole, a player would send them for ever."""
    said = {"a[0]": "Can", "t[0]": "Spoon", "i[0]": str(now() + 90_000)}
    said |= {"a[1]": "", "t[1]": "Nobody's", "i[1]": str(now())}
    said |= {"a[2]": "Can", "t[2]": "Pinch", "i[2]": str(now())}

    assert send(app, "/protocol_1.2", s=key, **said) == ["OK"]
    assert [title for _, title, _ in heard(app, bob.id)] == ["Pinch"]


def test_nor_are_plays_sent_for_ever_of_which_none_can_be(
    app: Flask, bob: Visitor, key: str
) -> None:
    said = {"a[0]": "Can", "t[0]": "Spoon", "i[0]": str(now()), "r[0]": "S"}
    said |= {"a[1]": "Can", "t[1]": "Pinch", "i[1]": str(now() + 90_000)}

    assert send(app, "/protocol_1.2", s=key, **said) == ["OK"]
    assert heard(app, bob.id) == []


def test_letters_that_are_none_are_replaced(app: Flask, bob: Visitor, key: str) -> None:
    body = f"s={key}&a[0]=Bj%F6rk&t[0]=J%F3ga&i[0]={now()}"

    answer = app.test_client().post(
        "/protocol_1.2", data=body, content_type="application/x-www-form-urlencoded"
    )

    assert lines(answer) == ["OK"]
    assert heard(app, bob.id)[0][0] == "Bj\ufffdrk"


def test_without_any_play_it_failed(app: Flask, key: str) -> None:
    assert send(app, "/protocol_1.2", s=key)[0].startswith("FAILED")
    assert send(app, "/protocol_1.2", s=key, **{"a[0]": "C\0", "t[0]": "x", "i[0]": "1"})[
        0
    ].startswith("FAILED")
    assert count_rows_of_plays(app) == 0


def count_rows_of_plays(app: Flask) -> int:
    return count_rows(app, Play)


@pytest.mark.parametrize("address", ["/np_1.2", "/apis/audioscrobbler_legacy/nowplaying"])
def test_what_plays_now_is_known(app: Flask, bob: Visitor, key: str, address: str) -> None:
    told = send(app, address, s=key, a="Can", t="Halleluhwah", b="Tago Mago", l="1112", n="4", m="")

    assert told == ["OK"]
    with house(app).db.reading() as session:
        playing = now_playing.of(session, bob.id)
    assert playing is not None
    assert (playing.title, playing.client, playing.until - playing.since) == (
        "Halleluhwah", "tst", 1_112_000,
    )  # fmt: skip


@pytest.mark.parametrize("address", ["/np_1.2", "/protocol_1.2"])
def test_a_session_that_is_none_is_told_badsession(app: Flask, address: str) -> None:
    """Also that of the other protocol: each opens its own door."""
    for wrong in ("", "0" * 32):
        assert send(app, address, s=wrong, a="Can", t="Spoon") == ["BADSESSION"]


def test_a_player_that_starts_often_keeps_its_last_sessions(app: Flask, token: str) -> None:
    at = now() - 100
    for n in range(25):
        app.test_client().get("/", query_string=hands(token, at + n))

    assert count_rows(app, ScrobbleSession) == 20


def test_what_fails_on_the_way_is_one_line_too(app: Flask) -> None:
    assert lines(app.test_client().get("/protocol_1.2"))[0].startswith("FAILED")
    assert lines(app.test_client().get("/apis/audioscrobbler_legacy/none"))[0].startswith("FAILED")
