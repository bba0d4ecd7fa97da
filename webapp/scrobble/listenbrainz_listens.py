"""What a client of ListenBrainz tells becomes a play, and is told again as it was."""

from collections.abc import Iterator, Mapping
from typing import Any

from core import clock, play_words
from core.plays import Context, Heard, Named, Source
from database.listens import Listen
from database.now_playing import Playing
from webapp.scrobble.listenbrainz_checks import LONGEST
from webapp.scrobble.told import LONGEST_NAME

_LONGEST_ID = 64
_MOST_ARTISTS = 50
_SPOTIFY = "https://open.spotify.com/track/"
_LINE = "artist_name"  # among what is kept: the line of artists, where ours would read otherwise


def named(metadata: Mapping[str, Any]) -> Named:
    """Return what a checked listen is of."""
    info = metadata["additional_info"]
    title, line = _cut(metadata["track_name"]), _cut(metadata["artist_name"])
    artists = info.get("artist_names")
    each = map(_cut, artists) if isinstance(artists, list) else ()
    lead = play_words.distinct(each) or play_words.credited(line) or (line,)
    credited = play_words.with_guests(lead, title)[:_MOST_ARTISTS]
    album = _cut(metadata.get("release_name"))
    return Named(title, credited, album, _cut(info.get("release_artist_name")) if album else "")


def heard(listen: Mapping[str, Any]) -> Heard:
    """Return the play that a checked listen tells."""
    metadata = listen["track_metadata"]
    info, what = metadata["additional_info"], named(metadata)
    by = context(info)
    started_at = listen["listened_at"] * clock.SECOND
    mbids = tuple(info.get("artist_mbids", ()))
    found = Heard(
        what,
        started_at,
        Source.SCROBBLE,
        play_words.scrobble_key(started_at, what),
        _played(info.get("duration_played")),
        None,
        duration_ms(info),
        by if any(by) else None,
        tuple(_ids(info)),
        mbids if len(mbids) == len(what.artists) else (),
        info.get("release_mbid", "") if what.album else "",
    )
    return found._replace(raw=_kept(metadata, found) or None)


def duration_ms(info: Mapping[str, Any]) -> int | None:
    if "duration" in info:
        return int(info["duration"]) * clock.SECOND
    return info.get("duration_ms")


def _played(seconds: Any) -> int | None:
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return round(seconds * clock.SECOND) if is_number and 0 <= seconds <= LONGEST else None


def context(info: Mapping[str, Any]) -> Context:
    return Context(
        client=_cut(info.get("submission_client")) or None,
        client_version=_cut(info.get("submission_client_version")) or None,
        player=_cut(info.get("media_player")) or None,
        service=_cut(info.get("music_service") or info.get("music_service_name")) or None,
    )


def _ids(info: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if mbid := info.get("recording_mbid"):
        yield "mbid", mbid
    if spotify := _spotify_id(info.get("spotify_id")) or _spotify_id(info.get("origin_url")):
        yield "spotify", spotify
    if isrc := _id(info.get("isrc")):
        yield "isrc", isrc.upper()


def _spotify_id(said: Any) -> str:
    """Return the id of "https://open.spotify.com/track/ID", else ""."""
    if not isinstance(said, str) or "spotify" not in said or "track" not in said:
        return ""
    return _id(said.partition("?")[0].rstrip("/").replace("/", ":").rpartition(":")[2])


def _id(said: Any) -> str:
    is_one = isinstance(said, str) and said.isalnum() and said.isascii()
    return said if is_one and len(said) <= _LONGEST_ID else ""


def _cut(said: Any) -> str:
    """Return a name as it is kept; "" for what is no text."""
    return said.strip()[:LONGEST_NAME].strip() if isinstance(said, str) else ""


def _kept(metadata: Mapping[str, Any], found: Heard) -> dict[str, Any]:
    """Return what a listen says that could not be told again from the play alone."""
    told = _told(
        found.context or Context(),
        dict(found.ids),
        found.named.artists,
        found.artist_mbids,
        found.release_mbid,
        found.duration_ms,
        found.ms_played,
    )
    info = metadata["additional_info"]
    kept = {
        name: said
        for name, said in info.items()
        if said not in (None, "", []) and name != "duration" and told.get(name) != said
    }
    if metadata["artist_name"] != play_words.credit(found.named.artists):
        kept[_LINE] = metadata["artist_name"]
    return kept


def _told(  # noqa: PLR0913, PLR0917 - all that is known
    context: Context,
    ids: Mapping[str, str],
    artists: tuple[str, ...],
    artist_mbids: tuple[str, ...],
    release_mbid: str,
    duration_ms: int | None,
    ms_played: int | None,
) -> dict[str, Any]:
    """Return what additional_info says of a play by what is known of it."""
    service = context.service or ""
    found = {
        "submission_client": context.client,
        "submission_client_version": context.client_version,
        "media_player": context.player,
        "music_service" if "." in service else "music_service_name": service,
        "recording_mbid": ids.get("mbid"),
        "spotify_id": _SPOTIFY + ids["spotify"] if "spotify" in ids else None,
        "isrc": ids.get("isrc"),
        "artist_names": list(artists),
        "artist_mbids": list(artist_mbids),
        "release_mbid": release_mbid,
        "duration_ms": duration_ms,
        "duration_played": None if ms_played is None else ms_played // clock.SECOND,
    }
    return {name: said for name, said in found.items() if said not in (None, "", [])}


# --- told again


def as_listen(listen: Listen, user_name: str) -> dict[str, Any]:
    """Return a play as ListenBrainz tells a listen."""
    info = _told(
        Context(listen.client, listen.client_version, listen.player, listen.service),
        listen.names,
        listen.artists,
        listen.artist_mbids,
        listen.release_mbid,
        listen.duration_ms,
        listen.ms_played,
    )
    info |= listen.raw | {"recording_msid": listen.msid}
    line = info.pop(_LINE, listen.credit)
    return {
        "listened_at": listen.seconds,
        "inserted_at": listen.seconds,
        "recording_msid": listen.msid,
        "user_name": user_name,
        "track_metadata": _metadata(line, listen.title, listen.album, info),
    }


def as_playing(playing: Playing, user_name: str) -> dict[str, Any]:
    """Return what plays now as ListenBrainz tells it."""
    metadata = _metadata(playing.artist, playing.title, playing.album, playing.info)
    return {"user_name": user_name, "playing_now": True, "track_metadata": metadata}


def _metadata(artist: str, title: str, album: str, info: Mapping[str, Any]) -> dict[str, Any]:
    found = {"artist_name": artist, "track_name": title, "additional_info": info}
    return found | {"release_name": album} if album else found
