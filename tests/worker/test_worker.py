"""Real workers, really killed: what a task goes through, and what a job cannot do to its worker."""

import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from core import clock
from database import tasks, workers
from database.engine import Database
from database.models import Schedule, Task
from database.owner import HOUSE
from tests.worker.conftest import Enqueue, StartWorker, WaitFor, kinds_of, result_of
from worker_jobs.loop import BROKE, TOO_LARGE


def test_a_task_is_done(
    db: Database, start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    start_worker()

    task_id = enqueue("count", to=3)

    assert wait_for(task_id, "COMPLETE").attempt == 1
    assert result_of(db, task_id) == {"counted": 3}


def test_a_killed_workers_task_is_done_by_the_next(
    db: Database, start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    task_id = enqueue("count", to=40, pause_seconds=0.05)
    first = start_worker()
    wait_for(task_id, "PROGRESSING")
    first.kill()
    first.wait()

    start_worker()

    done = wait_for(task_id, "COMPLETE")
    assert (done.attempt, done.crashes, done.failures) == (2, 1, 0)
    assert kinds_of(db, task_id) == ["queued", "claimed", "recovered", "claimed", "complete"]


def test_a_killed_workers_task_is_taken_over_by_one_that_lives(
    start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    first = start_worker()
    task_id = enqueue("count", to=120, pause_seconds=0.05)
    wait_for(task_id, "PROGRESSING")
    start_worker()
    probe = enqueue("nothing")
    wait_for(probe, "COMPLETE")

    first.kill()

    assert wait_for(task_id, "COMPLETE").attempt == 2


@pytest.mark.parametrize(
    ("action", "cause"),
    [("crash", "SIGSEGV"), ("leave", "exit status 0"), ("kill_oneself", "it was killed")],
)
def test_a_job_that_ends_its_process_three_times_is_an_error(
    db: Database,
    start_worker: StartWorker,
    enqueue: Enqueue,
    wait_for: WaitFor,
    action: str,
    cause: str,
) -> None:
    worker = start_worker()
    deadly, harmless = enqueue(action), enqueue("count", to=1)

    ended = wait_for(deadly, "ERROR")

    assert ended.crashes == tasks.MAX_CRASHES
    assert ended.error_msg and ended.error_msg.startswith("The worker died while doing this")
    assert cause in ended.error_msg
    wait_for(harmless, "COMPLETE")
    assert worker.poll() is None
    assert kinds_of(db, deadly).count("claimed") == tasks.MAX_CRASHES


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_job_that_leaks_is_followed_by_a_fresh_process(
    db: Database, start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    start_worker()
    leaks = [enqueue("leak", mb=100) for _ in range(3)]

    for leak in leaks:
        wait_for(leak, "COMPLETE")

    assert len({result_of(db, leak)["pid"] for leak in leaks}) == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_runaway_is_told_so_and_the_next_task_runs(
    start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    start_worker()
    runaway, harmless = enqueue("runaway"), enqueue("nothing")

    assert wait_for(runaway, "ERROR").error_msg == TOO_LARGE
    wait_for(harmless, "COMPLETE")


def test_a_bug_is_an_error_that_gives_nothing_away(
    start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    start_worker()

    assert wait_for(enqueue("broken"), "ERROR").error_msg == BROKE


@pytest.mark.parametrize("job", ["clash", "stumble", "unspeakable"])
def test_an_end_that_cannot_be_written_is_an_error_and_no_endless_try(
    start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor, job: str
) -> None:
    start_worker()

    ended = wait_for(enqueue(job), "ERROR")

    assert (ended.error_msg, ended.attempt, ended.crashes) == (BROKE, 1, 0)
    wait_for(enqueue("nothing"), "COMPLETE")


def test_an_expected_failure_is_told_in_its_own_words(
    start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    start_worker()

    ended = wait_for(enqueue("refused"), "ERROR")

    assert (ended.error_msg, ended.attempt) == ("There is no such thing.", 1)


def test_what_may_pass_is_tried_again(
    db: Database, start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    start_worker()
    task_id = enqueue("flaky", good=2)

    assert wait_for(task_id, "COMPLETE").failures == 1
    assert result_of(db, task_id) == {"attempt": 2}


def test_to_wait_for_a_turn_at_a_service_uses_up_no_try(
    start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    start_worker()

    done = wait_for(enqueue("early", good=3), "COMPLETE")

    assert (done.attempt, done.failures) == (3, 0)


def test_a_database_that_goes_away_in_the_middle_is_no_bug(
    db: Database, start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    start_worker()

    done = wait_for(enqueue("bereft"), "COMPLETE")

    assert (done.attempt, done.failures, done.crashes) == (2, 1, 0)
    assert result_of(db, done.id) == {"attempt": 2}


@pytest.mark.parametrize(("action", "args"), [("count", {"to": 2000}), ("deaf", {"seconds": 60})])
def test_a_running_task_is_cancelled_whether_it_listens_or_not(
    db: Database,
    start_worker: StartWorker,
    enqueue: Enqueue,
    wait_for: WaitFor,
    action: str,
    args: dict[str, int],
) -> None:
    start_worker()
    task_id = enqueue(action, **args)
    public_id = wait_for(task_id, "PROGRESSING").public_id

    with db.writing() as session:
        tasks.ask_cancel(session, public_id, HOUSE)

    wait_for(task_id, "CANCELLED", seconds=10)
    wait_for(enqueue("nothing"), "COMPLETE")


def test_what_takes_too_long_is_ended(
    start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    start_worker()
    task_id = enqueue("deaf", seconds=60, timeout_seconds=1)

    ended = wait_for(task_id, "ERROR")

    assert ended.error_msg and ended.error_msg.startswith("This took longer than")
    wait_for(enqueue("nothing"), "COMPLETE")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_while_idle_it_ends(
    db: Database, start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor, number: int
) -> None:
    worker = start_worker()
    wait_for(enqueue("nothing"), "COMPLETE")

    worker.send_signal(number)

    assert worker.wait(timeout=60) == 0
    assert workers.alive(db) == 0
    assert {path.name for path in db.running.iterdir()} <= {"schema.lock", "door.lock", "open.lock"}


def test_paused_and_let_go_on_it_goes_on(
    start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    """Ctrl-Z and fg, a suspended machine: no reason to stop."""
    worker = start_worker()
    wait_for(enqueue("nothing"), "COMPLETE")

    for _ in range(3):
        worker.send_signal(signal.SIGSTOP)
        time.sleep(1.3)  # longer than it waits for a signal
        worker.send_signal(signal.SIGCONT)
        time.sleep(0.1)

    wait_for(enqueue("nothing"), "COMPLETE")
    assert worker.poll() is None


def test_told_to_stop_it_finishes_what_is_short(
    start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    worker = start_worker()
    task_id = enqueue("deaf", seconds=1)
    wait_for(task_id, "PROGRESSING")

    for _ in range(5):
        worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=60) == 0
    assert wait_for(task_id, "COMPLETE").attempt == 1


@pytest.mark.parametrize(("action", "args"), [("count", {"to": 2000}), ("deaf", {"seconds": 60})])
def test_told_to_stop_it_gives_back_what_is_long(
    db: Database,
    start_worker: StartWorker,
    enqueue: Enqueue,
    wait_for: WaitFor,
    action: str,
    args: dict[str, int],
) -> None:
    worker = start_worker()
    task_id = enqueue(action, **args)
    wait_for(task_id, "PROGRESSING")

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=40) == 0
    waiting = wait_for(task_id, "WAITING")
    assert (waiting.crashes, waiting.failures) == (0, 0)
    assert kinds_of(db, task_id)[-1] == "interrupted"


def test_what_a_person_waits_for_does_not_stand_behind_long_work(
    start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    start_worker("quick", "long,quick")
    long = [enqueue("count", lane="long", to=300) for _ in range(3)]
    wait_for(long[0], "PROGRESSING")

    wait_for(enqueue("nothing"), "COMPLETE")

    assert wait_for(long[2], "WAITING", "PROGRESSING").status == "WAITING"


def test_what_cannot_be_claimed_stands_in_nobodys_way(
    start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    """A task of a newer program, and one whose lock_key is taken, at the head of their lanes."""
    enqueue("of_another_program")
    enqueue("count", lane="long", lock_key="one", to=2000)
    held_up = enqueue("count", lane="long", lock_key="one", to=1)
    start_worker("quick,long", "long,quick")

    assert wait_for(enqueue("nothing"), "COMPLETE")
    assert wait_for(held_up, "WAITING")


def test_others_help_out_while_the_one_that_is_always_there_is_busy(
    db: Database, start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    start_worker(by_itself=True)
    long = enqueue("count", lane="long", to=2000)
    wait_for(long, "PROGRESSING")
    assert workers.alive(db) == 1

    wait_for(enqueue("nothing"), "COMPLETE")

    assert wait_for(long, "PROGRESSING").attempt == 1
    assert workers.alive(db) == 2


def test_tasks_of_one_account_never_overlap(
    start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor, tmp_path: Path
) -> None:
    lines = tmp_path / "lines"
    found = [enqueue("trace", file=str(lines), lock_key="account") for _ in range(12)]
    start_worker("quick", "quick", "quick")

    for task_id in found:
        wait_for(task_id, "COMPLETE")

    said = lines.read_text().split()
    assert len(said) == 24
    assert all(begun[1:] == ended[1:] for begun, ended in zip(said[::2], said[1::2], strict=True))


def test_two_workers_do_two_thousand_tasks_once_each(
    db: Database, start_worker: StartWorker
) -> None:
    with db.writing(bulk=True) as session:
        for _ in range(2000):
            tasks.enqueue(session, "nothing", {}, owner=HOUSE)
    start_worker("quick", "quick")
    start_worker("quick", "quick")

    until = time.monotonic() + 60
    while _open(db) and time.monotonic() < until:
        time.sleep(0.05)

    with db.reading() as session:
        attempts = session.execute(
            select(Task.status, Task.attempt, func.count()).group_by(Task.status, Task.attempt)
        ).all()
    assert [tuple(row) for row in attempts] == [("COMPLETE", 1, 2000)]


def _open(db: Database) -> int:
    with db.reading() as session:
        return (
            session.scalar(
                select(func.count())
                .select_from(Task)
                .where(Task.status.in_(["WAITING", "PROGRESSING"]))
            )
            or 0
        )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_another_writer_for_three_seconds_is_nobodys_error(
    db: Database, start_worker: StartWorker, enqueue: Enqueue, wait_for: WaitFor
) -> None:
    start_worker()
    before = enqueue("count", to=30)
    wait_for(before, "PROGRESSING")
    held = threading.Event()

    def hold() -> None:
        file = str(db.engine.url.database)
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            held.set()
            time.sleep(3)
            other.execute("ROLLBACK")

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    during = enqueue("nothing")
    holder.join()

    assert wait_for(before, "COMPLETE").attempt == 1
    assert wait_for(during, "COMPLETE").attempt == 1


def test_a_schedule_fires(db: Database, start_worker: StartWorker, wait_for: WaitFor) -> None:
    start_worker("long")
    until = time.monotonic() + 90
    while workers.alive(db) == 0 and time.monotonic() < until:
        time.sleep(0.05)
    with db.writing() as session:
        session.execute(update(Schedule).values(next_run_at=clock.now() - 1, action="nothing"))
        tasks.enqueue(session, "nothing", {}, owner=HOUSE, lane="long")

    with db.reading() as session:
        query = select(Task.id).where(Task.schedule_name == "clean up")
        found = session.scalar(query)
    while found is None and time.monotonic() < until:
        time.sleep(0.05)
        with db.reading() as session:
            found = session.scalar(query)

    assert found is not None
    wait_for(found, "COMPLETE")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_tasks_file_goes_with_it_unless_it_was_only_looked_at(
    enqueue: Enqueue, start_worker: StartWorker, wait_for: WaitFor, tmp_path: Path
) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir(exist_ok=True)
    for name in ("brought", "looked"):
        (folder / name).write_bytes(b"zip")
    enqueue("nothing", upload="looked", dry_run=True)
    enqueue("nothing", upload="brought", dry_run=False)
    last = enqueue("nothing")

    start_worker()

    wait_for(last, "COMPLETE")
    assert [file.name for file in folder.iterdir()] == ["looked"]
