"""What others fetch from Last.fm and Libre.fm: pages in JSON, and tables of all kinds."""

import csv
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from core.play_formats import Format, bare, cells, is_comment
from core.plays import Heard, Source, row_key
from worker_jobs.play_imports import moments
from worker_jobs.play_imports.names import Names, clean, uuid
from worker_jobs.play_imports.rows import Aside, Unreadable
from worker_jobs.play_imports.texts import LONGEST, Text

PAGES = re.compile(r'"track"\s*:\s*\[?\s*(?=\{)')
_PLAYING = "what was playing when it was saved"
_MOST_COUNTED = 10_000
_NO_HEADER = {"artist": 0, "album": 1, "track": 2, "time": 3}


class Pages:
    """Reads a track of the pages that Last.fm's own interface gives."""

    def __init__(self) -> None:
        self._names = Names()

    def __call__(self, row: dict[str, Any]) -> Heard:
        date = row.get("date")
        if not date:
            raise Aside(_PLAYING) if row.get("@attr") else Unreadable("it has no time.")
        artist, uts = row["artist"], int(date["uts"])
        line = artist.get("#text") or artist.get("name")
        named = self._names.by_line(line, row["name"], (row.get("album") or {}).get("#text") or "")
        mbid = uuid(artist.get("mbid"))
        return Heard(
            named,
            moments.seconds(uts),
            Source.LASTFM,
            row_key(Source.LASTFM, uts, clean(line), named.title),
            artist_mbids=(mbid,) if mbid and len(named.artists) == 1 else (),
        )


class _Layout(NamedTuple):
    """How a table is laid out: which column says when, and how.

    `unit`: milliseconds of what a row is known by.
    """

    source: Source
    time: str
    at: Callable[[str, ZoneInfo], int]
    unit: int = 1_000


def _seconds(text: str, _zone: ZoneInfo) -> int:
    return moments.seconds(text)


def _minute(text: str, _zone: ZoneInfo) -> int:
    return moments.english_minute(text)


def _number(text: str, _zone: ZoneInfo) -> int:
    return moments.long_or_short(int(text))


_LAYOUTS = {
    Format.LASTFM_TABLE: _Layout(Source.LASTFM, "uts", _seconds),
    Format.LASTFM_NO_HEADER: _Layout(Source.LASTFM_MINUTES, "time", _minute, 60_000),
    Format.LASTFM_MINUTES: _Layout(Source.LASTFM_MINUTES, "utctime", _minute, 60_000),
    Format.LASTFM_R: _Layout(Source.LASTFM, "date", moments.iso),
    Format.LASTFMSTATS: _Layout(Source.LASTFMSTATS, "date", _number, 1),
    Format.LIBREFM: _Layout(Source.LIBREFM, "time", _seconds),
}


class Table:
    """Reads a row of a table of plays; `zone`: of those that name none."""

    def __init__(self, format_: Format, names: list[str], zone: ZoneInfo) -> None:
        self._layout, self._zone = _LAYOUTS[format_], zone
        is_bare = format_ is Format.LASTFM_NO_HEADER
        self._at = _NO_HEADER if is_bare else _columns(names, self._layout.time)
        self._names, self._nth = Names(), _Nth()

    def __call__(self, row: list[str]) -> Heard:
        layout = self._layout
        time = self._cell(row, layout.time)
        if not time:
            raise Aside(_PLAYING)
        at = layout.at(time, self._zone)
        line = self._cell(row, "artist")
        named = self._names.by_line(line, self._cell(row, "track"), self._cell(row, "album"))
        key = row_key(layout.source, at // layout.unit, clean(line), named.title)
        if layout.source.is_by_the_minute:
            nth = self._nth(key)
            key = row_key(layout.source, at // layout.unit, clean(line), named.title, nth)
        mbid = uuid(self._cell(row, "artistmbid"))
        mbids = (mbid,) if mbid and len(named.artists) == 1 else ()
        return Heard(named, at, layout.source, key, artist_mbids=mbids)

    def _cell(self, row: list[str], name: str) -> str:
        at = self._at.get(name, len(row))
        return row[at].strip() if at < len(row) else ""


class _Nth:
    """Counts equal rows of a minute. They stand together: what was long ago is forgotten."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}

    def __call__(self, key: int) -> int:
        nth = self._seen.pop(key, 0) + 1
        if len(self._seen) >= _MOST_COUNTED:
            del self._seen[next(iter(self._seen))]
        self._seen[key] = nth
        return nth


def _columns(names: list[str], time: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, name in enumerate(map(bare, names)):
        # lastfmstats.com puts whose it is behind "Date".
        found.setdefault(time if name.startswith(time) else name, number)
    return found


def rows(
    text: Text, format_: Format, zone: ZoneInfo
) -> tuple[Iterator[tuple[int, list[str]]], Table]:
    """Return the rows of a table, with their numbers, and what reads them."""
    # The limit is the process's, and lines have one already.
    csv.field_size_limit(LONGEST)
    lines = text.lines()
    first = next((line for line in lines if not is_comment(line[1])), (0, ""))
    delimiter = max(",;\t", key=first[1].count)
    table = Table(format_, cells(first[1], delimiter), zone)
    return _parted(first, lines, delimiter, is_row=format_ is Format.LASTFM_NO_HEADER), table


def _parted(
    first: tuple[int, str], lines: Iterator[tuple[int, str]], delimiter: str, *, is_row: bool
) -> Iterator[tuple[int, list[str]]]:
    if is_row:
        yield first[0], cells(first[1], delimiter)
    for number, line in lines:
        yield number, cells(line, delimiter)
