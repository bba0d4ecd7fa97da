"""Keeps pictures that are the household's own: files named by the hash of their bytes."""

import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

from core.room import check_room
from core.store import Store
from worker_jobs.files import published

if TYPE_CHECKING:
    from PIL.Image import Image

QUALITY = 90


def keep(store: Store, folder: Path, image: "Image", quality: int = QUALITY) -> str:
    """Keep a picture in `folder` as HASH.jpg; return the hash.

    Raises:
        NoRoom: the disk is full, or nearly.
        StoreAway: it cannot be kept in the store.
    """
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=quality)
    data = encoded.getvalue()
    sha256 = hashlib.sha256(data).hexdigest()
    folder.mkdir(mode=0o700, exist_ok=True)
    check_room(folder, len(data))
    # Also where it is there already: a new file is none that the clean-up would take.
    with published(store, folder / f"{sha256}.jpg") as out:
        out.write(data)
    return sha256
