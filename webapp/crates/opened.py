"""The crate that serves, for the views of this area."""

from core.errors import NeedledropError
from database import crate_sample, crate_search
from database.crate_search import Crate
from webapp.database import database, settings


class NoCrate(NeedledropError):
    """There is nothing to dig in yet."""

    status = 404

    def __init__(self) -> None:
        super().__init__("There is no crate yet: an admin has a dump of Discogs fetched for it.")


def find() -> Crate | None:
    return crate_search.open_current(database(), settings().data)


def crate() -> Crate:
    """Return the crate that serves.

    Raises:
        NoCrate: there is none yet.
    """
    found = find()
    if found is None:
        raise NoCrate
    return found


def is_sample(found: Crate) -> bool:
    return found.about.get("version") == crate_sample.VERSION


def has_barcodes(found: Crate) -> bool:
    return found.about.get("has_barcodes") == "1"
