"""Discogs' dumps: which there are, and one that was asked for fetched until it is whole."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from clients import discogs_data
from clients.discogs_data import SERVICE, Coming, DiscogsData, Listing
from clients.outside import outside
from core import dump_files
from core.dump_files import GZIP, RELEASES
from core.errors import NotYet, RemoteError
from core.room import check_room
from database import dumps
from database.dumps import Noticed, Wanted
from database.models import Dump
from database.owner import Owner
from worker_jobs.downloads import Part, Speed, sha256_of
from worker_jobs.run import Run

PAGE = "/crates/dumps"
_MB = 1_000_000
_LARGER = 2  # times what is listed, or was usual: far more than any month adds
_SOON = 5.0  # seconds until a line that was cut is tried again, where something had come


def look_for_dumps(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Look which dumps there are at Discogs; safe to repeat.

    Args: {}, or {"fetch": True} and what database.dumps.Wanted says: a new one is then fetched.
    Result: {"version": of the newest that is complete, or None, "coming": of one that is newer
    and not complete, or None, "result_url": str}.

    Raises:
        RemoteError: Discogs gives no answer, or none that we understand.
    """
    run.report("Looking which dumps there are at Discogs")
    with _asking(run) as data:
        listed = data.listed()
        found = _newest(data, listed)
    newest = found[0].version if found else None
    later = [one for one in listed if newest is None or one.version > newest]
    with run.db.writing() as session:
        dumps.notice(session, [*found, *(row for one in later for row in _noticed(one, {}))])
        is_new = newest is not None and dumps.is_new_to_us(session, newest)
    if args.get("fetch") and is_new:
        _fetch_at_finish(run, Wanted.model_validate(args), found)
    coming = later[0].version if later else None
    return {"version": newest, "coming": coming, "result_url": PAGE}


def _fetch_at_finish(run: Run, wanted: Wanted, found: Sequence[Noticed]) -> None:
    """Have those of the wanted files fetched that have a checksum."""
    whole = {one.kind for one in found if one.sha256}
    more = tuple(kind for kind in wanted.more if kind in whole)
    there, owner = wanted.model_copy(update={"more": more}), Owner(run.task.person_id)

    def ask(session: Session) -> None:
        dumps.ask_fetch(session, owner, found[0].version, there)

    run.at_finish(ask)


@contextmanager
def _asking(run: Run) -> Iterator[DiscogsData]:
    settings = run.settings
    with outside(settings, *discogs_data.bases(settings)) as http:
        elsewhere = discogs_data.beside(settings)
        yield DiscogsData(settings.discogs_data_url, http, elsewhere)


def _newest(data: DiscogsData, listed: Sequence[Listing]) -> list[Noticed]:
    """Return the files of the newest dump of which the releases and their checksum are there."""
    for one in listed:
        if one.sums is None or RELEASES not in one.files:
            continue
        sums = data.checksums(one)
        if RELEASES in sums:
            return _noticed(one, sums)
    return []


def _noticed(one: Listing, sums: dict[str, str]) -> list[Noticed]:
    return [
        Noticed(one.version, kind, file.address, file.size, sums.get(kind))
        for kind, file in one.files.items()
    ]


def fetch_dump(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Fetch files of a dump and have them imported; one that is repeated goes on where it was.

    What was fetched of other dumps makes room first. Args: {"version": str} and what
    database.dumps.Wanted says. Result: {"version": str, "files": how many, "bytes": of all,
    "result_url": str}.

    Raises:
        NotFound, Conflict: there is no such dump, or it is not complete; or there is no room.
        RemoteError: a file cannot be had, or came with another checksum than is listed.
        NoRoom: somebody else has filled the disk meanwhile.
    """
    version, wanted = args["version"], Wanted.model_validate(args)
    run.settings.dumps.mkdir(mode=0o700, exist_ok=True)
    for row in _wanted(run, version, wanted):
        _settle(run, row)
    with run.db.reading() as session:
        dumps.check_room(session, run.db, run.settings, version, wanted)
        others = [row for row in dumps.kept(session) if row.version != version]
    for row in others:
        _drop(run, row)
    rows = _wanted(run, version, wanted)
    with _asking(run) as data:
        paths = {row.kind: _Fetching(run, data, row).whole() for row in rows}
    _import_at_finish(run, paths, version, wanted)
    size = sum(path.stat().st_size for path in paths.values())
    return {"version": version, "files": len(paths), "bytes": size, "result_url": PAGE}


def _import_at_finish(run: Run, paths: dict[str, Path], version: str, wanted: Wanted) -> None:
    files = {kind: str(path) for kind, path in paths.items()}
    owner = Owner(run.task.person_id)

    def ask(session: Session) -> None:
        dumps.ask_import(session, owner, files=files, version=version, wanted=wanted)

    run.at_finish(ask)


def _wanted(run: Run, version: str, wanted: Wanted) -> list[Dump]:
    with run.db.reading() as session:
        return dumps.of_version(session, version, wanted.kinds)


def _settle(run: Run, row: Dump) -> None:
    """Have a row say what is in the folder: a kill may have come in between, or a person."""
    path = _path(run, row)
    if path.is_file() and sha256_of(path, run) == row.sha256:
        if row.path is None:
            _say_fetched(run, row)
    elif row.path is not None:
        _drop(run, row)


def _path(run: Run, row: Dump) -> Path:
    return run.settings.dumps / dump_files.name_of(row.version, row.kind)


def _say_fetched(run: Run, row: Dump) -> None:
    path = _path(run, row)
    below = str(path.relative_to(run.settings.data))
    with run.db.writing() as session:
        dumps.fetched(session, row, path=below, size=path.stat().st_size)


def _drop(run: Run, row: Dump) -> None:
    path = _path(run, row)
    path.with_name(f"{path.name}.part").unlink(missing_ok=True)
    # Else it is of that name, but was brought by somebody.
    if row.path is not None:
        path.unlink(missing_ok=True)
    with run.db.writing() as session:
        dumps.dropped(session, row.id)


class _Fetching:
    """One file of a dump, fetched until it is whole, or as far as it comes this time."""

    def __init__(self, run: Run, data: DiscogsData, row: Dump) -> None:
        self._run, self._data, self._row = run, data, row
        self._path = _path(run, row)

    def whole(self) -> Path:
        """Return where it is.

        Raises:
            RemoteError: it does not come, or it is not what is listed.
            NoRoom: the disk is full, or would be.
        """
        if self._row.path is None:
            with Part.opened(self._path) as part:
                try:
                    self._fill(part)
                finally:
                    self._keep(part)
                self._judge(part)
            _say_fetched(self._run, self._row)
        return self._path

    def _fill(self, part: Part) -> None:
        row = self._row
        # Of what nobody has noted anything, nobody knows of which file it is.
        if row.etag is not None or row.bytes_done:
            part.go_on(row.bytes_done, self._run)
        else:
            part.begin_anew()
        had = part.size
        if part.sha256 == row.sha256:
            return
        try:
            with self._data.coming(row.address or "", start=had, etag=row.etag) as coming:
                self._take(part, coming)
        except RemoteError as error:
            if error.retry_after is None or part.size <= had:
                raise
            # It goes on: that uses up no try.
            raise NotYet(SERVICE, str(error), retry_after=min(error.retry_after, _SOON)) from None

    def _take(self, part: Part, coming: Coming) -> None:
        if coming.start == 0:
            part.begin_anew()
        self._check_size(coming.size or 0)
        check_room(self._path.parent, (coming.size or part.size) - part.size)
        speed = Speed(part.size)
        of = None if coming.size is None else coming.size // _MB
        for number, piece in enumerate(coming.pieces):
            if number == 0:
                self._begin(part, coming, piece)
            part.add(piece)
            self._check_size(part.size)
            msg = f"Fetching {self._path.name}{speed.left(part.size, coming.size)}, in MB"
            self._run.report(msg, part.size // _MB, of)
        if coming.size is not None and part.size < coming.size:
            raise RemoteError(SERVICE, "The answer of Discogs broke off.", retry_after=60.0)

    def _begin(self, part: Part, coming: Coming, piece: bytes) -> None:
        if part.size == 0 and not piece.startswith(GZIP[: len(piece)]):
            # A page of the service, or of a hotel's wifi.
            sentence = "Discogs answered with something else than its dump."
            raise RemoteError(SERVICE, sentence, retry_after=60.0)
        with self._run.db.writing() as session:
            dumps.begun(session, self._row, size=coming.size, etag=coming.etag)

    def _check_size(self, size: int) -> None:
        """Hold on to what such files are: what goes on for ever would fill the disk.

        Raises:
            RemoteError: it is another file.
        """
        if size > _LARGER * max(self._row.size or 0, dump_files.USUAL[self._row.kind]):
            sentence = f"{self._path.name} is far larger than any was: it is not fetched."
            raise RemoteError(SERVICE, sentence)

    def _keep(self, part: Part) -> None:
        part.sync()
        with self._run.db.writing() as session:
            dumps.came(session, self._row, part.size)

    def _judge(self, part: Part) -> None:
        if part.sha256 == self._row.sha256:
            part.publish()
            return
        part.throw_away()
        sentence = (
            f"{self._path.name} came with another checksum than Discogs lists: it was thrown away."
            " Look for dumps again, then fetch it anew."
        )
        with self._run.db.writing() as session:
            dumps.failed(session, self._row, sentence)
        raise RemoteError(SERVICE, sentence)
