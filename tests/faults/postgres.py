"""A PostgreSQL server of a test's own, that it may stop and start as it likes."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.conftest import _postgres_programs, missing


class Server:
    def __init__(self) -> None:
        programs = _postgres_programs()
        if programs is None:
            missing("PostgreSQL")
            return
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="nd-pg-"))
        self.url = f"postgresql+psycopg://postgres@/postgres?host={self._folder}"
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")
        self._call("initdb", "--auth=trust", "--username=postgres", "--no-sync")

    def start(self) -> None:
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={self._folder} -c fsync=off"
            " -c max_connections=40"
        )
        log = str(self._folder / "log")
        self._call("pg_ctl", "start", "--wait", "--silent", "-l", log, "-o", options)

    def stop(self, mode: str) -> None:
        """Stop it; `immediate` is a crash, `fast` cuts every connection in good order."""
        self._call("pg_ctl", "stop", "--wait", "--silent", f"--mode={mode}")

    def remove(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self._folder)

    def _call(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, "-D", self._folder / "data", *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user="postgres" if os.geteuid() == 0 else None,
        )
