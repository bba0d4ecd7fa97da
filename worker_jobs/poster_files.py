"""Where pictures lie: each once, named by the hash of its bytes, in DATA/cache/posters."""

import hashlib
import os
import threading
from pathlib import Path

from worker_jobs.files import full_disk_told


def path_of(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / sha256


def store(folder: Path, data: bytes) -> str:
    """Put a picture into the cache; return its hash.

    Not synced: the cache may lose what a power cut takes, and it is fetched again.

    Raises:
        NoRoom: the disk is full.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    path = path_of(folder, sha256)
    if path.exists() and path.stat().st_size == len(data):
        return sha256
    unfinished = path.with_name(f"{sha256}.{os.getpid()}-{threading.get_ident()}.part")
    with full_disk_told():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            unfinished.write_bytes(data)
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)
    return sha256
