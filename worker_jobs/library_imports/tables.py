"""Tables of tracks: as Exportify writes them, as data sets come, as Needledrop hands them out."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

from core import feature_values
from core.errors import BadFile
from core.library import EPISODE, LOCAL, AlbumTold, ArtistTold, EntryTold, Features, TrackTold
from core.library_formats import FEATURES, Columns, Format
from worker_jobs.library_imports import values
from worker_jobs.library_imports.lines import rows
from worker_jobs.library_imports.rows import PLAYLIST, Over, Part, Row, Told
from worker_jobs.play_imports.names import remember
from worker_jobs.play_imports.rows import Aside, Unreadable
from worker_jobs.play_imports.texts import Text

MOST_ROWS = 250_000  # of one file; the longest that is known has 114,000
_ASIDE = {"local": LOCAL, "episode": EPISODE, "show": EPISODE}
_OF_USER = "spotify:user:"
_WORDS = {"pitch_class": "key", "time_signature": "time signature", "duration_ms": "duration"}


def read(text: Text, columns: Columns, part: Part, zone: ZoneInfo) -> Iterator[Told]:
    """Yield the tracks of a table, and at its end that it is over."""
    why: BadFile | None = None
    try:
        yield from _rows(text, columns, part, zone)
    except BadFile as damage:
        why = damage
    if part.rows:
        yield Over(
            PLAYLIST,
            PurePosixPath(part.name).stem,
            is_set=not columns.is_playlist,
            skipped=dict(part.aside),
            is_whole=why is None,
        )
    if why:
        raise why


def _rows(text: Text, columns: Columns, part: Part, zone: ZoneInfo) -> Iterator[Row]:
    tracks = _Tracks(columns, part, zone)
    found = rows(text, columns.delimiter, columns.width, part.problems)
    for number, cells in islice(found, columns.said_first + 1, None):
        if part.seen == MOST_ROWS:
            part.problems.say(f"only the first {MOST_ROWS:,} rows were read.")
            return
        part.seen += 1
        try:
            yield tracks(number, cells)
        except Aside as what:
            part.aside[str(what)] += 1
        except Unreadable as why:
            part.problems.skip(number, str(why))
        else:
            part.rows += 1


class _Tracks:
    """Makes of a row what it says."""

    def __init__(self, columns: Columns, part: Part, zone: ZoneInfo) -> None:
        self._at, self._part, self._zone = columns.at, part, zone
        self._has_commas = columns.format is Format.EXPORTIFY
        self._features = [name for name in (*FEATURES, "duration_ms") if name in columns.at]
        self._artists: dict[Any, tuple[ArtistTold, ...]] = {}

    def __call__(self, number: int, cells: Sequence[str]) -> Row:
        said = {name: cells[column] for name, column in self._at.items() if column < len(cells)}
        uri = said.get("uri", "")
        if what := _ASIDE.get(values.kind_of(uri.strip()) or ""):
            raise Aside(what)
        name = values.words(said.get("name", ""))
        artists = self._credited(
            said.get("artists", ""), said.get("artist_uris", ""), said.get("genres", "")
        )
        if not name or not artists:
            raise Unreadable("it names no artist." if name else "it names no track.")
        features = self._sound(number, said)
        track = TrackTold(
            name,
            artists,
            self._album(said, artists),
            values.spotify_id(uri, "track"),
            values.isrc(said.get("isrc", "")),
            features.duration_ms,
            values.whole(said.get("disc", "")),
            values.whole(said.get("number", "")),
            values.flag(said.get("explicit", "")),
        )
        added_at = values.moment(said.get("added_at", "").strip(), self._zone)
        added_by = values.words(said.get("added_by", "")).removeprefix(_OF_USER) or None
        entry = EntryTold(track, added_at, added_by)
        return Row(entry, None if feature_values.is_empty(features) else features)

    def _credited(self, names: str, uris: str, genres: str) -> tuple[ArtistTold, ...]:
        key = (names, uris, genres)
        found = self._artists.get(key)
        if found is None:
            found = values.artists(names, uris, genres, has_commas=self._has_commas)
            remember(self._artists, key, found)
        return found

    def _album(self, said: dict[str, str], artists: tuple[ArtistTold, ...]) -> AlbumTold | None:
        name = values.words(said.get("album", ""))
        if not name:
            return None
        credited = self._credited(
            said.get("album_artists", ""), said.get("album_artist_uris", ""), ""
        )
        return AlbumTold(
            name,
            # Without any, all albums of one name would be the same.
            credited or artists[:1],
            values.spotify_id(said.get("album_uri", ""), "album"),
            label=values.words(said.get("label", "")) or None,
            copyright=values.words(said.get("copyright", "")) or None,
            released=values.released(said.get("released", "")),
            genres=values.genres(said.get("album_genres", "")),
            image=_address(said.get("image", "")),
        )

    def _sound(self, number: int, said: dict[str, str]) -> Features:
        told = {name: values.number(said[name], name) for name in self._features if name in said}
        found = feature_values.sane(told)
        for name, value in told.items():
            if value is not None and getattr(found, name) is None:
                word = _WORDS.get(name, name)
                self._part.leave_out(number, f"its {word} makes no sense: {str(value)[:20]!r}.")
        return found


def _address(cell: str) -> str | None:
    text = values.words(cell)
    return text if text.startswith("https://") else None
