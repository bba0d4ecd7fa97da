"""Which dumps there are, on both databases."""

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from core.dump_files import ARTISTS, MASTERS, RELEASES
from core.errors import Conflict, NotFound
from database import dumps, schedules
from database.dumps import Noticed, Wanted
from database.engine import Database
from database.models import CrateImport, Dump, Schedule, Task
from database.owner import HOUSE
from database.schedules import Plan
from tests import factories

VERSION = "20261001"
SUM, OTHER = "a" * 64, "b" * 64


def noticed(
    kind: str = RELEASES, sha256: str | None = SUM, *, version: str = VERSION, size: int = 11_300
) -> Noticed:
    return Noticed(version, kind, f"https://data.example/{version}/{kind}", size, sha256)


def row(session: Session, kind: str = RELEASES) -> Dump:
    session.expire_all()
    return next(one for one in dumps.listed(session) if one.kind == kind)


def fetched(session: Session) -> Dump:
    dumps.notice(session, [noticed()])
    found = row(session)
    dumps.begun(session, found, size=11_304, etag='"one"')
    dumps.fetched(session, found, path="dumps/x.xml.gz", size=11_304)
    return row(session)


def test_a_dump_is_complete_once_its_checksums_are_there(session: Session) -> None:
    dumps.notice(session, [noticed(sha256=None)])
    assert dumps.newest_complete(dumps.listed(session)) is None
    with pytest.raises(Conflict, match="has no releases yet"):
        dumps.ask_fetch(session, HOUSE, VERSION, Wanted())

    dumps.notice(session, [noticed(), noticed(MASTERS, None, version="20261102")])

    assert dumps.newest_complete(dumps.listed(session)) == VERSION
    assert [one.sha256 for one in dumps.of_version(session, VERSION, [RELEASES])] == [SUM]
    with pytest.raises(NotFound):
        dumps.of_version(session, "20200101", [RELEASES])


def test_looking_again_changes_nothing_of_what_was_fetched(session: Session) -> None:
    before = fetched(session)

    dumps.notice(session, [noticed(size=11_000)])

    after = row(session)
    assert (after.id, after.path, after.size, after.etag) == (
        before.id, "dumps/x.xml.gz", 11_304, '"one"',
    )  # fmt: skip


def test_a_file_with_another_checksum_counts_as_one_of_which_nothing_has_come(
    session: Session,
) -> None:
    fetched(session)

    dumps.notice(session, [noticed(sha256=OTHER, size=12_000)])

    after = row(session)
    assert (after.sha256, after.path, after.bytes_done, after.etag) == (OTHER, None, 0, None)
    assert after.fetched_at is None and after.size == 12_000


def test_what_is_listed_no_more_is_forgotten_unless_it_is_here(session: Session) -> None:
    fetched(session)
    dumps.notice(session, [noticed(), noticed(ARTISTS)])

    dumps.notice(session, [noticed(version="20261102")])

    assert [(one.version, one.kind) for one in dumps.listed(session)] == [
        ("20261102", RELEASES),
        (VERSION, RELEASES),
    ]
    assert [one.version for one in dumps.kept(session)] == [VERSION]


def test_a_problem_keeps_a_dump_from_being_fetched_by_itself(session: Session) -> None:
    dumps.notice(session, [noticed()])
    assert dumps.is_new_to_us(session, VERSION)

    dumps.failed(session, row(session), "another checksum")
    assert not dumps.is_new_to_us(session, VERSION)

    dumps.notice(session, [noticed(sha256=OTHER)])
    assert dumps.is_new_to_us(session, VERSION)


def test_only_what_is_newer_than_the_crate_is_new(session: Session) -> None:
    dumps.notice(session, [noticed()])
    for public_id, version, name in (("a", "20260901", "a"), ("b", VERSION, None)):
        session.add(
            CrateImport(
                public_id=public_id, version=version, scope="videos", name=name, created_at=1
            )
        )
    session.flush()
    assert dumps.imported_version(session) == "20260901"
    assert dumps.is_new_to_us(session, VERSION)

    session.add(CrateImport(public_id="c", version=VERSION, scope="all", name="c", created_at=2))
    session.flush()

    assert not dumps.is_new_to_us(session, VERSION)
    last = dumps.last_import(session)
    assert last is not None and (last.public_id, last.counts, last.problems) == ("c", None, [])


def test_two_who_ask_for_a_dump_get_one_task_and_one_import_follows(session: Session) -> None:
    dumps.notice(session, [noticed()])
    person = factories.person(session, "ana")
    assert person.id

    first = dumps.ask_fetch(session, HOUSE, VERSION, Wanted(scope="all"))
    again = dumps.ask_fetch(session, HOUSE, VERSION, Wanted())
    files = {RELEASES: "/x.xml.gz"}
    made = dumps.ask_import(session, HOUSE, files=files, version=VERSION, wanted=Wanted())
    twice = dumps.ask_import(session, HOUSE, files=files, version=VERSION, wanted=Wanted())

    assert first.public_id == again.public_id and not again.is_new
    assert made.public_id == twice.public_id
    assert {one.action for one in dumps.open_tasks(session)} == {dumps.FETCH, dumps.IMPORT}
    assert session.get_one(Task, made.id).lock_key == session.get_one(Task, first.id).lock_key


def test_nothing_comes_by_itself_until_somebody_says_so(session: Session) -> None:
    with pytest.raises(NotFound):
        dumps.set_daily(session, Wanted(), is_on=True)
    plan = Plan(dumps.DAILY, dumps.LOOK, "daily 06:17", is_on=False)
    schedules.set_up(session, [plan], "UTC")
    assert dumps.daily(session) == (False, Wanted())
    assert not session.get_one(Schedule, dumps.DAILY).is_enabled

    wanted = Wanted(scope="all", more=(ARTISTS, MASTERS), barcodes=True)
    dumps.set_daily(session, wanted, is_on=True)
    schedules.set_up(session, [plan], "UTC")

    session.expire_all()
    assert dumps.daily(session) == (True, wanted)
    assert wanted.kinds == (MASTERS, ARTISTS, RELEASES)
    dumps.set_daily(session, wanted, is_on=False)
    session.expire_all()
    assert dumps.daily(session) == (False, wanted)


@pytest.mark.parametrize("said", [{"scope": "some"}, {"more": ["covers"]}])
def test_only_what_there_is_may_be_wanted(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Wanted.model_validate(said)


def test_a_crate_takes_room_of_the_folder_of_data_only_where_it_is_a_file(db: Database) -> None:
    assert (dumps.room_here(db, 1_000_000, "all") > 0) == db.is_sqlite


def test_what_is_still_to_come_counts_where_nobody_has_told_its_size(session: Session) -> None:
    dumps.notice(session, [noticed(), noticed(MASTERS)._replace(size=None)])
    assert dumps.to_come([row(session)]) == 11_300
    assert dumps.to_come([row(session, MASTERS)]) > 500_000_000

    dumps.came(session, row(session), 1_300)
    assert dumps.to_come([row(session)]) == 10_000

    assert dumps.to_come([fetched(session)]) == 0


def test_what_is_kept_of_a_file_is_not_kept_of_another_listed_in_its_place(
    session: Session,
) -> None:
    dumps.notice(session, [noticed()])
    before = row(session)
    session.expunge(before)
    dumps.notice(session, [noticed(sha256=OTHER)])

    dumps.begun(session, before, size=1, etag='"one"')
    dumps.came(session, before, 1)
    dumps.fetched(session, before, path="dumps/x.xml.gz", size=1)
    dumps.failed(session, before, "another checksum")

    after = row(session)
    assert (after.size, after.etag, after.bytes_done, after.path, after.problem) == (
        11_300, None, 0, None, None,
    )  # fmt: skip


def test_what_was_begun_is_not_forgotten_though_nothing_is_noted_of_it(session: Session) -> None:
    dumps.notice(session, [noticed()])
    dumps.begun(session, row(session), size=11_304, etag='"one"')

    dumps.notice(session, [noticed(version="20261102")])

    assert [one.version for one in dumps.kept(session)] == [VERSION]


def test_the_import_that_ended_last_serves(session: Session) -> None:
    for public_id, name, finished_at in (("a", "a", 9), ("b", "b", 5), ("c", None, None)):
        session.add(
            CrateImport(
                public_id=public_id, version=VERSION, scope="all", name=name, created_at=1,
                finished_at=finished_at,
            )
        )  # fmt: skip
    session.flush()

    last, serving = dumps.last_import(session), dumps.serving_import(session)

    assert last is not None and last.public_id == "c"
    assert serving is not None and serving.public_id == "a"


def test_an_import_that_keeps_barcodes_is_another_than_one_that_does_not(session: Session) -> None:
    files = {RELEASES: "/x.xml.gz"}
    asked = [
        dumps.ask_import(
            session, HOUSE, files=files, version=VERSION, wanted=Wanted(barcodes=barcodes)
        )
        for barcodes in (False, True, False)
    ]

    assert [one.is_new for one in asked] == [True, True, False]


def test_sizes_that_nobody_knows_are_the_usual() -> None:
    assert dumps.size_of([], [RELEASES, MASTERS]) > 11_000_000_000
