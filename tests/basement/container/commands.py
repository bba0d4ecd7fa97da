"""Commands by hand in an installed house, and among them the one of the worst day: restore."""

import os
import signal
import subprocess
from functools import partial

from tests.basement.container.browser import EXPORT, Browser
from tests.basement.container.system import DATA, call, note, show, until

_NEEDLEDROP = "/usr/local/bin/needledrop"
_UNITS = ("needledrop-web.socket", "needledrop-web", "needledrop-worker", "needledrop-backup.timer")


def commands(browser: Browser, picture: str) -> None:
    note("doctor", call(_NEEDLEDROP, "doctor", "--json").stdout)
    imported = call(_NEEDLEDROP, "import", EXPORT, "--user", "alice", "--dry-run")
    note("import by hand", [imported.returncode, imported.stdout + imported.stderr])
    unknown = call(_NEEDLEDROP, "frobnicate")
    note("unknown command", [unknown.returncode, unknown.stderr])
    note("half a command", call(_NEEDLEDROP, "user").stderr)
    restoring(browser, picture)


def restoring(browser: Browser, picture: str) -> None:
    """Back to the backup that the timer made: whoever came since then is gone."""
    call(_NEEDLEDROP, "user", "add", "bob", "--password-stdin", input="correct horse battery\n")
    before = users()
    done = call(_NEEDLEDROP, "restore", "newest")
    note(
        "restore",
        {
            "status": done.returncode,
            "said": done.stdout + done.stderr,
            "users": [before, users()],
            "active": active(),
            "picture": browser.ask(picture)[0],
            "aside": len(list(DATA.glob("before-restore-*"))),
            "mosaic": browser.mosaic("2026")["status"],
            "doctor": call(_NEEDLEDROP, "doctor", "--json").stdout,
        },
    )
    refused = call(_NEEDLEDROP, "restore", "nothing.tar")
    note("restore of nothing", [refused.returncode, refused.stderr, active()])
    process = subprocess.Popen(
        [_NEEDLEDROP, "restore", "newest"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    stopped = until(partial(is_down, "needledrop-web.socket"))
    os.killpg(process.pid, signal.SIGINT)
    process.wait()
    note("restore, interrupted", [bool(stopped), active(), users(), browser.ask(picture)[0]])


def users() -> list[str]:
    return [line.split()[0] for line in call(_NEEDLEDROP, "user", "list").stdout.splitlines()]


def active() -> list[str]:
    return call("systemctl", "is-active", *_UNITS).stdout.split()


def is_down(unit: str) -> bool:
    return show(unit, "ActiveState") == "inactive"
