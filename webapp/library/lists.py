"""Somebody's playlists, albums, tracks and artists: filtered and in order as the address says."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from core import consents
from core.errors import InvalidInput
from database import grants, library_lists, library_pages
from database.library_filters import (
    AlbumFilter,
    ArtistFilter,
    Filter,
    PlaylistFilter,
    TrackFilter,
)
from database.library_lists import Listed, Page
from webapp import forms
from webapp.database import reading
from webapp.filter_words import Form
from webapp.library import bp, downloads, filters, pages
from webapp.library.pages import Part

_TILES, _ROWS = 60, 100


class _List(NamedTuple):
    """A kind of list: what filters it, what reads it, how long its pages are, its columns."""

    title: str
    one: str
    model: type[Filter]
    read: Callable[[Session, int, Any, Page], Listed[Any]]
    size: int = _TILES
    columns: Sequence[str] = ()


_LISTS = {
    "playlists": _List(
        "Playlists",
        "playlist",
        PlaylistFilter,
        library_lists.playlists,
        columns=(
            "id", "name", "spotify_id", "num_tracks", "tracks_total", "description", "owner_id",
            "owner_name", "is_public", "is_collaborative", "is_synced", "is_analyzed",
        ),
    ),
    "albums": _List(
        "Albums",
        "album",
        AlbumFilter,
        library_lists.albums,
        columns=(
            "id", "name", "credit", "spotify_id", "kind", "label", "released", "release_year",
            "tracks_total", "genres", "is_saved", "is_synced", "is_analyzed",
        ),
    ),
    "tracks": _List("Tracks", "track", TrackFilter, library_lists.tracks, _ROWS),
    "artists": _List(
        "Artists",
        "artist",
        ArtistFilter,
        library_lists.artists,
        columns=("id", "name", "spotify_id", "genres", "followers", "is_followed"),
    ),
}  # fmt: skip


@bp.get("/playlists")
def playlists() -> ResponseReturnValue:
    return _answer("playlists")


@bp.get("/albums")
def albums() -> ResponseReturnValue:
    return _answer("albums")


@bp.get("/tracks")
def tracks() -> ResponseReturnValue:
    return _answer("tracks")


@bp.get("/artists")
def artists() -> ResponseReturnValue:
    return _answer("artists")


def _answer(kind: str) -> ResponseReturnValue:
    listing = _LISTS[kind]
    given = {name: value for name, value in request.args.items() if name not in ("page", "format")}
    try:
        wanted = forms.read(listing.model, given)
    except InvalidInput as error:
        if downloads.is_wanted():
            raise
        return _page(kind, listing.model(), Form(listing.model, given, error.problems)), 422
    if downloads.is_wanted():
        return _file(kind, wanted, current_user.id)
    return _page(kind, wanted, Form(listing.model, given, {}))


def _file(kind: str, wanted: Filter, person_id: int) -> ResponseReturnValue:
    listing = _LISTS[kind]

    def batch(session: Session, skip: int) -> Sequence[Any]:
        return listing.read(session, person_id, wanted, Page(downloads.BATCH, skip)).items

    if kind == "tracks":
        return downloads.tracks(kind, batch)
    return downloads.items(kind, kind, listing.columns, batch)


def _page(kind: str, wanted: Filter, form: Form) -> str:
    listing, person_id = _LISTS[kind], current_user.id
    part: Part = pages.asked(listing.size)
    found: Listed[Any] = Listed([], 0)
    artist = None
    with reading() as session:
        if not form.problems:
            page = Page(part.size, part.skip)
            found = listing.read(session, person_id, wanted, page)
        if artist_id := getattr(wanted, "artist", None) or getattr(wanted, "artist_id", None):
            artist = _name(session, artist_id)
        under_way = library_pages.under_way(session, person_id, "library")
        grant = grants.find(session, person_id, consents.SPOTIFY)
    return render_template(
        "library/list.html",
        kind=kind,
        listing=listing,
        found=found.items,
        total=found.total,
        wanted=wanted,
        form=form,
        part=part,
        more=part.more(found.total),
        query=filters.query(wanted),
        chips=filters.chips(kind, wanted, artist),
        sorts=filters.sorts(kind, wanted),
        offered=filters,
        under_way=under_way,
        is_linked=grant is not None,
    )


def _name(session: Session, artist_id: object) -> str | None:
    """Return what an artist is called whom a filter names by number."""
    if not isinstance(artist_id, int):
        return None
    return library_pages.artist(session, artist_id).name
