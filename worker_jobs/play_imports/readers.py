"""Which reader reads which format."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from core.play_formats import Format
from worker_jobs.play_imports import (
    lastfm,
    listenbrainz,
    needledrop,
    players,
    servers,
    spotify,
)
from worker_jobs.play_imports.objects import in_lines, listed
from worker_jobs.play_imports.rows import Part, Told, read
from worker_jobs.play_imports.texts import Text

Found = Iterator[Told]
Reader = Callable[[Any], Told | None]


def plays(text: Text, format_: Format, part: Part, zone: ZoneInfo) -> Found:
    """Yield what a file of this format holds; `zone` is that of moments that name none."""
    if format_ in _LISTS:
        reader, within = _LISTS[format_]
        return read(listed(text, part.problems, within), reader(), part)
    if format_ in _LINES:
        return read(in_lines(text, part.problems), _LINES[format_](), part)
    if format_ is Format.LISTENBRAINZ:
        is_list = text.head.lstrip().startswith("[")
        rows = listed(text, part.problems) if is_list else in_lines(text, part.problems)
        return read(rows, listenbrainz.Listens(), part)
    if format_ is Format.SCROBBLER_LOG:
        log = players.Log(zone)
        return read((row for row in text.lines() if not log.is_said(row[1])), log, part)
    rows_of_table, table = lastfm.rows(text, format_, zone)
    return read(rows_of_table, table, part)


_LISTS: dict[Format, tuple[Callable[[], Reader], re.Pattern[str] | None]] = {
    Format.SPOTIFY_EXTENDED: (spotify.Extended, None),
    Format.SPOTIFY_ACCOUNT: (spotify.Account, None),
    Format.LASTFM_PAGES: (lastfm.Pages, lastfm.PAGES),
    Format.MALOJA: (servers.Maloja, servers.SCROBBLES),
    Format.KOITO: (servers.Koito, servers.LISTENS),
}
_LINES: dict[Format, Callable[[], Reader]] = {
    Format.NEEDLEDROP: needledrop.Own,
    Format.PANO: players.Pano,
    Format.FEEDBACK: listenbrainz.Feedback,
}
