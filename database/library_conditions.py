"""What holds for the playlists, albums, tracks and artists that a filter lets through."""

import json
from collections.abc import Iterator

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    cast,
    exists,
    false,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from core import consents
from core.library import BY_ID
from core.names import fold
from database import library_reach
from database.library_filters import AlbumFilter, ArtistFilter, PlaylistFilter, TrackFilter
from database.models import (
    Analysis,
    Grant,
    LibraryAlbum,
    LibraryAlbumArtist,
    LibraryArtist,
    LibraryTrack,
    LibraryTrackArtist,
    Playlist,
    PlaylistTrack,
    TrackFeatures,
)

Condition = ColumnElement[bool]

# What came in a file is all there is of it; of the rest it is known when it was whole.
playlist_is_synced = or_(Playlist.synced_at.is_not(None), Playlist.spotify_id.is_(None))
album_is_synced = LibraryAlbum.synced_at.is_not(None)
# Of a name alone it is not known how long it is.
track_is_synced = LibraryTrack.duration_ms.is_not(None)
artist_is_synced = LibraryArtist.details_at.is_not(None)
track_is_analyzed = exists().where(TrackFeatures.track_id == LibraryTrack.id)


def is_analyzed(person_id: int, kind: str, item_id: InstrumentedAttribute[int]) -> Condition:
    """Return whether somebody has had an item of this kind analysed."""
    scopes = select(Analysis.scope).where(Analysis.person_id == person_id, Analysis.kind == kind)
    return cast(item_id, Text).in_(scopes)


def owner_ids(session: Session, person_id: int) -> list[str]:
    """Return by which names a person owns playlists at Spotify: there are two kinds of them."""
    query = select(Grant.subject, Grant.profile)
    query = query.where(Grant.person_id == person_id, Grant.provider == consents.SPOTIFY)
    found = session.execute(query).first()
    if found is None:
        return []
    said = (found.profile or {}).get("id")
    return [found.subject.removeprefix(BY_ID), *([said] if isinstance(said, str) else [])]


def is_own(session: Session, person_id: int) -> Condition:
    """Return which playlists are somebody's own, at Spotify or out of their files."""
    owned = Playlist.owner_id.in_(owner_ids(session, person_id))
    return or_(Playlist.person_id == person_id, and_(Playlist.owner_id.is_not(None), owned))


def playlists(session: Session, person_id: int, wanted: PlaylistFilter) -> Iterator[Condition]:
    """Yield what holds for the playlists of somebody's library that are asked for."""
    yield library_reach.playlists(person_id)
    if wanted.name:
        yield _holds(Playlist.name_folded, wanted.name)
    if wanted.my_playlists is not None:
        yield _if(is_own(session, person_id), is_so=wanted.my_playlists)
    for condition, said in (
        (Playlist.is_public.is_(True), wanted.public),
        (Playlist.is_collaborative.is_(True), wanted.collaborative),
        (Playlist.is_public.is_(False), wanted.private),
        (playlist_is_synced, wanted.is_synced),
        (is_analyzed(person_id, "playlist", Playlist.id), wanted.is_analyzed),
    ):
        if said is not None:
            yield _if(condition, is_so=said)
    if wanted.num_tracks_gt is not None:
        yield Playlist.num_tracks > wanted.num_tracks_gt
    if wanted.num_tracks_lt is not None:
        yield Playlist.num_tracks < wanted.num_tracks_lt
    if wanted.track_name or wanted.artist_name or wanted.album_name:
        yield _has_track(wanted.track_name, wanted.artist_name, wanted.album_name)


def _has_track(track: str, artist: str, album: str) -> Condition:
    """Return which playlists have a track of which all of this holds."""
    meant = [*_of_track(track, artist, album)]
    on = select(PlaylistTrack.playlist_id).join(
        LibraryTrack, LibraryTrack.id == PlaylistTrack.track_id
    )
    return Playlist.id.in_(on.where(*meant))


def _of_track(name: str, artist: str, album: str) -> Iterator[Condition]:
    if name:
        yield _holds(LibraryTrack.name_folded, name)
    if artist:
        credited = select(LibraryTrackArtist.track_id).join(
            LibraryArtist, LibraryArtist.id == LibraryTrackArtist.artist_id
        )
        named = credited.where(_holds(LibraryArtist.name_folded, artist))
        yield LibraryTrack.id.in_(named)
    if album:
        albums = select(LibraryAlbum.id).where(_holds(LibraryAlbum.name_folded, album))
        yield LibraryTrack.album_id.in_(albums)


def tracks(person_id: int, wanted: TrackFilter) -> Iterator[Condition]:
    """Yield what holds for the tracks of somebody's library that are asked for."""
    if wanted.which == "liked":
        yield library_reach.has(person_id, "track", LibraryTrack.id)
    else:
        yield library_reach.tracks(person_id)
    yield from _of_track(wanted.name, wanted.artist, wanted.album)
    if wanted.artist_id is not None:
        credited = select(LibraryTrackArtist.track_id)
        yield LibraryTrack.id.in_(credited.where(LibraryTrackArtist.artist_id == wanted.artist_id))
    for condition, said in (
        (track_is_synced, wanted.is_synced),
        (track_is_analyzed, wanted.is_analyzed),
    ):
        if said is not None:
            yield _if(condition, is_so=said)


def albums(person_id: int, wanted: AlbumFilter) -> Iterator[Condition]:
    """Yield what holds for the albums of somebody's library that are asked for."""
    yield has_album(person_id, only_saved=wanted.which == "saved")
    if wanted.name:
        yield _holds(LibraryAlbum.name_folded, wanted.name)
    if wanted.artist is not None or wanted.artist_name:
        yield LibraryAlbum.id.in_(_albums_by(wanted.artist, wanted.artist_name))
    yield from _released(wanted)
    for condition, said in (
        (album_is_synced, wanted.is_synced),
        (is_analyzed(person_id, "album", LibraryAlbum.id), wanted.is_analyzed),
    ):
        if said is not None:
            yield _if(condition, is_so=said)


def _albums_by(artist_id: int | None, name: str) -> Select[int]:
    """Return the albums of an artist of this id, and of one with this in their name."""
    found = select(LibraryAlbumArtist.album_id)
    if artist_id is not None:
        found = found.where(LibraryAlbumArtist.artist_id == artist_id)
    if name:
        of_name = select(LibraryAlbumArtist.album_id).join(
            LibraryArtist, LibraryArtist.id == LibraryAlbumArtist.artist_id
        )
        named = of_name.where(_holds(LibraryArtist.name_folded, name))
        found = found.where(LibraryAlbumArtist.album_id.in_(named))
    return found


def _released(wanted: AlbumFilter) -> Iterator[Condition]:
    if wanted.release_year is not None:
        yield LibraryAlbum.release_year == wanted.release_year
    if wanted.released_before is not None:
        yield LibraryAlbum.release_year < wanted.released_before
    if wanted.released_after is not None:
        yield LibraryAlbum.release_year > wanted.released_after


def has_album(person_id: int, *, only_saved: bool = False) -> Condition:
    """Return which albums are in somebody's library: saved, or those of tracks there."""
    saved = library_reach.has(person_id, "album", LibraryAlbum.id)
    if only_saved:
        return saved
    there = select(LibraryTrack.album_id).where(
        LibraryTrack.album_id.is_not(None), library_reach.tracks(person_id)
    )
    return or_(saved, LibraryAlbum.id.in_(there))


def artists(person_id: int, wanted: ArtistFilter) -> Iterator[Condition]:
    """Yield what holds for the artists of somebody's library that are asked for."""
    yield has_artist(person_id, only_followed=wanted.which == "followed")
    if wanted.name:
        yield _holds(LibraryArtist.name_folded, wanted.name)
    if wanted.genre:
        # The text of a JSON list, in which each genre stands between quotes.
        said = json.dumps(" ".join(wanted.genre.lower().split()))
        yield cast(LibraryArtist.genres, Text).contains(said, autoescape=True)
    if wanted.is_synced is not None:
        yield _if(artist_is_synced, is_so=wanted.is_synced)


def has_artist(person_id: int, *, only_followed: bool = False) -> Condition:
    """Return which artists are in somebody's library: followed, or credited on tracks there."""
    followed = library_reach.has(person_id, "artist", LibraryArtist.id)
    if only_followed:
        return followed
    credited = select(LibraryTrackArtist.artist_id).join(
        LibraryTrack, LibraryTrack.id == LibraryTrackArtist.track_id
    )
    return or_(followed, LibraryArtist.id.in_(credited.where(library_reach.tracks(person_id))))


def _holds(folded: InstrumentedAttribute[str], part: str) -> Condition:
    return folded.contains(fold(part), autoescape=True)


def _if(condition: Condition, *, is_so: bool) -> Condition:
    # What is not known is not so.
    return condition if is_so else not_(func.coalesce(condition, false()))
