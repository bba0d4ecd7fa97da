"""ReccoBeats: how tracks sound, by Spotify id or ISRC. Free, without a key, run by one person.

It answers in another order than it was asked, and leaves out what it does not know: a row is
known by the address or the ISRC that it names. It tells neither time signature nor duration.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, WrapValidator

from clients.http import BadStatus, Http
from clients.json_answers import get_json, none_if_odd
from clients.spotify_calls import Turns
from core.errors import NotYet
from core.feature_values import is_empty, sane
from core.library import FIELDS, Features, TrackKey

SERVICE = "ReccoBeats"
AT_ONCE = 40
TELLS = tuple(field for field in FIELDS if field != "time_signature")
_TOO_OFTEN = 429
_LONGEST_ID = 64


class _Row(BaseModel):
    """`id` is its own, and of no use here. A figure that makes no sense costs no other."""

    href: str | None = None
    isrc: str | None = None
    danceability: Any = None
    energy: Any = None
    speechiness: Any = None
    acousticness: Any = None
    instrumentalness: Any = None
    liveness: Any = None
    valence: Any = None
    loudness: Any = None
    tempo: Any = None
    key: Any = None
    mode: Any = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return what it may have been asked for by: its Spotify id, then its ISRC."""
        spotify_id = (self.href or "").partition("?")[0].rstrip("/").rpartition("/")[2]
        return tuple(filter(None, (spotify_id, _isrc(self.isrc))))

    @property
    def features(self) -> Features:
        return sane(self.model_dump() | {"pitch_class": self.key})


class _Answer(BaseModel):
    content: list[Annotated[_Row | None, WrapValidator(none_if_odd)]]


class ReccoBeats:
    def __init__(self, url: str, http: Http, turns: Turns) -> None:
        self._url, self._http, self._turns = f"{url}/v1", http, turns

    def features(self, keys: Sequence[TrackKey]) -> dict[int, Features]:
        """Return what is known of up to AT_ONCE tracks, by our id; unknown ones are left out.

        One that has neither Spotify id nor ISRC is never known.

        Raises:
            NotYet: it is asked too often, by whomever.
            RemoteError: no answer, or not one that we understand.
        """
        ids = list(dict.fromkeys(filter(None, map(_asked, keys))))
        if not ids:
            return {}
        by_name: dict[str, Features] = {}
        for row in self._rows(ids):
            # Of two that bear one ISRC either may be it.
            for name in row.names:
                by_name.setdefault(name, row.features)
        found = {key.id: _found(key, by_name) for key in keys}
        return {track_id: by_name[name] for track_id, name in found.items() if name}

    def _rows(self, ids: Sequence[str]) -> list[_Row]:
        try:
            return self._told(ids)
        except NotYet:
            # Once more, if the wait is a matter of seconds; `take` knows.
            return self._told(ids)

    def _told(self, ids: Sequence[str]) -> list[_Row]:
        self._turns.take()
        url = f"{self._url}/audio-features"
        try:
            answer = get_json(self._http, SERVICE, url, _Answer, params={"ids": ",".join(ids)})
        except BadStatus as error:
            if error.code != _TOO_OFTEN or error.retry_after is None:
                raise
            self._turns.rest(error.retry_after, str(error), is_quota=False)
            raise NotYet(SERVICE, str(error), retry_after=error.retry_after) from None
        return [row for row in answer.content if row and not is_empty(row.features)]


def _isrc(said: str | None) -> str:
    return (said or "").replace("-", "").upper()


def _asked(key: TrackKey) -> str | None:
    """Return what to ask for a track by; None where there is nothing, or nothing like an id."""
    said = key.spotify_id or _isrc(key.isrc)
    return said if said.isalnum() and said.isascii() and len(said) <= _LONGEST_ID else None


def _found(key: TrackKey, by_name: dict[str, Features]) -> str | None:
    names = (key.spotify_id or "", _isrc(key.isrc))
    return next((name for name in names if name and name in by_name), None)
