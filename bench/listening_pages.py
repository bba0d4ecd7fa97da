"""Measure the pages of listening at 1,000,000 plays of three people, each right after a new play.

    python -m bench.listening_pages [--plays 1000000] [--rounds 20] [--postgres] [--redis]

Twelve years, inside the web process, for a member who is logged in, on SQLite or PostgreSQL.
Before each round a scrobble comes in, so that nothing that was remembered holds. At last the
insights API is asked for the same again, as long as it remembers: in the process or in Redis.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from bench import pages, plays, postgres
from bench.listening import free_port
from bench.pages import Hall
from bench.processes import running
from core.plays import Heard, Named, Source, row_key
from database import listeners, people, play_tops
from database.engine import Database
from database.people import NewPerson
from database.play_intake import Intake
from database.play_sums import Kind
from database.play_windows import ALWAYS

PAGES = (
    "/listening/",
    "/listening/?period=month",
    "/listening/?period=year",
    "/listening/?since=2019-03-05&until=2021-09-11",
    "/listening/?whose=us",
    "/listening/?whose=us&period=year",
    "/listening/artists",
    "/listening/artists?by=ms",
    "/listening/artists?whose=us&since=2017-06-15&until=2024-06-15",
    "/listening/albums?since=2017-06-15&until=2024-06-15",
    "/listening/tracks",
    "/listening/tracks?since=2017-06-15&until=2024-06-15",
    "/listening/tracks?whose=us&since=2017-06-15&until=2024-06-15",
    "/listening/artists/{artist}",
    "/listening/albums/{album}",
    "/listening/tracks/{track}",
    "/listening/2023",
    "/listening/years",
    "/listening/discovery",
    "/listening/discovery?whose=us",
    "/listening/household",
    "/listening/how",
    "/listening/plays",
    "/listening/plays?q=track+7",
    "/listening/search?q=artist+12",
    "/listening/why",
    "/listening/counting",
    "/listening/not-me",
    "/listening/edits",
    "/listening/players",
    "/insights/top/tracks/{person}",
    "/insights/top/artists/{person}?period=year",
    "/insights/global/top/tracks",
    "/insights/global/distinct/tracks?since=2017-06-15&until=2024-06-15",
    "/insights/top/genres/{person}",
    "/",
)


REMEMBERED = (
    "/insights/global/top/tracks",
    "/insights/global/top/tracks?since=2017-06-15&until=2024-06-15",
    "/insights/global/distinct/tracks?since=2017-06-15&until=2024-06-15",
)


@contextmanager
def redis() -> Iterator[str]:
    """Run a Redis of the measurement's own."""
    program = shutil.which("redis-server")
    if program is None:
        sys.exit("This is measured with Redis: sudo apt install redis-server")
    port = free_port()
    told = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with tempfile.TemporaryDirectory() as folder, running([program, *told, "--dir", folder], {}):
        time.sleep(1)
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def filled(plays_in_all: int, *, on_postgres: bool, redis_url: str | None) -> Iterator[Hall]:
    """Yield a house of three people, whose plays are of the same tracks in different order."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _house(Path(folder), on_postgres=on_postgres, redis_url=redis_url) as hall,
    ):
        others = [_person(hall.db, name) for name in ("second", "third")]
        for seed, person_id in enumerate((hall.person_id, *others), 1):
            begun = time.process_time()
            plays.fill(hall.db, person_id, plays_in_all // 3, seed)
            used = time.process_time() - begun
            print(f"{plays_in_all // 3:,} plays taken in, {plays_in_all // 3 / used:,.0f} a second")
        hall.db.tidy()
        # As an import does at its end.
        hall.db.survey("plays", "play_sums", "tracks", "albums", "artists", "track_artists")
        yield hall


@contextmanager
def _house(folder: Path, *, on_postgres: bool, redis_url: str | None) -> Iterator[Hall]:
    if not on_postgres:
        with pages.hall(redis_url=redis_url) as hall:
            yield hall
        return
    with postgres.server(folder) as server:
        address = server.database("listening").replace("postgresql:", "postgresql+psycopg:")
        with pages.hall(address, redis_url) as hall:
            yield hall


def _person(db: Database, name: str) -> int:
    with db.writing() as session:
        new = NewPerson(username=name, password="a bench's own secret")  # noqa: S106
        return people.add(session, new, zone="UTC").id


def play(hall: Hall) -> None:
    """Have somebody put on one more track."""
    at = time.time_ns() // 1_000_000
    named = Named("Track 7-1", ("Artist 7",), "Album 7-0", "Artist 7")
    heard = Heard(named, at, Source.SCROBBLE, row_key(Source.SCROBBLE, at))
    with hall.db.writing() as session:
        Intake(hall.person_id).take(session, [heard])


def addresses(hall: Hall) -> list[str]:
    with hall.db.reading() as session:
        whose = listeners.household(session)
        best = {
            kind.name.lower(): play_tops.tops(session, whose, kind, ALWAYS, limit=1)[0].item
            for kind in (Kind.ARTIST, Kind.ALBUM, Kind.TRACK)
        }
    return [page.format(person=hall.person_id, **best) for page in PAGES]


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--plays", type=int, default=1_000_000)
    given.add_argument("--rounds", type=int, default=20)
    given.add_argument("--postgres", action="store_true")
    given.add_argument("--redis", action="store_true")
    asked = given.parse_args()
    with (
        redis() if asked.redis else nullcontext() as redis_url,
        filled(asked.plays, on_postgres=asked.postgres, redis_url=redis_url) as hall,
    ):
        pages.measure(hall.client, addresses(hall), asked.rounds, before_each=lambda: play(hall))
        print(f"the same again, remembered {'in Redis' if asked.redis else 'in the process'}:")
        pages.measure(hall.client, REMEMBERED, asked.rounds)


if __name__ == "__main__":
    main()
