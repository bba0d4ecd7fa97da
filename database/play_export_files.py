"""A person's listening as files: a zip that Needledrop reads again, and Maloja's own form."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from core import clock, zip_stream
from core.json_stream import as_array
from core.plays import Standing
from core.zip_stream import Member
from database import play_export
from database.engine import Database
from database.models import Album, Artist, Play, PlayContext, Track, TrackArtist
from database.play_export_names import Line
from database.play_rows import in_many

_LINES = 500
_PLAYED, _BROUGHT = "client:", "import:needledrop"


def zip_name(at: int) -> str:
    return f"needledrop-listening-{clock.utc(at):%Y-%m-%d}.zip"


def maloja_name(at: int) -> str:
    """Return a name that Maloja knows its own exports by."""
    return f"maloja_export_{clock.utc(at):%Y_%m_%d_%H_%M_%S}.json"


def as_zip(db: Database, person_id: int) -> Iterator[bytes]:
    """Yield a zip of everything; what is read first stands first."""
    members = (
        Member("listening.jsonl", _in_lines(play_export.lines(db, person_id))),
        Member("feedback.jsonl", _in_lines(play_export.feedback(db, person_id))),
    )
    return zip_stream.pieces(members, clock.utc(clock.now()))


def _in_lines(rows: Iterable[Line]) -> Iterator[bytes]:
    kept = []
    for row in rows:
        kept.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
        if len(kept) == _LINES:
            yield "\n".join([*kept, ""]).encode()
            kept.clear()
    yield "".join(f"{line}\n" for line in kept).encode()


def as_maloja(db: Database, person_id: int) -> Iterator[str]:
    """Yield the plays that count as Maloja exports its own, each in a second of its own."""
    head = json.dumps({"export_time": clock.now() // clock.SECOND})
    return chain([f'{{"maloja":{head},"scrobbles":'], as_array(_scrobbles(db, person_id)), ["}\n"])


def _scrobbles(db: Database, person_id: int) -> Iterator[dict[str, Any]]:
    whose = play_export.begin(db, person_id)
    columns = (Play.track_id, Play.ms_played, Play.context_id)
    counts = Play.standing == int(Standing.COUNTED)
    last: int | None = None
    for rows in play_export.by_beginning(db, whose, columns, counts):
        with db.reading() as session:
            tracks = _tracks(session, {row.track_id for row in rows})
            clients = _clients(session, {row.context_id for row in rows} - {None})
        for row in rows:
            # Maloja keeps one scrobble a second.
            time = row.started_at // clock.SECOND
            last = time if last is None else max(time, last + 1)
            yield {
                "time": last,
                "track": tracks[row.track_id],
                "duration": None if row.ms_played is None else row.ms_played // clock.SECOND,
                "origin": clients.get(row.context_id, _BROUGHT),
            }


def _clients(session: Session, context_ids: Iterable[int]) -> dict[int | None, str]:
    query = select(PlayContext.id, PlayContext.client).where(PlayContext.client.is_not(None))
    rows = in_many(session, query, PlayContext.id, list(context_ids))
    return {row.id: f"{_PLAYED}{row.client}" for row in rows}


def _tracks(session: Session, track_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return tracks as what they count as, in Maloja's form."""
    one, own, shown = aliased(Track), aliased(Album), aliased(Album)
    query = select(
        Track.id,
        one.id.label("same_id"),
        one.title,
        one.credit,
        func.coalesce(one.duration_ms, Track.duration_ms).label("duration_ms"),
        shown.title.label("album"),
        shown.credit.label("album_credit"),
    )
    query = query.join(one, one.id == func.coalesce(Track.counts_as, Track.id))
    query = query.outerjoin(own, own.id == Track.album_id)
    query = query.outerjoin(shown, shown.id == func.coalesce(own.counts_as, own.id))
    rows = list(in_many(session, query, Track.id, list(track_ids)))
    artists = _artists(session, {row.same_id for row in rows})
    return {row.id: _track(row, artists.get(row.same_id, [row.credit])) for row in rows}


def _track(row: Any, artists: Sequence[str]) -> dict[str, Any]:
    album = {"artists": [row.album_credit], "albumtitle": row.album} if row.album else None
    length = None if row.duration_ms is None else row.duration_ms // clock.SECOND
    return {"artists": list(artists), "title": row.title, "album": album, "length": length}


def _artists(session: Session, track_ids: Iterable[int]) -> dict[int, list[str]]:
    shown = aliased(Artist)
    query = select(TrackArtist.track_id, shown.name)
    query = query.join(Artist, Artist.id == TrackArtist.artist_id)
    query = query.join(shown, shown.id == func.coalesce(Artist.counts_as, Artist.id))
    query = query.order_by(TrackArtist.track_id, TrackArtist.position)
    found: dict[int, dict[str, None]] = {}
    for track_id, name in in_many(session, query, TrackArtist.track_id, list(track_ids)):
        found.setdefault(track_id, {})[name] = None
    return {track_id: list(names) for track_id, names in found.items()}
