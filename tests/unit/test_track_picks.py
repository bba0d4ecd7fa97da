"""Lists of tracks out of plays and libraries: which, in what order, and what Spotify calls them."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, InvalidInput, NotFound
from core.library import AlbumTold, ArtistTold, TrackTold
from core.plays import Heard, Named, Source, row_key
from database import listeners, play_sums, play_tops, track_picks
from database.library_intake import LibraryIntake
from database.listeners import Whose
from database.models import Album, Person, Track
from database.play_intake import Intake
from database.play_sums import Kind
from database.play_windows import ALWAYS
from database.track_picks import Pick, Picking
from tests import factories, libraries, sounds

THIS_YEAR = datetime.now(UTC).year


@pytest.fixture
def ana(session: Session) -> Person:
    return factories.person(session, "ana")


def play(
    session: Session, person: Person, title: str, times: int = 1, *, year: int, album: str = "A",
    spotify: str | None = None, isrc: str | None = None,
) -> None:  # fmt: skip
    ids = tuple((scheme, one) for scheme, one in (("spotify", spotify), ("isrc", isrc)) if one)
    named = Named(title, ("Can",), album, "Can")
    heard = []
    for nth in range(times):
        start = clock.moment(datetime(year, 1, 1 + nth, 12, tzinfo=UTC))
        key = row_key(Source.SCROBBLE, start, title)
        heard.append(Heard(named, start, Source.SCROBBLE, key, duration_ms=180_000, ids=ids))
    Intake(person.id).take(session, heard)


def titles(session: Session, person: Person, **said: object) -> list[str]:
    return [one.title for one in picks(session, person, **said)]


def picks(session: Session, person: Person, **said: object) -> list[Pick]:
    return track_picks.pick(session, person.id, Picking.model_validate(said)).tracks


def test_what_was_played_most_in_a_time_comes_with_its_plays(session: Session, ana: Person) -> None:
    play(session, ana, "Spoon", 3, year=2024)
    play(session, ana, "Vitamin C", 2, year=2024)
    play(session, ana, "Pinch", 5, year=2023)

    found = picks(session, ana, of="top", since="2024-01-01", until="2025-01-01")

    assert [(one.title, one.artists, one.album, one.plays) for one in found] == [
        ("Spoon", ("Can",), "A", 3),
        ("Vitamin C", ("Can",), "A", 2),
    ]
    assert titles(session, ana, of="top", limit=2) == ["Pinch", "Spoon"]
    with pytest.raises(InvalidInput):
        picks(session, ana, of="top", since="2024-01-01", period="month")


def test_what_is_anothers_is_in_nobodys_list(session: Session, ana: Person) -> None:
    play(session, factories.person(session, "ben"), "Spoon", year=2024)

    for of in ("top", "forgotten", "owned"):
        assert titles(session, ana, of=of) == []


def test_forgotten_are_those_not_played_since_the_first_of_january_of_last_year(
    session: Session, ana: Person
) -> None:
    for title, times, year in (
        ("Often, long ago", 5, THIS_YEAR - 3),
        ("Seldom, long ago", 2, THIS_YEAR - 2),
        ("Last year", 4, THIS_YEAR - 1),
        ("This year", 1, THIS_YEAR),
    ):
        play(session, ana, title, times, year=year)
    for title in ("Last year", "This year"):
        play(session, ana, title, 6, year=THIS_YEAR - 4)

    found = picks(session, ana, of="forgotten")

    assert [(one.title, one.plays) for one in found] == [
        ("Often, long ago", 5),
        ("Seldom, long ago", 2),
    ]
    assert titles(session, ana, of="forgotten", limit=1) == ["Often, long ago"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_forgotten_are_found_by_indexes_alone(session: Session) -> None:
    sent = {"whose": 1, "year": 2026, "year_before": 2025, "limit": 50}
    rows = session.execute(text(f"EXPLAIN QUERY PLAN {track_picks._FORGOTTEN.text}"), sent)
    plan = [row.detail for row in rows]

    looked = [one for one in plan if "play_sums" in one or " late " in one]
    assert len(looked) == 3 and all(one.startswith("SEARCH") for one in looked), plan
    assert "play_sums_plays" in looked[0]


def test_owned_are_those_of_albums_on_ones_shelf(session: Session, ana: Person) -> None:
    for title, times in (("Halleluhwah", 4), ("Oh Yeah", 3), ("Aumgn", 2)):
        play(session, ana, title, times, year=2024, album="Tago Mago")
    play(session, ana, "Spoon", 9, year=2024, album="Ege Bamyasi")
    play(session, ana, "Bel Air", 5, year=2024, album="Future Days")
    factories.record(session, ana, "Tago Mago", ["Can"])
    factories.record(session, ana, "Ege Bamyasi", ["Can"])
    factories.record(session, factories.person(session, "ben"), "Future Days", ["Can"])

    assert titles(session, ana, of="owned") == ["Spoon", "Halleluhwah", "Oh Yeah", "Aumgn"]
    assert titles(session, ana, of="owned", limit=2) == ["Spoon", "Halleluhwah"]
    assert titles(session, ana, of="owned", per_album=1) == ["Spoon", "Halleluhwah"]


def test_another_spelling_of_an_owned_album_is_that_album(session: Session, ana: Person) -> None:
    play(session, ana, "Halleluhwah", 2, year=2024, album="Tago Mago")
    play(session, ana, "Aumgn", 3, year=2024, album="Tago-Mago (odd)")
    factories.record(session, ana, "Tago Mago", ["Can"])
    one, other = session.scalars(select(Album).order_by(Album.id))
    listeners.lock(session)
    those = play_sums.of_tracks(list(session.scalars(select(Track.id))))
    play_sums.take(session, those)
    other.counts_as = one.id
    session.flush()
    play_sums.add(session, those)

    assert titles(session, ana, of="owned") == ["Aumgn", "Halleluhwah"]


def test_spotify_is_named_by_listening_else_by_the_library(session: Session, ana: Person) -> None:
    play(session, ana, "Spoon", 4, year=2024, spotify="spoon1", isrc="DEA000000001")
    play(session, ana, "Pinch", 3, year=2024, isrc="DEA000000002")
    play(session, ana, "Vitamin C", 2, year=2024)
    play(session, ana, "Unknown", 1, year=2024)
    can, album = ArtistTold("Can"), AlbumTold("A")
    told = [
        TrackTold("Another title", (can,), album, "pinch1", "DEA000000002"),
        TrackTold("Vitamin C", (can,), album, "vitamin1", "DEA000000003"),
    ]
    LibraryIntake().tracks(session, told)

    found = picks(session, ana, of="top")

    assert [(one.spotify_id, one.isrc) for one in found] == [
        ("spoon1", "DEA000000001"),
        ("pinch1", "DEA000000002"),
        ("vitamin1", "DEA000000003"),
        (None, None),
    ]
    assert track_picks.Picked("", found).known == 3


def test_what_is_in_the_library_keeps_its_order(session: Session, ana: Person) -> None:
    made = libraries.fill(session, ana.id, tracks=4)

    for said in (
        {"of": "liked"},
        {"of": "playlist", "item": made.playlist},
        {"of": "album", "item": made.album},
        {"of": "artist", "item": made.artist},
        {"of": "analysis", "item": libraries.analyse(session, ana.id, "liked")},
    ):
        found = picks(session, ana, **said)
        assert [one.library_id for one in found] == made.tracks, said
    assert found[1].artists == ("Can", "Neu!") and found[1].spotify_id == "track1"
    assert titles(session, ana, of="liked", limit=2) == ["Song 0", "Song 1"]


def test_it_is_put_in_order_by_how_it_sounds(session: Session, ana: Person) -> None:
    libraries.fill(session, ana.id, tracks=4, known=3)

    found = picks(session, ana, of="liked", by="tempo")
    assert [(one.title, one.value) for one in found] == [
        ("Song 2", 102.0),
        ("Song 1", 101.0),
        ("Song 0", 100.0),
    ]
    assert titles(session, ana, of="liked", by="valence", order="asc", limit=1) == ["Song 0"]
    # Its own length is known of each.
    assert titles(session, ana, of="liked", by="duration_ms", limit=1) == ["Song 3"]


def test_equals_stand_as_they_stood(session: Session, ana: Person) -> None:
    ids = sounds.tracks(session, *(sounds.told(f"T{nth}", duration_ms=9_000) for nth in range(4)))
    playlist = sounds.playlist(session, ana.id, list(reversed(ids)))

    for order in ("asc", "desc"):
        said = {"of": "playlist", "item": playlist, "by": "duration_ms", "order": order}
        assert titles(session, ana, **said) == ["T3", "T2", "T1", "T0"]


def test_what_is_not_there_is_told(session: Session, ana: Person) -> None:
    ben = factories.person(session, "ben")
    made = libraries.fill(session, ben.id)
    analysis = libraries.analyse(session, ben.id, "liked")

    for said in ({"of": "playlist", "item": made.playlist}, {"of": "analysis", "item": analysis}):
        with pytest.raises(NotFound):
            picks(session, ana, **said)
    with pytest.raises(Conflict):
        picks(session, ana, of="liked")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"of": "everything"},
        {"of": "playlist"},
        {"of": "top", "by": "tempo"},
        {"of": "liked", "by": "name"},
        {"of": "liked", "limit": 501},
        {"of": "liked", "limit": 0},
        {"of": "owned", "per_album": 0},
        {"of": "album", "item": 2**63},
    ],
)
def test_what_makes_no_sense_is_not_asked_for(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Picking.model_validate(said)


def test_a_list_is_what_the_charts_say(session: Session, ana: Person) -> None:
    for nth in range(5):
        play(session, ana, f"Song {nth}", 1 + nth % 2, year=2024)
    whose = Whose(ana.id, (ana.id,), "UTC")

    tops = play_tops.tops(session, whose, Kind.TRACK, ALWAYS, limit=3)

    assert [one.heard_id for one in picks(session, ana, of="top", limit=3)] == [
        top.item for top in tops
    ]
