"""Histories of plays, in every form in which people bring them; made up, and the same each time.

One history in all forms: whoever reads them can be asked whether they all say the same.
"""

import csv
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

_BEGAN = 1_500_000_000
_ARTISTS = ("Sigur Rós", "Massive Attack", "Mötley Crüe", "坂本龍一", "The xx", "Beyoncé", "Can")
_LENGTH = 200_000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Played(NamedTuple):
    """One play: `at` in seconds since 1970, UTC."""

    at: int
    artist: str
    title: str
    album: str
    ms_played: int = _LENGTH


def history(plays: int, seed: int = 1, began: int = _BEGAN) -> list[Played]:
    """Return so many plays, one after the other."""
    chance = random.Random(seed)
    found, at = [], began
    for _ in range(plays):
        at += chance.randrange(240, 4_000)
        number = int(chance.random() ** 2 * 60)
        artist = _ARTISTS[number % len(_ARTISTS)]
        found.append(Played(at, artist, f"Song {number}", f"Album {number // 10}"))
    return found


def iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def english(at: int, comma: str = ",") -> str:
    """Write a moment as Last.fm does, to the minute."""
    then = datetime.fromtimestamp(at, UTC)
    return f"{then.day:02} {_MONTHS[then.month - 1]} {then.year}{comma} {then:%H:%M}"


def extended_row(one: Played, **otherwise: Any) -> dict[str, Any]:
    """Return a row of Spotify's extended history, with all that is in one."""
    number = one.title.rpartition(" ")[2]
    return {
        "ts": iso(one.at + one.ms_played // 1000),
        "username": "a.private.name",
        "platform": "Android OS 9 API 28 (HUAWEI, VOG-L29)",
        "ms_played": one.ms_played,
        "conn_country": "DE",
        "ip_addr_decrypted": "203.0.113.77",
        "user_agent_decrypted": "secret-agent/1.0",
        "ip_addr": "203.0.113.77",
        "master_metadata_track_name": one.title,
        "master_metadata_album_artist_name": one.artist,
        "master_metadata_album_album_name": one.album,
        "spotify_track_uri": f"spotify:track:{number.zfill(22)}",
        "episode_name": None,
        "episode_show_name": None,
        "spotify_episode_uri": None,
        "reason_start": "trackdone",
        "reason_end": "trackdone",
        "shuffle": False,
        "skipped": None,
        "offline": False,
        "offline_timestamp": 0,
        "incognito_mode": False,
    } | otherwise


def extended(plays: Sequence[Played]) -> str:
    return json.dumps([extended_row(one) for one in plays], indent=2, ensure_ascii=False)


def account(plays: Sequence[Played]) -> str:
    rows = [
        {
            "endTime": iso(one.at + one.ms_played // 1000)[:16].replace("T", " "),
            "artistName": one.artist,
            "trackName": one.title,
            "msPlayed": one.ms_played,
        }
        for one in plays
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def pages(plays: Sequence[Played], playing: Played | None = None, size: int = 50) -> str:
    """Return pages of Last.fm's recent tracks; what is playing comes first on the first one."""
    tracks: list[dict[str, Any]] = [_track(one) for one in plays]
    if playing:
        now = _track(playing) | {"@attr": {"nowplaying": "true"}}
        del now["date"]
        tracks.insert(0, now)
    parts = [tracks[at : at + size] for at in range(0, len(tracks), size)]
    return json.dumps([{"track": part, "@attr": {"page": "1"}} for part in parts])


def _track(one: Played) -> dict[str, Any]:
    return {
        "artist": {"mbid": "", "#text": one.artist},
        "image": [{"size": "small", "#text": ""}, {"size": "large", "#text": ""}],
        "mbid": "",
        "album": {"mbid": "", "#text": one.album},
        "name": one.title,
        "date": {"uts": str(one.at), "#text": english(one.at)},
    }


def _table(rows: Iterator[Sequence[object]], delimiter: str = ",", ends: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=ends).writerows(rows)
    return out.getvalue()


def lastfm_table(plays: Sequence[Played]) -> str:
    def rows() -> Iterator[Sequence[object]]:
        yield [
            "uts",
            "utc_time",
            "artist",
            "artist_mbid",
            "album",
            "album_mbid",
            "track",
            "track_mbid",
        ]
        for one in plays:
            yield one.at, english(one.at), one.artist, "", one.album, "", one.title, ""

    return _table(rows())


def lastfm_no_header(plays: Sequence[Played]) -> str:
    rows = ((one.artist, one.album, one.title, english(one.at, "")) for one in plays)
    return _table(rows, ends="\n")


def lastfm_minutes(plays: Sequence[Played]) -> str:
    def rows() -> Iterator[Sequence[object]]:
        yield "utc_time", "artist", "album", "track"
        for one in plays:
            yield english(one.at), one.artist, one.album, one.title

    return _table(rows())


def lastfm_r(plays: Sequence[Played]) -> str:
    def rows() -> Iterator[Sequence[object]]:
        yield "", "date", "artist", "track", "album"
        for number, one in enumerate(plays, 1):
            yield number, iso(one.at)[:19].replace("T", " "), one.artist, one.title, one.album

    return _table(rows())


def lastfmstats(plays: Sequence[Played]) -> str:
    def rows() -> Iterator[Sequence[object]]:
        yield "Artist", "Album", "AlbumId", "Track", "Date#somebody"
        for one in plays:
            yield one.artist, one.album, "", one.title, one.at * 1000

    return _table(rows(), ";")


def librefm(plays: Sequence[Played]) -> str:
    def rows() -> Iterator[Sequence[object]]:
        yield "Time", "Artist", "Track", "Album", "Userid"
        for one in plays:
            yield one.at, one.artist, one.title, one.album, 7

    return "+ACM- libre.fm export\n# of somebody\n" + _table(rows())


def scrobbler_log(plays: Sequence[Played]) -> str:
    head = "#AUDIOSCROBBLER/1.1\n#TZ/UTC\n#CLIENT/Rockbox sansaclipplus 1.0\n"
    length = _LENGTH // 1000
    rows = (
        f"{one.artist}\t{one.album}\t{one.title}\t1\t{length}\tL\t{one.at}\t\n" for one in plays
    )
    return head + "".join(rows)


def _lines(rows: Iterator[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def pano(plays: Sequence[Played]) -> str:
    return _lines(
        {
            "timeMs": one.at * 1000,
            "track": one.title,
            "artist": one.artist,
            "album": one.album,
            "durationMs": _LENGTH,
            "mediaPlayerName": "VLC",
            "event": "scrobble",
        }
        for one in plays
    )


def maloja(plays: Sequence[Played]) -> str:
    rows = [
        {
            "time": one.at,
            "track": {
                "artists": [one.artist],
                "title": one.title,
                "album": {"artists": [one.artist], "albumtitle": one.album},
                "length": None,
            },
            "duration": None,
            "origin": "client:navidrome",
        }
        for one in plays
    ]
    return json.dumps({"maloja": {"export_time": 1}, "scrobbles": rows}, indent=1)


def koito(plays: Sequence[Played]) -> str:
    def alias(name: str) -> list[dict[str, Any]]:
        return [{"alias": "…", "is_primary": False}, {"alias": name, "is_primary": True}]

    rows = [
        {
            "listened_at": iso(one.at),
            "client": "navidrome",
            "track": {"mbid": None, "duration": 200, "aliases": alias(one.title)},
            "album": {"mbid": None, "aliases": alias(one.album)},
            "artists": [{"mbid": None, "is_primary": True, "aliases": alias(one.artist)}],
        }
        for one in plays
    ]
    return json.dumps({"version": "1", "user": "somebody", "listens": rows}, indent=1)


def _listens(plays: Sequence[Played]) -> Iterator[dict[str, Any]]:
    for one in plays:
        yield {
            "inserted_at": one.at + 1.5,
            "listened_at": one.at,
            "track_metadata": {
                "track_name": one.title,
                "artist_name": one.artist,
                "release_name": one.album,
                "mbid_mapping": None,
                "recording_msid": "0a94fdbf-0b1d-4346-b43a-bb7354aad530",
                "additional_info": {"submission_client": "navidrome", "duration_ms": _LENGTH},
            },
        }


def listenbrainz(plays: Sequence[Played]) -> str:
    return _lines(_listens(plays))


def listenbrainz_list(plays: Sequence[Played]) -> str:
    return json.dumps(list(_listens(plays)))


FORMATS: dict[str, Callable[[Sequence[Played]], str]] = {
    "extended": extended,
    "account": account,
    "pages": pages,
    "lastfm_table": lastfm_table,
    "lastfm_no_header": lastfm_no_header,
    "lastfm_minutes": lastfm_minutes,
    "lastfm_r": lastfm_r,
    "lastfmstats": lastfmstats,
    "librefm": librefm,
    "scrobbler_log": scrobbler_log,
    "pano": pano,
    "maloja": maloja,
    "koito": koito,
    "listenbrainz": listenbrainz,
    "listenbrainz_list": listenbrainz_list,
}


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """Return a zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return out.getvalue()


def my_spotify_data(plays: Sequence[Played]) -> bytes:
    """Return what Spotify sends: the history in two parts, a letter, and personal things."""
    half = len(plays) // 2
    folder = "Spotify Extended Streaming History/"
    return zipped(
        {
            f"{folder}ReadMeFirst_ExtendedStreamingHistory.pdf": b"%PDF-1.7 \x00\xff",
            f"{folder}Streaming_History_Audio_2017-2018_0.json": extended(plays[:half]),
            f"{folder}Streaming_History_Audio_2018_1.json": extended(plays[half:]),
            "MyData/Userdata.json": '{"username": "a.private.name", "ts": 1, "ms_played": 1}',
            "MyData/YourLibrary.json": '{"tracks": [{"artist": "Can", "track": "Halleluhwah"}]}',
            "MyData/Playlist1.json": '{"playlists": [{"items": [{"track": {}}]}]}',
        }
    )
