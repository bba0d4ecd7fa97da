"""How a command ends: 0 when it is done, otherwise 1 with one sentence."""

import sys
from typing import Any, NoReturn

import click

from core.errors import NeedledropError


def run(command: click.Command, name: str, **more: Any) -> NoReturn:
    """Do what the command line says, and end this process.

    click would answer wrong usage with several lines and with a status of its own.
    """
    try:
        status = command.main(prog_name=name, standalone_mode=False, **more)
    except click.exceptions.NoArgsIsHelpError as error:
        _fail(f"Say what to do: {error.ctx.command_path if error.ctx else name} --help tells.")
    except click.ClickException as error:
        _fail(" ".join(error.format_message().split()))
    except click.Abort:
        _fail("Stopped.")
    except NeedledropError as error:
        _fail(str(error))
    sys.exit(status if isinstance(status, int) else 0)


def _fail(sentence: str) -> NoReturn:
    sys.exit(f"Error: {sentence}")
