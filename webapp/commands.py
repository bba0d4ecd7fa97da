"""The command line: `./run COMMAND`, or `flask --app server COMMAND`."""

import sys

import click
from flask.cli import AppGroup

from core import clock
from core.errors import NeedledropError
from database import people, tokens
from database.people import NewPerson
from database.tokens import NewToken
from webapp import forms
from webapp.backup_commands import backup, restore
from webapp.crates_commands import crates_commands
from webapp.database import reading, settings, writing
from webapp.db_commands import db_commands
from webapp.library_commands import library_commands
from webapp.listening_commands import listening_commands
from webapp.mosaic_commands import mosaic, recipe_commands
from webapp.shelf_commands import shelf_commands
from webapp.support_commands import support
from webapp.work_commands import import_file, imports_commands, task_commands

user_commands = AppGroup("user", help="Look after the people of this house.")
token_commands = AppGroup("token", help="Look after tokens for the API.")


_ALL = (
    backup,
    restore,
    user_commands,
    token_commands,
    task_commands,
    mosaic,
    recipe_commands,
    import_file,
    imports_commands,
    shelf_commands,
    listening_commands,
    library_commands,
    crates_commands,
    db_commands,
    support,
)
house = click.Group("house", commands=list(_ALL), help="Look after this house.")


@user_commands.command("add")
@click.argument("name")
@click.option("--admin", is_flag=True, help="May look after the house.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add_user(name: str, *, admin: bool, password_stdin: bool) -> None:
    """Add a person called NAME."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else _asked()
    try:
        wanted = forms.read(NewPerson, {"username": name, "password": password})
        with writing() as session:
            people.add(session, wanted, zone=clock.machine_zone(), is_admin=admin)
    except NeedledropError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{name} can log in now.")


def _asked() -> str:
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


@user_commands.command("list")
def list_users() -> None:
    """List the people of this house."""
    with reading() as session:
        found = people.listed(session)
    for person in found:
        click.echo(f"{person.name}{'  admin' if person.is_admin else ''}")


@token_commands.command("add")
@click.argument("name")
@click.argument("label")
def add_token(name: str, label: str) -> None:
    """Print a new token for NAME, to be used by LABEL; it is shown this once."""
    try:
        wanted = forms.read(NewToken, {"label": label})
        with writing() as session:
            person = people.named(session, name)
            token = tokens.add(session, person.id, wanted.label, folder=settings().data)
    except NeedledropError as error:
        raise click.ClickException(str(error)) from None
    click.echo(token)
