"""Forgets what was read from a source, in small batches: others want to write, too."""

from database import film_sources, unused_films
from database.engine import Database


def forget(db: Database, source_id: int) -> None:
    """Forget a source, with the films that were its alone; safe to repeat."""
    while True:
        with db.writing(bulk=True) as session:
            is_more, film_ids = film_sources.remove(session, source_id)
            unused_films.drop(session, film_ids)
        if not is_more:
            return
