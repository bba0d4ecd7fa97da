"""What was just played at Spotify becomes plays, each once, and what may be missing is noted."""

from typing import Any

import pytest
from sqlalchemy import select

from core import clock
from core.errors import Forbidden, NotYet
from core.plays import Heard, Named, Source, row_key
from core.settings import Settings
from database import library_settings, listeners, spotify_plays
from database.engine import Database
from database.library_settings import Wishes
from database.models import LibrarySettings, Play, PlayGap, Track
from database.owner import HOUSE, Owner
from database.play_intake import Intake
from database.spotify_plays import Gap
from fakes.spotify import FakeSpotify, Library
from tests import factories
from tests.spotify import connect
from tests.worker.at_spotify.conftest import count, rows
from tests.worker.listening import Listening, begin
from worker_jobs.recent_plays import read_recent

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

AT = 1_790_000_000_000


def read(run: Listening, person_id: int) -> dict[str, Any]:
    return read_recent({"person_id": person_id}, run)


def played(db: Database) -> list[tuple[str, int]]:
    with db.reading() as session:
        query = select(Track.title, Play.started_at).join(Play, Play.track_id == Track.id)
        return [(*row,) for row in session.execute(query.order_by(Play.started_at))]


def play_many(spotify: FakeSpotify, many: int, first: int) -> None:
    """Play so many songs, one every four minutes."""
    for number in range(many):
        song = spotify.library.track(f"Song at {first} {number}", "Faust", "Faust IV")
        spotify.library.play(song, first + number * 4 * clock.MINUTE)


def gaps(db: Database, person_id: int) -> list[Gap]:
    with db.reading() as session:
        return spotify_plays.gaps(session, person_id)


def test_all_of_them_come_once(
    db: Database, settings: Settings, run: Listening, ada: int, spotify: FakeSpotify
) -> None:
    assert read(run, ada)["plays"] == 10
    before, version = rows(db), version_of_all(db)
    assert read(begin(db, settings, Owner(ada)), ada)["plays"] == 0
    assert rows(db) == before
    # Or every page of the household's numbers would be worked out anew, twice an hour.
    assert version_of_all(db) == version

    spotify.library.play(spotify.library.track("Late", "Faust"), 1_780_000_000_000 + 1)
    assert read(begin(db, settings, Owner(ada)), ada)["plays"] == 1
    assert gaps(db, ada) == []
    with db.reading() as session:
        play = session.scalars(select(Play).order_by(Play.id.desc())).first()
    assert play and (play.source, play.person_id) == (Source.SPOTIFY_API, ada)


def version_of_all(db: Database) -> int:
    with db.reading() as session:
        return listeners.version(session, listeners.HOUSEHOLD)


@pytest.mark.parametrize(("apart", "plays"), [(30_000, 1), (30_001, 2), (-20_000, 1)])
def test_a_song_told_anew_within_half_a_minute_is_the_same_play(
    db: Database, settings: Settings, run: Listening, ada: int, spotify: FakeSpotify,
    apart: int, plays: int,
) -> None:  # fmt: skip
    song, other = (spotify.library.track(name, "Faust") for name in ("Once", "Another"))
    spotify.library.recent = [(song, AT), (other, AT + 1)]
    read(run, ada)

    spotify.library.recent = [(song, AT + apart), (other, AT + 1)]
    read(begin(db, settings, Owner(ada)), ada)

    assert len([name for name, _ in played(db) if name == "Once"]) == plays


def test_two_tellings_in_one_answer_are_one_play(
    db: Database, run: Listening, ada: int, spotify: FakeSpotify
) -> None:
    song = spotify.library.track("Once", "Faust")
    spotify.library.recent = [(song, AT + 12_000), (song, AT)]

    read(run, ada)

    assert played(db) == [("Once", AT)]


@pytest.mark.parametrize("comes_first", ["scrobble", "answer"])
@pytest.mark.parametrize("apart", [0, 29_000, 200_000])
def test_the_same_play_as_a_scrobble_counts_once_by_its_start_and_by_its_end(
    db: Database, run: Listening, ada: int, spotify: FakeSpotify, comes_first: str, apart: int
) -> None:
    song = spotify.library.track("Once", "Faust", "Faust IV")
    spotify.library.recent = [(song, AT + apart)]
    heard = [
        Heard(Named(name, ("Faust",), "", ""), at, Source.SCROBBLE, row_key(Source.SCROBBLE, at))
        for name, at in (("Once", AT), ("Another", AT + 100_000))
    ]
    if comes_first == "answer":
        read(run, ada)
    with db.writing() as session:
        Intake(ada).take(session, heard)
    if comes_first == "scrobble":
        read(run, ada)

    with db.reading() as session:
        counted = session.scalars(select(Play.started_at).where(Play.standing == 0)).all()
    assert counted == [AT, AT + 100_000]


def test_the_same_play_in_the_export_counts_once(
    db: Database, run: Listening, ada: int, spotify: FakeSpotify
) -> None:
    song = spotify.library.track("Once", "Faust", "Faust IV")
    spotify.library.recent = [(song, AT)]
    read(run, ada)
    heard = Heard(
        Named("Once", ("Faust",), "Faust IV", "Faust"), AT - 2_000, Source.SPOTIFY_EXTENDED,
        row_key(Source.SPOTIFY_EXTENDED, 1), 200_000, AT + 198_000, ids=(("spotify", song),),
    )  # fmt: skip

    with db.writing() as session:
        Intake(ada).take(session, [heard])
        counted = session.scalars(select(Play.source).where(Play.standing == 0)).all()

    assert counted == [Source.SPOTIFY_EXTENDED]


def test_fifty_new_ones_leave_a_gap(
    db: Database, settings: Settings, run: Listening, ada: int, spotify: FakeSpotify
) -> None:
    read(run, ada)
    last = max(at for _, at in spotify.library.recent)
    play_many(spotify, 49, AT)
    read(begin(db, settings, Owner(ada)), ada)
    assert gaps(db, ada) == []

    play_many(spotify, 60, AT + clock.DAY)
    seen = AT + 48 * 4 * clock.MINUTE
    read(begin(db, settings, Owner(ada)), ada)
    read(begin(db, settings, Owner(ada)), ada)

    assert gaps(db, ada) == [Gap(seen, AT + clock.DAY + 10 * 4 * clock.MINUTE)]
    assert last < seen
    assert count(db, PlayGap) == 1


def test_at_first_there_is_no_gap(
    db: Database, run: Listening, ada: int, spotify: FakeSpotify
) -> None:
    play_many(spotify, 60, AT)

    assert read(run, ada)["plays"] == 50
    assert gaps(db, ada) == []


def test_without_any_play_nothing_breaks(
    db: Database, run: Listening, ada: int, spotify: FakeSpotify
) -> None:
    spotify.library.recent = []

    assert read(run, ada)["plays"] == 0
    with db.reading() as session:
        found = session.get_one(LibrarySettings, ada)
    assert (found.recent_at, found.syncs_daily, found.reads_recent) == (None, True, True)


@pytest.mark.usefixtures("ada")
def test_a_failure_of_one_reaches_nobody_else(
    db: Database, settings: Settings, spotify: FakeSpotify
) -> None:
    people = [another(db, settings, spotify, name) for name in ("ben", "cleo", "dora")]
    spotify.strangers.add("ben.plays")
    spotify.accounts.revoke("cleo.plays")
    spotify.accounts.expire()
    with db.writing() as session:
        library_settings.put(session, people[2], Wishes(reads_recent=False))

    result = read_recent({}, begin(db, settings))

    assert result == {"people": 3, "plays": 10, "failed": 1, "result_url": "/listening"}
    spotify.forget_calls()
    # Whose consent has ended is not even tried.
    assert read_recent({}, begin(db, settings))["people"] == 2


def another(db: Database, settings: Settings, spotify: FakeSpotify, name: str) -> int:
    library = Library(f"{name}.plays", name, f"account0{name}")
    spotify.libraries[library.owner_id] = library
    with db.writing() as session:
        person_id = factories.person(session, name).id
    connect(db, settings, person_id, spotify, library)
    return person_id


@pytest.mark.usefixtures("ada")
def test_when_it_is_too_often_nobody_is_read_now(
    db: Database, settings: Settings, spotify: FakeSpotify
) -> None:
    another(db, settings, spotify, "ben")
    spotify.quota_exceeded("7200")

    with pytest.raises(NotYet):
        read_recent({}, begin(db, settings))

    assert sum(spotify.calls.values()) == 1


def test_nobody_reads_the_plays_of_others(db: Database, settings: Settings, ada: int) -> None:
    with db.writing() as session:
        ben = factories.person(session, "ben").id

    with pytest.raises(Forbidden):
        read_recent({"person_id": ada}, begin(db, settings, Owner(ben)))
    assert read_recent({"person_id": ada}, begin(db, settings, HOUSE))["plays"] == 10
