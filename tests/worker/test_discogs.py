"""Discogs in the worker: an account, a collection page by page, a release for a record."""

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from clients.discogs import BadToken, NoSuchRelease
from core import folders, sealing
from core.errors import Conflict, Forbidden, NotFound, RemoteError
from core.settings import ROOT, Settings, load
from database import linked_accounts, record_copies, tasks
from database.engine import Database
from database.linked_accounts import DISCOGS
from database.models import CreditTransaction, Person, Record, ShelfImport, Song, Task
from database.owner import HOUSE, Owner
from fakes.discogs import FakeDiscogs, copy_of
from fakes.records import collection, records
from tests import factories
from tests.worker.conftest import WaitFor
from tests.worker.listening import Listening, begin
from worker_jobs.discogs_account import link_discogs
from worker_jobs.discogs_collection import import_discogs
from worker_jobs.releases import find_releases, link_release
from worker_jobs.run import Cancelled
from worker_jobs.shelf_imports.job import import_records

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CAN = next(record for record in records() if record.title == "Ege Bamyasi")
PAGE = "/users/vinyl_ada/collection/folders/0/releases?page={}"
LOOK, BRING = {"dry_run": True}, {"dry_run": False}


@pytest.fixture
def discogs() -> Iterator[FakeDiscogs]:
    with FakeDiscogs() as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, discogs: FakeDiscogs, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    known = {"discogs_api_url": discogs.url, "discogs_image_url": f"{discogs.url}/covers"}
    made = load().model_copy(update=known)
    folders.make(made)
    return made


@pytest.fixture
def ada(db: Database) -> int:
    with db.writing() as session:
        return factories.person(session, "ada").id


@pytest.fixture
def run(db: Database, settings: Settings, ada: int) -> Listening:
    give(db, settings, ada, "token")
    return begin(db, settings, Owner(ada))


def give(db: Database, settings: Settings, person_id: int, token: str) -> None:
    sealed = sealing.seal(settings.data, SecretStr(token))
    with db.writing() as session:
        linked_accounts.put(session, person_id, DISCOGS, sealed)


def name_of(db: Database, person_id: int) -> str | None:
    with db.reading() as session:
        account = linked_accounts.find(session, person_id, DISCOGS)
    return account.name if account else None


def copies_of(db: Database) -> list[dict[str, Any]]:
    with db.reading() as session:
        ids = list(session.scalars(select(Record.id).order_by(Record.id)))
        return list(record_copies.read(session, ids).values())


def count(db: Database, table: type[Any] = Record) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def rows(fake: FakeDiscogs, number: int) -> list[dict[str, Any]]:
    """Return so many copies: more than there are records, so that there are second ones."""
    owned = list(collection(7, date(2026, 3, 1), 100))
    made = [copy_of(one, fake.url) for one in owned]
    return [
        row | {"date_added": str(row["date_added"]).replace("T10:", f"T{10 + turn}:")}
        for turn in range(-(-number // len(made)))
        for row in made
    ][:number]


def row_of(fake: FakeDiscogs, **said: Any) -> dict[str, Any]:
    return rows(fake, 1)[0] | said


def covers_ordered(db: Database) -> list[dict[str, Any]]:
    query = select(Task.args).where(Task.action == "fetch_covers")
    with db.reading() as session:
        return list(session.scalars(query))


# An account


def test_a_token_is_tried_and_its_name_kept(db: Database, run: Listening, ada: int) -> None:
    assert name_of(db, ada) == ""

    result = link_discogs({}, run)

    assert result == {"name": "vinyl_ada", "result_url": "/shelf/discogs"}
    assert name_of(db, ada) == "vinyl_ada"


def test_a_refused_token_is_forgotten(
    db: Database, settings: Settings, run: Listening, ada: int
) -> None:
    give(db, settings, ada, "made up")

    with pytest.raises(BadToken):
        link_discogs({}, run)

    assert name_of(db, ada) is None


def test_a_token_that_could_not_be_tried_is_tried_again(
    db: Database, discogs: FakeDiscogs, run: Listening, ada: int
) -> None:
    discogs.answers(429, {"Retry-After": "7"}, times=1)

    with pytest.raises(RemoteError) as raised:
        link_discogs({}, run)

    assert raised.value.retry_after == 7
    assert name_of(db, ada) == ""
    assert link_discogs({}, run)["name"] == "vinyl_ada"


def test_the_token_stands_in_nothing_but_its_row(
    db: Database, discogs: FakeDiscogs, run: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    link_discogs({}, run)
    discogs.answers(500)
    with pytest.raises(RemoteError):
        import_discogs(BRING, run)

    with db.reading() as session:
        told = [str(task.args) + str(task.progress_msg) for task in session.scalars(select(Task))]
    assert "token" not in "".join(told) + caplog.text + str(run.said).replace("whose token", "")
    assert all("token" not in asked.path for asked in discogs.requests)


def test_without_an_account_it_says_what_to_do(db: Database, settings: Settings, ada: int) -> None:
    run = begin(db, settings, Owner(ada))

    for job in (link_discogs, import_discogs):
        with pytest.raises(Conflict, match="No account at Discogs is linked"):
            job({}, run)


def test_a_house_has_no_account(db: Database, settings: Settings) -> None:
    with pytest.raises(Forbidden):
        link_discogs({}, begin(db, settings, HOUSE))


# A collection


def test_a_copy_comes_with_all_that_is_known_of_it(
    db: Database, discogs: FakeDiscogs, run: Listening
) -> None:
    notes = [
        {"field_id": 1, "value": "Mint (M)"},
        {"field_id": 2, "value": "Very Good (VG)"},
        {"field_id": 3, "value": "A gift"},
    ]
    moment = "2015-11-30T10:54:13-08:00"
    discogs.has(
        "vinyl_ada",
        [row_of(discogs, date_added=moment, rating=4, folder_id=2, notes=notes)],
    )

    import_discogs(BRING, run)

    copy, release = copies_of(db)[0], rows(discogs, 1)[0]["basic_information"]
    assert (copy["title"], copy["genre"], copy["year"]) == (
        release["title"], release["genres"][0], release["year"],
    )  # fmt: skip
    assert (copy["media_condition"], copy["sleeve_condition"]) == ("Mint (M)", "Very Good (VG)")
    assert (copy["folder"], copy["remarks"]) == ("Living room", "A gift")
    assert (copy["purchased_on"], copy["price"]) == ("2015-11-30", None)
    assert copy["ratings"] == [{"value": 8, "rated_on": "2015-11-30"}]
    assert (copy["discogs_id"], copy["discogs_key"]) == (
        release["id"], f"{release['id']}/2015-11-30 10:54/1",
    )  # fmt: skip
    assert copy["cover_address"] == release["cover_image"]
    with db.reading() as session:
        line = session.scalars(select(CreditTransaction)).one()
    assert (line.kind, line.value, line.booked_on) == ("Initial Load", 0, "2015-11-30")


def test_fields_of_ones_own_tell_the_price_and_the_day(
    db: Database, discogs: FakeDiscogs, run: Listening
) -> None:
    names = ["Media Condition", "Sleeve Condition", "Notes", "Price", "Purchase Date", "Shop"]
    fields = [{"id": number, "name": name} for number, name in enumerate(names, 1)]
    discogs.answers(
        200, {}, json.dumps({"fields": fields}).encode(),
        path_prefix="/users/vinyl_ada/collection/fields",
    )  # fmt: skip
    said = {3: "A fair", 4: "€ 12,50", 5: "2014-02-01", 6: "Hard Wax"}
    notes = [{"field_id": number, "value": text} for number, text in said.items()]
    discogs.has("vinyl_ada", [row_of(discogs, notes=notes)])

    import_discogs(BRING, run)

    copy = copies_of(db)[0]
    assert (copy["price"], copy["currency"], copy["purchased_on"]) == (1250, "EUR", "2014-02-01")
    assert copy["remarks"] == "A fair\nShop: Hard Wax"


def test_a_large_collection_comes_whole_and_the_second_time_adds_nothing(
    db: Database, discogs: FakeDiscogs, settings: Settings, run: Listening, ada: int
) -> None:
    discogs.has("vinyl_ada", rows(discogs, 640))

    first = import_discogs(BRING, run)
    before = copies_of(db)
    again = import_discogs(BRING, begin(db, settings, Owner(ada)))

    assert (first["added"], first["changed"], first["same"]) == (640, 0, 0)
    assert (again["added"], again["changed"], again["same"]) == (0, 0, 640)
    assert copies_of(db) == before
    assert ("Reading the collection at Discogs", 600, 640) in run.said


def test_copies_of_one_release_added_at_once_are_as_many_records(
    db: Database, discogs: FakeDiscogs, settings: Settings, run: Listening, ada: int
) -> None:
    discogs.has("vinyl_ada", [row_of(discogs)] * 130)  # over the edge of a page

    assert import_discogs(BRING, run)["added"] == 130
    assert import_discogs(BRING, begin(db, settings, Owner(ada)))["added"] == 0


def test_looking_changes_nothing_and_tells_the_truth(
    db: Database, discogs: FakeDiscogs, settings: Settings, run: Listening, ada: int
) -> None:
    discogs.has("vinyl_ada", [*rows(discogs, 150), {"odd": 1}])

    looked = import_discogs(LOOK, run)

    assert (count(db), count(db, ShelfImport), covers_ordered(db)) == (0, 0, [])
    assert (looked["added"], looked["skipped"], looked["dry_run"]) == (150, 1, True)
    brought = import_discogs(BRING, begin(db, settings, Owner(ada)))
    told = ("added", "changed", "same", "skipped", "problems", "parts")
    assert {name: looked[name] for name in told} == {name: brought[name] for name in told}
    assert "1 copy is not understood" in brought["problems"][0]


class Impatient(Listening):
    """Cancels once so many copies have been read."""

    def report(self, msg: str, done: int | None = None, of: int | None = None) -> None:
        super().report(msg, done, of)
        if done == self.cancel_at:
            raise Cancelled


@pytest.mark.parametrize("page", [1, 2, 3])
def test_an_import_that_was_cut_short_goes_on_where_it_was(
    db: Database, discogs: FakeDiscogs, run: Listening, page: int
) -> None:
    discogs.has("vinyl_ada", rows(discogs, 350))
    impatient = Impatient(db, run.settings, run.task)
    impatient.cancel_at = 100 * page
    with pytest.raises(Cancelled):
        import_discogs(BRING, impatient)
    there, asked = count(db), len(discogs.requests)

    result = import_discogs(BRING, run)

    pages = [asked.query["page"] for asked in discogs.requests[asked:] if "page" in asked.query]
    assert (there, count(db)) == (100 * page, 350)
    # The page before once more, for the keys of its copies.
    assert pages == [str(number) for number in range(page, 5)]
    assert (result["added"], result["changed"], result["same"]) == (350, 0, 0)


def started(settings: Settings) -> subprocess.Popen[bytes]:
    """Start the real worker, with this Discogs."""
    own = {name: said for name, said in os.environ.items() if not name.startswith("NEEDLEDROP_")}
    own |= {
        "NEEDLEDROP_DATA": str(settings.data),
        "NEEDLEDROP_DISCOGS_API_URL": settings.discogs_api_url,
        "NEEDLEDROP_DISCOGS_IMAGE_URL": settings.discogs_image_url,
    }
    return subprocess.Popen([sys.executable, "worker.py"], cwd=ROOT, env=own)


def test_a_worker_that_is_killed_costs_no_page_twice(
    db: Database, discogs: FakeDiscogs, settings: Settings, ada: int, wait_for: WaitFor
) -> None:
    give(db, settings, ada, "token")
    discogs.has("vinyl_ada", rows(discogs, 350))
    discogs.slow(60, path_prefix=PAGE.format(3))
    with db.writing() as session:
        task = tasks.enqueue(session, "import_discogs", BRING, owner=Owner(ada), lane=tasks.LONG)
    first = started(settings)
    try:
        wait_until(lambda: count(db) == 200)
        # Its runners go with it.
        first.kill()
        first.wait()
        discogs.behaves()
        asked = len(discogs.requests)
        second = started(settings)
        try:
            wait_for(task.id, "COMPLETE")
        finally:
            second.terminate()
            second.wait(timeout=90)
    finally:
        first.kill()

    pages = [one.query["page"] for one in discogs.requests[asked:] if "page" in one.query]
    assert pages == ["2", "3", "4"]
    with db.reading() as session:
        booked = list(session.scalars(select(CreditTransaction.kind)))
    assert count(db) == booked.count("Initial Load") == 350


def wait_until(holds: Callable[[], bool], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it does not come about"
        time.sleep(0.02)


def test_asked_too_often_it_goes_on_once_it_may(
    db: Database, discogs: FakeDiscogs, run: Listening
) -> None:
    discogs.has("vinyl_ada", rows(discogs, 250))
    discogs.answers(429, {"Retry-After": "31"}, times=1, path_prefix=PAGE.format(2))

    with pytest.raises(RemoteError) as raised:
        import_discogs(BRING, run)

    assert (raised.value.retry_after, count(db)) == (31, 100)
    assert import_discogs(BRING, run)["added"] == 250
    assert count(db) == count(db, CreditTransaction) == 250


FAULTS: dict[str, Callable[[FakeDiscogs, str], None]] = {
    "a page": lambda fake, at: fake.html(path_prefix=at),
    "half of it": lambda fake, at: fake.truncates(path_prefix=at),
    "trouble": lambda fake, at: fake.answers(500, {"Retry-After": "9"}, path_prefix=at),
    "too often": lambda fake, at: fake.answers(429, path_prefix=at),
    "a flood": lambda fake, at: fake.floods(path_prefix=at),
    "no entry": lambda fake, at: fake.answers(401, path_prefix=at),
    "another shape": lambda fake, at: fake.answers(200, {}, b'{"releases": 7}', path_prefix=at),
    "elsewhere": lambda fake, at: fake.redirects_to("http://127.0.0.1:9/", path_prefix=at),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_of_a_page_that_goes_wrong_nothing_is_kept_and_all_before_it(
    db: Database, discogs: FakeDiscogs, run: Listening, fault: str
) -> None:
    discogs.has("vinyl_ada", rows(discogs, 150))
    FAULTS[fault](discogs, PAGE.format(2))

    with pytest.raises(RemoteError) as raised:
        import_discogs(BRING, run)

    assert str(raised.value).endswith(".")
    assert count(db) == 100
    discogs.behaves()
    assert import_discogs(BRING, run)["added"] == 150


def test_an_endless_number_of_pages_comes_to_an_end(discogs: FakeDiscogs, run: Listening) -> None:
    body = b'{"pagination": {"pages": 999999999, "items": 5}, "releases": []}'
    discogs.answers(200, {}, body, path_prefix="/users/vinyl_ada/collection/folders/0")

    assert import_discogs(BRING, run)["added"] == 0
    assert len(discogs.requests) == 4


def test_what_was_corrected_here_stays_and_what_changed_there_follows(
    db: Database, discogs: FakeDiscogs, settings: Settings, run: Listening, ada: int
) -> None:
    discogs.has("vinyl_ada", [row_of(discogs, rating=2, folder_id=1)])
    import_discogs(BRING, run)
    with db.writing() as session:
        record = session.scalars(select(Record)).one()
        record.title = "As it is called here"
        record.colour = "green"
    discogs.has("vinyl_ada", [row_of(discogs, rating=5, folder_id=2)])

    result = import_discogs(BRING, begin(db, settings, Owner(ada)))

    copy = copies_of(db)[0]
    assert result["changed"] == 1
    assert (copy["title"], copy["colour"]) == ("As it is called here", "green")
    assert copy["folder"] == "Living room"
    assert [rating["value"] for rating in copy["ratings"]] == [4, 10]


def test_the_covers_are_looked_for_afterwards(
    db: Database, discogs: FakeDiscogs, run: Listening
) -> None:
    discogs.has("vinyl_ada", rows(discogs, 3))

    import_discogs(BRING, run)
    assert covers_ordered(db) == []
    run.finish()

    assert covers_ordered(db) == [{"record_ids": None}]


def export_of(made: list[dict[str, Any]]) -> bytes:
    """Return these copies as Discogs exports them."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(
        ["Catalog#", "Artist", "Title", "Label", "Format", "Rating", "Released", "release_id",
         "CollectionFolder", "Date Added", "Collection Media Condition",
         "Collection Sleeve Condition", "Collection Notes"]
    )  # fmt: skip
    folder_names = {1: "Uncategorized", 2: "Living room"}
    for row in made:
        release = row["basic_information"]
        notes = {note["field_id"]: note["value"] for note in row["notes"]}
        label, one = release["labels"][0], release["formats"][0]
        table.writerow(
            [label["catno"], ", ".join(artist["name"] for artist in release["artists"]),
             release["title"], label["name"], ", ".join([one["name"], *one["descriptions"]]),
             row["rating"] or "", release["year"], release["id"], folder_names[row["folder_id"]],
             row["date_added"][:19].replace("T", " "), *(notes.get(n, "") for n in (1, 2, 3))]
        )  # fmt: skip
    return out.getvalue().encode()


def import_csv(run: Listening, content: bytes) -> dict[str, Any]:
    (run.settings.uploads / "x.upload").write_bytes(content)
    return import_records({"upload": "x.upload", "file_name": "x.csv", "dry_run": False}, run)


def test_a_collection_that_came_as_a_file_is_the_same_one(
    db: Database, discogs: FakeDiscogs, settings: Settings, run: Listening, ada: int
) -> None:
    made = [*rows(discogs, 120), row_of(discogs)]
    discogs.has("vinyl_ada", made)
    assert import_csv(begin(db, settings, Owner(ada)), export_of(made))["added"] == 121

    result = import_discogs(BRING, run)

    assert result["added"] == 0 and count(db) == 121
    # They have learned their genres and where their covers are, and nothing else.
    assert {copy["genre"] for copy in copies_of(db)} >= {"Rock"}
    assert "Not known" not in {copy["genre"] for copy in copies_of(db)}


def test_a_file_of_a_collection_that_came_from_discogs_changes_nothing(
    db: Database, discogs: FakeDiscogs, settings: Settings, run: Listening, ada: int
) -> None:
    made = [*rows(discogs, 120), row_of(discogs)]
    discogs.has("vinyl_ada", made)
    import_discogs(BRING, run)
    before = copies_of(db)

    result = import_csv(begin(db, settings, Owner(ada)), export_of(made))

    assert (result["added"], result["changed"]) == (0, 0)
    assert copies_of(db) == before


# A release


def search(**said: Any) -> dict[str, Any]:
    usual = {"words": "", "barcode": "", "artist": "", "title": "", "year": None, "medium": ""}
    return {"record_id": None} | usual | said


def test_what_was_found_is_in_the_result(run: Listening) -> None:
    link_discogs({}, run)

    result = find_releases(search(words="ege bamyasi", medium="Vinyl"), run)

    assert [one["discogs_id"] for one in result["found"]] == [CAN.id]
    assert result["result_url"] == f"/shelf/releases?found={run.task.public_id}"


@pytest.mark.parametrize("is_refused", [False, True])
def test_the_households_token_serves_who_has_none(
    db: Database, settings: Settings, ada: int, *, is_refused: bool
) -> None:
    token = SecretStr("refused" if is_refused else "token")
    shared = settings.model_copy(update={"discogs_token": token})
    run = begin(db, shared, Owner(ada))

    if is_refused:
        with pytest.raises(BadToken):
            find_releases(search(words="can"), run)
    else:
        assert find_releases(search(words="can"), run)["found"]


def test_a_token_that_nobody_has_tried_is_no_token_to_search_with(
    db: Database, settings: Settings, ada: int
) -> None:
    give(db, settings, ada, "mistyped")
    shared = settings.model_copy(update={"discogs_token": SecretStr("token")})

    assert find_releases(search(words="can"), begin(db, shared, Owner(ada)))["found"]


def test_without_any_token_nothing_is_asked(
    db: Database, settings: Settings, discogs: FakeDiscogs, ada: int
) -> None:
    with pytest.raises(Conflict):
        find_releases(search(words="can"), begin(db, settings, Owner(ada)))

    assert discogs.requests == []


def have(db: Database, person_id: int, **said: Any) -> int:
    with db.writing() as session:
        return factories.record(session, session.get_one(Person, person_id), CAN.title, **said)


def test_a_release_that_was_chosen_brings_songs_and_a_cover(
    db: Database, run: Listening, ada: int
) -> None:
    record_id = have(db, ada)
    link_discogs({}, run)

    result = link_release({"record_id": record_id, "discogs_id": CAN.id}, run)
    assert copies_of(db)[0]["discogs_id"] is None
    run.finish()

    copy = copies_of(db)[0]
    assert result == {
        "record": record_id, "songs": len(CAN.songs), "result_url": f"/shelf/{record_id}",
    }  # fmt: skip
    assert copy["discogs_id"] == CAN.id
    assert [song["title"] for song in copy["songs"]] == list(CAN.songs)
    assert str(copy["barcode"]).startswith("4000")
    assert covers_ordered(db) == [{"record_ids": [record_id]}]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_release_that_goes_wrong_changes_nothing(
    db: Database, discogs: FakeDiscogs, run: Listening, ada: int, fault: str
) -> None:
    record_id = have(db, ada)
    link_discogs({}, run)
    before = copies_of(db)
    FAULTS[fault](discogs, "/releases/")

    with pytest.raises(RemoteError):
        link_release({"record_id": record_id, "discogs_id": CAN.id}, run)
    run.finish()

    assert copies_of(db) == before and count(db, Song) == 0


def test_a_release_that_is_none_is_told(db: Database, run: Listening, ada: int) -> None:
    record_id = have(db, ada)
    link_discogs({}, run)

    with pytest.raises(NoSuchRelease):
        link_release({"record_id": record_id, "discogs_id": 1}, run)


def test_a_record_that_is_gone_has_no_release(run: Listening) -> None:
    with pytest.raises(NotFound):
        link_release({"record_id": 77, "discogs_id": CAN.id}, run)
    with pytest.raises(NotFound):
        find_releases(search(words="can", record_id=77), run)
