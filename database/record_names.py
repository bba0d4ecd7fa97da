"""The names that the household's records share: artists, labels, genres, formats.

A name is one however it is written: compared folded, kept as it was first given.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import delete, exists, func, select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import InvalidInput
from core.names import fold
from database.models import Artist, Format, Genre, Label, Record, RecordArtist, RecordLabel

Kind = type[Artist] | type[Label] | type[Genre] | type[Format]

FORMATS = ('10"', '12"', "2xLP", '7"', "LP", "MLP", 'Pic-7"', "Pic-LP", "Tape", "CD")
# Discogs' own fifteen.
GENRES = (
    "Blues",
    "Brass & Military",
    "Children's",
    "Classical",
    "Electronic",
    "Folk, World, & Country",
    "Funk / Soul",
    "Hip Hop",
    "Jazz",
    "Latin",
    "Non-Music",
    "Pop",
    "Reggae",
    "Rock",
    "Stage & Screen",
)
_BATCH = 500


class Offered(NamedTuple):
    """What a form offers: the person's own first, the most used before the others."""

    genres: list[str]
    formats: list[str]
    last_genre: str


def keep(session: Session, kind: Kind, names: Iterable[str]) -> dict[str, int]:
    """Return the id of each of these names, by the folded name; new ones are added."""
    wanted = {fold(name): name for name in names}
    found = _ids(session, kind, wanted)
    missing = [folded for folded in wanted if folded not in found]
    if missing:
        now = clock.now()
        session.execute(
            text(
                f"INSERT INTO {kind.__tablename__} (name, name_folded, created_at, updated_at)"  # noqa: S608 - the name of a table of ours
                " VALUES (:name, :folded, :now, :now) ON CONFLICT (name_folded) DO NOTHING"
            ),
            [{"name": wanted[folded], "folded": folded, "now": now} for folded in missing],
        )
        found |= _ids(session, kind, missing)
    return found


def _ids(session: Session, kind: Kind, folded: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    names = list(folded)
    for start in range(0, len(names), _BATCH):
        query = select(kind.name_folded, kind.id)
        query = query.where(kind.name_folded.in_(names[start : start + _BATCH]))
        found |= {row.name_folded: row.id for row in session.execute(query)}
    return found


def say_countries(session: Session, artist_ids: Sequence[int], countries: Sequence[str]) -> None:
    """Note where artists are from, in the same order; "" says nothing and erases nothing."""
    for artist_id, country in zip(artist_ids, countries, strict=False):
        if country:
            session.execute(
                update(Artist)
                .where(Artist.id == artist_id, Artist.country.is_distinct_from(country))
                .values(country=country, updated_at=clock.now())
            )


def check_listed(
    session: Session, genre: str, format_: str, *, add_genre: bool, add_format: bool
) -> None:
    """Go on only with a genre and a format that are on the lists, or are to be added.

    Raises:
        InvalidInput: one is not, and may be a slip of the finger.
    """
    problems = {}
    if not add_genre and not _is_listed(session, Genre, genre, GENRES):
        problems["genre"] = f"There is no genre “{genre}” yet: tick to add it, or choose another."
    if not add_format and not _is_listed(session, Format, format_, FORMATS):
        problems["format"] = (
            f"There is no format “{format_}” yet: tick to add it, or choose another."
        )
    if problems:
        raise InvalidInput(problems)


def _is_listed(session: Session, kind: Kind, name: str, usual: Sequence[str]) -> bool:
    return fold(name) in map(fold, usual) or bool(_ids(session, kind, [fold(name)]))


def offered(session: Session, person_id: int) -> Offered:
    """Return which genres and formats a form offers this person."""
    last = (
        select(Genre.name)
        .join(Record, Record.genre_id == Genre.id)
        .where(Record.person_id == person_id)
        .order_by(Record.id.desc())
        .limit(1)
    )
    return Offered(
        _by_use(session, Genre, person_id, GENRES),
        _by_use(session, Format, person_id, FORMATS),
        session.scalar(last) or "",
    )


def _by_use(session: Session, kind: Kind, person_id: int, usual: Sequence[str]) -> list[str]:
    own = Record.genre_id if kind is Genre else Record.format_id
    used = select(own.label("id"), func.count().label("records"))
    uses = used.where(Record.person_id == person_id).group_by(own).subquery()
    query = select(kind.name).outerjoin(uses, uses.c.id == kind.id)
    query = query.order_by(func.coalesce(uses.c.records, 0).desc(), kind.name_folded)
    mine = list(session.scalars(query))
    known = set(map(fold, mine))
    return mine + [name for name in usual if fold(name) not in known]


def drop_unused(session: Session, artist_ids: Collection[int], label_ids: Collection[int]) -> None:
    """Drop those of these artists and labels that no record has; genres and formats stay."""
    if artist_ids:
        used = exists().where(RecordArtist.artist_id == Artist.id)
        session.execute(delete(Artist).where(Artist.id.in_(artist_ids), ~used))
    if label_ids:
        used = exists().where(RecordLabel.label_id == Label.id)
        session.execute(delete(Label).where(Label.id.in_(label_ids), ~used))
