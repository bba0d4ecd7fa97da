"""What ListenBrainz exports: listens, and what somebody loves and hates."""

from typing import Any

from core import clock
from core.plays import Heard, Source, row_key
from worker_jobs.play_imports import moments
from worker_jobs.play_imports.names import Contexts, Names, clean, rest, spotify_id, uuid
from worker_jobs.play_imports.rows import Loved, Unreadable

_KNOWN = frozenset(
    {
        "artist_mbids",
        "artist_msid",
        "artist_names",
        "duration",
        "duration_ms",
        "duration_played",
        "isrc",
        "media_player",
        "music_service",
        "music_service_name",
        "origin_url",
        "recording_mbid",
        "recording_msid",
        "release_artist_name",
        "release_mbid",
        "release_msid",
        "spotify_id",
        "submission_client",
        "submission_client_version",
    }
)


class Listens:
    def __init__(self) -> None:
        self._names, self._contexts = Names(), Contexts()

    def __call__(self, row: dict[str, Any]) -> Heard:
        meta, listened_at = row["track_metadata"], int(row["listened_at"])
        info: dict[str, Any] = meta.get("additional_info") or {}
        line, artists = meta["artist_name"], info.get("artist_names")
        about = (meta["track_name"], meta.get("release_name") or "", _album_artist(info))
        named = (
            self._names.by_names(artists, *about)
            if isinstance(artists, list) and any(map(clean, artists))
            else self._names.by_line(line, *about)
        )
        mbids = tuple(map(uuid, info.get("artist_mbids") or ()))
        return Heard(
            named,
            moments.seconds(listened_at),
            Source.LISTENBRAINZ,
            row_key(Source.LISTENBRAINZ, listened_at, clean(line), named.title),
            moments.length(info.get("duration_played"), clock.SECOND),
            None,
            _duration(info),
            self._contexts(
                client=info.get("submission_client"),
                client_version=info.get("submission_client_version"),
                player=info.get("media_player"),
                service=info.get("music_service") or info.get("music_service_name"),
            ),
            tuple(_ids(info)),
            mbids if all(mbids) and len(mbids) == len(named.artists) else (),
            uuid(info.get("release_mbid")),
            rest(info, _KNOWN),
        )


def _album_artist(info: dict[str, Any]) -> str:
    return clean(info.get("release_artist_name"))


def _duration(info: dict[str, Any]) -> int | None:
    return moments.length(info.get("duration_ms")) or moments.length(
        info.get("duration"), clock.SECOND
    )


def _ids(info: dict[str, Any]) -> list[tuple[str, str]]:
    isrc = info.get("isrc")
    found = {
        "mbid": uuid(info.get("recording_mbid")),
        "spotify": spotify_id(info.get("spotify_id")) or spotify_id(info.get("origin_url")),
        "isrc": clean(isrc[0] if isinstance(isrc, list) and isrc else isrc).upper(),
    }
    return [(scheme, value) for scheme, value in found.items() if value]


class Feedback:
    def __call__(self, row: dict[str, Any]) -> Loved:
        score = int(row["score"])
        msid, mbid = uuid(row.get("recording_msid")), uuid(row.get("recording_mbid"))
        if score not in (1, -1) or not (msid or mbid):
            raise Unreadable("it says neither what was loved nor what was hated.")
        created = row.get("created")
        at = moments.long_or_short(created) if isinstance(created, int | float) else 0
        return Loved(msid, mbid, score, at)
