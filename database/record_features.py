"""Which albums of the library records may be, and how these sound.

An album is one of the same title, without what editions add, by an artist of the record: one
that is credited for it, else for one of its tracks.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from core.album_sound import Sound, sound
from core.album_words import album_key
from database import feature_winners, record_albums
from database.models import (
    Artist,
    LibraryAlbum,
    LibraryAlbumArtist,
    LibraryArtist,
    LibraryTrack,
    LibraryTrackArtist,
)
from database.play_rows import in_many


class Sought(NamedTuple):
    """A record whose album is looked for. `names`: what it is looked for by, in one text."""

    id: int
    title: str
    names: str


def albums(session: Session, records: Sequence[Sought]) -> dict[int, list[int]]:
    """Return the albums that each of some hundred records may be, the most likely first."""
    spelt = artists(session, [record.id for record in records])
    names = set().union(*spelt.values())
    by_artist: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for rank, query in enumerate(_BY):
        for row in in_many(session, query, LibraryArtist.name_folded, names):
            by_artist[row.name_folded, album_key(row.name)].setdefault(row.id, rank)
    found: dict[int, list[int]] = {}
    for record in records:
        key = album_key(record.title)
        ranks: dict[int, int] = {}
        for name in spelt[record.id]:
            ranks = by_artist.get((name, key), {}) | ranks
        found[record.id] = sorted(ranks, key=lambda album_id: (ranks[album_id], album_id))
    return found


def tracks(session: Session, album_ids: Collection[int]) -> dict[int, list[int]]:
    """Return the tracks of albums that are here."""
    query = select(LibraryTrack.album_id, LibraryTrack.id).order_by(LibraryTrack.id)
    found: dict[int, list[int]] = defaultdict(list)
    for album_id, track_id in in_many(session, query, LibraryTrack.album_id, sorted(album_ids)):
        found[album_id].append(track_id)
    return found


def sounds(session: Session, track_ids: Mapping[int, Sequence[int]]) -> dict[int, Sound | None]:
    """Return how albums of these tracks sound; None: nobody knows."""
    known = feature_winners.winners(session, list(chain(*track_ids.values())))
    # A length alone says nothing of how it sounds.
    return {
        album_id: sound([known[id_].features for id_ in ids if known[id_].sources])
        for album_id, ids in track_ids.items()
    }


def artists(session: Session, record_ids: Collection[int]) -> dict[int, set[str]]:
    """Return the artists of records by all of their spellings."""
    made_by = record_albums.artists_of(session, record_ids)
    ids = set().union(*made_by.values())
    spelt: dict[int, set[str]] = defaultdict(set)
    for column in (Artist.id, Artist.counts_as):
        query = select(func.coalesce(Artist.counts_as, Artist.id), Artist.name_folded)
        for artist_id, name in in_many(session, query, column, ids):
            spelt[artist_id].add(name)
    return {
        record_id: set().union(*(spelt[one] for one in made_by[record_id]))
        for record_id in record_ids
    }


def number_of_tracks() -> ScalarSelect[int]:
    """Return how many tracks of an album are here, as a column of a question for albums."""
    query = select(func.count()).where(LibraryTrack.album_id == LibraryAlbum.id)
    return query.correlate(LibraryAlbum).scalar_subquery()


def _by() -> tuple[Select[*tuple[Any, ...]], Select[*tuple[Any, ...]]]:
    album = select(LibraryArtist.name_folded, LibraryAlbum.id, LibraryAlbum.name)
    credited = (
        album.join(LibraryAlbumArtist, LibraryAlbumArtist.artist_id == LibraryArtist.id)
        .join(LibraryAlbum, LibraryAlbum.id == LibraryAlbumArtist.album_id)
        .order_by(LibraryAlbum.id)
    )
    on = (
        album.join(LibraryTrackArtist, LibraryTrackArtist.artist_id == LibraryArtist.id)
        .join(LibraryTrack, LibraryTrack.id == LibraryTrackArtist.track_id)
        .join(LibraryAlbum, LibraryAlbum.id == LibraryTrack.album_id)
        .distinct()
        .order_by(LibraryAlbum.id)
    )
    return credited, on


_BY = _by()
