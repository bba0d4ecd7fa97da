"""A small library for tests of its pages: a playlist, liked songs, an album, an artist."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from core.library import AlbumTold, ArtistTold, Features, PlaylistTold, TrackTold
from database import analyses, library_items, playlists, track_features
from database.library_intake import LibraryIntake
from database.library_items import Entry
from database.playlists import OnList

CAN = ArtistTold("Can", "4rJ0can", ("krautrock",), 250_000, is_whole=True)
NEU = ArtistTold("Neu!", "2Kneu")
TAGO = AlbumTold("Tago Mago", (CAN,), "5tago", "album", "Spoon", released="1971-02", tracks_total=3)
_MS = 200_000


class Library(NamedTuple):
    """What is in it, by our ids; `tracks` are those of the playlist, in its order."""

    playlist: int
    tracks: list[int]
    album: int
    artist: int


def features(nth: int) -> Features:
    """Return how the track of a number sounds: the higher, the more of everything."""
    share = nth / 10
    return Features(
        share,
        share,
        share,
        share,
        share,
        share,
        share,
        -10 + nth,
        100.0 + nth,
        nth % 12,
        nth % 2,
        4,
    )


def told(nth: int) -> TrackTold:
    artists = (CAN, NEU) if nth % 2 else (CAN,)
    return TrackTold(
        f"Song {nth}", artists, TAGO, f"track{nth}", f"DEA{nth}", _MS + nth * 1_000, 1, nth + 1
    )


def fill(
    session: Session, person_id: int, *, tracks: int = 3, known: int = 3, name: str = "Morning"
) -> Library:
    """Put a library together, of so many tracks of which so many are `known` by their sound."""
    intake = LibraryIntake()
    ids = intake.tracks(session, [told(nth) for nth in range(tracks)])
    said = PlaylistTold(
        f"pl{name}{person_id}", name, "snap1", "somebody", "Somebody", is_public=False,
        description="For the morning.", tracks_total=tracks,
    )  # fmt: skip
    playlist_id = intake.playlists(session, [said])[0]
    playlists.fill(
        session, playlist_id, [OnList(one, 1_700_000_000_000, None) for one in ids], "snap1"
    )
    album_id = intake.albums(session, [TAGO])[0]
    artist_id = intake.artists(session, [CAN])[0]
    before = [one.item_id for one in library_items.of(session, person_id, "playlist", "spotify")]
    for kind, items in (
        ("playlist", [*before, playlist_id]),
        ("track", ids),
        ("album", [album_id]),
        ("artist", [artist_id]),
    ):
        entries = [Entry(item, 1_700_000_000_000) for item in items]
        library_items.replace(session, person_id, kind, "spotify", entries)
    rows = [(one, features(nth)) for nth, one in enumerate(ids[:known])]
    track_features.put(session, "csv", rows)
    return Library(playlist_id, ids, album_id, artist_id)


def analyse(session: Session, person_id: int, kind: str, scope: str = "") -> int:
    """Have something analysed at once; return the analysis."""
    wanted = analyses.collection(session, person_id, kind, scope)
    return analyses.keep(session, person_id, analyses.make(session, person_id, wanted))
