"""What the overview of somebody's library tells: how much is in it, and how fresh that is."""

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from database import library_reach
from database.models import Analysis, LibraryItem, LibraryTrack, Listing, Playlist


class Counts(NamedTuple):
    """How many playlists there are, liked tracks, saved albums, followed artists."""

    playlists: int
    tracks: int
    albums: int
    artists: int


class Analysed(NamedTuple):
    """An analysis in a list of them; `kind` and `scope` as in `models.Analysis`."""

    id: int
    kind: str
    scope: str
    title: str
    updated_at: int


def counts(session: Session, person_id: int) -> Counts:
    """Count what is in somebody's library; what two sources tell of counts once."""
    query = select(LibraryItem.kind, func.count(LibraryItem.item_id.distinct()))
    query = query.where(LibraryItem.person_id == person_id).group_by(LibraryItem.kind)
    found = {str(kind): int(count) for kind, count in session.execute(query)}
    own = select(func.count()).select_from(Playlist).where(library_reach.playlists(person_id))
    return Counts(
        session.scalar(own) or 0,
        *(found.get(kind, 0) for kind in ("track", "album", "artist")),
    )


def tracks(session: Session, person_id: int) -> int:
    """Count the tracks in somebody's library: liked, on their playlists, on their albums."""
    query = select(func.count()).select_from(LibraryTrack).where(library_reach.tracks(person_id))
    return session.scalar(query) or 0


def fetched(session: Session, person_id: int) -> dict[str, int]:
    """Return when each list of Spotify's was last read to its end, by its name."""
    query = select(Listing.name, Listing.fetched_at).where(
        Listing.person_id == person_id, Listing.fetched_at.is_not(None)
    )
    names = ("playlists", "tracks", "albums", "artists")
    query = query.where(Listing.name.in_(names))
    return {name: at for name, at in session.execute(query) if at is not None}


def analysed(session: Session, person_id: int, *, skip: int = 0, limit: int = 50) -> list[Analysed]:
    """Return somebody's analyses, those last worked out first, without what came of them."""
    query = select(
        Analysis.id, Analysis.kind, Analysis.scope, Analysis.title, Analysis.updated_at
    ).where(Analysis.person_id == person_id)
    newest = query.order_by(Analysis.updated_at.desc(), Analysis.id.desc())
    return [Analysed(*row) for row in session.execute(newest.offset(skip).limit(limit))]
