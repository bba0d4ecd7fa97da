"""All that the house knows of one film, and what one person did with it."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from database import film_sources
from database.models import (
    Film,
    FilmList,
    FilmListEntry,
    FilmMark,
    Mosaic,
    MosaicFilm,
    Viewing,
)

MOST_MOSAICS = 24


class ViewingShown(NamedTuple):
    """One viewing, with all that was said of it."""

    watched_on: str
    half_stars: int | None
    is_rewatch: bool
    is_liked: bool
    tags: str | None
    review: str | None


class Said(NamedTuple):
    """What a person says of the film as such; `wanted_on`: since when it is on the watchlist."""

    half_stars: int | None
    is_liked: bool
    watched_on: str | None
    wanted_on: str | None


class InList(NamedTuple):
    id: int
    name: str
    position: int
    note: str | None


class InMosaic(NamedTuple):
    public_id: str
    title: str
    created_at: int


class Page(NamedTuple):
    """A film as its page shows it."""

    film: Film
    said: Said
    viewings: list[ViewingShown]
    lists: list[InList]
    mosaics: list[InMosaic]


def page(session: Session, person_id: int, film_id: int) -> Page:
    """Return a film that is known to be the person's, with all that hangs on it, newest first."""
    mine = film_sources.ids(session, person_id)
    return Page(
        session.get_one(Film, film_id),
        _said(session, mine, film_id),
        _viewings(session, mine, film_id),
        _lists(session, mine, film_id),
        _mosaics(session, person_id, film_id),
    )


def _said(session: Session, mine: list[int], film_id: int) -> Said:
    query = select(
        FilmMark.half_stars, FilmMark.is_liked, FilmMark.watched_on, FilmMark.wanted_on
    ).where(FilmMark.source_id.in_(mine), FilmMark.film_id == film_id)
    marks = [Said(*row) for row in session.execute(query)]
    return Said(
        max((mark.half_stars for mark in marks if mark.half_stars), default=None),
        any(mark.is_liked for mark in marks),
        min((mark.watched_on for mark in marks if mark.watched_on), default=None),
        min((mark.wanted_on for mark in marks if mark.wanted_on), default=None),
    )


def _viewings(session: Session, mine: list[int], film_id: int) -> list[ViewingShown]:
    query = select(
        Viewing.watched_on,
        Viewing.half_stars,
        Viewing.is_rewatch,
        Viewing.is_liked,
        Viewing.tags,
        Viewing.review,
    ).where(Viewing.source_id.in_(mine), Viewing.film_id == film_id)
    query = query.order_by(Viewing.watched_on.desc(), Viewing.nth.desc(), Viewing.id.desc())
    return [ViewingShown(*row) for row in session.execute(query)]


def _lists(session: Session, mine: list[int], film_id: int) -> list[InList]:
    query = (
        select(FilmList.id, FilmList.name, FilmListEntry.position, FilmListEntry.note)
        .join(FilmListEntry, FilmListEntry.list_id == FilmList.id)
        .where(FilmListEntry.film_id == film_id, FilmList.source_id.in_(mine))
        .order_by(FilmList.name, FilmList.id, FilmListEntry.position)
    )
    return [InList(*row) for row in session.execute(query)]


def _mosaics(session: Session, person_id: int, film_id: int) -> list[InMosaic]:
    query = (
        select(Mosaic.public_id, Mosaic.title, Mosaic.created_at)
        .join(MosaicFilm, MosaicFilm.mosaic_id == Mosaic.id)
        .where(MosaicFilm.film_id == film_id, Mosaic.person_id == person_id)
        .distinct()
        .order_by(Mosaic.created_at.desc(), Mosaic.public_id)
        .limit(MOST_MOSAICS)
    )
    return [InMosaic(*row) for row in session.execute(query)]
