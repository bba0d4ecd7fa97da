"""A play as ListenBrainz or Last.fm takes it, for those who send theirs on."""

from typing import Any

from core import play_words
from core.names import fold
from core.plays import Context, Heard, Source

LISTENBRAINZ, LASTFM = "listenbrainz", "lastfm"
NAMES = {LISTENBRAINZ: "ListenBrainz", LASTFM: "Last.fm"}
CLIENT = "Needledrop"  # how we are called at ListenBrainz
LONGEST = 10_000  # bytes of one play, as JSON: ListenBrainz takes 10,240
# What a service's plays are brought by, or come from.
_OF = {
    LISTENBRAINZ: ("listenbrainz", "listenbrainz.org"),
    LASTFM: ("last.fm", "lastfm", "audioscrobbler"),
}
_SECOND = 1_000


def may_go(provider: str, heard: Heard) -> bool:
    """Say whether a service is to be told of a play: one that a player sent, and not it itself.

    What another Needledrop sends on has been sent on already: two that feed each other end here.
    """
    is_song = heard.named.kind == "music" and bool(heard.named.artists)
    if heard.source is not Source.SCROBBLE or not is_song:
        return False
    context = heard.context or Context()
    client, player, service = (
        fold(name or "") for name in (context.client, context.player, context.service)
    )
    if fold(CLIENT) in (client, player, service):
        return False
    # "Jellyfin's plugin for ListenBrainz" is a player's own, and speaks the protocol alone.
    is_from_there = any(word in name for name in (player, service) for word in _OF[provider])
    return client not in _OF[provider] and not is_from_there


def as_sent(provider: str, heard: Heard) -> dict[str, Any]:
    """Return a play in the words of a service."""
    return _listen(heard) if provider == LISTENBRAINZ else _scrobble(heard)


def _listen(heard: Heard) -> dict[str, Any]:
    named, context, ids = heard.named, heard.context, dict(heard.ids)
    about: dict[str, Any] = {
        "submission_client": CLIENT,
        "original_submission_client": context and context.client,
        "media_player": context and context.player,
        "music_service": context and context.service,
        "duration_ms": heard.duration_ms,
        "artist_names": list(named.artists),
        "artist_mbids": list(heard.artist_mbids),
        "release_mbid": heard.release_mbid,
        "recording_mbid": ids.get("mbid"),
        "isrc": ids.get("isrc"),
    }
    if spotify := ids.get("spotify"):
        about["spotify_id"] = f"https://open.spotify.com/track/{spotify}"
    told = {"artist_name": _artist(heard), "track_name": named.title}
    if named.album:
        told["release_name"] = named.album
    known = {name: said for name, said in about.items() if said}
    return {
        "listened_at": heard.started_at // _SECOND,
        "track_metadata": told | {"additional_info": known},
    }


def _scrobble(heard: Heard) -> dict[str, Any]:
    named = heard.named
    told = {
        "artist": _artist(heard),
        "track": named.title,
        "timestamp": str(heard.started_at // _SECOND),
        "album": named.album,
        "albumArtist": named.album_artist,
        "duration": str((heard.duration_ms or 0) // _SECOND),
        "mbid": dict(heard.ids).get("mbid", ""),
    }
    return {name: said for name, said in told.items() if said and said != "0"}


def _artist(heard: Heard) -> str:
    """Return the artists as one line, without those whom the title names."""
    named = heard.named
    guests = play_words.with_guests((), named.title)
    return play_words.credit([one for one in named.artists if one not in guests] or named.artists)
