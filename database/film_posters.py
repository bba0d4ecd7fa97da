"""Which films have a poster at hand: fetched for a mosaic, kept by the hash of its bytes."""

from collections.abc import Collection

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

# As in a mosaic: TMDB's poster, else the one of an entry in a feed.
_HASHES = text("""
    SELECT f.id, a.sha256
      FROM films f
      JOIN picture_addresses a
        ON a.address = coalesce(f.poster_address,
                                (SELECT max(v.poster_address)
                                   FROM viewings v
                                  WHERE v.film_id = f.id))
     WHERE f.id IN :film_ids
       AND a.sha256 IS NOT NULL
""").bindparams(bindparam("film_ids", expanding=True))


def hashes(session: Session, film_ids: Collection[int]) -> dict[int, str]:
    """Return the sha256 of each film's poster; films without one at hand are left out."""
    found = session.execute(_HASHES, {"film_ids": sorted(film_ids)})
    return {row.id: row.sha256 for row in found}
