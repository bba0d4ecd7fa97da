"""Small makers of rows in a real database; a test says only what it is about."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.names import fold
from database import record_copies
from database.models import (
    Film,
    FilmList,
    FilmListEntry,
    FilmSource,
    MadePlaylist,
    Person,
    Viewing,
    YoutubePlaylist,
)

_numbers = count(1)


def person(
    session: Session,
    name: str = "",
    *,
    is_admin: bool = False,
    zone: str = "UTC",
    letterboxd_name: str | None = None,
    password_hash: str = "",
) -> Person:
    name = name or f"person {next(_numbers)}"
    made = Person(
        name=name,
        name_folded=fold(name),
        password_hash=password_hash,
        is_admin=is_admin,
        zone=zone,
        letterboxd_name=letterboxd_name,
        created_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def film(
    session: Session,
    title: str = "",
    year: int | None = 1999,
    *,
    tmdb_id: int | None = None,
    slug: str | None = None,
    uri: str | None = None,
    tmdb_state: str = "unasked",
) -> Film:
    title = title or f"Film {next(_numbers)}"
    made = Film(
        kind="movie" if tmdb_id is not None else None,
        tmdb_id=tmdb_id,
        slug=slug,
        uri=uri,
        title=title,
        title_folded=fold(title),
        year=year,
        tmdb_state=tmdb_state,
        created_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def source(session: Session, owner: Person | None = None, name: str = "") -> FilmSource:
    name = name or f"account{next(_numbers)}"
    person_id = owner.id if owner else None
    made = FilmSource(person_id=person_id, name=name, name_folded=fold(name))
    session.add(made)
    session.flush()
    return made


def viewing(
    session: Session,
    of: Film,
    by: FilmSource,
    watched_on: str = "2025-03-01",
    *,
    nth: int = 1,
    half_stars: int | None = None,
    is_uncertain: bool = False,
) -> Viewing:
    made = Viewing(
        source_id=by.id,
        film_id=of.id,
        watched_on=watched_on,
        nth=nth,
        half_stars=half_stars,
        is_rewatch=False,
        is_liked=False,
        is_uncertain=is_uncertain,
    )
    session.add(made)
    session.flush()
    return made


def film_list(session: Session, person_id: int, titles: list[str], name: str = "Best") -> int:
    """Make a list of the person's first source; films of these titles are taken or made."""
    source_id = session.scalar(select(FilmSource.id).where(FilmSource.person_id == person_id))
    made = FilmList(source_id=source_id, slug=fold(name), name=name)
    session.add(made)
    session.flush()
    for position, title in enumerate(titles, 1):
        known = session.scalar(select(Film.id).where(Film.title == title).limit(1))
        film_id = known or film(session, title).id
        session.add(FilmListEntry(list_id=made.id, position=position, film_id=film_id))
    session.flush()
    return made.id


def youtube_playlist(session: Session, person_id: int, **said: Any) -> YoutubePlaylist:
    """Let somebody have asked for a playlist at YouTube, which was not begun yet."""
    plain = {
        "public_id": f"{next(_numbers):032x}",
        "title": "Best",
        "description": "",
        "is_existing": False,
        "part": 1,
        "created_at": clock.now(),
    }
    made = YoutubePlaylist(person_id=person_id, **(plain | said))
    session.add(made)
    session.flush()
    return made


def made_playlist(session: Session, person_id: int, **said: Any) -> MadePlaylist:
    """Let somebody have asked for a playlist at Spotify, which was not begun yet."""
    plain = {
        "public_id": f"{next(_numbers):032x}",
        "name": "Best",
        "description": "",
        "uris": ["spotify:track:one", "spotify:track:two"],
        "left_out": 0,
        "done": 0,
        "created_at": clock.now(),
    }
    made = MadePlaylist(person_id=person_id, **(plain | said))
    session.add(made)
    session.flush()
    return made


def record(
    session: Session,
    owner: Person,
    title: str = "",
    artists: Sequence[str] = ("Can",),
    **said: Any,
) -> int:
    """Put a record on somebody's shelf, without a credit; `said` is more of a record's copy."""
    plain = {
        "year": 1971,
        "genre": "Rock",
        "format": "LP",
        "purchased_on": "2025-03-01",
        "price": 2000,
        "currency": "EUR",
        "is_digitised": False,
        "is_active": True,
        "labels": ["United Artists"],
    }
    copy = plain | said
    copy["title"] = title or f"Record {next(_numbers)}"
    copy["artists"] = [{"name": name, "country": None} for name in artists]
    return record_copies.add(session, owner.id, [copy])[0]
