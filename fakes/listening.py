"""What somebody has heard over the years, of the records that the fakes know: for the demo.

Made up from a seed, the same each time: evenings of albums, mornings of single songs, seasons in
which one liked other things. Told by two sources, as real histories are: Spotify's export for
the years before the last, a player for the last one, both for some weeks between.
"""

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from core.plays import Context, Heard, Named, Source, row_key
from fakes.plays import Played, extended_row, zipped
from fakes.records import Record, records

_YEARS = 6
_OVERLAP = timedelta(days=40)
_FAVOURITES = 30
_PLATFORMS = ("android", "ios", "web_player", "Android OS 9 API 28")
_SECOND = 1_000


class Song(NamedTuple):
    """One song that was played on a day; `at` and `length` in seconds."""

    day: date
    at: int
    named: Named
    length: int


def export(seed: int, today: date, plays_a_day: float) -> bytes:
    """Return what Spotify sends of the years before the last, and of some weeks of that."""
    chance = random.Random(seed)
    until = _moved(today) + _OVERLAP
    rows = [_row(song, chance) for song in _history(seed, today, plays_a_day) if song.day < until]
    folder = "Spotify Extended Streaming History"
    return zipped({f"{folder}/Streaming_History_Audio_2020-2025_0.json": json.dumps(rows)})


def scrobbles(seed: int, today: date, plays_a_day: float) -> Iterator[Heard]:
    """Yield what a player has told of the last year, the last of it on the day before."""
    chance = random.Random(seed)
    for song in _history(seed, today, plays_a_day):
        if song.day >= _moved(today):
            yield _scrobbled(song, song.at + chance.randint(-2, 2))


def _moved(today: date) -> date:
    return today - timedelta(days=365)


def _history(seed: int, today: date, plays_a_day: float) -> Iterator[Song]:
    chance = random.Random(seed)
    known = list(records())
    chance.shuffle(known)
    first = today - timedelta(days=365 * _YEARS)
    for number in range((today - first).days):
        day = first + timedelta(days=number)
        for at, record, nth in _day(day, _liked(known, number, chance), plays_a_day, chance):
            yield Song(day, at, _named(record, nth), _length(record, nth))


def _liked(known: list[Record], number: int, chance: random.Random) -> list[Record]:
    """Return what is heard around a day: some always, the others for a season."""
    begin = number // 45 * 7 % len(known)
    season = [known[(begin + nth) % len(known)] for nth in range(_FAVOURITES)]
    return known[:8] + season if chance.random() < 0.8 else known  # noqa: PLR2004 - mostly


def _day(
    day: date, liked: list[Record], plays: float, chance: random.Random
) -> Iterator[tuple[int, Record, int]]:
    """Yield when what was heard on a day: seconds since 1970, the record and the song's place."""
    is_free = day.weekday() >= 5  # noqa: PLR2004 - Saturday
    left = int(chance.expovariate(1 / (plays * (1.5 if is_free else 0.8))))
    hours = [10, 15, 20, 22] if is_free else [7, 17, 20, 21]
    at = _at(day, hours[0], chance)
    while left > 0:
        record = liked[int(chance.random() ** 2 * len(liked))]
        many = len(record.songs) if chance.random() < 0.4 else 1  # noqa: PLR2004 - often
        start = 0 if many > 1 else chance.randrange(len(record.songs))
        for nth in range(start, min(start + many, start + left)):
            yield at, record, nth
            at += _length(record, nth)
        left -= many
        at = max(at, _at(day, chance.choice(hours), chance))


def _at(day: date, hour: int, chance: random.Random) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return int(midnight.timestamp()) + hour * 3600 + chance.randrange(1800)


def _named(record: Record, nth: int) -> Named:
    return Named(record.songs[nth], record.artists, record.title, record.artists[0])


def _length(record: Record, nth: int) -> int:
    """Return how long a song is, in seconds."""
    return 150 + (record.id + 37 * nth) % 200


def _row(song: Song, chance: random.Random) -> dict[str, Any]:
    """Return a row of the export; of some songs somebody has had enough soon."""
    is_skipped = chance.random() < 0.12  # noqa: PLR2004 - one of eight
    ms = (chance.randrange(3, 60) if is_skipped else song.length) * _SECOND
    artist = song.named.album_artist
    return extended_row(
        Played(song.at, artist, song.named.title, song.named.album, ms),
        platform=chance.choice(_PLATFORMS),
        spotify_track_uri=None,
        reason_start="clickrow" if is_skipped else "trackdone",
        reason_end="fwdbtn" if is_skipped else "trackdone",
        shuffle=chance.random() < 0.3,  # noqa: PLR2004 - sometimes
        skipped=is_skipped,
    )


def _scrobbled(song: Song, at: int) -> Heard:
    context = Context(client="Navidrome", client_version="0.53.3", player="Symfonium")
    key = row_key(Source.SCROBBLE, at, *song.named.artists, song.named.title)
    length = song.length * _SECOND
    return Heard(
        song.named, at * _SECOND, Source.SCROBBLE, key, duration_ms=length, context=context
    )
