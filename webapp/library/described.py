"""What scripts are told of the library's pages: its lists as files, analyses, playlists made."""

from typing import Any

from database.library_settings import Wishes
from database.made_playlists import Description
from database.track_features import Manual
from webapp.describing import Area, Before, Binary, Operation, ordered
from webapp.library import shapes as told
from webapp.library.bring import Import
from webapp.library.made import Order
from webapp.library.orders import Analyse, Sync

_LIBRARY = {"export": "A table of tracks, or what Spotify gave you; at most 40 MB."}
_CSV = Binary("text/csv")


def _list(summary: str, answer: Any, query: Any = told.Form) -> Operation:
    return Operation(summary, {200: (answer, _CSV)}, query=query)


_LISTS = {
    "library.playlists": _list("Playlists", told.Playlists, told.ForPlaylists),
    "library.albums": _list("Albums", told.Albums, told.ForAlbums),
    "library.tracks": _list("Tracks", told.Tracks, told.ForTracks),
    "library.artists": _list("Artists", told.Artists, told.ForArtists),
    "library.liked": _list("Liked songs", told.Tracks),
    "library.playlist": _list("The tracks of a playlist", told.Tracks),
    "library.album": _list("The tracks of an album", told.Tracks),
    "library.artist": _list("The tracks of an artist", told.Tracks),
    "library.image": Operation("The picture of something", {200: Binary("image/jpeg")}),
}
_SOUNDS = {
    "library.track": Operation("How a track sounds, and who says so", {200: told.TrackPage}),
    "library.set_features": Operation(
        "Say how a track sounds", {200: told.Saved}, body=Manual, is_partial=True
    ),
    "library.analyses": _list("Your analyses", told.Analyses),
    "library.analysis": _list("An analysis", told.Analysis),
    "library.compare": Operation(
        "Two analyses side by side", {200: (told.Compared, _CSV)}, (404,), told.Both
    ),
    "library.analyse": ordered("Analyse something", (403, 404), body=Analyse),
    "library.sync": ordered("Fetch something anew from Spotify", (403, 404), body=Sync),
}
_OWN = {
    "library.settings": Operation("What is done by itself", {200: told.Wishes}),
    "library.set_settings": Operation(
        "Choose what is done by itself", {200: told.Wishes}, body=Wishes, is_partial=True
    ),
    "library.take": ordered("Bring a library in a file", body=Import, files=_LIBRARY),
    "library.brought": Operation("What an import did", {200: told.Brought, 303: None}),
    "library.bring_now": ordered("Bring what was looked at", (409,)),
    "library.imports": Operation("What was brought so far", {200: told.Imports}, query=Before),
    "library.undo": ordered("Take an import back", (409,)),
}

_MADE = {
    "library.make": Operation(
        "A list of tracks to take along",
        {200: (told.Picked, _CSV)},
        (404, 409),
        told.ForPicks,
    ),
    "library.make_playlist": ordered(
        "Have a playlist made at Spotify", (403, 404, 409), body=Order
    ),
    "library.made": Operation(
        "The playlists made at Spotify from here", {200: (told.MadePlaylists, _CSV)},
        query=told.Form,
    ),
    "library.go_on": ordered("Go on with a playlist that is not made yet", (409,)),
    "library.describe": ordered(
        "Say at Spotify what a playlist of yours is", (409,), body=Description
    ),
}  # fmt: skip

AREA = Area(
    "Library pages",
    "Playlists, albums, tracks and artists as files; how they sound; libraries brought in files.",
    {**_LISTS, **_SOUNDS, **_MADE, **_OWN},
)
