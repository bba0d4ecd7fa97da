"""Jobs that behave and jobs that do not, for workers under test."""

import ctypes
import os
import signal
import time
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NotYet, RemoteError
from worker_jobs.registry import Entry
from worker_jobs.run import Run


def nothing(_args: dict[str, Any], _run: Run) -> dict[str, Any]:
    return {}


def count(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Count to `to` with pauses; listens to cancel."""
    for done in range(args["to"]):
        run.report("Counting", done, args["to"])
        time.sleep(args.get("pause_seconds", 0.01))
    return {"counted": args["to"]}


def stamp(_args: dict[str, Any], _run: Run) -> dict[str, Any]:
    """Say when it began, by the clock that all processes share."""
    return {"began": time.monotonic_ns()}


def file(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Write a file the careful way: temporary name, sync, rename, and only then its row."""
    folder = run.settings.pictures
    name = f"{run.task.public_id}.{run.task.attempt}.txt"
    with (folder / f"{name}.part").open("wb") as out:
        out.write(b"x" * args.get("size", 10_000))
        time.sleep(args.get("pause_seconds", 0.0))
        out.flush()
        os.fsync(out.fileno())
    (folder / f"{name}.part").rename(folder / name)
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    return {"file": name}


def deaf(args: dict[str, Any], _run: Run) -> dict[str, Any]:
    """Sleep without ever listening."""
    time.sleep(args["seconds"])
    return {}


def crash(_args: dict[str, Any], _run: Run) -> dict[str, Any]:
    """Crash the interpreter."""
    ctypes.string_at(0)
    return {}


def leave(_args: dict[str, Any], _run: Run) -> dict[str, Any]:
    os._exit(0)


def kill_oneself(_args: dict[str, Any], _run: Run) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def leak(args: dict[str, Any], _run: Run) -> dict[str, Any]:
    """Keep `mb` for ever."""
    _KEPT.append(bytearray(os.urandom(1024 * 1024)) * args["mb"])
    return {"pid": os.getpid()}


_KEPT: list[bytearray] = []


def runaway(_args: dict[str, Any], _run: Run) -> dict[str, Any]:
    """Want more memory than there is."""
    kept = []
    while True:
        kept.append(bytearray(64 * 1024 * 1024))


def broken(_args: dict[str, Any], _run: Run) -> dict[str, Any]:
    message = "the secret of the house is 42"
    raise ZeroDivisionError(message)


def refused(_args: dict[str, Any], _run: Run) -> dict[str, Any]:
    raise InvalidInput({"": "There is no such thing."})


def flaky(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Fail with trouble that may pass, until the attempt `good`."""
    if run.task.attempt < args["good"]:
        service, sentence = "Fake", "The service did not answer."
        raise RemoteError(service, sentence, retry_after=0.0)
    return {"attempt": run.task.attempt}


def early(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Come before its turn at a service until attempt `good`."""
    if run.task.attempt < args["good"]:
        raise NotYet("The service", "It is not our turn.", retry_after=0.0)
    return {"attempt": run.task.attempt}


def bereft(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Lose the database in the middle, the first time."""
    if run.task.attempt == 1:
        raise OperationalError("SELECT 1", None, ConnectionError("the server is gone"))
    return {"attempt": run.task.attempt}


def trace(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Leave a line at the begin and at the end, to see whether two overlapped."""
    with Path(args["file"]).open("a") as out:
        out.write(f"+{run.task.id}\n")
        out.flush()
        time.sleep(args.get("pause_seconds", 0.02))
        out.write(f"-{run.task.id}\n")
    return {}


def clash(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Leave something for the end that the database refuses."""

    def write(session: Session) -> None:
        session.execute(_SECOND_RESULT, {"id": run.task.id})

    run.at_finish(write)
    return {}


def stumble(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Leave something for the end that breaks off."""

    def write(_session: Session) -> None:
        raise ZeroDivisionError

    run.at_finish(write)
    return {}


def unspeakable(_args: dict[str, Any], _run: Run) -> dict[str, Any]:
    """Return what no result can hold."""
    return {"what": object()}


_SECOND_RESULT = text("""
    INSERT INTO results (task_id, attempt, body, created_at) VALUES (:id, 1, '{}', 1)
""")

_ALL = (
    nothing, count, stamp, file, deaf, crash, leave, kill_oneself, leak, runaway, broken, refused,
    flaky, early, bereft, trace, clash, stumble, unspeakable,
)  # fmt: skip

JOBS = {job.__name__: Entry(__name__, job.__name__, 60) for job in _ALL}
