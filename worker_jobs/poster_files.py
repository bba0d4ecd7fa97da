"""Where pictures lie: each once, named by the hash of its bytes, in DATA/cache/posters."""

import hashlib
import os
import threading
from collections.abc import Collection
from pathlib import Path

from core.room import check_room, full_disk_told
from core.store import Store
from database import pictures
from database.engine import Database
from database.pictures import path_of

MOST = 400 * 1024 * 1024


def store(where: Store, folder: Path, data: bytes) -> str:
    """Put a picture into the cache; return its hash.

    Not synced: the cache may lose what a power cut takes, and it is fetched again.

    Raises:
        NoRoom: the disk is full, or nearly: the database must be able to go on.
        StoreAway: it cannot be kept in the store.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    path = path_of(folder, sha256)
    if path.exists() and path.stat().st_size == len(data):
        # Another host may have dropped it meanwhile.
        where.keep(path, path)
        return sha256
    unfinished = path.with_name(f"{sha256}.{os.getpid()}-{threading.get_ident()}.part")
    with full_disk_told():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_room(path.parent, len(data))
        try:
            unfinished.write_bytes(data)
            where.keep(path, unfinished)
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)
    return sha256


def drop_over(db: Database, store: Store, folder: Path, *, spared: Collection[str] = ()) -> int:
    """Let what was unused for longest go until MOST bytes are left; return how many went.

    Those of the hashes `spared` stay in any case.
    """
    with db.writing(bulk=True) as session:
        gone = [sha256 for sha256 in pictures.least_used(session, MOST) if sha256 not in spared]
        pictures.forget(session, gone)
    for sha256 in gone:
        store.forget(path_of(folder, sha256))
    return len(gone)
