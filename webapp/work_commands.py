"""Commands that put work in and wait for it: mosaic, import; and task, to look after it."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from core import clock
from core.errors import InvalidInput, NeedledropError
from core.room import full_disk_told
from core.settings import ROOT
from database import mosaic_orders, mosaics, people, tasks, workers
from database.models import Task
from database.mosaic_orders import FeedOrder, Order
from database.owner import HOUSE, Owner
from database.tasks import Enqueued
from webapp import forms
from webapp.database import database, reading, settings, writing

# None while the worker lives, else its last words.
HasEnded = Callable[[], str | None]

_LOOK_SECONDS = 0.2
_WIDTH = 30

task_commands = AppGroup("task", help="Look after tasks.")


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Tell an expected failure as one line, without a traceback."""
    try:
        yield
    except NeedledropError as error:
        raise click.ClickException(str(error)) from None


@task_commands.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
def list_tasks(limit: int) -> None:
    """List the newest tasks, of everybody."""
    with reading() as session:
        found = tasks.listed(session, HOUSE, limit=limit, everybody=True)
    for task in found:
        at = clock.local(task.created_at, clock.zone(clock.machine_zone()))
        whose = task.person_name or "–"
        click.echo(
            f"{task.public_id}  {at:%Y-%m-%d %H:%M}  {task.status:<11}  {whose}  {task.label}"
        )


@task_commands.command("show")
@click.argument("public_id", metavar="ID")
def show_task(public_id: str) -> None:
    """Show the task with this ID and its history."""
    with _in_one_line(), reading() as session:
        task = tasks.get(session, public_id, HOUSE)
        history = tasks.events(session, task.id)
    click.echo(f"{tasks.label(task.action, task.args)}: {task.status}")
    for sentence in filter(None, (task.progress_msg, task.error_msg)):
        click.echo(sentence)
    zone = clock.zone(clock.machine_zone())
    for at, attempt, kind, message in history:
        said = f": {message}" if message else ""
        click.echo(f"  {clock.local(at, zone):%Y-%m-%d %H:%M:%S}  attempt {attempt}  {kind}{said}")


@task_commands.command("cancel")
@click.argument("public_id", metavar="ID")
def cancel_task(public_id: str) -> None:
    """Cancel the task with this ID."""
    with _in_one_line(), writing() as session:
        task = tasks.ask_cancel(session, public_id, HOUSE)
    if task.is_open:
        click.echo("It was asked to stop.")
    else:
        click.echo("Cancelled." if task.status == "CANCELLED" else f"It is {task.status} already.")


@click.command("mosaic")
@click.option("--letterboxd", metavar="NAME", help="Of the films in this Letterboxd name's feed.")
@click.option(
    "--export",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Of the films in an export.",
)
@click.option(
    "--period", default="month", show_default=True, help="month, last30, all, year:2025 …"
)
@click.option(
    "--sequence",
    default=mosaic_orders.NEWEST_FIRST,
    show_default=True,
    type=click.Choice(list(mosaic_orders.SEQUENCES)),
    help="By what the posters are put in order; - is downwards.",
)
@click.option("--scale", default=2, show_default=True, type=click.IntRange(1, 3))
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def mosaic(  # noqa: PLR0913 - an argument an option
    *,
    letterboxd: str | None,
    export: Path | None,
    period: str,
    sequence: str,
    scale: int,
    out: Path | None,
) -> None:
    """Make a mosaic, wait for it, and say where it is."""
    if (letterboxd is None) == (export is None):
        raise click.ClickException("Give either --letterboxd NAME or --export FILE.")
    if out is not None:
        _check_writable(out)
    given: dict[str, Any] = {"period": period, "sequence": sequence, "scale": scale}
    with _in_one_line():
        if export is not None:
            order: Order = forms.read(Order, given)
            upload = (_brought(export), export.name)
        else:
            order = forms.read(FeedOrder, given | {"letterboxd_username": letterboxd})
            upload = None
        place = partial(
            mosaic_orders.place, order=order, owner=HOUSE, zone=clock.machine_zone(), upload=upload
        )
        result = _done(place)
        with reading() as session:
            made = mosaics.get(session, result["mosaic"], HOUSE)
    picture = settings().pictures / str(made.file)
    if out is not None:
        _copy_out(picture, out)
    if result.get("note"):
        click.echo(result["note"])
    click.echo(str(out or picture))


def _check_writable(out: Path) -> None:
    """Say before the wait what would fail after it."""
    folder = out.absolute().parent
    if not folder.is_dir():
        raise click.ClickException(f"{out} cannot be written: there is no folder {folder}.")
    if not os.access(out if out.exists() else folder, os.W_OK):
        raise click.ClickException(f"{out} cannot be written: this user may not.")


def _copy_out(picture: Path, out: Path) -> None:
    try:
        shutil.copyfile(picture, out)
    except OSError as error:
        sentence = f"{out} cannot be written ({error.strerror}); the mosaic is in {picture}."
        raise click.ClickException(sentence) from None


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--user", "name", required=True, metavar="NAME", help="Whose it is.")
@click.option("--dry-run", is_flag=True, help="Count what is new and change nothing.")
@with_appcontext
def import_file(file: Path, name: str, *, dry_run: bool) -> None:
    """Bring an export into somebody's collection, and wait for it."""
    with _in_one_line():
        with reading() as session:
            person = people.named(session, name)
        args = {"upload": _brought(file), "file_name": file.name, "dry_run": dry_run}
        result = _done(
            partial(
                tasks.enqueue,
                action="import_films",
                args=args,
                owner=Owner(person.id),
                lane=tasks.LONG,
                lock_key=f"import_films:{person.id}",
            )
        )
    for problem in result["problems"]:
        click.echo(problem)
    would = "would be " if dry_run else ""
    click.echo(
        f"{result['viewings']} viewings of {result['films']} films: {result['added']} {would}added,"
        f" {result['changed']} {would}changed, {result['same']} known, {result['skipped']} skipped."
    )


def _brought(file: Path) -> str:
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
        undo.pop_all()
    return kept.name


def _done(place: Callable[[Session], Enqueued]) -> dict[str, Any]:
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
