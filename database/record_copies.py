"""Whole records as plain values: what is brought, taken along, and put back by an undo.

A copy is a JSON object: the columns of PLAIN, "genre", "format", "artists" ([{"name",
"country"}] in order), "labels" ([name] in order), "ratings" ([{"value", "rated_on"}], oldest
first) and "songs" ([{"position", "title", "seconds", "is_favourite"}] in order).
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from core.names import fold
from database import record_names, record_sums
from database.models import (
    Artist,
    Format,
    Genre,
    Label,
    Rating,
    Record,
    RecordArtist,
    RecordLabel,
    Song,
)

Copy = dict[str, Any]

PLAIN = (
    "title",
    "year",
    "colour",
    "edition",
    "copy_number",
    "catalogue_number",
    "barcode",
    "remarks",
    "media_condition",
    "sleeve_condition",
    "folder",
    "purchased_on",
    "price",
    "currency",
    "review",
    "is_digitised",
    "is_active",
    "removed_on",
    "discogs_id",
    "discogs_key",
    "musicbrainz_id",
    "cover_sha256",
    "cover_address",
)
_LINKS = (RecordArtist, RecordLabel)
_BATCH = 500
# A new record before its copy is heard; record_sums fills in what it repeats of its links.
_NOTHING: Copy = dict.fromkeys(PLAIN) | {
    "title_folded": "",
    "artist": "",
    "artist_folded": "",
    "label": "",
    "words": "",
    "rating": 0,
}


def read(session: Session, record_ids: Collection[int]) -> dict[int, Copy]:
    """Return a copy of each of these records, by id, in the order of the ids."""
    columns = [getattr(Record, name) for name in PLAIN]
    query = (
        select(Record.id, Genre.name.label("genre"), Format.name.label("format"), *columns)
        .join(Genre, Genre.id == Record.genre_id)
        .join(Format, Format.id == Record.format_id)
        .where(Record.id.in_(record_ids))
        .order_by(Record.id)
    )
    found: dict[int, Copy] = {}
    for row in session.execute(query).mappings():
        copy = dict(row)
        record_id = copy.pop("id")
        found[record_id] = copy | {"artists": [], "labels": [], "ratings": [], "songs": []}
    for record_id, name, country in session.execute(record_names.artists_of(record_ids)):
        found[record_id]["artists"].append({"name": name, "country": country})
    for record_id, name in session.execute(record_names.labels_of(record_ids)):
        found[record_id]["labels"].append(name)
    ratings = select(Rating.record_id, Rating.value, Rating.rated_on)
    ratings = ratings.where(Rating.record_id.in_(record_ids))
    for record_id, value, day in session.execute(ratings.order_by(Rating.rated_on, Rating.id)):
        found[record_id]["ratings"].append({"value": value, "rated_on": day})
    songs = select(Song).where(Song.record_id.in_(record_ids)).order_by(Song.record_id, Song.seq)
    for song in session.scalars(songs):
        found[song.record_id]["songs"].append(
            {
                "position": song.position,
                "title": song.title,
                "seconds": song.seconds,
                "is_favourite": song.is_favourite,
            }
        )
    return found


def fingerprint(copy: Mapping[str, Any]) -> str:
    """Return what is equal only for equal copies; countries are the artists' and do not count."""
    said = dict(copy) | {"artists": [artist["name"] for artist in copy["artists"]]}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def add(
    session: Session, person_id: int, copies: Sequence[Copy], *, ids: Sequence[int] = ()
) -> list[int]:
    """Put records on a person's shelf; return their ids. `ids`: they are to have these.

    A country that a copy says is noted for its artist; one that is unknown erases none.
    """
    if not copies:
        return []
    now = clock.now()
    known = _known(session, copies)
    new = _NOTHING | {"person_id": person_id, "created_at": now}
    rows = [new | _row(copy, known) for copy in copies]
    for row, record_id in zip(rows, ids, strict=False):
        row["id"] = record_id
    made = insert(Record).returning(Record.id, sort_by_parameter_order=True)
    found = list(session.scalars(made, rows))
    of = dict(zip(found, copies, strict=True))
    _link(session, of, known)
    _rate(session, of)
    _sing(session, of)
    record_sums.refresh(session, found)
    return found


def replace(session: Session, record_id: int, copy: Copy) -> None:
    """Make a record what a copy says; what the copy has no word of stays as it is.

    Raises:
        NotFound: there is no such record.
    """
    known = _known(session, [copy])
    changed = update(Record).where(Record.id == record_id).values(_row(copy, known))
    if session.scalar(changed.returning(Record.id)) is None:
        raise NotFound("record", record_id)
    # Read once the record is held: what another has linked meanwhile is among them.
    used = _linked(session, [record_id])
    for links in _LINKS:
        session.execute(delete(links).where(links.record_id == record_id))
    _link(session, {record_id: copy}, known)
    if "ratings" in copy:
        session.execute(delete(Rating).where(Rating.record_id == record_id))
        _rate(session, {record_id: copy})
    if "songs" in copy:
        session.execute(delete(Song).where(Song.record_id == record_id))
        _sing(session, {record_id: copy})
    record_sums.refresh(session, [record_id])
    record_names.drop_unused(session, used.artist_ids, used.label_ids)


def remove(session: Session, record_ids: Collection[int]) -> None:
    """Take records away with all that is theirs; credits stay, and tell what they were for."""
    ids = sorted(record_ids)
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        used = _linked(session, batch)
        session.execute(delete(Record).where(Record.id.in_(batch)))
        record_names.drop_unused(session, used.artist_ids, used.label_ids)


class _Used(NamedTuple):
    artist_ids: set[int]
    label_ids: set[int]


def _linked(session: Session, record_ids: Sequence[int]) -> _Used:
    artists = select(RecordArtist.artist_id).where(RecordArtist.record_id.in_(record_ids))
    labels = select(RecordLabel.label_id).where(RecordLabel.record_id.in_(record_ids))
    return _Used(set(session.scalars(artists)), set(session.scalars(labels)))


def _known(session: Session, copies: Iterable[Copy]) -> dict[str, dict[str, int]]:
    """Return the ids of all names in these copies; what is new is added."""
    copies = list(copies)
    artists = [artist["name"] for copy in copies for artist in copy["artists"]]
    known = {
        "artists": record_names.followed(session, record_names.keep(session, Artist, artists)),
        "labels": record_names.keep(
            session, Label, [label for copy in copies for label in copy["labels"]]
        ),
        "genres": record_names.keep(session, Genre, [copy["genre"] for copy in copies]),
        "formats": record_names.keep(session, Format, [copy["format"] for copy in copies]),
    }
    said = {
        known["artists"][fold(artist["name"])]: artist["country"]
        for copy in copies
        for artist in copy["artists"]
        if artist.get("country")
    }
    record_names.say_countries(session, said)
    return known


def _row(copy: Copy, known: dict[str, dict[str, int]]) -> dict[str, Any]:
    return {name: copy[name] for name in PLAIN if name in copy} | {
        "genre_id": known["genres"][fold(copy["genre"])],
        "format_id": known["formats"][fold(copy["format"])],
        "updated_at": clock.now(),
    }


def _link(session: Session, of: Mapping[int, Copy], known: dict[str, dict[str, int]]) -> None:
    artists, labels = [], []
    for record_id, copy in of.items():
        ids = dict.fromkeys(known["artists"][fold(artist["name"])] for artist in copy["artists"])
        artists += [
            {"record_id": record_id, "position": at, "artist_id": artist_id}
            for at, artist_id in enumerate(ids)
        ]
        labels += [
            {"record_id": record_id, "position": at, "label_id": known["labels"][name]}
            for at, name in enumerate(dict.fromkeys(map(fold, copy["labels"])))
        ]
    if artists:
        session.execute(insert(RecordArtist), artists)
    if labels:
        session.execute(insert(RecordLabel), labels)


def _rate(session: Session, of: Mapping[int, Copy]) -> None:
    now = clock.now()
    rows = [
        {"record_id": record_id, "created_at": now, "updated_at": now, **rating}
        for record_id, copy in of.items()
        for rating in copy.get("ratings", ())
    ]
    if rows:
        session.execute(insert(Rating), rows)


def _sing(session: Session, of: Mapping[int, Copy]) -> None:
    rows = [
        {"record_id": record_id, "seq": seq, **song}
        for record_id, copy in of.items()
        for seq, song in enumerate(copy.get("songs", ()), 1)
    ]
    if rows:
        session.execute(insert(Song), rows)
