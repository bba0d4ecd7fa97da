"""Runs inside the container of test_boot.py, as root: installs, walks, kills, and writes down.

It leans on Python alone. Each finding is a line of JSON, {"name": …, "value": …}, in the file
that is named; what they should be stands in test_boot.py.
"""

import os
import re
import shutil
import signal
import socket
import time
import traceback
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tests.basement.container.browser import EXPORT, Browser, Pollers
from tests.basement.container.commands import commands
from tests.basement.container.system import (
    CODE,
    DATA,
    HOST,
    RUNTIME,
    SOURCE,
    call,
    install,
    note,
    show,
    until,
)
from tests.basement.container.updating import state, upgrades
from tests.basement.container.walls import walls

_LOOKS = 16  # of those who poll, after each kill
_HUNG_SECONDS = 12  # more than a worker is kept waiting by whatever else runs here


def main() -> None:
    first = install("--name", HOST)
    note("install", first)
    assert first["status"] == 0
    units = ("web.socket", "web.service", "worker.service", "backup.timer", "backup.service")
    named = [f"needledrop-{unit}" for unit in units]
    note("active", call("systemctl", "is-active", *named[:-1]).stdout.split())
    note("verify", call("systemd-analyze", "verify", "--man=no", *named).stderr)
    note("scores", scores())
    browser = Browser()
    task, picture = journey(browser, first["said"])
    kills(browser, task)
    backups()
    commands(browser, picture)
    walls()
    watchdog()
    note("said", call("journalctl", "-q", "--no-pager", "-o", "cat", "-u", "needledrop-*").stdout)
    upgrades(browser, task)
    without_network()
    uninstall()


def scores() -> dict[str, float]:
    found = {}
    for service in ("web", "worker", "backup"):
        said = call("systemd-analyze", "security", "--no-pager", f"needledrop-{service}").stdout
        found[service] = float(said.rstrip().splitlines()[-1].partition(": ")[2].split()[0])
    return found


def journey(browser: Browser, said: str) -> tuple[str, str]:
    """From the link that the installer shows to a picture; return a task's address, and its."""
    link = re.search(r"https://records\.local/setup\?code=\S+", said)
    note("link", bool(link))
    place = urlsplit(link[0]) if link else urlsplit("/setup?code=none")
    typed = {"username": "alice", "password": "correct horse battery", "code": place.query[5:]}
    note("set up", browser.submit(f"/setup?{place.query}", "/setup", **typed)[0])
    led = browser.bring("/films/import", "/films/import", EXPORT.read_bytes())
    note("import", browser.end_of(led) if led.startswith("/tasks/") else led)
    made = browser.mosaic("all")
    note("mosaic", made)
    page = str(made.get("result_url") or "/none")
    status, headers, body = browser.ask(f"{page}.jpg")
    note(
        "picture",
        {"status": status, "start": body[:3].hex(), "size": len(body), "headers": headers},
    )
    note("picture of a stranger", Browser().ask(f"{page}.jpg")[0])
    files = sorted(path.name for path in (DATA / "pictures").iterdir())
    note("picture directly", [Browser().ask(f"/_pictures/{name}")[0] for name in files][:1])
    plain = Browser(80)
    note("plain page", plain.ask("/login")[:2])
    note("plain player", plain.ask("/1/validate-token")[0])
    return led, f"{page}.jpg"


def kills(browser: Browser, task: str) -> None:
    """Kill one process after the other under the eyes of those who poll."""
    with Pollers(browser, task, task, "/tasks", "/healthz") as pollers:
        for number in range(8):
            unit = "needledrop-web" if number % 2 == 0 else "needledrop-worker"
            main_pid = int(show(unit, "MainPID"))
            killed = children(main_pid)[0] if number >= 4 else main_pid
            os.kill(killed, signal.SIGKILL)
            until(partial(is_whole, unit, killed))
            enough = pollers.asked + _LOOKS
            until(lambda enough=enough: pollers.asked >= enough)  # type: ignore[misc]
    note("kills", pollers.found())
    note(
        "restarts",
        [int(show(unit, "NRestarts")) for unit in ("needledrop-web", "needledrop-worker")],
    )
    led = browser.bring("/", "/mosaics", EXPORT.read_bytes(), of="export", period="year:2026")
    os.kill(int(show("needledrop-worker", "MainPID")), signal.SIGKILL)
    note("after a kill", browser.end_of(led) if led.startswith("/tasks/") else {"status": led})


def is_active(unit: str) -> bool:
    return show(unit, "ActiveState") == "active"


def is_whole(unit: str, killed: int) -> bool:
    """Say whether a service has another process in place of one that was killed."""
    main_pid = int(show(unit, "MainPID"))
    there = children(main_pid) if main_pid else []
    return bool(there) and killed not in (main_pid, *there) and is_active(unit)


def children(pid: int) -> list[int]:
    return [int(one) for one in call("ps", "-o", "pid=", "--ppid", str(pid)).stdout.split()]


def backups() -> None:
    """Have the timer fire now instead of at night."""
    folder = RUNTIME / "needledrop-backup.timer.d"
    folder.mkdir(parents=True)
    (folder / "now.conf").write_text(
        "[Timer]\nOnActiveSec=1s\nRandomizedDelaySec=0\nAccuracySec=1s\n"
    )
    call("systemctl", "daemon-reload")
    call("systemctl", "restart", "needledrop-backup.timer")
    files = until(lambda: list((DATA / "backups").glob("*.tar")))
    until(lambda: show("needledrop-backup", "ActiveState") == "inactive")
    note(
        "backup",
        {
            "files": {path.name: oct(path.stat().st_mode & 0o777) for path in files or ()},
            "result": show("needledrop-backup", "Result"),
            "fired": show("needledrop-backup.timer", "LastTriggerUSec"),
            "next": call(
                "systemctl", "list-timers", "--all", "--no-pager", "needledrop-backup.timer"
            ).stdout,
            "log": call(
                "journalctl", "-q", "--no-pager", "-o", "cat", "-u", "needledrop-backup"
            ).stdout,
        },
    )
    shutil.rmtree(folder)
    call("systemctl", "daemon-reload")


def watchdog() -> None:
    """Have the worker's main loop stand still."""
    folder = RUNTIME / "needledrop-worker.service.d"
    folder.mkdir(parents=True)
    (folder / "soon.conf").write_text(f"[Service]\nWatchdogSec={_HUNG_SECONDS}\n")
    call("systemctl", "daemon-reload")
    call("systemctl", "restart", "needledrop-worker")
    before = show("needledrop-worker", "MainPID")
    time.sleep(_HUNG_SECONDS + 2)
    note("watchdog, going round", show("needledrop-worker", "MainPID") == before)
    os.kill(int(before), signal.SIGSTOP)
    note(
        "watchdog, standing still",
        bool(
            until(
                lambda: (
                    show("needledrop-worker", "MainPID") not in ("0", before)
                    and show("needledrop-worker", "ActiveState") == "active"
                )
            )
        ),
    )
    shutil.rmtree(folder)
    call("systemctl", "daemon-reload")
    call("systemctl", "restart", "needledrop-worker")


def without_network() -> None:
    """A house whose pages reach nothing, and are not encrypted either."""
    done = install("--no-network", "--tls", "none")
    browser = Browser(80)
    typed = {"username": "alice", "password": "correct horse battery"}
    note(
        "without network",
        {
            "status": done["status"],
            "said": done["said"],
            "private": show("needledrop-web", "PrivateNetwork"),
            "score": scores()["web"],
            "login": browser.submit("/login", "/login", **typed)[0],
            "page": browser.ask("/films")[0],
            "encrypted": is_open(443),
            "mosaic": browser.mosaic("2026")["status"],
            "interfaces": sorted(
                line.partition(":")[0].strip()
                for line in Path(f"/proc/{show('needledrop-web', 'MainPID')}/net/dev")
                .read_text()
                .splitlines()[2:]
            ),
        },
    )


def is_open(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def uninstall() -> None:
    kept = sorted(path.name for path in DATA.iterdir())
    done = call(SOURCE / "deploy/pi/install.sh", "--uninstall")
    note(
        "uninstall",
        {
            "status": done.returncode,
            "said": done.stderr,
            "units": [path.name for path in Path("/etc/systemd/system").rglob("needledrop*")],
            "nginx": [str(path) for path in Path("/etc/nginx").rglob("needledrop*")],
            "nginx runs": show("nginx", "ActiveState"),
            "code": CODE.exists(),
            "lost": sorted(set(kept) - {path.name for path in DATA.iterdir()} - {"run"}),
            "settings": sorted(path.name for path in Path("/etc/needledrop").iterdir()),
        },
    )
    again = install("--tls", "self-signed", "--network")
    note(
        "installed again",
        {"status": again["status"], "link": "setup?code" in again["said"], "state": state()},
    )


if __name__ == "__main__":
    try:
        main()
    except BaseException as error:
        note("broke off", "".join(traceback.format_exception(error)))
        raise
    finally:
        note(
            "journal",
            call(
                "journalctl",
                "-q",
                "--no-pager",
                "-o",
                "short-monotonic",
                "-u",
                "needledrop-*",
                "-n",
                "300",
            ).stdout,
        )
