"""The pages of an album and of an artist."""

from functools import partial

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from database import library_albums, library_pages, library_rows
from webapp.database import reading
from webapp.library import bp, collections, downloads, writes
from webapp.library.collections import Rows


@bp.get("/albums/<int:album_id>")
def album(album_id: int) -> ResponseReturnValue:
    rows = Rows(
        partial(library_rows.extent_of_album, album_id=album_id),
        partial(library_rows.of_album, album_id=album_id),
    )
    with reading() as session:
        found = library_albums.get(session, album_id)
        if downloads.is_wanted():
            return collections.file(found.name or "album", rows)
        artists = library_pages.artists_of_album(session, album_id)
        saved = library_pages.kept_as(session, current_user.id, "album", album_id)
        said = collections.told(session, "album", str(album_id), rows)
        is_linked = writes.state(session) != writes.NOBODY
    return render_template(
        "library/album.html",
        album=found,
        artists=artists,
        saved=saved,
        said=said,
        is_linked=is_linked,
    )


@bp.get("/artists/<int:artist_id>")
def artist(artist_id: int) -> ResponseReturnValue:
    whose = {"person_id": current_user.id, "artist_id": artist_id}
    rows = Rows(
        partial(library_rows.extent_of_artist, **whose), partial(library_rows.of_artist, **whose)
    )
    with reading() as session:
        found = library_pages.artist(session, artist_id)
        if downloads.is_wanted():
            return collections.file(found.name or "artist", rows)
        albums = library_pages.albums_of_artist(session, **whose)
        followed = library_pages.kept_as(session, current_user.id, "artist", artist_id)
        said = collections.told(session, "artist", str(artist_id), rows)
        is_linked = writes.state(session) != writes.NOBODY
    return render_template(
        "library/artist.html",
        artist=found,
        albums=albums,
        followed=followed,
        said=said,
        is_linked=is_linked,
    )
