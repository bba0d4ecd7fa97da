"""Which track of the library a track of listening is, and the other way round.

By what each is called at Spotify, else by the ISRC, else by song and primary artist. Two of the
library that are the same to listening are not told apart: the first one stands for both.

What was played and has a name elsewhere may be taken into the library, so that others can be
asked how it sounds; in nobody's own library it is by that.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.library import ArtistTold, TrackTold
from database.models import Artist, LibraryTrack, Track, TrackArtist, TrackName
from database.play_rows import in_many

_SCHEMES = ("spotify", "isrc")
_AS_TRACK = func.coalesce(Track.counts_as, Track.id)
_Song = tuple[str, str]  # its key, and the folded name of its primary artist


def library_tracks(session: Session, track_ids: Collection[int]) -> dict[int, int]:
    """Return the library's track for each of these of listening that is in it.

    Those of listening are given as what they count as.
    """
    spelt = _spelt(session, track_ids)
    found: dict[int, int] = {}
    names = _names(session, spelt)
    for scheme, column in zip(_SCHEMES, (LibraryTrack.spotify_id, LibraryTrack.isrc), strict=True):
        wanted = {value: one for value, one in names[scheme].items() if not one <= found.keys()}
        query = select(column, LibraryTrack.id)
        _settle(found, wanted, in_many(session, query, column, wanted))
    rest = {track_id: one for track_id, one in spelt.items() if one not in found}
    songs = _songs(session, rest)
    by_song = select(LibraryTrack.song_key, LibraryTrack.artist_folded, LibraryTrack.id)
    keys = {song_key for song_key, _ in songs}
    rows = in_many(session, by_song, LibraryTrack.song_key, keys)
    _settle(found, songs, (((row[0], row[1]), row[2]) for row in rows))
    return found


def _settle(
    found: dict[int, int], wanted: Mapping[Any, Collection[int]], rows: Iterable[Any]
) -> None:
    """Add those of `wanted` that are not found yet, by (key, id) in `rows`; the lowest id wins."""
    by_key: dict[Any, int] = {}
    for key, library_id in rows:
        by_key[key] = min(library_id, by_key.get(key, library_id))
    new: dict[int, int] = {}
    for key, library_id in by_key.items():
        for track_id in wanted.get(key, ()):
            new[track_id] = min(library_id, new.get(track_id, library_id))
    for track_id, library_id in new.items():
        found.setdefault(track_id, library_id)


def _spelt(session: Session, track_ids: Collection[int]) -> dict[int, int]:
    """Return what tracks of music and their other spellings count as, by their ids."""
    own = select(Track.id).where(Track.kind == "music")
    found = {row[0]: row[0] for row in in_many(session, own, Track.id, track_ids)}
    others = select(Track.id, Track.counts_as)
    aliases = {row[0]: row[1] for row in in_many(session, others, Track.counts_as, list(found))}
    return found | aliases


def _names(session: Session, spelt: Mapping[int, int]) -> dict[str, dict[str, set[int]]]:
    """Return which tracks are called what, by scheme and name."""
    query = select(TrackName.scheme, TrackName.value, TrackName.track_id)
    query = query.where(TrackName.scheme.in_(_SCHEMES))
    found: dict[str, dict[str, set[int]]] = {scheme: defaultdict(set) for scheme in _SCHEMES}
    for scheme, value, track_id in in_many(session, query, TrackName.track_id, spelt):
        found[scheme][value].add(spelt[track_id])
    return found


def _songs(session: Session, spelt: Mapping[int, int]) -> dict[_Song, set[int]]:
    query = (
        select(Track.id, Track.song_key, Artist.name_folded)
        .join(TrackArtist, TrackArtist.track_id == Track.id)
        .join(Artist, Artist.id == TrackArtist.artist_id)
        .where(TrackArtist.position == 0)
    )
    found: dict[_Song, set[int]] = defaultdict(set)
    for track_id, song_key, artist in in_many(session, query, Track.id, spelt):
        found[song_key, artist].add(spelt[track_id])
    return found


def nameable(session: Session, track_ids: Collection[int]) -> list[TrackTold]:
    """Return those of listening that are not in the library, and have an id elsewhere.

    As listening names them, for `LibraryIntake`.
    """
    within = library_tracks(session, track_ids)
    spelt = {
        track_id: one for track_id, one in _spelt(session, track_ids).items() if one not in within
    }
    called = [_first_names(by_value) for by_value in _names(session, spelt).values()]
    ids = dict(zip(_SCHEMES, called, strict=True))
    wanted = sorted({one for names in called for one in names})
    artists = artists_of(session, wanted)
    query = select(Track.id, Track.title, Track.duration_ms)
    return [
        TrackTold(
            row.title,
            tuple(ArtistTold(name) for name in artists[row.id]),
            spotify_id=ids["spotify"].get(row.id),
            isrc=ids["isrc"].get(row.id),
            duration_ms=row.duration_ms,
        )
        for row in in_many(session, query, Track.id, wanted)
        if row.id in artists
    ]


class Elsewhere(NamedTuple):
    """What a track of listening is called at Spotify, and its ISRC; None: nobody said."""

    spotify_id: str | None
    isrc: str | None


def elsewhere(session: Session, track_ids: Collection[int]) -> dict[int, Elsewhere]:
    """Return what tracks of listening are called, in whichever spelling; given as they count."""
    called = [_first_names(by) for by in _names(session, _spelt(session, track_ids)).values()]
    return {one: Elsewhere(*(names.get(one) for names in called)) for one in track_ids}


def _first_names(by_value: Mapping[str, Collection[int]]) -> dict[int, str]:
    """Return one name of each track: it may have several, of its spellings."""
    found: dict[int, str] = {}
    for value in sorted(by_value):
        for track_id in by_value[value]:
            found.setdefault(track_id, value)
    return found


def artists_of(session: Session, track_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the names of the artists of tracks of listening, the primary one first."""
    query = select(TrackArtist.track_id, Artist.name)
    query = query.join(Artist, Artist.id == TrackArtist.artist_id)
    query = query.order_by(TrackArtist.track_id, TrackArtist.position)
    found: dict[int, list[str]] = defaultdict(list)
    for track_id, name in in_many(session, query, TrackArtist.track_id, track_ids):
        found[track_id].append(name)
    return found


def listening_tracks(session: Session, library_ids: Collection[int]) -> dict[int, set[int]]:
    """Return those of listening that tracks of the library are, as what they count as."""
    rows = [row[0] for row in in_many(session, select(LibraryTrack), LibraryTrack.id, library_ids)]
    found: dict[int, set[int]] = {}
    for scheme in _SCHEMES:
        column = "spotify_id" if scheme == "spotify" else "isrc"
        wanted = {
            row.id: getattr(row, column)
            for row in rows
            if row.id not in found and getattr(row, column)
        }
        found |= _called(session, scheme, wanted)
    return found | _sung(session, [row for row in rows if row.id not in found])


def _called(session: Session, scheme: str, wanted: Mapping[int, str]) -> dict[int, set[int]]:
    query = select(TrackName.value, _AS_TRACK).join(Track, Track.id == TrackName.track_id)
    query = query.where(TrackName.scheme == scheme)
    by_value: dict[str, set[int]] = defaultdict(set)
    for value, track_id in in_many(session, query, TrackName.value, set(wanted.values())):
        by_value[value].add(track_id)
    return {one: by_value[value] for one, value in wanted.items() if value in by_value}


def _sung(session: Session, rows: Collection[LibraryTrack]) -> dict[int, set[int]]:
    titles = {title for row in rows for title in (row.name_folded, row.song_key)}
    query = (
        select(Track.song_key, Artist.name_folded, _AS_TRACK)
        .join(TrackArtist, TrackArtist.track_id == Track.id)
        .join(Artist, Artist.id == TrackArtist.artist_id)
        .where(TrackArtist.position == 0, Track.kind == "music")
    )
    songs: dict[_Song, set[int]] = defaultdict(set)
    for song_key, artist, track_id in in_many(session, query, Track.title_folded, titles):
        songs[song_key, artist].add(track_id)
    keys = {row.id: (row.song_key, row.artist_folded) for row in rows}
    return {one: songs[key] for one, key in keys.items() if key in songs}
