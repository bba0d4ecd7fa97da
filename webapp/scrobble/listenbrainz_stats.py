"""What was heard most and when, as clients of ListenBrainz ask it; by the person's own days."""

from calendar import day_name
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock
from database import listens, play_tops
from database.play_sums import Kind
from database.play_tops import Top
from webapp.database import reading
from webapp.login import Member
from webapp.scrobble import doors, listenbrainz_ranges
from webapp.scrobble.doors import door
from webapp.scrobble.listenbrainz import User, part, user
from webapp.scrobble.listenbrainz_ranges import Range

_NOTHING = "", 204


@door("/stats/user/<user_name>/artists")
def stats_of_artists(user_name: str) -> ResponseReturnValue:
    return _tops(user_name, Kind.ARTIST, "artists", "artist")


@door("/stats/user/<user_name>/releases")
def stats_of_releases(user_name: str) -> ResponseReturnValue:
    return _tops(user_name, Kind.ALBUM, "releases", "release")


@door("/stats/user/<user_name>/release-groups")
def stats_of_release_groups(user_name: str) -> ResponseReturnValue:
    return _tops(user_name, Kind.ALBUM, "release_groups", "release_group")


@door("/stats/user/<user_name>/recordings")
def stats_of_recordings(user_name: str) -> ResponseReturnValue:
    return _tops(user_name, Kind.TRACK, "recordings", "recording")


def _tops(user_name: str, kind: Kind, several: str, each: str) -> ResponseReturnValue:
    asks, (limit, offset) = doors.asker(), part()
    with reading() as session:
        found, span = _asked(session, user_name, asks)
        listed, total = play_tops.ranking(
            session, found.whose, kind, span.window, limit=limit, offset=offset
        )
        if not total:
            return _NOTHING
        known = listens.ids_of(session, kind, [top.item for top in listed])
    payload = _about(found, span) | {
        "count": len(listed),
        "offset": offset,
        f"total_{each}_count": total,
        several: [_told(top, kind, each, known) for top in listed],
    }
    return jsonify(payload=payload)


def _told(top: Top, kind: Kind, each: str, known: dict[int, listens.Ids]) -> dict[str, Any]:
    ids = known.get(top.item, listens.Ids())
    if kind is Kind.ARTIST:
        told: dict[str, Any] = {"artist_name": top.name, "artist_mbid": ids.mbid}
    elif kind is Kind.ALBUM:
        # What of a group of releases was heard nobody says: only a release has its id here.
        told = {f"{each}_name": top.name, f"{each}_mbid": ids.mbid if each == "release" else None}
        told |= {"artist_name": top.credit, "artist_mbids": ids.artist_mbids}
    else:
        told = {"track_name": top.name, "recording_mbid": ids.mbid, "recording_msid": ids.msid}
        told |= {"artist_name": top.credit, "artist_mbids": ids.artist_mbids}
        told |= {"release_name": ids.album, "release_mbid": ids.release_mbid}
    return told | {"listen_count": top.plays}


@door("/stats/user/<user_name>/listening-activity")
def stats_of_listening(user_name: str) -> ResponseReturnValue:
    asks = doors.asker()
    with reading() as session:
        found, span = _asked(session, user_name, asks)
        days = play_tops.days(session, found.whose, span.window)
    if not days:
        return _NOTHING
    first = str(days[0][0])
    since = date(int(first[:-4]), int(first[-4:-2]), int(first[-2:]))
    activity = [
        {
            "from_ts": from_ts,
            "to_ts": to_ts,
            "time_range": name,
            "listen_count": sum(plays for day, plays, _ in days if start <= day < end),
        }
        for name, start, end, from_ts, to_ts in span.parts(since)
    ]
    return jsonify(payload=_about(found, span) | {"listening_activity": activity})


@door("/stats/user/<user_name>/daily-activity")
def stats_of_days(user_name: str) -> ResponseReturnValue:
    asks = doors.asker()
    with reading() as session:
        found, span = _asked(session, user_name, asks)
        hours = play_tops.hours(session, found.whose, span.window)
    if not any(hours):
        return _NOTHING
    activity = {
        name: [{"hour": hour, "listen_count": plays} for hour, plays in enumerate(_of(day, hours))]
        for day, name in enumerate(day_name)
    }
    return jsonify(payload=_about(found, span) | {"daily_activity": activity})


def _of(day: int, hours: Sequence[int]) -> Sequence[int]:
    return hours[24 * day : 24 * (day + 1)]


def _asked(session: Session, user_name: str, asks: Member | None) -> tuple[User, Range]:
    found = user(session, user_name, asks)
    name = request.args.get("range", "all_time")
    return found, listenbrainz_ranges.asked(name, clock.zone(found.whose.zone))


def _about(found: User, span: Range) -> dict[str, Any]:
    return {
        "user_id": found.name,
        "range": span.name,
        "from_ts": span.from_ts,
        "to_ts": span.to_ts,
        "last_updated": clock.now() // clock.SECOND,
    }
