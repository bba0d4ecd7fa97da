"""What a service, nginx and a stranger on this machine must not do; it is tried."""

import json
from pathlib import Path

from tests.basement.container.system import DATA, RUNTIME, call, note

# By its name it is one of the house's services, and gets what they all get.
_UNIT = """
[Service]
Type=oneshot
ExecStart=/usr/bin/python3 /opt/probe/tests/basement/container/tries.py
UMask=0077
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
StandardOutput=file:/run/tries.json
"""
_STRANGERS = {"www-data": "www-data", "nobody": "nogroup"}


def walls() -> None:
    RUNTIME.mkdir(exist_ok=True)
    (RUNTIME / "needledrop-tries.service").write_text(_UNIT)
    call("systemctl", "daemon-reload")
    call("systemctl", "start", "needledrop-tries.service")
    said = Path("/run/tries.json").read_text()
    note("tries", json.loads(said) if said else {})
    readers()


def readers() -> None:
    picture = next((DATA / "pictures").glob("*.jpg"), DATA / "none")
    settings = Path("/etc/needledrop")
    files = [picture, DATA / "needledrop.sqlite3", DATA / "run", settings / "secret_key",
             settings / "needledrop.env", settings / "tls.key"]  # fmt: skip
    found = {}
    for user, group in _STRANGERS.items():
        as_user = ("setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups")
        found[user] = [
            call(*as_user, "ls" if path.is_dir() else "cat", path, errors="replace").returncode == 0
            for path in files
        ]
    note("readers", found)
    note("modes", {str(path): oct(path.stat().st_mode & 0o7777) for path in files})
