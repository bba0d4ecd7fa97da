"""Maloja 3.2.3 (GPL-3), installed beside and run as its own program: what ours is measured by."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import Family

VERSION = "3.2.3"
KEY = "bench-key"
_START_SECONDS = 120


class Maloja:
    """One with a folder of its own."""

    def __init__(self, program: Path, data: Path, port: int) -> None:
        self._program, self.port = program, port
        data.mkdir(parents=True)
        (data / "apikeys.yml").write_text(f"bench: {KEY}\n")
        self._environment = {
            "MALOJA_DATA_DIRECTORY": str(data),
            "MALOJA_SKIP_SETUP": "yes",
            "MALOJA_FORCE_PASSWORD": "bench-password",
            "MALOJA_HOST": "127.0.0.1",
            "MALOJA_PORT": str(port),
        }

    def bring(self, file: Path) -> float:
        """Import its own kind of export; return the seconds. The name has to fit, too."""
        begun = time.perf_counter()
        subprocess.run(
            [self._program, "import", file],
            env=os.environ | self._environment,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return time.perf_counter() - begun

    @contextmanager
    def running(self) -> Iterator[Family]:
        family = Family([str(self._program), "run"], self._environment)
        try:
            self._wait()
            yield family
        finally:
            family.stop()

    def _wait(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/apis/mlj_1/serverinfo")
                connection.getresponse().read()
            except (http.client.HTTPException, OSError):
                time.sleep(0.2)
            else:
                return
        sys.exit("Maloja did not come up")


def install(folder: Path) -> Path:
    """Put it into an environment of its own, if it is not there; return the program."""
    program = folder / "bin" / "maloja"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        # The newest setuptools have dropped what it loads.
        wanted = ["setuptools<81", f"malojaserver=={VERSION}"]
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", *wanted], check=True)
    return program
