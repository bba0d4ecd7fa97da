"""Which store of files a house has, by its settings. Where it is the folder, nothing is loaded."""

import os
from functools import lru_cache

from core.settings import Settings
from core.store import FOLDER, Store

# A web has four threads: where a store hangs, half of them go on.
_PAGES_AT_ONCE = 2
_TURN_SECONDS = 1.0


def store_of(settings: Settings, seconds: float, *, is_for_pages: bool = False) -> Store:
    """Return where files are kept; one of them may take `seconds` on its way.

    `is_for_pages`: others wait for the thread that asks, and want nothing of a store.
    """
    if not settings.store_url:
        return FOLDER
    return _made(settings, seconds, os.getpid(), is_for_pages=is_for_pages)


@lru_cache(maxsize=8)
def _made(settings: Settings, seconds: float, _process: int, *, is_for_pages: bool) -> Store:
    # Each process its own: connections are not to be shared with one that was forked.
    from clients.s3 import S3

    if is_for_pages:
        return S3(settings, seconds, at_once=_PAGES_AT_ONCE, turn_seconds=_TURN_SECONDS)
    return S3(settings, seconds)
