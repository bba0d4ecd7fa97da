"""What the older protocols of players tell of a play, made what the database takes in."""

import uuid
from typing import NamedTuple
from urllib.parse import parse_qsl

from flask import request

from core import clock, play_words
from core.plays import Context, Heard, Named, Source
from webapp.scrobble.doors import Refused

EARLIEST = 1_033_430_400  # 2002-10-01: nothing was scrobbled before
AHEAD = 3_600  # seconds that a player's clock may be ahead
LONGEST_NAME = 300  # characters: an index of PostgreSQL's holds no more
_MOST_FIELDS = 1_000
_LONGEST_SECONDS = 24 * 86_400


class Told(NamedTuple):
    """One play, or what plays right now. `started_at` and `seconds`, its length: in seconds.

    `ms_played` only where a protocol says for how long it was heard.
    """

    artists: tuple[str, ...]
    title: str
    album: str = ""
    album_artist: str = ""
    started_at: int = 0
    seconds: str = ""
    number: str = ""
    mbid: str = ""
    ms_played: int | None = None

    @property
    def named(self) -> Named:
        album_artist = self.album_artist if self.album else ""
        return Named(self.title, self.artists, self.album, album_artist)

    @property
    def duration_ms(self) -> int | None:
        return milliseconds(self.seconds)


def heard(told: Told, context: Context) -> Heard:
    named = told.named
    started_at = told.started_at * clock.SECOND
    return Heard(
        named=named,
        started_at=started_at,
        source=Source.SCROBBLE,
        row_key=play_words.scrobble_key(started_at, named),
        ms_played=told.ms_played,
        duration_ms=told.duration_ms,
        context=context,
        ids=(("mbid", mbid),) if (mbid := a_uuid(told.mbid)) else (),
        raw={"tracknumber": told.number} if told.number else None,
    )


def form() -> dict[str, str]:
    """Return the form that was sent, with or without a Content-Type.

    Old players write in other letters than UTF-8: what cannot be read is replaced, as nobody
    can say what it was.

    Raises:
        Refused: 400, there are too many fields.
    """
    if request.mimetype == "multipart/form-data":
        return request.form.to_dict()
    raw = request.get_data(cache=False).decode(errors="replace")
    try:
        fields = parse_qsl(raw, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Refused(400, "There are too many fields.") from None
    # Of fields of one name the first counts.
    return dict(reversed(fields))


def name(said: str) -> str:
    """Return a name in single spaces, cut where it is longer than any is.

    Raises:
        Refused: 400, it holds a NUL.
    """
    if "\0" in said:
        raise Refused(400, "There is a name that is none.")
    return " ".join(said.split())[:LONGEST_NAME].rstrip()


def milliseconds(seconds: str) -> int | None:
    """Return a length in milliseconds; None where it is not said, or is none."""
    try:
        found = float(seconds)
    except ValueError:
        return None
    return round(found * clock.SECOND) if 0 < found <= _LONGEST_SECONDS else None


def a_uuid(said: str) -> str:
    """Return an id of MusicBrainz' as it is written there; "" for what is none."""
    try:
        return str(uuid.UUID(said))
    except ValueError:
        return ""


def when(said: str) -> int | None:
    """Return the seconds since 1970 that were sent; None where it is no such number."""
    is_number = said.isascii() and said.isdecimal() and len(said) <= len("9999999999999")
    return int(said) if is_number else None


def client() -> tuple[str, str]:
    """Return which program asks, by what it calls itself, and its version."""
    product = request.headers.get("User-Agent", "").partition(" ")[0]
    program, _, version = product.partition("/")
    if program in ("", "Mozilla"):
        # Browsers, and what runs in one.
        return ("a browser" if program else "a player"), ""
    return program[:100], version[:40]
