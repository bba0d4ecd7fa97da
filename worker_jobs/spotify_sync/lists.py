"""Lists that need no further look: liked songs, saved albums, followed artists, what is on top."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from clients.spotify import Spotify
from core import clock
from core.library import RANGES, AlbumTold, ArtistTold, EntryTold, SavedAlbum, TrackTold
from core.library import Page as Told
from database import library_albums, library_items, listings
from database.library_intake import LibraryIntake
from database.library_items import ALBUM, ARTIST, SPOTIFY, TRACK, Entry
from database.listings import Staged, Which
from worker_jobs.spotify_sync.pages import Pages, Put, Read, Same, Skipped

_READ_WHOLE = 7 * clock.DAY  # even where the first page says that nothing has changed
_TOPS_HOLD = 20 * clock.HOUR  # Spotify counts them anew once a day
_MOST_PARTIAL = 50  # albums whose missing tracks are asked for in one go


def liked(pages: Pages, spotify: Spotify) -> Read:
    """Read the liked songs; the first page alone where that has not changed."""
    intake = LibraryIntake()

    def keep(session: Session, told: list[EntryTold]) -> list[Staged]:
        ids = intake.tracks(session, [one.track for one in told])
        return [Staged(id_, one.added_at) for id_, one in zip(ids, told, strict=True)]

    which = Which(pages.person_id, listings.TRACKS)
    return pages.read(
        which, "Reading liked songs", ask=spotify.liked, keep=keep,
        put=_replace(pages.person_id, TRACK), is_same=_is_same(which, TRACK),
    )  # fmt: skip


def albums(pages: Pages, spotify: Spotify) -> Read:
    """Read the saved albums with their tracks; the first page alone where that has not changed."""
    intake = LibraryIntake()

    def keep(session: Session, told: list[SavedAlbum]) -> list[Staged]:
        ids = keep_albums(session, intake, told)
        return [Staged(id_, one.added_at) for id_, one in zip(ids, told, strict=True)]

    which = Which(pages.person_id, listings.ALBUMS)
    read = pages.read(
        which, "Reading saved albums", ask=spotify.saved_albums, keep=keep,
        put=_replace(pages.person_id, ALBUM), is_same=_is_same(which, ALBUM),
    )  # fmt: skip
    with pages.run.db.reading() as session:
        partial = library_albums.partial(session, pages.person_id, _MOST_PARTIAL)
    for one in partial:
        rest_of_album(pages, spotify, one)
    return read


def keep_albums(session: Session, intake: LibraryIntake, told: Sequence[SavedAlbum]) -> list[int]:
    """Take albums in with the tracks that came with them, and note which are whole by that."""
    ids = intake.albums(session, [one.album for one in told])
    intake.tracks(session, [_of(track, one.album) for one in told for track in one.tracks])
    whole = [
        id_
        for id_, one in zip(ids, told, strict=True)
        if one.album.tracks_total is not None and len(one.tracks) >= one.album.tracks_total
    ]
    library_albums.say_whole(session, whole)
    return ids


def rest_of_album(pages: Pages, spotify: Spotify, album: library_albums.Partial) -> Read:
    """Read all tracks of an album that has more of them than come with it."""
    intake = LibraryIntake()
    told = AlbumTold(album.name, spotify_id=album.spotify_id)

    def keep(session: Session, tracks: list[TrackTold]) -> list[Staged]:
        return list(map(Staged, intake.tracks(session, [_of(one, told) for one in tracks])))

    def put(session: Session, _entries: Sequence[Staged], _skipped: Skipped) -> None:
        library_albums.say_whole(session, [album.id])

    return pages.read(
        Which(pages.person_id, listings.of_album(album.id)), f"Reading “{album.name}”",
        ask=lambda cursor: spotify.album_tracks(album.spotify_id, cursor), keep=keep, put=put,
    )  # fmt: skip


def _of(track: TrackTold, album: AlbumTold) -> TrackTold:
    return track if track.album is not None else track._replace(album=album)


def artists(pages: Pages, spotify: Spotify) -> Read:
    """Read the followed artists."""
    return pages.read(
        Which(pages.person_id, listings.ARTISTS), "Reading followed artists",
        ask=spotify.followed, keep=_keep_artists, put=_replace(pages.person_id, ARTIST),
    )  # fmt: skip


def tops(pages: Pages, spotify: Spotify, *, is_forced: bool) -> int:
    """Read the first page of what was played most, of each span; return how many lists that was."""
    read = 0
    for span in RANGES:
        read += _top(pages, listings.TOP_TRACKS.format(span), spotify, is_forced=is_forced)
        read += _top(pages, listings.TOP_ARTISTS.format(span), spotify, is_forced=is_forced)
    return read


def _top(pages: Pages, name: str, spotify: Spotify, *, is_forced: bool) -> int:
    with pages.run.db.reading() as session:
        last = listings.last(session, pages.person_id, name)
    if last and not is_forced and last.fetched_at > clock.now() - _TOPS_HOLD:
        return 0
    span = name.rpartition(":")[2]
    which, put = Which(pages.person_id, name), _replace(pages.person_id, name)
    saying = "Reading what was played most"

    def first_tracks(cursor: str | None) -> Told[TrackTold]:
        return spotify.top_tracks(span, cursor)._replace(cursor=None)

    def first_artists(cursor: str | None) -> Told[ArtistTold]:
        return spotify.top_artists(span, cursor)._replace(cursor=None)

    if name == listings.TOP_TRACKS.format(span):
        return pages.read(which, saying, ask=first_tracks, keep=_keep_tracks, put=put).pages
    return pages.read(which, saying, ask=first_artists, keep=_keep_artists, put=put).pages


def _keep_tracks(session: Session, told: list[TrackTold]) -> list[Staged]:
    return list(map(Staged, LibraryIntake().tracks(session, told)))


def _keep_artists(session: Session, told: list[ArtistTold]) -> list[Staged]:
    return list(map(Staged, LibraryIntake().artists(session, told)))


def _replace(person_id: int, kind: str) -> Put:
    def put(session: Session, entries: list[Staged], _skipped: Skipped) -> None:
        wanted = [Entry(one.item_id, one.added_at) for one in entries]
        library_items.replace(session, person_id, kind, SPOTIFY, wanted)

    return put


def _is_same(which: Which, kind: str) -> Same:
    """Return what says that a list is what it was, by its first page.

    Whatever is added comes first, and what is removed is missing in the total.
    """

    def is_same(session: Session, entries: Sequence[Staged], total: int | None) -> bool:
        last = listings.last(session, which.person_id, which.name)
        if last is None or total is None or last.total != total:
            return False
        if last.begun_at < clock.now() - _READ_WHOLE or last.fetched_at < last.begun_at:
            return False
        known = library_items.of(session, which.person_id, kind, SPOTIFY, len(entries))
        return known == [Entry(one.item_id, one.added_at) for one in entries]

    return is_same
