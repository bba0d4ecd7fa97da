"""The fake Spotify answers as the real one is described, and as it was recorded."""

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from fakes.spotify import CLIENT_ID, CLIENT_SECRET, TOKEN, FakeSpotify, large, small
from fakes.spotify_api import ROUTES
from fakes.spotify_shapes import SPELLINGS
from tests.spotify_document import Document, document

RECORDED = {
    "album_tracks": "/albums/{id}/tracks",
    "artist": "/artists/{id}",
    "audio_features": "/audio-features/{id}",
    "current_user": "/me",
    "current_user_playlist_1": "/me/playlists",
    "current_user_playlist_2": "/me/playlists",
    "followed_artists": "/me/following",
    "get_album": "/albums/{id}",
    "library_contains": "/me/library/contains",
    "playlist_1": "/playlists/{playlist_id}",
    "playlist_2": "/playlists/{playlist_id}",
    "playlist_3": "/playlists/{playlist_id}",
    "playlist_cover_image": "/playlists/{playlist_id}/images",
    "playlist_items": "/playlists/{playlist_id}/items",
    "recently_played_tracks": "/me/player/recently-played",
    "saved_albums_shortened": "/me/albums",
    "saved_tracks": "/me/tracks",
    "search": "/search",
    "top_artists": "/me/top/artists",
}


@pytest.fixture
def fake() -> Iterator[FakeSpotify]:
    with FakeSpotify() as made:
        yield made


@pytest.fixture(scope="session")
def described(samples: Path) -> Document:
    return document(samples / "spotify" / "openapi.yml")


def call(fake: FakeSpotify, path: str, method: str = "GET", **said: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {said.pop('token', TOKEN)}"}
    return requests.request(method, f"{fake.api_url}{path}", headers=headers, timeout=60, **said)


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded_is_described_but_for_the_known_deviations(
    samples: Path, described: Document, name: str
) -> None:
    body = json.loads((samples / "spotify" / "fixtures" / f"{name}.json").read_bytes())

    assert described.problems(RECORDED[name], body) == []


def requests_of_every_kind(fake: FakeSpotify) -> list[tuple[str, str, dict[str, Any], str]]:
    """Return a method, an address, what is sent, and the address as the document has it."""
    library = fake.library
    own = [one for one in library.playlists.values() if one.owner_id == library.owner_id]
    track, album = next(iter(library.catalogue.tracks)), next(iter(library.catalogue.albums))
    artist = next(iter(library.catalogue.artists))
    gets = [("/me", "/me"), ("/me/tracks?limit=2&offset=1", "/me/tracks")]
    gets += [(f"/me/{name}", f"/me/{name}") for name in ("playlists", "albums", "shows")]
    gets += [("/me/top/tracks", "/me/top/tracks"), ("/me/top/artists?limit=1", "/me/top/artists")]
    gets += [(f"/me/following?type=artist&limit={limit}", "/me/following") for limit in (1, 50)]
    gets += [("/me/player/recently-played?limit=3", "/me/player/recently-played")]
    gets += [("/me/player/recently-played?after=9999999999999", "/me/player/recently-played")]
    for one in library.playlists:
        gets += [(f"/playlists/{one}", "/playlists/{playlist_id}")]
        gets += [(f"/playlists/{one}/images", "/playlists/{playlist_id}/images")]
    gets += [(f"/playlists/{one.id}/items", "/playlists/{playlist_id}/items") for one in own]
    gets += [(f"/albums/{album}", "/albums/{id}"), (f"/artists/{artist}", "/artists/{id}")]
    gets += [(f"/albums/{album}/tracks?limit=1", "/albums/{id}/tracks")]
    gets += [(f"/tracks/{track}", "/tracks/{id}")]
    gets += [(f"/audio-features?ids={track},{track}", "/audio-features")]
    gets += [("/search?type=track&q=track%3ASong%20artist%3ANeu&limit=10", "/search")]
    made = {"json": {"name": "New", "public": False}}
    added = {"json": {"uris": [f"spotify:track:{track}"]}}
    first = own[0].id
    return [("GET", path, {}, template) for path, template in gets] + [
        ("POST", "/me/playlists", made, "/me/playlists"),
        ("POST", f"/playlists/{first}/items", added, "/playlists/{playlist_id}/items"),
        ("PUT", f"/playlists/{first}", {"json": {"description": "x"}}, "/playlists/{playlist_id}"),
    ]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_answer_of_the_fake_is_described(
    fake: FakeSpotify, described: Document, spelling: str
) -> None:
    fake.spelling, fake.has_features = spelling, True
    fake.library.saved.append(None)
    fake.library.catalogue.tracks["trk0000000000000000000"].isrc = None
    asked: set[tuple[str, str]] = set()

    for method, path, said, template in requests_of_every_kind(fake):
        answer = call(fake, path, method, **said)
        assert answer.ok, (method, path, answer.text)
        routes = {one for one in ROUTES if one.method == method}
        asked |= {
            (one.method, one.pattern.pattern)
            for one in routes
            if one.pattern.fullmatch(path.partition("?")[0])
        }
        if method != "PUT":  # which says nothing
            status = answer.status_code
            problems = described.problems(
                template, answer.json(), method=method.lower(), status=status
            )
            assert problems == []

    assert asked == {(one.method, one.pattern.pattern) for one in ROUTES}


def test_a_list_that_is_empty_is_described_too(described: Document) -> None:
    with FakeSpotify(large(playlists=1, tracks=0)) as fake:
        fake.library.playlists.clear()
        for name in ("playlists", "tracks", "albums", "following", "player/recently-played"):
            body = call(fake, f"/me/{name}?type=artist").json()
            assert described.problems(f"/me/{name}", body) == []


def test_every_error_is_described(fake: FakeSpotify, described: Document) -> None:
    fake.library.playlists["lst1"] = small().playlists.popitem()[1]
    fake.library.playlists["lst1"].owner_id = "somebody"
    little = fake.accounts.consent(fake.library.owner_id, "user-read-private")
    (token,) = little.access
    errors = {
        401: call(fake, "/me", token="wrong"),
        403: call(fake, "/playlists/lst1/items"),
        404: call(fake, "/albums/none"),
    }
    scope = call(fake, "/me/tracks", token=token)
    fake.too_often()
    errors[429] = call(fake, "/me")
    fake.quota_exceeded("86400", times=1)
    quota = call(fake, "/me")

    for status, answer in errors.items():
        assert answer.status_code == status
        assert set(answer.json()["error"]) == {"status", "message"}
    assert errors[429].headers["Retry-After"] == "1"
    assert errors[429].json()["error"]["message"] == "API rate limit exceeded"
    assert described.problems("/me", errors[401].json(), status=401) == []
    assert (scope.status_code, scope.json()["error"]["message"]) == (
        403, "Insufficient client scope",
    )  # fmt: skip
    assert quota.json()["error"]["reason"] == "QUOTA_EXCEEDED"


def test_pages_are_no_longer_than_it_allows(fake: FakeSpotify) -> None:
    assert call(fake, "/me/tracks?limit=51").status_code == 400
    assert call(fake, "/me/tracks?limit=0").status_code == 400
    assert len(call(fake, "/me/tracks?limit=3&offset=8").json()["items"]) == 1


def test_a_token_ends_after_so_many_requests_and_on_demand(fake: FakeSpotify) -> None:
    fake.accounts.holds_for = 2

    assert [call(fake, "/me").status_code for _ in range(3)] == [200, 200, 401]

    fresh = fake.accounts.consent(fake.library.owner_id)
    (token,) = fresh.access
    fake.accounts.expire()
    assert call(fake, "/me", token=token).status_code == 401


def test_calls_are_counted_by_address(fake: FakeSpotify) -> None:
    for _ in range(2):
        call(fake, "/albums/alb0000000000000000000")
    call(fake, "/me")

    assert fake.calls == {"/albums/ID": 2, "/me": 1}
    fake.forget_calls()
    assert not fake.calls


def test_what_is_written_changes_the_library(fake: FakeSpotify) -> None:
    track = next(iter(fake.library.catalogue.tracks))
    made = call(fake, "/me/playlists", "POST", json={"name": "Mine"}).json()
    playlist = fake.library.playlists[made["id"]]

    assert playlist.public is True  # unless one says otherwise
    too_many = {"uris": [f"spotify:track:{track}"] * 101}
    assert call(fake, f"/playlists/{playlist.id}/items", "POST", json=too_many).status_code == 400
    before = playlist.snapshot
    fine = {"uris": [f"spotify:track:{track}"] * 100}
    assert call(fake, f"/playlists/{playlist.id}/items", "POST", json=fine).status_code == 201
    assert len(playlist.entries) == 100
    assert playlist.snapshot != before
    call(fake, f"/playlists/{playlist.id}", "PUT", json={"description": "Said"})
    assert playlist.description == "Said"
    assert fake.library.playlists["lst8930000000000000002"].owner_id == "ben.plays"
    foreign = call(fake, "/playlists/lst8930000000000000002", "PUT", json={"description": "x"})
    assert foreign.status_code == 403


def walk(fake: FakeSpotify, **otherwise: str) -> dict[str, str]:
    """Ask for a consent as a browser does; return what the redirect says."""
    asked = {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:8000/back",
        "state": "a-state",
        "scope": "user-read-private",
        "code_challenge_method": "S256",
        "code_challenge": challenge("verifier"),
    } | otherwise
    address = f"{fake.url}/authorize?{urlencode(asked)}"
    answer = requests.get(address, allow_redirects=False, timeout=60)
    told = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: said[0] for name, said in told.items()}


def challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def ask_token(
    fake: FakeSpotify, said: dict[str, str], *, with_secret: bool = True
) -> requests.Response:
    auth = (CLIENT_ID, CLIENT_SECRET) if with_secret else None
    return requests.post(f"{fake.url}/api/token", data=said, auth=auth, timeout=60)


def of_code(code: str, verifier: str = "verifier") -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "http://127.0.0.1:8000/back",
        "code_verifier": verifier,
    }


def test_a_code_becomes_tokens_once_and_for_its_verifier(fake: FakeSpotify) -> None:
    told = walk(fake)

    assert told["state"] == "a-state"
    tokens = ask_token(fake, of_code(told["code"])).json()
    assert call(fake, "/me", token=tokens["access_token"]).json()["id"] == "ada.plays"
    assert call(fake, "/me/tracks", token=tokens["access_token"]).status_code == 403
    again = ask_token(fake, of_code(told["code"]))
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    other = ask_token(fake, of_code(walk(fake)["code"], "another"))
    assert other.json()["error"] == "invalid_grant"


def test_where_nobody_is_logged_in_the_browser_chooses_who_comes(fake: FakeSpotify) -> None:
    fake.login = None
    said = requests.get(f"{fake.url}/authorize?state=a%26b", timeout=60).text

    assert 'href="?state=a%26b&amp;whose=ada.plays"' in said
    code = walk(fake, whose="ada.plays")["code"]
    tokens = ask_token(fake, of_code(code)).json()
    assert call(fake, "/me", token=tokens["access_token"]).json()["id"] == "ada.plays"


def test_what_was_given_before_it_was_started_is_good_where_it_recalls_that() -> None:
    said = {"grant_type": "refresh_token", "refresh_token": "refresh-ada.plays-17"}
    with FakeSpotify() as fake:
        assert ask_token(fake, said).json()["error"] == "invalid_grant"
        fake.accounts.recalls = True
        access = ask_token(fake, said).json()["access_token"]

        assert call(fake, "/me", token=access).json()["id"] == "ada.plays"


def test_a_client_without_a_secret_names_itself(fake: FakeSpotify) -> None:
    code = of_code(walk(fake)["code"])

    assert ask_token(fake, code, with_secret=False).json()["error"] == "invalid_client"
    given = ask_token(fake, code | {"client_id": CLIENT_ID}, with_secret=False).json()
    assert given["token_type"] == "Bearer"


def test_whoever_says_no_is_sent_back_without_a_code(fake: FakeSpotify) -> None:
    fake.accounts.is_denied = True

    assert walk(fake) == {"error": "access_denied", "state": "a-state"}


def test_a_refresh_keeps_the_token_or_changes_it_and_two_of_one_end_it(fake: FakeSpotify) -> None:
    consent = fake.accounts.consent("ada.plays")
    first = {"grant_type": "refresh_token", "refresh_token": consent.refresh}

    assert "refresh_token" not in ask_token(fake, first).json()
    fake.accounts.rotates = True
    second = ask_token(fake, first).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert ask_token(fake, first).json()["error"] == "invalid_grant"
    # Whoever came second may be a thief: the winner's tokens are dead, too.
    assert call(fake, "/me", token=second["access_token"]).status_code == 401
    dead = first | {"refresh_token": second["refresh_token"]}
    assert ask_token(fake, dead).json()["error"] == "invalid_grant"


def test_a_consent_that_was_ended_gives_nothing_more(fake: FakeSpotify) -> None:
    consent = fake.accounts.consent("ada.plays")
    fake.accounts.revoke("ada.plays")

    again = {"grant_type": "refresh_token", "refresh_token": consent.refresh}
    answer = ask_token(fake, again)

    assert answer.json() == {
        "error": "invalid_grant", "error_description": "Refresh token revoked",
    }  # fmt: skip
    assert call(fake, "/me").status_code == 401


def test_a_large_library_is_the_same_each_time() -> None:
    one, other = large(20, 400), large(20, 400)

    assert one.playlists == other.playlists
    assert one.catalogue.tracks == other.catalogue.tracks
    in_lists = {
        entry.thing for playlist in one.playlists.values() for entry in playlist.entries if entry
    }
    assert in_lists == set(one.catalogue.tracks)
