"""Which release a record is: its number, its songs, and what else the release tells of it."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from core.names import fold
from core.releases import Release, Wanted
from database import record_sums
from database.models import Format, Record
from database.models import Song as SongRow
from database.record_details import NOT_GIVEN

_MEDIA = {"tape": "Cassette", "cd": "CD"}


class Song(NamedTuple):
    """A song of a release: `position` as on the sleeve, `seconds` None where unknown."""

    position: str | None
    title: str
    seconds: int | None


def wanted(session: Session, record_id: int) -> Wanted:
    """Return what to look for to find the release of a record: title, first artist, year.

    Raises:
        NotFound: there is no such record.
    """
    query = select(Record.title, Record.year, Format.name)
    query = query.join(Format, Format.id == Record.format_id).where(Record.id == record_id)
    found = session.execute(query).first()
    if found is None:
        raise NotFound("record", record_id)
    title, year, format_ = found
    artists = record_sums.names_of(session, [record_id]).artists.get(record_id, [])
    first = next((name for name in artists if name != NOT_GIVEN), "")
    medium = _MEDIA.get(fold(format_), "Vinyl")
    return Wanted(artist=first, title=title, year=year, medium=medium)


def link(session: Session, record_id: int, release: Release, songs: Sequence[Song]) -> bool:
    """Say which release a record is; True if a cover is to be looked for.

    Its songs become those of the release, favourites stay favourites; catalogue number,
    barcode and year are filled in where none is known. A cover that it has stays.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    query = select(Record).where(Record.id == record_id).with_for_update()
    record = session.scalar(query)
    if record is None:
        raise NotFound("record", record_id)
    has_cover = record.cover_sha256 is not None
    session.execute(
        update(Record)
        .where(Record.id == record_id)
        .values(
            discogs_id=release.discogs_id,
            catalogue_number=record.catalogue_number or release.catalogue_number,
            barcode=record.barcode or release.barcode,
            year=record.year or release.year,
            cover_address=release.cover_address or record.cover_address,
            cover_asked_at=record.cover_asked_at if has_cover else None,
            updated_at=clock.now(),
        )
    )
    if songs:
        _replace_songs(session, record_id, songs)
    session.expire_all()
    return release.cover_address is not None and not has_cover


def _replace_songs(session: Session, record_id: int, songs: Sequence[Song]) -> None:
    is_favourite = SongRow.record_id == record_id, SongRow.is_favourite
    liked = session.execute(select(SongRow.position, SongRow.title).where(*is_favourite)).all()
    favourites = _favourites(songs, [(position, fold(title)) for position, title in liked])
    session.execute(delete(SongRow).where(SongRow.record_id == record_id))
    rows = [
        {"record_id": record_id, "seq": seq, "is_favourite": seq in favourites, **song._asdict()}
        for seq, song in enumerate(songs, 1)
    ]
    session.execute(insert(SongRow), rows)


def _favourites(songs: Sequence[Song], liked: Collection[tuple[str | None, str]]) -> set[int]:
    """Return the numbers of the songs that were favourites: by place and title, else by title."""
    found: set[int] = set()
    for position, title in liked:
        same = [seq for seq, song in enumerate(songs, 1) if fold(song.title) == title]
        exact = [seq for seq in same if songs[seq - 1].position == position]
        found.update(exact or same[:1])
    return found
