"""How much was played in all, and how much of it was different."""

from flask import Response

from database import play_tops
from database.play_sums import Kind
from webapp.insights import bp
from webapp.insights.asked import Asked, answered, is_as_string


@bp.get("/insights/total/listens/<user_id>")
def listens(user_id: str) -> Response:
    return answered("listens", _plays, of=user_id)


@bp.get("/insights/global/total/listens")
def household_listens() -> Response:
    return answered("listens", _plays)


@bp.get("/insights/total/listen-time/<user_id>")
def listen_time(user_id: str) -> Response:
    return _answered_time(user_id)


@bp.get("/insights/global/total/listen-time")
def household_listen_time() -> Response:
    return _answered_time(None)


@bp.get("/insights/distinct/tracks/<user_id>")
def distinct_tracks(user_id: str) -> Response:
    return answered("distinct-tracks", _distinct_tracks, of=user_id)


@bp.get("/insights/global/distinct/tracks")
def household_distinct_tracks() -> Response:
    return answered("distinct-tracks", _distinct_tracks)


@bp.get("/insights/distinct/artists/<user_id>")
def distinct_artists(user_id: str) -> Response:
    return answered("distinct-artists", _distinct_artists, of=user_id)


@bp.get("/insights/global/distinct/artists")
def household_distinct_artists() -> Response:
    return answered("distinct-artists", _distinct_artists)


@bp.get("/insights/distinct/primary-artists/<user_id>")
def distinct_primary_artists(user_id: str) -> Response:
    return answered("distinct-primary-artists", _distinct_primary_artists, of=user_id)


@bp.get("/insights/global/distinct/primary-artists")
def household_distinct_primary_artists() -> Response:
    return answered("distinct-primary-artists", _distinct_primary_artists)


def _plays(asked: Asked) -> int:
    return play_tops.totals(asked.session, asked.whose, asked.window).plays


def _answered_time(user_id: str | None) -> Response:
    told = in_words if is_as_string() else None
    return answered("listen-time", _ms, of=user_id, told=told)


def _ms(asked: Asked) -> int:
    return play_tops.totals(asked.session, asked.whose, asked.window).ms


def in_words(ms: int) -> str:
    """Return a time in days, hours, minutes and whole seconds.

    >>> in_words(93_784_999)
    '1d 2h 3m 4s'
    """
    minutes, seconds = divmod(ms // 1_000, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days}d {hours}h {minutes}m {seconds}s"


def _distinct_tracks(asked: Asked) -> int:
    return _distinct(asked, Kind.TRACK)


def _distinct_artists(asked: Asked) -> int:
    return _distinct(asked, Kind.ARTIST)


def _distinct_primary_artists(asked: Asked) -> int:
    return _distinct(asked, Kind.PRIMARY)


def _distinct(asked: Asked, kind: Kind) -> int:
    return play_tops.distinct(asked.session, asked.whose, kind, asked.window)
