"""Playlists: the list of them first, then what is on those that have changed, and on no others."""

import logging
from typing import NamedTuple

from sqlalchemy.orm import Session

from clients.http import BadStatus
from clients.spotify import Spotify, Unreadable
from core.library import EntryTold, PlaylistTold
from database import library_items, listings, playlists
from database.library_intake import LibraryIntake
from database.library_items import PLAYLIST, SPOTIFY, Entry
from database.listings import Staged, Which
from database.playlists import Due, OnList
from worker_jobs.spotify_sync.pages import Pages, Read, Skipped

log = logging.getLogger(__name__)

_PER_PAGE = 50
_READING = "Reading playlists"
_GIVE_UP_AFTER = 3  # in a row that Spotify has trouble with: it is more than these


class Brought(NamedTuple):
    """How many playlists there are, were read, and could not be."""

    there: int
    read: int
    unreadable: int


def all_of_them(pages: Pages, spotify: Spotify) -> Brought:
    """Bring the playlists of a library up to date; one that cannot be read is noted, and passed."""
    there = _listed(pages, spotify)
    due = _due(pages)
    read, of_pieces, unreadable, in_trouble = 0, set[int](), 0, 0
    for done, one in enumerate(due):
        pages.run.report(_READING, done, len(due))
        try:
            if not items(pages, spotify, one).is_of_one_piece:
                of_pieces.add(one.id)
            read, in_trouble = read + 1, 0
        except Unreadable as error:
            _say_unreadable(pages, one, error)
            unreadable, in_trouble = unreadable + 1, 0
        except BadStatus as error:
            in_trouble += 1
            if error.retry_after is None or in_trouble == _GIVE_UP_AFTER:
                raise
            _pass_over(pages, spotify, one, error)
            unreadable += 1
    _again_if_changed(pages, spotify, of_pieces)
    return Brought(there, read, unreadable)


def _pass_over(pages: Pages, spotify: Spotify, due: Due, error: BadStatus) -> None:
    """Leave a playlist that Spotify has trouble with to the next sync.

    Raises:
        RemoteError: it has trouble with all else, too.
    """
    spotify.me()
    log.info("playlist %d: %s", due.id, error)
    with pages.run.db.writing(bulk=True) as session:
        playlists.say_unreadable(session, pages.person_id, due.id, str(error))


def _listed(pages: Pages, spotify: Spotify) -> int:
    """Read the list of playlists, and let those be in the library, and no others."""

    def put(session: Session, entries: list[Staged], _skipped: Skipped) -> None:
        wanted = [Entry(one.item_id) for one in entries]
        library_items.replace(session, pages.person_id, PLAYLIST, SPOTIFY, wanted)

    which = Which(pages.person_id, listings.PLAYLISTS)
    saying = "Reading the list of playlists"
    pages.read(which, saying, ask=spotify.playlists, keep=_kept, put=put)
    with pages.run.db.reading() as session:
        return len(library_items.of(session, pages.person_id, PLAYLIST, SPOTIFY))


def _kept(session: Session, told: list[PlaylistTold]) -> list[Staged]:
    return list(map(Staged, LibraryIntake().playlists(session, told)))


def _due(pages: Pages) -> list[Due]:
    with pages.run.db.reading() as session:
        return playlists.due(session, pages.person_id)


def items(pages: Pages, spotify: Spotify, due: Due) -> Read:
    """Read what is on a playlist, and let that take the place of what was.

    Raises:
        Unreadable: Spotify does not show it.
    """
    intake = LibraryIntake()

    def keep(session: Session, told: list[EntryTold]) -> list[Staged]:
        ids = intake.tracks(session, [one.track for one in told])
        return [Staged(id_, one.added_at, one.added_by) for id_, one in zip(ids, told, strict=True)]

    def put(session: Session, entries: list[Staged], skipped: Skipped) -> None:
        on_list = [OnList(*one) for one in entries]
        playlists.fill(session, due.id, on_list, due.snapshot, dict(skipped))

    return pages.read(
        _which(pages, due), f"Reading “{due.name}”",
        ask=lambda cursor: spotify.playlist_items(due.spotify_id, cursor), keep=keep, put=put,
    )  # fmt: skip


def _which(pages: Pages, due: Due) -> Which:
    return Which(pages.person_id, listings.of_playlist(due.id), due.snapshot)


def _say_unreadable(pages: Pages, due: Due, error: Unreadable) -> None:
    log.info("playlist %d: %s", due.id, error)
    with pages.run.db.writing(bulk=True) as session:
        playlists.say_unreadable(session, pages.person_id, due.id, str(error))
        listings.say_read(session, _which(pages, due))


def _again_if_changed(pages: Pages, spotify: Spotify, read: set[int]) -> None:
    """Read those of these playlists once more that have changed while they were read.

    What a page of them missed by that would be missing until the next change.
    """
    if not read:
        return
    with pages.run.db.reading() as session:
        known = [str(playlists.get(session, id_).spotify_id) for id_ in sorted(read)]
        of_all = len(library_items.of(session, pages.person_id, PLAYLIST, SPOTIFY))
    # The list of all tells of fifty at a time which version each is.
    if len(known) * _PER_PAGE <= of_all:
        told = [one for one in (_told_of(spotify, one) for one in known) if one]
    else:
        told = [one for one in _told_now(spotify) if one.spotify_id in known]
    with pages.run.db.writing(bulk=True) as session:
        LibraryIntake().playlists(session, told)
    for one in _due(pages):
        if one.id in read:
            _once_more(pages, spotify, one)


def _once_more(pages: Pages, spotify: Spotify, due: Due) -> None:
    try:
        items(pages, spotify, due)
    except Unreadable as error:
        _say_unreadable(pages, due, error)


def _told_of(spotify: Spotify, spotify_id: str) -> PlaylistTold | None:
    """Ask for a playlist; None for one that is gone by now: the next list says so."""
    try:
        return spotify.playlist(spotify_id)
    except Unreadable as error:
        log.info("playlist %s: %s", spotify_id, error)
        return None


def _told_now(spotify: Spotify) -> list[PlaylistTold]:
    told: dict[str, PlaylistTold] = {}
    cursor: str | None = None
    while True:
        page = spotify.playlists(cursor)
        told |= {one.spotify_id: one for one in page.items}
        cursor = page.cursor
        if cursor is None:
            return list(told.values())


def one_of_them(pages: Pages, spotify: Spotify, spotify_id: str) -> int:
    """Bring one playlist up to date, unless it is; return its id.

    Raises:
        Unreadable: Spotify does not show it; what is known of it stays.
    """
    told = spotify.playlist(spotify_id)
    with pages.run.db.writing(bulk=True) as session:
        (playlist_id,) = LibraryIntake().playlists(session, [told])
        known = playlists.get(session, playlist_id)
        is_same = known.snapshot == told.snapshot and known.problem is None
        if is_same and playlists.is_stale(session, pages.person_id, playlist_id):
            due = Due(playlist_id, spotify_id, told.name, told.snapshot)
            listings.say_read(session, _which(pages, due))
    if is_same:
        return playlist_id
    due = Due(playlist_id, spotify_id, told.name, told.snapshot)
    try:
        read = items(pages, spotify, due)
        now = told if read.is_of_one_piece else spotify.playlist(spotify_id)
        if now.snapshot != told.snapshot:
            with pages.run.db.writing(bulk=True) as session:
                LibraryIntake().playlists(session, [now])
            items(pages, spotify, due._replace(snapshot=now.snapshot))
    except Unreadable as error:
        _say_unreadable(pages, due, error)
        raise
    return playlist_id
