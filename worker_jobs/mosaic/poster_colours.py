"""The colours of many posters, worked out once and kept with them in the database."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from database import pictures
from database.viewings import Seen
from worker_jobs.mosaic import card, colours
from worker_jobs.mosaic.ahead import in_order
from worker_jobs.mosaic.colours import parts_of_plain
from worker_jobs.mosaic.kinds import FILMS, Kind
from worker_jobs.mosaic.pictures import BadPicture
from worker_jobs.mosaic.tiles import tile_of
from worker_jobs.run import Run

_LOOKING = "Looking at the colours"
_BATCH = 200
_THREADS = 2


class PosterColours:
    """The parts of each film's poster, or of its card, when somebody asks for them."""

    def __init__(
        self,
        run: Run,
        films: Sequence[Seen],
        paths: Sequence[Path | None],
        kind: Kind = FILMS,
    ) -> None:
        self._run, self._films, self._paths, self._kind = run, films, paths, kind
        self._parts: list[bytes] | None = None

    def __len__(self) -> int:
        return len(self._films)

    def all(self) -> list[bytes]:
        """Return what `colours.parts_of` says of each film, by its number."""
        if self._parts is None:
            self._parts = self._looked()
        return self._parts

    def _looked(self) -> list[bytes]:
        names = {path.name for path in self._paths if path}
        with self._run.db.reading() as session:
            known = pictures.parts(session, names)
        left = {path.name: path for path in self._paths if path and path.name not in known}
        calls = [partial(_parts, path, self._kind) for path in left.values()]
        fresh: dict[str, bytes] = {}
        for name, parts in zip(left, in_order(calls, _THREADS, self._report), strict=True):
            if parts is not None:
                known[name] = fresh[name] = parts
            if len(fresh) >= _BATCH:
                self._keep(fresh)
                fresh = {}
        self._keep(fresh)
        return [
            found if path and (found := known.get(path.name)) else _of_card(film, self._kind)
            for film, path in zip(self._films, self._paths, strict=True)
        ]

    def _report(self, _: str, done: int, of: int) -> None:
        self._run.report(_LOOKING, done, of)

    def _keep(self, fresh: dict[str, bytes]) -> None:
        if fresh:
            with self._run.db.writing(bulk=True) as session:
                pictures.keep_parts(session, fresh)


def _parts(path: Path, kind: Kind) -> bytes | None:
    try:
        return colours.parts_of(path, kind)
    except BadPicture:
        return None


def _of_card(film: Seen, kind: Kind) -> bytes:
    return parts_of_plain(card.ground(tile_of(film).key), kind)
