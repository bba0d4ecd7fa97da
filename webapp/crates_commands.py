"""Commands for the crate: make it of a dump, look whether there is a new one."""

from functools import partial
from pathlib import Path

import click
from flask.cli import AppGroup

from core import dump_files
from core.crate_rows import ALL, VIDEOS
from core.errors import InvalidInput
from core.room import check_room_ahead
from database import dumps
from database.dumps import Wanted
from database.owner import HOUSE
from webapp import filters
from webapp.database import database, reading, settings
from webapp.waiting import done, in_one_line

crates_commands = AppGroup("crates", help="Look after the crate: what Discogs knows, to dig in.")


@crates_commands.command("import")
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--all", "is_all", is_flag=True, help="Every release, also those without a video.")
@click.option("--barcodes", is_flag=True, help="Keep barcodes.")
@click.option("--version", metavar="YYYYMMDD", default="", help="Which dump it is.")
@click.option("--anyway", is_flag=True, help="Though it is much smaller than the last one.")
def import_dump(
    files: tuple[Path, ...], version: str, *, is_all: bool, barcodes: bool, anyway: bool
) -> None:
    """Make the crate of a dump of Discogs, and wait for it.

    FILE is the dump of the releases as Discogs has it (.xml.gz); those of masters, artists and
    labels may follow. They stay where they are.
    """
    wanted = Wanted(scope=ALL if is_all else VIDEOS, barcodes=barcodes)
    with in_one_line():
        if version and not dump_files.is_version(version):
            raise InvalidInput({"version": "A version is a day like 20261001."})
        found = dump_files.chosen(files, version)
        room = dumps.room_here(database(), found.size, wanted.scope)
        check_room_ahead(settings().data, room)
        paths = {kind: str(path.resolve()) for kind, path in found.files.items()}
        place = partial(
            dumps.ask_import,
            owner=HOUSE,
            files=paths,
            version=found.version,
            wanted=wanted,
            anyway=anyway,
        )
        counts = done(place)["counts"]
    aside = f" {counts['aside']:,} records were put aside." if counts["aside"] else ""
    click.echo(
        f"{counts['releases']:,} releases of {found.version} with {counts['videos']:,} videos are"
        f" in the crate.{aside}"
    )


@crates_commands.command("check")
def check_dumps() -> None:
    """Look which dumps there are at Discogs, and wait for the answer; nothing is fetched."""
    with in_one_line():
        told = done(partial(dumps.ask_look, owner=HOUSE))
        with reading() as session:
            rows = dumps.listed(session)
            imported = dumps.imported_version(session)
    version = told["version"]
    if version is None:
        click.echo("No dump is complete.")
    else:
        files = [row for row in rows if row.version == version]
        size = filters.size(dumps.size_of(files, [dump_files.RELEASES]))
        state = "it is in the crate" if imported == version else "it is not in the crate"
        click.echo(f"The newest dump is {version}: {size} of releases; {state}.")
    if told["coming"]:
        click.echo(f"{told['coming']} is being put up, and not complete yet.")
