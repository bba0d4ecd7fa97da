"""Services of others for a program under measurement: a TMDB, and nothing from anybody else."""

import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from core.settings import PREFIX, Settings

_TOKEN = "a token"  # noqa: S105 - of no real service


def _services(tell: Connection) -> None:
    from fakes.server import Fake
    from fakes.tmdb import FakeTmdb

    with FakeTmdb(_TOKEN) as tmdb, Fake() as nothing:
        tell.send((tmdb.url, nothing.url))
        threading.Event().wait()


@contextmanager
def services() -> Iterator[dict[str, str]]:
    """Play TMDB, and at the addresses of all others somebody who has nothing."""
    here, there = multiprocessing.Pipe()
    playing = multiprocessing.Process(target=_services, args=(there,), daemon=True)
    playing.start()
    tmdb, nothing = here.recv()
    addresses = {
        f"{PREFIX}{name.upper()}": nothing
        for name, field in Settings.model_fields.items()
        if str(field.default).startswith("https://")
    }
    try:
        yield addresses | {
            f"{PREFIX}TMDB_URL": tmdb,
            f"{PREFIX}TMDB_IMAGE_URL": tmdb,
            f"{PREFIX}TMDB_TOKEN": _TOKEN,
        }
    finally:
        playing.kill()
        playing.join()
