"""Correcting plays: put in by hand, changed, deleted, "not me", a record that was played."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, InvalidInput, NotFound
from core.names import fold
from core.plays import EARLIEST, Heard, Mark, Named, Source
from database import children, listeners, play_additions, play_choices, play_edits
from database.models import Album, Artist, Person, Play, Track, TrackArtist
from database.owner import Owner
from database.play_additions import New
from database.play_choices import Choice
from database.play_names import Names
from database.tasks import Enqueued

_LONGEST = 500
_AHEAD = clock.DAY
_SUGGESTED = 10
_AT = "A day and a time, like 2026-11-24 20:15."


class Said(BaseModel):
    """A play as somebody says it was; `at`: by the clock on their wall."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=_LONGEST, description="Give the track’s title.")
    artists: str = Field(
        min_length=1, max_length=_LONGEST, description="The artists, joined by “; ”."
    )
    album: str = Field("", max_length=_LONGEST, description="The album; empty if there is none.")
    at: datetime = Field(description=_AT)

    @field_validator("at", mode="before")
    @classmethod
    def _is_moment(cls, given: object) -> object:
        return datetime.fromisoformat(given.strip()) if isinstance(given, str) else given

    @field_validator("title", "artists", "album")
    @classmethod
    def _is_seen(cls, given: str) -> str:
        spaced = " ".join(given.split())
        if not spaced.isprintable():
            raise PydanticCustomError("sentence", "Give letters, digits and the like.")
        return spaced

    @property
    def named(self) -> Named:
        artists = tuple(name.strip() for name in self.artists.split(";") if name.strip())
        return Named(self.title, artists or (self.artists,), self.album)


class Known(NamedTuple):
    """A track that may be meant. `artists` and `album` as they are typed."""

    id: int
    title: str
    artists: str
    album: str


class Shown(NamedTuple):
    """A play that may be corrected, as its form says it."""

    id: int
    person_id: int
    zone: str
    started_at: int
    known: Known


def moment(at: datetime, zone: ZoneInfo) -> int:
    """Return the moment of what somebody typed.

    Raises:
        InvalidInput: it lies ahead, or before there was anything to play.
    """
    there = clock.moment(at if at.tzinfo else at.replace(tzinfo=zone))
    if not EARLIEST <= there <= clock.now() + _AHEAD:
        raise InvalidInput({"at": _AT})
    return there


def suggestions(session: Session, words: str) -> list[Known]:
    """Return some tracks whose titles begin so, or are by an artist called so."""
    folded = fold(words)
    if not folded:
        return []
    named = select(TrackArtist.track_id).join(Artist, Artist.id == TrackArtist.artist_id)
    named = named.where(Artist.name_folded == folded)
    # By bounds and not LIKE: an index answers that on both databases.
    begins = (Track.title_folded >= folded) & (Track.title_folded < folded + "\U0010ffff")
    query = select(Track.id).where(Track.kind == "music", Track.counts_as.is_(None))
    query = query.where(or_(begins, Track.id.in_(named))).order_by(Track.title_folded, Track.id)
    return known(session, list(session.scalars(query.limit(_SUGGESTED))))


def known(session: Session, track_ids: Sequence[int]) -> list[Known]:
    """Return these tracks as a form says them, in their order."""
    query = select(Track.id, Track.title, Track.credit, func.coalesce(Album.title, ""))
    query = query.outerjoin(Album, Album.id == Track.album_id).where(Track.id.in_(track_ids))
    rows = {row.id: row for row in session.execute(query)}
    credited: dict[int, list[str]] = {}
    by = select(TrackArtist.track_id, Artist.name)
    by = by.join(Artist, Artist.id == TrackArtist.artist_id)
    by = by.where(TrackArtist.track_id.in_(track_ids)).order_by(TrackArtist.position)
    for track_id, name in session.execute(by):
        credited.setdefault(track_id, []).append(name)
    return [
        Known(id_, rows[id_][1], "; ".join(credited.get(id_, [rows[id_][2]])), rows[id_][3])
        for id_ in track_ids
        if id_ in rows
    ]


def add(session: Session, person_id: int, said: Said, owner: Owner, track_id: int | None) -> None:
    """Put in a play by hand; `track_id` where the names are those of a track that is known.

    Raises:
        Forbidden, NotFound: it is not theirs to say.
        InvalidInput: the moment cannot be.
    """
    person = children.demand(session, person_id, owner)
    at = moment(said.at, clock.zone(person.zone))
    listeners.lock(session)
    edit = play_edits.begin(session, person_id, "add", f"Added: {said.title} by {said.artists}")
    new = New(_track(session, said, track_id), at, 0)
    play_additions.put_in(session, edit, person_id, Source.MANUAL, [new])
    edit.plays = 1
    session.flush()


def _track(session: Session, said: Said, track_id: int | None) -> int:
    """Return the track of these names: the known one if nothing was changed of it."""
    if track_id is not None:
        for one in known(session, [track_id]):
            if (one.title, one.artists, one.album) == (said.title, said.artists, said.album):
                return one.id
    return keep(session, [_heard(said.named)])[0]


def keep(session: Session, heard: Sequence[Heard]) -> list[int]:
    """Return the tracks of what was heard, new ones added. Under the lock of listening."""
    return Names().keep(session, heard)


def _heard(named: Named, duration_ms: int | None = None) -> Heard:
    return Heard(named, 0, Source.MANUAL, 0, duration_ms=duration_ms)


def to_change(session: Session, play_id: int, owner: Owner) -> Shown:
    """Return a play that is theirs to correct.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: it was corrected before.
    """
    play, person = _own(session, play_id, owner)
    names = known(session, [play.track_id])[0]
    return Shown(play.id, person.id, person.zone, play.started_at, names)


def _own(session: Session, play_id: int, owner: Owner) -> tuple[Play, Person]:
    play = session.get(Play, play_id)
    person = session.get(Person, play.person_id) if play is not None else None
    if play is None or person is None or owner.person_id not in (person.id, person.parent_id):
        raise NotFound("play", play_id)
    if play.mark is not None:
        raise Conflict("This play was corrected before: undo that first.")
    return play, person


def change(session: Session, play_id: int, said: Said, owner: Owner) -> None:
    """Put another play in the place of one: with other names, or at another time.

    Raises:
        NotFound, Conflict: as in `to_change`.
        InvalidInput: the moment cannot be.
    """
    listeners.lock(session)
    play, person = _own(session, play_id, owner)
    at = moment(said.at, clock.zone(person.zone))
    track_id, context_id = _track(session, said, play.track_id), play.context_id
    edit = play_edits.begin(
        session, person.id, "change", f"Changed: {said.title} by {said.artists}"
    )
    (lasted,) = play_edits.mark_whole(session, edit, [play_id], Mark.REPLACED).values()
    new = New(track_id, at, 0, lasted, context_id)
    play_additions.put_in(session, edit, person.id, Source.MANUAL, [new])
    edit.plays = 1
    session.flush()


def delete(
    session: Session, person_id: int, play_ids: Sequence[int], owner: Owner
) -> Enqueued | None:
    """Delete plays that were ticked: they stay stored, and nothing brings them back but an undo.

    Raises:
        Forbidden, NotFound: they are somebody else's.
        InvalidInput: nothing was ticked.
    """
    if not play_ids:
        raise InvalidInput({"": "Tick the plays that are meant."})
    return _choose(
        session, person_id, Choice(plays=tuple(play_ids)), owner, kind="delete", said="Deleted"
    )


def not_me(
    session: Session, person_id: int, choice: Choice, owner: Owner, to: int | None
) -> Enqueued | None:
    """Say that plays were somebody else's: nobody's, or that they are `to`'s from now on.

    Raises:
        Forbidden, NotFound: they are somebody else's already, or nobody is called so.
        InvalidInput: they would be given to the person whose they are.
    """
    said = "Not me"
    if to is not None:
        receiver = session.get(Person, to)
        if receiver is None or to == person_id:
            raise InvalidInput({"to": "Choose somebody else, or nobody."})
        said = f"Not me, but {receiver.name}"
    return _choose(session, person_id, choice, owner, kind="not-me", said=said, to=to)


def _choose(  # noqa: PLR0913 - by name
    session: Session,
    person_id: int,
    choice: Choice,
    owner: Owner,
    *,
    kind: str,
    said: str,
    to: int | None = None,
) -> Enqueued | None:
    children.demand(session, person_id, owner)
    listeners.lock(session)
    meant = play_choices.preview(session, person_id, choice).stored
    if not meant:
        raise InvalidInput({"": "No play is like that."})
    before = {
        "choice": choice.model_dump(mode="json", exclude_defaults=True),
        "mark": int(Mark.NOT_ME if kind == "not-me" else Mark.DELETED),
        "to": to,
        "upto": session.scalar(select(func.max(Play.id))) or 0,
        "is_over": False,
    }
    words = f"{said}: {described(choice)}"
    edit = play_edits.begin(session, person_id, kind, words, before)
    return play_edits.ask(session, edit, owner, meant)


def described(choice: Choice) -> str:
    """Say in words which plays a choice means."""
    parts = [f"“{choice.track}”"] if choice.track else []
    parts += [f"by {choice.artist}"] if choice.artist else []
    parts += [f"on “{choice.words}”"] if choice.words else []
    parts += [f"from {choice.since}"] if choice.since else []
    parts += [f"until {choice.until}"] if choice.until else []
    if choice.from_hour is not None:
        parts.append(f"between {choice.from_hour} and {choice.until_hour} o’clock")
    if choice.plays:
        parts.append(f"{len(choice.plays)} that were ticked")
    return " ".join(parts)
