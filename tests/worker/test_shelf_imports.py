"""A collection is brought onto a shelf: Discogs' table with its traps, any other, undone."""

import threading
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core.errors import BadFile, Busy, Conflict
from core.settings import Settings
from database import (
    ledger,
    people,
    ratings,
    record_copies,
    records,
    shelf_history,
    shelf_imports,
    shelves,
    tasks,
)
from database.engine import Database
from database.models import (
    Artist,
    CreditTransaction,
    Genre,
    Record,
    RecordChange,
    Shelf,
    ShelfImport,
)
from database.owner import HOUSE, Owner
from database.record_copies import Copy
from database.record_details import Reactivation, Removal
from tests import factories
from tests.unit.test_record_names import at_once, on_postgresql
from tests.worker.listening import Listening, begin
from tests.worker.test_mosaic_job import put
from worker_jobs.run import Cancelled
from worker_jobs.shelf_imports.job import import_records
from worker_jobs.shelf_imports.undo import undo_record_import

HEADER = (
    "Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,CollectionFolder,Date Added,"
    "Collection Media Condition,Collection Sleeve Condition,Collection Notes,Collection Price,"
    "Collection Bought from"
)
TRAPS = [
    # Two copies of one release, told apart by the moment; a third of the same minute.
    (
        ' SP 34 ,Grimes (4),Visions,4AD,"LP, Album",4,2012,3400001,Uncategorized,'
        "2015-11-30 10:54:13,Near Mint (NM or M-),Very Good Plus (VG+),"
        '"A ""signed"" one",€ 19.90,Rough Trade'
    ),
    "SP 34,Grimes (4),Visions,4AD,LP,,2012,3400001,Second,2016-01-02 08:00:00,Mint (M),Generic,,,",
    "SP 34,Grimes (4),Visions,4AD,LP,,2012,3400001,Third,2016-01-02 08:00:40,Mint (M),,,,",
    # Commas in names, in numbers; repeated labels; no year; `none`; a name that varies.
    (
        'none,"Earth, Wind & Fire",I Am,"CBS, CBS","2xLP, Album, RSD, Ltd",NA,0,51,A,'
        "2017-03-04 05:06:07,,,,,"
    ),
    (
        '"XLT,366, 0012","Beatles, The",Love Me Do,"Parlophone, Apple Inc.","7"", Single",'
        "5,1962,52,A,2017-03-05 05:06:07,Fair (F),No Cover,,,"
    ),
    'OP 1,d\'Eon* (2),Darkbloom,Hippos,"LP, Red + LP, Blu + Album",,,53,A,2017-03-06 05:06:07,,,,,',
    'OP 2,A / B (3),Split,Hippos,"12"", EP",,1999,54,A,2017-03-07 05:06:07,,,,,',
    'OP 3,Z,Tape,Not On Label,"Cass, Cle",,1999,55,A,2017-03-08 05:06:07,,,,12.000,',
    ",Z,,Nobody,LP,,1999,56,A,2017-03-09 05:06:07,,,,,",
    ",Z,No number,Nobody,LP,,1999,,A,2017-03-09 05:06:07,,,,,",
]


def collection(*rows: str, header: str = HEADER) -> bytes:
    return ("\n".join([header, *rows]) + "\n").encode()


def many(number: int) -> list[str]:
    return [
        f'CAT {n},Artist {n % 40},Title {n},Label {n % 9},"LP, Album",{n % 6},{1950 + n % 70},'
        f"{1000 + n},Folder {n % 3},2019-01-{n % 28 + 1:02} 12:00:{n % 60:02},,,,,"
        for n in range(number)
    ]


def bring(
    db: Database, settings: Settings, person_id: int, content: bytes, **args: Any
) -> dict[str, Any]:
    given = {"upload": put(settings, content), "file_name": "my.csv", "dry_run": False, **args}
    run = begin(db, settings, Owner(person_id))
    try:
        return import_records(given, run)
    finally:
        over(db, run)


def over(db: Database, run: Listening) -> None:
    """End the task, as its worker would."""
    with db.writing() as session:
        tasks.ask_cancel(session, run.task.public_id, HOUSE)


def undo(db: Database, settings: Settings) -> dict[str, Any]:
    """Undo the newest import that is not undone."""
    with db.reading() as session:
        newest = select(ShelfImport.public_id).where(ShelfImport.undone_at.is_(None))
        public_id = session.scalars(newest.order_by(ShelfImport.id.desc())).first()
    args = {"import": public_id, "file_name": "my.csv"}
    return undo_record_import(args, begin(db, settings, HOUSE))


def shelf(db: Database) -> list[Copy]:
    with db.reading() as session:
        ids = session.scalars(select(Record.id).order_by(Record.id)).all()
        return list(record_copies.read(session, ids).values())


def counts(result: dict[str, Any]) -> tuple[int, int, int, int]:
    return tuple(result[name] for name in ("added", "changed", "same", "skipped"))


def test_discogs_table_with_all_its_traps_twice_adds_nothing_the_second_time(
    db: Database, settings: Settings, alice: int
) -> None:
    content = collection(*TRAPS, *many(600))

    first = bring(db, settings, alice, content)
    there = shelf(db)
    second = bring(db, settings, alice, content)

    assert counts(first) == (608, 0, 0, 2)
    assert counts(second) == (0, 0, 608, 2)
    assert shelf(db) == there
    assert any("row 10: it has no title" in problem for problem in first["problems"])


def test_what_discogs_writes_is_understood(db: Database, settings: Settings, alice: int) -> None:
    bring(db, settings, alice, collection(*TRAPS))

    one, two, three, fire, beatles, eon, split, tape = shelf(db)
    assert one["artists"][0]["name"] == "Grimes"
    assert one["remarks"] == 'A "signed" one\nBought from: Rough Trade'
    assert (one["price"], one["currency"], one["purchased_on"]) == (1990, "EUR", "2015-11-30")
    assert one["ratings"] == [{"value": 8, "rated_on": "2015-11-30"}]
    assert (one["media_condition"], one["sleeve_condition"], one["folder"]) == (
        "Near Mint (NM or M-)",
        "Very Good Plus (VG+)",
        "Uncategorized",
    )
    keys = [copy["discogs_key"] for copy in (one, two, three)]
    assert keys == [
        "3400001/2015-11-30 10:54/1",
        "3400001/2016-01-02 08:00/1",
        "3400001/2016-01-02 08:00/2",
    ]
    assert (one["genre"], one["price"] is None, two["price"]) == ("Not known", False, None)
    assert [artist["name"] for artist in fire["artists"]] == ["Earth, Wind & Fire"]
    assert (fire["labels"], fire["catalogue_number"], fire["year"]) == (["CBS"], None, None)
    assert (fire["format"], fire["edition"], fire["ratings"]) == ("2xLP", "RSD, lim", [])
    assert [artist["name"] for artist in beatles["artists"]] == ["The Beatles"]
    assert (beatles["catalogue_number"], beatles["format"]) == ("XLT,366, 0012", '7"')
    assert beatles["labels"] == ["Parlophone", "Apple Inc."]
    assert (eon["format"], eon["colour"]) == ("2xLP", "red, blue")
    assert [artist["name"] for artist in split["artists"]] == ["A", "B"]
    assert (tape["format"], tape["colour"], tape["price"]) == ("Tape", "clear", 1200000)


def test_each_is_an_initial_load_of_no_credit_on_its_day(
    db: Database, settings: Settings, alice: int
) -> None:
    bring(db, settings, alice, collection(*TRAPS[:2]))

    with db.reading() as session:
        lines = session.execute(
            select(
                CreditTransaction.kind,
                CreditTransaction.value,
                CreditTransaction.booked_on,
                CreditTransaction.record_text,
            ).order_by(CreditTransaction.id)
        ).all()
        assert ledger.balance(session, alice) == 0
    assert [tuple(line) for line in lines] == [
        ("Initial Load", 0, "2015-11-30", "Grimes - Visions (2012)"),
        ("Initial Load", 0, "2016-01-02", "Grimes - Visions (2012)"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + collection(*TRAPS).replace(b"\n", b"\r\n"),
        collection(*TRAPS).decode().encode("utf-16"),
        b"sep=;\r\n" + collection("SP 34;Can;Tago Mago;UA;LP;;1971;9;A;30/11/2015 10:54;;;;;",
                                  header=HEADER.replace(",", ";")),
        collection("1,SP 34,Can,Tago Mago,UA,LP,NA,1971,9,A,2015-11-30 10:54:13,,,,,",
                   header='"",' + HEADER.replace(" ", ".").replace("Catalog#", "Catalog.")),
    ],
    ids=["BOM and CRLF", "UTF-16", "a spreadsheet's", "R's"],
)  # fmt: skip
def test_programs_that_rewrite_the_table_do_no_harm(
    db: Database, settings: Settings, alice: int, content: bytes
) -> None:
    result = bring(db, settings, alice, content)

    assert result["added"] in (1, 8)
    assert shelf(db)[0]["purchased_on"] == "2015-11-30"
    assert shelf(db)[0]["discogs_key"].endswith("2015-11-30 10:54/1")


def test_a_spreadsheet_between_two_imports_adds_nothing(
    db: Database, settings: Settings, alice: int
) -> None:
    bring(
        db,
        settings,
        alice,
        collection("SP 34,Can,Tago Mago,UA,LP,,1971,9,A,2015-03-04 10:54:13,,,,,"),
    )
    rewritten = "SP 34;Can;Tago Mago;UA;LP;;1971;9;A;04.03.2015 10:54;;;;;"

    again = bring(db, settings, alice, collection(rewritten, header=HEADER.replace(",", ";")))

    assert counts(again) == (0, 0, 1, 0)


def test_fields_of_ones_own_are_the_same_when_r_has_written_them(
    db: Database, settings: Settings, alice: int
) -> None:
    row = "SP 34,Can,Tago Mago,UA,LP,,1971,9,A,2015-03-04 10:54:13,,,,,Rough Trade"
    bring(db, settings, alice, collection(row))

    again = bring(db, settings, alice, collection(row, header=HEADER.replace(" ", ".")))

    assert counts(again) == (0, 0, 1, 0)
    assert shelf(db)[0]["remarks"] == "Bought from: Rough Trade"


def test_what_changed_at_discogs_follows_and_what_was_corrected_here_stays(
    db: Database, settings: Settings, alice: int
) -> None:
    row = (
        "SP 34,Can,Tago Mago,UA,LP,{rating},1971,9,{folder},2015-03-04 10:54:13,{media},,{notes},,"
    )
    before = row.format(rating=3, folder="A", media="Mint (M)", notes="as new")
    bring(db, settings, alice, collection(before))
    with db.writing() as session:
        record_id = session.scalars(select(Record.id)).one()
        copy = record_copies.read(session, [record_id])[record_id]
        mine = {"title": "Tago Mago!", "genre": "Krautrock", "remarks": "mine", "folder": "A"}
        record_copies.replace(session, record_id, copy | mine)
        ratings.rate(session, record_id, 9, "2016-01-01")

    same = bring(db, settings, alice, collection(before))
    after = row.format(rating=5, folder="B", media="Fair (F)", notes="worn")
    changed = bring(db, settings, alice, collection(after))
    again = bring(db, settings, alice, collection(after))

    (now,) = shelf(db)
    assert (counts(same), counts(changed), counts(again)) == (
        (0, 0, 1, 0),
        (0, 1, 0, 0),
        (0, 0, 1, 0),
    )
    assert (now["title"], now["genre"], now["remarks"]) == ("Tago Mago!", "Krautrock", "mine")
    assert (now["folder"], now["media_condition"]) == ("B", "Fair (F)")
    assert [given["value"] for given in now["ratings"]] == [6, 9, 10]
    told = changed["parts"][0]["first"][0]
    assert told["record"] == "Can – Tago Mago! (1971)"
    assert told["what"] == "condition Mint (M) → Fair (F), folder A → B, rating 9 → 10"


def test_a_record_that_was_linked_by_hand_is_that_copy(
    db: Database, settings: Settings, alice: int
) -> None:
    with db.writing() as session:
        factories.record(session, people.get(session, alice), "Tago Mago", discogs_id=9)
        bob = factories.person(session, "bob")
        factories.record(session, bob, "Tago Mago", genre="Krautrock", discogs_id=9)
    row = "SP 34,Can,Tago Mago,UA,LP,4,1971,9,A,2015-03-0{n} 10:54:13,,,,,"

    result = bring(db, settings, alice, collection(row.format(n=1), row.format(n=2)))

    assert counts(result) == (1, 1, 0, 0)
    mine, _bobs, new = shelf(db)
    assert (mine["discogs_key"], mine["ratings"][-1]["value"]) == ("9/2015-03-01 10:54/1", 8)
    # Somebody in the house knows what the release is.
    assert new["genre"] == "Rock"
    assert counts(bring(db, settings, alice, collection(row.format(n=1)))) == (0, 0, 1, 0)


def test_one_of_a_title_that_is_here_is_added_and_told(
    db: Database, settings: Settings, alice: int
) -> None:
    with db.writing() as session:
        factories.record(session, people.get(session, alice), "Tago Mago")

    result = bring(
        db, settings, alice,
        collection("SP 34,Can,TAGO MAGO,UA,LP,,1971,9,A,2015-03-04 10:54:13,,,,,"), dry_run=True,
    )  # fmt: skip

    assert result["added"] == 1 and len(shelf(db)) == 1
    assert "1 of the new ones has the title" in result["problems"][0]
    assert "already: Can – TAGO MAGO (1971). Another copy" in result["problems"][0]
    assert "is here already" in result["parts"][0]["first"][0]["what"]


def test_five_of_those_whose_title_is_here_are_named_and_the_rest_is_counted(
    db: Database, settings: Settings, alice: int
) -> None:
    with db.writing() as session:
        for n in range(7):
            factories.record(session, people.get(session, alice), f"Tago {n}")
    rows = [f"SP 34,Can,Tago {n},UA,LP,,1971,{n + 1},A,2015-03-04 10:54:13,,,,," for n in range(7)]

    told = bring(db, settings, alice, collection(*rows), dry_run=True)["problems"][0]

    assert told.startswith("7 of the new ones have the title")
    assert "already: Can – Tago 0 (1971); " in told
    assert "Can – Tago 4 (1971); and 2 more. Another copy" in told and "Tago 5" not in told


def test_another_copy_of_what_an_import_brought_is_no_twin(
    db: Database, settings: Settings, alice: int
) -> None:
    row = "SP 34,Can,Tago Mago,UA,LP,,1971,9,A,2015-03-04 10:54:13,,,,,"
    bring(db, settings, alice, collection(row))

    result = bring(db, settings, alice, collection(row, row.replace("2015", "2016")), dry_run=True)

    assert (result["added"], result["problems"]) == (1, [])


def test_a_dry_run_tells_the_same_and_changes_nothing(
    db: Database, settings: Settings, alice: int
) -> None:
    content = collection(*TRAPS, *many(300))

    looked = bring(db, settings, alice, content, dry_run=True)

    assert shelf(db) == []
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(ShelfImport)) == 0
    done = bring(db, settings, alice, content)
    assert {**looked, "dry_run": False, "result_url": ""} == {**done, "result_url": ""}
    assert len(done["parts"][0]["first"]) == 50


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,Notes", "wantlist"),
        ("listing_id,artist,title,label,catno,format,release_id,status,price", "what you sell"),
    ],
)
def test_what_is_no_collection_is_refused(
    db: Database, settings: Settings, alice: int, header: str, sentence: str
) -> None:
    with pytest.raises(BadFile, match=sentence):
        bring(db, settings, alice, collection("1,Can,Tago Mago,UA,LP,,1971,9,", header=header))


def test_cancelled_half_way_it_keeps_what_it_has_and_goes_on(
    db: Database, settings: Settings, alice: int
) -> None:
    content = collection(*many(600))
    args = {"upload": put(settings, content), "file_name": "my.csv", "dry_run": False}
    run = begin(db, settings, Owner(alice))
    run.cancel_at = 3
    with pytest.raises(Cancelled):
        import_records(args, run)
    assert 0 < len(shelf(db)) < 600

    run.cancel_at = None
    result = import_records(args, run)

    over(db, run)
    assert counts(result) == (600, 0, 0, 0)
    assert len(shelf(db)) == 600
    assert undo(db, settings)["undone"] == 600


@on_postgresql
def test_a_record_that_is_deleted_meanwhile_makes_an_import_try_again(
    db: Database, settings: Settings, alice: int
) -> None:
    bring(db, settings, alice, collection(*many(3)))
    is_deleted = threading.Event()

    def delete() -> None:
        with db.writing() as session:
            one = session.scalars(select(Record.id).where(Record.title == "Title 1")).one()
            records.delete_faulty(session, one, "Title 1")
            is_deleted.set()
            threading.Event().wait(0.3)

    def bring_again() -> None:
        assert is_deleted.wait(20)
        with pytest.raises(Busy):
            bring(db, settings, alice, collection(*many(3)))

    at_once(delete, bring_again)

    assert counts(bring(db, settings, alice, collection(*many(3)))) == (1, 0, 2, 0)


def test_undoing_restores_the_shelf_and_its_ledger(
    db: Database, settings: Settings, alice: int
) -> None:
    row = "SP 34,Can,Tago Mago,UA,LP,3,1971,9,A,2015-03-04 10:54:13,,,,,"
    bring(db, settings, alice, collection(row))
    before = shelf(db)
    changed = row.replace(",3,1971,9,A,", ",4,1971,9,B,")
    bring(db, settings, alice, collection(changed, *many(250)))

    assert undo(db, settings) == {"undone": 251, "kept": 0, "result_url": "/shelf/imports"}

    assert shelf(db) == before
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(CreditTransaction)) == 1
        assert session.scalars(select(Artist.name)).all() == ["Can"]
        assert "Not known" in session.scalars(select(Genre.name)).all()
        assert session.scalar(select(func.count()).select_from(RecordChange)) == 1
    # The same can be brought once more.
    assert counts(bring(db, settings, alice, collection(changed))) == (0, 1, 0, 0)


def test_undoing_leaves_what_was_changed_since(
    db: Database, settings: Settings, alice: int
) -> None:
    bring(db, settings, alice, collection(*many(5)))
    with db.writing() as session:
        ids = list(session.scalars(select(Record.id).order_by(Record.id)))
        ratings.rate(session, ids[0], 9, "2026-01-01")
        records.remove(session, ids[1], Removal(removed_on="2026-01-01"))
        records.delete_faulty(session, ids[2], "Title 2")

    assert undo(db, settings) == {"undone": 2, "kept": 3, "result_url": "/shelf/imports"}
    assert [copy["title"] for copy in shelf(db)] == ["Title 0", "Title 1"]


def test_undoing_leaves_what_was_paid_for_since_though_it_looks_the_same(
    db: Database, settings: Settings, alice: int
) -> None:
    bring(db, settings, alice, collection(*many(2)))
    (copy, _), before = shelf(db), shelf(db)
    with db.writing() as session:
        record_id = session.scalars(select(Record.id).order_by(Record.id)).first() or 0
        records.remove(session, record_id, Removal(removed_on="2026-01-01"))
        again = Reactivation(purchased_on=copy["purchased_on"], price=copy["price"])
        records.reactivate(session, record_id, again)
    assert shelf(db) == before

    assert undo(db, settings) == {"undone": 1, "kept": 1, "result_url": "/shelf/imports"}
    assert shelf(db) == [copy]


def test_undoing_leaves_what_a_later_import_brought_once_more(
    db: Database, settings: Settings, alice: int
) -> None:
    bring(db, settings, alice, collection(*many(2)))
    with db.writing() as session:
        newest = session.scalars(select(Record.id).order_by(Record.id.desc())).first() or 0
        records.delete_faulty(session, newest, "Title 1")
    bring(db, settings, alice, collection(*many(2)))
    with db.reading() as session:
        first = session.scalars(select(ShelfImport.public_id).order_by(ShelfImport.id)).first()

    # Without AUTOINCREMENT SQLite would give the number of what was deleted to the next.
    done = undo_record_import({"import": first, "file_name": "my.csv"}, begin(db, settings, HOUSE))

    assert (done["undone"], done["kept"]) == (1, 1)
    assert [copy["title"] for copy in shelf(db)] == ["Title 1"]


def test_a_cover_that_was_fetched_since_stays_when_an_import_is_undone(
    db: Database, settings: Settings, alice: int
) -> None:
    row = "SP 34,Can,Tago Mago,UA,LP,,1971,9,A,2015-03-04 10:54:13,,,,,"
    bring(db, settings, alice, collection(row))
    # As Discogs itself tells of one.
    with db.writing() as session:
        session.execute(update(Record).values(cover_address="https://i.discogs.com/9.jpg"))
    bring(db, settings, alice, collection(row.replace(",A,", ",B,")))
    with db.writing() as session:
        session.execute(update(Record).values(cover_sha256="ab" * 32))

    assert undo(db, settings)["undone"] == 1

    (copy,) = shelf(db)
    assert (copy["folder"], copy["cover_sha256"]) == ("A", "ab" * 32)


@pytest.mark.parametrize(("own", "currency"), [("CAD", "CAD"), ("EUR", "USD")])
def test_dollars_are_those_of_the_shelf_if_it_has_some(
    db: Database, settings: Settings, alice: int, own: str, currency: str
) -> None:
    with db.writing() as session:
        shelves.settle(session, alice, date(2026, 1, 1))
        session.execute(update(Shelf).values(currency=own))

    bring(db, settings, alice, b"title,price\nI,$20\nII,30\n", named={})

    assert [(copy["price"], copy["currency"]) for copy in shelf(db)] == [
        (2000, currency),
        (3000, own),
    ]


def test_a_cover_that_came_by_itself_is_no_change_of_a_record() -> None:
    copy = {"title": "Ege Bamyasi", "year": 1972, "artists": [{"name": "Can", "country": None}]}
    of_address = copy | {"cover_address": "https://i.discogs.com/1.jpg", "musicbrainz_id": None}
    chosen = copy | {"cover_address": None, "musicbrainz_id": None}

    def print_of(of: Copy, cover: str | None) -> str:
        return shelf_imports.fingerprint(of | {"cover_sha256": cover})

    assert print_of(of_address, None) == print_of(of_address, "ab")
    assert print_of(chosen, None) != print_of(chosen, "ab")


def test_a_later_import_of_the_same_is_undone_first(
    db: Database, settings: Settings, alice: int
) -> None:
    row = "SP 34,Can,Tago Mago,UA,LP,3,1971,9,A,2015-03-04 10:54:13,,,,,"
    bring(db, settings, alice, collection(row))
    bring(db, settings, alice, collection(*many(2)))
    bring(db, settings, alice, collection(row.replace(",A,", ",B,")))

    with db.reading() as session:
        blocked = [one.blocked_by for one in shelf_history.listed(session, Owner(alice))]
        first = session.scalars(select(ShelfImport).order_by(ShelfImport.id)).first()
        assert first is not None
        with pytest.raises(Conflict, match=r"Undo the later import of my\.csv first"):
            shelf_history.check_undo(session, first)
    assert blocked == [None, None, "my.csv"]


OWN = "Interpret;Titel;Jahr;Kaufdatum;Preis;Bewertung;Format;Notizen\n"


def test_a_table_of_ones_own_is_asked_about_first(
    db: Database, settings: Settings, alice: int
) -> None:
    content = (OWN + "Can;Tago Mago;1971;24.12.2019;12,50 €;4,5;LP;nett\n").encode()

    result = bring(db, settings, alice, content, dry_run=True)

    assert result["ask"]["names"][:2] == ["Interpret", "Titel"]
    assert result["ask"]["samples"][0][1] == "Tago Mago"
    likely = result["ask"]["likely"]
    assert (likely["title"], likely["artists"], likely["price"]) == (1, 0, 4)
    assert shelf(db) == []


def test_a_table_of_ones_own_is_brought_and_found_again(
    db: Database, settings: Settings, alice: int
) -> None:
    content = (
        OWN + "Can;Tago Mago;1971;24.12.2019;12,50 €;4,5;LP;nett\n"
        "Can;Tago Mago;1971;24.12.2019;abc;;LP;zweites\n"
        "Neu! / Faust;So weit;;;;;;\n;;;;;;;\n"
    ).encode()
    columns = {
        "title": 1, "artists": 0, "year": 2, "purchased_on": 3, "price": 4, "rating": 5,
        "format": 6, "remarks": 7, "scale": "5", "no_date": "1999-01-01",
    }  # fmt: skip

    first = bring(db, settings, alice, content, columns=columns)
    with db.writing() as session:
        record_id = session.scalars(select(Record.id).order_by(Record.id)).first() or 0
        copy = record_copies.read(session, [record_id])[record_id]
        record_copies.replace(session, record_id, copy | {"title": "Tago Mago (remastered)"})
    again = bring(db, settings, alice, content.replace(b"nett", b"netter"), columns=columns)

    assert (counts(first), counts(again)) == ((3, 0, 0, 0), (0, 1, 2, 0))
    assert "“abc” was not understood as a price" in first["problems"][0]
    one, two, three = shelf(db)
    assert (one["title"], one["remarks"]) == ("Tago Mago (remastered)", "netter")
    assert (one["price"], one["ratings"][0]["value"], one["purchased_on"]) == (
        1250,
        9,
        "2019-12-24",
    )
    assert two["remarks"] == "zweites"
    assert [artist["name"] for artist in three["artists"]] == ["Neu!", "Faust"]
    assert (three["format"], three["genre"], three["labels"]) == ("Not known", "Not known", ["NA"])
    assert three["purchased_on"] == "1999-01-01"


def test_no_record_is_of_a_label_called_none(db: Database, settings: Settings, alice: int) -> None:
    """Must show 4: a program's word for nothing is no name."""
    content = b"artist,title,label\nNone,I,None\nCan,II,n/a\n"

    bring(db, settings, alice, content, named={})

    # There is a band of that name.
    assert [(copy["artists"][0]["name"], copy["labels"]) for copy in shelf(db)] == [
        ("None", ["NA"]),
        ("Can", ["NA"]),
    ]


def test_what_was_bought_by_hand_is_found_in_a_table(
    db: Database, settings: Settings, alice: int
) -> None:
    with db.writing() as session:
        mine = people.get(session, alice)
        factories.record(session, mine, "Tago Mago", purchased_on="2019-12-24", price=None)
    content = (OWN + "CAN;tago mago;1971;24.12.2019;12,50 €;;LP;\n" * 2).encode()
    first, again = (bring(db, settings, alice, content, named={}) for _ in range(2))

    assert (counts(first), counts(again)) == ((1, 1, 0, 0), (0, 0, 2, 0))
    assert shelf(db)[0]["price"] == 1250


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ({}, "Say which column has them"),
        ({"title": "Album"}, "There is no column “Album”"),
        ({"name": "A"}, "There is no field “name”"),
    ],
)
def test_columns_that_are_not_there_are_told(
    db: Database, settings: Settings, alice: int, named: dict[str, str], sentence: str
) -> None:
    with pytest.raises(BadFile, match=sentence):
        bring(db, settings, alice, b"A,B\n1,2\n", named=named)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("content", "added", "skipped"),
    [
        (b"Artist,Title\nCa\0n,Tago\0 Mago\n", 1, 0),
        (b"Artist,Title\nM\xf6tley Cr\xfce,Theatre\n", 1, 0),
        (b'Artist,Title\nCan,"' + b"x" * 5_000_000 + b'"\nCan,Tago Mago\n', 1, 1),
        (b"Artist,Title\n" + b'Can,"unclosed\n' * 5, 3, 0),
        (b"Artist,Title\nCan\n,,,,,\nCan,Tago Mago,a,b,c,d\n", 1, 1),
        (b"Artist,Title,Year,Price,Date\nCan,=cmd(),99999,1e999,99/99/9999\n", 1, 0),
    ],
    ids=["NUL", "latin", "huge", "unclosed", "short", "odd"],
)
def test_hostile_tables_do_no_harm(
    db: Database, settings: Settings, alice: int, content: bytes, added: int, skipped: int
) -> None:
    result = bring(db, settings, alice, content, named={})

    assert (result["added"], result["skipped"]) == (added, skipped)
    assert all("\0" not in copy["title"] for copy in shelf(db))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"PK\x03\x04rest", b"\xff\xfe"])
def test_what_is_no_table_is_told(
    db: Database, settings: Settings, alice: int, content: bytes
) -> None:
    with pytest.raises(BadFile):
        bring(db, settings, alice, content, named={})


def test_a_guest_has_no_shelf(db: Database, settings: Settings) -> None:
    args = {"upload": "x", "file_name": "x", "dry_run": False}
    with pytest.raises(Exception, match="Only a person"):
        import_records(args, begin(db, settings, Owner(guest_hash="g")))


def test_rows_without_end_are_cut_and_said(
    db: Database, settings: Settings, alice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker_jobs.imports.tables.MAX_ROWS", 50)

    result = bring(db, settings, alice, collection(*many(80)))

    assert result["added"] == 49
    assert "only the first 50 rows" in result["problems"][0]


def test_the_same_file_is_asked_for_once(db: Database, alice: int) -> None:
    with db.writing() as session:
        first = shelf_history.ask(session, Owner(alice), "a.upload", "a.csv", dry_run=True)
        again = shelf_history.ask(session, Owner(alice), "a.upload", "a.csv", dry_run=True)
        task = tasks.get(session, first.public_id, Owner(alice))

    assert again.public_id == first.public_id
    assert task.args == {"upload": "a.upload", "file_name": "a.csv", "dry_run": True}
