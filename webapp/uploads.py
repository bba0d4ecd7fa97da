"""Takes in a file that a person brings: streamed to DATA/uploads, named by us, whole or not at all.

What is in it is the worker's business; it removes the file when its task has ended.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from core.errors import InvalidInput
from core.room import check_room, full_disk_told
from core.store import drop
from webapp.database import settings, store

MAX_BYTES, PICTURE_BYTES = 40_000_000, 15_000_000
_PIECE = 65_536
_NAME_LENGTH = 100
_FIRST, _SECOND = ".upload", ".second"


def brought(wanted: str = "Choose the zip file that Letterboxd gave you.") -> FileStorage:
    """Return the file of the request's field `export`.

    Raises:
        InvalidInput: there is none; `wanted` says which to choose.
    """
    return _file("export", wanted)


def picture(field: str) -> FileStorage:
    """Return the picture of that field of the request.

    Raises:
        InvalidInput: there is none, or it is larger than any that is opened.
    """
    wanted = f"Choose a picture: JPEG, PNG or WebP, at most {PICTURE_BYTES // 1_000_000} MB."
    found = _file(field, wanted)
    if found.stream.seek(0, os.SEEK_END) > PICTURE_BYTES:
        raise InvalidInput({field: wanted})
    found.stream.seek(0)
    return found


def _file(field: str, wanted: str) -> FileStorage:
    found = request.files.get(field)
    if found is None or not found.filename:
        raise InvalidInput({field: wanted})
    return found


@contextmanager
def received(file: FileStorage) -> Iterator[str]:
    """Keep `file` and give its name in DATA/uploads; an error in the block removes it again.

    In the block it can be opened there.

    Raises:
        RequestEntityTooLarge: it has more than MAX_BYTES.
        NoRoom: the disk is full, or would be nearly so.
        StoreAway: it cannot be kept in the store.
    """
    kept = settings().uploads / f"{secrets.token_hex(16)}{_FIRST}"
    with ExitStack() as undo:
        # Also when the browser goes away: nothing would ever read the rest.
        undo.callback(drop, store(), kept)
        undo.callback(kept.with_suffix(".part").unlink, missing_ok=True)
        undo.callback(_drop_second, kept.with_suffix(_SECOND))
        with full_disk_told():
            _write(file, kept)
        yield kept.name
        undo.pop_all()
    # Its task is put in: whoever reads it may be on another host.
    store().release(kept)
    store().release(kept.with_suffix(_SECOND))


def _drop_second(second: Path) -> None:
    # Most have none: a store need not be asked.
    if second.is_file():
        drop(store(), second)


def _write(file: FileStorage, kept: Path) -> None:
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_room(kept.parent, request.content_length or 0)
    part, size = kept.with_suffix(".part"), 0
    with part.open("xb") as out:
        while piece := file.stream.read(_PIECE):
            size += len(piece)
            if size > MAX_BYTES:
                raise RequestEntityTooLarge
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    store().keep(kept, part)
    part.rename(kept)


def named_again(path: Path) -> str:
    """Give a file that was received a second name, for a second task; each removes its own."""
    second = path.with_suffix(_SECOND)
    try:
        second.hardlink_to(path)
    except OSError:  # a card that was made for cameras knows none
        with full_disk_told():
            shutil.copyfile(path, second)
    store().keep(second, second)
    return second.name


def second_name(name: str) -> str:
    """Return what a file is called by its second name, whether or not it has one."""
    return name.removesuffix(_FIRST) + _SECOND


def first_name(name: str) -> str | None:
    """Return the first name of what this is the second of, None of what is a first."""
    return name.removesuffix(_SECOND) + _FIRST if name.endswith(_SECOND) else None


def shown_name(file: FileStorage) -> str:
    """Return what the person's own file name may be shown as; it is never a path here."""
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2].strip()
    printable = "".join(letter for letter in name if letter.isprintable())
    return printable[:_NAME_LENGTH] or "an export"
