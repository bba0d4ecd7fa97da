"""What a Spotify's Web API answers about a library, address by address."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import islice
from typing import Any, NamedTuple

from fakes.server import Asked, Reply
from fakes.spotify_library import Entry, Library, Playlist, Track
from fakes.spotify_shapes import API, Shapes, profile, sounds

MOST, USUAL, AT_ONCE = 50, 20, 100
_FEW, _FOUND = 5, 10  # of a search
_FIELD = re.compile(r'(\w+):("[^"]*"|\S+)')
_JSON = {"Content-Type": "application/json"}
_CHANGES = "playlist-modify-private playlist-modify-public"
_LISTS = "playlist-read-private"


class Asking(NamedTuple):
    """A request, whose library it is about, and what the address names.

    `shortens`, `has_features`: as at FakeSpotify.
    """

    asked: Asked
    library: Library
    shapes: Shapes
    shortens: int
    has_features: bool
    key: str = ""

    @property
    def body(self) -> dict[str, Any]:
        said = json.loads(self.asked.body or b"{}")
        return said if isinstance(said, dict) else {}


class Route(NamedTuple):
    """An address; `scopes`: what a consent has to cover, with spaces between."""

    method: str
    pattern: re.Pattern[str]
    scopes: str
    answer: Callable[[Asking], Reply]


def _page(
    asking: Asking, rows: Sequence[Any], write: Callable[[Any], Any], path: str = ""
) -> Reply:
    asked = _paging(asking.asked)
    if asked is None:
        return error(400, "Invalid limit")
    said = paged(rows, write, path or asking.asked.route.removeprefix("/v1"), *asked)
    if asking.shortens and said["next"]:
        del said["items"][-asking.shortens :]
    return said_as(said)


def _me(asking: Asking) -> Reply:
    return said_as(profile(asking.library, asking.shapes.address))


def _playlists(asking: Asking) -> Reply:
    def write(playlist: Playlist) -> dict[str, Any]:
        return asking.shapes.playlist(playlist, asking.library)

    rows = list(asking.library.playlists.values())
    # Its `next` leads to an address that is no more.
    return _page(asking, rows, write, f"/users/{asking.library.owner_id}/playlists")


def _playlist(asking: Asking) -> Reply:
    playlist = asking.library.playlists.get(asking.key)
    if playlist is None or playlist.is_hidden:
        return error(404, "Resource not found")
    path = f"/playlists/{playlist.id}/items"
    items = None
    if _is_readable(playlist, asking.library):
        items = paged(playlist.entries, asking.shapes.entry, path, 0, AT_ONCE)
    return said_as(asking.shapes.whole_playlist(playlist, asking.library, items))


def _items(asking: Asking) -> Reply:
    playlist = asking.library.playlists.get(asking.key)
    if playlist is None or playlist.is_hidden:
        return error(404, "Resource not found")
    if not _is_readable(playlist, asking.library):
        return error(403, "Forbidden")
    return _page(asking, playlist.entries, asking.shapes.entry)


def _images(asking: Asking) -> Reply:
    playlist = asking.library.playlists.get(asking.key)
    if playlist is None or playlist.is_hidden:
        return error(404, "Resource not found")
    return said_as(asking.shapes.playlist_images(playlist))


def _liked(asking: Asking) -> Reply:
    return _page(asking, asking.library.liked, asking.shapes.saved_track)


def _saved(asking: Asking) -> Reply:
    def write(entry: Entry | None) -> dict[str, Any] | None:
        if entry is None:
            return None
        return {"added_at": entry.added_at, "album": _album_of(asking, str(entry.thing))}

    return _page(asking, asking.library.saved, write)


def _shows(asking: Asking) -> Reply:
    return _page(asking, [None] * asking.library.shows, lambda row: row)


def _album(asking: Asking) -> Reply:
    if asking.key not in asking.library.catalogue.albums:
        return error(404, "Resource not found")
    return said_as(_album_of(asking, asking.key))


def _album_of(asking: Asking, album_id: str) -> dict[str, Any]:
    catalogue, shapes = asking.library.catalogue, asking.shapes
    album = catalogue.albums[album_id]
    tracks = [catalogue.tracks[track_id] for track_id in album.track_ids]
    page = paged(tracks, shapes.album_track, f"/albums/{album_id}/tracks", 0, MOST)
    return shapes.whole_album(album, page)


def _album_tracks(asking: Asking) -> Reply:
    catalogue = asking.library.catalogue
    if asking.key not in catalogue.albums:
        return error(404, "Resource not found")
    ids = catalogue.albums[asking.key].track_ids
    rows = [catalogue.tracks[track_id] for track_id in ids]
    return _page(asking, rows, asking.shapes.album_track)


def _artist(asking: Asking) -> Reply:
    artist = asking.library.catalogue.artists.get(asking.key)
    return said_as(asking.shapes.artist(artist)) if artist else error(404, "Resource not found")


def _track(asking: Asking) -> Reply:
    track = asking.library.catalogue.tracks.get(asking.key)
    return said_as(asking.shapes.track(track)) if track else error(404, "Resource not found")


def _followed(asking: Asking) -> Reply:
    query, followed = asking.asked.query, asking.library.followed
    asked = _paging(asking.asked)
    if query.get("type") != "artist" or asked is None:
        return error(400, "Invalid type or limit")
    after = query.get("after")
    start = followed.index(after) + 1 if after in followed else 0
    ids = followed[start : start + asked[1]]
    last = ids[-1] if start + len(ids) < len(followed) else None
    where = f"{API}/me/following?type=artist&limit={asked[1]}"
    artists = asking.library.catalogue.artists
    page = {
        "cursors": {"after": last} if last else {},
        "href": where,
        "items": [asking.shapes.artist(artists[one]) for one in ids],
        "limit": asked[1],
        "next": f"{where}&after={last}" if last else None,
        "total": len(followed),
    }
    return said_as({"artists": page})


def _recent(asking: Asking) -> Reply:
    query, library = asking.asked.query, asking.library
    asked = _paging(asking.asked)
    if asked is None or {"after", "before"} <= query.keys():
        return error(400, "Invalid limit, or both cursors")
    # There are only so many, whatever the cursor.
    plays = [
        (track_id, at)
        for track_id, at in library.recent[:MOST]
        if int(query.get("after", 0)) < at < int(query.get("before", 1 << 62))
    ][: asked[1]]
    where = f"{API}/me/player/recently-played?limit={asked[1]}"
    items = [
        asking.shapes.play(library.catalogue.tracks[track_id], _iso(at)) for track_id, at in plays
    ]
    cursors = {"after": str(plays[0][1]), "before": str(plays[-1][1])} if plays else None
    goes_on = f"{where}&before={plays[-1][1]}" if len(plays) == asked[1] else None
    return said_as(
        {"items": items, "limit": asked[1], "href": where} | {"cursors": cursors, "next": goes_on}
    )


def _top(asking: Asking) -> Reply:
    span = asking.asked.query.get("time_range", "medium_term")
    library, shapes = asking.library, asking.shapes
    if asking.key == "artists":
        artists = [library.catalogue.artists[one] for one in library.top_artists.get(span, ())]
        return _page(asking, artists, shapes.artist)
    tracks = [library.catalogue.tracks[one] for one in library.top_tracks.get(span, ())]
    return _page(asking, tracks, shapes.track)


def _search(asking: Asking) -> Reply:
    query, catalogue = asking.asked.query, asking.library.catalogue
    offset, limit = int(query.get("offset", 0)), int(query.get("limit", _FEW))
    if query.get("type") != "track" or not 1 <= limit <= _FOUND:
        return error(400, "Invalid limit")
    wanted = dict(_FIELD.findall(query.get("q", "").casefold()))
    found = [one for one in catalogue.tracks.values() if _is_meant(asking, one, wanted)]
    page = paged(found, asking.shapes.track, "/search", offset, limit)
    return said_as({"tracks": page})


def _is_meant(asking: Asking, track: Track, wanted: dict[str, str]) -> bool:
    """Say whether a search means a track: by its code, or by parts of its names."""
    if "isrc" in wanted:
        return (track.isrc or "").casefold() == wanted["isrc"].strip('"')
    artists = (asking.library.catalogue.artists[one].name for one in track.artist_ids)
    said = {"track": track.name, "artist": " ".join(artists)}
    return bool(wanted) and all(
        part.strip('"') in said.get(field, "").casefold() for field, part in wanted.items()
    )


def _features(asking: Asking) -> Reply:
    if not asking.has_features:
        return Reply(403, _JSON, b'{"error": {"status": 403}}')
    ids = asking.asked.query.get("ids", "").split(",")
    if len(ids) > AT_ONCE:
        return error(400, "Too many ids requested")
    known = asking.library.catalogue.features
    return said_as({"audio_features": [sounds(one, known.get(one)) for one in ids]})


def _describe(asking: Asking) -> Reply:
    playlist = asking.library.playlists.get(asking.key)
    if playlist is None or playlist.owner_id != asking.library.owner_id:
        return error(403, "You cannot change a playlist that is not yours")
    said = asking.body
    if "\n" in said.get("description", ""):
        return error(400, "Invalid description")
    playlist.description = said.get("description", playlist.description)
    playlist.name = said.get("name", playlist.name)
    playlist.changes += 1
    return Reply(200)


def _make(asking: Asking) -> Reply:
    said, library = asking.body, asking.library
    if not said.get("name"):
        return error(400, "Missing required field: name")
    # For everybody to see, unless one says otherwise.
    made = library.playlists[library.playlist(said["name"], public=said.get("public", True))]
    made.description, made.has_image = said.get("description"), False
    items = paged([], asking.shapes.entry, f"/playlists/{made.id}/items", 0, AT_ONCE)
    return said_as(asking.shapes.whole_playlist(made, library, items), 201)


def _add(asking: Asking) -> Reply:
    playlist = asking.library.playlists.get(asking.key)
    uris = asking.body.get("uris", [])
    if playlist is None or not _is_readable(playlist, asking.library):
        return error(403, "You cannot add tracks to a playlist you don't own.")
    ids = [uri.removeprefix("spotify:track:") for uri in uris]
    known = asking.library.catalogue.tracks
    if not 0 < len(ids) <= AT_ONCE or not all(one in known for one in ids):
        return error(400, "You can add a maximum of 100 tracks per request.")
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    playlist.entries += [Entry(one, now, asking.library.owner_id) for one in ids]
    playlist.changes += 1
    return said_as({"snapshot_id": playlist.snapshot}, 201)


def paged(
    rows: Sequence[Any], write: Callable[[Any], Any], path: str, offset: int, limit: int
) -> dict[str, Any]:
    """Return a page of rows; where it goes on is told with the real one's address."""
    end = offset + limit
    return {
        "href": f"{API}{path}?offset={offset}&limit={limit}",
        "items": [None if row is None else write(row) for row in islice(rows, offset, end)],
        "limit": limit,
        "next": f"{API}{path}?offset={end}&limit={limit}" if end < len(rows) else None,
        "offset": offset,
        "previous": f"{API}{path}?offset={max(0, offset - limit)}&limit={limit}"
        if offset
        else None,
        "total": len(rows),
    }


def _paging(asked: Asked) -> tuple[int, int] | None:
    """Return offset and limit; None for a limit that it does not take."""
    limit = int(asked.query.get("limit", USUAL))
    return (int(asked.query.get("offset", 0)), limit) if 1 <= limit <= MOST else None


def _is_readable(playlist: Playlist, library: Library) -> bool:
    return playlist.owner_id == library.owner_id or playlist.collaborative


def _iso(at: int) -> str:
    then = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    return f"{then:%Y-%m-%dT%H:%M:%S}.{at % 1_000:03}Z"


def said_as(body: Any, status: int = 200) -> Reply:
    return Reply(status, _JSON, json.dumps(body).encode())


def error(status: int, message: str, reason: str | None = None) -> Reply:
    error: dict[str, Any] = {"status": status, "message": message or HTTPStatus(status).phrase}
    return said_as({"error": error | ({"reason": reason} if reason else {})}, status)


ROUTES = [
    Route(method, re.compile(pattern), scopes, answer)
    for method, pattern, scopes, answer in (
        ("GET", r"/me", "user-read-private", _me),
        ("GET", r"/me/playlists", _LISTS, _playlists),
        ("POST", r"/me/playlists", _CHANGES, _make),
        ("GET", r"/me/tracks", "user-library-read", _liked),
        ("GET", r"/me/albums", "user-library-read", _saved),
        ("GET", r"/me/shows", "user-library-read", _shows),
        ("GET", r"/me/following", "user-follow-read", _followed),
        ("GET", r"/me/player/recently-played", "user-read-recently-played", _recent),
        ("GET", r"/me/top/(artists|tracks)", "user-top-read", _top),
        ("GET", r"/playlists/([^/]+)", _LISTS, _playlist),
        ("PUT", r"/playlists/([^/]+)", _CHANGES, _describe),
        ("GET", r"/playlists/([^/]+)/items", _LISTS, _items),
        ("POST", r"/playlists/([^/]+)/items", _CHANGES, _add),
        ("GET", r"/playlists/([^/]+)/images", _LISTS, _images),
        ("GET", r"/albums/([^/]+)", "", _album),
        ("GET", r"/albums/([^/]+)/tracks", "", _album_tracks),
        ("GET", r"/artists/([^/]+)", "", _artist),
        ("GET", r"/tracks/([^/]+)", "", _track),
        ("GET", r"/search", "", _search),
        ("GET", r"/audio-features", "", _features),
    )
]
