"""Where the crate comes from: dumps at Discogs and in the folder of data. Admins have them come."""

import shutil
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy.orm import Session

from core import dump_files
from core.crate_rows import ALL, VIDEOS
from core.dump_files import RELEASES, Minutes
from core.errors import BadFile, Conflict, InvalidInput, NotFound
from core.room import check_room_ahead
from database import crate_sample, dumps, tasks
from database.dumps import Opened, Wanted
from database.models import Dump
from webapp import forms
from webapp.access import admin_only
from webapp.crates import bp, brought
from webapp.crates.brought import There
from webapp.database import database, reading, settings, writing
from webapp.owner import current_owner

_VERSION_WANTED = "The day in the name of the dump, like 20261001."
_FILES_WANTED = "Tick the file with the releases, and those that are to come with it."


class Fetch(Wanted):
    """A dump at Discogs that is to become the crate."""

    version: str = Field(pattern=r"^\d{8}$", description=_VERSION_WANTED)


class Bring(Wanted):
    """Files in the folder of dumps that are to become the crate."""

    file: tuple[str, ...] = Field(min_length=1, description=_FILES_WANTED)
    version: str = Field("", description=f"{_VERSION_WANTED} Empty: as the names say.")
    anyway: bool = Field(default=False, description="Though it is much smaller than the last.")

    @field_validator("version")
    @classmethod
    def _a_day(cls, version: str) -> str:
        if version and not dump_files.is_version(version):
            raise ValueError(_VERSION_WANTED)
        return version


class Daily(Wanted):
    """Whether new dumps are fetched by themselves."""

    is_on: bool = Field(description="Say 1 for on, or 0 for off.")


class Which(BaseModel):
    """A file in the folder of dumps."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    name: str = Field(description="Say which file.")


class Cost(NamedTuple):
    """What a scope takes of the machine, with the files that always come: in bytes, in minutes."""

    scope: str
    room: int
    fetching: Minutes
    importing: Minutes


class Ticked(NamedTuple):
    """What is chosen in a form as it is shown; `files` are names."""

    scope: str
    more: Sequence[str]
    barcodes: bool
    files: Sequence[str] = ()


class Going(NamedTuple):
    """An open task about dumps, with what it last said."""

    task: Opened
    label: str
    msg: str
    done: int | None
    of: int | None


@bp.get("/dumps")
def show_dumps() -> str:
    return _page()


def _page(problems: Mapping[str, str] | None = None) -> str:
    with reading() as session:
        rows = dumps.listed(session)
        last, serving = dumps.last_import(session), dumps.serving_import(session)
        is_daily, daily = dumps.daily(session)
        opened = dumps.open_tasks(session)
    newest = dumps.newest_complete(rows)
    files = [row for row in rows if row.version == newest]
    size = dumps.size_of(files, [RELEASES])
    there = brought.there() if current_user.is_admin else []
    return render_template(
        "crates/dumps.html",
        newest=newest,
        files=files,
        here=[row.kind for row in files if row.path and (settings().data / row.path).is_file()],
        coming=_coming(rows, newest),
        last=last,
        serving=serving,
        sample=crate_sample.VERSION,
        going=[_going(task) for task in opened],
        costs=[_cost(size, scope) for scope in (VIDEOS, ALL)],
        size=size,
        free=shutil.disk_usage(settings().data).free,
        there=there,
        folder=settings().dumps,
        is_daily=is_daily,
        daily=daily,
        fetching=_ticked("fetch_dump", daily, []),
        regular=_ticked("set_daily_dumps", daily, []),
        importing=_ticked("import_dump", daily, there),
        form=forms.Shown(Bring, request.form, problems or {}),
    )


def _ticked(form: str, daily: Wanted, there: Sequence[There]) -> Ticked:
    """Return what was ticked in a form that comes back; else what is most likely meant."""
    said = request.form
    if request.endpoint == f"crates.{form}":
        more, files = said.getlist("more"), said.getlist("file")
        return Ticked(said.get("scope", VIDEOS), more, "barcodes" in said, files)
    newest = brought.newest_releases(there)
    return Ticked(daily.scope, daily.more, daily.barcodes, [newest] if newest else [])


def _coming(rows: Sequence[Dump], newest: str | None) -> list[Dump]:
    """Return the files of the newest dump, where that is not complete yet."""
    version = max((row.version for row in rows), default=None)
    return [row for row in rows if row.version == version and version != newest]


def _going(task: Opened) -> Going:
    called = tasks.label(task.action, {})
    said = database().progress.read(task.id)
    if said is None or said.attempt != task.attempt:
        return Going(task, called, task.error_msg or "Waiting for its turn", None, None)
    return Going(task, called, said.msg, said.done, said.of)


def _cost(size: int, scope: str) -> Cost:
    return Cost(
        scope,
        size + dumps.room_here(database(), size, scope),
        dump_files.minutes_to_fetch(size),
        dump_files.minutes_to_import(size, scope),
    )


@bp.post("/dumps/look")
@admin_only
def look_for_dumps() -> ResponseReturnValue:
    """Ask which dumps there are at Discogs; nothing is fetched by that."""
    with writing() as session:
        task = dumps.ask_look(session, current_owner())
    return _to(task.public_id)


@bp.post("/dumps/fetch")
@admin_only
def fetch_dump() -> ResponseReturnValue:
    """Have a dump fetched, and imported then."""
    try:
        wanted = forms.read(Fetch, _given())
        with writing() as session:
            dumps.check_room(session, database(), settings(), wanted.version, wanted.what)
            task = dumps.ask_fetch(session, current_owner(), wanted.version, wanted.what)
    except (InvalidInput, Conflict, NotFound) as error:
        return _page(_problems(error)), error.status
    return _to(task.public_id)


@bp.post("/dumps/import")
@admin_only
def import_dump() -> ResponseReturnValue:
    """Have files imported that lie in the folder of dumps."""
    try:
        wanted = forms.read(Bring, _given())
        found = dump_files.chosen([brought.named(name) for name in wanted.file], wanted.version)
        room = dumps.room_here(database(), found.size, wanted.scope)
        check_room_ahead(settings().data, room)
    except (InvalidInput, BadFile, Conflict, NotFound) as error:
        return _page(_problems(error)), error.status
    files = {kind: str(path) for kind, path in found.files.items()}
    with writing() as session:
        task = dumps.ask_import(
            session,
            current_owner(),
            files=files,
            version=found.version,
            wanted=wanted.what,
            anyway=wanted.anyway,
        )
    return _to(task.public_id)


@bp.post("/dumps/daily")
@admin_only
def set_daily_dumps() -> ResponseReturnValue:
    """Have new dumps fetched by themselves, or not any more."""
    try:
        wanted = forms.read(Daily, _given())
        with writing() as session:
            dumps.set_daily(session, wanted.what, is_on=wanted.is_on)
    except (InvalidInput, NotFound) as error:
        return _page(_problems(error)), error.status
    flash(
        "New dumps come by themselves from now on."
        if wanted.is_on
        else "New dumps do not come by themselves any more."
    )
    return redirect(url_for(".show_dumps"), 303)


@bp.post("/dumps/delete")
@admin_only
def delete_dump() -> ResponseReturnValue:
    """Delete a file of a dump; the crate that was made of it stays."""
    path = brought.named(forms.read(Which, request.form).name)
    with writing() as session:
        if dumps.open_tasks(session):
            raise Conflict("A dump is being fetched or imported: wait for that, or cancel it.")
        _say_dropped(session, path.name)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise Conflict(f"{path.name} cannot be deleted ({error.strerror}).") from None
    flash(f"{path.name} is deleted.")
    return redirect(url_for(".show_dumps"), 303)


def _say_dropped(session: Session, name: str) -> None:
    told = dump_files.named(name.removesuffix(".part"))
    row = _row(dumps.listed(session), told) if told else None
    if row is not None:
        dumps.dropped(session, row.id)


def _row(rows: Sequence[Dump], told: dump_files.Named) -> Dump | None:
    return next((row for row in rows if (row.version, row.kind) == told), None)


def _given() -> dict[str, Any]:
    """Return what a form says, with all that was ticked by one name."""
    lists = {name: request.form.getlist(name) for name in ("more", "file")}
    return {**request.form, **{name: said for name, said in lists.items() if said}}


def _problems(error: InvalidInput | BadFile | Conflict | NotFound) -> Mapping[str, str]:
    return error.problems if isinstance(error, InvalidInput) else {"": str(error)}


def _to(public_id: str) -> ResponseReturnValue:
    return redirect(url_for("tasks.show", public_id=public_id), 303)
