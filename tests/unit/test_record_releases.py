"""Which release a record is: what is taken over from it, and what stays."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.releases import Release, Wanted
from database import record_releases
from database.models import Record
from database.models import Song as Row
from database.record_releases import Song
from tests import factories

COVER = "https://i.discogs.com/5.jpg"


def have(session: Session, **said: Any) -> int:
    return factories.record(session, factories.person(session), **said)


def songs_of(session: Session, record_id: int) -> list[tuple[str | None, str, bool]]:
    query = select(Row.position, Row.title, Row.is_favourite).where(Row.record_id == record_id)
    return [(*row,) for row in session.execute(query.order_by(Row.seq))]


@pytest.mark.parametrize(
    ("format_", "medium"), [("LP", "Vinyl"), ('7"', "Vinyl"), ("Tape", "Cassette"), ("CD", "CD")]
)
def test_a_record_is_looked_for_by_title_first_artist_year_and_what_it_is(
    session: Session, format_: str, medium: str
) -> None:
    record_id = have(
        session,
        title="Visions",
        year=2012,
        format=format_,
        artists=["Grimes", "d'Eon"],
    )

    found = record_releases.wanted(session, record_id)

    assert found == Wanted(artist="Grimes", title="Visions", year=2012, medium=medium)


def test_nobody_is_no_artist_to_look_for(session: Session) -> None:
    record_id = have(session, title="Visions", artists=["NA"])

    assert record_releases.wanted(session, record_id).artist == ""


def test_what_is_missing_is_taken_over_and_what_is_there_stays(session: Session) -> None:
    record_id = have(session, catalogue_number="MINE 1", barcode=None, year=None)
    release = Release(
        5, "Visions", catalogue_number="CAD 3208", barcode="652637320817", year=2012,
        cover_address=COVER,
    )  # fmt: skip

    assert record_releases.link(session, record_id, release, [])

    record = session.get_one(Record, record_id)
    assert (record.discogs_id, record.cover_address) == (5, COVER)
    assert (record.catalogue_number, record.barcode, record.year) == (
        "MINE 1", "652637320817", 2012,
    )  # fmt: skip


def test_a_cover_that_is_there_stays(session: Session) -> None:
    record_id = have(session, cover_sha256="ab" * 32)

    wants = record_releases.link(session, record_id, Release(5, "x", cover_address=COVER), [])

    assert not wants
    assert session.get_one(Record, record_id).cover_sha256 == "ab" * 32


def test_its_songs_become_those_of_the_release_and_favourites_stay(session: Session) -> None:
    old = [
        ("A1", "Genesis", False),
        ("A2", "OBLIVION", True),
        (None, "Skin", True),
        ("B9", "Gone", True),
    ]
    record_id = have(
        session,
        songs=[
            {"position": position, "title": title, "seconds": None, "is_favourite": liked}
            for position, title, liked in old
        ],
    )  # fmt: skip
    told = [
        Song("A1", "Genesis", 255), Song("A2", "Oblivion", 251), Song("B1", "Oblivion", 99),
        Song("B2", "Skin", 369),
    ]  # fmt: skip

    record_releases.link(session, record_id, Release(5, "Visions"), told)

    assert songs_of(session, record_id) == [
        ("A1", "Genesis", False),
        ("A2", "Oblivion", True),
        ("B1", "Oblivion", False),
        ("B2", "Skin", True),
    ]


def test_a_release_without_songs_takes_none_away(session: Session) -> None:
    song = {"position": "A1", "title": "Genesis", "seconds": 255, "is_favourite": True}
    record_id = have(session, songs=[song])

    record_releases.link(session, record_id, Release(5, "Visions"), [])

    assert songs_of(session, record_id) == [("A1", "Genesis", True)]


def test_a_record_that_is_gone_is_told(session: Session) -> None:
    with pytest.raises(NotFound):
        record_releases.link(session, 77, Release(5, "Visions"), [])
    with pytest.raises(NotFound):
        record_releases.wanted(session, 77)


def test_a_release_survives_the_way_through_a_result() -> None:
    release = Release(5, "Visions", artists=("Grimes",), labels=("4AD",), year=2012, owners=7)

    assert Release.of_json(release.as_json() | {"of_a_later_version": 1}) == release
