"""Playlists are made at Spotify once and whole, whichever answer gets lost on the way."""

from collections.abc import Sequence
from typing import Any

import pytest

from clients.spotify import Unreadable
from core.consents import ReconnectNeeded, ScopeNeeded
from core.errors import Conflict, NotFound, Parked, RemoteError
from core.settings import Settings
from database import library_items, made_playlists
from database.engine import Database
from database.library_items import PLAYLIST, SPOTIFY
from database.made_playlists import NewPlaylist
from database.models import Base, MadePlaylist, Playlist, Task
from database.owner import Owner
from database.track_picks import Pick
from fakes.server import Asked
from fakes.spotify import FakeSpotify
from fakes.spotify_library import Playlist as AtSpotify
from tests import factories, sounds
from tests.spotify import connect
from tests.worker.at_spotify.conftest import names, of, on_list, playlist
from tests.worker.listening import Listening, begin
from worker_jobs.made_playlists import describe_playlist, make_playlist
from worker_jobs.run import Cancelled
from worker_jobs.spotify_sync.job import sync_library

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NAME = "Best of the basement"
# Whose account it is, too: by that it is known which playlists are their own.
LISTS: dict[str, Any] = {"parts": ["profile", "playlists"]}
READS = "user-read-private playlist-read-private user-library-read"


def known(spotify: FakeSpotify, many: int) -> list[str]:
    return [spotify.library.track(f"Song {number}", "Faust", "IV") for number in range(many)]


def pick(spotify_id: str | None, title: str = "T", artist: str = "Faust", **said: Any) -> Pick:
    return Pick(title, (artist,), None, spotify_id, said.get("isrc"))


def ask(db: Database, person_id: int, tracks: Sequence[Pick], **said: Any) -> dict[str, Any]:
    """Ask for a playlist; return what the job is to be done with."""
    wanted = NewPlaylist.model_validate({"name": NAME, "description": "Loud & long"} | said)
    with db.writing() as session:
        placed = made_playlists.ask(session, Owner(person_id), wanted, tracks)
        return session.get_one(Task, placed.id).args


def row(db: Database, args: dict[str, Any]) -> MadePlaylist:
    with db.reading() as session:
        return session.get_one(MadePlaylist, args["made_id"])


def there(spotify: FakeSpotify) -> AtSpotify:
    """Return the playlist that was made; there is one."""
    (found,) = [one for one in spotify.library.playlists.values() if one.name == NAME]
    return found


def on_it(spotify: FakeSpotify) -> list[str]:
    return [str(one.thing) for one in there(spotify).entries if one]


def lose_answer(spotify: FakeSpotify, nth: int) -> None:
    """Let the nth change be made, and its answer break off."""
    left = nth

    def before(asked: Asked) -> None:
        nonlocal left
        left -= asked.method == "POST"
        if left == 1:
            spotify.before = None
            spotify.drops(times=1, path_prefix="/v1/playlists/")

    if nth == 1:
        spotify.drops(times=1, path_prefix="/v1/me/playlists")
    else:
        spotify.before = before


def test_it_is_made_in_order_and_comes_into_the_library(
    db: Database, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    ids = known(spotify, 230)
    sync_library(LISTS, run)
    before = names(db, ada, PLAYLIST, Playlist)
    spotify.forget_calls()

    args = ask(db, ada, [pick(one) for one in reversed(ids)])
    result = make_playlist(args, run)

    made = there(spotify)
    assert on_it(spotify) == ids[::-1]
    assert made.public is False
    assert made.description == f"Loud & long [Needledrop {row(db, args).public_id[:8]}]"
    assert names(db, ada, PLAYLIST, Playlist) == [NAME, *before]
    assert on_list(db, NAME) == [f"Song {number}" for number in range(229, -1, -1)]
    assert (result["tracks"], result["left_out"]) == (230, 0)
    assert result["result_url"] == f"/library/playlists/{playlist(db, NAME).id}"
    posts = [one.route for one in spotify.requests if one.method == "POST"]
    assert posts == ["/v1/me/playlists", *[f"/v1/playlists/{made.id}/items"] * 3]
    assert not [one for one in spotify.requests if one.path.startswith("/v1/me/playlists?")]


def test_once_more_it_adds_nothing(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    args = ask(db, ada, [pick(one) for one in known(spotify, 3)])
    first = make_playlist(args, run)

    assert make_playlist(args, begin(db, settings, Owner(ada))) == first
    assert len(on_it(spotify)) == 3


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_an_answer_that_gets_lost_doubles_nothing(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int, nth: int
) -> None:
    ids = known(spotify, 230)
    args = ask(db, ada, [pick(one) for one in ids])
    lose_answer(spotify, nth)
    with pytest.raises(RemoteError) as raised:
        make_playlist(args, run)
    assert raised.value.retry_after is not None
    assert len(on_it(spotify)) == [0, 100, 200, 230][nth - 1]

    make_playlist(args, begin(db, settings, Owner(ada)))

    assert on_it(spotify) == ids
    assert row(db, args).finished_at


@pytest.mark.parametrize("prefix", ["/v1/me/playlists", "/v1/playlists/"])
def test_what_was_not_done_is_done_the_next_time(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int, prefix: str
) -> None:
    ids = known(spotify, 130)
    args = ask(db, ada, [pick(one) for one in ids])
    spotify.answers(503, times=1, path_prefix=prefix)
    with pytest.raises(RemoteError):
        make_playlist(args, run)

    make_playlist(args, begin(db, settings, Owner(ada)))

    assert on_it(spotify) == ids


def test_what_the_person_has_added_meanwhile_is_not_taken_for_ours(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    ids = known(spotify, 60)
    args = ask(db, ada, [pick(one) for one in ids[:50]])
    spotify.answers(503, times=1, path_prefix="/v1/playlists/")
    with pytest.raises(RemoteError):
        make_playlist(args, run)
    spotify.library.fill(there(spotify).id, ids[50:53])

    make_playlist(args, begin(db, settings, Owner(ada)))

    assert on_it(spotify) == [*ids[50:53], *ids[:50]]


def test_cancelled_half_way_it_goes_on_there(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    ids = known(spotify, 230)
    args = ask(db, ada, [pick(one) for one in ids])
    run.cancel_at = 3
    with pytest.raises(Cancelled):
        make_playlist(args, run)
    assert row(db, args).done == 100
    spotify.forget_calls()

    make_playlist(args, begin(db, settings, Owner(ada)))

    assert on_it(spotify) == ids
    # Nothing was in doubt, so nothing is looked up before the rest is added.
    assert [one.method for one in spotify.requests[:2]] == ["POST", "POST"]


def test_an_id_that_is_none_is_left_out_alone(
    db: Database, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    ids = known(spotify, 120)
    tracks = [pick(one) for one in ids]
    tracks.insert(37, pick("madeup1"))
    tracks.insert(110, pick("madeup2"))

    args = ask(db, ada, tracks)
    result = make_playlist(args, run)

    assert on_it(spotify) == ids
    assert (result["tracks"], result["left_out"]) == (120, 2)


def test_where_hardly_an_id_is_one_it_gives_up(
    db: Database, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    args = ask(db, ada, [pick(f"madeup{number}") for number in range(90)])

    with pytest.raises(Conflict, match="none that Spotify knows"):
        make_playlist(args, run)
    assert sum(one.method == "POST" for one in spotify.requests) < 90


def test_the_others_are_looked_for_by_code_and_by_name(
    db: Database, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    first, last = known(spotify, 2)
    library = spotify.library
    by_code = library.track("Krautrock", "Faust", "IV")
    by_name = library.track("Jennifer - 2006 Remaster", "Faust", "IV")
    library.track("Jennifer", "Somebody Else", "Covers")
    code = library.catalogue.tracks[by_code].isrc
    wanted = [
        pick(None, "Krautrock", isrc=str(code).upper()),
        pick(first),
        pick(None, 'Jennifer (feat. "Nobody")', isrc="USXXX0000000"),
        pick(None, "Jennifer", "Nobody"),
        pick(last),
    ]

    args = ask(db, ada, wanted, look=True)
    result = make_playlist(args, run)

    assert on_it(spotify) == [by_code, first, by_name, last]
    assert (result["tracks"], result["left_out"]) == (4, 1)
    assert spotify.calls["/search"] == 4


def test_unasked_nothing_is_looked_for(
    db: Database, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    (one,) = known(spotify, 1)
    args = ask(db, ada, [pick(None, "Song 0"), pick(one)])

    assert make_playlist(args, run)["left_out"] == 1
    assert spotify.calls["/search"] == 0


def test_what_is_not_found_makes_no_playlist(
    db: Database, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    args = ask(db, ada, [pick(None, "Nothing of the kind")], look=True)

    with pytest.raises(Conflict, match="None of these"):
        make_playlist(args, run)
    assert not [one for one in spotify.requests if one.method == "POST" and "v1" in one.path]


def test_without_leave_to_write_nothing_is_asked(
    db: Database, settings: Settings, spotify: FakeSpotify
) -> None:
    with db.writing() as session:
        ben = factories.person(session, "ben").id
    args = ask(db, ben, [pick(one) for one in known(spotify, 1)])
    run = begin(db, settings, Owner(ben))

    with pytest.raises(ReconnectNeeded):
        make_playlist(args, run)
    connect(db, settings, ben, spotify, scopes=READS)
    with pytest.raises(ScopeNeeded):
        make_playlist(args, run)
    assert not spotify.calls


def test_when_the_quota_is_used_up_nothing_is_lost(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    ids = known(spotify, 130)
    args = ask(db, ada, [pick(one) for one in ids])

    def before(asked: Asked) -> None:
        if asked.route.endswith("/items"):
            spotify.before = None
            spotify.quota_exceeded("7200", times=1)

    spotify.before = before
    with pytest.raises(Parked):
        make_playlist(args, run)
    assert row(db, args).done == 100
    with db.writing() as session:
        session.execute(Base.metadata.tables["provider_paces"].delete())

    make_playlist(args, begin(db, settings, Owner(ada)))

    assert on_it(spotify) == ids


def test_one_of_another_account_is_let_alone(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    args = ask(db, ada, [pick(one) for one in known(spotify, 130)])
    run.cancel_at = 3
    with pytest.raises(Cancelled):
        make_playlist(args, run)
    there(spotify).owner_id = "somebody.else"

    with pytest.raises(Unreadable, match="change this playlist"):
        make_playlist(args, begin(db, settings, Owner(ada)))

    assert (row(db, args).done, row(db, args).left_out) == (100, 0)


def test_nobody_makes_anothers(
    db: Database, settings: Settings, spotify: FakeSpotify, ada: int
) -> None:
    args = ask(db, ada, [pick(one) for one in known(spotify, 1)])
    with db.writing() as session:
        ben = factories.person(session, "ben").id

    with pytest.raises(NotFound):
        make_playlist(args, begin(db, settings, Owner(ben)))


@pytest.mark.parametrize(
    ("typed", "said"), [("Slow\nand  low", "Slow and low"), ("", ""), ("R & B <3", "R & B <3")]
)
def test_a_playlist_of_ones_own_is_described(
    db: Database, spotify: FakeSpotify, run: Listening, typed: str, said: str
) -> None:
    library = spotify.library
    id_ = of(library, "Morning")
    sync_library(LISTS, run)
    ours = playlist(db, "Morning").id
    library.playlists[id_].description = "before"

    result = describe_playlist({"playlist_id": ours, "description": typed}, run)

    assert library.playlists[id_].description == said
    assert playlist(db, "Morning").description == said
    assert result["result_url"] == f"/library/playlists/{ours}"
    sync_library(LISTS, run)
    assert playlist(db, "Morning").description == said


def test_what_is_not_ones_own_is_not_described(
    db: Database, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    sync_library(LISTS, run)
    with db.writing() as session:
        brought = sounds.playlist(session, ada, sounds.some(session, 1))
    spotify.forget_calls()

    for id_ in (playlist(db, "With a friend").id, brought):
        with pytest.raises(Conflict, match="of your own"):
            describe_playlist({"playlist_id": id_, "description": "x"}, run)
    with pytest.raises(NotFound):
        describe_playlist({"playlist_id": 9_999, "description": "x"}, run)
    assert not spotify.calls


def test_what_spotify_refuses_is_not_noted(
    db: Database, spotify: FakeSpotify, run: Listening
) -> None:
    sync_library(LISTS, run)
    ours = playlist(db, "Morning").id
    spotify.refuses("Forbidden", path_prefix="/v1/playlists/")

    with pytest.raises(Unreadable):
        describe_playlist({"playlist_id": ours, "description": "new"}, run)
    assert playlist(db, "Morning").description != "new"


def test_it_stands_in_the_library_once(
    db: Database, settings: Settings, spotify: FakeSpotify, run: Listening, ada: int
) -> None:
    args = ask(db, ada, [pick(one) for one in known(spotify, 2)])
    make_playlist(args, run)
    sync_library({"parts": ["playlists"]}, begin(db, settings, Owner(ada)))
    make_playlist(args, begin(db, settings, Owner(ada)))

    with db.reading() as session:
        ids = [one.item_id for one in library_items.of(session, ada, PLAYLIST, SPOTIFY)]
    assert len(ids) == len(set(ids)) == len(spotify.library.playlists)
