"""The pictures of playlists, albums and artists, out of our own store."""

from flask import Response, abort
from flask_login import current_user

from database import library_albums, library_pages
from database.record_covers import path_of
from webapp.answers import picture
from webapp.database import reading, settings, store
from webapp.library import bp


@bp.get("/images/<any(playlists, albums, artists):kind>/<int:item_id>.jpg")
def image(kind: str, item_id: int) -> Response:
    """The picture; pages give the address with its hash, so that it may be kept."""
    with reading() as session:
        if kind == "playlists":
            sha256 = library_pages.playlist(session, current_user.id, item_id).image_sha256
        elif kind == "albums":
            sha256 = library_albums.get(session, item_id).image_sha256
        else:
            sha256 = library_pages.artist(session, item_id).image_sha256
    file = path_of(settings().covers, sha256) if sha256 else None
    if file is None or not store().fetch(file):
        abort(404, "There is no picture of this.")
    return picture(file, str(sha256))
