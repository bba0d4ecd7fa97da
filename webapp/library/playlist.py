"""The pages of a playlist and of the liked songs."""

from functools import partial

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core import consents
from database import grants, library_lists, library_pages, library_rows, playlists
from database.made_playlists import Description
from webapp import forms
from webapp.database import reading
from webapp.library import bp, collections, downloads, writes
from webapp.library.collections import Rows


@bp.get("/playlists/<int:playlist_id>")
def playlist(playlist_id: int) -> ResponseReturnValue:
    rows = Rows(
        partial(library_rows.extent_of_playlist, playlist_id=playlist_id),
        partial(library_rows.of_playlist, playlist_id=playlist_id),
    )
    with reading() as session:
        found = library_pages.playlist(session, current_user.id, playlist_id)
        if downloads.is_wanted():
            return collections.file(found.name or "playlist", rows)
        said = collections.told(session, "playlist", str(playlist_id), rows)
        is_own = library_lists.playlist(session, current_user.id, playlist_id).is_own
        state = writes.state(session)
        is_stale = playlists.is_stale(session, current_user.id, playlist_id)
    return render_template(
        "library/playlist.html",
        playlist=found,
        said=said,
        is_stale=is_stale,
        state=state if is_own and found.spotify_id else None,
        is_linked=state != writes.NOBODY,
        describing=forms.Shown(Description, {"description": found.description}, {}),
    )


@bp.get("/liked")
def liked() -> ResponseReturnValue:
    person_id = current_user.id
    rows = Rows(
        partial(library_rows.extent_of_liked, person_id=person_id),
        partial(library_rows.liked, person_id=person_id),
    )
    if downloads.is_wanted():
        return collections.file("liked-songs", rows)
    with reading() as session:
        said = collections.told(session, "liked", "", rows)
        grant = grants.find(session, person_id, consents.SPOTIFY)
    return render_template("library/liked.html", said=said, is_linked=grant is not None)
