"""The overview of a library: how much is in it, how fresh, what was played and analysed last."""

from typing import NamedTuple

from flask import render_template
from flask_login import current_user

from core.consents import SPOTIFY
from database import (
    grants,
    library_home,
    library_lists,
    library_pages,
    library_tasks,
    play_lists,
    spotify_plays,
)
from database.library_filters import PlaylistFilter
from database.library_lists import Page
from webapp import consents
from webapp.database import reading
from webapp.library import bp

_LAST, _PLAYLISTS, _ANALYSES, _GAPS = 6, 12, 5, 3
_KINDS = {
    "playlists": "Playlists",
    "tracks": "Liked songs",
    "albums": "Saved albums",
    "artists": "Followed artists",
    "shows": "Shows",
}


class Counted(NamedTuple):
    """How many there are of a kind: here, and as Spotify says. None: not said, or not kept."""

    kind: str
    words: str
    here: int | None
    there: int | None
    fetched_at: int | None


@bp.get("")
def index() -> str:
    person_id = current_user.id
    with reading() as session:
        grant = grants.find(session, person_id, SPOTIFY)
        counts = library_home.counts(session, person_id)
        tracks = library_home.tracks(session, person_id)
        fetched = library_home.fetched(session, person_id)
        listed = library_lists.playlists(session, person_id, PlaylistFilter(), Page(_PLAYLISTS))
        last = play_lists.latest(session, [person_id], _LAST)
        gaps = spotify_plays.gaps(session, person_id, _GAPS)
        newest = library_home.analysed(session, person_id, limit=_ANALYSES)
        under_way = library_pages.under_way(session, person_id, "library")
        sync_task = library_tasks.under_way(session, person_id)
        banners = consents.banners(session, person_id)
    said = (grant.profile if grant else None) or {}
    return render_template(
        "library/index.html",
        grant=grant,
        counts=[
            Counted(kind, words, getattr(counts, kind, None), said.get(kind), fetched.get(kind))
            for kind, words in _KINDS.items()
        ],
        tracks=tracks,
        has_any=any(counts),
        playlists=listed.items,
        last=last,
        gaps=gaps,
        analyses=newest,
        under_way=under_way,
        sync_task=sync_task,
        banners=banners,
    )
