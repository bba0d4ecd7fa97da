"""Looks which videos of a basket can still be played: slowly, one after the other."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from clients.outside import outside
from clients.youtube_pages import Unclear, YouTubePages
from database import video_checks
from database.video_checks import Look
from worker_jobs import turns
from worker_jobs.run import Run

_ASKING = "Looking which videos still play"
_BATCH = 20  # answers that are kept with one write
_MOST_UNCLEAR = 5  # one upon the other: then it is not the videos


def check_videos(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Ask YouTube about the videos in somebody's basket; one that is repeated goes on.

    Args: {"person_id": int}. Result: {"videos": how many were asked for, "alive", "gone" and
    "unclear": how many of each, "result_url": str}.

    Raises:
        NotYet: YouTube is asked too often.
        RemoteError: it gives no answers. Those that it gave are kept, here as well.
    """
    with run.db.reading() as session:
        wanted = video_checks.due(session, args["person_id"])
    came: Counter[str] = Counter()

    def say() -> None:
        run.report(_ASKING, came.total(), len(wanted))

    url = run.settings.youtube_page_url
    with turns.of(run, "youtube pages", say) as ours, outside(run.settings, url) as http:
        asked = _Asked(YouTubePages(url, http, ours), came, say)
        for start in range(0, len(wanted), _BATCH):
            _look(run, asked, wanted[start : start + _BATCH])
    return {
        "videos": len(wanted),
        "alive": came["alive"],
        "gone": came["gone"],
        "unclear": came["unclear"],
        "result_url": "/crates/basket",
    }


def _look(run: Run, asked: "_Asked", video_ids: Sequence[str]) -> None:
    found: dict[str, Look] = {}
    try:
        for id_ in video_ids:
            look = asked.look(id_)
            if look is not None:
                found[id_] = look
    finally:
        # What was answered is kept, whatever ends this: the next one goes on behind it.
        with run.db.writing(bulk=True) as session:
            video_checks.keep(session, found)


class _Asked:
    """Asks about one video after the other, and counts what came of it."""

    def __init__(self, pages: YouTubePages, came: Counter[str], say: Callable[[], None]) -> None:
        self._pages, self._came, self._say = pages, came, say
        self._unclear = 0

    def look(self, video_id: str) -> Look | None:
        """Return what is known of a video now, None where the answer says nothing."""
        self._say()
        try:
            seen = self._pages.look(video_id)
        except Unclear:
            self._unclear += 1
            if self._unclear == _MOST_UNCLEAR:
                raise
            self._came["unclear"] += 1
            return None
        self._unclear = 0
        self._came[seen.state] += 1
        return Look(seen.state, seen.reason)
