"""Crates of a handful of releases, made as an import makes them, on both databases."""

from array import array
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path

from core import crate_rows
from core.crate_rows import ANY, ONLY, WITH_VIDEO, Batch, MasterRow, ReleaseRow
from database import crate_file, crate_postgres, crate_postgres_loader, crates
from database.crate_store import Store
from database.crate_store_postgres import PostgresStore
from database.crate_store_sqlite import SqliteStore
from database.crates import Loader
from database.engine import Database

Video = tuple[int, int, int, int | None, str | None]
Fill = Callable[[Loader], None]

_numbers = count(1)


def release(id_: int, videos: int = 0, **said: object) -> ReleaseRow:
    row = ReleaseRow(
        id_, f"Title {id_}", "Can", "Spoon", None, 1971, "Germany", "LP", None,
        is_main=False, videos=videos, barcode=None,
    )  # fmt: skip
    return row._replace(**said)  # type: ignore[arg-type]


def batch(rows: Iterable[ReleaseRow], videos: Iterable[Video]) -> Batch:
    """Return releases as an import hands them on."""
    rows = sorted(rows, key=lambda row: row.id)
    made = crate_rows.empty()
    made.releases.extend(rows)
    made.videos.extend(videos)
    made.facets[ONLY, ANY] = array("I", [row.id for row in rows])
    made.facets[ONLY, WITH_VIDEO] = array("I", [row.id for row in rows if row.videos])
    return made


def with_master(of: Batch) -> Fill:
    """Return what fills a crate with releases, and a master 5 that has the video 900."""

    def fill(loader: Loader) -> None:
        loader.take(of)
        loader.take_masters([MasterRow(5, "M", "Can", 1971, 1)], [(5, 1, 900, None, None)])

    return fill


def opened(db: Database, folder: Path, fill: Fill, **about: str | int) -> Store:
    """Make a crate where that database has it, a file in a folder or a schema, and open it."""
    if db.is_sqlite:
        return SqliteStore(make_file(folder / "a.crate", fill, about))
    return PostgresStore(db, make_schema(db, fill, about))


def serve(data: Path, of: Batch, *, db: Database | None = None, **about: str | int) -> None:
    """Have a crate serve in a folder of data, or on PostgreSQL, in the place of one before."""
    if db is not None and not db.is_sqlite:
        make_schema(db, with_master(of), about)
        crate_postgres.drop_older(db)
        return
    path = crates.folder(data) / f"20260101-all{crates.END}"
    path.unlink(missing_ok=True)
    make_file(path, with_master(of), about)


def make_file(path: Path, fill: Fill, about: dict[str, str | int]) -> Path:
    path.parent.mkdir(exist_ok=True)
    loader = crate_file.Loader(path)
    fill(loader)
    list(loader.finish(about))
    return path


def make_schema(db: Database, fill: Fill, about: dict[str, str | int]) -> str:
    new = crate_postgres.new_name("little", next(_numbers))
    loader = crate_postgres_loader.Loader(crate_postgres.line_of(db), new)
    fill(loader)
    list(loader.finish({"version": "20260101", **about}))
    return crate_postgres.put_in_place(db, new)
