"""`./run db copy`: takes a house from SQLite to PostgreSQL, or back."""

import sys
from typing import TYPE_CHECKING

import click

from core import by_hand
from webapp.waiting import in_one_line

if TYPE_CHECKING:
    from database.copying import Proof

# Not Flask's group: it would make the app, and with it the database that the settings name.
db_commands = click.Group("db", help="Look after the database of this house.")

_SHOWN = 12  # letters of a sum of 64


@db_commands.command("copy")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy(source: str, target: str) -> None:
    """Copy a house's database FROM one place TO another, which must be empty.

    Each is a file of SQLite or an address like postgresql://USER@HOST/NAME; a password is better
    kept in ~/.pgpass or PGPASSWORD, for others on this machine can read this line. Stop the house
    first. FROM stays as it is.
    """
    # With PostgreSQL's driver, which other commands need not load, and a 32-bit house has not.
    from database import copying

    with in_one_line():
        given, taken = copying.address(source), copying.address(target)
        proofs = copying.copy(given, taken, _tell)
    _tell("")
    for line in _table(proofs):
        click.echo(line)
    for line in _afterwards(copying.shown(given), copying.shown(taken)):
        click.echo(line)


def _tell(table: str) -> None:
    """Show where it is, to whoever looks."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{table}", nl=False, err=True)


def _table(proofs: "list[Proof]") -> list[str]:
    width = max(len(proof.table) for proof in proofs)
    lines = [f"{'table':{width}}  {'rows':>12}  {'FROM':{_SHOWN}}  {'TO':{_SHOWN}}"]
    for table, source, target in proofs:
        sums = f"{source.digest[:_SHOWN]}  {target.digest[:_SHOWN]}"
        lines.append(f"{table:{width}}  {target.rows:12,}  {sums}  the same")
    total = sum(proof.target.rows for proof in proofs)
    return [*lines, f"{'together':{width}}  {total:12,}"]


def _afterwards(source: str, target: str) -> list[str]:
    return [
        f"All of it is there. {source} is as it was: keep it until the house has run a while.",
        f"To go on with the copy, start everything with NEEDLEDROP_DATABASE_URL={target}",
        "The folder of data stays where it is, with pictures, uploads and keys: it serves both.",
        f"Crates were not copied: make one again with {by_hand.command('crates import')}, of a",
        "dump that lies in the folder of data or of another.",
    ]
