"""How Spotify writes what it knows: playlists, tracks, albums and artists as its answers hold them.

With all that stands around what anybody reads, and in either spelling, or in both at once.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from fakes.spotify_library import (
    Album,
    Artist,
    Catalogue,
    Entry,
    Episode,
    Library,
    Local,
    Playlist,
    Track,
)

API = "https://api.spotify.com/v1"
OPEN = "https://open.spotify.com"
SPELLINGS = ("both", "new", "old")
_MARKETS = ["AT", "DE", "NL"]
_SIDES = (640, 300, 64)


class Shapes:
    """Writes what a catalogue holds; pictures are at `address`."""

    def __init__(self, catalogue: Catalogue, address: str, spelling: str) -> None:
        self._catalogue, self.address, self._spelling = catalogue, address, spelling

    def spelt(self, new: str, old: str, said: Any) -> dict[str, Any]:
        """Write something under its new name, its old one, or both."""
        names = {"both": (old, new), "new": (new,), "old": (old,)}[self._spelling]
        return dict.fromkeys(names, said)

    def images(self, key: str) -> list[dict[str, Any]]:
        return [
            {"url": f"{self.address}/image/{key}-{side}", "height": side, "width": side}
            for side in _SIDES
        ]

    def artist(self, artist: Artist) -> dict[str, Any]:
        return self._named_artist(artist) | {
            "followers": {"href": None, "total": artist.followers},
            "genres": artist.genres,
            "images": self.images(artist.id),
            "popularity": 50,
        }

    def album(self, album: Album) -> dict[str, Any]:
        """Write an album as it stands in its tracks and in lists."""
        return _about("album", album.id, album.name) | {
            "album_type": album.kind,
            "artists": self._named_artists(album.artist_ids),
            "available_markets": _MARKETS,
            "images": self.images(album.id),
            "release_date": album.released,
            "release_date_precision": album.precision,
            "total_tracks": len(album.track_ids),
        }

    def whole_album(self, album: Album, tracks: dict[str, Any]) -> dict[str, Any]:
        """Write all of an album; `tracks` is the first page of what is on it."""
        return self.album(album) | {
            "copyrights": [
                {"text": f"{album.released[:4]} {album.label}", "type": kind} for kind in "CP"
            ],
            "external_ids": {"upc": "4015698002423"},
            "genres": [],
            "label": album.label,
            "popularity": 30,
            "tracks": tracks,
        }

    def track(self, track: Track) -> dict[str, Any]:
        codes = {} if track.isrc is None else {"isrc": track.isrc}
        return self.album_track(track) | {
            "album": self.album(self._catalogue.albums[track.album_id]),
            "external_ids": codes,
            "popularity": 40,
        }

    def album_track(self, track: Track) -> dict[str, Any]:
        """Write a track as it stands on its album."""
        return _about("track", track.id, track.name) | {
            "artists": self._named_artists(track.artist_ids),
            "available_markets": _MARKETS,
            "disc_number": 1,
            "duration_ms": track.ms,
            "explicit": track.explicit,
            "is_local": False,
            "preview_url": None,
            "track_number": track.number,
        }

    def saved_track(self, entry: Entry) -> dict[str, Any]:
        return {"added_at": entry.added_at, "track": self._thing(entry.thing)}

    def entry(self, entry: Entry | None) -> dict[str, Any] | None:
        """Write a row of a playlist; None is one that has come to nothing."""
        if entry is None:
            return None
        by = None if entry.added_by is None else _person(entry.added_by)
        thing = self._thing(entry.thing)
        if isinstance(entry.thing, str) and thing is not None:
            thing |= {"episode": False, "track": True}
        told = {
            "added_at": entry.added_at,
            "added_by": by,
            "is_local": isinstance(entry.thing, Local),
            "primary_color": None,
            "video_thumbnail": {"url": None},
        }
        return told | self.spelt("item", "track", thing)

    def playlist(self, playlist: Playlist, library: Library) -> dict[str, Any]:
        """Write a playlist as it stands in lists."""
        address = f"{API}/playlists/{playlist.id}"
        count = len(playlist.entries)
        told = self._spelt_counts(address, {"total": count})
        return told | _about("playlist", playlist.id, playlist.name) | {
            "collaborative": playlist.collaborative,
            "description": playlist.description and escape(playlist.description),
            "images": self.playlist_images(playlist) or None,
            "owner": _person(playlist.owner_id)
            | {"display_name": library.owner_name if _is_own(playlist, library) else "A friend"},
            "primary_color": None,
            "public": playlist.public,
            "snapshot_id": playlist.snapshot,
        }  # fmt: skip

    def whole_playlist(
        self, playlist: Playlist, library: Library, items: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Write a playlist that was asked for; `items` is None where they are not to be seen."""
        told = self.playlist(playlist, library) | {"followers": {"href": None, "total": 0}}
        for name in ("items", "tracks"):
            told.pop(name, None)
        told["images"] = told["images"] or []
        return told if items is None else told | self.spelt("items", "tracks", items)

    def playlist_images(self, playlist: Playlist) -> list[dict[str, Any]]:
        url = f"{self.address}/image/{playlist.id}-{playlist.changes}"
        return [{"url": url, "height": None, "width": None}] if playlist.has_image else []

    def play(self, track: Track, played_at: str) -> dict[str, Any]:
        return {"context": None, "played_at": played_at, "track": self.track(track)}

    def _spelt_counts(self, address: str, count: dict[str, Any]) -> dict[str, Any]:
        told = self.spelt("items", "tracks", None)
        return {name: {"href": f"{address}/{name}"} | count for name in told}

    def _thing(self, thing: str | Local | Episode | None) -> dict[str, Any] | None:
        if isinstance(thing, Local):
            return _local(thing)
        if isinstance(thing, Episode):
            return _episode(thing)
        return None if thing is None else self.track(self._catalogue.tracks[thing])

    def _named_artist(self, artist: Artist) -> dict[str, Any]:
        return _about("artist", artist.id, artist.name)

    def _named_artists(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        return [self._named_artist(self._catalogue.artists[one]) for one in ids]


def profile(library: Library, address: str) -> dict[str, Any]:
    known = {"account_id": library.account_id} if library.account_id else {}
    url = f"{address}/image/{library.owner_id}-300"
    return known | _person(library.owner_id) | {
        "display_name": library.owner_name,
        "explicit_content": {"filter_enabled": False, "filter_locked": False},
        "followers": {"href": None, "total": 3},
        "images": [{"url": url, "height": 300, "width": 300}],
        "product": library.product,
    }  # fmt: skip


def sounds(track_id: str, features: dict[str, float] | None) -> dict[str, Any] | None:
    """Write how a track sounds; None for one of which nothing is known."""
    if features is None:
        return None
    return features | {
        "analysis_url": f"{API}/audio-analysis/{track_id}",
        "duration_ms": 200_000,
        "id": track_id,
        "track_href": f"{API}/tracks/{track_id}",
        "type": "audio_features",
        "uri": f"spotify:track:{track_id}",
    }


def _is_own(playlist: Playlist, library: Library) -> bool:
    return playlist.owner_id == library.owner_id


def _about(kind: str, key: str, name: str) -> dict[str, Any]:
    return {
        "external_urls": {"spotify": f"{OPEN}/{kind}/{key}"},
        "href": f"{API}/{kind}s/{key}",
        "id": key,
        "name": name,
        "type": kind,
        "uri": f"spotify:{kind}:{key}",
    }


def _person(owner_id: str) -> dict[str, Any]:
    told = _about("user", owner_id, owner_id)
    del told["name"]
    return told


def _local(thing: Local) -> dict[str, Any]:
    nobody: dict[str, Any] = {"external_urls": {}, "href": None, "id": None, "uri": None}
    return nobody | {
        "album": nobody
        | {
            "album_type": None, "artists": [], "available_markets": [], "images": [], "name": "",
            "release_date": None, "release_date_precision": None, "type": "album",
        },
        "artists": [nobody | {"name": thing.artist, "type": "artist"}],
        "available_markets": [],
        "disc_number": 0,
        "duration_ms": 273_000,
        "explicit": False,
        "external_ids": {},
        "is_local": True,
        "name": thing.title,
        "popularity": 0,
        "preview_url": None,
        "track_number": 0,
        "type": "track",
        "uri": f"spotify:local:{thing.artist}::{thing.title}:273",
    }  # fmt: skip


def _episode(thing: Episode) -> dict[str, Any]:
    show = _about("show", "shw1", "A show")
    return _about("episode", thing.id, thing.title) | {
        "album": show | {"artists": [], "album_type": "single"},
        "artists": [{"name": "A show", "type": "show", "id": None}],
        "audio_preview_url": None,
        "description": "People talk.",
        "duration_ms": 1_800_000,
        "episode": True,
        "explicit": False,
        "html_description": "<p>People talk.</p>",
        "images": [],
        "is_externally_hosted": False,
        "is_playable": True,
        "languages": ["en"],
        "release_date": "2024-11-01",
        "release_date_precision": "day",
        "show": show
        | {
            "available_markets": [], "copyrights": [], "description": "", "explicit": False,
            "html_description": "", "images": [], "is_externally_hosted": False,
            "languages": ["en"], "media_type": "audio", "publisher": "Nobody",
            "total_episodes": 1,
        },
        "track": False,
    }  # fmt: skip
