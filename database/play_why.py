"""Why a number is what it is: all that is stored, by what became of it, where it is from."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from core.plays import Source, Standing
from database import listeners, play_recount, play_standing, play_windows
from database.listeners import Whose
from database.models import Album, Artist, Play, PlayImport, PlayTally, Track, TrackArtist
from database.play_sums import Kind
from database.play_windows import Cover, Ragged, Window

KINDS = {
    "artist": Kind.ARTIST,
    "primary": Kind.PRIMARY,
    "album": Kind.ALBUM,
    "track": Kind.TRACK,
}
_SAMPLES = 3
_MOST_BY_RULE = 5_000  # plays that a page tries each rule on


class Part(NamedTuple):
    """Plays of one source and one import: how many, by standing, and for how long these count.

    `file_name` None: of no import. `estimated`: of the counted ones, those whose length is the
    track's.
    """

    source: Source
    file_name: str | None
    standings: dict[Standing, int]
    ms: int
    estimated: int

    @property
    def stored(self) -> int:
        return sum(self.standings.values())

    @property
    def counted(self) -> int:
        return self.standings.get(Standing.COUNTED, 0)


class Sample(NamedTuple):
    id: int
    standing: Standing
    started_at: int
    title: str
    credit: str
    source: Source
    ms_played: int | None


class Why(NamedTuple):
    """stored - all that does not count = counted. `by_rule` None: too many for a page."""

    name: str
    stored: int
    standings: dict[Standing, int]
    counted: int
    ms: int
    estimated: int
    parts: list[Part]
    samples: list[Sample]
    by_rule: dict[str, int] | None

    def without_files(self) -> "Why":
        """Return the numbers alone: no single play, and no name of a file that somebody brought."""
        found: dict[Source, list[Part]] = {}
        for part in self.parts:
            found.setdefault(part.source, []).append(part)
        parts = [_together(source, some) for source, some in found.items()]
        return self._replace(parts=parts, samples=[])


class _Row(NamedTuple):
    """`month`: YYYYMM, or 0 where nobody asked."""

    source: int
    import_id: int
    standing: int
    is_estimated: int
    plays: int
    ms: int
    month: int


def _together(source: Source, parts: Sequence[Part]) -> Part:
    standings: Counter[Standing] = Counter()
    for part in parts:
        standings.update(part.standings)
    ms, estimated = sum(part.ms for part in parts), sum(part.estimated for part in parts)
    return Part(source, None, dict(standings), ms, estimated)


def why(session: Session, whose: Whose, kind: str, item: int | None, window: Window) -> Why:
    """Tell all plays of an artist, an album or a track, or with kind "" of all, in a window.

    Raises:
        NotFound: there is no such artist, album or track.
    """
    if not kind:
        rows = _of_all(session, whose, window)
        samples = _samples(session, rows, lambda months: _recent(whose, window, months))
        return _told(session, "", rows, samples, None)
    name, tracks = _named(session, kind, item)
    of = [Play.track_id.in_(tracks), Play.person_id.in_(whose.person_ids), *_within(window)]
    rows = _grouped(session, of)
    samples = _samples(session, rows, lambda _months: of)
    return _told(session, name, rows, samples, _by_rule(session, rows, of))


def _named(session: Session, kind: str, item: int | None) -> tuple[str, list[int]]:
    """Return what it is called, and the tracks that count under it."""
    if kind not in KINDS or item is None:
        raise NotFound("number", kind)
    model: Any = {"album": Album, "track": Track}.get(kind, Artist)
    found = session.get(model, item)
    if found is None:
        raise NotFound(kind, item)
    one = found.counts_as or found.id
    same = select(model.id).where(or_(model.id == one, model.counts_as == one))
    name: str = found.name if model is Artist else found.title
    return name, list(session.scalars(_tracks(kind, same)))


def _tracks(kind: str, same: Select[int]) -> Select[int]:
    if kind == "track":
        return select(Track.id).where(Track.id.in_(same))
    if kind == "album":
        return select(Track.id).where(Track.album_id.in_(same))
    credited = select(TrackArtist.track_id).where(TrackArtist.artist_id.in_(same))
    if kind == "primary":
        credited = credited.where(TrackArtist.position == 0)
    # The credits of a track are those of the one that it counts as.
    own = Track.id.in_(credited) & Track.counts_as.is_(None)
    return select(Track.id).where(or_(own, Track.counts_as.in_(credited)))


def _within(window: Window) -> list[ColumnElement[bool]]:
    wanted = [] if window.since is None else [Play.started_at >= window.since]
    return wanted if window.until is None else [*wanted, Play.started_at < window.until]


def _grouped(session: Session, of: Sequence[ColumnElement[bool]]) -> list[_Row]:
    unsaid = Play.ms_played.is_(None)
    key = (Play.source, func.coalesce(Play.import_id, 0), Play.standing, unsaid)
    query = select(*key, func.count(), func.sum(Play.ms)).where(*of).group_by(*key)
    return [
        _Row(source, import_id, standing, int(is_estimated), plays, int(ms), 0)
        for source, import_id, standing, is_estimated, plays, ms in session.execute(query)
    ]


def _of_all(session: Session, whose: Whose, window: Window) -> list[_Row]:
    """Return whole months from the tallies, and what is left of a window from the plays."""
    found = play_windows.cover(whose, Kind.HOUR, window)
    rows = _tallied(session, whose, found)
    for ragged in found.ragged:
        rows += _grouped(session, [Play.person_id.in_(whose.person_ids), *_of_ragged(ragged)])
    return rows


def _of_ragged(ragged: Ragged) -> list[ColumnElement[bool]]:
    wanted = [Play.started_at >= ragged.since, Play.started_at < ragged.until]
    if ragged.without is not None:
        wanted.append(~Play.day.between(*ragged.without))
    return wanted


def _tallied(session: Session, whose: Whose, found: Cover) -> list[_Row]:
    if not found.spans:
        return []
    tally = PlayTally
    key = (tally.source, tally.import_id, tally.standing, tally.is_estimated, tally.month)
    query = select(*key, func.sum(tally.plays), func.sum(tally.ms)).group_by(*key)
    query = query.where(tally.person_id.in_(whose.person_ids))
    if found.spans != [0]:
        query = query.where(
            or_(*(tally.month.between(*play_windows.months(span)) for span in found.spans))
        )
    return [
        _Row(source, import_id, standing, is_estimated, int(plays), int(ms), month)
        for source, import_id, standing, is_estimated, month, plays, ms in session.execute(query)
    ]


def _recent(whose: Whose, window: Window, months: Iterable[int]) -> list[ColumnElement[bool]]:
    """Where to look for samples: in the last month that has some, or in all that is not whole."""
    of = [Play.person_id.in_(whose.person_ids), *_within(window)]
    last = max(months, default=0)
    if not last:
        return of
    year, month = divmod(last, 100)
    zone = clock.zone("UTC")
    first = play_windows.of_period("month", zone, _noon(year, month))
    slack = 2 * clock.DAY  # of whichever zone
    since, until = first.since or 0, first.until or 0
    return [*of, Play.started_at.between(since - slack, until + slack)]


def _noon(year: int, month: int) -> int:
    return clock.moment(datetime(year, month, 2, 12, tzinfo=UTC))


def _samples(
    session: Session,
    rows: Sequence[_Row],
    where: Callable[[list[int]], list[ColumnElement[bool]]],
) -> list[Sample]:
    """Return the latest few plays of each standing that there is."""
    months: dict[int, list[int]] = {}
    for row in rows:
        months.setdefault(row.standing, []).append(row.month)
    found: list[Sample] = []
    for standing in sorted(months):
        query = select(
            Play.id,
            Play.standing,
            Play.started_at,
            Track.title,
            Track.credit,
            Play.source,
            Play.ms_played,
        ).join(Track, Track.id == Play.track_id)
        query = query.where(Play.standing == standing, *where(months[standing]))
        latest = session.execute(query.order_by(Play.started_at.desc()).limit(_SAMPLES))
        found += [
            Sample(id_, Standing(stands), at, title, credit, Source(source), ms)
            for id_, stands, at, title, credit, source, ms in latest
        ]
    return found


def _by_rule(
    session: Session, rows: Sequence[_Row], of: Sequence[ColumnElement[bool]]
) -> dict[str, int] | None:
    maybe = (Standing.COUNTED, Standing.SHORT)
    if sum(row.plays for row in rows if row.standing in maybe) > _MOST_BY_RULE:
        return None
    counts = dict.fromkeys(listeners.RULES, 0)
    wanted = (*of, Play.standing.in_([int(standing) for standing in maybe]))
    for facts, plays in play_recount.facts_of(session, *wanted):
        for rule in listeners.RULES:
            if play_standing.standing(facts, rule) is Standing.COUNTED:
                counts[rule] += plays
    return counts


def _told(
    session: Session,
    name: str,
    rows: Sequence[_Row],
    samples: list[Sample],
    by_rule: dict[str, int] | None,
) -> Why:
    parts = _parts(session, rows)
    standings: Counter[Standing] = Counter()
    for part in parts:
        standings.update(part.standings)
    return Why(
        name,
        sum(standings.values()),
        {standing: standings[standing] for standing in Standing if standings[standing]},
        standings[Standing.COUNTED],
        sum(part.ms for part in parts),
        sum(part.estimated for part in parts),
        parts,
        samples,
        by_rule,
    )


def _parts(session: Session, rows: Sequence[_Row]) -> list[Part]:
    ids = {row.import_id for row in rows if row.import_id}
    query = select(PlayImport.id, PlayImport.file_name).where(PlayImport.id.in_(ids))
    names = {row.id: row.file_name for row in session.execute(query)}
    found: dict[tuple[int, int], list[_Row]] = {}
    for row in rows:
        found.setdefault((row.source, row.import_id), []).append(row)
    parts = []
    for (source, import_id), mine in sorted(found.items()):
        standings: Counter[Standing] = Counter()
        for row in mine:
            standings[Standing(row.standing)] += row.plays
        counted = [row for row in mine if row.standing == Standing.COUNTED]
        parts.append(
            Part(
                Source(source),
                names.get(import_id),
                dict(standings),
                sum(row.ms for row in counted),
                sum(row.plays for row in counted if row.is_estimated),
            )
        )
    return parts
