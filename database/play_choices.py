"""Which of somebody's plays are meant by what they say of them: names, devices, days, hours."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session

from core import clock
from core.names import fold
from core.plays import Standing
from database import play_windows
from database.listeners import Whose
from database.models import Artist, Person, Play, PlayContext, PlayTally, Track, TrackArtist
from database.play_sums import Kind
from database.play_windows import Window

_MARKED = (int(Standing.NOT_ME), int(Standing.DELETED))
_LONGEST_DAYS = 366  # with hours: they are asked of each play of these days
_HOURS = 24
_TICKED = 1_000


class Choice(BaseModel):
    """All that is said has to hold of a play. `plays`: those that were ticked."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    artist: str = Field("", max_length=500, description="The artist's name, as it stands here.")
    track: str = Field("", max_length=500, description="The track's title, as it stands here.")
    words: str = Field(
        "", max_length=200, description="Part of the name of the client, player or device."
    )
    since: date | None = Field(None, description="A day like 2026-11-24.")
    until: date | None = Field(None, description="A day like 2026-11-24; it is included.")
    from_hour: int | None = Field(None, ge=0, le=23, description="An hour from 0 to 23.")
    until_hour: int | None = Field(None, ge=0, le=_HOURS, description="An hour from 0 to 24.")
    plays: tuple[int, ...] = Field(
        (), max_length=_TICKED, description="Tick at most 1,000 plays at a time."
    )

    @field_validator("since", "until", mode="before")
    @classmethod
    def _is_day(cls, given: Any) -> Any:
        # pydantic takes "1772323200" for a day, too.
        return date.fromisoformat(given) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _fits(self) -> "Choice":
        if self == Choice.model_construct():
            raise PydanticCustomError("sentence", "Say something of the plays that are meant.")
        if self.since and self.until and self.since > self.until:
            raise PydanticCustomError("sentence", "The last day is before the first.")
        if (self.from_hour is None) != (self.until_hour is None):
            raise PydanticCustomError("sentence", "Give both hours, or none.")
        if self.from_hour is not None and self._is_long and not (self.artist or self.track):
            raise PydanticCustomError(
                "sentence", "With hours, name an artist or a track, or give days: a year at most."
            )
        return self

    @property
    def _is_long(self) -> bool:
        if self.since is None or self.until is None:
            return not self.plays
        return self.until - self.since > timedelta(days=_LONGEST_DAYS)

    @property
    def is_broad(self) -> bool:
        """Whether so many plays may be meant, or are to be looked at, that no page can do it."""
        return self._is_long and not (self.artist or self.track)


class Preview(NamedTuple):
    """`stored`: rows that are meant; `counted`: those of them that count now."""

    stored: int
    counted: int


def query(session: Session, person_id: int, choice: Choice) -> Select[int]:
    """Ask for the ids of the plays that are meant and that nobody has marked yet."""
    person = session.get_one(Person, person_id)
    wanted: list[ColumnElement[bool]] = [Play.person_id == person_id, Play.mark.is_(None)]
    wanted += _at(choice, clock.zone(person.zone))
    if choice.plays:
        wanted.append(Play.id.in_(choice.plays))
    if choice.artist:
        wanted.append(Play.track_id.in_(_of_artist(choice.artist)))
    if choice.track:
        wanted.append(Play.track_id.in_(_called(choice.track)))
    if choice.words:
        wanted.append(Play.context_id.in_(_contexts(session, choice.words)))
    return select(Play.id).where(*wanted)


def preview(session: Session, person_id: int, choice: Choice) -> Preview:
    """Return how many plays are meant, without looking at all plays there are."""
    if not choice.is_broad:
        return _counted(session, query(session, person_id, choice))
    zone = session.get_one(Person, person_id).zone
    window = Window(*_ends(choice, clock.zone(zone)))
    found = play_windows.cover(Whose(person_id, (person_id,), zone), Kind.HOUR, window)
    parts = [_tallied(session, person_id, choice, found.spans)]
    for ragged in found.ragged:
        inside = Play.started_at.between(ragged.since, ragged.until - 1)
        parts.append(_counted(session, query(session, person_id, choice).where(inside)))
    return Preview(sum(part.stored for part in parts), sum(part.counted for part in parts))


def _counted(session: Session, those: Select[int]) -> Preview:
    listed = those.add_columns(Play.standing).subquery()
    counts = select(listed.c.standing, func.count()).group_by(listed.c.standing)
    found = {row[0]: row[1] for row in session.execute(counts)}
    return Preview(sum(found.values()), found.get(int(Standing.COUNTED), 0))


def _tallied(session: Session, person_id: int, choice: Choice, spans: Sequence[int]) -> Preview:
    """Count what whole months hold; of marked plays only the best sighting is left out."""
    of = [PlayTally.person_id == person_id, PlayTally.standing.not_in(_MARKED)]
    if choice.words:
        of.append(PlayTally.context_id.in_(_contexts(session, choice.words)))
    if list(spans) != [0]:
        within = (PlayTally.month.between(*play_windows.months(span)) for span in spans)
        of.append(or_(false(), *within))
    total = select(PlayTally.standing, func.sum(PlayTally.plays)).where(*of)
    rows = session.execute(total.group_by(PlayTally.standing))
    found = {standing: int(plays) for standing, plays in rows}
    return Preview(sum(found.values()), found.get(int(Standing.COUNTED), 0))


def _ends(choice: Choice, zone: ZoneInfo) -> tuple[int | None, int | None]:
    since = None if choice.since is None else play_windows.midnight(choice.since, zone)
    if choice.until is None:
        return since, None
    return since, play_windows.midnight(choice.until + timedelta(days=1), zone)


def _at(choice: Choice, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    since, until = _ends(choice, zone)
    wanted = [] if since is None else [Play.started_at >= since]
    if until is not None:
        wanted.append(Play.started_at < until)
    if choice.from_hour is not None and choice.until_hour is not None:
        hour = Play.hour_of_week % _HOURS
        late, early = hour >= choice.from_hour, hour < choice.until_hour
        is_over_night = choice.from_hour >= choice.until_hour
        wanted.append(or_(late, early) if is_over_night else late & early)
    return wanted


def _of_artist(name: str) -> Select[int]:
    """Ask for the tracks that credit an artist, or one that counts as the same."""
    named = select(func.coalesce(Artist.counts_as, Artist.id)).where(
        Artist.name_folded == fold(name)
    )
    one = named.scalar_subquery()
    same = select(Artist.id).where(or_(Artist.id == one, Artist.counts_as == one))
    credited = select(TrackArtist.track_id).where(TrackArtist.artist_id.in_(same))
    return select(Track.id).where(or_(Track.id.in_(credited), Track.counts_as.in_(credited)))


def _called(title: str) -> Select[int]:
    titled = select(Track.id).where(Track.title_folded == fold(title))
    return select(Track.id).where(or_(Track.id.in_(titled), Track.counts_as.in_(titled)))


def _contexts(session: Session, words: str) -> list[int]:
    folded = fold(words)
    rows = session.execute(
        select(PlayContext.id, PlayContext.client, PlayContext.player, PlayContext.platform)
    )
    return [row[0] for row in rows if any(folded in fold(name) for name in row[1:] if name)]


class Meant(NamedTuple):
    """A play that is meant, as a list shows it."""

    id: int
    started_at: int
    title: str
    credit: str
    client: str | None
    standing: int


def latest(session: Session, person_id: int, choice: Choice, limit: int) -> list[Meant]:
    """Return the latest of the plays that are meant."""
    those = query(session, person_id, choice).order_by(Play.started_at.desc(), Play.id.desc())
    client = func.coalesce(PlayContext.player, PlayContext.platform, PlayContext.client)
    shown = (
        select(Play.id, Play.started_at, Track.title, Track.credit, client, Play.standing)
        .join(Track, Track.id == Play.track_id)
        .outerjoin(PlayContext, PlayContext.id == Play.context_id)
        .where(Play.id.in_(list(session.scalars(those.limit(limit)))))
    )
    rows = session.execute(shown.order_by(Play.started_at.desc(), Play.id.desc()))
    return [Meant(*row) for row in rows]
