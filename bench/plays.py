"""A play history of the benches' own: the same at each run, and as skewed as real ones are.

Artists are heard by 1/rank^0.9, each of 3 to 30 tracks; evenly over twelve years.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from core.plays import Context, Heard, Named, Source, row_key
from database import listeners
from database.engine import Database
from database.play_intake import BATCH, Intake

FIRST = 1_388_534_400  # 2014-01-01, in seconds
SECONDS = 12 * 365 * 86_400
_ARTISTS = 3_000
_CONTEXTS = [
    Context(platform=platform, reason_end=reason, is_shuffled=shuffled, is_skipped=False)
    for platform in ("android", "ios", "windows")
    for reason in ("trackdone", "fwdbtn", "endplay")
    for shuffled in (True, False)
]


class Once(NamedTuple):
    """One track that was heard; `at` in seconds, `long` the track's length in seconds."""

    at: int
    named: Named
    long: int


def history(plays: int, seed: int = 1) -> Iterator[Once]:
    """Yield so many plays, by time; no two in one second, where Maloja would fall over."""
    rng = random.Random(seed)
    weights = [1 / (rank + 1) ** 0.9 for rank in range(_ARTISTS)]
    tracks = [_tracks(artist, rng) for artist in range(_ARTISTS)]
    step = SECONDS / plays
    for nth, artist in enumerate(rng.choices(range(_ARTISTS), weights, k=plays)):
        named = rng.choice(tracks[artist])
        yield Once(FIRST + int(nth * step), named, 120 + len(named.title) * 7 % 240)


def _tracks(artist: int, rng: random.Random) -> list[Named]:
    name = f"Artist {artist}"
    return [
        Named(f"Track {artist}-{nth}", (name,), f"Album {artist}-{nth // 10}", name)
        for nth in range(rng.randint(3, 30))
    ]


def write_export(file: Path, plays: int) -> None:
    """Write a history as Maloja exports one."""
    with file.open("w") as out:
        out.write('{"maloja": {"export_time": 1766000000}, "scrobbles": [\n')
        for nth, once in enumerate(history(plays)):
            album = {"artists": list(once.named.artists), "albumtitle": once.named.album}
            track = {
                "artists": list(once.named.artists),
                "title": once.named.title,
                "album": album,
                "length": once.long,
            }
            row = {"time": once.at, "track": track, "duration": None, "origin": "client:bench"}
            out.write((",\n" if nth else "") + json.dumps(row))
        out.write("\n]}\n")


def fill(db: Database, person_id: int, plays: int, seed: int = 1) -> None:
    """Take a history in, as an import of Spotify's does."""
    rng = random.Random(seed)
    intake, batch = Intake(person_id), list[Heard]()
    with db.writing() as session:
        listeners.lock(session)
        listeners.settle(session, person_id)
    for once in history(plays, seed):
        ms = rng.randint(20_000, 300_000)
        batch.append(
            Heard(
                once.named,
                once.at * 1000,
                Source.SPOTIFY_EXTENDED,
                row_key(Source.SPOTIFY_EXTENDED, once.at, once.named.title, ms),
                ms,
                once.at * 1000 + ms,
                None,
                rng.choice(_CONTEXTS),
            )
        )
        if len(batch) == BATCH:
            _take(db, intake, batch)
    _take(db, intake, batch)


def _take(db: Database, intake: Intake, batch: list[Heard]) -> None:
    with db.writing(bulk=True) as session:
        intake.take(session, batch)
    batch.clear()
