"""Makes the crate of a dump, and has it serve once it is whole."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from core.dump_files import room_for_crate
from core.errors import BadFile, NeedledropError, NoRoom, RemoteError
from core.room import check_room
from core.settings import ROOT
from database import crate_imports, crate_postgres, crates
from worker_jobs.discogs_import.making import Order, Progress
from worker_jobs.run import Run

_PAGE = "/crates/dumps"
_LOOK_SECONDS = 0.25
_READ = 65_536
_MB = 1_000_000
_MINUTE = 60
_COUNTS = ("records", "releases", "videos", "aside")


class Ended(NeedledropError):
    """The process that made the crate ended without a word; the next try begins anew."""

    retry_after = 60.0

    def __init__(self, status: int) -> None:
        why = "perhaps for want of memory" if status == -signal.SIGKILL else f"status {status}"
        super().__init__(f"The process that made the crate has ended ({why}).")


def import_crate(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Make a crate of the files of a dump; until it serves, the one before does.

    Safe to repeat: each attempt begins anew. Args: {"dumps": {kind: path, absolute or below the
    folder of data}, "version": YYYYMMDD, "scope": "videos" or "all"}, and if wanted "barcodes":
    bool, "sha256": {kind: str}, "anyway": bool, though it has far fewer releases than the last.
    Result: {"version", "scope", "counts": {"records", "releases", "videos", "aside"},
    "is_trimmed": bool, "result_url": str}.

    Raises:
        BadFile: a file is damaged, or is something else; or it has far fewer releases.
        NoRoom: the disk is full.
        NotGranted: PostgreSQL does not let it be made.
        RemoteError: PostgreSQL is away.
        Ended: see there.
    """
    order = _order(args, run)
    _prepare(run, order)
    with run.db.writing() as session:
        crate_imports.begin(session, run.task.public_id, order.version, order.scope)
    try:
        made = _made(run, order)
    except BadFile as error:
        _fail(run, error)
        raise
    counts = {name: made[name] for name in _COUNTS}
    name = crates.name_of(order.version, order.scope)
    run.at_finish(
        partial(
            crate_imports.finish,
            public_id=run.task.public_id,
            name=name,
            counts=counts,
            problems=made["told"],
        )
    )
    return {
        "version": order.version,
        "scope": order.scope,
        "counts": counts,
        "is_trimmed": made["is_trimmed"],
        "result_url": _PAGE,
    }


def _prepare(run: Run, order: Order) -> None:
    if not run.db.is_sqlite:
        # How much room there is over there nobody can ask.
        crate_postgres.check_granted(run.db)
        return
    folder = crates.folder(run.settings.data)
    folder.mkdir(mode=0o700, exist_ok=True)
    size = sum(path.stat().st_size for path in order.dumps.values() if path.is_file())
    check_room(folder, room_for_crate(size, order.scope))


def _order(args: Mapping[str, Any], run: Run) -> Order:
    before = 0
    if not args.get("anyway"):
        with run.db.reading() as session:
            before = crate_imports.releases_before(session, args["scope"])
    return Order(
        dumps={kind: run.settings.data / path for kind, path in args["dumps"].items()},
        sha256=args.get("sha256") or {},
        version=args["version"],
        scope=args["scope"],
        barcodes=bool(args.get("barcodes")),
        before=before,
    )


def _fail(run: Run, error: BadFile) -> None:
    problem = {"record": None, "release_id": None, "reason": str(error), "start": ""}
    with run.db.writing() as session:
        crate_imports.finish(session, run.task.public_id, name=None, counts={}, problems=[problem])


def _made(run: Run, order: Order) -> dict[str, Any]:
    """Have the crate made and serve; return what the process says of it."""
    new = _begun(run)
    asked = {"order": order.model_dump(mode="json"), **new.asked()}
    try:
        made = _by_process(run, asked)
        new.put_in_place(crates.name_of(order.version, order.scope))
    finally:
        new.drop()
    return made


def _begun(run: Run) -> crates.Begun:
    if run.db.is_sqlite:
        return crates.BegunFile(run.settings.data, run.task.public_id, run.task.attempt)
    return crate_postgres.BegunSchema(run.db, run.task.public_id, run.task.attempt)


def _by_process(run: Run, asked: dict[str, Any]) -> dict[str, Any]:
    """Have it made in a process of its own, and say how far it is.

    Raises:
        BadFile, NoRoom, RemoteError, Ended: as `import_crate`.
    """
    words, done, of = "Making a crate", 0, 0
    with _started(run, asked) as process:
        for said in _lines(process):
            if "made" in said:
                made: dict[str, Any] = said["made"]
                return made
            if "error" in said:
                raise _error(said)
            if "progress" in said:
                progress = Progress(*said["progress"])
                words, done, of = _worded(progress), progress.done // _MB, progress.of // _MB
            run.report(words, done, of)
        raise Ended(process.wait())


def _error(said: Mapping[str, Any]) -> NeedledropError:
    if said["is_full"]:
        return NoRoom()
    if said["retry_after"] is not None:
        return RemoteError("The database", said["error"], retry_after=said["retry_after"])
    return BadFile(said["error"])


def _worded(progress: Progress) -> str:
    left = ""
    if progress.seconds_left is not None:
        minutes = round(progress.seconds_left / _MINUTE)
        left = f", about {minutes} min left" if minutes else ", less than a minute left"
    unit = "; in MB" if progress.of >= _MB else ""
    return f"{progress.words}: {progress.records:,} so far{left}{unit}"


@contextmanager
def _started(run: Run, asked: dict[str, Any]) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the process; it does not outlive this, nor this process."""
    # What SQLite sorts must not go into memory, as /tmp may be.
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "SQLITE_TMPDIR": str(crates.folder(run.settings.data)),
    }
    command = [sys.executable, "-P", "-m", "worker_jobs.discogs_import.process", str(os.getpid())]
    with subprocess.Popen(  # noqa: S603 - this very program
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdin is not None  # noqa: S101 - a pipe
            # One that has ended already says so by ending.
            with suppress(BrokenPipeError), process.stdin as said:
                said.write(f"{json.dumps(asked)}\n".encode())
            yield process
        finally:
            process.kill()


def _lines(process: "subprocess.Popen[bytes]") -> Iterator[dict[str, Any]]:
    """Yield what the process says, and nothing said now and then, until it ends."""
    assert process.stdout is not None  # noqa: S101 - a pipe
    handle, begun = process.stdout.fileno(), b""
    while True:
        ready, _, _ = select.select([handle], [], [], _LOOK_SECONDS)
        if not ready:
            yield {}
            continue
        data = os.read(handle, _READ)
        if not data:
            return
        *lines, begun = (begun + data).split(b"\n")
        yield from map(json.loads, lines)
