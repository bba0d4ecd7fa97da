"""Commands for somebody's listening as a whole: take it along."""

from pathlib import Path

import click
from flask.cli import AppGroup

from database import people, play_export_files
from webapp import export_file
from webapp.database import database, reading
from webapp.waiting import in_one_line

listening_commands = AppGroup("listening", help="Take a history of plays along.")


@listening_commands.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--user", "name", metavar="NAME", help="Whose it is; not needed where one person lives."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def export_listening(file: Path, name: str | None, *, force: bool) -> None:
    """Write somebody's whole listening to FILE: a zip, or as Maloja does if it ends in .json."""
    with in_one_line():
        with reading() as session:
            person_id = people.meant(session, name).id
        export_file.check(file, force=force)
        db = database()
        if file.suffix.casefold() == ".json":
            pieces = (piece.encode() for piece in play_export_files.as_maloja(db, person_id))
            export_file.write(file, pieces)
        else:
            export_file.write(file, play_export_files.as_zip(db, person_id))
    click.echo(str(file))
