"""Maloja's own call for a play, which some players know."""

from typing import Any

from flask import Response, jsonify, request

from core import clock, play_words
from core.plays import Context
from database import scrobbles
from webapp.database import writing
from webapp.scrobble import doors, told
from webapp.scrobble.doors import Refused, door
from webapp.scrobble.told import Told

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@door("/newscrobble", ("/apis/mlj_1",), ("POST",))
def new_scrobble() -> Response:
    """`duration` is for how long it was heard, `length` how long it is; both in seconds."""
    said = _said()
    person = doors.person(_word(said, "key") or None)
    line = _told(said)
    client, version = told.client()
    play = told.heard(line, Context(client=client, client_version=version or None))
    with writing() as session:
        scrobbles.keep(session, person.id, [play])
    track = {"artists": list(line.artists), "title": line.title}
    return jsonify(status="success", track=track, desc=f"Scrobbled {line.title}", warnings=[])


def _said() -> dict[str, Any]:
    if request.mimetype in _FORMS:
        found: dict[str, Any] = request.form.to_dict()
        for name in ("artists", "albumartists"):
            found[name] = request.form.getlist(name) + request.form.getlist(f"{name}[]")
        return found
    said = doors.sent_json()
    if not isinstance(said, dict):
        raise Refused(400, "Send a form, or a JSON object.")
    return said


def _told(said: dict[str, Any]) -> Told:
    names = _names(said, "artists") or [_word(said, "artist")]
    artists = play_words.distinct(one for name in names for one in play_words.credited(name))
    title = told.name(_word(said, "title"))
    if not artists or not title:
        raise Refused(400, "Name an artist and a title.")
    album_artists = play_words.credit(_names(said, "albumartists"))
    return Told(
        artists=tuple(told.name(one) for one in artists),
        title=title,
        album=told.name(_word(said, "album")),
        album_artist=told.name(album_artists),
        started_at=_time(_word(said, "time")),
        seconds=_word(said, "length"),
        ms_played=told.milliseconds(_word(said, "duration")),
    )


def _time(given: str) -> int:
    now = clock.now() // clock.SECOND
    at = told.when(given.partition(".")[0]) if given else now
    if at is None or not told.EARLIEST <= at <= now + told.AHEAD:
        raise Refused(400, "That is no time at which a play can have begun.")
    return at


def _word(said: dict[str, Any], name: str) -> str:
    """Return what is said as words; numbers are written out, and all else is nothing."""
    found = said.get(name)
    return str(found) if isinstance(found, str | int | float) else ""


def _names(said: dict[str, Any], name: str) -> list[str]:
    found = said.get(name)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
