"""Commands that put work in and wait for it: import; and task, to look after it."""

from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from core import by_hand, clock, kinds
from core.kinds import Kind
from database import (
    film_imports,
    import_tasks,
    library_imports,
    people,
    play_imports,
    shelf_history,
    tasks,
)
from database.owner import HOUSE, Owner
from database.tasks import Enqueued
from webapp.database import reading, settings, store, writing
from webapp.import_words import fate, headline
from webapp.waiting import brought, done, in_one_line

# What is in some other zip, the worker finds out; films and shelves are known from outside.
_OF_PLAYS = (Kind.PLAYS, Kind.ZIP)

task_commands = AppGroup("task", help="Look after tasks.")
imports_commands = AppGroup("imports", help="Look after what was imported.")


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
    with in_one_line(), reading() as session:
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
    with in_one_line(), writing() as session:
        task = tasks.ask_cancel(session, public_id, HOUSE)
    if task.is_open:
        click.echo("It was asked to stop.")
    else:
        click.echo("Cancelled." if task.status == "CANCELLED" else f"It is {task.status} already.")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--user", "name", metavar="NAME", help="Whose it is; not needed where one person lives."
)
@click.option("--dry-run", is_flag=True, help="Tell what is new and change nothing.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=NAME",
    help="Of a table of records: title=Album, say, if the column Album is the title.",
)
@with_appcontext
def import_file(file: Path, name: str | None, columns: tuple[str, ...], *, dry_run: bool) -> None:
    """Bring plays, films, records or a library to somebody, from any export, and wait for it."""
    with in_one_line():
        with reading() as session:
            person = people.meant(session, name)
        kind = kinds.of(file)
        if kind is Kind.SHELF:
            raise click.ClickException(
                "This is a shelf that was taken along: put it back with"
                f" {by_hand.command('shelf restore')} {file} --user {person.name}"
            )
        if kind is not Kind.LIBRARY:
            result = _result(_place(kind, columns), file, Owner(person.id), dry_run=dry_run)
            _tell_of(kind, result, in_full=dry_run)
        if kinds.holds_library(file):
            result = _result(library_imports.ask, file, Owner(person.id), dry_run=dry_run)
            _tell_library(result)


def _result(
    place: Callable[..., Enqueued], file: Path, owner: Owner, *, dry_run: bool
) -> dict[str, Any]:
    """Bring a file by what `place` puts in; return what came of it."""
    upload = brought(file)
    said = {"upload": upload, "file_name": file.name, "dry_run": dry_run}
    try:
        return done(partial(place, owner=owner, **said))
    finally:
        if dry_run:
            # Only a page would offer to bring it next.
            store().forget(settings().uploads / upload)


def _tell_of(kind: Kind, result: dict[str, Any], *, in_full: bool) -> None:
    for problem in result["problems"]:
        click.echo(problem)
    if kind in _OF_PLAYS:
        _tell_plays(result)
        return
    for part in result["parts"]:
        _tell(part, in_full=in_full)
    would = "would be " if in_full else ""
    of_films = "films" in result
    what = (
        f"{result['viewings']} viewings of {result['films']} films: " if of_films else "Records: "
    )
    click.echo(
        f"{what}{result['added']} {would}added, {result['changed']} {would}changed,"
        f" {result['same']} known, {result['skipped']} skipped."
    )


def _place(kind: Kind, columns: Sequence[str]) -> Callable[..., Enqueued]:
    """Return what puts the task in that brings such a file."""
    if kind in _OF_PLAYS:
        return play_imports.ask
    if kind not in (Kind.TABLE, Kind.DISCOGS_TABLE):
        return film_imports.ask
    named = dict(column.partition("=")[::2] for column in columns)
    return partial(shelf_history.ask, named=named)


def _tell_plays(result: dict[str, Any]) -> None:
    for file in result["files"]:
        rows = f"{file['rows']:,} plays" if file["format"] else file["why_not"]
        click.echo(f"{file['name']}: {rows}{_in_brackets(file['format'])}")
    for part in result["parts"]:
        click.echo(f"{fate(part['fate']).words}: {part['count']:,}")
        for row in part["first"]:
            click.echo(f"  {row['at']}  {row['by']} – {row['title']}")
    for what, rows in result["aside"].items():
        click.echo(f"No plays: {rows:,} {what}")
    would = "would be " if result["dry_run"] else ""
    click.echo(
        f"Plays: {result['added']:,} {would}added ({result['counted']:,} count,"
        f" {result['duplicate']:,} duplicates, {result['short']:,} short,"
        f" {result['not_music']:,} podcasts and audiobooks), {result['known']:,} known,"
        f" {result['unreadable']:,} unreadable."
    )


def _tell_library(result: dict[str, Any]) -> None:
    for problem in result["problems"]:
        click.echo(problem)
    for file in result["files"]:
        rows = f"{file['rows']:,} rows" if file["format"] else file["why_not"]
        click.echo(f"{file['name']}: {rows}{_in_brackets(file['format'])}")
    would = "would be " if result["dry_run"] else ""
    click.echo(
        f"Library: {result['added']:,} tracks {would}added, {result['known']:,} known,"
        f" {result['sounding']:,} with audio features; playlists: {result['playlists_added']:,}"
        f" {would}added, {result['playlists_changed']:,} {would}changed;"
        f" {result['unreadable']:,} rows unreadable."
    )


def _in_brackets(words: str | None) -> str:
    return f" ({words})" if words else ""


def _tell(part: dict[str, Any], *, in_full: bool) -> None:
    click.echo(f"{headline(part['kind'], part['how'])}: {part['count']}")
    if not in_full:
        return
    for row in part["first"]:
        which = row.get("film") or row.get("record")
        click.echo("  " + "  ".join(filter(None, (row["on"], which, row["what"]))))
    if (more := part["count"] - len(part["first"])) > 0:
        click.echo(f"  and {more} more")


@imports_commands.command("list")
@click.option(
    "--user", "name", metavar="NAME", help="Whose they are; not needed where one person lives."
)
def list_imports(name: str | None) -> None:
    """List somebody's imports, the newest first."""
    with in_one_line(), reading() as session:
        owner = Owner(people.meant(session, name).id)
        found: list[film_imports.Listed | shelf_history.Listed | import_tasks.Listed] = [
            *film_imports.listed(session, owner),
            *shelf_history.listed(session, owner),
            *play_imports.listed(session, owner),
            *library_imports.listed(session, owner),
        ]
    zone = clock.zone(clock.machine_zone())
    for one in sorted(found, key=attrgetter("created_at"), reverse=True):
        at = clock.local(one.created_at, zone)
        undone = "  undone" if one.undone_at else ""
        click.echo(f"{one.public_id}  {at:%Y-%m-%d %H:%M}  {one.file_name}{undone}")


@imports_commands.command("undo")
@click.argument("public_id", metavar="ID")
def undo_import(public_id: str) -> None:
    """Undo the import with this ID, and wait for it."""
    with in_one_line():
        with reading() as session:
            ask = _undo(session, public_id)
        result = done(partial(ask, public_id=public_id, owner=HOUSE))
    kept = f", {result['kept']} kept because they have changed since" if result["kept"] else ""
    click.echo(f"{result['undone']} taken back{kept}.")


def _undo(session: Session, public_id: str) -> Callable[..., Enqueued]:
    """Return what puts the task in that undoes this import."""
    if play_imports.is_there(session, public_id):
        return play_imports.ask_undo
    if library_imports.is_there(session, public_id):
        return library_imports.ask_undo
    if shelf_history.is_there(session, public_id):
        return shelf_history.ask_undo
    return film_imports.ask_undo
