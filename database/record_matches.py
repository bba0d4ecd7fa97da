"""Which record a row of an import is of, and what it would make of that record.

A row is a copy (record_copies) of a record; its genre may be None where nobody knows it.
A copy at Discogs is known by its `discogs_key`, a row of a table by its `row_key`, which is
in the copy beside what a record has. What no import brought before may be one that was bought
by hand: of the same release, or in a table of the same title, artist, format and day.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from core.errors import Busy
from core.names import fold
from database import record_copies
from database.models import Artist, Format, Genre, Record, RecordArtist, RecordOrigin
from database.record_copies import Copy
from database.record_details import NOT_GIVEN

Source = Literal["discogs", "csv"]
How = Literal["added", "changed", "same"]

NOT_KNOWN = "Not known"  # the genre of what comes without one
# These become what they are elsewhere for as long as nobody corrects them here.
FOLLOWED = ("media_condition", "sleeve_condition", "folder", "remarks")
# These are filled in where nothing stands.
FILLED = (
    "year",
    "colour",
    "edition",
    "copy_number",
    "catalogue_number",
    "barcode",
    "price",
    "review",
    "discogs_id",
    "discogs_key",
    "musicbrainz_id",
    "cover_address",
)


class Match(NamedTuple):
    """What becomes of a row: of a record that is new (`record_id` and `before` None) or known.

    `said` is what is kept of the row for the next import. `has_twin`: one of the same title
    and first artist is on the shelf, that no import brought.
    """

    record_id: int | None
    before: Copy | None
    after: Copy
    said: dict[str, Any]
    row_key: str | None = None
    has_twin: bool = False

    @property
    def how(self) -> How:
        if self.before is None:
            return "added"
        return "same" if self.before == self.after else "changed"


class _Known(NamedTuple):
    """A record that may be meant, and what its source said last of it."""

    record_id: int
    said: dict[str, Any] | None


class _Like(NamedTuple):
    """A record of the title of a row. `is_new`: no import of this source brought it."""

    record_id: int
    title: str
    artist: str
    format: str
    purchased_on: str
    is_new: bool


def matched(  # noqa: PLR0913 - by name
    session: Session,
    person_id: int,
    copies: Sequence[Copy],
    *,
    source: Source,
    today: str,
    taken: set[int],
    to_write: bool = False,
) -> list[Match]:
    """Return what becomes of each of these rows. Writes nothing.

    `taken`: records that earlier rows are of; it grows by those of these. `today` dates a
    rating that is another than at the last time. `to_write`: the records stay as they are
    until this transaction ends.

    Raises:
        Busy: somebody deletes one of them at the same moment.
    """
    known = _known(session, person_id, copies, source)
    taken |= {one.record_id for one in known.values()}
    likes = _likes(session, person_id, copies, source)
    of_release = _of_release(session, person_id, copies, source)
    found = [
        known.get(_key(copy, source)) or _adopted(copy, source, of_release, likes, taken)
        for copy in copies
    ]
    ids = [one.record_id for one in found if one is not None]
    if to_write:
        # For PostgreSQL; on SQLite whoever writes is alone.
        session.execute(select(Record.id).where(Record.id.in_(ids)).with_for_update())
    records = record_copies.read(session, ids)
    if not records.keys() >= set(ids):
        # On PostgreSQL: somebody has deleted one since it was found.
        raise Busy
    genres = _genres(session, person_id, copies)
    twins = {(like.title, like.artist) for like in likes if like.is_new}
    return [
        _added(copy, genres, twins)
        if one is None
        else _compared(one, records[one.record_id], copy, today)
        for one, copy in zip(found, copies, strict=True)
    ]


def _key(copy: Copy, source: Source) -> str | None:
    key: str | None = copy.get("discogs_key" if source == "discogs" else "row_key")
    return key


def _known(
    session: Session, person_id: int, copies: Sequence[Copy], source: Source
) -> dict[str | None, _Known]:
    """Return the records that these rows were of before, by key."""
    key = Record.discogs_key if source == "discogs" else RecordOrigin.row_key
    query = (
        select(key, Record.id, RecordOrigin.said)
        .outerjoin(
            RecordOrigin,
            (RecordOrigin.record_id == Record.id) & (RecordOrigin.source == source),
        )
        .where(
            Record.person_id == person_id,
            key.in_([wanted for copy in copies if (wanted := _key(copy, source))]),
        )
        .order_by(Record.id)
    )
    return {known_by: _Known(*rest) for known_by, *rest in session.execute(query)}


def _is_new_to(source: Source) -> ColumnElement[bool]:
    return ~exists().where(RecordOrigin.record_id == Record.id, RecordOrigin.source == source)


def _likes(session: Session, person_id: int, copies: Iterable[Copy], source: Source) -> list[_Like]:
    query = (
        select(
            Record.id,
            Record.title_folded,
            Artist.name_folded,
            Format.name_folded,
            Record.purchased_on,
            _is_new_to(source),
        )
        .join(RecordArtist, (RecordArtist.record_id == Record.id) & (RecordArtist.position == 0))
        .join(Artist, Artist.id == RecordArtist.artist_id)
        .join(Format, Format.id == Record.format_id)
        .where(
            Record.person_id == person_id,
            Record.title_folded.in_({fold(copy["title"]) for copy in copies}),
        )
        .order_by(Record.id)
    )
    return [_Like(*row) for row in session.execute(query)]


def _of_release(
    session: Session, person_id: int, copies: Iterable[Copy], source: Source
) -> list[tuple[int | None, int]]:
    """Return (release, record) of those that are linked to one and may be meant by a row."""
    ids = {copy["discogs_id"] for copy in copies if copy.get("discogs_id")}
    query = select(Record.discogs_id, Record.id).where(
        Record.person_id == person_id, Record.discogs_id.in_(ids)
    )
    if source == "discogs":
        # One that has a key is another copy.
        query = query.where(Record.discogs_key.is_(None))
    return [(row.discogs_id, row.id) for row in session.execute(query.order_by(Record.id))]


def _adopted(
    copy: Copy,
    source: Source,
    of_release: Sequence[tuple[int | None, int]],
    likes: Sequence[_Like],
    taken: set[int],
) -> _Known | None:
    """Return the record that a row without a known key is of, if any; it is taken then."""
    release = copy.get("discogs_id")
    meant = [record_id for of, record_id in of_release if release and of == release]
    if source == "csv":
        # At Discogs one of the same title may as well be another copy.
        wanted = (*_named(copy), fold(copy["format"]), copy["purchased_on"])
        meant += [like.record_id for like in likes if like[1:-1] == wanted]
    record_id = next((one for one in meant if one not in taken), None)
    if record_id is None:
        return None
    taken.add(record_id)
    return _Known(record_id, None)


def _named(copy: Copy) -> tuple[str, str]:
    return fold(copy["title"]), fold(copy["artists"][0]["name"])


def _genres(session: Session, person_id: int, copies: Iterable[Copy]) -> dict[int | None, str]:
    """Return the genre that a release has in this household already, on their shelf first."""
    ids = {copy.get("discogs_id") for copy in copies if copy["genre"] is None} - {None}
    query = (
        select(Record.discogs_id, Genre.name)
        .join(Genre, Genre.id == Record.genre_id)
        .where(Record.discogs_id.in_(ids), Genre.name_folded != fold(NOT_KNOWN))
        # The last counts.
        .order_by(Record.person_id == person_id, Record.id.desc())
    )
    return {row.discogs_id: row.name for row in session.execute(query)}


def _added(copy: Copy, genres: Mapping[int | None, str], twins: set[tuple[str, str]]) -> Match:
    genre = copy["genre"] or genres.get(copy.get("discogs_id")) or NOT_KNOWN
    after = {name: said for name, said in copy.items() if name != "row_key"} | {"genre": genre}
    return Match(None, None, after, _said(copy), copy.get("row_key"), _named(copy) in twins)


def _said(copy: Copy) -> dict[str, Any]:
    said = {name: copy.get(name) for name in (*FOLLOWED, *FILLED)} | {"rating": _rating(copy)}
    return {name: value for name, value in said.items() if value is not None}


def _rating(copy: Copy) -> int | None:
    return copy["ratings"][-1]["value"] if copy.get("ratings") else None


def _compared(one: _Known, mine: Copy, copy: Copy, today: str) -> Match:
    was = one.said or {}
    after = dict(mine)
    for name in (*FOLLOWED, *FILLED):
        given = copy.get(name)
        if given != was.get(name) and (
            mine[name] is None or (name in FOLLOWED and mine[name] == was.get(name))
        ):
            after[name] = given
    if after["price"] != mine["price"]:
        after["currency"] = copy["currency"]
    after |= _names_filled(mine, copy)
    rating = _rating(copy)
    is_news = was.get("rating") != rating if one.said is not None else not mine["ratings"]
    if rating is not None and is_news and rating != _rating(mine):
        on = today if one.said is not None else copy["ratings"][-1]["rated_on"]
        after["ratings"] = [*mine["ratings"], {"value": rating, "rated_on": on}]
    return Match(one.record_id, mine, after, _said(copy), copy.get("row_key"))


def _names_filled(mine: Copy, copy: Copy) -> dict[str, Any]:
    """Return the names that nobody knew so far."""
    found: dict[str, Any] = {}
    if fold(mine["genre"]) == fold(NOT_KNOWN) and copy["genre"]:
        found["genre"] = copy["genre"]
    nobody = fold(NOT_GIVEN)
    if [fold(one["name"]) for one in mine["artists"]] == [nobody]:
        found["artists"] = copy["artists"]
    if [fold(one) for one in mine["labels"]] == [nobody]:
        found["labels"] = copy["labels"]
    return found
