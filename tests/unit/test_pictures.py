"""What is known of pictures, and which of them go first, on both databases."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from database import pictures
from database.models import Picture, PictureAddress
from database.pictures import Found

SOON = 1 << 50


def save(session: Session, address: str, sha256: str, size: int = 10) -> None:
    pictures.save(session, address, sha256=sha256, size=size, expires_at=SOON)


def used(session: Session, sha256: str, at: int) -> None:
    session.execute(update(Picture).where(Picture.sha256 == sha256).values(used_at=at))


def test_what_was_found_is_known_afterwards(session: Session) -> None:
    pictures.save(session, "a", sha256="x", size=9, etag='"1"', last_modified="Mon", expires_at=5)
    pictures.save_missing(session, "b", expires_at=7)

    found = pictures.find(session, ["a", "b", "c", "a"])

    assert found == {"a": Found("x", '"1"', "Mon", 5), "b": Found(None, None, None, 7)}
    assert pictures.find(session, []) == {}


def test_an_address_may_lead_elsewhere_and_two_to_one_picture(session: Session) -> None:
    save(session, "a", "x")
    save(session, "b", "x")
    save(session, "a", "y")
    pictures.save_missing(session, "b", expires_at=SOON)

    found = pictures.find(session, ["a", "b"])

    assert (found["a"].sha256, found["b"].sha256) == ("y", None)
    assert pictures.all_hashes(session) == {"x", "y"}


def test_more_addresses_than_one_query_takes(session: Session) -> None:
    for number in range(1_001):
        pictures.save_missing(session, f"a{number}", expires_at=SOON)

    assert len(pictures.find(session, [f"a{number}" for number in range(1_100)])) == 1_001


@pytest.mark.parametrize(
    ("over_bytes", "dropped"),
    [
        (60, []),
        (59, ["old"]),
        (50, ["old"]),
        (49, ["old", "lately"]),
        (0, ["old", "lately", "new"]),
    ],
)
def test_the_longest_unused_go_first(session: Session, over_bytes: int, dropped: list[str]) -> None:
    for at, (sha256, size) in enumerate([("old", 10), ("lately", 20), ("new", 30)], 1):
        save(session, sha256, sha256, size)
        used(session, sha256, at)

    assert pictures.least_used(session, over_bytes) == dropped


def test_no_pictures_are_never_too_many(session: Session) -> None:
    assert pictures.least_used(session, 0) == []


def test_what_is_forgotten_is_gone_with_its_addresses(session: Session) -> None:
    for address, sha256 in (("a", "x"), ("b", "x"), ("c", "y")):
        save(session, address, sha256)

    pictures.forget(session, ["x"])

    assert pictures.all_hashes(session) == {"y"}
    assert session.scalars(select(PictureAddress.address)).all() == ["c"]


def test_a_use_is_written_once_a_day(session: Session) -> None:
    now = clock.now()
    for sha256, at in (("old", 5), ("fresh", now - 5)):
        save(session, sha256, sha256)
        used(session, sha256, at)

    pictures.touch(session, ["old", "fresh", "unknown"])

    rows = session.execute(select(Picture.sha256, Picture.used_at))
    used_at = {row.sha256: row.used_at for row in rows}
    assert used_at["old"] >= now
    assert used_at["fresh"] == now - 5
