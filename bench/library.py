"""Measure bringing a large library up to date with Spotify: 200 playlists, 12,000 tracks.

    python -m bench.library [--playlists 200] [--tracks 12000]

The real worker asks a stand-in for Spotify on this machine, which has no quota and answers at
once: the seconds are ours and its own. At the pace that a house keeps at the real one, three calls
a second, the first time takes as long as its calls do.
"""

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr
from sqlalchemy import func, select

from bench.processes import Family, running
from core.consents import SPOTIFY, Account, Tokens
from core.settings import load
from database import grants, library_tasks, people, schema
from database.engine import Database
from database.models import PlaylistTrack, Task
from database.people import NewPerson
from fakes.spotify import CLIENT_ID, CLIENT_SECRET, SCOPES, FakeSpotify, large
from supervisor import programs
from worker_jobs.turns import PROVIDERS

_LONGEST_SECONDS = 900
_LOOK_SECONDS = 0.1


class Sync(NamedTuple):
    """Seconds of the clock and of the worker's processors, MB at the most."""

    calls: int
    seconds: float
    processor: float
    most_mb: float


class House:
    """A data folder, its database and the stand-in, with one person who has connected it."""

    def __init__(self, folder: Path, spotify: FakeSpotify) -> None:
        self.spotify = spotify
        self.environment = {
            "NEEDLEDROP_DATA": str(folder),
            "NEEDLEDROP_SPOTIFY_API_URL": spotify.api_url,
            "NEEDLEDROP_SPOTIFY_ACCOUNTS_URL": spotify.url,
            "NEEDLEDROP_SPOTIFY_IMAGE_URL": spotify.url,
            "NEEDLEDROP_SPOTIFY_CLIENT_ID": CLIENT_ID,
            "NEEDLEDROP_SPOTIFY_CLIENT_SECRET": CLIENT_SECRET,
        }
        (folder / "run").mkdir(parents=True)
        settings = load().model_copy(update={"data": folder, "database_url": ""})
        self.db = Database(settings.database, folder / "run")
        schema.ensure(self.db)
        with self.db.writing() as session:
            new = NewPerson(username="bench", password=secrets.token_hex())
            self.person_id = people.add(session, new, zone="UTC").id
        consent = spotify.accounts.consent(spotify.library.owner_id)
        access, refresh = next(iter(consent.access)), consent.refresh
        tokens = Tokens(SecretStr(access), SecretStr(refresh), 3_600, SCOPES)
        with self.db.writing() as session:
            grants.put(
                session, folder, self.person_id, SPOTIFY, account=Account("bench", "bench"),
                tokens=tokens, scopes=SCOPES.split(),
            )  # fmt: skip

    def on_lists(self) -> int:
        with self.db.reading() as session:
            return session.scalar(select(func.count()).select_from(PlaylistTrack)) or 0

    def sync(self, worker: Family) -> Sync:
        self.spotify.forget_calls()
        used, begun, most = worker.cpu_seconds(), time.perf_counter(), 0.0
        with self.db.writing() as session:
            asked = library_tasks.place_sync(session, self.person_id)
        while not self._is_over(asked.id):
            most = max(most, sum(worker.resident().values()) / 1024)
            time.sleep(_LOOK_SECONDS)
            if time.perf_counter() - begun > _LONGEST_SECONDS:
                sys.exit("It does not come to an end.")
        taken = time.perf_counter() - begun
        calls = sum(self.spotify.calls.values())
        return Sync(calls, taken, worker.cpu_seconds() - used, most)

    def _is_over(self, task_id: int) -> bool:
        with self.db.reading() as session:
            task = session.get_one(Task, task_id)
        if task.status not in ("WAITING", "PROGRESSING", "COMPLETE"):
            sys.exit(f"It ended as {task.status}: {task.error_msg}")
        return task.status == "COMPLETE"


@contextmanager
def house(playlists: int, tracks: int) -> Iterator[tuple[House, Family]]:
    library = large(playlists, tracks)
    library.shows = 1
    with tempfile.TemporaryDirectory() as folder, FakeSpotify(library) as spotify:
        spotify.spelling = "new"
        made = House(Path(folder) / "data", spotify)
        with running(programs()["worker"], made.environment) as worker:
            time.sleep(2)
            yield made, worker
        made.db.close()


def change_one(spotify: FakeSpotify) -> None:
    one = next(iter(spotify.library.playlists.values()))
    spotify.library.fill(one.id, [str(entry.thing) for entry in one.entries[1:] if entry])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--playlists", type=int, default=200)
    parser.add_argument("--tracks", type=int, default=12_000)
    asked = parser.parse_args()
    per_second = PROVIDERS[SPOTIFY].per_second
    with house(asked.playlists, asked.tracks) as (made, worker):
        idle = sum(worker.resident().values()) / 1024
        print(f"worker, idle: {idle:.0f} MB")
        turns: list[tuple[str, Callable[[], object]]] = [
            ("the first time", int),
            ("again", int),
            ("one playlist changed", lambda: change_one(made.spotify)),
        ]
        for words, before in turns:
            before()
            found = made.sync(worker)
            print(
                f"{words:<21} {found.calls:5} calls, {found.seconds:6.1f} s here "
                f"({found.processor:.1f} s of processor, at the most {found.most_mb:.0f} MB); "
                f"at Spotify's pace {found.calls / per_second:.0f} s"
            )
        print(f"{made.on_lists():,} entries on {asked.playlists} playlists")


if __name__ == "__main__":
    main()
