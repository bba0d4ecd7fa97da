"""What the house has of releases in the crate: copies on the shelves, ratings, plays."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from database import record_albums
from database.crate_digs import Dig
from database.listeners import Whose
from database.models import Person, Record
from database.play_rows import in_many


class Copy(NamedTuple):
    """A record that is a copy of a release. `rating` 0: unrated."""

    record_id: int
    release_id: int
    title: str
    person_id: int
    owner: str
    is_active: bool
    rating: int


class Played(NamedTuple):
    """An album of that name by that artist, and how often it was played."""

    album_id: int
    plays: int


def ratings(session: Session, person_id: int) -> dict[int, int]:
    """Return the releases that stand on a person's shelf, each with its best rating or 0."""
    query = select(Record.discogs_id, func.max(Record.rating)).where(
        Record.person_id == person_id, Record.is_active, Record.discogs_id.is_not(None)
    )
    rows = session.execute(query.group_by(Record.discogs_id))
    return {release_id: rating for release_id, rating in rows if release_id is not None}


def ratings_for(session: Session, person_id: int, dig: Dig) -> dict[int, int]:
    """Return what a dig has to know of a person's shelf: all of it, or nothing."""
    is_asked = dig.owned or dig.rating_from or dig.rating_to
    return ratings(session, person_id) if is_asked else {}


def on_shelf(session: Session, person_id: int, release_ids: Collection[int]) -> set[int]:
    """Return those of some releases that stand on a person's shelf."""
    query = select(Record.discogs_id).where(Record.person_id == person_id, Record.is_active)
    return {row[0] for row in in_many(session, query, Record.discogs_id, release_ids)}


def copies(session: Session, release_ids: Collection[int]) -> list[Copy]:
    """Return the household's copies of some releases, those on a shelf first."""
    query = select(
        Record.id,
        Record.discogs_id,
        Record.title,
        Record.person_id,
        Person.name,
        Record.is_active,
        Record.rating,
    ).join(Person, Person.id == Record.person_id)
    found = [Copy(*row) for row in in_many(session, query, Record.discogs_id, release_ids)]
    return sorted(found, key=lambda copy: (not copy.is_active, copy.record_id))


def played(session: Session, whose: Whose, artists: Collection[str], title: str) -> list[Played]:
    """Return the albums that a release is, by its artists' names and its title, as played."""
    found = record_albums.called(session, artists, title, whose)
    return sorted((Played(*one) for one in found.items()), key=lambda one: -one.plays)
