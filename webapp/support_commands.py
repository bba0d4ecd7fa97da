"""`./run support FILE`: what somebody who helps needs to know of a house, and nothing secret.

Each part is taken by itself, so that it also speaks where the program cannot start. No names
of people, no films, records or plays, no key and no password gets into it.
"""

import io
import json
import os
import platform
import re
import socket
import subprocess
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from core import clock, counters, log_setup
from core.errors import CannotStart, NeedledropError
from core.settings import PREFIX, Settings, load
from database import inspection, schedules, schema, task_history
from database.engine import Database
from webapp import export_file, version, vitals
from webapp.checkup import setting
from webapp.doctor import examine

_TASKS, _LOG_LINES = 500, 2_000
_ASK_SECONDS = 30.0
_SHORTEST = 2  # letters of a name
_KEYS = ("secret_key", "token.key")
_WHERE = re.compile(
    r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){3,7}\b"
    r"|\b[0-9a-f]{1,4}(?::[0-9a-f]{1,4})?::[0-9a-f]{0,4}\b",
    re.IGNORECASE,
)
# Lines that tell in quotes who did something: somebody may be gone by now, or have typed a
# password where a name belongs.
_OF_PEOPLE = re.compile(r"\bwebapp\.(?:accounts|admin|listening|scrobble)\b[\w.]*: ")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_OF_TASK = re.compile(r"\btask (\d+)\b")
_HOME = ("127.0.0.1", "0.0.0.0")  # noqa: S104 - they tell of nobody
_ABOUT = """\
What the command `support` gathered of this house. It is plain text: look through it before you
send it to anybody. Names of people are replaced by …, and so are keys and passwords.

doctor.json    what the command `doctor` finds
settings.json  the settings that are given
versions.json  program, Python, system, packages
vitals.json    figures, as /metrics has them
tables.json    how many rows each table has, and of which version they are
schema.sql     how the tables were made (SQLite)
tasks.json     what became of the newest 500 tasks, without what they were about
schedules.json what runs by itself
log.txt        the newest lines of systemd's journal, if that has any
"""


@click.command("support")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def support(file: Path, *, force: bool) -> None:
    """Write FILE, a zip of what somebody who helps needs to know, without secrets."""
    export_file.check(file, force=force)
    before = os.umask(0o077)
    try:
        export_file.write(file, [packed(gathered(load()))])
    finally:
        os.umask(before)
    click.echo(f"{file} is written. Look through it before you send it to anybody.")


def packed(parts: Iterable[tuple[str, str]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts:
            made.writestr(name, content)
    return out.getvalue()


def gathered(settings: Settings) -> Iterable[tuple[str, str]]:
    """Return the parts, by the names of their files, with nothing secret in them."""
    _hide_keys(settings)
    with closing(Database(settings.database, settings.running)) as db:
        hidden = _part(lambda: _names(db, settings))
        of_the_machine = {str(Path.home()), socket.gethostname()}
        blot = _Blot(of_the_machine | (hidden if isinstance(hidden, set) else set()))
        parts: dict[str, Callable[[], Any]] = {
            "doctor.json": examine,
            "settings.json": lambda: _given(settings),
            "versions.json": _versions,
            "vitals.json": lambda: _vitals(db, settings),
            "tables.json": lambda: _tables(db, settings),
            "schema.sql": lambda: _schema(db, settings),
            "tasks.json": lambda: _tasks(db, settings),
            "schedules.json": lambda: _schedules(db, settings),
            "log.txt": lambda: _log(db, settings),
        }
        yield "README.txt", _ABOUT
        for name, make in parts.items():
            made = blot.out_of(_part(make))
            yield name, made if isinstance(made, str) else json.dumps(made, indent=1)


def _part(make: Callable[[], Any]) -> Any:
    try:
        return make()
    except (NeedledropError, CannotStart, DBAPIError, OSError) as error:
        said = getattr(error, "orig", error)
        return f"Not to be had: {type(error).__name__}: {said}\n"


class _Blot:
    """Takes out of a text what tells of somebody."""

    def __init__(self, names: Iterable[str]) -> None:
        known = sorted({name for name in names if len(name) >= _SHORTEST}, key=len, reverse=True)
        words = "|".join(map(re.escape, known))
        self._names = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) if words else None

    def out(self, text: str) -> str:
        if self._names is not None:
            text = self._names.sub("…", text)
        text = _WHERE.sub(lambda found: found[0] if found[0] in _HOME else "…", text)
        return log_setup.scrubbed(text)

    def out_of(self, value: Any) -> Any:
        """Return a value with all texts in it so, as JSON can hold it."""
        if hasattr(value, "_asdict"):
            value = value._asdict()
        if isinstance(value, dict):
            return {str(key): self.out_of(one) for key, one in value.items()}
        if isinstance(value, list | tuple | set):
            return [self.out_of(one) for one in value]
        is_plain = value is None or isinstance(value, bool | int | float)
        return value if is_plain else self.out(str(value))


def _hide_keys(settings: Settings) -> None:
    log_setup.hide_secrets(settings)
    for name in _KEYS:
        file = settings.data / name
        if file.is_file() and os.access(file, os.R_OK):
            log_setup.hide([file.read_text(errors="replace").strip()])


def _is_there(settings: Settings) -> bool:
    """Say whether there is a database; to look for one must not make it."""
    return settings.database_file is None or settings.database_file.exists()


def _names(db: Database, settings: Settings) -> set[str]:
    if not _is_there(settings):
        return set()
    with db.reading() as session:
        return task_history.names(session)


def _given(settings: Settings) -> dict[str, str]:
    return {
        f"{PREFIX}{name.upper()}": setting.shown(name, getattr(settings, name))
        for name in sorted(settings.model_fields_set)
    }


def _versions() -> dict[str, Any]:
    packages = {one.metadata["Name"]: one.version for one in distributions()}
    return {
        "needledrop": version.program_version(),
        "schema": schema.HEAD,
        "python": platform.python_version(),
        "system": platform.platform(),
        "machine": platform.machine(),
        "of": platform.freedesktop_os_release().get("PRETTY_NAME"),
        "packages": dict(sorted(packages.items())),
    }


def _vitals(db: Database, settings: Settings) -> vitals.Vitals | str:
    if not _is_there(settings):
        return "There is no database yet.\n"
    counters.use(settings)
    return vitals.look(db, settings)


def _tables(db: Database, settings: Settings) -> dict[str, Any] | str:
    if not _is_there(settings):
        return "There is no database yet.\n"
    found = schema.version(db)
    with db.reading() as session:
        return {"version": found, "rows": inspection.rows(session)}


def _schema(db: Database, settings: Settings) -> str:
    if not _is_there(settings):
        return ""
    with db.reading() as session:
        return "".join(f"{statement};\n" for statement in inspection.made_by(session))


def _tasks(db: Database, settings: Settings) -> dict[str, Any] | str:
    if not _is_there(settings):
        return "There is no database yet.\n"
    with db.reading() as session:
        newest = task_history.newest(session, _TASKS)
        counted = task_history.counted(session)
    return {"counted": counted, "newest": [_told(one) for one in newest]}


def _told(past: task_history.Past) -> dict[str, Any]:
    """Return what became of a task: its error without any word that it was about."""
    told = past._asdict()
    about = set(_texts(told.pop("args")))
    if past.error_msg is not None:
        told["error_msg"] = _Blot(about).out(past.error_msg)
    for name in ("created_at", "claimed_at", "finished_at"):
        told[name] = None if told[name] is None else f"{clock.utc(told[name]):%Y-%m-%d %H:%M:%S}"
    return told


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _schedules(db: Database, settings: Settings) -> list[dict[str, Any]] | str:
    if not _is_there(settings):
        return "There is no database yet.\n"
    with db.reading() as session:
        rows = schedules.listed(session)
    names = ("name", "action", "rule", "zone", "is_enabled", "next_run_at", "last_slot")
    return [{name: getattr(row, name) for name in names} for row in rows]


def _log(db: Database, settings: Settings) -> str:
    """Return the newest lines of the journal, without what a task was about or who did what."""
    about: dict[int, _Blot] = {}
    if _is_there(settings):
        with db.reading() as session:
            newest = task_history.newest(session, _TASKS)
        about = {one.id: _Blot(_texts(one.args)) for one in newest}
    lines, held = [], _Blot(())
    for line in _journal().splitlines(keepends=True):
        # Lines below, of a traceback say, are about the same task.
        if (found := _OF_TASK.search(line)) is not None:
            held = about.get(int(found[1]), held)
        is_of_people = _OF_PEOPLE.search(line) is not None
        lines.append(held.out(_QUOTED.sub("…", line) if is_of_people else line))
    return "".join(lines)


def _journal() -> str:
    """Return what systemd keeps; without it the log is where ./run was started."""
    command = ["journalctl", "--unit=needledrop-*", f"--lines={_LOG_LINES}", "--no-pager", "-o"]
    try:
        told = subprocess.run(  # noqa: S603 - its arguments are those above
            [*command, "short-iso"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ASK_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return "There is no journal; the log went to where Needledrop was started.\n"
    return told.stdout or "The journal holds no line of Needledrop's.\n"
