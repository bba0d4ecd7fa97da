"""Spotify's account data: what somebody likes, and their playlists. Nothing else in it is read."""

from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import BadFile
from core.library import EPISODE, LOCAL, MISSING, AlbumTold, ArtistTold, EntryTold, TrackTold
from worker_jobs.library_imports import tables, values
from worker_jobs.library_imports.rows import (
    ALBUMS,
    ARTISTS,
    LIKED,
    PLAYLIST,
    Over,
    Part,
    Row,
    Told,
)
from worker_jobs.library_imports.walk import Broken, Walk
from worker_jobs.play_imports.names import clean
from worker_jobs.play_imports.rows import Aside, Unreadable
from worker_jobs.play_imports.texts import Text

_CUT = "it cannot be read to its end; what stands before that was read."
_SPOKEN = ("episode", "audiobook", "chapter")
Reader = Callable[[dict[str, Any]], Row]


def library(text: Text, part: Part) -> Iterator[Told]:
    """Yield liked songs, saved albums and followed artists, each as a list."""
    walk, kind = Walk(text), ""
    try:
        for name in walk.names():
            if name in _LISTS:
                kind, reader = _LISTS[name]
                yield from _rows(walk, reader, part)
                yield Over(kind, is_set=True)
                kind = ""
    except (Broken, BadFile) as why:
        if kind:
            yield Over(kind, is_set=True, is_whole=False)
        if isinstance(why, BadFile):
            raise
        part.problems.say(str(why) or _CUT)


def _rows(walk: Walk, reader: Reader, part: Part) -> Iterator[Row]:
    for _ in walk.items():
        if part.seen == tables.MOST_ROWS:
            raise Broken(f"only the first {tables.MOST_ROWS:,} rows were read.")
        item = walk.value()
        part.seen += 1
        try:
            found = reader(item if isinstance(item, dict) else {})
        except Aside as what:
            part.aside[str(what)] += 1
        except Unreadable as why:
            part.problems.skip(part.seen, str(why))
        else:
            part.rows += 1
            yield found


def playlists(text: Text, part: Part, zone: ZoneInfo) -> Iterator[Told]:
    """Yield playlists; `zone` is that of the days on which something was put on them."""
    walk = Walk(text)
    try:
        for name in walk.names():
            if name == "playlists":
                for _ in walk.items():
                    yield from _playlist(walk, part, zone)
    except Broken as why:
        part.problems.say(str(why) or _CUT)


def _playlist(walk: Walk, part: Part, zone: ZoneInfo) -> Iterator[Told]:
    said: dict[str, str] = {}
    before = part.aside.copy()
    why: Broken | BadFile | None = None
    try:
        for key in walk.names():
            if key in ("items", "tracks"):
                yield from _rows(walk, lambda item: _entry(item, zone), part)
            elif key in ("name", "description"):
                said[key] = clean(walk.value())
    except (Broken, BadFile) as broken:
        why = broken
    yield Over(
        PLAYLIST,
        said.get("name", ""),
        said.get("description") or None,
        skipped=dict(part.aside - before),
        is_whole=why is None,
    )
    if why:
        raise why


def _entry(item: dict[str, Any], zone: ZoneInfo) -> Row:
    said = item.get("track")
    if not isinstance(said, dict):
        if any(item.get(kind) for kind in _SPOKEN):
            raise Aside(EPISODE)
        raise Aside(LOCAL if item.get("localTrack") else MISSING)
    track = _track(
        said.get("trackName"), said.get("artistName"), said.get("albumName"), said.get("trackUri")
    )
    return Row(EntryTold(track, values.moment(item.get("addedDate"), zone)))


def _liked(item: dict[str, Any]) -> Row:
    track = _track(item.get("track"), item.get("artist"), item.get("album"), item.get("uri"))
    return Row(EntryTold(track))


def _track(name: object, artist: object, album: object, uri: object) -> TrackTold:
    if values.kind_of(uri) == "local":
        raise Aside(LOCAL)
    title, credited, record = clean(name), clean(artist), clean(album)
    if not title or not credited:
        raise Unreadable("it names no artist." if title else "it names no track.")
    artists = (ArtistTold(credited),)
    told = AlbumTold(record, artists) if record else None
    return TrackTold(title, artists, told, values.spotify_id(uri, "track"))


def _album(item: dict[str, Any]) -> Row:
    name, artist = clean(item.get("album")), clean(item.get("artist"))
    if not name or not artist:
        raise Unreadable("it names no artist." if name else "it names no album.")
    return Row(AlbumTold(name, (ArtistTold(artist),), values.spotify_id(item.get("uri"), "album")))


def _artist(item: dict[str, Any]) -> Row:
    name = clean(item.get("name"))
    if not name:
        raise Unreadable("it names no artist.")
    return Row(ArtistTold(name, values.spotify_id(item.get("uri"), "artist")))


_LISTS: dict[str, tuple[str, Reader]] = {
    "tracks": (LIKED, _liked),
    "albums": (ALBUMS, _album),
    "artists": (ARTISTS, _artist),
}
