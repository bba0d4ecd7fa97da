"""Updates in place: one that works, two that do not, some that are killed."""

import contextlib
import fcntl
import hashlib
import os
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.basement.container.browser import Browser, Pollers
from tests.basement.container.system import (
    CODE,
    DATA,
    HOST,
    PATIENCE_SECONDS,
    SOURCE,
    WHEELS,
    call,
    install,
    note,
)

_STEPPED = DATA / "stepped"  # what the step of a release that does not work leaves
_STEP = """
from pathlib import Path
from alembic import op
revision, down_revision = "9999", "{before}"
def upgrade():
    op.execute("CREATE TABLE odd (id INTEGER)")
    op.execute("DELETE FROM sessions")
    Path("{mark}").touch()
    {then}
"""
_BREAKS = 'raise RuntimeError("broken")'
_TICK_SECONDS = 0.01


def tables() -> list[str]:
    """Return the version of the tables, how many people and sessions there are, and "ok"."""
    asked = (
        "SELECT version_num FROM alembic_version",
        "SELECT count(*) FROM people",
        "SELECT count(*) FROM sessions",
        "PRAGMA integrity_check",
    )
    with contextlib.closing(sqlite3.connect(DATA / "needledrop.sqlite3")) as database:
        return [str(database.execute(one).fetchone()[0]) for one in asked]


def state() -> dict[str, Any]:
    """Return what an update must not change, or must."""
    version, *rows, sound = tables()
    return {
        "current": (CODE / "current").readlink().name,
        "releases": sorted(path.name for path in (CODE / "releases").iterdir()),
        "venvs": len(list((CODE / "venvs").iterdir())),
        "key": hashlib.sha256(Path("/etc/needledrop/secret_key").read_bytes()).hexdigest(),
        "certificate": hashlib.sha256(Path("/etc/needledrop/tls.crt").read_bytes()).hexdigest(),
        "version": version,
        "rows": rows,
        "sound": sound,
        "healthy": Browser().ask("/readyz")[0],
        "left": [path.name for path in DATA.glob("before-update*")],
        "aside": sorted(path.name for path in DATA.glob("taken-back*")),
    }


def upgrades(browser: Browser, task: str) -> None:
    note("before", state())
    authority, certificate, key = certified(Path("/etc/ssl/private"))
    note("another's key", install("--tls", str(certificate), str(authority.with_suffix(".key"))))
    note(
        "after another's key",
        state() | {"chosen": Path("/etc/needledrop/install.conf").read_text()},
    )
    with Pollers(browser, task, task, "/healthz") as pollers:
        note("update", install("--tls", str(certificate), str(key)))
    note("polled while updating", pollers.found())
    note("after", state())
    note("certified", [is_trusted(authority), Browser(80).ask("/1/validate-token")[0]])
    with stepped(_BREAKS):
        note("broken in its step", install())
    note("after the broken step", state() | stepped_since())
    with stepped("pass"), breaking():
        note("broken after its step", install())
    note("after the step", state() | stepped_since())
    note("mosaic in the end", browser.mosaic("2026"))
    killed_updates()


@contextlib.contextmanager
def changed(file: str, old: str, new: str) -> Iterator[None]:
    """Have the next release differ."""
    path = SOURCE / file
    before = path.read_text()
    assert old in before, file
    path.write_text(before.replace(old, new))
    try:
        yield
    finally:
        path.write_text(before)


@contextlib.contextmanager
def stepped(then: str) -> Iterator[None]:
    """Have the next release change the tables, and then do something."""
    head = re.search(r'^HEAD = "(.*)"$', (SOURCE / "database/schema.py").read_text(), re.MULTILINE)
    assert head
    step = SOURCE / "database/migrations/versions/9999_broken.py"
    step.write_text(_STEP.format(before=head[1], mark=_STEPPED, then=then))
    with changed("database/schema.py", head[0], 'HEAD = "9999"'):
        yield
    step.unlink()


def breaking() -> contextlib.AbstractContextManager[None]:
    """Have the pages of the next release end once they have brought the database on."""
    return changed("server.py", "app = _made()\n", f"app = _made()\n{_BREAKS}\n")


def stepped_since() -> dict[str, bool]:
    """Say whether a step was taken since this was asked last."""
    has = _STEPPED.exists()
    _STEPPED.unlink(missing_ok=True)
    return {"stepped": has}


def certified(folder: Path) -> tuple[Path, Path, Path]:
    """Make an authority, and by it a certificate of the house; return both, and the key."""
    authority, certificate = folder / "authority.pem", folder / "house.pem"
    keys = (folder / "authority.key", folder / "house.key")
    new = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
           "-nodes", "-days", "30")  # fmt: skip
    call(*new, "-subj", "/CN=An authority", "-keyout", keys[0], "-out", authority)
    call(
        *new, "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}",
        "-addext", "basicConstraints=critical,CA:FALSE", "-CA", authority, "-CAkey", keys[0],
        "-keyout", keys[1], "-out", certificate,
    )  # fmt: skip
    return authority, certificate, keys[1]


def is_trusted(authority: Path) -> bool:
    """Say whether a browser that knows an authority takes the house's certificate."""
    context = ssl.create_default_context(cafile=authority)
    try:
        with socket.create_connection(("127.0.0.1", 443), PATIENCE_SECONDS) as line:
            context.wrap_socket(line, server_hostname=HOST).close()
    except ssl.SSLError:
        return False
    return True


def killed_updates() -> None:
    """Kill an update at several points; the next one is to mend whatever that left."""
    note("killed while it was laid down", killed_when(is_in_the_making))
    note("killed while nothing ran", killed_when(is_stopped))
    note("update after kills", install()["status"])
    note("after kills", state())
    with stepped("pass"), breaking():
        note("killed after its step", killed_when(_is_at_the_new_version, ask=False))
    note("mended", install())
    note("after the mending", state() | stepped_since())
    another_python()


def another_python() -> None:
    """A system that went on to a newer Python: the release that runs finds its packages no more."""
    note("before another Python", state())
    library = next((CODE / "current" / ".venv" / "lib").resolve().glob("python3.*"))
    lost = library.rename(library.with_name("python3.0"))
    # Packages go by both, the lock and the Python.
    with changed("requirements.txt", "alembic==", "# of another Python\nalembic=="):
        note("another Python", install())
    note("after another Python", state())
    # The next update has the same lock and Python as the one that lost them.
    lost.rename(library)


def killed_when(holds: Callable[[], bool], *, ask: bool = True) -> dict[str, Any]:
    """Kill an update as soon as something holds; return what is left of the house."""
    process = subprocess.Popen(
        [SOURCE / "deploy/pi/install.sh", "--wheels", WHEELS],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    while not holds() and process.poll() is None:
        time.sleep(_TICK_SECONDS)
    has_held = process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    current = (CODE / "current").exists()
    return {"in time": has_held, "current": current, "page": Browser().ask("/")[0] if ask else None}


def _is_at_the_new_version() -> bool:
    """Say whether the step is saved, with its version."""
    return _STEPPED.exists() and tables()[0] == "9999"


def is_in_the_making() -> bool:
    return any((CODE / "releases").glob("*.part"))


def is_stopped() -> bool:
    """Say whether an update holds the lock for which services wait."""
    with Path("/run/needledrop/update.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
