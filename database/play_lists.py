"""Plays one by one, newest first: what lists show of each, and the way to the next page."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import (
    ColumnElement,
    and_,
    false,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from core import clock
from core.plays import Source, Standing
from database import play_search, play_windows
from database.models import Album, Artist, Play, PlayContext, PlayTally, Track, TrackArtist
from database.play_windows import Window

PAGE = 50
_MOST_TRACKS = 500
_LARGEST = 2**63 - 1

WHICH = {
    "counts": (Standing.COUNTED,),
    "not": tuple(one for one in Standing if one is not Standing.COUNTED),
    "short": (Standing.SHORT,),
    "duplicate": (Standing.DUPLICATE,),
    "not-me": (Standing.NOT_ME,),
    "not-music": (Standing.NOT_MUSIC,),
    "deleted": (Standing.DELETED,),
}


class Wanted(BaseModel):
    """Which plays a list shows."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    q: str = Field("", max_length=200, description="At most 200 characters of titles or artists.")
    which: Literal[
        "counts", "all", "not", "short", "duplicate", "not-me", "not-music", "deleted"
    ] = Field("counts", description="Choose one of these.")
    source: Source | None = Field(None, description="Choose one of these.")
    day: str | None = Field(
        None, pattern=r"^\d{4}-\d{2}-\d{2}$", description="A day like 2026-11-24."
    )
    track: int | None = Field(None, ge=1, le=_LARGEST, description="The number of a track.")


class Listed(NamedTuple):
    """One play. `track_id` and `album_id`: what it counts as. `standing`: of core.plays."""

    id: int
    person_id: int
    started_at: int
    ms: int
    is_estimated: bool
    track_id: int
    title: str
    credit: str
    album_id: int | None
    album: str | None
    source: int
    standing: int
    client: str | None

    @property
    def counts(self) -> bool:
        return self.standing == Standing.COUNTED


class Page(NamedTuple):
    """Some plays, newest first; `more` leads to the next ones."""

    plays: list[Listed]
    more: str | None


def page(  # noqa: PLR0913 - by name
    session: Session,
    person_ids: Sequence[int],
    wanted: Wanted,
    zone: str,
    *,
    after: str | None = None,
    limit: int = PAGE,
) -> Page:
    """Return plays of these people that meet `wanted`, those after the key of the last one.

    `zone`: of the day that is asked for.
    """
    asked = _asked(wanted, zone)
    if (place := _place(after)) is not None:
        asked.append(place)
    if wanted.q:
        asked.append(Play.track_id.in_(_named(session, wanted.q)))
    parts = [
        _newest(
            person_id,
            [*asked, *_near(session, person_id, wanted, zone, after, limit)],
            limit,
            is_by_track=bool(wanted.q or wanted.track),
        )
        for person_id in person_ids
    ]
    if not parts:
        return Page([], None)
    newest = union_all(*parts).subquery()
    rows = session.execute(_told(newest, limit)).all()
    more = f"{rows[limit - 1].started_at}-{rows[limit - 1].id}" if len(rows) > limit else None
    return Page([Listed(*row) for row in rows[:limit]], more)


def latest(session: Session, person_ids: Sequence[int], limit: int) -> list[Listed]:
    """Return the last plays that count."""
    return page(session, person_ids, Wanted(), "UTC", limit=limit).plays


def _asked(wanted: Wanted, zone: str) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if wanted.which == "counts":
        asked.append(Play.standing == Standing.COUNTED)
    elif wanted.which != "all":
        asked.append(Play.standing.in_(WHICH[wanted.which]))
    if wanted.source is not None:
        asked.append(Play.source == wanted.source)
    if wanted.day is not None:
        asked += _within(of_day(wanted.day, zone))
    if wanted.track is not None:
        spelt = select(Track.id).where(
            or_(Track.id == wanted.track, Track.counts_as == wanted.track)
        )
        asked.append(Play.track_id.in_(spelt))
    return asked


def of_day(said: str, zone: str) -> Window:
    """Return a day.

    Raises:
        InvalidInput: it is in no calendar.
    """
    begun = play_windows.read(said, None, None, clock.zone(zone))
    return play_windows.of_period("day", clock.zone(zone), begun.since)


def _within(window: Window) -> list[ColumnElement[bool]]:
    return [Play.started_at >= window.since, Play.started_at < window.until]


def _place(after: str | None) -> ColumnElement[bool] | None:
    """Return what comes after a play in a list; from the beginning where the key is none."""
    key = _key(after)
    if key is None:
        return None
    started_at, play_id = key
    return and_(Play.started_at <= started_at, or_(Play.started_at < started_at, Play.id < play_id))


def _key(after: str | None) -> tuple[int, int] | None:
    started_at, found, play_id = (after or "").rpartition("-")
    try:
        key = int(started_at), int(play_id)
    except ValueError:
        return None
    return key if found and max(map(abs, key)) <= _LARGEST else None


def _named(session: Session, words: str) -> list[int]:
    """Return tracks with these words in their title or an artist's name, and all spellings."""
    by_title = select(Track.id).where(play_search.holding(Track.title_folded, words))
    by_artist = (
        select(TrackArtist.track_id)
        .join(Artist, Artist.id == TrackArtist.artist_id)
        .where(play_search.holding(Artist.name_folded, words))
    )
    found = list(session.scalars(by_title.union(by_artist).limit(_MOST_TRACKS)))
    also = select(Track.id).where(Track.counts_as.in_(found))
    return [*found, *session.scalars(also)]


def _near(  # noqa: PLR0913, PLR0917 - what a page is asked with
    session: Session, person_id: int, wanted: Wanted, zone: str, after: str | None, limit: int
) -> list[ColumnElement[bool]]:
    """Return how far back a page goes at most: as far as the tallies of months say.

    What is seldom would else be looked for through all plays of a person.
    """
    is_usual = wanted.which in ("counts", "all") and wanted.source is None
    if is_usual or wanted.day or wanted.track or wanted.q:
        return []
    tallies = select(PlayTally.month, func.sum(PlayTally.plays)).where(
        PlayTally.person_id == person_id
    )
    if wanted.which != "all":
        tallies = tallies.where(PlayTally.standing.in_(WHICH[wanted.which]))
    if wanted.source is not None:
        tallies = tallies.where(PlayTally.source == wanted.source)
    key = _key(after)
    newest = _month(key[0], zone) if key else None
    count, oldest = 0, None
    for month, plays in session.execute(
        tallies.group_by(PlayTally.month).order_by(PlayTally.month.desc())
    ):
        if newest is None or month <= newest:
            # Of the month that a page begins in, an unknown part is behind it.
            count += 0 if month == newest else plays
            oldest = month
        if count > limit:
            break
    return [false()] if oldest is None else [_since(oldest, zone)]


def _month(at: int, zone: str) -> int:
    day = clock.local(at, clock.zone(zone))
    return day.year * 100 + day.month


def _since(month: int, zone: str) -> ColumnElement[bool]:
    first = play_windows.midnight(date(month // 100, month % 100, 1), clock.zone(zone))
    # A month begins elsewhere up to a day earlier.
    return Play.started_at >= first - clock.DAY


def _newest(
    person_id: int, asked: Sequence[ColumnElement[bool]], limit: int, *, is_by_track: bool
) -> Any:
    # An order that no index has: plays of some tracks are found by these, and then sorted.
    at = Play.started_at + 0 if is_by_track else Play.started_at
    newest = (
        select(Play.id, Play.started_at)
        .where(Play.person_id == person_id, *asked)
        .order_by(at.desc(), Play.id.desc())
        .limit(limit + 1)
        .subquery()
    )
    return select(newest.c.id, newest.c.started_at)


def _told(newest: Any, limit: int) -> Any:
    song, as_album = aliased(Track), aliased(Album)
    return (
        select(
            Play.id,
            Play.person_id,
            Play.started_at,
            Play.ms,
            Play.ms_played.is_(None),
            func.coalesce(Track.counts_as, Track.id),
            song.title,
            song.credit,
            as_album.id,
            as_album.title,
            Play.source,
            Play.standing,
            func.coalesce(PlayContext.player, PlayContext.client, PlayContext.platform),
        )
        .select_from(newest)
        .join(Play, Play.id == newest.c.id)
        .join(Track, Track.id == Play.track_id)
        .join(song, song.id == func.coalesce(Track.counts_as, Track.id))
        .outerjoin(Album, Album.id == Track.album_id)
        .outerjoin(as_album, as_album.id == func.coalesce(Album.counts_as, Album.id))
        .outerjoin(PlayContext, PlayContext.id == Play.context_id)
        .order_by(newest.c.started_at.desc(), newest.c.id.desc())
        .limit(limit + 1)
    )
