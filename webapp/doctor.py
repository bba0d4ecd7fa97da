"""`./run doctor`: looks whether everything is as it should be, and says what to do where not.

It asks nobody for an app, for it must speak where the program cannot start.
"""

import json

import click

from core import by_hand
from core.errors import BadSetting
from core.settings import Settings, load
from webapp import terminal
from webapp.checkup import backup, database, folder, machine, service, setting, store
from webapp.checkup.check import Check

_MARKS = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}


def examine() -> list[Check]:
    """Look at everything; where the settings are wrong only at what needs none."""
    try:
        settings = load()
    except BadSetting as error:
        hint = "docs/settings.md lists them all."
        return [*machine.look(), Check("settings", "fail", str(error), hint)]
    checks = [*machine.look(), *setting.look(settings), *store.look(settings)]
    checks += folder.look(settings)
    if checks[-1].name == "data folder" and checks[-1].status == "fail":
        return [*checks, machine.clock_check(None), *service.look(settings)]
    return [*checks, *_data(settings), *backup.look(settings), *service.look(settings)]


def _data(settings: Settings) -> list[Check]:
    checks, newest = database.look(settings)
    if all(check.status == "ok" for check in checks):
        checks.append(database.worker(settings))
    return [*checks, machine.clock_check(newest)]


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> None:
    """Look whether everything is as it should be."""
    checks = examine()
    is_well = not any(check.status == "fail" for check in checks)
    if as_json:
        body = {"ok": is_well, "checks": [check._asdict() for check in checks]}
        click.echo(json.dumps(body, indent=2, ensure_ascii=False))
    else:
        for check in checks:
            click.echo(_line(check))
    context.exit(0 if is_well else 1)


def _line(check: Check) -> str:
    hint = f"\n{'':19}{check.hint}" if check.hint else ""
    return f"{_MARKS[check.status]} {check.name:13} {check.detail}{hint}"


if __name__ == "__main__":
    terminal.run(doctor, by_hand.command("doctor"))
