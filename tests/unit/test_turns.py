"""Turns in a job's hands: many calls to one write, and no wait that holds a slot for long."""

from collections.abc import Iterator

import pytest

from core import clock
from core.consents import SPOTIFY
from core.errors import NotYet, Parked
from database import provider_paces
from database.engine import Database
from tests.work import statements
from worker_jobs.turns import BATCH, PATIENCE, Turns

APART = 100


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 20_000 * clock.DAY
        self.slept: list[float] = []

    def now(self) -> int:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += max(1, round(seconds * clock.SECOND))


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(clock, "now", made.now)
    monkeypatch.setattr("worker_jobs.turns.time.sleep", made.sleep)
    return made


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def house(db: Database, said: list[str]) -> Iterator[Turns]:
    with made(db, said) as one:
        yield one


def made(db: Database, said: list[str] | None = None) -> Turns:
    says = said if said is not None else []
    return Turns(db, SPOTIFY, per_second=1_000 / APART, say=lambda: says.append("waiting"))


def calls(db: Database) -> int:
    with db.reading() as session:
        return provider_paces.standing(session, SPOTIFY).calls


def test_one_write_serves_many_calls(db: Database, time: Clock, house: Turns) -> None:
    with statements(db.engine) as seen:
        for _ in range(4 * BATCH):
            house.take()

    writes = [one for one in seen if one.lstrip().startswith("UPDATE")]
    assert len(writes) == 4
    assert calls(db) == 4 * BATCH
    # The first batch is free at once, the others come one by one.
    assert time.at - 20_000 * clock.DAY == pytest.approx(3 * BATCH * APART, abs=2 * APART)


def test_a_short_wait_is_waited_for_and_told(time: Clock, house: Turns, said: list[str]) -> None:
    for _ in range(3 * BATCH):
        house.take()

    assert said
    assert max(time.slept) <= 0.25


def test_many_that_ask_at_once_keep_the_pace_together(db: Database, time: Clock) -> None:
    jobs = [made(db) for _ in range(3)]
    began = time.at
    for _ in range(60):
        for job in jobs:
            job.take()

    assert time.at - began >= (180 - (len(jobs) + 1) * BATCH) * APART


@pytest.mark.usefixtures("time")
def test_a_job_with_one_call_takes_no_more_than_that(db: Database) -> None:
    for _ in range(3):
        with made(db) as job:
            job.take()

    assert calls(db) == 3


def test_turns_lapse_and_do_not_count(db: Database, time: Clock, house: Turns) -> None:
    house.take()
    time.at += clock.HOUR
    house.take()

    assert calls(db) == 1 + BATCH


def test_a_job_that_is_slow_loses_no_turn(db: Database, time: Clock, house: Turns) -> None:
    for _ in range(BATCH):
        house.take()
        time.at += clock.SECOND

    assert calls(db) == BATCH


def test_a_long_queue_is_no_reason_to_hold_a_slot(db: Database, time: Clock, house: Turns) -> None:
    with db.writing() as session:
        while isinstance(
            provider_paces.reserve(session, SPOTIFY, 50, apart=APART, patience=PATIENCE), int
        ):
            pass

    with pytest.raises(NotYet) as raised:
        house.take()

    assert not isinstance(raised.value, Parked)
    assert raised.value.retry_after is not None
    assert raised.value.retry_after > PATIENCE / clock.SECOND
    assert time.slept == []


@pytest.mark.usefixtures("time")
def test_a_rest_is_one_for_all_and_outlives_the_process(db: Database, house: Turns) -> None:
    house.take()
    made(db).rest(3_600, "Too often.", is_quota=False)

    for job in (house, made(db)):  # one has turns in hand, the other begins anew
        with pytest.raises(NotYet) as raised:
            job.take()
        assert not isinstance(raised.value, Parked)
        assert raised.value.retry_after == 3_600


@pytest.mark.usefixtures("time")
def test_why_it_is_parked_is_told_to_whoever_comes(db: Database, house: Turns) -> None:
    house.rest(40_000, "The quota is used up.", is_quota=True)

    with pytest.raises(Parked, match="The quota is used up") as raised:
        made(db).take()

    assert raised.value.retry_after == 40_000


def test_a_short_rest_is_waited_for(time: Clock, house: Turns) -> None:
    began = time.at
    house.rest(2, "Too often.", is_quota=False)
    house.take()

    assert 2_000 <= time.at - began < 2_300


def test_no_rest_is_a_rest_of_a_second(time: Clock, house: Turns) -> None:
    began = time.at
    house.rest(0, "Too often.", is_quota=False)
    house.take()

    assert time.at - began >= 1_000


def test_a_wait_ends_with_the_task(db: Database, time: Clock) -> None:
    class Stop(BaseException):
        pass

    def stop() -> None:
        raise Stop

    job = Turns(db, SPOTIFY, per_second=1, say=stop)
    job.rest(5, "Too often.", is_quota=False)

    with pytest.raises(Stop):
        job.take()
    assert time.slept == []


def test_a_clock_that_jumps_stops_nobody(db: Database, time: Clock, house: Turns) -> None:
    time.at += 400 * clock.DAY
    for _ in range(3 * BATCH):
        house.take()
    made(db).rest(3_600, "Too often.", is_quota=True)
    time.at -= 400 * clock.DAY

    house.take()

    assert calls(db) == BATCH
