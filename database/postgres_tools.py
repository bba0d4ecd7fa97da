"""PostgreSQL's own programs, pg_dump and the like: a database as a file, and back.

They must be at least as new as the server. Crates are left out: they are made again of their
dumps.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, make_url, text

from core.errors import BadFile, Conflict
from database import snapshot as snapshots
from database.engine import make_engine
from database.snapshot import Snapshot

_HOMES = "/usr/lib/postgresql"
# Of whoever is connected as well, but for us.
_OTHERS = text("""
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND backend_type = 'client backend'
""")
_SCHEMA = text("SELECT version_num FROM alembic_version")
_HOUSE = text("SELECT uuid FROM house WHERE id = 1")
# Within the transaction that loads it anew: whatever tables there are, newer ones too.
_EMPTYING = """
DO $do$
DECLARE what record;
BEGIN
    FOR what IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DROP TABLE IF EXISTS public.%I CASCADE', what.name);
    END LOOP;
    FOR what IN SELECT p.oid::regprocedure AS name FROM pg_proc p
                 WHERE p.pronamespace = 'public'::regnamespace
                   AND NOT EXISTS (SELECT 1 FROM pg_depend d
                                    WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
        EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', what.name);
    END LOOP;
END $do$;
"""


@contextmanager
def snapshot(url: str, folder: Path) -> Iterator[Snapshot]:
    """Give a dump of a database, as of one moment, that can be read; gone afterwards.

    Raises:
        Conflict: it cannot be made; the message says why.
    """
    copy = snapshots.empty(folder)
    try:
        schema, house = _told(url)
        dump(url, copy)
        _run("pg_restore", url, "--list", str(copy))
        facts = snapshots.facts("postgresql", schema=schema, house=house, size=copy.stat().st_size)
        yield Snapshot(copy, facts)
    finally:
        copy.unlink(missing_ok=True)


def dump(url: str, file: Path) -> None:
    """Write a database, without crates, into a file that is there.

    Raises:
        Conflict: it cannot be done.
    """
    options = ("--format=custom", "--no-owner", "--no-privileges", "--exclude-schema=crate_*")
    _run("pg_dump", url, *options, f"--file={file}", f"--dbname={_address(url)}")


def check(file: Path) -> None:
    """See that a file is a dump that can be read to its end.

    Raises:
        BadFile: it is not.
    """
    try:
        _run("pg_restore", "", "--file=/dev/null", str(file))
    except Conflict as error:
        raise BadFile(f"The database in this backup is damaged: {error}") from None


def load(url: str, file: Path) -> None:
    """Replace the content of a database by that of a dump: all of it, or nothing.

    Raises:
        Conflict: it cannot be done; nothing was changed.
    """
    script = file.with_suffix(".sql")
    options = ("--no-owner", "--no-privileges")
    _run("pg_restore", url, *options, f"--file={file.with_suffix('.part')}", str(file))
    with script.open("w") as out, file.with_suffix(".part").open() as made:
        out.write(_EMPTYING)
        shutil.copyfileobj(made, out)
    _run(
        "psql", url, "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
        "--output=/dev/null", f"--file={script}", f"--dbname={_address(url)}",
    )  # fmt: skip


def is_alone(url: str) -> bool:
    """Say whether nobody else is connected to a database."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return not connection.scalar(_OTHERS)
    finally:
        engine.dispose()


def _told(url: str) -> tuple[str | None, str | None]:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return connection.scalar(_SCHEMA), connection.scalar(_HOUSE)
    finally:
        engine.dispose()


def _address(url: str) -> str:
    """Return an address as the programs want it; the password goes another way."""
    plain: URL = make_url(url).set(drivername="postgresql", password=None)
    return plain.render_as_string(hide_password=False)


def _run(program: str, url: str, *arguments: str) -> None:
    found = _find(program)
    password = make_url(url).password if url else None
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    done = subprocess.run(  # noqa: S603 - fixed programs, no shell
        [found, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise Conflict(f"{said[0].rstrip('.')}.")


def _find(program: str) -> str:
    # Debian's own choice among several versions lacks where only the server is installed.
    newest = sorted(Path(_HOMES).glob(f"*/bin/{program}"), key=lambda path: path.parts[-3].zfill(4))
    found = str(newest[-1]) if newest else shutil.which(program)
    if found is None:
        raise Conflict(
            f"PostgreSQL's program {program} is not here: sudo apt install postgresql-client, as"
            " new as the server."
        )
    return found
