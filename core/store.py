"""Where the files lie that every host of a house has to see: pictures, uploads and the like.

They are made and read in the folder of data. As long as all hosts share that, it is all there
is (`FOLDER`). Else a store behind it has them (clients/s3.py), and the folder of each host holds
what was in hand there lately. In both a file is whole before it has its name, and has its name
before a row names it.
"""

import os
from pathlib import Path
from typing import NamedTuple, Protocol

from core.clock import SECOND
from core.errors import RemoteError

SERVICE = "The store"


class StoreAway(RemoteError):
    """The store does not answer, or not as one should; work that needs it is tried again."""

    status = 503


class Kept(NamedTuple):
    """`size` in bytes; `at` is the moment since which it is there."""

    size: int
    at: int


class Store(Protocol):
    """Files are named by their path in the folder of data, on this host.

    Every verb raises StoreAway where there is a store, and it is away. `setting` says where it is.
    """

    setting: str

    def called(self, path: Path) -> str:
        """Say for a person where a file is, or the folder of data itself."""

    def keep(self, path: Path, content: Path) -> None:
        """Keep `content`, which is on the disk and about to be called `path`."""

    def fetch(self, path: Path) -> bool:
        """See that a file can be opened here; False if there is none."""

    def read(self, path: Path) -> bytes | None:
        """Return what a small file holds for all hosts, None if there is none.

        One that lies here is neither believed nor touched: this may not be the store of our house.
        """

    def has(self, path: Path) -> bool:
        """Say whether there is such a file, without bringing it here."""

    def renew(self, path: Path) -> bool:
        """Have a file count as kept just now; False if there is none."""

    def forget(self, path: Path) -> None:
        """Delete a file everywhere; one that is not there is as good."""

    def release(self, path: Path) -> None:
        """Give up what lies here of a file that is in the store as well.

        Not at once: who was told that it is here may be about to open it.
        """

    def listed(self, folder: Path) -> dict[Path, Kept]:
        """Return all files below a folder, those that nothing names any more, too."""


class _Folder:
    """The folder of data alone: all hosts share it, or there is but one."""

    setting = "NEEDLEDROP_DATA"

    def called(self, path: Path) -> str:
        return f"{'The data folder ' if path.is_dir() else ''}{path}"

    def keep(self, path: Path, content: Path) -> None:
        """Have nothing to do: renamed, it is there for everybody."""

    def fetch(self, path: Path) -> bool:
        return path.is_file()

    def read(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def has(self, path: Path) -> bool:
        return path.is_file()

    def renew(self, path: Path) -> bool:
        try:
            os.utime(path)
        except FileNotFoundError:
            return False
        return True

    def forget(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def release(self, path: Path) -> None:
        """Leave it: there is no other."""

    def listed(self, folder: Path) -> dict[Path, Kept]:
        return files_below(folder)


def files_below(folder: Path) -> dict[Path, Kept]:
    """Return the files that lie below a folder on this disk."""
    found: dict[Path, Kept] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            try:
                seen = path.stat()
            except FileNotFoundError:  # gone meanwhile
                continue
            found[path] = Kept(seen.st_size, int(seen.st_mtime * SECOND))
    return found


FOLDER: Store = _Folder()


def drop(store: Store, path: Path) -> None:
    """Delete what no row names; where the store is away, the clean-up finds it there."""
    try:
        store.forget(path)
    except StoreAway:
        path.unlink(missing_ok=True)
