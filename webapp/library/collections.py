"""What the pages of a playlist, an album, an artist and the liked songs share.

Each is a collection of tracks with three tabs: what its tracks are the most and the least of,
how it is on average, and the tracks themselves.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from flask import request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from database import analyses, library_pages, library_rows
from database.library_rows import Extent, Row
from database.models import Notification
from webapp.library import downloads, pages, sounds

TABS = {"superlatives": "Superlatives", "averages": "Averages", "tracks": "Tracks"}


class Rows(NamedTuple):
    """How the tracks of a collection are read: how much it is; `limit` of them after `skip`."""

    extent: Callable[[Session], Extent]
    some: Callable[..., list[Row]]


class Told(NamedTuple):
    """What every such page tells. `analysis` None: nobody has had it analysed.

    `under_way`: the task about it that is not over.
    """

    kind: str
    scope: str
    tab: str
    extent: Extent
    rows: Sequence[Row]
    part: pages.Part
    analysis: analyses.Shown | None
    sounds: sounds.Sounds | None
    versions: Sequence[analyses.Version]
    under_way: Notification | None

    @property
    def more(self) -> int | None:
        return self.part.more(self.extent.entries)


def told(session: Session, kind: str, scope: str, rows: Rows) -> Told:
    """Return what is told of a collection, by the tab and the page that the address says."""
    person_id = current_user.id
    analysis = analyses.latest(session, person_id, kind, scope)
    tab = request.args.get("tab", "")
    if tab not in TABS:
        tab = "superlatives" if analysis else "tracks"
    part = pages.asked(library_rows.PAGE)
    about = ("library", None) if kind == "liked" else (kind, int(scope))
    shows_tracks = tab == "tracks"
    return Told(
        kind,
        scope,
        tab,
        rows.extent(session),
        rows.some(session, skip=part.skip, limit=part.size) if shows_tracks else [],
        part,
        analysis,
        sounds.of(session, analysis.data) if analysis and not shows_tracks else None,
        analyses.versions(session, person_id, kind, scope) if analysis else [],
        library_pages.under_way(session, person_id, *about),
    )


def file(name: str, rows: Rows) -> ResponseReturnValue:
    """Send the tracks of a collection with how they sound."""
    return downloads.tracks(
        name, lambda session, skip: rows.some(session, skip=skip, limit=downloads.BATCH)
    )
