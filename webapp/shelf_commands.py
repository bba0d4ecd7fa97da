"""Commands for a shelf as a whole: export it, restore it."""

from functools import partial
from pathlib import Path

import click
from flask.cli import AppGroup

from database import people, shelf_files, shelf_restore
from database.owner import Owner
from webapp import export_file
from webapp.database import database, reading, settings, store
from webapp.waiting import brought, done, in_one_line

shelf_commands = AppGroup("shelf", help="Carry a shelf away and put it back.")


@shelf_commands.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--user", "name", metavar="NAME", help="Whose it is; not needed where one person lives."
)
@click.option("--covers", is_flag=True, help="With the covers.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def export_shelf(file: Path, name: str | None, *, covers: bool, force: bool) -> None:
    """Write somebody's whole shelf to FILE: a zip, or JSON if it ends in .json."""
    with in_one_line():
        with reading() as session:
            person_id = people.meant(session, name).id
        export_file.check(file, force=force)
        db = database()
        if file.suffix.casefold() == ".json":
            pieces = (piece.encode() for piece in shelf_files.as_json(db, person_id))
            export_file.write(file, pieces)
        else:
            found = shelf_files.Covers(store(), settings().covers) if covers else None
            export_file.write(file, shelf_files.as_zip(db, person_id, covers=found))
    click.echo(str(file))


@shelf_commands.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--user", "name", metavar="NAME", help="Whose it is to be; not needed where one person lives."
)
@click.option("--no-export", is_flag=True, help="Do not export first what is there.")
@click.option("--to-five", is_flag=True, help="Its ratings go from 0 to 5.")
def restore_shelf(file: Path, name: str | None, *, no_export: bool, to_five: bool) -> None:
    """Put the shelf in FILE, a zip of an export, in the place of somebody's, and wait for it."""
    with in_one_line():
        with reading() as session:
            person = people.meant(session, name)
        place = partial(
            shelf_restore.ask,
            owner=Owner(person.id),
            upload=brought(file),
            file_name=file.name,
            to_five=to_five,
            export_first=not no_export,
        )
        result = done(place)
    for note in result["notes"]:
        click.echo(note)
    if result["export"]:
        click.echo(f"What was there is kept as exports/{person.id}/{result['export']}.")
    counts = result["counts"]
    click.echo(
        f"{counts['records']} records, {counts['ratings']} ratings, {counts['songs']} songs and"
        f" {counts['credit_trx']} lines of the ledger are on the shelf of {person.name}."
    )
