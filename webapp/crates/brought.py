"""The folder of dumps, where files are fetched to and a person may put some."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from core import dump_files
from core.dump_files import RELEASES
from core.errors import BadFile, NotFound
from webapp.database import settings


class There(NamedTuple):
    """A file in the folder of dumps; `kind` is None where it is no dump, `problem` says why.

    `name` is what is shown of it; where `is_named` is not so, the file cannot be asked for by it.
    """

    name: str
    size: int
    kind: str | None
    problem: str
    is_named: bool


def there() -> list[There]:
    folder = settings().dumps
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    return [_seen(path) for path in paths if path.is_file() and not path.name.startswith(".")]


def _seen(path: Path) -> There:
    name = dump_files.shown(path.name)
    size, kind, problem = 0, None, ""
    try:
        size = path.stat().st_size
        if path.suffix == ".part":
            problem = "not whole yet"
        else:
            kind = dump_files.kind_inside(path)
    except BadFile as error:
        problem = str(error)
    except OSError as error:  # it went meanwhile
        problem = f"cannot be read ({error.strerror})"
    return There(name, size, kind, problem, name == path.name)


def newest_releases(files: Sequence[There]) -> str | None:
    """Return the name of the file that somebody who imports one most likely means."""
    releases = [file.name for file in files if file.kind == RELEASES]
    return max(releases, key=_version_of, default=None)


def _version_of(name: str) -> str:
    told = dump_files.named(name)
    return told.version if told else ""


def named(name: str) -> Path:
    """Return a file of the folder of dumps.

    Raises:
        NotFound: it is not there, or lies elsewhere.
    """
    folder = settings().dumps
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name == name and path.is_file():
            return path
    raise NotFound("file", name)
