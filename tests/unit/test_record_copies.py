"""Whole records as plain values: put on a shelf, read again, replaced, taken away."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from database import record_copies, record_sums
from database.models import Rating, Record, RecordArtist, RecordLabel, Song
from database.record_copies import Copy
from tests import factories

WHOLE: Copy = {
    "title": "Tago Mago", "year": 1971, "colour": "black", "edition": "500", "copy_number": "12",
    "catalogue_number": "UAS 29211/12", "barcode": "724387", "remarks": "from “Ben”;\n=1+1",
    "media_condition": "Near Mint (NM or M-)", "sleeve_condition": "Generic", "folder": "A",
    "purchased_on": "2015-11-30", "price": 2050, "currency": "EUR", "review": "Long.",
    "is_digitised": True, "is_active": False, "removed_on": "2020-01-01", "discogs_id": 249504,
    "discogs_key": "249504/2015/1", "musicbrainz_id": "3a2b51e4-0000-4000-8000-0123456789ab",
    "cover_sha256": "ab" * 32, "cover_address": "https://i.discogs.com/a.jpg",
    "genre": "Rock", "format": "2xLP", "labels": ["Spoon", "United Artists"],
    "artists": [{"name": "Neu!", "country": None}, {"name": "Can", "country": "Germany"}],
    "ratings": [{"value": 7, "rated_on": "2016-01-01"}, {"value": 9, "rated_on": "2017-01-01"}],
    "songs": [
        {"position": "A1", "title": "Paperhouse", "seconds": 449, "is_favourite": True},
        {"position": None, "title": "Mushroom", "seconds": None, "is_favourite": False},
    ],
}  # fmt: skip


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_record_is_read_as_it_was_put(session: Session) -> None:
    bob = factories.person(session)

    ids = record_copies.add(session, bob.id, [WHOLE, WHOLE | {"discogs_key": None}], ids=[7, 9])

    found = record_copies.read(session, ids)
    assert found == {7: WHOLE, 9: WHOLE | {"discogs_key": None}}
    assert set(WHOLE) >= set(record_copies.PLAIN)


def test_what_it_repeats_of_links_and_ratings_is_kept(session: Session) -> None:
    bob = factories.person(session)

    record_id = record_copies.add(session, bob.id, [WHOLE])[0]

    found = session.get_one(Record, record_id)
    assert (found.artist, found.label) == ("Neu! / Can", "Spoon; United Artists")
    assert (found.title_folded, found.artist_folded) == ("tago mago", "neu! / can")
    assert found.words == "tago mago\nneu! / can\nspoon; united artists"
    assert found.rating == 9


def test_records_come_in_the_order_of_their_copies(session: Session) -> None:
    bob = factories.person(session)
    copies = [WHOLE | {"title": f"Title {n}", "discogs_key": None} for n in range(50)]

    ids = record_copies.add(session, bob.id, copies)

    titles = {row.id: row.title for row in session.execute(select(Record.id, Record.title))}
    assert [titles[record_id] for record_id in ids] == [copy["title"] for copy in copies]
    assert record_copies.add(session, bob.id, []) == []


def test_an_artist_who_is_named_twice_is_linked_once(session: Session) -> None:
    bob = factories.person(session)
    twice = {"artists": [{"name": "Can", "country": None}, {"name": "CAN", "country": "Germany"}],
             "labels": ["Spoon", "SPOON"]}  # fmt: skip

    record_id = record_copies.add(session, bob.id, [WHOLE | twice])[0]

    found = record_copies.read(session, [record_id])[record_id]
    assert found["artists"] == [{"name": "Can", "country": "Germany"}]
    assert found["labels"] == ["Spoon"]


def test_a_record_without_artist_or_label_is_one_too(session: Session) -> None:
    bob = factories.person(session)

    record_id = record_copies.add(session, bob.id, [WHOLE | {"artists": [], "labels": []}])[0]

    assert session.get_one(Record, record_id).artist == ""


def test_what_a_copy_has_no_word_of_stays(session: Session) -> None:
    bob = factories.person(session)
    record_id = record_copies.add(session, bob.id, [WHOLE])[0]

    said = {"title": "New", "genre": "Jazz", "format": "LP", "labels": ["NA"],
            "artists": [{"name": "Faust", "country": None}]}  # fmt: skip
    record_copies.replace(session, record_id, said)

    found = record_copies.read(session, [record_id])[record_id]
    assert found == WHOLE | said
    assert session.get_one(Record, record_id).rating == 9


def test_a_whole_copy_puts_all_of_it_back(session: Session) -> None:
    bob = factories.person(session)
    other: Copy = {"title": "New", "ratings": [], "songs": [], "year": None, "removed_on": None}
    record_id = record_copies.add(session, bob.id, [WHOLE | other])[0]

    record_copies.replace(session, record_id, WHOLE)

    assert record_copies.read(session, [record_id]) == {record_id: WHOLE}
    assert session.get_one(Record, record_id).rating == 9


def test_a_record_that_is_gone_is_not_replaced(session: Session) -> None:
    with pytest.raises(NotFound):
        record_copies.replace(session, 7, WHOLE)


def test_nothing_of_a_record_stays_behind(session: Session) -> None:
    bob = factories.person(session)
    gone, other = record_copies.add(
        session, bob.id, [WHOLE, WHOLE | {"discogs_key": None, "title": "Other"}]
    )

    record_copies.remove(session, [gone])

    assert list(record_copies.read(session, [gone, other])) == [other]
    assert (count(session, RecordArtist), count(session, RecordLabel)) == (2, 2)
    assert (count(session, Rating), count(session, Song)) == (2, 2)


def test_a_fingerprint_is_of_the_record_and_not_of_its_artists_countries() -> None:
    elsewhere = WHOLE | {"artists": [{"name": "Neu!", "country": "Japan"},
                                     {"name": "Can", "country": None}]}  # fmt: skip

    assert record_copies.fingerprint(elsewhere) == record_copies.fingerprint(WHOLE)
    assert record_copies.fingerprint(WHOLE | {"year": 1972}) != record_copies.fingerprint(WHOLE)


def test_more_records_than_a_batch_are_brought_up_to_date(session: Session) -> None:
    bob = factories.person(session)
    copies = [WHOLE | {"title": f"T{n}", "discogs_key": None, "songs": []} for n in range(501)]
    ids = record_copies.add(session, bob.id, copies)

    record_sums.refresh(session, ids[::-1])

    rated = select(func.count()).where(Record.rating == 9, Record.artist == "Neu! / Can")
    assert session.scalar(rated) == 501
