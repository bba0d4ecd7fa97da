"""Files in a store that speaks S3, seen from two hosts; and the folder that does without one."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from clients.s3 import S3
from clients.stores import store_of
from core import clock, kept_exports
from core.errors import CannotStart, WrongFolder
from core.folders import make
from core.settings import ROOT, Settings
from core.store import FOLDER, Kept, StoreAway
from database import house
from database.engine import Database
from tests.s3_server import BUCKET, OTHER_BUCKET, S3Server
from tests.store_host import Host
from worker_jobs.files import published

_SECONDS = 60.0


@pytest.fixture
def one(s3: S3Server, tmp_path: Path) -> Host:
    return Host(tmp_path / "one", **s3.settings())


@pytest.fixture
def other(s3: S3Server, tmp_path: Path) -> Host:
    return Host(tmp_path / "other", **s3.settings())


@pytest.mark.parametrize("content", [b"", b"a sleeve", os.urandom(3_000_000)], ids=len)
def test_what_one_host_keeps_another_opens(
    one: Host, other: Host, s3: S3Server, content: bytes
) -> None:
    one.write("pictures/abc.1.jpg", content)

    there = other.path("pictures/abc.1.jpg")
    assert s3.objects() == {"pictures/abc.1.jpg"}
    assert other.store.has(there) and not there.exists()
    assert other.store.fetch(there)
    assert there.read_bytes() == content
    assert [path.name for path in there.parent.iterdir()] == ["abc.1.jpg"]


def test_what_is_nowhere_is_not_there(one: Host) -> None:
    path = one.path("covers/none.jpg")

    assert not one.store.has(path)
    assert not one.store.fetch(path)
    assert not one.store.renew(path)
    one.store.forget(path)
    assert list(path.parent.iterdir()) == []


def test_what_is_forgotten_is_gone_for_all(one: Host, other: Host, s3: S3Server) -> None:
    path = one.write("uploads/a.upload", b"a file")
    assert other.store.fetch(other.path("uploads/a.upload"))

    other.store.forget(other.path("uploads/a.upload"))

    assert s3.objects() == set()
    assert not other.path("uploads/a.upload").exists()
    # What is left here is a copy, and no file: who asks the store is told so.
    assert not one.store.has(path)
    assert one.store.read(path) is None


def test_what_is_given_up_here_stays_in_the_store(one: Host, s3: S3Server) -> None:
    path = one.write("uploads/a.upload", b"a file")

    one.store.release(path)

    # Somebody may have been told just now that it is here.
    sweep(one, s3)
    assert path.exists()
    one.store.release(path)
    grow_older(path, clock.HOUR)
    sweep(one, s3)
    assert not path.exists()
    assert "uploads/a.upload" in s3.objects()
    assert one.store.fetch(path) and path.read_bytes() == b"a file"
    one.store.release(other := one.path("uploads/none.upload"))
    assert not other.exists()


def test_what_is_given_up_and_asked_for_again_stays(one: Host, s3: S3Server) -> None:
    path = one.write("uploads/a.upload", b"a file")
    one.store.release(path)

    assert one.store.fetch(path)

    grow_older(path, clock.HOUR)
    sweep(one, s3)
    assert path.exists()


def test_a_copy_that_is_believed_is_not_asked_for(one: Host, s3: S3Server) -> None:
    path = one.write("covers/a.jpg", b"a cover")
    s3.stop()

    assert one.store.fetch(path)
    with pytest.raises(StoreAway):
        one.store.read(path)
    assert path.read_bytes() == b"a cover"


def test_all_are_listed_also_those_on_the_second_page(one: Host, other: Host, s3: S3Server) -> None:
    before = clock.now()
    one.write("posters/a.jpg", b"12345")
    one.write("pictures/a.jpg", b"123")
    s3.fill("covers", 1_100)

    (kept,) = other.store.listed(other.settings.own_posters).values()
    assert kept.size == 5
    assert before - clock.SECOND <= kept.at <= clock.now()
    covers = other.store.listed(other.settings.covers)
    assert len(covers) == 1_100
    assert {path.parent for path in covers} == {other.settings.covers}
    assert other.store.listed(other.settings.uploads) == {}


def test_what_is_not_ours_is_not_listed(one: Host, s3: S3Server) -> None:
    one.write("covers/a.jpg", b"a cover")
    # What a console makes for a folder, and what people call files.
    for name in ("covers/", "covers/our cat.jpg", "covers/.hidden"):
        s3.put(name, like="covers/a.jpg")

    assert set(one.store.listed(one.settings.covers)) == {one.path("covers/a.jpg")}


def test_an_export_that_another_host_deleted_is_gone(one: Host, other: Host) -> None:
    name = f"{kept_exports.stamp(clock.now())}.zip"
    for host in (one, other):
        kept_exports.folder_of(host.settings.exports, 7).mkdir()
    path = one.write(f"exports/7/{name}", b"a zip")
    assert kept_exports.find(other.store, other.settings.exports, 7, name)

    one.store.forget(path)

    assert kept_exports.find(other.store, other.settings.exports, 7, name) is None


def test_what_is_renewed_is_young_again(one: Host, other: Host, s3: S3Server) -> None:
    path = one.write("covers/a.jpg", b"a cover")
    s3.make_old("covers/a.jpg")
    there = other.path("covers/a.jpg")
    assert other.store.listed(there.parent)[there].at < clock.now() - clock.DAY

    assert one.store.renew(path)

    assert other.store.listed(there.parent)[there].at > clock.now() - clock.HOUR


def test_many_threads_share_it(one: Host, other: Host) -> None:
    names = [f"covers/{number}.jpg" for number in range(24)]
    for name in names:
        one.write(name, name.encode() * 1_000)
    found: list[bool] = []

    def fetch(name: str) -> None:
        found.append(other.store.fetch(other.path(name)))

    # Each twice at the same time.
    started = [threading.Thread(target=fetch, args=(name,)) for name in names * 2]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()

    assert found == [True] * 48
    assert {path.name for path in other.settings.covers.iterdir()} == {
        name.removeprefix("covers/") for name in names
    }
    assert all(other.path(name).read_bytes() == name.encode() * 1_000 for name in names)


def test_a_file_that_is_published_is_there_for_others(one: Host, other: Host, s3: S3Server) -> None:
    with published(one.store, one.path("pictures/a.jpg")) as out:
        out.write(b"a picture")

    assert one.path("pictures/a.jpg").read_bytes() == b"a picture"
    assert other.store.fetch(other.path("pictures/a.jpg"))
    assert s3.objects() == {"pictures/a.jpg"}


def grow_older(path: Path, by: int) -> None:
    at = path.stat().st_mtime - by / clock.SECOND
    os.utime(path, (at, at))


def sweep(host: Host, s3: S3Server) -> None:
    """Have a host look for what nobody asked for, as it does in a process that begins later."""
    host.write("house", b"an id\n")
    swept = host.settings.running / "swept"
    if swept.exists():
        grow_older(swept, 2 * clock.HOUR)
    S3(host.settings, _SECONDS).fetch(host.path("covers/none.jpg"))
    assert "house" in s3.objects()


def test_what_nobody_asked_for_in_a_week_lies_here_no_longer(one: Host, s3: S3Server) -> None:
    old, asked_for = (one.write(f"covers/{name}.jpg", b"a cover") for name in ("old", "asked"))
    for path in (old, asked_for):
        grow_older(path, 8 * clock.DAY)

    assert one.store.fetch(asked_for)
    sweep(one, s3)

    assert asked_for.exists() and not old.exists()
    assert s3.objects() == {"covers/old.jpg", "covers/asked.jpg", "house"}
    assert one.store.fetch(old)
    # Not again within the hour, whichever process asks.
    grow_older(old, 8 * clock.DAY)
    assert not S3(one.settings, _SECONDS).fetch(one.path("covers/none.jpg"))
    assert old.exists()


def test_what_was_not_yet_brought_to_the_store_stays(one: Host, s3: S3Server) -> None:
    """A house that was told of a store, and whose folder nobody copied there."""
    only_here = one.path("posters/own.jpg")
    only_here.write_bytes(b"the only one")
    grow_older(only_here, 30 * clock.DAY)

    assert not one.store.fetch(one.path("covers/none.jpg"))
    one.write("pictures/a.jpg", b"a picture")

    assert only_here.exists()
    assert s3.objects() == {"pictures/a.jpg"}


def test_the_folder_alone_has_no_more_to_do(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    make(settings)
    path = settings.exports / "7" / "a.zip"
    path.parent.mkdir()
    path.write_bytes(b"zip")
    store = store_of(settings, _SECONDS)

    assert store is FOLDER
    store.keep(path, path)
    store.release(path)
    assert store.fetch(path) and store.has(path) and store.read(path) == path.read_bytes()
    os.utime(path, (1, 1))
    assert store.listed(settings.exports) == {path: Kept(3, 1_000)}
    assert store.renew(path)
    assert store.listed(settings.exports)[path].at > clock.now() - clock.HOUR
    store.forget(path)
    store.forget(path)
    assert not store.fetch(path) and not store.has(path) and not store.renew(path)


@pytest.mark.parametrize("has_store", [False, True])
def test_nothing_is_loaded_before_it_is_asked(tmp_path: Path, *, has_store: bool) -> None:
    """Pages load what asks a store with the first file that is not here."""
    program = (
        "import sys; from webapp import create_app; from webapp.database import store\n"
        "with create_app().app_context(): has = (store() if len(sys.argv) > 1 else None)\n"
        "print(sorted({'requests', 'lxml', 'requests_aws4auth'} & set(sys.modules)))"
    )
    named = S3Server.keys() | {"store_url": "s3+http://127.0.0.1:9/house"} if has_store else {}
    kept = {name: said for name, said in os.environ.items() if name[:11] != "NEEDLEDROP_"}
    given = {f"NEEDLEDROP_{name.upper()}": said for name, said in named.items()}
    own = kept | given | {"NEEDLEDROP_DATA": str(tmp_path)}

    def loaded(*said: str) -> str:
        command = [sys.executable, "-c", program, *said]
        done = subprocess.run(
            command, env=own, cwd=ROOT, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    assert loaded() == "[]"
    assert loaded("first file") == ("['requests', 'requests_aws4auth']" if has_store else "[]")


def test_a_house_and_its_bucket_bear_one_id(
    db: Database, one: Host, other: Host, s3: S3Server, tmp_path: Path
) -> None:
    house.settle(db, one.settings.data, one.store)
    house.settle(db, other.settings.data, other.store)
    known = one.path("house").read_bytes()

    assert s3.objects() == {"house"}
    assert other.path("house").read_bytes() == known
    # The bucket of another house, though this host remembers the right id.
    empty = s3.settings() | {"store_url": s3.url.replace(BUCKET, OTHER_BUCKET)}
    elsewhere = Host(tmp_path / "one", **empty)
    with pytest.raises(WrongFolder, match="NEEDLEDROP_STORE_URL"):
        house.check(db, elsewhere.settings.data, elsewhere.store)
    with pytest.raises(CannotStart, match="object house"):
        house.settle(db, elsewhere.settings.data, elsewhere.store)
    assert s3.objects(OTHER_BUCKET) == set()
    # A setting that is wrong has changed nothing.
    assert one.path("house").read_bytes() == known
    house.settle(db, one.settings.data, one.store)
    # What a host remembers is put right once it is known whose store it is.
    other.path("house").write_text("another\n")
    house.settle(db, other.settings.data, other.store)
    assert other.path("house").read_bytes() == known


def test_a_bucket_of_another_house_lets_nothing_go_that_lies_here(
    one: Host, other: Host, s3: S3Server
) -> None:
    """A house whose folder is its own, and that was told of somebody else's store."""
    other.write("house", b"another\n")
    one.path("house").write_text("mine\n")
    only_here = one.path("posters/own.jpg")
    only_here.write_bytes(b"the only one")
    grow_older(only_here, 30 * clock.DAY)

    assert not one.store.fetch(one.path("covers/none.jpg"))

    assert only_here.exists()
    assert s3.objects() == {"house"}


def test_a_new_database_does_not_take_the_bucket_of_another(
    db: Database, one: Host, s3: S3Server
) -> None:
    one.write("pictures/a.jpg", b"a picture")
    one.write("house", b"another\n")

    with pytest.raises(CannotStart, match="holds the pictures of another database"):
        house.settle(db, one.settings.data, one.store)

    assert s3.objects() == {"pictures/a.jpg", "house"}
