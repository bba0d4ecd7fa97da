"""Logging that a record was played: a side, or all of it, one play a song."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy.orm import Session

from core import clock
from core.errors import InvalidInput
from core.plays import Heard, Named, Source
from database import (
    children,
    listeners,
    play_additions,
    play_corrections,
    play_edits,
    record_page,
)
from database.owner import Owner
from database.play_additions import New
from database.record_page import Page, SongShown

_UNKNOWN_SECONDS = 240
ALL = "all"


class Spin(BaseModel):
    """Which side was played, and when it began or ended, by the clock on the wall."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    side: str = Field(ALL, max_length=10, description="Choose a side, or all.")
    at: datetime = Field(description="A day and a time, like 2026-11-24 20:15.")
    is_end: bool = Field(default=False, description="Say 1 if it ended then.")

    @field_validator("at", mode="before")
    @classmethod
    def _is_moment(cls, given: object) -> object:
        return datetime.fromisoformat(given.strip()) if isinstance(given, str) else given


class Turn(NamedTuple):
    """A song of a spin. `is_known`: how long it is."""

    song: SongShown
    started_at: int
    seconds: int
    is_known: bool


def sides(songs: Sequence[SongShown]) -> list[str]:
    """Return the sides that positions name, "A" of "A1", in their order."""
    found = (_side(song) for song in songs)
    return list(dict.fromkeys(side for side in found if side))


def _side(song: SongShown) -> str:
    first = (song.position or "").strip()[:1].upper()
    return first if first.isalpha() else ""


def turns(songs: Sequence[SongShown], spin: Spin, at: int) -> list[Turn]:
    """Return when each song of the side began, one after the other.

    Raises:
        InvalidInput: there are none.
    """
    meant = [song for song in songs if spin.side == ALL or _side(song) == spin.side]
    if not meant:
        raise InvalidInput({"side": "Choose a side, or all."})
    lengths = [song.seconds or _UNKNOWN_SECONDS for song in meant]
    begins = at - sum(lengths) * clock.SECOND if spin.is_end else at
    found = []
    for song, seconds in zip(meant, lengths, strict=True):
        found.append(Turn(song, begins, seconds, bool(song.seconds)))
        begins += seconds * clock.SECOND
    return found


def log(session: Session, person_id: int, record_id: int, spin: Spin, owner: Owner) -> int:
    """Put in the plays of a record that was played; return how many.

    Raises:
        NotFound, Forbidden: there is no such record, or the plays are not theirs.
        InvalidInput: it has no such side, or the moment cannot be.
    """
    person = children.demand(session, person_id, owner)
    page = record_page.page(session, record_id)
    at = play_corrections.moment(spin.at, clock.zone(person.zone))
    found = turns(page.songs, spin, at)
    listeners.lock(session)
    tracks = play_corrections.keep(session, [_heard(page, turn) for turn in found])
    said = f"Played: {page.record['title']}" + (f", side {spin.side}" if spin.side != ALL else "")
    edit = play_edits.begin(session, person_id, "spin", said)
    new = [
        New(track_id, turn.started_at, turn.song.seq, _ms(turn))
        for track_id, turn in zip(tracks, found, strict=True)
    ]
    play_additions.put_in(session, edit, person_id, Source.SPIN, new)
    edit.plays = len(new)
    session.flush()
    return len(new)


def _heard(page: Page, turn: Turn) -> Heard:
    artists = tuple(artist.name for artist in page.artists)
    named = Named(turn.song.title, artists, page.record["title"])
    return Heard(named, turn.started_at, Source.SPIN, 0, duration_ms=_ms(turn))


def _ms(turn: Turn) -> int | None:
    return turn.seconds * clock.SECOND if turn.is_known else None
