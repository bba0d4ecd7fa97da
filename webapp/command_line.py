"""Where `flask --app server COMMAND` finds the commands: loaded once one is asked for.

A process that serves pages does without them.
"""

import click
from flask import Flask
from flask.cli import AppGroup


class _Commands(AppGroup):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return _house().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _house().get_command(ctx, cmd_name)


def register(app: Flask) -> None:
    app.cli = _Commands(app.name)


def _house() -> click.Group:
    from webapp.commands import house

    return house
