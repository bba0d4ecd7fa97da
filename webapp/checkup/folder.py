"""The folder of data: whose it is, its room, how fast the disk below it is, the key in it."""

import os
import shutil
import stat
import tempfile
import time
from itertools import islice
from pathlib import Path

from core import by_hand
from core.settings import Settings
from webapp.checkup.check import MB, Check, better

_FULL_MB, _SCARCE_MB = 50, 1000
_LOOKED_AT = 200  # files of a folder
_WRITES, _SLOW_MS = 20, 100.0
_FOREIGN = 0o077  # what a mode gives to group and others
_LOOK, _PASS, _OTHERS = 0o066, 0o011, 0o007


def look(settings: Settings) -> list[Check]:
    data = settings.data
    nearest = _nearest(data)
    if nearest != data:
        return [_missing(data, nearest)]
    folder = _folder(data)
    if folder.status == "fail":
        return [folder]
    keys = [_secret(settings), *_token_key(data), *_inside(settings)]
    return [folder, _room(data), *keys, _disk(data)]


def _nearest(folder: Path) -> Path:
    """Return the folder itself, or the nearest one above it that this user can see."""
    return next(place for place in (folder, *folder.parents) if os.path.exists(place))  # noqa: PTH110 - Path.exists fails where one may not look


def _missing(data: Path, nearest: Path) -> Check:
    hint = "Give that folder to this user, or set NEEDLEDROP_DATA to another one."
    if not nearest.is_dir():
        return _failed(f"{data} cannot be made: {nearest} is a file", hint)
    if not os.access(nearest, os.X_OK):
        return _failed(f"{data} cannot be reached: this user may not enter {nearest}", hint)
    if not os.access(nearest, os.W_OK):
        return _failed(f"{data} cannot be made: this user may not write to {nearest}", hint)
    return Check("data folder", "warn", f"{data} is not there yet", f"{by_hand.start()} makes it.")


def _failed(detail: str, hint: str) -> Check:
    return Check("data folder", "fail", detail, hint)


def _folder(data: Path) -> Check:
    if not data.is_dir():
        return _failed(f"{data} is a file", "Set NEEDLEDROP_DATA to a folder.")
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        return _failed(f"{data} cannot be written", by_hand.take_over(data))
    mode = data.stat().st_mode
    hint = f"Others on this machine can look into it: chmod 700 {data}"
    if mode & _PASS and not mode & _LOOK:
        # nginx passes through it, to the pictures; then each thing in it must close itself.
        open_ones = [path for path in data.iterdir() if _is_open(path)]
        hint = f"Others on this machine can read it: chmod o= {open_ones[0]}" if open_ones else ""
        return better("data folder", not open_ones, str(data), hint, otherwise="warn")
    return better("data folder", not mode & _FOREIGN, str(data), hint, otherwise="warn")


def _is_open(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False  # dropped meanwhile
    return not stat.S_ISLNK(mode) and bool(mode & _OTHERS)


def _room(data: Path) -> Check:
    free = shutil.disk_usage(data).free // MB
    detail = f"{free} MB free"
    if free < _FULL_MB:
        return Check("disk", "fail", detail, "Make room: nothing can be saved any more.")
    hint = f"Make room: pictures of mosaics need it. {data / 'cache'} may be emptied."
    return better("disk", free >= _SCARCE_MB, detail, hint, otherwise="warn")


def _secret(settings: Settings) -> Check:
    file = settings.data / "secret_key"
    if settings.secret_key is not None:
        return Check("secret key", "ok", "given by NEEDLEDROP_SECRET_KEY")
    if not file.exists():
        return Check("secret key", "ok", "not made yet")
    mode = file.stat().st_mode & 0o777
    hint = f"Others can read it and log in as anybody: chmod 600 {file}"
    return better("secret key", not mode & _FOREIGN, f"mode {mode:04o}", hint, otherwise="fail")


def _token_key(data: Path) -> list[Check]:
    file = data / "token.key"
    if not file.exists():
        return []
    mode = file.stat().st_mode & 0o777
    hint = f"Others can read it and get into accounts elsewhere: chmod 600 {file}"
    return [better("token key", not mode & _FOREIGN, f"mode {mode:04o}", hint, otherwise="fail")]


def _inside(settings: Settings) -> list[Check]:
    """Look whether what lies in the folder can be written: a start as another user leaves traces.

    The folders and what lies right in them, and no pictures: there may be many.
    """
    data = settings.data
    places = [data, settings.running, settings.pictures, settings.posters, settings.uploads]
    seen = [path for place in places if place.is_dir() for path in (place, *_files(place))]
    foreign = [path for path in seen if not os.access(path, os.W_OK)]
    if not foreign:
        return [Check("permissions", "ok", "all that is needed can be written")]
    more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
    detail = f"{foreign[0]}{more} cannot be written"
    return [Check("permissions", "fail", detail, by_hand.take_over(data))]


def _files(place: Path) -> list[Path]:
    few = islice(place.iterdir(), _LOOKED_AT)
    return [path for path in few if path.is_file() and not path.is_symlink()]


def _disk(data: Path) -> Check:
    """Measure what each saved change waits for, the 95th of 100."""
    taken = []
    with tempfile.TemporaryFile(dir=data) as file:
        for _ in range(_WRITES):
            file.write(bytes(4096))
            started = time.perf_counter()
            file.flush()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - started) * 1000)
    slow = sorted(taken)[int(_WRITES * 0.95) - 1]
    detail = f"a write reaches the disk in {slow:.1f} ms (95 %)"
    hint = "A slow or worn-out card: pages will wait for it. A USB disk or another card helps."
    return better("disk speed", slow <= _SLOW_MS, detail, hint, otherwise="warn")
