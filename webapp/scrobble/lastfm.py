"""Last.fm's protocol, version 2.0: one address, and a method that each call names."""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from flask import Flask, Response
from flask.blueprints import BlueprintSetupState

from webapp import errors
from webapp.scrobble import bp, lastfm_auth, lastfm_info, lastfm_reads, lastfm_writes
from webapp.scrobble.doors import LASTFM, door, is_below
from webapp.scrobble.lastfm_words import (
    INCOMPLETE,
    NO_METHOD,
    Asked,
    Refusal,
    answer,
    failed,
    failed_by_status,
)


class _Method(NamedTuple):
    """`is_signed`: the house's own key is not enough, its secret is to be known as well."""

    act: Callable[[Asked], tuple[str, Any]]
    is_signed: bool = True
    is_post: bool = True


def _read(act: Callable[[Asked], tuple[str, Any]]) -> _Method:
    return _Method(act, is_signed=False, is_post=False)


_METHODS = {
    "auth.getmobilesession": _Method(lastfm_auth.mobile_session),
    "auth.gettoken": _Method(lastfm_auth.grant, is_post=False),
    "auth.getsession": _Method(lastfm_auth.granted_session, is_post=False),
    "track.scrobble": _Method(lastfm_writes.scrobble),
    "track.updatenowplaying": _Method(lastfm_writes.update_now_playing),
    "track.love": _Method(lastfm_writes.love),
    "track.unlove": _Method(lastfm_writes.unlove),
    "user.getrecenttracks": _read(lastfm_reads.recent_tracks),
    "user.getlovedtracks": _read(lastfm_reads.loved_tracks),
    "user.gettopartists": _read(lastfm_reads.top_artists),
    "user.gettopalbums": _read(lastfm_reads.top_albums),
    "user.gettoptracks": _read(lastfm_reads.top_tracks),
    "user.getinfo": _read(lastfm_info.user),
    "artist.getinfo": _read(lastfm_info.artist),
    "album.getinfo": _read(lastfm_info.album),
    "track.getinfo": _read(lastfm_info.track),
}


@door("", LASTFM, ("GET", "POST"))
def lastfm() -> Response:
    asked = Asked()
    try:
        return answer(*_called(asked))
    except Refusal as refusal:
        return failed(refusal.number, str(refusal))


def _called(asked: Asked) -> tuple[str, Any]:
    method = _METHODS.get(asked.method)
    if method is None:
        raise Refusal(NO_METHOD, "Invalid Method - No method with that name in this package.")
    if method.is_post and not asked.is_post:
        raise Refusal(INCOMPLETE, "Invalid parameters: this method is called by POST.")
    lastfm_auth.check_signature(asked, is_needed=method.is_signed)
    return method.act(asked)


def _set_up(state: BlueprintSetupState) -> None:
    errors.tell_as(cast(Flask, state.app), lambda: is_below(LASTFM), failed_by_status)


bp.record_once(_set_up)
