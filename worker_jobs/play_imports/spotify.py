"""What Spotify hands out: the extended history, and the account data of the last twelve months.

Both say when a play ended. Addresses and user names are in it, too: they are never looked at.
"""

from typing import Any

from core import clock
from core.plays import Context, Heard, Named, Source, row_key
from worker_jobs.play_imports import moments
from worker_jobs.play_imports.names import Names, clean, spotify_id
from worker_jobs.play_imports.rows import Unreadable

_SERVICE = "spotify.com"
_NO_COUNTRY = "ZZ"
_MOST_KNOWN = 20_000


class Extended:
    """Reads a row of the extended history, with the names of old exports and of new ones."""

    def __init__(self) -> None:
        self._names = Names()
        self._contexts: dict[tuple[Any, ...], Context] = {}
        self._ids: dict[str, tuple[tuple[str, str], ...]] = {}

    def __call__(self, row: dict[str, Any]) -> Heard:
        ended, ms_played = moments.iso(row["ts"]), int(row["ms_played"])
        uri, named = self._named(row)
        started, raw = _start(ended - ms_played, row.get("offline_timestamp"))
        known_by = (uri,) if uri else (*named.artists, named.credit, named.title)
        return Heard(
            named,
            started,
            Source.SPOTIFY_EXTENDED,
            row_key(Source.SPOTIFY_EXTENDED, ended, *known_by, ms_played),
            ms_played,
            ended,
            None,
            self._context(row),
            self._id(uri),
            raw=raw,
        )

    def _named(self, row: dict[str, Any]) -> tuple[str, Named]:
        title, uri = row.get("master_metadata_track_name"), row.get("spotify_track_uri")
        artist = row.get("master_metadata_album_artist_name")
        if title and artist:
            album = row.get("master_metadata_album_album_name")
            return clean(uri), self._names.by_names((artist,), title, album or "", artist)
        return self._spoken(row) or _nameless(title or uri, uri)

    def _spoken(self, row: dict[str, Any]) -> tuple[str, Named] | None:
        episode, show = row.get("episode_name"), row.get("episode_show_name")
        if episode or show:
            uri = clean(row.get("spotify_episode_uri"))
            return uri, self._names.spoken("podcast", episode or show, show)
        book, chapter = row.get("audiobook_title"), row.get("audiobook_chapter_title")
        if book or chapter:
            uri = clean(row.get("audiobook_chapter_uri") or row.get("audiobook_uri"))
            return uri, self._names.spoken("audiobook", chapter or book, book, book)
        return None

    def _context(self, row: dict[str, Any]) -> Context:
        get = row.get
        said = (
            get("platform"),
            get("conn_country"),
            get("reason_start"),
            get("reason_end"),
            get("shuffle"),
            get("skipped"),
            get("offline"),
            get("incognito_mode"),
        )
        found = self._contexts.get(said)
        if found is None:
            if len(self._contexts) >= _MOST_KNOWN:
                self._contexts.clear()
            found = self._contexts[said] = _context(*said)
        return found

    def _id(self, uri: str) -> tuple[tuple[str, str], ...]:
        found = self._ids.get(uri)
        if found is None:
            if len(self._ids) >= _MOST_KNOWN:
                self._ids.clear()
            value = spotify_id(uri)
            found = self._ids[uri] = (("spotify", value),) if value else ()
        return found


def _nameless(title: Any, uri: Any) -> tuple[str, Named]:
    """Return a track that Spotify has taken out: all that is left of it is its address."""
    name = clean(title)
    if not name:
        raise Unreadable("it names nothing that was played.")
    return clean(uri), Named(name)


def _start(start: int, offline: Any) -> tuple[int, dict[str, Any] | None]:
    """Return when a play began, and what was said of it that is not believed.

    A player that was paused meanwhile says when it began; else that is as long before the end
    as it played.
    """
    if not offline:
        return start, None
    said = moments.long_or_short(offline)
    if 0 <= start - said <= clock.DAY:
        return said, None
    return start, {"offline_timestamp": offline}


def _context(*said: Any) -> Context:
    platform, country, began, ended, shuffle, skipped, offline, private = said
    return Context(
        service=_SERVICE,
        platform=clean(platform) or None,
        country=clean(country).replace(_NO_COUNTRY, "") or None,
        reason_start=clean(began) or None,
        reason_end=clean(ended) or None,
        is_shuffled=_flag(shuffle),
        is_skipped=_flag(skipped),
        is_offline=_flag(offline),
        is_private=_flag(private),
    )


def _flag(said: Any) -> bool | None:
    return said if isinstance(said, bool) else None


class Account:
    """Reads a row of the account data: it knows the minute alone, and no album."""

    def __init__(self) -> None:
        self._names = Names()
        self._context = Context(service=_SERVICE)

    def __call__(self, row: dict[str, Any]) -> Heard:
        ended, ms_played = moments.iso(row["endTime"]), int(row["msPlayed"])
        named = self._named(row)
        names = (*named.artists, named.credit, named.title)
        return Heard(
            named,
            ended - ms_played,
            Source.SPOTIFY_ACCOUNT,
            row_key(Source.SPOTIFY_ACCOUNT, ended, *names, ms_played),
            ms_played,
            ended,
            context=self._context,
        )

    def _named(self, row: dict[str, Any]) -> Named:
        if episode := row.get("episodeName"):
            return self._names.spoken("podcast", episode, row.get("podcastName"))
        if book := row.get("audiobookName"):
            chapter, author = row.get("chapterName"), row.get("authorName")
            return self._names.spoken("audiobook", chapter or book, author or book, book)
        artist = row.get("artistName")
        return self._names.by_names((artist,), row.get("trackName"), "", "")
