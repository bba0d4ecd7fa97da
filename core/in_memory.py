"""Where files of a house are that need not outlast the machine's next start: in its memory."""

import hashlib
import os
import stat
from pathlib import Path


def folder(of: Path) -> Path:
    """Return the folder that belongs to the file `of`, and to this user alone.

    Where the machine has no memory file system that is the folder of `of` itself.
    """
    shared = Path("/dev/shm")  # noqa: S108 - the folder below is ours alone, or refused
    own = hashlib.sha256(os.fsencode(of.resolve())).hexdigest()[:16]
    found = shared / f"needledrop-{os.getuid()}-{own}"
    try:
        found.mkdir(mode=0o700, exist_ok=True)
        # Not where a link leads that somebody else has put there.
        state = found.lstat()
        is_ours = stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid()
    except OSError:
        is_ours = False
    return found if is_ours else of.parent
