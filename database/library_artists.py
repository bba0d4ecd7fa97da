"""Artists of the library of whom no more than the name is known."""

from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import clock
from database import library_reach
from database.models import LibraryArtist, LibraryTrack, LibraryTrackArtist

A_DAY = 50  # that are asked for, by the whole house


class Unknown(NamedTuple):
    id: int
    spotify_id: str


def unknown(session: Session, person_id: int, now: int) -> list[Unknown]:
    """Return artists that Spotify may be asked about now: those with the most tracks first."""
    asked = select(func.count()).where(LibraryArtist.details_at >= now - clock.DAY)
    left = A_DAY - (session.scalar(asked) or 0)
    if left <= 0:
        return []
    query = (
        select(LibraryArtist.id, LibraryArtist.spotify_id)
        .join(LibraryTrackArtist, LibraryTrackArtist.artist_id == LibraryArtist.id)
        .join(LibraryTrack, LibraryTrack.id == LibraryTrackArtist.track_id)
        .where(
            LibraryArtist.details_at.is_(None),
            LibraryArtist.spotify_id.is_not(None),
            library_reach.tracks(person_id),
        )
        .group_by(LibraryArtist.id, LibraryArtist.spotify_id)
        .order_by(func.count().desc(), LibraryArtist.id)
        .limit(left)
    )
    return [Unknown(id_, str(spotify_id)) for id_, spotify_id in session.execute(query)]


def say_asked(session: Session, artist_id: int) -> None:
    """Note that Spotify was asked about an artist, whatever it said."""
    asked = update(LibraryArtist).where(
        LibraryArtist.id == artist_id, LibraryArtist.details_at.is_(None)
    )
    session.execute(asked.values(details_at=clock.now()))
