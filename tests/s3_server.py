"""npm's s3rver on loopback: a store that looks at signatures, with a bucket for a house."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.settings import ROOT
from tests import npm

KEY_ID, KEY_SECRET = "S3RVER", "S3RVER"
BUCKET, OTHER_BUCKET = "house", "another-house"
_OBJECT = "._S3rver_object"
_HERE = ROOT / "tests" / "s3"


class S3Server:
    """`url` is what NEEDLEDROP_STORE_URL names; `stop` and `start` keep its place and content."""

    def __init__(self, modules: Path, folder: Path) -> None:
        self._modules, self._folder, self._port = modules, folder, "0"
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        self.start()

    def start(self) -> None:
        # Its lists of more than a page are continued by a cipher that Node has put aside.
        command = ["node", "--openssl-legacy-provider", str(_HERE / "server.mjs")]
        self._process = started = subprocess.Popen(
            [*command, str(self._modules), str(self._folder), self._port, BUCKET, OTHER_BUCKET],
            stdout=subprocess.PIPE,
            text=True,
        )
        line = started.stdout.readline().strip() if started.stdout else ""
        if not line:
            raise npm.Missing("npm's s3rver, which does not start")
        self._port = line.rpartition(":")[2]
        self.url = f"s3+{line}/{BUCKET}"

    def stop(self) -> None:
        if self._process is not None:
            with self._process as process:
                process.kill()
            self._process = None

    def begin_anew(self) -> None:
        """Have it running, with nothing in its buckets."""
        for bucket in (BUCKET, OTHER_BUCKET):
            for path in (self._folder / bucket).iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if self._process is None:
            self.start()

    def objects(self, bucket: str = BUCKET) -> set[str]:
        """Return the names of all objects, as they lie on its disk."""
        found = (path.relative_to(self._folder / bucket) for path in self._kept(bucket))
        return {str(path).removesuffix(_OBJECT) for path in found}

    def _kept(self, bucket: str) -> Iterator[Path]:
        return (self._folder / bucket).rglob(f"*{_OBJECT}")

    def fill(self, folder: str, count: int) -> None:
        """Have as many objects there, called by numbers: copies of one that is there."""
        like = next(self._kept(BUCKET))
        begin = str(like).removesuffix(_OBJECT)
        place = self._folder / BUCKET / folder
        place.mkdir()
        for path in like.parent.glob(f"{Path(begin).name}._S3rver_*"):
            end = path.name.removeprefix(Path(begin).name)
            for number in range(count):
                shutil.copyfile(path, place / f"{number:04}.jpg{end}")

    def put(self, name: str, like: str) -> None:
        """Have a copy of an object there by another name."""
        place = self._folder / BUCKET
        for path in (place / like).parent.glob(f"{Path(like).name}._S3rver_*"):
            end = path.name.removeprefix(Path(like).name)
            shutil.copyfile(path, place / f"{name}{end}")

    def make_old(self, name: str) -> None:
        """Have an object be as old as can be."""
        os.utime(self._folder / BUCKET / f"{name}{_OBJECT}", (1, 1))

    @staticmethod
    def keys() -> dict[str, str]:
        """Return what a house on several hosts needs besides an address."""
        return {
            "store_key_id": KEY_ID,
            "store_key_secret": KEY_SECRET,
            "secret_key": "k" * 32,
            "token_key": "t" * 43 + "=",
        }

    def settings(self) -> dict[str, str]:
        return self.keys() | {"store_url": self.url}


@contextmanager
def running(cache: Path, folder: Path) -> Iterator[S3Server]:
    """Start one over an empty folder; it ends with the block.

    Raises:
        npm.Missing: it cannot be started here.
    """
    server = S3Server(npm.installed(_HERE, cache), folder)
    try:
        yield server
    finally:
        server.stop()
