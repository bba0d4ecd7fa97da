"""Commands for the worst day: backup, and restore. They need no app, for there may be none."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from core import clock, folders, log_setup
from core.errors import NotFound
from core.settings import Settings, load
from database import backing_up, backups
from webapp.filters import size
from webapp.waiting import in_one_line

_PASSPHRASE = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the passphrase; without it DATA/backup.passphrase, if that is there.",
)
_NEWEST = "newest"


@click.command("backup")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    help="A folder to put it in, on another disk say; without it DATA/backups.",
)
@click.option("--encrypt", is_flag=True, help="With a passphrase, or not at all.")
@_PASSPHRASE
def backup(to: Path | None, passphrase_file: Path | None, *, encrypt: bool) -> None:
    """Make a backup of the house, while it goes on, and drop those that have had their time."""
    log_setup.start()
    settings = _own()
    with _told():
        passphrase = _passphrase(settings, passphrase_file)
        if encrypt and passphrase is None:
            raise click.ClickException(
                f"There is no passphrase: write one into {settings.data / backing_up.PASSPHRASE},"
                " or name a file that holds it with --passphrase-file."
            )
        made = backing_up.whole(settings, to=to, passphrase=passphrase)
    click.echo(f"{made.backup.path}: {size(made.backup.size)}, read back and whole.")
    if made.odd:
        click.echo(f"{made.odd} files were left out: their names are none of Needledrop's.")
    if made.broken_links:
        click.echo(f"{made.broken_links} rows of the database point to nothing.")


@click.command("restore")
@click.argument("file", metavar="FILE")
@_PASSPHRASE
def restore(file: str, passphrase_file: Path | None) -> None:
    """Put a backup in the place of the house; the house that was there is kept beside it.

    FILE is a backup, the name of one in DATA/backups, or "newest".
    """
    from database import restoring

    log_setup.start()
    settings = _own()
    with _told():
        passphrase = _passphrase(settings, passphrase_file)
        done = restoring.restore(settings, _meant(settings, file), passphrase)
    at = clock.local(done.made_at, clock.zone(clock.machine_zone()))
    click.echo(f"The house is as it was on {at:%Y-%m-%d at %H:%M}.")
    click.echo(f"What was there is in {done.aside}: delete it once you miss nothing.")
    if not done.with_files:
        click.echo("This backup holds the database alone; pictures and covers stayed as they are.")
    if done.broken_links:
        click.echo(f"{done.broken_links} rows of the database point to nothing.")
    if not (settings.data / "token.key").exists():
        click.echo("token.key is not here: accounts elsewhere are to be connected again.")


def _own() -> Settings:
    """Return the settings, of a folder of data that is this user's.

    What root puts there the house could not read, nor take its locks.
    """
    settings = load()
    folders.make(settings)
    owner = settings.data.stat().st_uid
    if owner != os.geteuid():
        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = f"#{owner}"
        raise click.ClickException(
            f"{settings.data} belongs to {name}: give this command as that user, sudo -u {name} …"
        )
    return settings


@contextmanager
def _told() -> Iterator[None]:
    try:
        with in_one_line():
            yield
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}.") from None


def _passphrase(settings: Settings, file: Path | None) -> bytes | None:
    return backing_up.passphrase_in(file) if file else backing_up.own_passphrase(settings)


def _meant(settings: Settings, said: str) -> Path:
    """Return the file that somebody means.

    Raises:
        NotFound: there is none.
    """
    if said == _NEWEST:
        newest = backups.newest(settings.data)
        if newest is None:
            raise NotFound("backup in", settings.backups)
        return newest.path
    given, kept = Path(said), settings.backups / said
    if not given.exists() and not kept.exists():
        raise NotFound("backup", said)
    return given if given.exists() else kept
