"""A PostgreSQL of the measurement's own: a temporary folder, a socket file, no port."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

PROGRAMS = Path("/usr/lib/postgresql")
_SETTINGS = "-c listen_addresses='' -c max_connections=60 -c unix_socket_directories="


class Server:
    """`url` is libpq's, of the database that is always there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def url(self) -> str:
        return self._address("postgres")

    def database(self, name: str) -> str:
        """Make an empty database, and return its address."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self._address(name)

    def _address(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self._folder}"


@contextmanager
def server(parent: Path) -> Iterator[Server]:
    """Run one below `parent`, with fsync as it is by default: on.

    Raises:
        SystemExit: there is none on this machine.
    """
    programs = sorted(PROGRAMS.glob("*/bin"))
    if not programs:
        sys.exit("This is measured against PostgreSQL as well: sudo apt install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="nd-pg-", dir=parent))
    # It refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)

    def call(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs[-1] / program, "-D", folder / "data", *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=user,
            cwd="/",
        )

    try:
        call("initdb", "--auth=trust", "--username=postgres", "--no-sync")
        log = str(folder / "log")
        call("pg_ctl", "start", "--wait", "--silent", "-l", log, "-o", f"{_SETTINGS}{folder}")
        try:
            yield Server(folder)
        finally:
            call("pg_ctl", "stop", "--mode=immediate", "--silent")
    finally:
        shutil.rmtree(folder)
