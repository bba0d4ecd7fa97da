"""Dumps are noticed when they are complete, and fetched whole or not at all, over real HTTP."""

import gzip
import hashlib
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core import dump_files, folders, room
from core.dump_files import ARTISTS, MASTERS, RELEASES
from core.errors import Conflict, NoRoom, NotYet, RemoteError
from core.settings import Settings, load
from database import dumps
from database.dumps import Wanted
from database.engine import Database
from database.models import CrateImport, Dump, Task
from database.owner import HOUSE
from fakes.discogs_data import FakeDiscogsData
from tests.worker.listening import Listening, begin
from worker_jobs import downloads
from worker_jobs.dumps import fetch_dump, look_for_dumps
from worker_jobs.run import Cancelled

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

VERSION = "20261001"
NAME = f"discogs_{VERSION}_releases.xml.gz"
NOISE = random.Random(1).randbytes(400_000)
BODY = gzip.compress(b"<releases>\n" + NOISE)


@pytest.fixture
def page() -> Iterator[FakeDiscogsData]:
    with FakeDiscogsData() as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, page: FakeDiscogsData, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    made = load().model_copy(update={"discogs_data_url": page.url})
    folders.make(made)
    return made


@pytest.fixture
def run(db: Database, settings: Settings) -> Listening:
    return begin(db, settings)


@pytest.fixture
def complete(page: FakeDiscogsData, run: Listening) -> FakeDiscogsData:
    """A page with one whole dump, that has been looked at."""
    page.puts(VERSION, RELEASES, BODY)
    page.completes(VERSION)
    look_for_dumps({}, run)
    page.requests.clear()
    return page


def rows(run: Listening) -> list[Dump]:
    with run.db.reading() as session:
        return dumps.listed(session)


def fetch(run: Listening, **wanted: Any) -> dict[str, Any]:
    return fetch_dump({"version": VERSION, **Wanted(**wanted).model_dump(mode="json")}, run)


def imports(run: Listening) -> list[dict[str, Any]]:
    with run.db.reading() as session:
        asked = select(Task.args).where(Task.action == dumps.IMPORT).order_by(Task.id)
        return list(session.scalars(asked))


def there(settings: Settings) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in settings.dumps.iterdir()}


def asked_from(page: FakeDiscogsData) -> list[str | None]:
    """Return from where on each request wanted the releases."""
    start = page.path_of(NAME)
    return [one.headers.get("range") for one in page.requests if one.path.startswith(start)]


def test_the_newest_dump_with_checksums_is_noticed_and_a_later_one_is_coming(
    page: FakeDiscogsData, run: Listening
) -> None:
    page.puts("20251202", RELEASES, b"older")
    page.completes("20251202")
    for kind in (RELEASES, MASTERS):
        page.puts(VERSION, kind, BODY)
    page.completes(VERSION)
    page.puts("20261103", ARTISTS, BODY)

    told = look_for_dumps({}, run)

    assert (told["version"], told["coming"]) == (VERSION, "20261103")
    assert [(row.version, row.kind, row.sha256 is not None) for row in rows(run)] == [
        ("20261103", ARTISTS, False),
        (VERSION, MASTERS, True),
        (VERSION, RELEASES, True),
    ]
    assert {row.sha256 for row in rows(run)} >= {hashlib.sha256(BODY).hexdigest()}


def test_a_month_in_two_halves_is_no_dump_of_releases_until_one_half_has_them(
    page: FakeDiscogsData, run: Listening
) -> None:
    page.puts("20191003", ARTISTS, BODY)
    page.puts("20191003", MASTERS, BODY)
    page.completes("20191003")
    page.puts("20191010", RELEASES, BODY)

    assert look_for_dumps({}, run)["version"] is None

    page.completes("20191010")
    assert look_for_dumps({}, run)["version"] == "20191010"


def test_checksums_that_do_not_name_the_releases_make_no_dump(
    page: FakeDiscogsData, run: Listening
) -> None:
    page.puts("20260901", RELEASES, BODY)
    page.completes("20260901")
    page.puts(VERSION, RELEASES, BODY)
    page.puts(VERSION, MASTERS, BODY)
    page.completes(VERSION, but=[RELEASES])

    assert look_for_dumps({}, run)["version"] == "20260901"


def test_checksums_that_are_announced_but_not_there_make_no_dump(
    page: FakeDiscogsData, run: Listening
) -> None:
    page.puts("20260901", RELEASES, BODY)
    page.completes("20260901")
    page.puts(VERSION, RELEASES, BODY)
    page.completes(VERSION)
    page.answers(404, path_prefix=page.path_of(f"discogs_{VERSION}_CHECKSUM.txt"))

    told = look_for_dumps({}, run)

    assert (told["version"], told["coming"]) == ("20260901", VERSION)


@pytest.mark.parametrize("where", ["/", "/?download="])
def test_a_login_page_is_no_list(page: FakeDiscogsData, run: Listening, where: str) -> None:
    page.puts(VERSION, RELEASES, BODY)
    page.completes(VERSION)
    page.html(path_prefix=where)

    with pytest.raises(RemoteError, match="something else than its dumps") as caught:
        look_for_dumps({}, run)

    assert caught.value.retry_after is not None
    assert rows(run) == []


def test_a_dump_is_fetched_checked_and_handed_to_the_import(
    complete: FakeDiscogsData, run: Listening, settings: Settings
) -> None:
    told = fetch(run, scope="all", barcodes=True)

    assert told["bytes"] == len(BODY)
    assert there(settings) == {NAME: BODY}
    assert imports(run) == []
    run.finish()
    assert imports(run) == [
        {
            "dumps": {RELEASES: str(settings.dumps / NAME)},
            "version": VERSION,
            "scope": "all",
            "barcodes": True,
            "sha256": {RELEASES: hashlib.sha256(BODY).hexdigest()},
            "anyway": False,
        }
    ]
    assert complete.requests[-1].headers["user-agent"].startswith("Needledrop/")
    fetch(run)
    assert len(asked_from(complete)) == 1, "what is there is fetched again"


def test_a_cut_line_goes_on_where_it_was(
    complete: FakeDiscogsData, run: Listening, settings: Settings
) -> None:
    complete.drops(times=2, path_prefix=complete.path_of(NAME))
    for _ in range(2):
        with pytest.raises(NotYet):
            fetch(run)
    done = rows(run)[0].bytes_done
    assert 0 < done < len(BODY)

    fetch(run)

    assert asked_from(complete)[0] is None
    assert asked_from(complete)[-1] == f"bytes={done}-"
    assert there(settings) == {NAME: BODY}


def test_where_nothing_came_a_try_is_used_up(complete: FakeDiscogsData, run: Listening) -> None:
    complete.answers(503, {"Retry-After": "420"}, path_prefix=complete.path_of(NAME))

    with pytest.raises(RemoteError) as caught:
        fetch(run)

    assert not isinstance(caught.value, NotYet)
    assert caught.value.retry_after == 420


def test_a_server_that_cannot_go_on_begins_anew(
    complete: FakeDiscogsData, run: Listening, settings: Settings
) -> None:
    complete.goes_on = False
    complete.drops(times=1, path_prefix=complete.path_of(NAME))
    with pytest.raises(NotYet):
        fetch(run)

    fetch(run)

    assert there(settings) == {NAME: BODY}


@pytest.mark.parametrize("has_tags", [True, False])
def test_a_file_that_is_replaced_in_between_is_fetched_from_its_start_or_thrown_away(
    complete: FakeDiscogsData, run: Listening, settings: Settings, *, has_tags: bool
) -> None:
    complete.has_tags = has_tags
    complete.drops(times=1, path_prefix=complete.path_of(NAME))
    with pytest.raises(NotYet):
        fetch(run)
    other = gzip.compress(b"<releases>\n" + NOISE[::-1])
    complete.puts(VERSION, RELEASES, other)

    with pytest.raises(RemoteError, match="another checksum"):
        fetch(run)
    assert there(settings) == {}

    complete.completes(VERSION)
    look_for_dumps({}, run)
    fetch(run)
    assert there(settings) == {NAME: other}


def test_a_new_checksum_makes_what_has_come_worthless(
    complete: FakeDiscogsData,
    run: Listening,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downloads, "STEP", 100_000)
    complete.drops(times=1, path_prefix=complete.path_of(NAME))
    with pytest.raises(NotYet):
        fetch(run)
    other = gzip.compress(b"<releases>\n" + NOISE[::-1])
    complete.puts(VERSION, RELEASES, other)
    complete.completes(VERSION)
    look_for_dumps({}, run)

    fetch(run)

    assert asked_from(complete)[-1] is None
    assert there(settings) == {NAME: other}


def test_another_file_that_is_listed_while_one_comes_is_not_mixed_with_it(
    complete: FakeDiscogsData,
    run: Listening,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    complete.has_tags = False
    other = gzip.compress(b"<releases>\n" + NOISE[::-1])
    seen = run.report

    def replace(*said: Any) -> None:
        seen(*said)
        complete.puts(VERSION, RELEASES, other)
        complete.completes(VERSION)
        monkeypatch.setattr(run, "report", seen)
        look_for_dumps({}, begin(run.db, settings))
        raise Cancelled

    monkeypatch.setattr(run, "report", replace)
    with pytest.raises(Cancelled):
        fetch(run)

    fetch(run)

    assert asked_from(complete)[-1] is None
    assert there(settings) == {NAME: other}


def test_a_wrong_checksum_is_told_and_not_fetched_again_by_itself(
    complete: FakeDiscogsData, run: Listening, settings: Settings
) -> None:
    complete.completes(VERSION, lies=True)
    look_for_dumps({}, run)

    with pytest.raises(RemoteError, match="thrown away") as caught:
        fetch(run)

    assert caught.value.retry_after is None
    assert there(settings) == {}
    assert "another checksum" in (rows(run)[0].problem or "")
    assert look({"fetch": True}, run) == []


def look(args: dict[str, Any], run: Listening) -> list[dict[str, Any]]:
    """Look as the schedule does; return what is then to be fetched."""
    later = begin(run.db, run.settings, HOUSE)
    look_for_dumps(args, later)
    later.finish()
    with run.db.reading() as session:
        return list(session.scalars(select(Task.args).where(Task.action == dumps.FETCH)))


@pytest.mark.usefixtures("complete")
def test_a_new_dump_is_fetched_by_itself_only_where_somebody_has_asked_for_that(
    run: Listening,
) -> None:
    assert look({}, run) == []

    fetches = look({"fetch": True, "scope": "all", "more": [MASTERS]}, run)

    assert fetches == [{"version": VERSION, "scope": "all", "more": [], "barcodes": False}]


@pytest.mark.usefixtures("complete")
def test_a_dump_that_is_the_crate_already_is_not_fetched_by_itself(run: Listening) -> None:
    with run.db.writing() as session:
        session.add(
            CrateImport(
                public_id="a", version=VERSION, scope="videos", name="a.crate", created_at=1
            )
        )

    assert look({"fetch": True}, run) == []


@pytest.mark.parametrize("kind", ["text/html", "application/gzip"])
def test_an_error_page_is_no_file(
    complete: FakeDiscogsData, run: Listening, settings: Settings, kind: str
) -> None:
    page = b"<html>Attention Required! | Cloudflare</html>"
    complete.answers(200, {"Content-Type": kind}, page, path_prefix=complete.path_of(NAME))

    with pytest.raises(RemoteError, match="something else") as caught:
        fetch(run)

    assert not isinstance(caught.value, NotYet)
    assert rows(run)[0].bytes_done == 0
    complete.behaves()
    fetch(run)
    assert there(settings) == {NAME: BODY}


def test_whoever_cancels_keeps_what_has_come(
    complete: FakeDiscogsData, run: Listening, settings: Settings
) -> None:
    run.cancel_at = len(run.said) + 2
    with pytest.raises(Cancelled):
        fetch(run)
    done = rows(run)[0].bytes_done
    assert 0 < done == len(there(settings)[f"{NAME}.part"])

    fetch(run)

    assert asked_from(complete)[-1] == f"bytes={done}-"
    assert there(settings) == {NAME: BODY}


def test_after_a_kill_only_what_was_synced_is_gone_on_with(
    complete: FakeDiscogsData,
    run: Listening,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downloads, "STEP", 100_000)
    complete.drops(times=1, path_prefix=complete.path_of(NAME))
    with pytest.raises(NotYet):
        fetch(run)
    # As a power cut leaves it: nothing noted of it, and a tail of zeros.
    with run.db.writing() as session:
        dumps.came(session, rows(run)[0], 0)
    part = settings.dumps / f"{NAME}.part"
    part.write_bytes(part.read_bytes()[:150_000] + bytes(20_000))

    fetch(run)

    assert asked_from(complete)[-1] == "bytes=100000-"
    assert there(settings) == {NAME: BODY}


@pytest.mark.usefixtures("complete")
def test_what_is_gone_on_with_was_synced_wherever_it_had_begun(
    run: Listening,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downloads, "STEP", 100_000)
    part, synced = settings.dumps / f"{NAME}.part", list[int]()
    part.write_bytes(BODY[:90_000])
    with run.db.writing() as session:
        dumps.begun(session, rows(run)[0], size=None, etag=None)
        dumps.came(session, rows(run)[0], 90_000)
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(part.stat().st_size))

    with downloads.Part.opened(settings.dumps / NAME) as going_on:
        going_on.go_on(90_000, run)
        for at in range(90_000, 190_000, 1_000):
            going_on.add(BODY[at : at + 1_000])
            assert at < 100_000 or synced[-1] >= 100_000


def test_a_file_that_a_kill_left_whole_is_not_fetched_again(
    complete: FakeDiscogsData, run: Listening, settings: Settings
) -> None:
    (settings.dumps / NAME).write_bytes(BODY)

    fetch(run)

    assert asked_from(complete) == []
    assert rows(run)[0].path == f"dumps/{NAME}"


@pytest.mark.usefixtures("complete")
@pytest.mark.parametrize("then", [None, BODY[:1000], BODY[::-1]])
def test_what_was_fetched_and_went_or_was_damaged_since_comes_again(
    run: Listening, settings: Settings, then: bytes | None
) -> None:
    fetch(run)
    file = settings.dumps / NAME
    if then is None:
        file.unlink()
    else:
        file.write_bytes(then)

    fetch(run)

    assert there(settings) == {NAME: BODY}


@pytest.mark.usefixtures("complete")
def test_room_is_asked_for_again_for_what_was_fetched_and_went_since(
    run: Listening, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(run)
    (settings.dumps / NAME).unlink()
    with run.db.writing() as session:
        dumps.begun(session, rows(run)[0], size=10**18, etag=None)
    monkeypatch.setattr(dump_files, "_MEANWHILE", 0)  # nothing for the crate

    with pytest.raises(Conflict, match="are free"):
        fetch(run)


@pytest.mark.usefixtures("complete")
def test_a_damaged_file_of_that_name_is_replaced(run: Listening, settings: Settings) -> None:
    (settings.dumps / NAME).write_bytes(BODY[:1000])

    fetch(run)

    assert there(settings) == {NAME: BODY}


def test_no_room_is_said_before_anything_is_fetched(
    complete: FakeDiscogsData, run: Listening, settings: Settings
) -> None:
    with run.db.writing() as session:
        dumps.begun(session, rows(run)[0], size=10**18, etag=None)

    with pytest.raises(Conflict, match=r"GB on the disk .* are free"):
        fetch(run)

    assert asked_from(complete) == []
    assert there(settings) == {}


def says_size(page: FakeDiscogsData, size: int) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode()
    page.drips(head + BODY, b"x", path_prefix=page.path_of(NAME))


def test_a_file_far_larger_than_any_was_is_not_begun(
    complete: FakeDiscogsData, run: Listening, settings: Settings
) -> None:
    says_size(complete, 10**12)

    with pytest.raises(RemoteError, match="far larger") as caught:
        fetch(run)

    assert caught.value.retry_after is None
    assert there(settings) == {f"{NAME}.part": b""}


def test_a_file_for_which_there_is_no_room_after_all_is_not_begun(
    complete: FakeDiscogsData,
    run: Listening,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    size = 10_000_000_000  # fewer bytes than such files have, more than are left for them
    says_size(complete, size)
    monkeypatch.setattr(room, "WATERMARK", shutil.disk_usage(settings.dumps).free - size // 2)

    with pytest.raises(NoRoom):
        fetch(run)

    assert there(settings) == {f"{NAME}.part": b""}


def test_a_disk_that_others_fill_stops_the_download_before_it_is_full(
    complete: FakeDiscogsData,
    run: Listening,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downloads, "STEP", 100_000)
    complete.answers(
        200, {"Content-Type": "application/gzip"}, BODY, path_prefix=complete.path_of(NAME)
    )
    seen = run.report

    def fill(*said: Any) -> None:
        seen(*said)
        if said[0].startswith("Fetching"):
            monkeypatch.setattr(room, "WATERMARK", 1 << 60)

    monkeypatch.setattr(run, "report", fill)

    with pytest.raises(NoRoom):
        fetch(run)

    assert 0 < rows(run)[0].bytes_done < len(BODY)


def test_a_file_that_somebody_brought_stays_though_some_of_that_dump_was_fetched(
    complete: FakeDiscogsData, run: Listening, settings: Settings
) -> None:
    complete.drops(times=1, path_prefix=complete.path_of(NAME))
    with pytest.raises(NotYet):
        fetch(run)
    (settings.dumps / NAME).write_bytes(b"brought by somebody")
    newer = complete.puts("20261102", RELEASES, BODY)
    complete.completes("20261102")
    look_for_dumps({}, run)

    fetch_dump({"version": "20261102"}, run)

    assert set(there(settings)) == {newer, NAME}


def test_where_there_is_no_room_all_the_same_nothing_is_deleted_for_it(
    complete: FakeDiscogsData, run: Listening, settings: Settings
) -> None:
    fetch(run)
    complete.puts("20261102", RELEASES, BODY)
    complete.completes("20261102")
    look_for_dumps({}, run)
    with run.db.writing() as session:
        newer = dumps.of_version(session, "20261102", [RELEASES])[0]
        dumps.begun(session, newer, size=10**18, etag=None)

    with pytest.raises(Conflict, match="are free"):
        fetch_dump({"version": "20261102"}, run)

    assert there(settings) == {NAME: BODY}


def test_what_was_fetched_of_an_older_dump_makes_room(
    complete: FakeDiscogsData, run: Listening, settings: Settings
) -> None:
    fetch(run)
    (settings.dumps / "mine.xml.gz").write_bytes(b"brought by somebody")
    newer = complete.puts("20261102", RELEASES, BODY)
    complete.completes("20261102")
    look_for_dumps({}, run)

    fetch_dump({"version": "20261102"}, run)

    assert set(there(settings)) == {newer, "mine.xml.gz"}
    assert {row.version: row.path for row in rows(run)} == {
        "20261102": f"dumps/{newer}",
        VERSION: None,
    }


@pytest.mark.usefixtures("complete")
def test_files_that_are_not_there_cannot_be_asked_for(run: Listening) -> None:
    with pytest.raises(Conflict, match=f"The dump {VERSION} has no masters yet"):
        fetch(run, more=(MASTERS,))
