"""A store that is away, hangs, or refuses: what needs it is told so, and nothing counts as gone."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, as_completed
from pathlib import Path

import pytest

from clients import s3 as s3_module
from clients.stores import store_of
from core.folders import make
from core.settings import Settings
from core.store import Store, StoreAway, drop
from tests.s3_server import S3Server
from tests.store_host import Host
from worker_jobs.files import published


@pytest.fixture
def one(s3: S3Server, tmp_path: Path) -> Host:
    return Host(tmp_path / "one", **s3.settings())


_EVERY_VERB: dict[str, Callable[[Store, Path], object]] = {
    "keep": lambda store, path: store.keep(path, path),
    "fetch": lambda store, path: store.fetch(path.with_name("none.jpg")),
    "read": lambda store, path: store.read(path),
    "has": lambda store, path: store.has(path),
    "renew": lambda store, path: store.renew(path),
    "forget": lambda store, path: store.forget(path),
    "listed": lambda store, path: store.listed(path.parent),
}


@pytest.mark.parametrize("verb", _EVERY_VERB)
def test_while_it_is_away_every_verb_says_so(one: Host, s3: S3Server, verb: str) -> None:
    path = one.write("covers/a.jpg", b"a cover")
    s3.stop()

    for _ in range(2):  # the second one is not even asked
        with pytest.raises(StoreAway, match="does not answer") as caught:
            _EVERY_VERB[verb](one.store, path)
        assert caught.value.retry_after and caught.value.status == 503

    assert path.read_bytes() == b"a cover"


@pytest.mark.parametrize("verb", _EVERY_VERB)
def test_with_another_key_every_verb_is_refused(
    one: Host, s3: S3Server, tmp_path: Path, verb: str
) -> None:
    one.write("covers/a.jpg", b"a cover")
    wrong = Host(tmp_path / "one", **s3.settings() | {"store_key_secret": "another"})

    with pytest.raises(StoreAway, match="refuses our key") as caught:
        _EVERY_VERB[verb](wrong.store, wrong.path("covers/a.jpg"))

    assert caught.value.retry_after
    assert s3.objects() == {"covers/a.jpg"}


@pytest.mark.parametrize("verb", ["keep", "fetch", "read", "listed"])
def test_without_its_bucket_nothing_counts_as_gone(
    one: Host, s3: S3Server, tmp_path: Path, verb: str
) -> None:
    one.write("covers/a.jpg", b"a cover")
    lost = Host(tmp_path / "one", **s3.settings() | {"store_url": f"{s3.url}-lost"})

    with pytest.raises(StoreAway):
        _EVERY_VERB[verb](lost.store, lost.path("covers/a.jpg"))

    assert lost.path("covers/a.jpg").exists()


def test_it_is_asked_again_once_it_is_back(
    one: Host, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_module, "_AWAY_SECONDS", 0.0)
    path = one.write("covers/a.jpg", b"a cover")
    s3.stop()
    with pytest.raises(StoreAway):
        one.store.has(path)

    s3.start()

    assert one.store.has(path)


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Something that takes connections, and never answers; who asks it would wait for good."""
    monkeypatch.setattr(s3_module, "_TIMEOUTS", (600.0, 600.0))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60.0)
        yield listening


def ask(store: Store, path: Path) -> Future[bool]:
    """Ask for a file in a thread of its own."""
    found: Future[bool] = Future()

    def run() -> None:
        try:
            found.set_result(store.fetch(path))
        except StoreAway as error:
            found.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return found


def test_where_it_hangs_pages_do_not_all_hang_with_it(
    silent: socket.socket, tmp_path: Path
) -> None:
    url = f"s3+http://127.0.0.1:{silent.getsockname()[1]}/house"
    settings = Settings.model_validate({"data": tmp_path, "store_url": url, **S3Server.keys()})
    make(settings)
    store = store_of(settings, 600.0, is_for_pages=True)

    asked = [ask(store, settings.covers / f"{number}.jpg") for number in range(4)]
    lines = [silent.accept()[0] for _ in range(2)]

    answered = as_completed(asked, 60.0)
    told = [next(answered), next(answered)]
    assert [type(one.exception()) for one in told] == [StoreAway, StoreAway]
    assert sum(one.done() for one in asked) == 2
    for line in lines:
        line.close()


def test_of_one_that_was_away_one_alone_asks_whether_it_is_back(
    silent: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_module, "_AWAY_SECONDS", 0.0)
    url = f"s3+http://127.0.0.1:{silent.getsockname()[1]}/house"
    one = Host(tmp_path, **S3Server.keys() | {"store_url": url})
    (one.settings.running / "swept").touch()
    first = ask(one.store, one.path("covers/a.jpg"))
    silent.accept()[0].close()
    assert isinstance(first.exception(60.0), StoreAway)

    looks = ask(one.store, one.path("covers/a.jpg"))
    line = silent.accept()[0]
    asks = ask(one.store, one.path("covers/b.jpg"))

    assert isinstance(asks.exception(60.0), StoreAway)
    assert not looks.done()
    line.close()
    assert isinstance(looks.exception(60.0), StoreAway)


def test_a_file_that_cannot_be_kept_never_has_its_name(one: Host, s3: S3Server) -> None:
    path = one.path("pictures/a.jpg")
    s3.stop()

    with pytest.raises(StoreAway), published(one.store, path) as out:
        out.write(b"a picture")

    assert list(path.parent.iterdir()) == []


def test_what_came_to_nothing_is_dropped_though_it_is_away(one: Host, s3: S3Server) -> None:
    path = one.write("pictures/a.jpg", b"a picture")
    s3.stop()

    drop(one.store, path)

    assert not path.exists()
