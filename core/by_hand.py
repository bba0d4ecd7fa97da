"""How somebody gives this program a command: by its own `run`, or as deploy/pi has installed it."""

import os
import pwd
from pathlib import Path

from core.settings import ROOT

# Where deploy/pi/install.sh lays the code; its command is deploy/pi/needledrop then.
_INSTALLED = Path("/usr/local/lib/needledrop")
_COMMAND = "sudo needledrop"
_START = "sudo systemctl start needledrop-web needledrop-worker"


def command(words: str = "", *, root: Path = ROOT) -> str:
    """Return a command as it is typed where this program stands, by default its beginning.

    >>> command("backup")
    './run backup'
    >>> command("backup", root=Path("/usr/local/lib/needledrop/releases/7"))
    'sudo needledrop backup'
    """
    begin = _COMMAND if _is_installed(root) else "./run"
    return f"{begin} {words}" if words else begin


def start(*, root: Path = ROOT) -> str:
    """Return what starts the pages and the worker."""
    return _START if _is_installed(root) else "./run"


def take_over(folder: Path) -> str:
    """Return what gives a folder to the user of this process, who is not always who types it."""
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    return f"sudo chown -R {user} {folder}"


def _is_installed(root: Path) -> bool:
    return root.is_relative_to(_INSTALLED)
