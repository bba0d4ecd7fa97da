"""What somebody played last, and having Spotify asked for what is new."""

from collections.abc import Mapping, Sequence

from flask import Response, jsonify, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from core import clock
from database import library_tasks, play_lists, play_pages
from database.owner import Owner
from database.play_lists import Listed
from database.tasks import Enqueued
from webapp.database import reading
from webapp.library_api import asked, bp, ordered
from webapp.library_api.told import Json
from webapp.zone import zone


@bp.get("/playback/recent")
def recent() -> Response:
    """The last plays that count, from wherever they came; times in the person's own zone."""
    wanted = asked.query(asked.Recent)
    with reading() as session:
        found = play_lists.latest(session, [current_user.id], wanted.limit)
        artists = play_pages.artists_of(session, {one.track_id for one in found})
        albums = {one.album_id for one in found if one.album_id is not None}
        covers = play_pages.albums_with_covers(session, albums)
    return jsonify(data=[_told(one, artists.get(one.track_id, ()), covers) for one in found])


def _told(one: Listed, artists: Sequence[str], covers: Mapping[int, str]) -> Json:
    has_cover = one.album_id in covers
    return {
        "id": one.id,
        "played_at": clock.local(one.started_at, zone()).isoformat(),
        "track": one.title,
        "track_id": one.track_id,
        "album": one.album,
        "album_id": one.album_id,
        "artists": list(artists),
        "image_url": url_for("listening.album_cover", album_id=one.album_id) if has_cover else None,
    }


@bp.route("/playback/recent", methods=["PUT", "POST"])
def read_recent() -> ResponseReturnValue:
    """Have Spotify asked for what was played since it was last asked."""

    def ask(session: Session, owner: Owner) -> Enqueued:
        ordered.demand_spotify(session)
        return library_tasks.ask_sync(session, owner, "recent")

    return ordered.ordered(ask)
