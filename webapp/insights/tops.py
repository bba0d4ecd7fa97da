"""What was played most: tracks, artists, albums, genres, and who played most."""

from typing import Any

from flask import Response, current_app, url_for

from database import insights, play_genres, play_tops
from database.play_sums import Kind
from database.play_tops import Top
from webapp.insights import bp
from webapp.insights.asked import Asked, answered

_COVER = "listening.album_cover"


@bp.get("/insights/top/tracks/<user_id>")
def top_tracks(user_id: str) -> Response:
    return answered("top-tracks", _tracks, of=user_id, has_limit=True, also=_covers)


@bp.get("/insights/global/top/tracks")
def household_top_tracks() -> Response:
    return answered("top-tracks", _tracks, has_limit=True, also=_covers)


@bp.get("/insights/top/artists/<user_id>")
def top_artists(user_id: str) -> Response:
    return answered("top-artists", _artists, of=user_id, has_limit=True)


@bp.get("/insights/global/top/artists")
def household_top_artists() -> Response:
    return answered("top-artists", _artists, has_limit=True)


@bp.get("/insights/top/primary-artists/<user_id>")
def top_primary_artists(user_id: str) -> Response:
    return answered("top-primary-artists", _primary_artists, of=user_id, has_limit=True)


@bp.get("/insights/global/top/primary-artists")
def household_top_primary_artists() -> Response:
    return answered("top-primary-artists", _primary_artists, has_limit=True)


@bp.get("/insights/top/albums/<user_id>")
def top_albums(user_id: str) -> Response:
    return answered("top-albums", _albums, of=user_id, has_limit=True)


@bp.get("/insights/global/top/albums")
def household_top_albums() -> Response:
    return answered("top-albums", _albums, has_limit=True)


@bp.get("/insights/top/genres/<user_id>")
def top_genres(user_id: str) -> Response:
    return _answered_genres(user_id)


@bp.get("/insights/global/top/genres")
def household_top_genres() -> Response:
    return _answered_genres(None)


@bp.get("/insights/global/top/listeners")
def household_top_listeners() -> Response:
    return answered("top-listeners", _listeners, has_limit=True, also=_named)


def _covers(asked: Asked) -> str:
    return insights.covers_version(asked.session)


def _tops(asked: Asked, kind: Kind) -> list[Top]:
    return play_tops.tops(asked.session, asked.whose, kind, asked.window, limit=asked.limit)


def _tracks(asked: Asked) -> list[dict[str, Any]]:
    found = _tops(asked, Kind.TRACK)
    about = insights.tracks(asked.session, found)
    return [
        {
            "track_id": one.item,
            "track_name": one.name,
            "artist_name": about[one.item].artist,
            "count": one.plays,
            "duration_ms": about[one.item].duration_ms,
            "image_url": _image(about[one.item].album_id),
            "preview_url": None,
        }
        for one in found
    ]


def _image(album_id: int | None) -> str:
    if album_id is None or _COVER not in current_app.view_functions:
        return url_for("static", filename="sleeve.svg")
    return url_for(_COVER, album_id=album_id)


def _artists(asked: Asked) -> list[dict[str, Any]]:
    return _by_artist(asked, Kind.ARTIST)


def _primary_artists(asked: Asked) -> list[dict[str, Any]]:
    return _by_artist(asked, Kind.PRIMARY)


def _by_artist(asked: Asked, kind: Kind) -> list[dict[str, Any]]:
    return [
        {"artist_id": one.item, "artist_name": one.name, "count": one.plays}
        for one in _tops(asked, kind)
    ]


def _albums(asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "album_id": one.item,
            "album_name": one.name,
            "artist_name": one.credit or None,
            "count": one.plays,
        }
        for one in _tops(asked, Kind.ALBUM)
    ]


def _answered_genres(user_id: str | None) -> Response:
    return answered(
        "top-genres",
        _genres,
        of=user_id,
        has_limit=True,
        also=lambda asked: insights.shelf_version(asked.session),
        told=lambda value: value["genres"],
        headers=lambda value: {"X-Genre-Coverage": value["coverage"]},
    )


def _genres(asked: Asked) -> dict[str, Any]:
    session, whose, window = asked.session, asked.whose, asked.window
    found = play_genres.tops(session, whose, window, asked.limit)
    return {
        "genres": [{"genre": one.name, "count": one.plays} for one in found],
        "coverage": f"{play_genres.coverage(session, whose, window):.4f}",
    }


def _named(asked: Asked) -> list[int]:
    return insights.named(asked.session, asked.whose, asked.owner)


def _listeners(asked: Asked) -> list[dict[str, int]]:
    found = insights.most(asked.session, _named(asked), asked.whose.zone, asked.window, asked.limit)
    return [{"user_id": one.person_id, "count": one.plays} for one in found]
