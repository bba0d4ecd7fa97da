"""What other programs of this kind export: Maloja and Koito."""

import re
from collections.abc import Sequence
from typing import Any

from core import clock
from core.plays import Context, Heard, Named, Source, row_key
from worker_jobs.play_imports import moments
from worker_jobs.play_imports.names import Contexts, Names, clean, remember, uuid

SCROBBLES = re.compile(r'"scrobbles"\s*:\s*\[')
LISTENS = re.compile(r'"listens"\s*:\s*\[')
_JOINED = " • "


class Maloja:
    def __init__(self) -> None:
        self._names, self._contexts = Names(), Contexts()
        self._known: dict[tuple[Any, ...], tuple[Named, tuple[str, ...]]] = {}
        self._origins: dict[Any, tuple[str, Context | None]] = {}

    def __call__(self, row: dict[str, Any]) -> Heard:
        track, at = row["track"], moments.seconds(row["time"])
        named, identity = self._named(track)
        origin, context = self._origin(row.get("origin"))
        length = moments.length(track.get("length"), clock.SECOND)
        played = moments.length(row.get("duration"), clock.SECOND)
        is_end = origin == "import:spotify"
        return Heard(
            named,
            at - (played or length or 0) if is_end else at,
            Source.MALOJA,
            row_key(Source.MALOJA, row["time"], *identity),
            played,
            at if is_end else None,
            length,
            context,
        )

    def _named(self, track: dict[str, Any]) -> tuple[Named, tuple[str, ...]]:
        """Return what a track is called, and what of it tells a row from others."""
        album = track.get("album") or {}
        of_album, title = album.get("artists") or (), album.get("albumtitle") or ""
        key = (*track["artists"], None, track["title"], title, *of_album)
        found = self._known.get(key)
        if found is None:
            artists, joined = _ordered(track["artists"]), " & ".join(_ordered(of_album))
            named = self._names.by_names(artists, track["title"], title, joined)
            found = (named, (*sorted(map(clean, artists)), named.title))
            remember(self._known, key, found)
        return found

    def _origin(self, said: Any) -> tuple[str, Context | None]:
        found = self._origins.get(said)
        if found is None:
            origin = clean(said)
            found = (origin, self._contexts(client=origin.removeprefix("client:")))
            remember(self._origins, said, found)
        return found


def _ordered(artists: Sequence[Any]) -> list[str]:
    """Return the artists with the leading one first: that of "Leading • Featured"."""
    names = [name for name in artists if isinstance(name, str)]
    joined = [part for name in names if _JOINED in name for part in name.split(_JOINED)]
    return list(dict.fromkeys([*joined, *(name for name in names if _JOINED not in name)]))


class Koito:
    def __init__(self) -> None:
        self._names, self._contexts = Names(), Contexts()

    def __call__(self, row: dict[str, Any]) -> Heard:
        track, album, client = row["track"], row.get("album") or {}, clean(row.get("client"))
        said = sorted(row["artists"], key=lambda one: not one.get("is_primary"))
        artists = [_name(one) for one in said]
        named = self._names.by_names(artists, _name(track), _album(album, track, client))
        at = moments.iso(row["listened_at"])
        mbids = tuple(filter(None, (uuid(one.get("mbid")) for one in said)))
        mbid = uuid(track.get("mbid"))
        length = moments.length(track.get("duration"), clock.SECOND)
        is_end = client.lower() == "spotify"
        return Heard(
            named,
            at - (length or 0) if is_end else at,
            Source.KOITO,
            row_key(Source.KOITO, at, *artists, named.title),
            None,
            at if is_end else None,
            length,
            self._contexts(client=client),
            (("mbid", mbid),) if mbid else (),
            mbids if len(mbids) == len(named.artists) == len(said) else (),
            uuid(album.get("mbid")) if named.album else "",
        )


def _name(thing: dict[str, Any]) -> str:
    aliases = thing["aliases"]
    return clean(next((one for one in aliases if one.get("is_primary")), aliases[0])["alias"])


def _album(album: dict[str, Any], track: dict[str, Any], client: str) -> str:
    """Return the album; for plays from Last.fm it invents one by the name of the track."""
    title = _name(album) if album.get("aliases") else ""
    is_invented = title == _name(track) and client.lower().replace(".", "") == "lastfm"
    return "" if is_invented else title
