"""What commands share that put work in: a file for it, the wait, and the bar meanwhile."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import click
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NeedledropError
from core.room import full_disk_told
from core.settings import ROOT
from database import tasks, workers
from database.models import Task
from database.owner import HOUSE
from database.tasks import Enqueued
from webapp.database import database, reading, settings, store, writing

# None while the worker lives, else its last words.
HasEnded = Callable[[], str | None]

_LOOK_SECONDS = 0.2
_WIDTH = 30


@contextmanager
def in_one_line() -> Iterator[None]:
    """Tell an expected failure as one line, without a traceback."""
    try:
        yield
    except NeedledropError as error:
        raise click.ClickException(str(error)) from None


def brought(file: Path) -> str:
    """Copy a file to where the worker reads it; return its name there.

    Raises:
        NoRoom: the disk is full; nothing is left behind.
    """
    folder = settings().uploads
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = folder / f"{secrets.token_hex(16)}.upload"
    with ExitStack() as undo:
        undo.callback(kept.unlink, missing_ok=True)
        with full_disk_told():
            shutil.copyfile(file, kept)
        store().keep(kept, kept)
        # The worker may be on another host.
        store().release(kept)
        undo.pop_all()
    return kept.name


def done(place: Callable[[Session], Enqueued]) -> dict[str, Any]:
    """Put a task in, show how far it is until it has ended, and return its result.

    Where no worker runs, one is started for as long as it takes.

    Raises:
        InvalidInput: it did not end well; the message says why.
    """
    with writing() as session:
        placed = place(session)
    with _worker() as has_ended:
        task = _awaited(placed.public_id, has_ended)
    with reading() as session:
        result = tasks.result(session, task.id)
    if result is None:
        raise InvalidInput({"": task.error_msg or "The task was cancelled."})
    return result


@contextmanager
def _worker() -> Iterator[HasEnded]:
    """See to it that there is a worker; give a way to ask whether ours has ended, and why."""
    if workers.alive(database()):
        yield lambda: None
        return
    environment = os.environ | {"NEEDLEDROP_DATA": str(settings().data)}
    with tempfile.TemporaryFile() as said:
        started = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, str(ROOT / "worker.py"), "--lanes", "quick,long"],
            env=environment,
            stderr=said,
        )
        try:
            yield lambda: None if started.poll() is None else _last_line(said)
        finally:
            started.terminate()
            started.wait()


def _last_line(said: IO[bytes]) -> str:
    """Return how a worker that cannot start ends: with one sentence."""
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "It said nothing."


def _awaited(public_id: str, has_ended: HasEnded) -> Task:
    while True:
        why = has_ended()
        # Asked for after that: it may have done the task as its last.
        with reading() as session:
            task = tasks.get(session, public_id, HOUSE)
        if not task.is_open:
            _bar("", None, None)
            return task
        if why is not None:
            raise click.ClickException(
                f"The worker has ended, and task {task.public_id} waits for the next one: {why}"
            )
        said = database().progress.read(task.id)
        if task.is_retrying:
            _bar(f"Trying again soon: {task.error_msg}", None, None)
        elif task.is_put_off:
            _bar(f"Going on later: {task.error_msg}", None, None)
        elif said is not None:
            _bar(said.msg, said.done, said.of)
        time.sleep(_LOOK_SECONDS)


def _bar(msg: str, done: int | None, of: int | None) -> None:
    """Draw over the last line of the terminal; nothing where nobody looks."""
    if not sys.stderr.isatty():
        return
    bar = ""
    if done is not None and of:
        full = _WIDTH * done // of
        bar = f"  {'█' * full}{'░' * (_WIDTH - full)}  {done} of {of}"
    click.echo(f"\r\033[K{msg}{bar}", nl=False, err=True)
