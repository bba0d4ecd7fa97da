"""The store of pictures and uploads, where the settings name one: is it there, and ours to use?"""

import secrets
import tempfile
from pathlib import Path

from clients.stores import store_of
from core.settings import Settings
from core.store import StoreAway
from webapp.checkup.check import Check

STORE_SECONDS = 10.0
_HINT = (
    "Is its address right, its server running, the bucket made; may the key of"
    " NEEDLEDROP_STORE_KEY_ID read, write, list and delete there; is this machine's clock true?"
)


def look(settings: Settings) -> list[Check]:
    """Put a file there, find it in the list, and delete it again."""
    if not settings.store_url:
        return []
    store = store_of(settings, STORE_SECONDS)
    # Left behind it would be one of those that the clean-up takes.
    path = settings.uploads / f"{secrets.token_hex(16)}.trial"
    try:
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"doctor")
            file.flush()
            store.keep(path, Path(file.name))
        is_there = path in store.listed(settings.uploads)
        store.forget(path)
    except StoreAway as error:
        return [Check("store", "fail", str(error), _HINT)]
    if not is_there:
        return [Check("store", "fail", "what was put there is not in its list", _HINT)]
    return [Check("store", "ok", "can be written, read and listed")]
