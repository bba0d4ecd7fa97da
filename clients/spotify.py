"""Spotify: somebody's playlists, liked songs, albums and artists, what they play, new playlists.

Asked in a person's name, with what they allowed. Lists come page by page: a page says by which
cursor the next one is asked for, and how many of its rows are no tracks that we could keep.
Whoever shows what it says names Spotify on the page, and links there.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from clients.http import Http
from clients.json_answers import read_json
from clients.spotify_answers import (
    Album,
    Artist,
    Asked,
    Covers,
    Entry,
    Followed,
    Hits,
    Listed,
    Playlist,
    Profile,
    Saved,
    Sounds,
    Totals,
    Track,
    page,
    sifted,
    whole,
)
from clients.spotify_calls import Call, Caller, Turns
from clients.spotify_errors import (
    SERVICE,
    FeaturesClosed,
    Garbled,
    NotOnList,
    PremiumNeeded,
    Unreadable,
)
from clients.spotify_values import image_bases, is_image
from core.consents import SPOTIFY_WRITES, Access, ScopeNeeded
from core.errors import RemoteError
from core.library import (
    ArtistTold,
    EntryTold,
    Features,
    Page,
    PlayedTold,
    PlaylistTold,
    ProfileTold,
    SavedAlbum,
    TrackTold,
)

__all__ = [
    "AT_ONCE", "SERVICE", "FeaturesClosed", "NotOnList", "PremiumNeeded", "Spotify",
    "Turns", "Unreadable", "image_bases", "is_image",
]  # fmt: skip

PER_PAGE = 50
AT_ONCE = 100  # tracks that are added, or whose features are asked for, with one call
_FOUND = 10  # it tells no more of a search at once
_LIBRARY, _FOLLOWS, _TOPS = ("user-library-read",), ("user-follow-read",), ("user-top-read",)
_LISTS = ("playlist-read-private", "playlist-read-collaborative")
_RECENT = ("user-read-recently-played",)
_COUNTED = {
    "artists": ("me/following", _FOLLOWS),
    "albums": ("me/albums", _LIBRARY),
    "tracks": ("me/tracks", _LIBRARY),
    "playlists": ("me/playlists", _LISTS),
    "shows": ("me/shows", _LIBRARY),
}
_ID = re.compile(r"[0-9A-Za-z]{1,64}")
_ONE_LINE = str.maketrans("\r\n\t", "   ")

Shape = TypeVar("Shape", bound=BaseModel)
Row = TypeVar("Row")
Item = TypeVar("Item", bound=tuple[Any, ...])


class Spotify:
    """Every method raises what `Caller.answer` does, and RemoteError for an odd answer."""

    def __init__(
        self, api_url: str, access: Callable[[int | None], Access], http: Http, turns: Turns
    ) -> None:
        """Make it ready; nothing is asked yet.

        Args:
            api_url: the base address, with the version.
            access: returns a token that holds; after a 401 it is told which version failed.
            http: what may ask that address.
            turns: how fast the house may ask.
        """
        self._caller = Caller(api_url, access, http, turns)

    def me(self) -> ProfileTold:
        return self._told(Call("me"), Profile).told()

    def counts(self) -> dict[str, int]:
        """Return how many artists, albums, tracks, playlists and shows are saved: five calls.

        What Spotify does not tell, or the person not allow, is left out.
        """
        found: dict[str, int] = {}
        for name, (path, scopes) in _COUNTED.items():
            asked = {"limit": "1"} | ({"type": "artist"} if name == "artists" else {})
            try:
                count = self._told(Call(path, asked, scopes, name), Totals).count
            except (Unreadable, ScopeNeeded):
                continue
            if count is not None:
                found[name] = count
        return found

    def playlists(self, cursor: str | None = None) -> Page[PlaylistTold]:
        """Return playlists that the person owns or follows."""
        return self._page(
            Call("me/playlists", scopes=_LISTS), cursor, Listed[Playlist], Playlist.told
        )

    def playlist(self, playlist_id: str) -> PlaylistTold:
        """Return a playlist without its tracks.

        Raises:
            Unreadable: it is gone, or one of those that Spotify makes; here and below also
                Garbled, where an answer about one thing makes no sense.
        """
        call = Call(_at("playlists", playlist_id), scopes=_LISTS, thing="playlist")
        return self._told(call, Playlist).told()

    def playlist_items(self, playlist_id: str, cursor: str | None = None) -> Page[EntryTold]:
        """Return the tracks of a playlist, in their order; the same one may come twice.

        Raises:
            Unreadable: it is somebody else's.
        """
        path = _at("playlists", playlist_id, "/items")
        call = Call(path, scopes=_LISTS, thing="playlist")
        return self._page(call, cursor, Listed[Entry], Entry.told)

    def playlist_image(self, playlist_id: str) -> str | None:
        """Return where a playlist's picture is for the next hours; None where it has none."""
        path = _at("playlists", playlist_id, "/images")
        return self._told(Call(path, scopes=_LISTS, thing="playlist"), Covers).best

    def liked(self, cursor: str | None = None) -> Page[EntryTold]:
        """Return liked songs, the last one first."""
        return self._page(Call("me/tracks", scopes=_LIBRARY), cursor, Listed[Entry], Entry.told)

    def saved_albums(self, cursor: str | None = None) -> Page[SavedAlbum]:
        return self._page(Call("me/albums", scopes=_LIBRARY), cursor, Listed[Saved], Saved.told)

    def album(self, album_id: str) -> SavedAlbum:
        """Return an album with up to 50 of its tracks.

        Raises:
            Unreadable: there is none of that id.
        """
        call = Call(_at("albums", album_id), thing="album")
        return whole(self._told(call, Album).told(), "album")

    def album_tracks(self, album_id: str, cursor: str | None = None) -> Page[TrackTold]:
        """Return tracks of an album; which one it is they do not say, nor their ISRC."""
        call = Call(_at("albums", album_id, "/tracks"), thing="album")
        return self._page(call, cursor, Listed[Track], Track.told)

    def track(self, track_id: str) -> TrackTold:
        """Return a track.

        Raises:
            Unreadable: there is none of that id.
        """
        call = Call(_at("tracks", track_id), thing="track")
        return whole(self._told(call, Track).told(), "track")

    def artist(self, artist_id: str) -> ArtistTold:
        """Return an artist.

        Raises:
            Unreadable: there is none of that id.
        """
        call = Call(_at("artists", artist_id), thing="artist")
        return whole(self._told(call, Artist).told(), "artist")

    def followed(self, cursor: str | None = None) -> Page[ArtistTold]:
        asked = {"type": "artist", "limit": str(PER_PAGE)}
        asked |= {"after": cursor} if cursor else {}
        return self._told(Call("me/following", asked, _FOLLOWS), Followed).page(cursor)

    def recent(self, after: int | None = None) -> list[PlayedTold]:
        """Return the last plays, the last one first: up to 50, and no more are to be had.

        `after`: a moment; only later ones are told.
        """
        asked = {"limit": str(PER_PAGE)} | ({} if after is None else {"after": str(after)})
        call = Call("me/player/recently-played", asked, _RECENT)
        return sifted(self._told(call, Listed[Entry]).items, Entry.played)[0]

    def top_tracks(self, span: str, cursor: str | None = None) -> Page[TrackTold]:
        """Return what was played most within a span, one of core.library.RANGES."""
        call = Call("me/top/tracks", {"time_range": span}, _TOPS)
        return self._page(call, cursor, Listed[Track], Track.told)

    def top_artists(self, span: str, cursor: str | None = None) -> Page[ArtistTold]:
        """Return who was played most within a span, one of core.library.RANGES."""
        call = Call("me/top/artists", {"time_range": span}, _TOPS)
        return self._page(call, cursor, Listed[Artist], Artist.told)

    def audio_features(self, track_ids: Sequence[str]) -> dict[str, Features]:
        """Return how up to AT_ONCE tracks sound, by id; of some it knows nothing.

        Raises:
            FeaturesClosed: it tells this app nothing of that kind.
        """
        ids = [key for key in track_ids[:AT_ONCE] if _ID.fullmatch(key)]
        if not ids:
            return {}
        told = self._told(Call("audio-features", {"ids": ",".join(ids)}), Sounds).by_id()
        return {key: told[key] for key in ids if key in told}

    def search(self, words: str) -> list[TrackTold]:
        """Return up to ten tracks that are found by these words, the best one first."""
        call = Call("search", {"q": words, "type": "track", "limit": str(_FOUND)})
        return sifted(self._told(call, Hits).tracks.items, Track.told)[0]

    def describe(self, playlist_id: str, text: str) -> None:
        """Give a playlist another description.

        Raises:
            Unreadable: it is none of the person's.
        """
        self._write("PUT", _at("playlists", playlist_id), {"description": _line(text)})

    def make_playlist(self, name: str, description: str) -> PlaylistTold:
        """Make a playlist that only the person sees, and return it."""
        body = {"name": name, "description": _line(description), "public": False}
        call = Call("me/playlists", scopes=SPOTIFY_WRITES, method="POST", body=body)
        return self._told(call, Playlist).told()

    def add(self, playlist_id: str, uris: Sequence[str]) -> None:
        """Put up to AT_ONCE tracks ("spotify:track:ID") at the end of a playlist.

        One that is repeated puts them there twice: after no answer, look first.
        """
        self._write("POST", _at("playlists", playlist_id, "/items"), {"uris": list(uris)})

    def _write(self, method: str, path: str, body: dict[str, Any]) -> None:
        self._caller.answer(
            Call(path, scopes=SPOTIFY_WRITES, thing="playlist", method=method, body=body)
        )

    def _told(self, call: Call, model: type[Shape]) -> Shape:
        answer = self._caller.answer(call)
        try:
            return read_json(SERVICE, answer, model)
        except RemoteError as error:
            if call.thing is None or error.retry_after is not None:
                raise
            raise Garbled(call.thing, answer.status) from None

    def _page(
        self,
        call: Call,
        cursor: str | None,
        model: type[Listed[Row]],
        tell: Callable[[Row], Item | str],
    ) -> Page[Item]:
        asked = Asked(int(cursor or 0), PER_PAGE)
        numbers = {"offset": str(asked.offset), "limit": str(asked.limit)}
        said = self._told(call._replace(params={**call.params, **numbers}), model)
        return page(said, asked, tell)


def _at(things: str, key: str, below: str = "") -> str:
    """Return the address of one of `things`.

    Raises:
        Unreadable: there is none that is called so; it is not even asked for.
    """
    if _ID.fullmatch(key) is None:
        raise Unreadable(things.removesuffix("s"))
    return f"{things}/{key}{below}"


def _line(text: str) -> str:
    # A description of several lines is refused.
    return text.translate(_ONE_LINE).strip()
