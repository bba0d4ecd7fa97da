"""Needledrop's own export of listening: one object a line, each with what it `is`.

Lines speak of what stood before them: a play of a track and a context by their numbers.
"""

from collections.abc import Callable
from typing import Any

from core import clock
from core.carried import (
    VERSION,
    AlbumSaid,
    ArtistSaid,
    Carried,
    EditSaid,
    ListenerSaid,
    MarkSaid,
    TrackSaid,
)
from core.plays import EARLIEST, Context, Heard, Mark, Named, Source
from worker_jobs.play_imports import moments
from worker_jobs.play_imports.names import clean
from worker_jobs.play_imports.rows import Aside, Unreadable

_MOST_TRACKS, _MOST_CONTEXTS = 500_000, 100_000
_MOST_SAID = 50
_MOST_PLAYS = 100_000_000
_LONGEST = 2**63
_KINDS = ("music", "podcast", "audiobook")
_EDITS = ("add", "change", "delete", "not-me", "spin")  # merges stand with the names
_FLAGS = ("is_shuffled", "is_skipped", "is_offline", "is_private")
_TEXTS = tuple(name for name in Context._fields if name not in _FLAGS)


class Own:
    """Reads the lines of one export; remembers its tracks and contexts."""

    def __init__(self) -> None:
        self._tracks: dict[int, Named] = {}
        self._contexts: dict[int, Context] = {}
        self._readers: dict[str, Callable[[dict[str, Any]], Heard | Carried | None]] = {
            "play": self._play,
            "track": self._track,
            "context": self._context,
            "listener": _listener,
            "artist": _artist,
            "album": _album,
            "edit": _edit,
            "mark": _mark,
        }

    def __call__(self, row: dict[str, Any]) -> Heard | Carried | None:
        reader = self._readers.get(row["is"])
        if reader is None:
            raise Aside("something that this Needledrop does not know")
        return reader(row)

    def _play(self, row: dict[str, Any]) -> Heard:
        named = self._tracks.get(row["track"])
        if named is None:
            raise Unreadable("its track is not told before it.")
        raw = row.get("raw")
        return Heard(
            named,
            _number(row["at"]),
            Source[row["source"]],
            _number(row["row_key"]),
            _maybe(row.get("ms_played")),
            _maybe(row.get("ended_at")),
            moments.length(row.get("duration_ms")),
            self._contexts.get(row.get("context", 0)),
            raw=raw if isinstance(raw, dict) else None,
        )

    def _track(self, row: dict[str, Any]) -> TrackSaid:
        kind = row.get("kind", "music")
        artists = tuple(filter(None, map(clean, row["artists"][:_MOST_SAID])))
        title = clean(row["title"])
        if kind not in _KINDS or not title or len(self._tracks) >= _MOST_TRACKS:
            raise Unreadable("it is no track.")
        named = Named(
            title,
            artists,
            clean(row.get("album")),
            clean(row.get("album_artist")),
            kind,
            clean(row.get("credit")),
        )
        number, duration_ms = _number(row["number"]), moments.length(row.get("duration_ms"))
        self._tracks[number] = named
        ids = tuple(
            (clean(scheme), clean(value)) for scheme, value in row.get("ids", ())[:_MOST_SAID]
        )
        return TrackSaid(number, named, _maybe(row.get("counts_as")), duration_ms, ids)

    def _context(self, row: dict[str, Any]) -> None:
        if len(self._contexts) >= _MOST_CONTEXTS:
            raise Unreadable("there are too many contexts.")
        said: dict[str, Any] = {name: clean(row.get(name)) or None for name in _TEXTS}
        for name in _FLAGS:
            flag = row.get(name)
            said[name] = flag if isinstance(flag, bool) else None
        self._contexts[_number(row["number"])] = Context(**said)


def _listener(row: dict[str, Any]) -> ListenerSaid:
    if row["version"] != VERSION:
        raise Unreadable("a newer Needledrop wrote this.")
    return ListenerSaid(clean(row["rule"]), row["is_joint"] is True, row["is_shared"] is True)


def _artist(row: dict[str, Any]) -> ArtistSaid:
    return ArtistSaid(
        _name(row["name"]),
        clean(row.get("counts_as")),
        clean(row.get("country")),
        clean(row.get("musicbrainz_id")),
        clean(row.get("spotify_id")),
        tuple(filter(None, map(clean, row.get("genres", ())[:_MOST_SAID]))),
    )


def _album(row: dict[str, Any]) -> AlbumSaid:
    same = row.get("counts_as")
    return AlbumSaid(
        _name(row["title"]),
        clean(row["credit"]),
        None if same is None else (clean(same[0]), _name(same[1])),
        clean(row.get("musicbrainz_id")),
        clean(row.get("spotify_id")),
    )


def _edit(row: dict[str, Any]) -> EditSaid:
    plays, created_at = _number(row["plays"]), _number(row["created_at"])
    is_one = row["kind"] in _EDITS and 0 <= plays <= _MOST_PLAYS
    if not is_one or not EARLIEST <= created_at <= clock.now() + clock.DAY:
        raise Unreadable("it is no correction.")
    return EditSaid(
        _number(row["number"]),
        _name(row["public_id"]),
        row["kind"],
        clean(row["said"]),
        plays,
        created_at,
    )


def _mark(row: dict[str, Any]) -> MarkSaid:
    mark = row.get("mark")
    return MarkSaid(
        _number(row["row_key"]),
        None if mark is None else Mark[mark],
        _maybe(row.get("marked_by")),
        _maybe(row.get("made_by")),
    )


def _name(said: Any) -> str:
    name = clean(said)
    if not name:
        raise Unreadable("it has no name.")
    return name


def _number(said: Any) -> int:
    if type(said) is not int or not -_LONGEST <= said < _LONGEST:
        raise Unreadable("one of its numbers is none.")
    return said


def _maybe(said: Any) -> int | None:
    return None if said is None else _number(said)
