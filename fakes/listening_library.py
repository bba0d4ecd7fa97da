"""Libraries at Spotify of the records that the fakes know, for the demo: the same each time."""

import random
from datetime import date, timedelta

from core import clock
from fakes.records import Record, records
from fakes.spotify_library import RANGES, Catalogue, Library

_NAMES = (
    "Morning coffee", "Long drives", "Sunday, late", "For dancing", "To sleep by", "Found in 2025",
    "Kitchen", "What Jonas showed me", "Rain", "Best of the shelf",
)  # fmt: skip
_SECOND = 1_000
_KNOWN = 0.9  # of the songs


def catalogue() -> Catalogue:
    """Return all songs as Spotify has them; of one in ten it does not say how it sounds."""
    made = Catalogue()
    for record in records():
        mood = random.Random(record.id)
        centre = {name: mood.uniform(0.2, 0.8) for name in _UNITS}
        for nth, song in enumerate(record.songs):
            features = _sounds(centre, mood) if mood.random() < _KNOWN else None
            length = (150 + (record.id + 37 * nth) % 200) * _SECOND
            made.track(
                song,
                record.artists[0],
                record.title,
                ms=length,
                guests=record.artists[1:],
                features=features,
            )
        _describe(made, record)
    return made


_UNITS = (
    "danceability", "energy", "speechiness", "acousticness", "instrumentalness", "liveness",
    "valence",
)  # fmt: skip


def _sounds(centre: dict[str, float], mood: random.Random) -> dict[str, float]:
    told = {
        name: round(min(1.0, max(0.0, at + mood.gauss(0, 0.12))), 3) for name, at in centre.items()
    }
    told |= {"key": mood.randrange(12), "mode": mood.randrange(2), "time_signature": 4}
    return told | {
        "loudness": round(mood.uniform(-16, -5), 3),
        "tempo": round(70 + 90 * told["energy"] + mood.uniform(-15, 15), 3),
    }


def _describe(made: Catalogue, record: Record) -> None:
    album = made.albums[made.album(record.title, record.artists[0])]
    album.released, album.precision, album.label = str(record.year), "year", record.label
    for name in record.artists:
        artist = made.artists[made.artist(name)]
        artist.genres = [record.genre.lower()]
        artist.followers = 10_000 + record.id % 900_000


def library(owner: tuple[str, str], music: Catalogue, *, seed: int, today: date) -> Library:
    """Return somebody's library: playlists, liked songs, albums, artists, and what they play.

    `owner`: the id and the name.
    """
    (owner_id, name), chance, ids = owner, random.Random(seed), list(music.tracks)
    made = Library(owner_id, name, f"account0{owner_id}", catalogue=music)
    for title in chance.sample(_NAMES, 6):
        made.playlist(title, chance.sample(ids, chance.randrange(12, 60)), public=seed % 2 == 0)
    made.like(*chance.sample(ids, 140))
    made.save(*chance.sample(list(music.albums), 24))
    made.follow(*chance.sample(list(music.artists), 18))
    for span in RANGES:
        made.top_tracks[span] = chance.sample(ids, 50)
        made.top_artists[span] = chance.sample(list(music.artists), 20)
    yesterday = clock.moment(
        clock.utc(0) + timedelta(days=(today - date(1970, 1, 1)).days - 1, hours=20)
    )
    for nth, track_id in enumerate(chance.sample(ids, 20)):
        made.play(track_id, yesterday + nth * 240 * _SECOND)
    return made
