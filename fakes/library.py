"""Libraries in files, in every form in which people bring them; made up, and the same each time.

One playlist in all forms: whoever reads them can be asked whether they all say the same.
"""

import csv
import io
import json
import random
import string
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

_ARTISTS = ("Sigur Rós", "Tyler, The Creator", "Mötley Crüe", "坂本龍一", "The xx", "Can")
_GUESTS = ("Kali Uchis", "Crosby, Stills & Nash")
_LETTERS = string.digits + string.ascii_letters
_ID = 22

SOUND = (
    "Danceability", "Energy", "Key", "Loudness", "Mode", "Speechiness", "Acousticness",
    "Instrumentalness", "Liveness", "Valence", "Tempo", "Time Signature",
)  # fmt: skip
_BASE = (
    "Track URI", "Track Name", "Artist URI(s)", "Artist Name(s)", "Album URI", "Album Name",
    "Album Artist URI(s)", "Album Artist Name(s)", "Album Release Date", "Album Image URL",
    "Disc Number", "Track Number", "Track Duration (ms)", "Track Preview URL", "Explicit",
    "Popularity", "ISRC", "Added By", "Added At",
)  # fmt: skip
# As Exportify says it to Germans.
GERMAN = (
    "Track-URI", "Titel", "Künstler-URI(s)", "Künstlername(n)", "Album-URI", "Albumname",
    "Albumkünstler-URI(s)", "Albumkünstler", "Veröffentlichung", "Bild", "CD", "Nummer", "Dauer",
    "Vorschau", "Explizit", "Beliebtheit", "ISRC", "Hinzugefügt von", "Hinzugefügt am",
    "Tanzbarkeit", "Energie", "Tonart", "Lautstärke", "Modus", "Sprachanteil", "Akustik",
    "Instrumental", "Live", "Stimmung", "Tempo", "Taktart",
)  # fmt: skip
KAGGLE = (
    "track_id", "artists", "album_name", "track_name", "popularity", "duration_ms", "explicit",
    "danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness",
    "instrumentalness", "liveness", "valence", "tempo", "time_signature", "track_genre",
)  # fmt: skip


class Sung(NamedTuple):
    """A track on a playlist. `sound`: in the order of SOUND. `at`: when it was put there."""

    id: str
    name: str
    artists: tuple[str, ...]
    album: str
    duration_ms: int
    sound: tuple[float, ...]
    at: str = "2021-03-04T05:06:07Z"


def spotify_id(*of_what: object) -> str:
    """Return an id as Spotify makes them, the same for the same."""
    chance = random.Random(repr(of_what))
    return "".join(chance.choices(_LETTERS, k=_ID))


def tracks(number: int, seed: int = 1) -> list[Sung]:
    chance = random.Random(seed)
    found = []
    for nth in range(number):
        artists = (_ARTISTS[nth % len(_ARTISTS)], *(_GUESTS[: nth % 3]))
        sound = (
            *(round(chance.random(), 3) for _ in range(2)), chance.randrange(12),
            round(chance.uniform(-30, 1), 3), chance.randrange(2),
            *(round(chance.random(), 4) for _ in range(5)), round(chance.uniform(60, 200), 3), 4,
        )  # fmt: skip
        id_ = spotify_id("track", nth)
        album = f"Album {nth // 7}"
        found.append(Sung(id_, f"Song, {nth}", artists, album, 120_000 + nth, sound))
    return found


def table(header: Sequence[str], rows: Iterable[Sequence[object]], **how: Any) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", **how)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def exportify(
    sung: Sequence[Sung],
    *,
    has_genres: bool = False,
    has_sound: bool = True,
    has_album: bool = False,
    header: Sequence[str] = (),
) -> str:
    """Return a playlist as Exportify writes it, with those groups of columns."""
    names = [*_BASE, *["Artist Genres"] * has_genres, *(SOUND if has_sound else ())]
    names += ["Album Genres", "Label", "Copyrights"] if has_album else []
    rows = (
        [
            *_exportify_row(one),
            *["art rock,krautrock"] * has_genres,
            *(one.sound if has_sound else ()),
            *(["rock", "Spoon", "C 1971"] if has_album else []),
        ]
        for one in sung
    )
    return table(header or names, rows, quoting=csv.QUOTE_ALL)


def _exportify_row(one: Sung) -> list[object]:
    artists = ", ".join(name.replace(",", "\\,") for name in one.artists)
    uris = ", ".join(f"spotify:artist:{spotify_id('artist', name)}" for name in one.artists)
    first = one.artists[0]
    return [
        f"spotify:track:{one.id}", one.name, uris, artists,
        f"spotify:album:{spotify_id('album', one.album, first)}", one.album,
        f"spotify:artist:{spotify_id('artist', first)}", first.replace(",", "\\,"),
        "1971-02-01", "https://i.scdn.co/image/ab67616d0000b273", 1, 3, one.duration_ms, "",
        "false", 57, "DE-A01-71-00042", "spotify:user:a.private.name", one.at,
    ]  # fmt: skip


def exportify_net(sung: Sequence[Sung], *, has_sound: bool = True) -> str:
    """Return a playlist as exportify.net writes it; where a sound is missing, rows are short."""
    header = [
        "Track URI", "Track Name", "Album Name", "Artist Name(s)", "Release Date",
        "Duration (ms)", "Popularity", "Explicit", "Added By", "Added At", "Genres",
        "Record Label", *SOUND,
    ]  # fmt: skip
    rows = (
        [
            f"spotify:track:{one.id}", one.name, one.album, ";".join(one.artists), "1971",
            one.duration_ms, 57, "false", "a.private.name", one.at, "undefined", "undefined",
            *(one.sound if has_sound else ()),
        ]
        for one in sung
    )  # fmt: skip
    return "\ufeff" + table(header, rows)


def kaggle(sung: Iterable[Sung], *, has_index: bool = False) -> str:
    header = ["", *KAGGLE] if has_index else KAGGLE
    rows = ([*[nth] * has_index, *kaggle_row(one)] for nth, one in enumerate(sung))
    return table(header, rows)


def kaggle_row(one: Sung, genre: str = "krautrock") -> list[object]:
    return [
        one.id, ";".join(one.artists), one.album, one.name, 57, one.duration_ms, False,
        *one.sound, genre,
    ]  # fmt: skip


def top_hits(sung: Sequence[Sung]) -> str:
    header = [
        "playlist_url", "year", "track_id", "track_name", "track_popularity", "album",
        "artist_id", "artist_name", "artist_genres", "artist_popularity",
        *KAGGLE[7:18], "duration_ms", "time_signature",
    ]  # fmt: skip
    rows = (
        [
            "https://open.spotify.com/playlist/37i9dQZF1DWUZv12GM5cFk", 2000, one.id, one.name,
            57, one.album, spotify_id("artist", one.artists[0]), one.artists[0], "['art rock']",
            60, *one.sound[:11], one.duration_ms, one.sound[11],
        ]
        for one in sung
    )  # fmt: skip
    return table(header, rows)


def tidy_tuesday(sung: Sequence[Sung]) -> str:
    header = [
        "track_id", "track_name", "track_artist", "track_popularity", "track_album_id",
        "track_album_name", "track_album_release_date", "playlist_name", "playlist_id",
        "playlist_genre", "playlist_subgenre", *KAGGLE[7:18], "duration_ms",
    ]  # fmt: skip
    rows = (
        [
            one.id, one.name, one.artists[0], 57, spotify_id("album", one.album, one.artists[0]),
            one.album, "1971-02-01", "Kraut", "37i9dQZF1DWUZv12GM5cFk", "rock", "art rock",
            *one.sound[:11], one.duration_ms,
        ]
        for one in sung
    )  # fmt: skip
    return table(header, rows)


FORMATS: Mapping[str, Callable[[Sequence[Sung]], str]] = {
    "exportify": exportify,
    "german": lambda sung: exportify(sung, header=GERMAN),
    "exportify_net": exportify_net,
    "kaggle": kaggle,
    "kaggle_with_index": lambda sung: kaggle(sung, has_index=True),
    "top_hits": top_hits,
    "tidy_tuesday": tidy_tuesday,
}
# Those that name the first artist alone, and those that say no time signature.
OF_ONE_ARTIST, WITHOUT_TIME = ("top_hits", "tidy_tuesday"), ("tidy_tuesday",)


def your_library(liked: Sequence[Sung]) -> str:
    """Return what Spotify's account data says of what somebody likes."""
    return json.dumps(
        {
            "tracks": [
                {
                    "artist": one.artists[0],
                    "album": one.album,
                    "track": one.name,
                    "uri": f"spotify:track:{one.id}",
                }
                for one in liked
            ],
            "albums": [
                {
                    "artist": "Can",
                    "album": "Ege Bamyasi",
                    "uri": f"spotify:album:{spotify_id('album', 'Ege Bamyasi')}",
                }
            ],
            "shows": [{"name": "A show", "publisher": "Somebody", "uri": "spotify:show:1"}],
            "episodes": [],
            "bannedTracks": [{"artist": "Nobody", "track": "Never", "uri": "spotify:track:1"}],
            "artists": [{"name": "Can", "uri": f"spotify:artist:{spotify_id('artist', 'Can')}"}],
            "bannedArtists": [],
            "other": ["spotify:user:a.private.name:collection"],
        },
        indent=2,
        ensure_ascii=False,
    )


def playlists(of_name: Sequence[tuple[str, Sequence[Sung]]]) -> str:
    """Return playlists of the account data; each holds an episode and a local file, too."""
    return json.dumps(
        {
            "playlists": [
                {
                    "name": name,
                    "lastModifiedDate": "2024-05-06",
                    "collaborators": ["a.private.name"],
                    "items": [*map(_item, sung), _nothing(episode={"episodeName": "One"}),
                              _nothing(localTrack={"uri": "spotify:local:Can:::200"})],
                    "description": f"About {name}",
                    "numberOfFollowers": 1,
                }
                for name, sung in of_name
            ]
        },
        indent=2,
        ensure_ascii=False,
    )  # fmt: skip


def _item(one: Sung) -> dict[str, Any]:
    track = {
        "trackName": one.name,
        "artistName": one.artists[0],
        "albumName": one.album,
        "trackUri": f"spotify:track:{one.id}",
    }
    return _nothing() | {"track": track, "addedDate": one.at[:10]}


def _nothing(**said: Any) -> dict[str, Any]:
    empty = {"track": None, "episode": None, "audiobook": None, "localTrack": None}
    return empty | {"addedDate": "2024-05-06"} | said


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def my_spotify_data(sung: Sequence[Sung], history: str | None = None) -> bytes:
    """Return the account data as Spotify sends it: far more than a library."""
    folder = "Spotify Account Data/"
    files: dict[str, str | bytes] = {
        f"{folder}Identity.json": '{"displayName": "a.private.name"}',
        f"{folder}Userdata.json": '{"email": "a.private.name@example.org"}',
        f"{folder}Payments.json": '{"payment_method": "a.private.card"}',
        f"{folder}Playlist1.json": playlists([("Kraut", sung), ("Rock & more", sung[:3])]),
        f"{folder}YourLibrary.json": your_library(sung),
        f"{folder}Read_Me_First.pdf": b"%PDF-1.4",
    }
    if history is not None:
        files[f"{folder}StreamingHistory_music_0.json"] = history
    return zipped(files)
