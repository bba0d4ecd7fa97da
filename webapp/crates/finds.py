"""What of the crate goes into a basket: the videos of releases, or of all that a dig finds."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from flask_login import current_user

from core.errors import NotFound
from database import crate_beside, crate_finds
from database.baskets import Find
from database.crate_digs import Dig
from webapp.crates import opened
from webapp.database import reading


def of_releases(release_ids: Sequence[int]) -> list[Find]:
    """Return the videos of releases in the order of these.

    Raises:
        NotFound: none of them is in the crate.
    """
    store = opened.crate().store
    ids = list(dict.fromkeys(release_ids))
    found = crate_finds.of(store, ids)
    if not found and not store.rows(ids):
        raise NotFound("release", ids[0])
    return found


def of_dig(said: str) -> list[Find]:
    """Return the videos of all that a dig finds, in its order; `said` as its address says it.

    Raises:
        InvalidInput: it is no dig.
        Conflict: they are too many, or none.
    """
    crate, dig = opened.crate(), Dig.from_args(parse_qsl(said))
    with reading() as session:
        owned = crate_beside.ratings_for(session, current_user.id, dig)
    return crate_finds.of_dig(crate.store, crate.find(dig, owned).ids, dig)
