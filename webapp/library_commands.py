"""Commands for somebody's library: sync it, analyse something of it, take it along."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from core import clock
from core.errors import InvalidInput
from database import analyses, library_lists, library_tasks, people
from database.library_filters import TrackFilter
from database.library_lists import Page
from database.models import Person
from database.owner import Owner
from webapp import export_file, track_tables
from webapp.database import database, reading
from webapp.feature_words import FEATURES, value
from webapp.waiting import done, in_one_line

_KINDS = ("track", "album", "playlist", "artist", "liked", "period")

library_commands = AppGroup("library", help="Look after a library: sync, analyse, take along.")


def _whose(name: str | None) -> Person:
    """Return the person who is meant.

    Raises:
        NotFound, InvalidInput: as `people.meant`.
        Conflict: it is a child's profile.
    """
    with reading() as session:
        person = people.meant(session, name)
        people.demand_grown_up(session, person.id)
    return person


@library_commands.command("sync")
@click.option(
    "--user", "name", metavar="NAME", help="Whose it is; not needed where one person lives."
)
def sync_library(name: str | None) -> None:
    """Bring somebody's library up to date with Spotify, and wait for it."""
    with in_one_line():
        owner = Owner(_whose(name).id)
        result = done(partial(library_tasks.ask_sync, owner=owner, resource="library"))
    click.echo(
        f"{result.get('playlists', 0):,} playlists, {result.get('playlists_read', 0):,} of them"
        f" read, {result.get('unreadable', 0):,} that cannot be; {result.get('plays', 0):,} new"
        " plays."
    )
    if result["not_allowed"]:
        click.echo(f"Not allowed, and left out: {', '.join(result['not_allowed'])}.")


@library_commands.command("analyze")
@click.argument("kind", type=click.Choice(_KINDS), metavar="KIND")
@click.argument("scope", metavar="[ID]", default="")
@click.option("--user", "name", metavar="NAME", help="For whom; not needed where one person lives.")
def analyze(kind: str, scope: str, name: str | None) -> None:
    """Analyse something of somebody's, and wait for it.

    KIND is track, album, playlist or artist, with the number that its page has in its address;
    liked, without one; or period, with days like 2026-01-01..2026-01-31.
    """
    with in_one_line():
        _check(kind, scope)
        person = _whose(name)
        ask = partial(library_tasks.ask_analyze, owner=Owner(person.id), kind=kind, scope=scope)
        result = done(ask)
        with reading() as session:
            shown = analyses.get(session, person.id, result["analysis_id"])
    click.echo(
        f"{shown.title}: the sound of {result['with_features']:,} of"
        f" {result['tracks']:,} tracks is known."
    )
    for problem in result["problems"]:
        click.echo(problem)
    for line in _lines(shown):
        click.echo(line)


def _check(kind: str, scope: str) -> None:
    """Go on only if what is to be analysed is said.

    Raises:
        InvalidInput: its number or its days are missing, or there is none of it.
    """
    if kind == "liked" and scope:
        raise InvalidInput({"": "There is one list of liked songs: give no number."})
    if kind != "liked" and not scope:
        wanted = "days like 2026-01-01..2026-01-31" if kind == "period" else "its number"
        raise InvalidInput({"": f"Say which {kind}: give {wanted}."})


def _lines(shown: analyses.Shown) -> Iterator[str]:
    """Yield each feature that is known: its mean, from the least to the most."""
    for field, feature in FEATURES.items():
        mean = shown.data.averages.get(field)
        ends = shown.data.superlatives.get(field)
        if mean is not None:
            span = f"   {value(field, ends.min)} to {value(field, ends.max)}" if ends else ""
            yield f"  {feature.name:<16} {value(field, mean):>12}{span}"


@library_commands.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--user", "name", metavar="NAME", help="Whose it is; not needed where one person lives."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def export_library(file: Path, name: str | None, *, force: bool) -> None:
    """Write the tracks of somebody's library to FILE with how they sound: a table (csv)."""
    with in_one_line():
        person = _whose(name)
        export_file.check(file, force=force)
        told = partial(track_tables.of_tracks, clock.zone(person.zone))
        rows = track_tables.rows(database(), partial(_tracks, person.id), told)
        lines = track_tables.written(track_tables.COLUMNS, rows)
        export_file.write(file, (line.encode() for line in lines))
    click.echo(str(file))


def _tracks(person_id: int, session: Session, skip: int) -> Sequence[Any]:
    page = Page(track_tables.BATCH, skip)
    return library_lists.tracks(session, person_id, TrackFilter(), page).items
