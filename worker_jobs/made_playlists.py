"""Makes playlists at Spotify out of lists of tracks here, and describes those of a person's own.

Safe to repeat, and goes on where it was. What Spotify may have done though nobody heard its
answer is looked up first: a playlist is known again by the mark in its description, and how many
tracks are on it says whether the last ones have come.
"""

import logging
from collections.abc import Sequence
from typing import Any

from clients.spotify import AT_ONCE, Spotify, Unreadable
from core.consents import SPOTIFY_WRITES
from core.errors import Conflict
from core.library import TrackTold
from core.names import fold
from core.play_words import song_key
from database import library_items, library_lists, library_tasks, made_playlists
from database import playlists as stored
from database.library_items import PLAYLIST, SPOTIFY, Entry
from database.models import MadePlaylist
from worker_jobs.run import Run
from worker_jobs.spotify import opened
from worker_jobs.spotify_sync import playlists
from worker_jobs.spotify_sync.job import whose
from worker_jobs.spotify_sync.pages import Pages

log = logging.getLogger(__name__)

_ODD = 400  # what was sent is not understood, an id among it that is none
_MOST_ODD = 20  # of one go: to find each costs some calls


def make_playlist(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Make a playlist that somebody asked for, or go on with it, and take it into their library.

    Args: {"made_id": a row of `made_playlists`}. Result: {"made": its public id, "playlist_id":
    ours, "tracks": how many are on it, "left_out", "result_url"}.

    Raises:
        NotFound: nobody wants it any more.
        Conflict: nothing of it was found at Spotify, or too much is unknown there.
        ReconnectNeeded, ScopeNeeded: the person has to allow it (again).
        Unreadable: Spotify does not let us change it, for it is of another account.
        RemoteError: Spotify does not answer, or not now; what is on it already stays.
    """
    person_id = whose(run)
    with run.db.reading() as session:
        made = made_playlists.get(session, person_id, int(args["made_id"]))
    with opened(run, person_id, scopes=SPOTIFY_WRITES) as spotify:
        making = _Making(run, spotify, made)
        if made.finished_at is None:
            making.all_of_it()
        playlist_id = _take_in(run, spotify, person_id, making.spotify_id)
    run.at_finish(lambda session: library_tasks.place_images(session, person_id) and None)
    return {
        "made": made.public_id,
        "playlist_id": playlist_id,
        "tracks": making.done,
        "left_out": making.left_out,
        "result_url": f"/library/playlists/{playlist_id}",
    }


class _Making:
    """One playlist while it is made; what Spotify has confirmed is stored at once."""

    def __init__(self, run: Run, spotify: Spotify, made: MadePlaylist) -> None:
        self._run, self._spotify, self._made = run, spotify, made
        self.spotify_id = made.spotify_id or ""
        self.done, self.left_out = made.done, made.left_out
        self._uris, self._odd = made.uris, 0

    def all_of_it(self) -> None:
        if self._made.sought:
            self._look(self._made.sought)
        if not self._uris:
            raise Conflict("None of these tracks was found at Spotify.")
        if not self.spotify_id:
            self._make()
        elif self._made.unconfirmed:
            self._catch_up(self._made.unconfirmed)
        while self.done < len(self._uris):
            self._run.report(f"Filling “{self._made.name}”", self.done, len(self._uris))
            self._add(self._uris[self.done : self.done + AT_ONCE])
        with self._run.db.writing() as session:
            made_playlists.finish(session, self._made.id)

    def _look(self, sought: Sequence[dict[str, Any]]) -> None:
        """Look for those tracks of which nobody said what Spotify calls them."""
        found: list[str | None] = []
        for number, one in enumerate(sought):
            self._run.report("Looking for tracks at Spotify", number, len(sought))
            spotify_id = _found(self._spotify, one["title"], one["artist"], one["isrc"])
            found.append(spotify_id and f"spotify:track:{spotify_id}")
        with self._run.db.writing() as session:
            row = made_playlists.settle(session, self._made.id, found)
            self._uris, self.left_out = row.uris, row.left_out

    def _make(self) -> None:
        """Have the playlist, which may be there from before: then the answer got lost."""
        self._run.report(f"Making “{self._made.name}”")
        is_in_doubt = self._made.unconfirmed is not None
        spotify_id = self._made_before() if is_in_doubt else None
        if spotify_id is None:
            with self._run.db.writing() as session:
                made_playlists.say_asked(session, self._made.id, 0)
            mark = made_playlists.mark(self._made)
            words = f"{self._made.description} {mark}".strip()
            spotify_id = self._spotify.make_playlist(self._made.name, words).spotify_id
        with self._run.db.writing() as session:
            made_playlists.say_made(session, self._made.id, spotify_id)
        self.spotify_id = spotify_id

    def _made_before(self) -> str | None:
        """Return which playlist of the person's bears the mark, if one does."""
        mark, cursor = made_playlists.mark(self._made), None
        while True:
            page = self._spotify.playlists(cursor)
            for one in page.items:
                if mark in (one.description or ""):
                    return one.spotify_id
            cursor = page.cursor
            if cursor is None:
                return None

    def _catch_up(self, unconfirmed: int) -> None:
        """Find out whether the last tracks have come that nobody confirmed.

        All of them have or none has. The person may have moved some since: what is nearer counts.
        """
        told = self._spotify.playlist_items(self.spotify_id, str(self.done)).total
        if told is not None and 2 * (told - self.done) >= unconfirmed:
            self._confirm(unconfirmed)

    def _add(self, uris: Sequence[str]) -> None:
        """Put tracks at the end; one that Spotify does not know is found, and left out."""
        with self._run.db.writing() as session:
            made_playlists.say_asked(session, self._made.id, len(uris))
        try:
            self._spotify.add(self.spotify_id, uris)
        except Unreadable as error:
            if error.code != _ODD:
                raise
            self._sift(uris)
        else:
            self._confirm(len(uris))

    def _sift(self, uris: Sequence[str]) -> None:
        """Add each half by itself of tracks among which some cannot be added."""
        if len(uris) > 1:
            half = len(uris) // 2
            self._add(uris[:half])
            self._add(uris[half:])
            return
        self._odd += 1
        if self._odd > _MOST_ODD:
            raise Conflict(f"More than {_MOST_ODD} of these tracks are none that Spotify knows.")
        log.info("made playlist %d: Spotify does not take %s", self._made.id, uris[0])
        with self._run.db.writing() as session:
            made_playlists.leave_out(session, self._made.id, uris[0])
        self._uris = [one for one in self._uris if one != uris[0]]
        self.left_out += 1

    def _confirm(self, count: int) -> None:
        self.done += count
        with self._run.db.writing() as session:
            made_playlists.say_added(session, self._made.id, self.done)


def _found(spotify: Spotify, title: str, artist: str, isrc: str | None) -> str | None:
    """Return what Spotify calls a track, if it finds that very one."""
    words = f'track:"{_plain(song_key(title))}" artist:"{_plain(artist)}"'
    for asked in (f"isrc:{isrc}", words) if isrc else (words,):
        for told in spotify.search(asked):
            if _is_same(told, title, artist):
                return told.spotify_id
    return None


def _is_same(told: TrackTold, title: str, artist: str) -> bool:
    return song_key(told.name) == song_key(title) and fold(told.artists[0].name) == fold(artist)


def _plain(name: str) -> str:
    return name.replace('"', " ")


def _take_in(run: Run, spotify: Spotify, person_id: int, spotify_id: str) -> int:
    """Let a playlist be in somebody's library, in front of the others; return its id."""
    run.report("Taking the playlist into the library")
    playlist_id = playlists.one_of_them(Pages(run, person_id), spotify, spotify_id)
    with run.db.writing(bulk=True) as session:
        there = library_items.of(session, person_id, PLAYLIST, SPOTIFY)
        if playlist_id not in {one.item_id for one in there}:
            entries = [Entry(playlist_id), *there]
            library_items.replace(session, person_id, PLAYLIST, SPOTIFY, entries)
    return playlist_id


def describe_playlist(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Let a playlist of somebody's own say something else of itself; "" for nothing.

    Args: {"playlist_id": ours, "description": up to 300 characters}. Result: {"playlist_id",
    "result_url"}.

    Raises:
        NotFound: it is not in their library.
        Conflict: it is somebody else's, or not at Spotify.
        ReconnectNeeded, ScopeNeeded, Unreadable, RemoteError: as `make_playlist`.
    """
    person_id, playlist_id = whose(run), int(args["playlist_id"])
    text = " ".join((args["description"] or "").split())
    with run.db.reading() as session:
        found = library_lists.playlist(session, person_id, playlist_id)
    if found.spotify_id is None or not found.is_own:
        raise Conflict("Only a playlist of your own at Spotify can be described.")
    run.report(f"Describing “{found.name}”")
    with opened(run, person_id, scopes=SPOTIFY_WRITES) as spotify:
        spotify.describe(found.spotify_id, text)
    with run.db.writing() as session:
        stored.describe(session, playlist_id, text)
    return {"playlist_id": playlist_id, "result_url": f"/library/playlists/{playlist_id}"}
