"""Which records a mosaic shows and what its form offers, on both databases."""

from sqlalchemy.orm import Session

from database import mosaic_files, mosaic_records, mosaics
from database.models import Mosaic
from database.mosaic_files import FilmIn, Made
from database.mosaic_records import Named
from tests import factories


def test_records_come_by_day_of_purchase_with_what_is_said_of_them(session: Session) -> None:
    alice, bob = (factories.person(session, name) for name in ("alice", "bob"))
    rated = [{"value": 8, "rated_on": "2025-03-01"}]
    older = factories.record(
        session, alice, "Tago Mago", purchased_on="2024-12-31", ratings=rated, cover_sha256="ab"
    )
    newer = factories.record(session, alice, "Split", ("Can", "Faust"), purchased_on="2025-01-01")
    factories.record(session, alice, "Gone", is_active=False)
    factories.record(session, bob, "Theirs")

    found = mosaic_records.of_period(session, alice.id)

    assert [(one.record_id, one.director, one.half_stars) for one in found] == [
        (newer, "Can / Faust", None),
        (older, "Can", 8),
    ]
    assert [one.poster_sha256 for one in found] == [None, "ab"]
    assert all(one.film_id is None for one in found)

    def titles(**asked: object) -> list[str]:
        return [one.title for one in mosaic_records.of_period(session, alice.id, **asked)]  # type: ignore[arg-type]

    assert titles(since="2025-01-01") == titles(limit=1) == ["Split"]
    assert titles(until="2025-01-01") == titles(least=8) == ["Tago Mago"]
    assert mosaic_records.months(session, alice.id) == [(2025, 1, 1), (2024, 12, 1)]


def test_targets_are_records_that_show_a_cover(session: Session) -> None:
    alice, bob = (factories.person(session, name) for name in ("alice", "bob"))
    theirs = factories.record(session, bob, "Theirs", cover_sha256="ab")
    factories.record(session, alice, "bare")
    ids = [
        factories.record(session, alice, title, cover_sha256="ab", purchased_on=f"2025-0{month}-01")
        for month, title in enumerate(["b", "A", "c"], 1)
    ]

    lately = mosaic_records.with_cover(session, alice.id, 2, None)

    assert lately == [Named(ids[1], "A", 1971), Named(ids[2], "c", 1971)]
    found = mosaic_records.with_cover(session, alice.id, 2, theirs)
    assert [one.title for one in found] == ["A", "c", "Theirs"]


def test_a_record_that_went_meanwhile_stands_in_the_mosaic_without_a_way_to_it(
    session: Session,
) -> None:
    alice = factories.person(session, "alice")
    factories.record(session, alice, "Tago Mago")
    (seen,) = mosaic_records.of_period(session, alice.id)
    made = Made(
        "c" * 32, None, alice.id, None, False, "alice", "alice – 2026", "alt", {}, "c.jpg",  # type: ignore[arg-type]  # noqa: FBT003
        "0" * 64, 1, 10, 10, 10, 10,
    )  # fmt: skip
    gone = seen._replace(record_id=999)

    mosaic_files.add(session, made, [FilmIn(seen, has_poster=True), FilmIn(gone, has_poster=True)])

    mosaic_id = session.query(Mosaic.id).scalar()
    shown = mosaics.films(session, mosaic_id)
    assert [one.record_id for one in shown] == [seen.record_id, None]
    assert [one.title for one in shown] == ["Tago Mago", "Tago Mago"]
