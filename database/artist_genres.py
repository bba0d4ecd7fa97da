"""The genres of an artist: as people of this house say, or a source."""

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from core import clock
from core.errors import Forbidden, InvalidInput, NotFound
from core.names import fold
from database import artists, listeners
from database.models import Artist, ArtistGenre, Genre, PlaySum, Record, RecordArtist
from database.owner import Owner
from database.play_sums import Kind
from database.record_details import LONGEST_NAME, UNSEEN

MOST = 12
_ADD = text("""
    INSERT INTO genres (name, name_folded, created_at, updated_at)
         VALUES (:name, :folded, :now, :now)
    ON CONFLICT (name_folded) DO NOTHING
""")


def of(session: Session, artist_id: int) -> list[str]:
    """Return an artist's genres, by name."""
    query = select(Genre.name).join(ArtistGenre, ArtistGenre.genre_id == Genre.id)
    query = query.where(ArtistGenre.artist_id == artist_id)
    return list(session.scalars(query.order_by(Genre.name_folded)))


def by_records(session: Session, artist_id: int) -> list[str]:
    """Return the genres of an artist's records on the shelves: what counts if nobody says any."""
    query = (
        select(Genre.name)
        .join(Record, Record.genre_id == Genre.id)
        .join(RecordArtist, RecordArtist.record_id == Record.id)
        .where(RecordArtist.artist_id == artist_id)
        .distinct()
    )
    return sorted(session.scalars(query))


def may_change(session: Session, artist_id: int, owner: Owner) -> bool:
    """Say whether somebody may: whoever has plays or a record by them, or an admin."""
    has_plays = select(PlaySum.item).where(
        PlaySum.whose == owner.person_id,
        PlaySum.kind == int(Kind.ARTIST),
        PlaySum.span == text("0"),
        PlaySum.item == artist_id,
    )
    if session.scalar(has_plays) is not None:
        return True
    return artists.may_change(session, artist_id, owner)


def demand(session: Session, artist_id: int, owner: Owner) -> None:
    """Go on only with an artist whose genres somebody may say.

    Raises:
        NotFound: there is none.
        Forbidden: they have neither plays nor a record by that artist.
    """
    if session.get(Artist, artist_id) is None:
        raise NotFound("artist", artist_id)
    if not may_change(session, artist_id, owner):
        raise Forbidden("Only somebody who plays this artist, or an admin, may change it.")


def put(session: Session, artist_id: int, said: str, owner: Owner) -> list[str]:
    """Replace an artist's genres by those said with commas between; return them.

    Raises:
        NotFound: there is none.
        Forbidden: they have neither plays nor a record by that artist.
        InvalidInput: one is no name, or there are too many.
    """
    listeners.lock(session)
    demand(session, artist_id, owner)
    names = _read(said)
    for folded, name in names.items():
        session.execute(_ADD, {"name": name, "folded": folded, "now": clock.now()})
    session.execute(delete(ArtistGenre).where(ArtistGenre.artist_id == artist_id))
    ids = session.scalars(select(Genre.id).where(Genre.name_folded.in_(names)))
    session.add_all(ArtistGenre(artist_id=artist_id, genre_id=genre_id) for genre_id in ids)
    session.flush()
    # Who counts plays by genre has other numbers now.
    listeners.touch(session)
    return of(session, artist_id)


def _read(said: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for part in filter(str.strip, said.split(",")):
        names.setdefault(fold(part), " ".join(part.split()))
    if len(names) > MOST:
        raise InvalidInput({"genres": f"Give at most {MOST} genres."})
    for name in names.values():
        if len(name) > LONGEST_NAME or ";" in name or UNSEEN.search(name):
            raise InvalidInput({"genres": "Give names of at most 200 characters, without ;."})
    return names
