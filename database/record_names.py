"""The names that the household's records share: artists, labels, genres, formats.

A name is one however it is written: compared folded, kept as it was first given.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, delete, exists, func, select, text, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from core import clock
from core.errors import InvalidInput
from core.names import fold
from database.models import (
    Album,
    Artist,
    ArtistGenre,
    Format,
    Genre,
    Label,
    Record,
    RecordArtist,
    RecordLabel,
    TrackArtist,
)

Kind = type[Artist] | type[Label] | type[Genre] | type[Format]
Item = TypeVar("Item")

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
# As text, and all at once: an import says as many as there are artists.
_SAY_COUNTRY = text("""
    UPDATE artists
       SET country    = :country,
           updated_at = :now
     WHERE id = :id
       AND (country IS NULL OR country <> :country)
""")


class Offered(NamedTuple):
    """What a form offers: the person's own first, the most used before the others."""

    genres: list[str]
    formats: list[str]
    last_genre: str


def keep(session: Session, kind: Kind, names: Iterable[str]) -> dict[str, int]:
    """Return the id of each of these names, by the folded name; new ones are added.

    They stay until the transaction ends: whoever drops unused ones passes them by.
    """
    wanted: dict[str, str] = {}
    for name in names:
        wanted.setdefault(fold(name), name)
    found = _held(session, kind, wanted)
    # For PostgreSQL: what another has added is there after all, and may be dropped again.
    while missing := [folded for folded in wanted if folded not in found]:
        _add(session, kind, {folded: wanted[folded] for folded in missing})
        found |= _held(session, kind, missing)
    return found


def _add(session: Session, kind: Kind, names: Mapping[str, str]) -> None:
    now = clock.now()
    session.execute(
        text(
            f"INSERT INTO {kind.__tablename__} (name, name_folded, created_at, updated_at)"  # noqa: S608 - the name of a table of ours
            " VALUES (:name, :folded, :now, :now) ON CONFLICT (name_folded) DO NOTHING"
        ),
        # In one order for all, or two that add the same wait for each other for ever.
        [{"name": names[folded], "folded": folded, "now": now} for folded in sorted(names)],
    )


def _held(session: Session, kind: Kind, folded: Collection[str]) -> dict[str, int]:
    """Return the ids of those that are there; on PostgreSQL nobody else may drop them now."""
    found: dict[str, int] = {}
    for names in _batches(sorted(folded)):
        query = select(kind.name_folded, kind.id).where(kind.name_folded.in_(names))
        query = query.with_for_update(read=True, key_share=True)
        found |= {row.name_folded: row.id for row in session.execute(query)}
    return found


def followed(session: Session, found: Mapping[str, int]) -> dict[str, int]:
    """Return these artists, but for another spelling the one that it counts as."""
    same: dict[int, int] = {}
    for ids in _batches(sorted(set(found.values()))):
        query = select(Artist.id, Artist.counts_as).where(Artist.id.in_(ids))
        rows = session.execute(query.where(Artist.counts_as.is_not(None)))
        same |= {row.id: row.counts_as for row in rows}
    return {name: same.get(id_, id_) for name, id_ in found.items()}


def say_countries(session: Session, countries: Mapping[int, str]) -> None:
    """Note where artists are from, by their ids; "" says nothing and erases nothing."""
    now = clock.now()
    said = [
        {"id": artist_id, "country": country, "now": now}
        for artist_id, country in sorted(countries.items())
        if country
    ]
    if said:
        session.execute(_SAY_COUNTRY, said)


def countries_of(session: Session, names: Sequence[str]) -> list[str]:
    """Return where artists of these names are from, in their order; "" for what nobody knows."""
    query = select(Artist.name_folded, Artist.country).where(
        Artist.name_folded.in_([fold(name) for name in names])
    )
    known = {row.name_folded: row.country for row in session.execute(query)}
    return [known.get(fold(name)) or "" for name in names]


def artists_of(record_ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    """Ask for (record_id, name, country) of the artists of these records, in their order."""
    query = select(RecordArtist.record_id, Artist.name, Artist.country)
    query = query.join(Artist, Artist.id == RecordArtist.artist_id)
    query = query.where(RecordArtist.record_id.in_(record_ids))
    return query.order_by(RecordArtist.record_id, RecordArtist.position)


def labels_of(record_ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    """Ask for (record_id, name) of the labels of these records, in their order."""
    query: Select[*tuple[Any, ...]] = select(RecordLabel.record_id, Label.name)
    query = query.join(Label, Label.id == RecordLabel.label_id)
    query = query.where(RecordLabel.record_id.in_(record_ids))
    return query.order_by(RecordLabel.record_id, RecordLabel.position)


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
    known = select(kind.id).where(kind.name_folded == fold(name))
    return fold(name) in map(fold, usual) or session.scalar(known) is not None


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
    """Drop those of these artists and labels that nothing needs; genres and formats stay."""
    for ids in _batches(sorted(artist_ids)):
        _drop(session, Artist, _no_artist(), Artist.id.in_(ids))
    for ids in _batches(sorted(label_ids)):
        _drop(session, Label, _no_label(), Label.id.in_(ids))


def drop_all_unused(session: Session) -> None:
    """Drop every artist and label that nothing needs."""
    _drop(session, Artist, _no_artist(), true())
    _drop(session, Label, _no_label(), true())


def _no_artist() -> ColumnElement[bool]:
    """Whether nothing has an artist, and no other spelling leads to or from it."""
    other = aliased(Artist)
    needs: tuple[InstrumentedAttribute[Any], ...] = (
        RecordArtist.artist_id,
        TrackArtist.artist_id,
        Album.artist_id,
        ArtistGenre.artist_id,
        other.counts_as,
    )
    unused: ColumnElement[bool] = Artist.counts_as.is_(None)
    for need in needs:
        unused &= ~exists().where(need == Artist.id)
    return unused


def _no_label() -> ColumnElement[bool]:
    return ~exists().where(RecordLabel.label_id == Label.id)


def _drop(
    session: Session,
    kind: type[Artist] | type[Label],
    unneeded: ColumnElement[bool],
    those: ColumnElement[bool],
) -> None:
    unused = those & unneeded
    # For PostgreSQL: one that somebody is about to link is held by them, and is let be. Those
    # that are held here get no new link, so that the second look is the last word.
    free = list(session.scalars(select(kind.id).where(unused).with_for_update(skip_locked=True)))
    for ids in _batches(free):
        session.execute(delete(kind).where(kind.id.in_(ids), unused))


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]
