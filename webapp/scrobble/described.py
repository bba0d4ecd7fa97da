"""What scripts are told of the addresses of players, but for the oldest, which has no JSON."""

from typing import Any

from webapp.describing import Area, Binary, Operation
from webapp.scrobble import shapes as told

_LASTFM = {200: (dict[str, Any], Binary("text/xml"))}


def _stats(summary: str, answer: Any = told.Tops, query: Any = told.RangePart) -> Operation:
    return Operation(summary, {200: answer, 204: None}, (403,), query)


_LISTENBRAINZ = {
    "scrobble.validate_token": Operation(
        "Whether a token is one", {200: told.Valid}, query=told.Token
    ),
    "scrobble.submit_listens": Operation(
        "Send plays, or what plays now", {200: told.Ok}, query=told.WithMsid, body=told.Sent
    ),
    "scrobble.show_listens": Operation("Plays", {200: told.Listens}, (403,), told.Between),
    "scrobble.count_listens": Operation("How many plays", {200: told.Count}, (403,)),
    "scrobble.show_playing_now": Operation("What plays now", {200: told.PlayingNow}, (403,)),
    "scrobble.stop_playing": Operation(
        "Nothing plays any more", {200: told.Ok}, (404,), body=told.Client
    ),
    "scrobble.delete_listen": Operation("Delete a play", {200: told.Ok}, body=told.Deleted),
    "scrobble.show_latest_import": Operation(
        "Up to when plays were sent", {200: told.LatestImport}, (403, 404), told.Service
    ),
    "scrobble.note_latest_import": Operation("Note that", {200: told.Ok}, body=told.Imported),
    "scrobble.give_feedback": Operation("Love or hate a track", {200: told.Ok}, body=told.Feedback),
    "scrobble.show_feedback": Operation(
        "What is loved and hated", {200: told.Opinions}, (403,), told.OpinionsAsked
    ),
    "GET scrobble.show_feedback_for": Operation(
        "Whether these are", {200: told.OpinionsOf}, (403,), told.Recordings
    ),
    "POST scrobble.show_feedback_for": Operation(
        "Whether these are, of a longer list",
        {200: told.OpinionsOf},
        (403,),
        body=told.RecordingsSent,
    ),
    "scrobble.stats_of_artists": _stats("Artists heard most"),
    "scrobble.stats_of_releases": _stats("Releases heard most"),
    "scrobble.stats_of_release_groups": _stats("Albums heard most"),
    "scrobble.stats_of_recordings": _stats("Tracks heard most"),
    "scrobble.stats_of_listening": _stats(
        "How much, over time", told.ListeningActivity, told.Range
    ),
    "scrobble.stats_of_days": _stats("When in the week", told.DailyActivity, told.Range),
}
_OTHERS = {
    "GET scrobble.lastfm": Operation(
        "Last.fm's methods that ask", _LASTFM, query=told.Called, failure=told.Refusal
    ),
    "POST scrobble.lastfm": Operation(
        "Last.fm's methods, those that send, too", _LASTFM, query=told.Called, failure=told.Refusal
    ),
    "scrobble.new_scrobble": Operation(
        "Maloja's call for a play", {200: told.Scrobbled}, body=told.Scrobble
    ),
}

AREA = Area(
    "Players",
    "What players speak: ListenBrainz, here and below /apis/listenbrainz; Last.fm; Maloja's call."
    " A token alone opens these. What a person lets everybody read wants none.",
    {**_LISTENBRAINZ, **_OTHERS},
    failure=told.Failed,
    unclear=400,
    is_by_token_alone=True,
)
