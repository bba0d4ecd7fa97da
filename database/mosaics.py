"""Finished mosaics, as their pages need them: find, list, remove.

The picture files are the caller's: they are removed after the transaction that
forgot them has committed.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.names import fold
from database.models import Mosaic, MosaicFilm
from database.owner import Owner

PAGE = 24
FILMS_PAGE = 500


class Listed(NamedTuple):
    """One mosaic in a list; `has_picture` is False when its file was dropped for room."""

    id: int
    public_id: str
    name: str
    title: str
    alt: str
    file: str | None
    preview_width: int
    preview_height: int
    created_at: int

    @property
    def has_picture(self) -> bool:
        return self.file is not None


class FilmShown(NamedTuple):
    """A film, a record or an album as it was when the mosaic was made.

    Of a record these are artist, rating, day of purchase and cover, of an album `half_stars`
    is how often it was played; `record_id` or `album_id` leads to it, if it is still there.
    """

    title: str
    year: int | None
    director: str | None
    half_stars: int | None
    watched_on: str | None
    has_poster: bool
    record_id: int | None = None
    album_id: int | None = None

    def as_film(self) -> dict[str, Any]:
        said = self._asdict()
        del said["record_id"], said["album_id"]
        return said

    def as_record(self) -> dict[str, Any]:
        return {
            "record": self.record_id,
            "title": self.title,
            "artist": self.director,
            "year": self.year,
            "rating": self.half_stars,
            "bought_on": self.watched_on,
            "has_cover": self.has_poster,
        }

    def as_album(self) -> dict[str, Any]:
        return {
            "album": self.album_id,
            "title": self.title,
            "artist": self.director,
            "plays": self.half_stars,
            "has_cover": self.has_poster,
        }


class Part(NamedTuple):
    """Some of the films of a mosaic: those from position `first` on, out of `of`."""

    films: list[FilmShown]
    first: int
    of: int

    @property
    def before(self) -> int | None:
        """Where the part before this one begins, if there is one."""
        return max(0, self.first - FILMS_PAGE) if self.first else None

    @property
    def after(self) -> int | None:
        end = self.first + len(self.films)
        return end if end < self.of else None


_LISTED = (
    Mosaic.id,
    Mosaic.public_id,
    Mosaic.name,
    Mosaic.title,
    Mosaic.alt,
    Mosaic.file,
    Mosaic.preview_width,
    Mosaic.preview_height,
    Mosaic.created_at,
)


def preview_of(file: str) -> str:
    """Return the name of the small picture beside a mosaic's `file`."""
    return f"{file.rpartition('.')[0]}.preview.jpg"


def zoom_of(file: str) -> str:
    """Return the name of the tiles beside a mosaic's `file`; an older one may have none."""
    return f"{file.rpartition('.')[0]}.zoom"


def sketch_of(task: str, attempt: int) -> str:
    """Return the name of the file that shows what a task's picture will be, while it is built."""
    return f"{task}.{attempt}.sketch.jpg"


def files_of(file: str) -> tuple[str, str, str]:
    """Return the names of all files of the mosaic whose picture is `file`."""
    return file, preview_of(file), zoom_of(file)


def get(session: Session, public_id: str, owner: Owner) -> Mosaic:
    """Return a mosaic that this one may see: their own, one made from a public feed, or shared.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = session.scalar(select(Mosaic).where(Mosaic.public_id == public_id))
    if found is None or not (
        found.is_shared
        or (found.is_for_members and owner.person_id is not None)
        or owner.owns(found.person_id, found.guest_hash)
    ):
        raise NotFound("mosaic", public_id)
    return found


def own(session: Session, public_id: str, owner: Owner) -> Mosaic:
    """Return a mosaic that this one may change.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = get(session, public_id, owner)
    if not owner.owns(found.person_id, found.guest_hash):
        raise NotFound("mosaic of yours", public_id)
    return found


def films(session: Session, mosaic_id: int) -> list[FilmShown]:
    """Return what is in it, in reading order."""
    return [FilmShown(*row) for row in session.execute(_of(mosaic_id))]


def part(session: Session, mosaic_id: int, position: int) -> Part:
    """Return those of its films among which the one at `position` is; past the end, the last."""
    count = select(func.count()).where(MosaicFilm.mosaic_id == mosaic_id)
    of = session.scalar(count) or 0
    position = max(0, min(position, of - 1))
    first = position - position % FILMS_PAGE
    here = MosaicFilm.position.between(first, first + FILMS_PAGE - 1)
    return Part([FilmShown(*row) for row in session.execute(_of(mosaic_id).where(here))], first, of)


def _of(mosaic_id: int) -> Select[*tuple[Any, ...]]:
    query = select(
        MosaicFilm.title,
        MosaicFilm.year,
        MosaicFilm.director,
        MosaicFilm.half_stars,
        MosaicFilm.watched_on,
        MosaicFilm.has_poster,
        MosaicFilm.record_id,
        MosaicFilm.album_id,
    )
    return query.where(MosaicFilm.mosaic_id == mosaic_id).order_by(MosaicFilm.position)


def places(session: Session, mosaic_id: int) -> dict[str, Any] | None:
    """Return where in its picture each film stands, or None if that is not known.

    A grid, in pixels: `left`, `top`, `pitch_x`, `pitch_y`, `width`, `height`, `columns`
    and `rows`; `cells` names the position of the film in each cell, row by row, or -1.
    Without it they stand in reading order.
    """
    return session.scalar(select(Mosaic.places).where(Mosaic.id == mosaic_id))


def latest_of_name(session: Session, name: str, owner: Owner) -> Mosaic | None:
    """Return the newest mosaic of a name, in any case, that this one may see."""
    query = select(Mosaic).where(Mosaic.name_folded == fold(name), _visible(owner))
    return session.scalar(query.order_by(Mosaic.created_at.desc(), Mosaic.id.desc()).limit(1))


def of_name(session: Session, name: str, owner: Owner, *, limit: int = PAGE) -> list[Listed]:
    """Return the mosaics of a name that this one may see, the newest first."""
    query = select(*_LISTED).where(Mosaic.name_folded == fold(name), _visible(owner))
    query = query.order_by(Mosaic.created_at.desc(), Mosaic.id.desc()).limit(limit)
    return [Listed(*row) for row in session.execute(query)]


def gallery(
    session: Session, owner: Owner, *, before: int | None = None, limit: int = PAGE
) -> list[Listed]:
    """Return mosaics, the newest first: a member's own and the house's, a guest's own.

    `before` is the id that the last page ended with.
    """
    query = select(*_LISTED).where(_mine(owner) if owner.person_id is None else _visible(owner))
    if before is not None:
        query = query.where(Mosaic.id < before)
    return [Listed(*row) for row in session.execute(query.order_by(Mosaic.id.desc()).limit(limit))]


def listed(session: Session, ids: Collection[int]) -> dict[int, Listed]:
    """Return mosaics as lists show them, by their ids; whose they are is the caller's."""
    rows = session.execute(select(*_LISTED).where(Mosaic.id.in_(sorted(ids))))
    return {row.id: Listed(*row) for row in rows}


def share(session: Session, public_id: str, owner: Owner, *, is_for_members: bool) -> None:
    """Let every member of the house see a person's own mosaic, or none but that person again.

    Raises:
        NotFound: there is none of theirs; an admin, too, shares only their own.
    """
    found = own(session, public_id, owner)
    if owner.person_id is None or found.person_id != owner.person_id:
        raise NotFound("mosaic of yours", public_id)
    found.is_for_members = is_for_members


def remove(session: Session, public_id: str, owner: Owner) -> list[str]:
    """Forget a mosaic; return the names of its files in DATA/pictures.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = own(session, public_id, owner)
    session.execute(delete(Mosaic).where(Mosaic.id == found.id))
    return [*files_of(found.file)] if found.file else []


def _visible(owner: Owner) -> ColumnElement[bool]:
    if owner.person_id is None:
        return or_(Mosaic.is_shared, _mine(owner))
    return or_(Mosaic.is_shared, Mosaic.is_for_members, _mine(owner))


def _mine(owner: Owner) -> ColumnElement[bool]:
    if owner.person_id is not None:
        return Mosaic.person_id == owner.person_id
    return and_(Mosaic.person_id.is_(None), Mosaic.guest_hash == (owner.guest_hash or ""))
