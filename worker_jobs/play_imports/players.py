"""What players write down themselves: .scrobbler.log, and Pano Scrobbler's lines of JSON."""

from typing import Any
from zoneinfo import ZoneInfo

from core import clock
from core.plays import Context, Heard, Source, row_key
from worker_jobs.play_imports import moments
from worker_jobs.play_imports.names import Contexts, Names, clean, uuid
from worker_jobs.play_imports.rows import Aside, Unreadable

_LEAST = 7  # columns of a row of a log; the id at its end may be missing
_UNTAGGED = "<untagged>"


class Log:
    """Reads the lines of a .scrobbler.log; those that begin with # say how to read the others."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._own = self._zone = zone
        self._context: Context | None = None
        self._names, self._contexts = Names(), Contexts()

    def is_said(self, line: str) -> bool:
        """Say whether a line is about the others, and take that in."""
        if not line.startswith("#"):
            return False
        name, _, value = line[1:].partition("/")
        if name == "TZ":
            self._zone = ZoneInfo("UTC") if value.strip().upper() == "UTC" else self._own
        elif name == "CLIENT":
            self._context = self._contexts(client=value)
        return True

    def __call__(self, line: str) -> Heard:
        parts = line.split("\t")
        if len(parts) < _LEAST:
            raise Unreadable("it has too few columns.")
        artist, album, title, _number, length, rating, time = parts[:_LEAST]
        if rating.strip().upper() == "S":
            raise Aside("skipped while it played")
        if _UNTAGGED in (artist.strip().lower(), title.strip().lower()):
            raise Aside("without a name")
        at = moments.wall_seconds(time, self._zone)
        named = self._names.by_line(artist, title, album)
        mbid = uuid(parts[_LEAST]) if len(parts) > _LEAST else ""
        return Heard(
            named,
            at,
            Source.SCROBBLER_LOG,
            row_key(Source.SCROBBLER_LOG, at // clock.SECOND, clean(artist), named.title),
            duration_ms=moments.length(length, clock.SECOND),
            context=self._context,
            ids=(("mbid", mbid),) if mbid else (),
        )


class Pano:
    """Reads what Pano Scrobbler writes for each thing that it did."""

    def __init__(self) -> None:
        self._names, self._contexts = Names(), Contexts()

    def __call__(self, row: dict[str, Any]) -> Heard:
        event = row.get("event") or "scrobble"
        if event != "scrobble":
            raise Aside(f"told as “{clean(event)[:40]}”")
        at, line = int(row["timeMs"]), row.get("artist")
        named = self._names.by_line(
            line, row["track"], row.get("album") or "", row.get("albumArtist") or ""
        )
        return Heard(
            named,
            at,
            Source.PANO,
            row_key(Source.PANO, at, clean(line), named.title),
            duration_ms=moments.length(row.get("durationMs")),
            context=self._contexts(
                client="Pano Scrobbler",
                player=row.get("mediaPlayerName") or row.get("mediaPlayerPackage"),
            ),
        )
