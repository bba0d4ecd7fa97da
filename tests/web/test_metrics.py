"""/metrics: what Prometheus reads, right whichever process is asked, and for admins alone."""

import re

import pytest
from flask import Flask

from core import clock, counters
from database import backups, provider_paces, tasks, tokens
from database.owner import HOUSE
from database.workers import Life
from tests.web.conftest import Visitor, house

# https://prometheus.io/docs/instrumenting/exposition_formats/, without moments.
_LINE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"
    r'(?:\{(?P<labels>(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+)\})? '
    r"(?P<value>-?[0-9.]+(?:e[+-]?[0-9]+)?)"
)

_ANSWERED = 'requests_total{{status="{}xx"}}'


def scraped(visitor: Visitor) -> dict[str, float]:
    """Read it as Prometheus would; fail where that could not."""
    answer = visitor.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    found, known = {}, set[str]()
    for line in answer.text.splitlines():
        if line.startswith("# "):
            _, what, name, _ = line.split(" ", 3)
            assert what in ("HELP", "TYPE")
            assert (name in known) is (what == "TYPE"), f"{name} is told of twice"
            known.add(name)
            continue
        read = _LINE.fullmatch(line)
        assert read, line
        assert read["name"] in known
        key = line.rpartition(" ")[0].removeprefix("needledrop_")
        assert key not in found
        found[key] = float(read["value"])
    return found


def test_it_is_closed_to_all_but_an_admin(
    app: Flask, guest: Visitor, bob: Visitor, alice: Visitor
) -> None:
    with house(app).db.writing() as session:
        his, hers = (tokens.add(session, one.id, "Prometheus") for one in (bob, alice))

    assert guest.get("/metrics").status_code == 303
    assert bob.get("/metrics").status_code == 403
    for token, status in ((his, 403), (hers, 200), ("of-nobody", 401)):
        said = {"Authorization": f"Bearer {token}"}
        assert guest.get("/metrics", headers=said).status_code == status


def test_it_tells_of_tasks_and_services(app: Flask, alice: Visitor) -> None:
    db = house(app).db
    with db.writing() as session:
        for _ in range(3):
            tasks.enqueue(session, "create_mosaic", {}, owner=HOUSE)
        provider_paces.rest(session, "spotify", clock.now() + clock.HOUR, "too often")
    counters.add("calls", "Spotify", 5)
    counters.add("refusals", "Spotify")
    counters.add("attempts", "clean_up")
    counters.add("attempt-ms", "clean_up", 1_250)

    found = scraped(alice)

    assert found['tasks_open{lane="quick",status="waiting"}'] == 3
    assert found["tasks_total"] == 3
    assert found['service_calls_total{service="Spotify"}'] == 5
    assert found['service_refusals_total{service="Spotify"}'] == 1
    assert 3_500 < found['service_rests_seconds{service="Spotify"}'] <= 3_600
    assert found['task_attempt_seconds_total{action="clean_up"}'] == 1.25
    assert found["workers"] == 0


def test_it_tells_of_the_machine(app: Flask, alice: Visitor) -> None:
    data, now = house(app).settings.data, clock.now()
    place = backups.folder(data)
    place.mkdir(exist_ok=True)
    assert "backup_timestamp_seconds" not in scraped(alice)
    (place / backups.name(now, "1a2b3c4d")).write_bytes(b"a backup")
    life = Life(house(app).db)

    found = scraped(alice)

    life.close()
    assert found["workers"] == 1
    assert found["backup_timestamp_seconds"] == now // clock.SECOND
    assert found["database_bytes"] > 0 and found["disk_free_bytes"] > 0


def test_what_is_answered_is_counted(alice: Visitor, guest: Visitor) -> None:
    before = scraped(alice)
    guest.get("/login")
    guest.get("/nothing/here")

    after = scraped(alice)

    more = [after[name] - before.get(name, 0) for name in (_ANSWERED.format(n) for n in (2, 4))]
    assert more == [2, 1]


@pytest.mark.parametrize("odd", ['quo"te', "back\\slash", "new\nline"])
def test_an_odd_name_breaks_no_line(odd: str, alice: Visitor) -> None:
    counters.add("calls", odd)

    assert any(name.startswith("service_calls_total") for name in scraped(alice))


def test_it_costs_the_same_for_many(app: Flask, alice: Visitor, count_queries: list[str]) -> None:
    seen = []
    for _ in range(2):
        count_queries.clear()
        alice.get("/metrics")
        seen.append(len(count_queries))
        with house(app).db.writing() as session:
            for number in range(20):
                tasks.enqueue(session, f"action {number}", {}, owner=HOUSE)

    assert seen[0] == seen[1]
