"""A place to try an import in: what it may touch is copied there, and nothing comes back.

Trying it in the household's own database would keep everybody else from writing.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, create_engine, insert, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from core.names import fold
from database.engine import Database
from database.film_identity import SeenFilm, likely
from database.models import (
    Base,
    Film,
    FilmCandidate,
    FilmChange,
    FilmList,
    FilmListEntry,
    FilmMark,
    FilmSource,
    MosaicFilm,
    Viewing,
)

Begin = Callable[[], AbstractContextManager[Session]]

_BATCH = 500
_MODELS: tuple[type[Base], ...] = (
    Film,
    FilmCandidate,
    FilmSource,
    Viewing,
    FilmMark,
    FilmList,
    FilmListEntry,
    MosaicFilm,
    # Empty there; a film that is joined with another is looked for in it.
    FilmChange,
)


@contextmanager
def opened(
    db: Database, person_id: int | None, name: str, seen: Iterable[SeenFilm]
) -> Iterator[Begin]:
    """Hand out transactions in a copy of the source of that name, and of the films it may touch.

    The same verbs do the same there as they would do here. `seen` are the films of the
    import. It is a file that has no name: it goes with this process, however that ends.
    """
    engine = create_engine("sqlite://", creator=_unnamed, poolclass=StaticPool)

    @contextmanager
    def begin() -> Iterator[Session]:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    try:
        Base.metadata.create_all(engine, tables=[model.__table__ for model in _MODELS])  # type: ignore[misc]
        with db.reading() as house, begin() as copy:
            _copy(house, copy, person_id, name, seen)
        yield begin
    finally:
        engine.dispose()


def _unnamed() -> sqlite3.Connection:
    connection = sqlite3.connect("")
    # Whatever happens to it, nobody reads it again.
    connection.execute("PRAGMA synchronous = OFF").close()
    return connection


def _copy(
    house: Session, copy: Session, person_id: int | None, name: str, seen: Iterable[SeenFilm]
) -> None:
    owned = (
        FilmSource.person_id.is_(None) if person_id is None else FilmSource.person_id == person_id
    )
    mine = select(FilmSource.id).where(FilmSource.name_folded == fold(name), owned)
    source_ids = list(house.scalars(mine))
    _take(house, copy, FilmSource, FilmSource.id.in_(source_ids))
    lists = select(FilmList.id).where(FilmList.source_id.in_(source_ids))
    _take(house, copy, Viewing, Viewing.source_id.in_(source_ids))
    _take(house, copy, FilmMark, FilmMark.source_id.in_(source_ids))
    _take(house, copy, FilmList, FilmList.source_id.in_(source_ids))
    _take(house, copy, FilmListEntry, FilmListEntry.list_id.in_(lists))
    # The number of a film that only this import makes is none that one of these rows names.
    hanging = (
        select(Viewing.film_id).where(Viewing.source_id.in_(source_ids)),
        select(FilmMark.film_id).where(FilmMark.source_id.in_(source_ids)),
        select(FilmListEntry.film_id).where(FilmListEntry.list_id.in_(lists)),
    )
    _take(house, copy, Film, or_(*(Film.id.in_(ids) for ids in hanging)))
    rest = iter(seen)
    while batch := list(islice(rest, _BATCH)):
        for wanted in likely(batch):
            _take(house, copy, Film, wanted)


def _take(house: Session, copy: Session, model: type[Base], which: ColumnElement[bool]) -> None:
    """Copy rows in batches; a film may be meant by several, and is copied once."""
    table: Any = model.__table__
    query = select(table).where(which).execution_options(yield_per=_BATCH)
    for rows in house.execute(query).mappings().partitions():
        copy.execute(insert(table).prefix_with("OR IGNORE"), [dict(row) for row in rows])
