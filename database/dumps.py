"""Which dumps there are at Discogs and in the folder of data, and what is asked about them."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.crate_rows import ALL, VIDEOS
from core.dump_files import KINDS, RELEASES, USUAL, name_of, room_for_crate
from core.errors import Conflict, NotFound
from core.room import check_room_ahead
from core.settings import Settings
from database import schedules, tasks
from database.engine import Database
from database.models import CrateImport, Dump, Schedule, Task
from database.owner import Owner
from database.tasks import Enqueued

DAILY = "dumps of Discogs"
LOOK, FETCH, IMPORT = "look_for_dumps", "fetch_dump", "import_crate"
# One at a time of those that fill the disk and change what the crate is.
LOCK = "crate"
_IMPORTS = select(CrateImport).order_by(CrateImport.id.desc())
_SCOPE_WANTED = "Say videos, or all."
_KINDS_WANTED = "Say masters, artists, labels, or none of them."


class Wanted(BaseModel):
    """What of a dump is to become the crate; the releases always do.

    `more`: further kinds of files. `barcodes`: kept with the releases, so that they are found by
    them.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    scope: str = Field(VIDEOS, pattern=f"^({VIDEOS}|{ALL})$", description=_SCOPE_WANTED)
    more: tuple[str, ...] = Field((), description=_KINDS_WANTED)
    barcodes: bool = Field(default=False, description="Takes a little more room.")

    @field_validator("more")
    @classmethod
    def _known(cls, more: tuple[str, ...]) -> tuple[str, ...]:
        if not set(more) <= set(KINDS):
            raise ValueError(_KINDS_WANTED)
        return tuple(kind for kind in KINDS if kind in more and kind != RELEASES)

    @property
    def kinds(self) -> tuple[str, ...]:
        return (*self.more, RELEASES)

    @property
    def what(self) -> "Wanted":
        """This, without what a form says beside it."""
        return Wanted(scope=self.scope, more=self.more, barcodes=self.barcodes)


class Noticed(NamedTuple):
    """A file as it is listed; `sha256` is None until the checksums of its dump are."""

    version: str
    kind: str
    address: str
    size: int | None
    sha256: str | None


class Import(NamedTuple):
    """`counts` is None where it has not ended, and empty where it has failed."""

    public_id: str
    version: str
    scope: str
    counts: dict[str, Any] | None
    problems: list[Any]
    created_at: int
    finished_at: int | None

    @property
    def has_failed(self) -> bool:
        return self.counts == {}


class Opened(NamedTuple):
    """An open task about dumps, as it is shown."""

    id: int
    public_id: str
    action: str
    status: str
    attempt: int
    error_msg: str | None


def notice(session: Session, listed: Sequence[Noticed]) -> None:
    """Write down what is listed: new files, their checksums once those are there.

    A file that was replaced at Discogs counts as one of which nothing has come. Files that are
    neither listed nor here are forgotten.
    """
    known = {(row.version, row.kind): row for row in session.scalars(select(Dump))}
    for one in listed:
        row = known.pop((one.version, one.kind), None)
        if row is None:
            session.add(_new(one))
        elif row.fetched_at is None or row.sha256 != one.sha256:
            _renew(row, one)
    # One with an ETag was begun: something of it may be here, whatever a kill let be noted.
    gone = [row.id for row in known.values() if row.bytes_done == 0 and row.etag is None]
    session.execute(delete(Dump).where(Dump.id.in_(gone)))


def _new(one: Noticed) -> Dump:
    return Dump(
        version=one.version,
        kind=one.kind,
        address=one.address,
        size=one.size,
        sha256=one.sha256,
        bytes_done=0,
        noticed_at=clock.now(),
    )


def _renew(row: Dump, one: Noticed) -> None:
    row.address = one.address
    if row.etag is None:
        row.size = one.size  # what came with the file itself is exact
    if one.sha256 is None or row.sha256 == one.sha256:
        return
    if row.sha256 is not None:
        row.etag, row.bytes_done, row.size = None, 0, one.size
    row.path = row.fetched_at = row.problem = None
    row.sha256 = one.sha256


def listed(session: Session) -> list[Dump]:
    """Return the files that are known, the newest dump first."""
    return list(session.scalars(select(Dump).order_by(Dump.version.desc(), Dump.kind)))


def newest_complete(rows: Sequence[Dump]) -> str | None:
    """Return the newest version of which the releases can be had."""
    versions = (row.version for row in rows if row.kind == RELEASES and row.sha256 is not None)
    return max(versions, default=None)


def of_version(session: Session, version: str, kinds: Sequence[str]) -> list[Dump]:
    """Return these files of a dump, in the order of `kinds`.

    Raises:
        NotFound: nothing is known of that dump.
        Conflict: it is not complete, or has no such file.
    """
    rows = {row.kind: row for row in session.scalars(select(Dump).where(Dump.version == version))}
    if not rows:
        raise NotFound("dump", version)
    lacking = [kind for kind in kinds if kind not in rows or rows[kind].sha256 is None]
    if lacking:
        raise Conflict(f"The dump {version} has no {' and no '.join(lacking)} yet.")
    return [rows[kind] for kind in kinds]


def begun(session: Session, row: Dump, *, size: int | None, etag: str | None) -> None:
    """Keep what the server says of a file that comes: it may have to be asked for the rest."""
    said = {"etag": etag, "problem": None} | ({} if size is None else {"size": size})
    _keep(session, row, said)


def came(session: Session, row: Dump, bytes_done: int) -> None:
    """Keep how much of a file is certainly on the disk."""
    _keep(session, row, {"bytes_done": bytes_done})


def fetched(session: Session, row: Dump, *, path: str, size: int) -> None:
    """Write down that a file is there, whole; `path` is below the folder of data."""
    said = {"path": path, "size": size, "bytes_done": size, "fetched_at": clock.now()}
    _keep(session, row, {**said, "problem": None})


def failed(session: Session, row: Dump, problem: str) -> None:
    """Write down why what has come of a file was thrown away."""
    _keep(session, row, {"problem": problem, "bytes_done": 0, "etag": None})


def _keep(session: Session, row: Dump, said: dict[str, Any]) -> None:
    # Not where another file was listed in its place meanwhile: of that one nothing has come.
    is_same = (Dump.id == row.id, Dump.sha256 == row.sha256)
    session.execute(update(Dump).where(*is_same).values(said))


def dropped(session: Session, dump_id: int) -> None:
    """Write down that nothing of a file is here any more."""
    session.execute(
        update(Dump)
        .where(Dump.id == dump_id)
        .values(path=None, bytes_done=0, etag=None, fetched_at=None, problem=None)
    )


def kept(session: Session) -> list[Dump]:
    """Return the files of which at least something was fetched."""
    query = select(Dump).where(or_(Dump.bytes_done > 0, Dump.etag.is_not(None)))
    return list(session.scalars(query.order_by(Dump.id)))


def imported_version(session: Session) -> str | None:
    """Return the version of the newest dump that has become the crate."""
    return session.scalar(
        select(func.max(CrateImport.version)).where(CrateImport.name.is_not(None))
    )


def is_new_to_us(session: Session, version: str) -> bool:
    """Say whether a dump is newer than the crate, and may be fetched by itself.

    Not where something was wrong with it: that is for a person to decide.
    """
    imported = imported_version(session)
    if imported is not None and imported >= version:
        return False
    row = session.scalar(select(Dump).where(Dump.version == version, Dump.kind == RELEASES))
    return row is not None and row.problem is None and row.fetched_at is None


def last_import(session: Session) -> Import | None:
    """Return the import that was begun last, however it ended."""
    return _import(session.scalar(_IMPORTS.limit(1)))


def serving_import(session: Session) -> Import | None:
    """Return the import that made the crate that serves."""
    # By when they ended: the one finished last serves.
    ended = _IMPORTS.where(CrateImport.name.is_not(None)).order_by(None)
    newest = ended.order_by(CrateImport.finished_at.desc(), CrateImport.id.desc())
    return _import(session.scalar(newest.limit(1)))


def _import(row: CrateImport | None) -> Import | None:
    if row is None:
        return None
    return Import(
        row.public_id, row.version, row.scope, row.counts, row.problems or [], row.created_at,
        row.finished_at,
    )  # fmt: skip


def open_tasks(session: Session) -> list[Opened]:
    """Return what is being done about dumps, whoever has asked for it."""
    # In words and not as a parameter: a bound status would not find the partial indexes.
    query = select(
        Task.id, Task.public_id, Task.action, Task.status, Task.attempt, Task.error_msg
    ).where(text("status IN ('WAITING', 'PROGRESSING')"), Task.action.in_((LOOK, FETCH, IMPORT)))
    return [Opened(*row) for row in session.execute(query.order_by(Task.id))]


def ask_look(session: Session, owner: Owner) -> Enqueued:
    """Put in the task that looks which dumps there are."""
    return tasks.enqueue(session, LOOK, {}, owner=owner, dedup_key=LOOK)


def ask_fetch(session: Session, owner: Owner, version: str, wanted: Wanted) -> Enqueued:
    """Put in the task that fetches a dump, which then has it imported.

    Raises:
        NotFound, Conflict: as `of_version`.
    """
    of_version(session, version, wanted.kinds)
    return tasks.enqueue(
        session,
        FETCH,
        {"version": version, **wanted.model_dump(mode="json")},
        owner=owner,
        lane=tasks.LONG,
        dedup_key=FETCH,
        lock_key=LOCK,
    )


def ask_import(  # noqa: PLR0913 - all by name
    session: Session,
    owner: Owner,
    *,
    files: dict[str, str],
    version: str,
    wanted: Wanted,
    anyway: bool = False,
) -> Enqueued:
    """Put in the task that makes a crate out of files by their kind, all of them whole.

    Their paths are absolute. The very same once more while it is open is that task. `anyway`:
    though it has far fewer releases than the crate before.
    """
    args = {
        "dumps": files,
        "version": version,
        "scope": wanted.scope,
        "barcodes": wanted.barcodes,
        "sha256": _sums(session, files, version),
        "anyway": anyway,
    }
    return tasks.enqueue(
        session,
        IMPORT,
        args,
        owner=owner,
        lane=tasks.LONG,
        dedup_key=f"{IMPORT}:{_digest(args)}",
        lock_key=LOCK,
    )


def _digest(args: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(args, sort_keys=True).encode()).hexdigest()


def _sums(session: Session, files: dict[str, str], version: str) -> dict[str, str]:
    """Return the checksums of those that bear the names of files whose checksums are known."""
    rows = session.scalars(select(Dump).where(Dump.version == version))
    known = {row.kind: row.sha256 for row in rows if row.sha256 is not None}
    return {
        kind: known[kind]
        for kind, path in files.items()
        if kind in known and path.rpartition("/")[2] == name_of(version, kind)
    }


def daily(session: Session) -> tuple[bool, Wanted]:
    """Return whether new dumps are fetched by themselves, and what of them is wanted then."""
    row = session.get(Schedule, DAILY)
    if row is None:
        return False, Wanted()
    said = {name: row.args[name] for name in Wanted.model_fields if name in row.args}
    return row.is_enabled and bool(row.args.get("fetch")), Wanted.model_validate(said)


def set_daily(session: Session, wanted: Wanted, *, is_on: bool) -> None:
    """Have new dumps fetched by themselves, or not any more.

    Raises:
        NotFound: no worker has run in this house yet.
    """
    schedules.set_enabled(session, DAILY, is_enabled=is_on)
    schedules.set_args(session, DAILY, {"fetch": is_on, **wanted.model_dump(mode="json")})


def size_of(rows: Sequence[Dump], kinds: Sequence[str]) -> int:
    """Return how large these files of one dump are together; the usual where nobody knows."""
    known = {row.kind: row.size for row in rows}
    return sum(known.get(kind) or USUAL[kind] for kind in kinds)


def room_here(db: Database, size: int, scope: str) -> int:
    """Return what a crate out of `size` bytes of dumps wants of the disk of the data folder."""
    return room_for_crate(size, scope) if db.is_sqlite else 0


def check_room(
    session: Session, db: Database, settings: Settings, version: str, wanted: Wanted
) -> None:
    """Say no to a dump before anything of it comes; what is here of others is deleted for it.

    Raises:
        NotFound, Conflict: as `of_version`.
        Conflict: what is still to come, and the crate, want more room than there is.
    """
    rows = of_version(session, version, wanted.kinds)
    freed = sum(row.bytes_done for row in kept(session) if row.version != version)
    coming = to_come(rows) - freed
    crate = room_here(db, size_of(rows, wanted.kinds), wanted.scope)
    files, data = settings.dumps, settings.data
    if files.is_dir() and files.stat().st_dev != data.stat().st_dev:
        check_room_ahead(files, coming)
        check_room_ahead(data, crate)
    else:
        check_room_ahead(data, coming + crate)


def to_come(rows: Sequence[Dump]) -> int:
    """Return how many bytes of these files are still to be fetched."""
    lacking = (row for row in rows if row.path is None)
    return sum(max(0, size_of([row], [row.kind]) - row.bytes_done) for row in lacking)
