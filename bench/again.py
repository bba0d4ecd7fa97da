"""Measure a mosaic made again: 1,024 posters of a collection, as one wall of 32 columns.

    python -m bench.again [--films 1024] [--new 10]

From putting the task in to its being complete, by a real worker over SQLite. First with
nothing but the posters, then after a few new films, then with nothing new.
"""

import argparse
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from io import BytesIO

from sqlalchemy.orm import Session

from bench.mosaic import COLUMNS
from bench.pictures.posters import poster
from bench.pictures.work import THREADS
from bench.processes import python, running
from core import clock, folders
from core.names import fold
from core.settings import Settings, load
from core.store import FOLDER
from database import mosaic_orders, pictures, schema, tasks
from database.engine import Database
from database.models import Film, FilmSource, Person, Viewing
from database.mosaic_asked import Order
from database.owner import Owner

_FIRST = date(2020, 1, 1)
_LOOK_SECONDS = 0.005
_PATIENCE_SECONDS = 300
_TRIES = 3  # so short that whatever else the machine does shows; the best counts


def main() -> None:
    wanted = argparse.ArgumentParser(description="Measure a mosaic made again.")
    wanted.add_argument("--films", type=int, default=1024)
    wanted.add_argument("--new", type=int, default=10)
    said = wanted.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NEEDLEDROP_DATA"] = folder
        settings = load()
        folders.make(settings)
        settings.running.mkdir(exist_ok=True)
        house = _House(Database(settings.database, settings.running), settings)
        house.watch(said.films)
        with running(python("worker.py"), {"NEEDLEDROP_DATA": folder}):
            print(f"{said.films} films, {COLUMNS} columns: {house.make():.2f} s, first of all")
            best = min(house.after(said.new) for _ in range(_TRIES))
            print(f"after {said.new} new films: {best:.2f} s, best of {_TRIES}")
            best = min(house.make() for _ in range(_TRIES))
            print(f"nothing new: {best:.2f} s, best of {_TRIES}")


class _House:
    """One person, and the films that they watched, a film a day."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings, self._watched = db, settings, 0
        schema.ensure(db)
        with db.writing() as session:
            person = Person(
                name="maya",
                name_folded="maya",
                password_hash="",
                is_admin=False,
                zone="UTC",
                created_at=clock.now(),
            )
            session.add(person)
            session.flush()
            source = FilmSource(person_id=person.id, name="maya", name_folded="maya")
            session.add(source)
            session.flush()
            self._owner, self._source_id = Owner(person.id), source.id

    def after(self, new: int) -> float:
        self.watch(new)
        return self.make()

    def watch(self, count: int) -> None:
        """Have so many more films watched, with their posters in the cache."""
        from worker_jobs import poster_files

        def kept(number: int) -> tuple[str, int]:
            encoded = BytesIO()
            poster(number).save(encoded, "JPEG", quality=88)
            data = encoded.getvalue()
            return poster_files.store(FOLDER, self._settings.posters, data), len(data)

        numbers = range(self._watched, self._watched + count)
        with ThreadPoolExecutor(THREADS) as pool:
            found = list(pool.map(kept, numbers))
        with self._db.writing() as session:
            for number, (sha256, size) in zip(numbers, found, strict=True):
                self._film(session, number, sha256, size)
        self._watched += count

    def _film(self, session: Session, number: int, sha256: str, size: int) -> None:
        title = f"Film {number}"
        address = f"{self._settings.letterboxd_image_url}/resized/{number}-0-500-0-750-crop.jpg"
        film = Film(
            title=title, title_folded=fold(title), year=1950 + number % 70, tmdb_state="none",
            poster_address=address, created_at=clock.now(),
        )  # fmt: skip
        session.add(film)
        session.flush()
        session.add(
            Viewing(
                source_id=self._source_id,
                film_id=film.id,
                nth=1,
                half_stars=number % 10 + 1,
                watched_on=(_FIRST + timedelta(days=number)).isoformat(),
                is_rewatch=False,
                is_liked=False,
                is_uncertain=False,
            )
        )
        expires_at = clock.now() + 30 * clock.DAY
        pictures.save(session, address, sha256=sha256, size=size, expires_at=expires_at)

    def make(self) -> float:
        """Order the wall; return the seconds until it is complete."""
        order = Order(period="all", layout="wall", columns=COLUMNS)
        began = time.perf_counter()
        with self._db.writing() as session:
            placed = mosaic_orders.place(session, order, owner=self._owner, zone="UTC")
        while time.perf_counter() - began < _PATIENCE_SECONDS:
            with self._db.reading() as session:
                task = tasks.get(session, placed.public_id, self._owner)
            if not task.is_open:
                if task.status != "COMPLETE":
                    raise SystemExit(f"It ended as {task.status}: {task.error_msg}")
                return time.perf_counter() - began
            time.sleep(_LOOK_SECONDS)
        raise SystemExit("It was not complete in time.")


if __name__ == "__main__":
    main()
