"""Browsing what is stored: playlists, albums and tracks with their analyses; having them synced."""

from typing import Any

from flask import Response, jsonify
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from core.consents import SPOTIFY_WRITES
from core.errors import Conflict
from database import (
    analyses,
    feature_winners,
    library_lists,
    library_meta,
    library_rows,
    library_tasks,
)
from database.library_rows import Row
from database.owner import Owner
from database.tasks import Enqueued
from webapp.database import reading
from webapp.library_api import asked, bp, ordered, told

_ON_ALBUM = 500


@bp.get("/browser/playlists")
def playlists() -> Response:
    wanted = asked.query(asked.Playlists)
    with reading() as session:
        found = library_lists.playlists(session, current_user.id, wanted, wanted.part)
    data = [told.playlist(one) for one in found.items]
    return jsonify(data=data, pagination=told.pagination(wanted.part, found.total))


@bp.post("/browser/playlists")
def sync_playlists() -> ResponseReturnValue:
    """Have the playlists brought up to date; those that are unchanged are not read anew."""
    asked.query(asked.Playlists)
    return ordered.ordered(ordered.part("playlists"))


@bp.get("/browser/playlists/meta")
def playlists_meta() -> Response:
    with reading() as session:
        found = library_meta.of_playlists(session, current_user.id)
    return jsonify(found._asdict())


@bp.get("/browser/playlists/<int:playlist_id>")
def playlist(playlist_id: int) -> Response:
    part = asked.query(asked.OfTracks).part
    with reading() as session:
        found = library_lists.playlist(session, current_user.id, playlist_id)
        rows = library_rows.of_playlist(session, found.id, skip=part.skip, limit=part.limit)
        data = _told(session, "playlist", told.playlist(found), found.id, rows)
    return jsonify(data=data, pagination=told.pagination(part, found.num_tracks))


@bp.put("/browser/playlists/<int:playlist_id>")
def renew_playlist(playlist_id: int) -> ResponseReturnValue:
    with reading() as session:
        found = library_lists.playlist(session, current_user.id, playlist_id)
    return ordered.ordered(ordered.full("playlist", found.id, found.spotify_id))


@bp.patch("/browser/playlists/<int:playlist_id>")
def change_playlist(playlist_id: int) -> ResponseReturnValue:
    """Have it synced or analysed, or say at Spotify what it is."""
    with reading() as session:
        found = library_lists.playlist(session, current_user.id, playlist_id)
    wanted = asked.body(asked.Change)
    if wanted.description is not None:
        return ordered.ordered(_describe(found, wanted.description))
    return _changed("playlist", found, wanted.operation)


def _describe(found: library_lists.PlaylistItem, description: str) -> ordered.Ask:
    def ask(session: Session, owner: Owner) -> Enqueued:
        if found.spotify_id is None or not found.is_own:
            raise Conflict("Only a playlist of your own at Spotify can be described.")
        ordered.demand_spotify(session, *SPOTIFY_WRITES)
        return library_tasks.ask_describe(session, owner, found.id, description)

    return ask


@bp.get("/browser/albums")
def albums() -> Response:
    wanted = asked.query(asked.Albums)
    with reading() as session:
        found = library_lists.albums(session, current_user.id, wanted, wanted.part)
        data = _albums(session, found.items)
    return jsonify(data=data, pagination=told.pagination(wanted.part, found.total))


def _albums(session: Session, found: list[library_lists.AlbumItem]) -> list[told.Json]:
    on = library_lists.on_albums(session, [one.id for one in found])
    return [told.album(one, on.get(one.id, ())) for one in found]


@bp.post("/browser/albums")
def sync_albums() -> ResponseReturnValue:
    """Have the saved albums brought up to date."""
    asked.query(asked.Albums)
    return ordered.ordered(ordered.part("albums"))


@bp.get("/browser/albums/meta")
def albums_meta() -> Response:
    with reading() as session:
        found = library_meta.of_albums(session, current_user.id)
    return jsonify(found._asdict())


@bp.get("/browser/albums/<int:album_id>")
def album(album_id: int) -> Response:
    with reading() as session:
        found = library_lists.album(session, current_user.id, album_id)
        rows = library_rows.of_album(session, found.id, limit=_ON_ALBUM)
        on = library_lists.on_albums(session, [found.id]).get(found.id, ())
        data = _told(session, "album", told.album(found, on), found.id, rows)
    return jsonify(data=data)


@bp.put("/browser/albums/<int:album_id>")
def renew_album(album_id: int) -> ResponseReturnValue:
    with reading() as session:
        found = library_lists.album(session, current_user.id, album_id)
    return ordered.ordered(ordered.full("album", found.id, found.spotify_id))


@bp.patch("/browser/albums/<int:album_id>")
def change_album(album_id: int) -> ResponseReturnValue:
    with reading() as session:
        found = library_lists.album(session, current_user.id, album_id)
    return _changed("album", found, asked.body(asked.Operation).operation)


@bp.get("/browser/tracks/<int:track_id>")
def track(track_id: int) -> Response:
    with reading() as session:
        row = library_lists.track(session, track_id)
        known = feature_winners.winners(session, [row.id])
        data = _told(session, "track", told.track(row, known), row.id, [row])
    return jsonify(data=data)


@bp.put("/browser/tracks/<int:track_id>")
def renew_track(track_id: int) -> ResponseReturnValue:
    with reading() as session:
        row = library_lists.track(session, track_id)
    return ordered.ordered(ordered.full("track", row.id, row.spotify_id))


@bp.patch("/browser/tracks/<int:track_id>")
def change_track(track_id: int) -> ResponseReturnValue:
    with reading() as session:
        row = library_lists.track(session, track_id)
    return _changed("track", row, asked.body(asked.Operation).operation)


def _changed(kind: str, found: Any, operation: str | None) -> ResponseReturnValue:
    if operation == "analyze":
        return ordered.ordered(ordered.analyze(kind, found.id))
    return ordered.ordered(ordered.sync(kind, found.id, found.spotify_id))


def _told(
    session: Session, kind: str, said: told.Json, item_id: int, rows: list[Row]
) -> dict[str, Any]:
    """Tell something with its last analysis and its tracks."""
    known = feature_winners.winners(session, [row.id for row in rows])
    latest = analyses.latest(session, current_user.id, kind, str(item_id))
    return {
        kind: said,
        "computations": told.computations(latest),
        "tracks": [told.track(row, known) for row in rows],
    }
