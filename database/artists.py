"""The artists of the household's records: who they are, where they are from, how many records."""

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock
from core.errors import Forbidden, InvalidInput, NotFound
from core.names import fold
from database import record_sums
from database.models import Artist, Record, RecordArtist
from database.owner import Owner
from database.record_details import LONGEST_NAME, NOT_GIVEN, UNSEEN

PAGE = 100


class About(BaseModel):
    """What is said of an artist, for the whole household."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    name: str = Field(
        min_length=1, max_length=LONGEST_NAME, description="A name of at most 200 characters."
    )
    country: str = Field("", max_length=200, description="Like Germany; empty if nobody knows.")

    @field_validator("name", "country")
    @classmethod
    def _is_one(cls, given: str) -> str:
        spaced = " ".join(given.split())
        if ";" in spaced or UNSEEN.search(spaced):
            raise PydanticCustomError("sentence", "One alone, without ; in it.")
        return spaced


class Listed(NamedTuple):
    """An artist, with the number of those records that are asked for."""

    id: int
    name: str
    country: str | None
    records: int


class Page(NamedTuple):
    """A page of artists, of `in_all` so many; `more` is the folded name that leads to the next."""

    artists: list[Listed]
    in_all: int
    more: str | None


def page(
    session: Session, person_id: int | None, words: str = "", *, after: str | None = None
) -> Page:
    """Return artists whose names hold `words`, by name: a person's, or with None everyone's."""
    # Who is on the shelf is asked of each name in turn, and no further than the page goes.
    wanted: list[ColumnElement[bool]] = [exists().where(*_records(person_id))]
    if folded := fold(words):
        wanted.append(Artist.name_folded.contains(folded, autoescape=True))
    records = select(func.count()).where(*_records(person_id)).scalar_subquery()
    query = select(Artist.id, Artist.name, Artist.country, records, Artist.name_folded)
    query = query.where(*wanted).order_by(Artist.name_folded).limit(PAGE + 1)
    if after is not None:
        query = query.where(Artist.name_folded > after)
    rows = session.execute(query).all()
    in_all = session.scalar(select(func.count()).select_from(Artist).where(*wanted)) or 0
    more = rows[PAGE - 1].name_folded if len(rows) > PAGE else None
    return Page([Listed(*row[:4]) for row in rows[:PAGE]], in_all, more)


def _records(person_id: int | None) -> list[ColumnElement[bool]]:
    found = [RecordArtist.artist_id == Artist.id]
    if person_id is not None:
        found += [Record.id == RecordArtist.record_id, Record.person_id == person_id]
    return found


def get(session: Session, artist_id: int) -> Artist:
    """Return an artist of this household.

    Raises:
        NotFound: there is none.
    """
    artist = session.get(Artist, artist_id)
    if artist is None:
        raise NotFound("artist", artist_id)
    return artist


def name_of(session: Session, artist_id: int) -> str:
    """Return what an artist is called, or what to say of one who is gone."""
    return session.scalar(select(Artist.name).where(Artist.id == artist_id)) or "somebody gone"


def may_change(session: Session, artist_id: int, owner: Owner) -> bool:
    """Say whether somebody may correct an artist: whoever has a record by them, or an admin."""
    is_theirs = exists().where(
        RecordArtist.artist_id == artist_id,
        Record.id == RecordArtist.record_id,
        Record.person_id == owner.person_id,
    )
    return owner.is_admin or bool(session.scalar(select(is_theirs)))


def demand(session: Session, artist_id: int, owner: Owner) -> Artist:
    """Return an artist that is theirs to correct.

    Raises:
        NotFound: there is none.
        Forbidden: they have no record by that artist.
    """
    artist = get(session, artist_id)
    if not may_change(session, artist_id, owner):
        raise Forbidden("Only somebody with a record by this artist, or an admin, may change it.")
    return artist


def change(session: Session, artist_id: int, about: About, owner: Owner) -> None:
    """Correct the name and the country of an artist, on the records of everyone.

    Raises:
        NotFound: there is none.
        Forbidden: they have no record by that artist.
        InvalidInput: another artist has that name.
    """
    name = demand(session, artist_id, owner).name
    if fold(name) == fold(NOT_GIVEN) != fold(about.name):
        raise InvalidInput({"name": "NA stands for artists that are not known, and is kept."})
    if fold(about.name) != fold(name):
        _free_name(session, artist_id, about.name)
    try:
        session.execute(
            update(Artist)
            .where(Artist.id == artist_id)
            .values(
                name=about.name,
                name_folded=fold(about.name),
                country=about.country or None,
                updated_at=clock.now(),
            )
        )
    except IntegrityError:
        raise InvalidInput({"name": "Another artist has that name already."}) from None
    if fold(about.name) != fold(name):
        _keep_name(session, artist_id, name)
    if about.name != name:
        made = select(RecordArtist.record_id).where(RecordArtist.artist_id == artist_id)
        record_sums.refresh(session, session.scalars(made).all())


def _free_name(session: Session, artist_id: int, name: str) -> None:
    """Let an artist have a name that is another spelling of theirs: the two change places."""
    own = (Artist.name_folded == fold(name), Artist.counts_as == artist_id)
    between = f"{artist_id}\x1f"  # no name that is typed, until _keep_name
    session.execute(update(Artist).where(*own).values(name=between, name_folded=between))


def _keep_name(session: Session, artist_id: int, name: str) -> None:
    """Keep a name that an artist had as another spelling: sources go on calling them so."""
    now, between = clock.now(), f"{artist_id}\x1f"
    written = {"name": name, "name_folded": fold(name), "updated_at": now}
    spelling = update(Artist).where(Artist.name_folded == between).values(written)
    if session.scalar(spelling.returning(Artist.id)) is None:
        session.add(Artist(counts_as=artist_id, created_at=now, **written))
        session.flush()
