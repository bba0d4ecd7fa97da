"""What is remembered of the insights: under which key, for how long, and with Redis or without."""

import logging
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import update

from core import clock, counters
from core.settings import ROOT, Settings
from database.models import Listener
from tests.conftest import _free_port, _wait_for_port, missing, remove_progress
from tests.web.conftest import HOME, Visitor, house, member
from tests.web.test_insights import NOON, asked, hear
from webapp import cache, create_app
from webapp.limits import limiter

SECRET = "let it all be forgotten"
_KEY = SecretStr("the key of a test, long enough to be one")
WebProcess = Callable[[str | None], Flask]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"cache_secret": SecretStr(SECRET)})


@pytest.fixture
def web_process(tmp_path: Path) -> Iterator[WebProcess]:
    """Make the app of one more web process of the same house."""
    made: list[Flask] = []

    def make(redis_url: str | None) -> Flask:
        said = {"redis_url": redis_url, "secret_key": _KEY, "cache_secret": SecretStr(SECRET)}
        app = create_app(Settings(data=tmp_path, **said))
        app.config["TESTING"] = True
        made.append(app)
        return app

    yield make
    # The limiter is the module's: the next app begins as the first.
    limiter._storage_dead = limiter._in_memory_fallback_enabled = False
    for app in made:
        house(app).db.close()
        remove_progress(house(app).db)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Redis that a test may kill."""
    program = shutil.which("redis-server")
    if program is None:
        missing("Redis")
        return
    port = _free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path), "--save", ""]
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL) as started:
        _wait_for_port(port)
        yield f"redis://127.0.0.1:{port}/0", started
        started.kill()


def found(who: Visitor, address: str) -> str:
    """Return whether an answer was remembered, "" where it says nothing of that."""
    return who.get(f"/insights/{address}").headers.get("X-Cache", "")


def in_the_same_house(app: Flask, one: Visitor) -> Visitor:
    """Return the same person's browser at another web process."""
    client = app.test_client()
    with one.client.session_transaction() as cookie:
        secret = cookie["sid"]
    with client.session_transaction() as cookie:
        cookie["sid"] = secret
    return Visitor(client, one.id)


def size(who: Visitor) -> int:
    told: int = who.get("/cache/size").get_json()["size"]
    return told


def test_what_is_the_same_question_is_asked_once(alice: Visitor) -> None:
    """Must show 5.5.2: `?limit=10`, none and `?x=1` share an entry."""
    same = ["", "?limit=10", "?limit=", "?x=1", "?limit=10&limit=3", "?limit=010", "?period=all"]

    answers = [found(alice, f"global/top/tracks{asking}") for asking in same]

    assert answers == ["MISS", *["HIT"] * 6]
    assert size(alice) == 1


def test_what_is_not_the_same_question_is_asked_again(alice: Visitor, bob: Visitor) -> None:
    different = [
        "global/top/tracks", "global/top/tracks?limit=11", "global/top/artists",
        f"top/tracks/{alice.id}", f"top/tracks/{bob.id}", "global/top/tracks?since=2025-01-01",
        "global/top/tracks?until=2025-01-01", "global/top/tracks?period=day",
    ]  # fmt: skip

    assert {found(alice, address) for address in different} == {"MISS"}
    assert {found(alice, address) for address in different} == {"HIT"}


def test_equal_moments_share_an_entry_however_they_are_written(alice: Visitor) -> None:
    said = ["2025-11-26", "2025-11-26T00:00", "2025-11-26T01:00%2B01:00", "1764115200"]

    answers = [found(alice, f"global/total/listens?since={one}") for one in said]

    assert answers == ["MISS", "HIT", "HIT", "HIT"]


def test_a_refusal_is_never_remembered(alice: Visitor) -> None:
    """Must show 5.5.2: a 400 is never cached, nor is it told as remembered."""
    for address in ("global/top/tracks?limit=0", "top/tracks/x", "global/total/listens?since=x"):
        assert [found(alice, address) for _ in range(2)] == ["", ""]

    assert size(alice) == 0


def test_junk_cannot_make_it_grow(app: Flask, alice: Visitor) -> None:
    """Must show 5.5.2."""
    for nth in range(1, 30):
        assert found(alice, f"global/total/listens?junk={nth}") == ("MISS" if nth == 1 else "HIT")
        assert found(alice, f"total/listens/{nth + 10_000}") == "MISS"
    assert size(alice) == 1

    with app.test_request_context():
        for nth in range(2 * cache.MOST):
            cache.remembered(("test", nth), list)
        assert cache.size() == cache.MOST


def test_listen_time_is_remembered_in_both_its_forms(app: Flask, alice: Visitor) -> None:
    """Must show 5.5.2: listen-time is cached."""
    hear(app, alice, ms_played=61_000)
    time = "global/total/listen-time"

    assert [found(alice, time), found(alice, f"{time}?as_string=1")] == ["MISS", "HIT"]
    assert asked(alice, f"{time}?as_string=on") == "0d 0h 1m 1s"
    assert asked(alice, time) == 61_000


def test_a_play_is_told_at_once_and_others_answers_stay(
    app: Flask, alice: Visitor, bob: Visitor
) -> None:
    for who in (alice, bob):
        hear(app, who)
        assert asked(alice, f"total/listens/{who.id}") == 1
    assert asked(alice, "global/total/listens") == 2

    hear(app, bob, "Another", at=NOON - clock.DAY)

    assert asked(alice, f"total/listens/{bob.id}") == 2
    assert asked(alice, "global/total/listens") == 3
    assert found(alice, f"total/listens/{alice.id}") == "HIT"


def test_what_somebody_may_not_see_is_not_remembered_for_them(app: Flask, bob: Visitor) -> None:
    carol = member(app, "carol")
    hear(app, carol)
    with house(app).db.writing() as session:
        private = update(Listener).where(Listener.person_id == carol.id)
        session.execute(private.values(is_shared=False))
    assert found(carol, f"total/listens/{carol.id}") == "MISS"

    assert bob.get(f"/insights/total/listens/{carol.id}").status_code == 403
    assert asked(carol, "global/top/listeners") == [{"user_id": carol.id, "count": 1}]
    assert asked(bob, "global/top/listeners") == []


def test_each_answer_leaves_a_line_in_the_log(
    alice: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "webapp.cache")

    for _ in range(2):
        found(alice, "global/total/listens")

    lines = [one.getMessage() for one in caplog.records if one.name == "webapp.cache"]
    assert [line.partition(":")[0] for line in lines] == ["cache miss", "cache hit"]


def test_who_knows_the_secret_clears_it_with_nothing_else(guest: Visitor, alice: Visitor) -> None:
    """Must show 5.5.1: the secret is a setting's; no session, no form's token, no Origin."""
    found(alice, "global/total/listens")
    assert size(alice) == 1

    answer = guest.client.post("/cache/invalidate", headers={"X-Invalidation-Secret": SECRET})

    assert (answer.status_code, answer.get_json()) == (
        200,
        {"status": "success", "message": "Cache has been cleared"},
    )
    assert size(alice) == 0
    assert found(alice, "global/total/listens") == "MISS"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"Origin": HOME},
        {"X-Invalidation-Secret": ""},
        {"X-Invalidation-Secret": "guessed"},
        {"X-Invalidation-Secret": "ü"},
    ],
)
def test_who_does_not_clears_nothing(alice: Visitor, said: dict[str, str]) -> None:
    found(alice, "global/total/listens")

    answer = alice.client.post("/cache/invalidate", headers=said)

    assert (answer.status_code, answer.get_json()) == (403, {"error": "Invalid secret key"})
    assert size(alice) == 1


def test_without_a_secret_nobody_clears_it(web_process: WebProcess) -> None:
    app = web_process(None)
    own = house(app)
    app.extensions["needledrop"] = type(own)(
        own.settings.model_copy(update={"cache_secret": None}), own.db
    )

    for said in ("", SECRET):
        headers = {"X-Invalidation-Secret": said}
        assert app.test_client().post("/cache/invalidate", headers=headers).status_code == 403


def test_processes_remember_together(redis_url: str, web_process: WebProcess) -> None:
    one, other = web_process(redis_url), web_process(redis_url)
    alice = member(one, "alice", is_admin=True)
    beside = in_the_same_house(other, alice)
    hear(one, alice, "Vitamin C", ["Can", "Guest"], duration_ms=1)

    for address in ("global/top/tracks", "global/top/genres", "global/total/listens"):
        assert (found(alice, address), found(beside, address)) == ("MISS", "HIT")
        assert asked(alice, address) == asked(beside, address)
    assert size(alice) == size(beside) == 3

    told = other.test_client().post("/cache/invalidate", headers={"X-Invalidation-Secret": SECRET})
    assert told.status_code == 200
    assert size(alice) == 0


def test_what_others_keep_in_the_same_redis_is_left_alone(
    redis_url: str, web_process: WebProcess
) -> None:
    from redis import Redis

    app = web_process(redis_url)
    alice = member(app, "alice")
    found(alice, "global/total/listens")
    with Redis.from_url(redis_url) as link:
        link.set("theirs", "1")
        # What nobody of ours wrote is no answer, and is not run.
        ours = next(link.scan_iter("needledrop:*"))
        link.set(ours, b"!\x80\x04}.")
        assert found(alice, "global/total/listens") == "MISS"

        app.test_client().post("/cache/invalidate", headers={"X-Invalidation-Secret": SECRET})

        assert [key for key in link.scan_iter() if not key.startswith(b"LIMIT")] == [b"theirs"]


def test_answers_are_the_same_when_its_redis_is_killed(
    own_redis: tuple[str, subprocess.Popen[bytes]], web_process: WebProcess
) -> None:
    """Must show 5.5.10: the same with Redis, without, and with Redis dead."""
    url, server = own_redis
    app = web_process(url)
    alice = member(app, "alice", is_admin=True)
    hear(app, alice, "Vitamin C", ["Can", "Guest"], 3)
    addresses = ["global/top/tracks", "global/top/artists", "global/total/listens"]
    with_redis = [[found(alice, one), asked(alice, one)] for one in addresses]

    server.kill()
    server.wait()

    without = [[found(alice, one), asked(alice, one)] for one in addresses]
    never_one = in_the_same_house(web_process(None), alice)
    assert with_redis == without
    assert without == [[found(never_one, one), asked(never_one, one)] for one in addresses]
    assert [found(alice, one) for one in addresses] == ["HIT"] * 3
    assert size(alice) == 3


def test_one_that_hangs_makes_one_answer_slower_and_then_none(web_process: WebProcess) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = web_process(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        alice = member(app, "alice")

        assert [found(alice, "global/total/listens") for _ in range(3)] == ["MISS", "HIT", "HIT"]

        counted = counters.read()["cache"]
        assert counted.pop("skip") > 0
        assert counted == {"miss": 1, "hit": 2, "failure": 1}
        silent.settimeout(0.1)
        silent.accept()[0].close()


def test_what_is_cleared_while_it_is_away_is_cleared_when_it_is_back(
    redis_url: str, web_process: WebProcess
) -> None:
    app = web_process(redis_url)
    alice = member(app, "alice")
    found(alice, "global/total/listens")
    memory = app.extensions["needledrop-memory"]
    memory._rests_until = float("inf")

    app.test_client().post("/cache/invalidate", headers={"X-Invalidation-Secret": SECRET})
    memory._rests_until = 0.0

    assert found(alice, "global/total/listens") == "MISS"


def test_nothing_of_it_is_loaded_before_something_is_remembered(tmp_path: Path) -> None:
    code = "from webapp import create_app; create_app(); import sys; print(*sys.modules)"
    environment = {"NEEDLEDROP_DATA": str(tmp_path), "PATH": "/usr/bin:/bin"}
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert not {"flask_caching", "cachelib", "redis"} & set(printed.stdout.split())
