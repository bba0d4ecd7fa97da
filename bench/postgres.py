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
_SETTINGS = "-c max_connections=80 -c unix_socket_directories="


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

    def let_in(self, user: str, password: str) -> None:
        """Make a user who comes over the network, and an empty database of the same name."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            role = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(role.format(sql.Identifier(user), sql.Literal(password)))
            made = sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(user))
            connection.execute(made)

    def _address(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self._folder}"


@contextmanager
def server(parent: Path, listen: str = "", known: str = "") -> Iterator[Server]:
    """Run one below `parent`, with fsync as it is by default: on.

    Args:
        parent: a folder.
        listen: an address of this machine where it listens too.
        known: a range of addresses from which users with a password may come.

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
        # A temporary folder of root's lets nobody else through.
        parent.chmod(0o711)

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
        if known:
            with (folder / "data" / "pg_hba.conf").open("a") as out:
                out.write(f"host all all {known} scram-sha-256\n")
        log = str(folder / "log")
        options = f"-c listen_addresses='{listen}' {_SETTINGS}{folder}"
        call("pg_ctl", "start", "--wait", "--silent", "-l", log, "-o", options)
        try:
            yield Server(folder)
        finally:
            call("pg_ctl", "stop", "--mode=immediate", "--silent")
    finally:
        shutil.rmtree(folder)
