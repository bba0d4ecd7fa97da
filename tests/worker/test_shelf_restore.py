"""A shelf carried away and put back: nothing is lost, nothing is changed half."""

import csv
import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import clock, kept_exports
from core.errors import BadFile, Busy, NotFound
from core.settings import ROOT, Settings
from core.store import FOLDER
from database import (
    ledger,
    ratings,
    record_copies,
    record_covers,
    record_names,
    schema,
    shelf_files,
    shelf_restore,
    shelves,
)
from database.engine import Database
from database.ledger import Line
from database.models import (
    Artist,
    CreditTransaction,
    Genre,
    Label,
    Person,
    Rating,
    Record,
    RecordOrigin,
    RecordTurn,
    Shelf,
)
from database.owner import Owner
from tests import factories
from tests.conftest import _empty, remove_progress
from tests.unit.test_record_names import at_once, on_postgresql
from tests.worker.listening import begin
from tests.worker.test_mosaic_job import put
from tests.worker.test_shelf_imports import bring, collection, many
from worker_jobs import clean_up
from worker_jobs.run import Run
from worker_jobs.shelf_restore import bundle
from worker_jobs.shelf_restore.job import reset_shelf, restore_shelf

JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def alice(db: Database) -> int:
    """Somebody with a shelf on which there is some of everything; beside it bob has one."""
    with db.writing() as session:
        bob = factories.person(session, "bob")
        factories.record(session, bob, "Bob's own", ["Can", "Bob alone"])
        person = factories.person(session, "alice")
        _fill(session, person)
        return person.id


def _fill(session: Session, person: Person) -> None:
    factories.record(session, person, "Dropped")
    split = factories.record(
        session,
        person,
        '="Tago" Mago; \\ 100%',
        ["Can", "Faust; IV", "黒澤"],
        labels=["United Artists", "Spoon\\"],
        remarks="'=kept\r\nas\nit is, “so”",
        discogs_key="1/2/3",
        colour="blue",
        edition="None",
        price=1999,
    )
    session.execute(update(Artist).where(Artist.name == "Faust; IV").values(country="East; West"))
    gone = factories.record(session, person, "Gone", is_active=False, removed_on="2025-05-01")
    faulty = factories.record(session, person, "Faulty")
    for value, day in ((3, "2025-04-01"), (9, "2025-04-02"), (8, "2025-04-02")):
        ratings.rate(session, split, value, day)
    copy = record_copies.read(session, [gone])[gone]
    songs = [
        {"position": "A1", "title": "+One", "seconds": 245, "is_favourite": True},
        {"position": None, "title": "Two", "seconds": None, "is_favourite": False},
    ]
    record_copies.replace(session, gone, copy | {"songs": songs, "year": None, "price": None})
    session.add(RecordOrigin(record_id=gone, source="csv", row_key="7", said={"a": ["=", None]}))
    turn = {"day": "2025-06-01", "nth": 1, "round": 1, "record_id": gone, "created_at": 5}
    session.add(RecordTurn(person_id=person.id, **turn))
    lines = [
        Line("Initial Load", 0, "2025-03-01", split, "Can - Tago"),
        Line("Initial Load", -3, "2025-03-01"),
        Line("Purchase", -1, "2025-02-01", faulty, "Can - Faulty (1971)"),
        Line("Remove", 1, "2025-05-01", gone, "Can - Gone"),
        Line("Addition", 1, "2025-05-02"),
    ]
    ledger.book(session, person.id, lines)
    shelves.settle(session, person.id, date(2026, 11, 1))
    record_copies.remove(session, [faulty])


@pytest.fixture
def elsewhere(db: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """Another house, with the other database; bob, of no records, is the only one in it."""
    running = tmp_path / "elsewhere"
    running.mkdir()
    url = f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}"
    made = Database(request.getfixturevalue("postgres_url") if db.is_sqlite else url, running)
    if made.is_sqlite:
        schema.ensure(made)
    else:
        _empty(made)
    yield made
    made.close()
    remove_progress(made)


def exported(db: Database, person_id: int, **said: Any) -> bytes:
    return b"".join(shelf_files.as_zip(db, person_id, **said))


def tables(zipped: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(zipped)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name).decode() for name in opened.namelist()}


def rows(zipped: bytes, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(tables(zipped)[name], newline="")))


def zipped(**files: str) -> bytes:
    """Return a zip of these tables."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, text in files.items():
            opened.writestr(f"{name}.csv", text)
    return held.getvalue()


def restore(
    db: Database, settings: Settings, person_id: int, content: bytes, **said: Any
) -> dict[str, Any]:
    args = {"upload": put(settings, content), "file_name": "x.zip", "to_five": False}
    args |= {"dry_run": False, "export_first": False, **said}
    return restore_shelf(args, begin(db, settings, Owner(person_id)))


def test_restored_it_is_exported_as_it_was(db: Database, settings: Settings, alice: int) -> None:
    """Must show 14: export, restore, export is equal, byte for byte."""
    before = exported(db, alice)

    result = restore(db, settings, alice, before)

    assert tables(exported(db, alice)) == tables(before)
    assert len(rows(before, "records.csv")) == 3
    assert (result["counts"]["songs"], result["balance"], result["notes"]) == (2, -2, [])


def test_it_is_equal_in_another_house_with_another_database(
    db: Database, elsewhere: Database, settings: Settings, alice: int
) -> None:
    """Must show 14: also from one engine into the other."""
    before = exported(db, alice)
    with elsewhere.writing() as session:
        person_id = factories.person(session, "bob").id

    restore(elsewhere, settings, person_id, before)

    assert tables(exported(elsewhere, person_id)) == tables(before)
    with elsewhere.writing() as session:
        # New ids come after those that were brought.
        bob = session.get_one(Person, person_id)
        last = session.scalar(select(func.max(Record.id)))
        assert factories.record(session, bob) > (last or 0)
        ledger.book(session, person_id, [Line("Initial Load", 1, "2025-01-01")])


def test_the_history_of_ratings_is_carried_along(db: Database, alice: int) -> None:
    """Must show 7: rating history is exported."""
    found = rows(exported(db, alice), "ratings.csv")

    assert [(row["value"], row["rated_on"]) for row in found] == [
        ("3", "2025-04-01"), ("9", "2025-04-02"), ("8", "2025-04-02")
    ]  # fmt: skip
    assert [row["rating"] for row in rows(exported(db, alice), "records.csv")] == ["", "8", ""]


def test_the_tables_begin_with_the_columns_that_others_know(db: Database, alice: int) -> None:
    heads = {name: text.partition("\r\n")[0] for name, text in tables(exported(db, alice)).items()}

    assert heads["records.csv"].startswith(
        "record_id,artist,artist_country,title,genre,label,year,record_format,vinyl_color,"
        "lim_edition,number,remarks,purchase_date,price,rating,is_digitized,is_active,removed_on,"
        "review,discogs_id,"
    )
    assert heads["credit_trx.csv"].startswith(
        "credit_trx_id,credit_trx_date,credit_trx_type,credit_value,credit_saldo,record_id,"
        "record_text,"
    )
    record = rows(exported(db, alice), "records.csv")[1]
    assert record["artist"] == "Can; Faust\\; IV; 黒澤"
    assert record["artist_country"] == "; East\\; West; "
    assert (record["title"][:2], record["price"], record["is_active"]) == ("'=", "19.99", "1")
    saldos = [row["credit_saldo"] for row in rows(exported(db, alice), "credit_trx.csv")]
    assert saldos == ["0", "-3", "-4", "-3", "-2"]


def test_what_was_added_since_goes_and_what_was_deleted_comes_back(
    db: Database, settings: Settings, alice: int
) -> None:
    before = exported(db, alice)
    with db.writing() as session:
        person = session.get_one(Person, alice)
        factories.record(session, person, "Since", ["Only here"], labels=["Only here"])
        deleted = session.scalars(select(Record.id).where(Record.title.like("%Mago%"))).one()
        record_copies.remove(session, [deleted])

    restore(db, settings, alice, before)

    assert tables(exported(db, alice)) == tables(before)
    with db.reading() as session:
        assert "Only here" not in session.scalars(select(Artist.name)).all()
        assert "Only here" not in session.scalars(select(Label.name)).all()
        assert "Bob alone" in session.scalars(select(Artist.name)).all()


def test_numbers_of_somebody_elses_records_stay_theirs(
    db: Database, settings: Settings, alice: int
) -> None:
    before = exported(db, alice)
    with db.writing() as session:
        carol = factories.person(session, "carol").id
        bobs = session.scalars(select(Record.id).where(Record.title == "Bob's own")).one()

    result = restore(db, settings, carol, before)

    assert result["notes"] == ["Records with a new number, as theirs is somebody else's by now: 3."]
    assert tables(exported(db, alice)) == tables(before)
    with db.reading() as session:
        assert session.get_one(Record, bobs).title == "Bob's own"
    hers, theirs = exported(db, carol), before
    numbers = dict(zip(*([row["record_id"] for row in rows(one, "records.csv")]
                         for one in (theirs, hers)), strict=True))  # fmt: skip
    assert not set(numbers) & set(numbers.values())
    for name, own in (("ratings.csv", "rating_id"), ("songs.csv", ""), ("turns.csv", ""),
                      ("origins.csv", ""), ("credit_trx.csv", "credit_trx_id")):  # fmt: skip
        moved = [
            row | {"record_id": numbers.get(row["record_id"], "")} | ({own: ""} if own else {})
            for row in rows(theirs, name)
        ]
        assert [row | ({own: ""} if own else {}) for row in rows(hers, name)] == moved


OLD = (
    "record_id,artist,artist_country,title,genre,label,year,record_format,vinyl_color,lim_edition,"
    "number,remarks,purchase_date,price,rating,is_digitized,is_active"
    """
7,Can; Neu!,Germany; Germany,Split,Krautrock,Spoon,1972.0,LP,black,None,None,,2020-01-05,20.0,0,0,1
9,Ärzte,,None,Punk,Eigen,1984,Tape,black,500,12,=so,2020-02-05 00:00:00,5.5,3,1,0
"""
)
OLD_CREDITS = """credit_trx_id,credit_trx_date,credit_trx_type,credit_value,credit_saldo,record_id
1,2020-01-05,Initial Load,0,0,7
2,2020-02-05,Purchase,-1,-1,9
3,2020-03-01,Addition,1,2,
4,2020-04-01,Removal,1,3,9
"""


def test_the_originals_data_is_understood(db: Database, settings: Settings, alice: int) -> None:
    result = restore(db, settings, alice, zipped(records=OLD, credit_trx=OLD_CREDITS))

    found = {row["title"]: row for row in rows(exported(db, alice), "records.csv")}
    assert set(found) == {"Split", "None"}
    split, none = found["Split"], found["None"]
    assert (split["lim_edition"], split["number"], split["rating"]) == ("", "", "")
    assert (split["artist"], split["artist_country"]) == ("Can; Neu!", "Germany; Germany")
    assert (split["year"], split["price"]) == ("1972", "20.00")
    assert (none["rating"], none["number"], none["remarks"]) == ("6", "12", "'=so")
    (rating,) = rows(exported(db, alice), "ratings.csv")
    assert (rating["value"], rating["rated_on"]) == ("6", "2020-02-05")
    credits_ = rows(exported(db, alice), "credit_trx.csv")
    told = [(row["credit_trx_type"], row["credit_value"]) for row in credits_]
    assert told[-2:] == [("Remove", "1"), ("Initial Load", "2")]
    assert credits_[-1]["credit_saldo"] == "3" and result["balance"] == 3
    assert credits_[1]["record_text"] == "Ärzte - None (1984)"
    assert len(result["notes"]) == 3
    with db.reading() as session:
        assert session.get_one(Shelf, alice).credits_from == "2020-03-01"


def test_ratings_to_ten_stay_unless_somebody_says_that_they_go_to_five(
    db: Database, settings: Settings, alice: int
) -> None:
    old = OLD.replace(",20.0,0,0,1", ",20.0,5,0,1")

    def rated() -> list[str]:
        return [row["rating"] for row in rows(exported(db, alice), "records.csv")]

    restore(db, settings, alice, zipped(records=old))
    assert sorted(rated()) == ["3", "5"]
    restore(db, settings, alice, zipped(records=old), to_five=True)
    assert sorted(rated()) == ["10", "6"]


WRONG: dict[str, dict[str, Any]] = {
    "records.csv, row 3: purchase_date: a day like 2026-11-24 is wanted.": {
        "records": OLD.replace("2020-02-05 00:00:00", "soon")
    },
    "records.csv, row 3: record_id 7 is there twice": {"records": OLD.replace("\n9,", "\n7,")},
    "records.csv, row 2: there are more countries": {"records": OLD.replace("Can; Neu!", "Can")},
    "records.csv, row 2: there is no genre": {"records": OLD.replace("Krautrock", "")},
    "records.csv, row 3: rating": {"records": OLD.replace(",3,1,0", ",11,1,0")},
    "records.csv, row 3: price: a price like 20.00 is wanted.": {
        "records": OLD.replace("5.5", "much")
    },
    "records.csv, row 2: title: this is too long": {"records": OLD.replace("Split", "ﷺ" * 200)},
    "credit_trx.csv, row 3: a Purchase is -1 or 0": {
        "credit_trx": OLD_CREDITS.replace("Purchase,-1", "Purchase,-2")
    },
    "credit_trx.csv, row 4: credit_trx_type": {
        "credit_trx": OLD_CREDITS.replace("Addition", "Present")
    },
    "credit_trx.csv, row 6: there is another Addition": {
        "credit_trx": OLD_CREDITS + "5,2020-03-01,Addition,1,4,\n"
    },
    "ratings.csv, row 2: there is no record 8": {
        "ratings": "record_id,value,rated_on\n8,5,2020-01-01\n"
    },
    "songs.csv, row 3: song 1 of record 7 is there twice": {
        "songs": "record_id,seq,title\n7,1,A\n7,1,B\n"
    },
    "There is no records.csv": {"records": None},
    "is not written in UTF-8": {"records": OLD.encode("cp1252")},
}


@pytest.mark.parametrize("sentence", WRONG)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_kept_is_told_by_its_row_and_changes_nothing(
    db: Database, settings: Settings, alice: int, sentence: str
) -> None:
    before = tables(exported(db, alice))
    files: dict[str, Any] = {"records": OLD, "credit_trx": OLD_CREDITS, **WRONG[sentence]}
    content = zipped(**{name: text for name, text in files.items() if text is not None})

    with pytest.raises(BadFile, match=sentence):
        restore(db, settings, alice, content, export_first=True)

    assert tables(exported(db, alice)) == before
    assert kept_exports.listed(FOLDER, settings.exports, alice) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"record_id,title", "This is no zip"),
        (zipped(records=OLD)[:-30], "damaged"),
        (zipped(records="0" * 30_000_000), "unpacks to more than"),
        (zipped(records="0" * 10_000_000), "far more than an export does"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_hostile_file_is_refused(
    db: Database, settings: Settings, alice: int, content: bytes, sentence: str
) -> None:
    before = tables(exported(db, alice))

    with pytest.raises(BadFile, match=sentence):
        restore(db, settings, alice, content)

    assert tables(exported(db, alice)) == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_more_rows_than_any_shelf_has_are_not_read(
    db: Database, settings: Settings, alice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "MAX_ROWS", 1)

    with pytest.raises(BadFile, match="csv has more than 1 rows"):
        restore(db, settings, alice, zipped(records=OLD))


def test_an_end_in_the_middle_changes_nothing(
    db: Database, settings: Settings, alice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = exported(db, alice)

    def pulled(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(record_names, "drop_unused", pulled)
    with pytest.raises(KeyboardInterrupt):
        restore(db, settings, alice, zipped(records=OLD))

    assert tables(exported(db, alice)) == tables(before)


def test_looked_at_it_changes_nothing_and_tells_what_would_go(
    db: Database, settings: Settings, alice: int
) -> None:
    before = tables(exported(db, alice))

    looked = restore(db, settings, alice, zipped(records=OLD.replace("5.5", "much")), dry_run=True)

    assert tables(exported(db, alice)) == before
    assert looked["dry_run"] and len(looked["problems"]) == 1
    assert looked["first"] == ["Can / Neu! - Split (1972)"]
    assert (looked["gone"]["records"], looked["gone"]["balance"]) == (3, -2)


def test_exported_first_it_can_be_put_back(db: Database, settings: Settings, alice: int) -> None:
    before = tables(exported(db, alice))

    # A country is the household's: what another zip says of an artist would stay.
    other = zipped(records=OLD.replace("Germany; Germany", ""))
    result = restore(db, settings, alice, other, export_first=True)

    kept = kept_exports.find(FOLDER, settings.exports, alice, result["export"])
    assert kept is not None and tables(kept.read_bytes()) == before
    restore(db, settings, alice, kept.read_bytes())
    assert tables(exported(db, alice)) == before


@pytest.mark.parametrize("job", [restore_shelf, reset_shelf])
def test_what_was_added_since_the_export_is_not_lost(
    db: Database,
    settings: Settings,
    alice: int,
    monkeypatch: pytest.MonkeyPatch,
    job: Callable[[dict[str, Any], Run], dict[str, Any]],
) -> None:
    run = begin(db, settings, Owner(alice))
    args = {"upload": put(settings, zipped(records=OLD)), "file_name": "x.zip", "to_five": False}

    def meanwhile(msg: str, *_: Any) -> None:
        if msg in ("Replacing the shelf", "Emptying the shelf"):
            with db.writing() as session:
                factories.record(session, session.get_one(Person, alice), "Meanwhile")

    monkeypatch.setattr(run, "report", meanwhile)
    with pytest.raises(Busy):
        job(args | {"dry_run": False, "export_first": True}, run)

    assert [row["title"] for row in rows(exported(db, alice), "records.csv")][-1] == "Meanwhile"


@on_postgresql
def test_what_is_being_changed_when_a_shelf_goes_is_not_lost(db: Database, alice: int) -> None:
    with db.reading() as session:
        there = shelf_restore.contents(session, alice)
        one = session.scalars(select(Record.id).where(Record.title == "Dropped")).one()
    is_rated = threading.Event()

    def rate() -> None:
        with db.writing() as session:
            ratings.rate(session, one, 9, "2026-11-01")
            is_rated.set()
            threading.Event().wait(0.3)

    def check() -> None:
        assert is_rated.wait(20)
        with pytest.raises(Busy), db.writing() as session:
            shelf_restore.check_unchanged(session, alice, there)

    at_once(rate, check)


@on_postgresql
def test_nobody_is_told_that_a_change_is_saved_which_a_reset_takes(
    db: Database, alice: int
) -> None:
    with db.reading() as session:
        there = shelf_restore.contents(session, alice)
        one = session.scalars(select(Record.id).where(Record.title == "Dropped")).one()
    is_checked = threading.Event()

    def empty() -> None:
        with db.writing() as session:
            shelf_restore.check_unchanged(session, alice, there)
            is_checked.set()
            threading.Event().wait(0.3)
            shelf_restore.reset(session, alice, date(2026, 11, 1))

    def rate() -> None:
        assert is_checked.wait(20)
        with pytest.raises(NotFound), db.writing() as session:
            ratings.rate(session, one, 9, "2026-11-01")

    at_once(empty, rate)


def test_covers_come_along_if_they_are_what_they_say(
    db: Database, settings: Settings, alice: int
) -> None:
    sha256 = hashlib.sha256(JPEG).hexdigest()
    with db.writing() as session:
        session.execute(update(Record).where(Record.person_id == alice).values(cover_sha256=sha256))
    path = settings.covers / f"{sha256}.jpg"
    path.write_bytes(JPEG)
    content = io.BytesIO(exported(db, alice, covers=shelf_files.Covers(FOLDER, settings.covers)))
    path.unlink()
    with zipfile.ZipFile(content, "a") as opened:
        opened.writestr(f"covers/{'0' * 64}.jpg", JPEG)
        opened.writestr("covers/../../evil.jpg", JPEG)

    restore(db, settings, alice, content.getvalue())

    assert {file.name for file in settings.covers.iterdir()} == {path.name}
    assert path.read_bytes() == JPEG


def test_thousands_of_covers_come_along_but_none_that_no_record_shows(
    db: Database, settings: Settings, alice: int
) -> None:
    sha256 = hashlib.sha256(JPEG).hexdigest()
    other = hashlib.sha256(JPEG + b"2").hexdigest()
    with db.writing() as session:
        session.execute(update(Record).where(Record.person_id == alice).values(cover_sha256=sha256))
    content = io.BytesIO(exported(db, alice))
    with zipfile.ZipFile(content, "a") as opened:
        for nth in range(2_100):
            opened.writestr(f"covers/{nth:064x}.jpg", JPEG)
        opened.writestr(f"covers/{other}.jpg", JPEG + b"2")
        opened.writestr(f"covers/{sha256}.jpg", JPEG)

    result = restore(db, settings, alice, content.getvalue())

    assert [file.name for file in settings.covers.iterdir()] == [f"{sha256}.jpg"]
    assert result["notes"] == []


def test_a_cover_that_is_nowhere_is_told_and_may_be_looked_for(
    db: Database, settings: Settings, alice: int
) -> None:
    with db.writing() as session:
        shown = update(Record).where(Record.person_id == alice, Record.is_active)
        session.execute(shown.values(cover_sha256="a" * 64, cover_address="https://a.example/b"))
    before = exported(db, alice)

    looked = restore(db, settings, alice, before, dry_run=True)
    result = restore(db, settings, alice, before)

    assert looked["notes"] == ["Covers that are neither in it nor here: 2."]
    assert result["notes"] == looked["notes"]
    with db.reading() as session:
        assert record_covers.missing(session, alice, clock.now()).due == 2


def test_where_others_artists_are_from_is_not_taken_back_by_an_old_zip(
    db: Database, settings: Settings, alice: int
) -> None:
    def say(countries: dict[str, str]) -> None:
        with db.writing() as session:
            for name, country in countries.items():
                session.execute(update(Artist).where(Artist.name == name).values(country=country))

    say({"Can": "Germany", "黒澤": "Japan"})
    before = exported(db, alice)
    say({"Can": "West Germany", "黒澤": "Nippon"})

    restore(db, settings, alice, before)

    with db.reading() as session:
        countries = record_names.countries_of(session, ["Can", "黒澤"])
    assert countries == ["West Germany", "Japan"]


def test_an_import_after_a_restore_adds_nothing_and_undoes_no_correction(
    db: Database, settings: Settings, alice: int
) -> None:
    with db.writing() as session:
        carol = factories.person(session, "carol").id
    table = collection(*many(30))
    bring(db, settings, carol, table)
    with db.writing() as session:
        mine = update(Record).where(Record.person_id == carol, Record.title == "Title 7")
        session.execute(mine.values(colour="my own"))
    before = exported(db, carol)
    reset_shelf({"export_first": False}, begin(db, settings, Owner(carol)))

    restore(db, settings, carol, before)
    again = bring(db, settings, carol, table)

    assert (again["added"], again["changed"]) == (0, 0)
    assert tables(exported(db, carol)) == tables(before)
    # Also where every record is another one's by its number.
    restore(db, settings, alice, before)
    again = bring(db, settings, alice, table)
    assert (again["added"], again["changed"]) == (0, 0)


def test_a_restore_that_keeps_all_numbers_takes_none(
    db: Database, settings: Settings, alice: int
) -> None:
    """A counter that is moved where it need not be gives somebody a number that is taken."""
    before = exported(db, alice)
    with db.writing() as session:
        person = session.get_one(Person, alice)
        last = factories.record(session, person, "Last")

    restore(db, settings, alice, before)

    with db.writing() as session:
        assert factories.record(session, session.get_one(Person, alice)) == last + 1


def test_emptied_it_keeps_genres_and_others_records(
    db: Database, settings: Settings, alice: int
) -> None:
    with db.reading() as session:
        genres = set(session.scalars(select(Genre.name)))

    result = reset_shelf({"export_first": True}, begin(db, settings, Owner(alice)))

    assert kept_exports.find(FOLDER, settings.exports, alice, result["export"])
    assert result["gone"]["records"] == 3
    with db.reading() as session:
        assert session.scalars(select(Record.title)).all() == ["Bob's own"]
        assert session.scalar(select(func.count()).select_from(CreditTransaction)) == 0
        assert session.scalar(select(func.count()).select_from(Rating)) == 0
        assert set(session.scalars(select(Genre.name))) == genres
        assert set(session.scalars(select(Artist.name))) == {"Can", "Bob alone"}
        assert session.get_one(Shelf, alice).credits_from >= "2026-11-01"


def test_what_is_empty_is_not_exported(db: Database, settings: Settings) -> None:
    with db.writing() as session:
        person_id = factories.person(session, "alice").id

    result = reset_shelf({"export_first": True}, begin(db, settings, Owner(person_id)))

    assert result["export"] is None
    assert len(tables(exported(db, person_id))) == len(shelf_files.TABLES)


ODD = st.text(st.sampled_from("""'"=+-@\t\r\n;,\\ aÄ漢ﷺ0"""), min_size=1, max_size=12)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@hypothesis.settings(
    max_examples=25, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
@given(titles=st.lists(ODD, min_size=1, max_size=8), colour=ODD, reason=ODD)
def test_odd_words_come_back_as_they_were(
    db: Database, settings: Settings, titles: list[str], colour: str, reason: str
) -> None:
    """Must show 14: also with quotes, line ends, formulas and signs that part names."""
    with db.writing() as session:
        person = factories.person(session)
        shelves.settle(session, person.id, date(2026, 11, 1))
        for nth, title in enumerate(titles):
            artists = [" ".join(one.split()) for one in {title, colour, str(nth)} if one.strip()]
            record_id = factories.record(
                session, person, title, artists, colour=colour, remarks=reason
            )
            ledger.book(session, person.id, [Line("Purchase", -1, "2025-01-01", record_id, title)])
        person_id = person.id
    before = exported(db, person_id)

    restore(db, settings, person_id, before)

    assert tables(exported(db, person_id)) == tables(before)
    with db.reading() as session:
        query = select(Record.title, Record.colour, Record.remarks)
        kept = session.execute(query.where(Record.person_id == person_id).order_by(Record.id))
        assert [(*row,) for row in kept] == [(title, colour, reason) for title in titles]


KILLED = """
import os, signal, sys
from pathlib import Path
from core.settings import load
from database import shelf_restore
from database.engine import Database
from database.owner import Owner
from tests.worker.listening import begin
from worker_jobs import clean_up
from worker_jobs.shelf_restore.job import restore_shelf
url, running, person_id, upload = sys.argv[1:]
shelf_restore.record_names.drop_unused = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
args = {"upload": upload, "file_name": "x", "to_five": False, "dry_run": False}
db = Database(url, Path(running))
restore_shelf(args | {"export_first": True}, begin(db, load(), Owner(int(person_id))))
"""


def test_a_worker_killed_half_way_has_changed_nothing(
    db: Database, settings: Settings, alice: int
) -> None:
    before = tables(exported(db, alice))
    upload = put(settings, zipped(records=OLD))
    url = db.engine.url.render_as_string(hide_password=False)

    ended = subprocess.run(
        [sys.executable, "-c", KILLED, url, db.running, str(alice), upload], cwd=ROOT, check=False
    )

    assert ended.returncode == -signal.SIGKILL
    assert tables(exported(db, alice)) == before
    (kept,) = kept_exports.listed(FOLDER, settings.exports, alice)
    assert tables((settings.exports / str(alice) / kept.name).read_bytes()) == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_clean_up_drops_exports_that_have_had_their_time(
    db: Database, settings: Settings, alice: int
) -> None:
    reset_shelf({"export_first": True}, begin(db, settings, Owner(alice)))
    of_nobody = kept_exports.folder_of(settings.exports, alice + 1000) / "2026-11-24-18-30-12.zip"
    of_nobody.parent.mkdir()
    of_nobody.write_bytes(b"zip")

    gone = clean_up.clean_up({}, begin(db, settings))

    assert gone["exports"] == 1 and not of_nobody.exists()
    assert len(kept_exports.listed(FOLDER, settings.exports, alice)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_cover_stays_as_long_as_an_export_may_want_it_back(
    db: Database, settings: Settings, alice: int
) -> None:
    sha256 = hashlib.sha256(JPEG).hexdigest()
    shown, forgotten = (settings.covers / f"{name}.jpg" for name in (sha256, "b" * 64))
    for path in (shown, forgotten):
        path.write_bytes(JPEG)
        os.utime(path, (0, 0))
    with db.writing() as session:
        session.execute(update(Record).where(Record.person_id == alice).values(cover_sha256=sha256))
    result = reset_shelf({"export_first": True}, begin(db, settings, Owner(alice)))

    clean_up.clean_up({}, begin(db, settings))

    assert shown.is_file() and not forgotten.exists()
    kept = kept_exports.find(FOLDER, settings.exports, alice, result["export"])
    assert kept is not None
    restore(db, settings, alice, kept.read_bytes())
    with db.reading() as session:
        assert session.scalars(select(Record.cover_sha256)).all().count(sha256) == 3
    reset_shelf({"export_first": False}, begin(db, settings, Owner(alice)))
    kept.unlink()
    os.utime(shown, (0, 0))
    clean_up.clean_up({}, begin(db, settings))
    assert not shown.exists()
