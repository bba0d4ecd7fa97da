"""A play as a source tells it, before it is anything in the database.

Readers of files and the addresses of scrobblers all make `Heard`; the database takes nothing
else in.
"""

from enum import IntEnum
from hashlib import blake2b
from typing import Any, NamedTuple

EARLIEST = -2_208_988_800_000  # 1900: exports hold times near 1970, and before it


class Source(IntEnum):
    """Where plays come from; the numbers stand in the database.

    `SCROBBLE` is a player, live. Those `_MINUTES` know the minute alone. `MANUAL`, `SPIN` and
    `GIVEN` were put in by a person here.
    """

    SPOTIFY_EXTENDED = 1
    SCROBBLE = 2
    SPOTIFY_API = 3
    LASTFM = 4
    LISTENBRAINZ = 5
    MALOJA = 6
    KOITO = 7
    SCROBBLER_LOG = 8
    LIBREFM = 9
    PANO = 10
    LASTFMSTATS = 11
    LASTFM_MINUTES = 12
    SPOTIFY_ACCOUNT = 13
    MANUAL = 20
    SPIN = 21
    GIVEN = 22

    @property
    def words(self) -> str:
        """What people call it."""
        return _WORDS[self]

    @property
    def is_by_hand(self) -> bool:
        return self >= _FIRST_BY_HAND

    @property
    def is_by_the_minute(self) -> bool:
        return self in _BY_THE_MINUTE

    @property
    def tells_how_long(self) -> bool:
        """Whether its plays are all that was begun: what a rule decides on."""
        return self in _TELLING_HOW_LONG


_BY_THE_MINUTE = frozenset({Source.LASTFM_MINUTES, Source.SPOTIFY_ACCOUNT})
_TELLING_HOW_LONG = frozenset({Source.SPOTIFY_EXTENDED, Source.SPOTIFY_ACCOUNT})
_FIRST_BY_HAND = Source.MANUAL
_WORDS = {
    Source.SPOTIFY_EXTENDED: "Spotify, extended history",
    Source.SCROBBLE: "a player, live",
    Source.SPOTIFY_API: "Spotify, live",
    Source.LASTFM: "Last.fm",
    Source.LISTENBRAINZ: "ListenBrainz",
    Source.MALOJA: "Maloja",
    Source.KOITO: "Koito",
    Source.SCROBBLER_LOG: "a player's log",
    Source.LIBREFM: "Libre.fm",
    Source.PANO: "Pano Scrobbler",
    Source.LASTFMSTATS: "lastfmstats.com",
    Source.LASTFM_MINUTES: "Last.fm, to the minute",
    Source.SPOTIFY_ACCOUNT: "Spotify, account data",
    Source.MANUAL: "put in by hand",
    Source.SPIN: "a record that was played",
    Source.GIVEN: "given by somebody here",
}


class Standing(IntEnum):
    """Whether a play counts, and if not why; the numbers stand in the database."""

    COUNTED = 0
    SHORT = 1
    DUPLICATE = 2
    NOT_ME = 3
    NOT_MUSIC = 4
    DELETED = 5


class Mark(IntEnum):
    """What a person said of a play. `REPLACED`: it was corrected, and stands as another one."""

    DELETED = 1
    NOT_ME = 2
    REPLACED = 3


class Context(NamedTuple):
    """By what and how something was played: what many plays have in common.

    `client` sent it, `player` played it, `service` had it ("spotify.com"). The rest is what
    Spotify's export says. None: not said.
    """

    client: str | None = None
    client_version: str | None = None
    player: str | None = None
    service: str | None = None
    platform: str | None = None
    country: str | None = None
    reason_start: str | None = None
    reason_end: str | None = None
    is_shuffled: bool | None = None
    is_skipped: bool | None = None
    is_offline: bool | None = None
    is_private: bool | None = None


class Named(NamedTuple):
    """What was played, as a source names it; equal ones are the same track.

    `artists`: as credited, the primary one first; empty for podcasts and audiobooks, whose
    show or author is the `credit`. "" where a name is not known. `kind`: 'music', 'podcast',
    'audiobook'.
    """

    title: str
    artists: tuple[str, ...] = ()
    album: str = ""
    album_artist: str = ""
    kind: str = "music"
    credit: str = ""


class Heard(NamedTuple):
    """One play. Moments in milliseconds since 1970, UTC.

    `row_key`: what its row is known by in its source, for which see `row_key()`. `ids`: what
    the track is called elsewhere, as ('spotify' | 'isrc' | 'mbid', value). `artist_mbids`: of
    `named.artists`, as many or none. `raw`: what has no other place, for an export to tell.
    """

    named: Named
    started_at: int
    source: Source
    row_key: int
    ms_played: int | None = None
    ended_at: int | None = None
    duration_ms: int | None = None
    context: Context | None = None
    ids: tuple[tuple[str, str], ...] = ()
    artist_mbids: tuple[str, ...] = ()
    release_mbid: str = ""
    raw: dict[str, Any] | None = None


def row_key(source: Source, *identity: object) -> int:
    """Return what a row of a source is known by, as a signed number of 64 bits.

    Of a million rows two are taken for one with a chance of 1 in 30 million.

    >>> row_key(Source.LASTFM, 1749776100, "CHUU", "because I'm stupid?")
    -4964718186959736582
    """
    said = "\x1f".join(map(str, (int(source), *identity)))
    return int.from_bytes(blake2b(said.encode(), digest_size=8).digest(), signed=True)
