"""A real client against the running house: pylast over https."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pylast
import pytest
from flask import Flask

from database.models import Play
from tests.web.conftest import Visitor
from tests.web.players import count_rows, heard, now, own_pair, token_of
from tests.web.serving import make_certificate, served


@pytest.fixture
def secure(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The house by https, with a certificate that pylast trusts."""
    file = make_certificate(tmp_path / "certificate.pem")
    trusting = ssl.create_default_context(cafile=str(file))
    monkeypatch.setattr(pylast, "SSL_CONTEXT", trusting)
    with served(app, file) as host:
        yield host


@pytest.fixture
def network(app: Flask, bob: Visitor, secure: str) -> Any:
    """Bob's, by his name and the MD5 of a token."""
    return network_of(app, secure, username="bob", password=token_of(app, bob.id))


def network_of(
    app: Flask, host: str, *, username: str = "", password: str = "", **said: Any
) -> Any:
    key, secret = own_pair(app)
    made: Any = pylast.LibreFMNetwork(key, secret, said.get("session_key", ""))
    made.homepage, made.ws_server = f"https://{host}", (host, "/2.0/")
    if username:
        generator = pylast.SessionKeyGenerator(made)
        made.session_key = generator.get_session_key(username, pylast.md5(password))
        made.username = username
    return made


def test_pylast_logs_in_and_scrobbles(app: Flask, bob: Visitor, network: Any) -> None:
    at = now() - 600

    network.scrobble(
        artist="Björk", title="Jóga", timestamp=at, album="Homogenic", album_artist="Björk",
        track_number=2, duration=305, stream_id="1", chosen_by_user=True,
    )  # fmt: skip
    network.scrobble(artist="Björk", title="Jóga", timestamp=at)

    assert heard(app, bob.id) == [("Björk", "Jóga", at)]
    assert count_rows(app, Play) == 1


def test_pylast_scrobbles_more_than_fifty(app: Flask, bob: Visitor, network: Any) -> None:
    """Its batches are of 50; the indexes are signed in the order of their letters."""
    tracks = [
        {"artist": "Neu!", "title": f"Hallogallo {n}", "timestamp": now() - 9_000 + 100 * n}
        for n in range(60)
    ]

    network.scrobble_many(tracks[:50])
    network.scrobble_many(tracks[50:])

    assert len(heard(app, bob.id)) == 60


def test_pylast_reads_the_latest_plays_beside_what_plays_now(network: Any) -> None:
    at = now() - 5_000
    for n in range(4):
        network.scrobble(artist="Can", title=f"Song {n}", timestamp=at + 300 * n, album="Ege")
    network.update_now_playing(artist="Harmonia", title="Watussi", album="Musik", duration=360)
    user = network.get_user("bob")

    found = user.get_recent_tracks(limit=3)
    every = user.get_recent_tracks(limit=None)
    playing = user.get_now_playing()

    assert [(one.track.artist.name, one.track.title) for one in found] == [
        ("Can", "Song 3"), ("Can", "Song 2"), ("Can", "Song 1"),
    ]  # fmt: skip
    assert (found[0].album, int(found[0].timestamp)) == ("Ege", at + 900)
    assert len(every) == 4
    assert (playing.artist.name, playing.title) == ("Harmonia", "Watussi")


def test_pylast_reads_nothing_as_nothing(network: Any) -> None:
    user = network.get_user("bob")

    assert user.get_recent_tracks() == []
    assert user.get_loved_tracks() == []
    assert user.get_now_playing() is None
    assert user.get_top_artists() == []


def test_pylast_reads_what_was_played_most(network: Any) -> None:
    plays = [("Can", "Spoon", "Ege Bamyasi")] * 3 + [("Neu!", "Hero", "Neu! 75")] * 2
    for n, (artist, title, album) in enumerate(plays):
        network.scrobble(artist=artist, title=title, album=album, timestamp=now() - 4_000 * (n + 1))
    user = network.get_user("bob")

    artists, albums = user.get_top_artists(limit=500), user.get_top_albums(pylast.PERIOD_7DAYS)
    tracks = user.get_top_tracks(pylast.PERIOD_OVERALL, limit=1)

    assert [(one.item.name, int(one.weight)) for one in artists] == [("Can", 3), ("Neu!", 2)]
    assert [(one.item.artist.name, one.item.title) for one in albums] == [
        ("Can", "Ege Bamyasi"),
        ("Neu!", "Neu! 75"),
    ]
    assert [(one.item.artist.name, one.item.title) for one in tracks] == [("Can", "Spoon")]
    assert int(user.get_playcount()) == 5
    assert abs(user.get_unixtime_registered() - now()) < 600


def test_pylast_loves_and_loves_no_more(network: Any) -> None:
    track, user = network.get_track("Can", "Spoon"), network.get_user("bob")

    track.love()
    loved = user.get_loved_tracks()
    track.unlove()

    assert [(one.track.artist.name, one.track.title) for one in loved] == [("Can", "Spoon")]
    assert user.get_loved_tracks() == []


def test_pylast_is_let_in_by_the_browser(app: Flask, bob: Visitor, secure: str) -> None:
    network = network_of(app, secure)
    generator = pylast.SessionKeyGenerator(network)
    url = generator.get_web_auth_url()
    with pytest.raises(pylast.WSError) as early:
        generator.get_web_auth_session_key(url)
    path = url.removeprefix(f"https://{secure}")
    token = url.partition("token=")[2]

    bob.submit(path, to="/api/auth", api_key=network.api_key, token=token)
    key, name = generator.get_web_auth_session_key_username(url)

    assert early.value.status == "14"
    assert name == "bob"
    network_of(app, secure, session_key=key).scrobble("Can", "Spoon", now())
    assert len(heard(app, bob.id)) == 1


@pytest.mark.usefixtures("bob")
def test_pylast_is_told_why_it_is_not_let_in(app: Flask, secure: str) -> None:
    with pytest.raises(pylast.WSError) as wrong:
        network_of(app, secure, username="bob", password="guessed")

    assert wrong.value.status == "4"
