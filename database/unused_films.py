"""Films that hang on nothing any more: guests leave them, and persons who have gone.

What a mosaic says of its films it has kept in words.
"""

from collections.abc import Collection

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from database.film_identity import alone

BATCH = 500

_UNUSED = """
       NOT EXISTS (SELECT 1 FROM viewings v          WHERE v.film_id = f.id)
   AND NOT EXISTS (SELECT 1 FROM film_marks m        WHERE m.film_id = f.id)
   AND NOT EXISTS (SELECT 1 FROM film_list_entries e WHERE e.film_id = f.id)
   AND NOT EXISTS (SELECT 1 FROM film_changes c      WHERE c.film_id = f.id)
"""
_FIND = text(f"""
    SELECT f.id
      FROM films f
     WHERE f.id > :after
       AND {_UNUSED}
     ORDER BY f.id
     LIMIT :batch
""")  # noqa: S608 - put together from constants of this file
_DROP = text(f"""
    DELETE FROM films
     WHERE id IN (SELECT f.id FROM films f WHERE f.id IN :film_ids AND {_UNUSED})
""").bindparams(bindparam("film_ids", expanding=True))  # noqa: S608


def find(session: Session, after: int) -> list[int]:
    """Return up to BATCH of them, by id, from the one after `after` on."""
    return list(session.scalars(_FIND, {"after": after, "batch": BATCH}))


def drop(session: Session, film_ids: Collection[int]) -> None:
    """Drop those of these films that are unused; BATCH at most."""
    # Who takes a film for a viewing holds the same lock until both are there.
    alone(session)
    if film_ids:
        session.execute(_DROP, {"film_ids": sorted(film_ids)})
