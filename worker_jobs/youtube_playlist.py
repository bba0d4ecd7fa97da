"""Fills playlists at YouTube with what was dug up, over as many days as the quota takes.

Safe to repeat, and goes on where it was: a playlist that may have been made though nobody heard
the answer is known by the mark in its description, and what is on it is read before more is put
there. One video after the other: YouTube takes the same one twice.
"""

import logging
import random
import time
from collections.abc import Sequence
from typing import Any

from clients.youtube_calls import PlaylistFull, PlaylistGone, QuotaUsed, VideoRefused
from clients.youtube_playlists import AT_ONCE, Playlists
from core import clock
from core.errors import Conflict, Forbidden, NeedledropError, NotYet, RemoteError
from database import people, youtube_filling
from database.models import YoutubePlaylist, YoutubeVideo
from database.youtube_filling import ADDED, DEAD, DUPLICATE, FAILED
from worker_jobs.run import Run
from worker_jobs.youtube_opened import opened

PAGE = "/crates/playlists"
_TRIES, _TRIES_AFTER = 5, 2  # of one change, whose answer does not come
_FIRST_PAUSE = 0.5  # seconds; twice as long each time, and by chance up to half of it less
_SOON, _LONGEST = 15.0, 2 * 3600.0  # seconds until it is asked again that was asked too often
_STEP = 0.25  # seconds; a cancel is seen within
_MOST_ODD = 20  # videos of one go that YouTube does not take, and gives no reason that we know
_MOST_OWN = 1_000

log = logging.getLogger(__name__)


def fill_youtube_playlist(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Put the videos on a playlist that somebody asked for, or go on with it.

    Args: {"playlist_id": a row of `youtube_playlists`}. Result: {"playlist": its public id,
    "added", "left_out", "result_url"}.

    Raises:
        NotFound: nobody wants it any more.
        ReconnectNeeded, ScopeNeeded, NoChannel: the person has to allow it (again).
        PlaylistGone, PlaylistFull, AccountClosed, SwitchedOff, Refused: nothing can be put there.
        Conflict: too much is refused.
        NotYet: it goes on by itself, tomorrow for instance.
        RemoteError: YouTube does not answer; what is on it already stays.
    """
    person_id = _person(run)
    with run.db.writing() as session:
        made = youtube_filling.get(session, person_id, int(args["playlist_id"]))
        if made.finished_at is None:
            youtube_filling.say_stopped(session, made.id, None)
    if made.finished_at is None:
        try:
            with opened(run, person_id) as service:
                _Filling(run, service, made).all_of_it()
        except QuotaUsed as error:
            raise _until_it_is_back(run, made, error) from None
        except NotYet as error:
            _note(run, made, str(error))
            raise NotYet(error.service, str(error), retry_after=_patience(run, error)) from None
        except NeedledropError as error:
            _note(run, made, str(error), is_gone=isinstance(error, PlaylistGone))
            raise
    with run.db.reading() as session:
        counts = youtube_filling.counts(session, made.id)
    return {
        "playlist": made.public_id,
        "added": counts.added,
        "left_out": counts.all - counts.added,
        "result_url": f"{PAGE}/{made.public_id}",
    }


def list_youtube_playlists(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Look for a person's own playlists at YouTube, so that they can choose one; safe to repeat.

    Result: {"playlists": [[id, title, how many videos], …], "result_url"}.

    Raises:
        ReconnectNeeded, ScopeNeeded, NoChannel, AccountClosed, SwitchedOff, Refused: as
            `fill_youtube_playlist`.
        NotYet, RemoteError: as there.
    """
    found: list[list[str | int]] = []
    run.report("Looking for your playlists at YouTube")
    with opened(run, _person(run)) as service:
        for one in service.own():
            found.append([one.id, one.title, one.videos])
            run.report("Looking for your playlists at YouTube", len(found))
            if len(found) == _MOST_OWN:
                break
    return {"playlists": found, "result_url": f"{PAGE}/new"}


class _Filling:
    """One playlist while it is filled; what YouTube has confirmed is stored at once."""

    def __init__(self, run: Run, service: Playlists, made: YoutubePlaylist) -> None:
        self._run, self._service, self._made = run, service, made
        self._called = youtube_filling.titled(made)
        self._youtube_id = made.youtube_id or ""
        self._is_new = False
        self._stuck: tuple[YoutubeVideo, RemoteError] | None = None
        self._odd = 0
        self._count()

    def all_of_it(self) -> None:
        if not self._youtube_id:
            self._make()
        if not self._is_new:
            self._read_back()
        try:
            while videos := self._next():
                self._add_all(self._alive(videos))
        except PlaylistFull:
            if not self._added and not self._made.is_existing:
                raise
            with self._run.db.writing() as session:
                youtube_filling.split(session, self._made.id)
            return
        if self._stuck is not None:
            raise self._stuck[1]
        with self._run.db.writing() as session:
            youtube_filling.finish(session, self._made.id)

    def _make(self) -> None:
        """Have the playlist, which may be there from before: then the answer got lost."""
        self._run.report(f"Making “{self._called}”")
        mark = youtube_filling.mark(self._made)
        there = (one.id for one in self._service.own() if mark in one.description)
        found = next(there, None)
        youtube_id = found or self._service.make(
            self._called, youtube_filling.described(self._made)
        )
        say = youtube_filling.say_found if found else youtube_filling.say_made
        with self._run.db.writing() as session:
            say(session, self._made.id, youtube_id)
        self._youtube_id, self._is_new = youtube_id, not found
        self._count()

    def _count(self) -> None:
        with self._run.db.reading() as session:
            counts = youtube_filling.counts(session, self._made.id)
        self._added, self._all = counts.added, counts.all

    def _read_back(self) -> None:
        """Note what is on it already, by whomever: nothing is to be on it twice."""
        self._run.report(f"Reading “{self._called}”")
        there = {one.video_id: one.id for one in self._service.items(self._youtube_id)}
        found = [video for video in self._waiting() if video.video_id in there]
        with self._run.db.writing() as session:
            for video in found:
                # What we never asked for was put there by the person.
                is_ours = youtube_filling.is_asked(video)
                youtube_filling.say(
                    session, video, ADDED if is_ours else DUPLICATE,
                    item_id=there[video.video_id],
                    reason=None if is_ours else "It was on the playlist already.",
                )  # fmt: skip
        self._count()

    def _waiting(self, limit: int | None = None) -> list[YoutubeVideo]:
        with self._run.db.reading() as session:
            return youtube_filling.waiting(session, self._made.id, limit)

    def _next(self) -> list[YoutubeVideo]:
        later = self._stuck[0].position if self._stuck is not None else None
        return [video for video in self._waiting(AT_ONCE) if video.position != later]

    def _alive(self, videos: Sequence[YoutubeVideo]) -> list[YoutubeVideo]:
        """Sort out what nobody can play: to find that out by adding it costs fifty times more."""
        self._report()
        dead = self._service.dead([video.video_id for video in videos])
        with self._run.db.writing() as session:
            for video in videos:
                if why := dead.get(video.video_id):
                    youtube_filling.say(session, video, DEAD, reason=why)
        return [video for video in videos if video.video_id not in dead]

    def _add_all(self, videos: Sequence[YoutubeVideo]) -> None:
        for video in videos:
            self._report()
            # Enough for a worker that dies; where the power does, it is only told as theirs.
            with self._run.db.writing(bulk=True) as session:
                youtube_filling.say_asked(session, video)
            try:
                item_id = self._add(video.video_id)
            except VideoRefused as error:
                self._refused(video, str(error), is_dead=error.is_dead)
            except RemoteError as error:
                # It may be the video, and it may be YouTube: the next one tells.
                if _is_final(error) or self._stuck is not None:
                    raise
                self._stuck = video, error
            else:
                self._is_in(video, item_id)
                self._settle()

    def _settle(self) -> None:
        """Give up what made trouble, now that another video was taken: it is that one's own."""
        if self._stuck is None:
            return
        (video, error), self._stuck = self._stuck, None
        if item_id := self._service.holds(self._youtube_id, video.video_id):
            self._is_in(video, item_id)
        else:
            self._refused(video, str(error), is_dead=False)

    def _is_in(self, video: YoutubeVideo, item_id: str) -> None:
        self._say(video, ADDED, item_id=item_id)
        self._added += 1

    def _refused(self, video: YoutubeVideo, why: str, *, is_dead: bool) -> None:
        self._say(video, DEAD if is_dead else FAILED, reason=why)
        self._odd += not is_dead
        if self._odd > _MOST_ODD:
            raise Conflict(f"YouTube refused more than {_MOST_ODD} videos: {why}")

    def _add(self, video_id: str) -> str:
        """Put a video there, once; after an answer that got lost it is looked up first."""
        # Where another one was just in vain, this one only has to tell whose trouble it is.
        tries = _TRIES if self._stuck is None else _TRIES_AFTER
        for number in range(tries - 1):
            try:
                return self._service.add(self._youtube_id, video_id)
            except RemoteError as error:
                if _is_final(error) and not self._is_early(error):
                    raise
                log.info("playlist %d: %s", self._made.id, error)
            self._pause(_FIRST_PAUSE * 2**number * random.uniform(0.5, 1))  # noqa: S311
            if item_id := self._holds(video_id):
                return item_id
        return self._service.add(self._youtube_id, video_id)

    def _holds(self, video_id: str) -> str | None:
        try:
            return self._service.holds(self._youtube_id, video_id)
        except PlaylistGone as error:
            if not self._is_early(error):
                raise
            return None

    def _is_early(self, error: RemoteError) -> bool:
        """Say whether YouTube may only not know yet the playlist that it has just made."""
        return isinstance(error, PlaylistGone) and self._is_new and not self._added

    def _say(self, video: YoutubeVideo, state: str, **said: str) -> None:
        with self._run.db.writing() as session:
            youtube_filling.say(session, video, state, **said)

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._report()
            time.sleep(min(left, _STEP))

    def _report(self) -> None:
        self._run.report(f"Filling “{self._called}”", self._added, self._all)


def _is_final(error: RemoteError) -> bool:
    """Say whether no other try in this hour helps."""
    return error.retry_after is None or isinstance(error, NotYet)


def _until_it_is_back(run: Run, made: YoutubePlaylist, error: QuotaUsed) -> NotYet:
    """Keep, and return, how far a playlist is and when it goes on, by its person's clock."""
    with run.db.reading() as session:
        counts = youtube_filling.counts(session, made.id)
        when = _when(error.begins_again, people.get(session, made.person_id).zone)
    sentence = f"{counts.added} of {counts.all} added, the rest {when}."
    _note(run, made, sentence)
    return NotYet(error.service, sentence, retry_after=error.retry_after or 0)


def _patience(run: Run, error: NotYet) -> float:
    """Return the seconds to wait, longer each time: what is refused is taken off the quota too."""
    return max(error.retry_after or 0, min(_SOON * 2.0 ** min(run.task.attempt, 20), _LONGEST))


def _note(run: Run, made: YoutubePlaylist, said: str, *, is_gone: bool = False) -> None:
    with run.db.writing() as session:
        youtube_filling.say_stopped(session, made.id, said)
        if is_gone:
            youtube_filling.say_gone(session, made.id)


def _when(at: int, zone_name: str) -> str:
    zone = clock.zone(zone_name)
    there = clock.local(at, zone)
    days = (there.date() - clock.today(zone)).days
    day = {0: "today", 1: "tomorrow"}.get(days, there.date().isoformat())
    return f"{day} from {there:%H:%M}"


def _person(run: Run) -> int:
    if run.task.person_id is None:
        raise Forbidden("Only a person can have a playlist made.")
    return run.task.person_id
