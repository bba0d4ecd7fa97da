"""Forgets what came from Spotify into somebody's library, and what is in nobody's after that.

Tracks that somebody described by hand or in a file stay, and those that an analysis is about; of
a file whose person has left the house nothing does.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import bindparam, delete, or_, select, text
from sqlalchemy.orm import Session

from core.library import RANGES
from database import spotify_plays
from database.library_intake import alone
from database.library_items import ASKED, SPOTIFY
from database.models import Analysis, LibraryItem, Listing, Playlist

BATCH = 500

_TOP_TRACKS = ", ".join(f"'top-tracks:{span}'" for span in RANGES)
_TOP_ARTISTS = ", ".join(f"'top-artists:{span}'" for span in RANGES)
_STAGED = "NOT EXISTS (SELECT 1 FROM listing_entries e WHERE e.item_id = t.id)"


class Kind(NamedTuple):
    """A table, and when a row `t` of it is in nobody's library and on nothing that is."""

    table: str
    is_unused: str


PLAYLISTS = Kind(
    "playlists",
    f"""
       t.spotify_id IS NOT NULL AND t.person_id IS NULL AND {_STAGED}
   AND NOT EXISTS (SELECT 1 FROM library_items i WHERE i.kind = 'playlist' AND i.item_id = t.id)
""",
)
TRACKS = Kind(
    "library_tracks",
    f"""
       {_STAGED}
   AND NOT EXISTS (SELECT 1 FROM playlist_tracks p WHERE p.track_id = t.id)
   AND NOT EXISTS (SELECT 1 FROM library_items i
                    WHERE i.kind IN ('track', {_TOP_TRACKS}) AND i.item_id = t.id)
   AND NOT EXISTS (SELECT 1 FROM library_items i
                    WHERE i.kind = 'album' AND i.item_id = t.album_id)
   AND NOT EXISTS (SELECT 1 FROM track_features f
                    WHERE f.track_id = t.id
                      AND (f.source = 'manual' OR f.import_id IS NOT NULL))
""",
)
ALBUMS = Kind(
    "library_albums",
    f"""
       {_STAGED}
   AND NOT EXISTS (SELECT 1 FROM library_tracks a WHERE a.album_id = t.id)
   AND NOT EXISTS (SELECT 1 FROM library_items i WHERE i.kind = 'album' AND i.item_id = t.id)
""",
)
ARTISTS = Kind(
    "library_artists",
    f"""
       {_STAGED}
   AND NOT EXISTS (SELECT 1 FROM library_track_artists a WHERE a.artist_id = t.id)
   AND NOT EXISTS (SELECT 1 FROM library_album_artists a WHERE a.artist_id = t.id)
   AND NOT EXISTS (SELECT 1 FROM library_items i
                    WHERE i.kind IN ('artist', {_TOP_ARTISTS}) AND i.item_id = t.id)
""",
)
# In this order: each holds those behind it.
KINDS = (PLAYLISTS, TRACKS, ALBUMS, ARTISTS)


def unlink(session: Session, person_id: int) -> None:
    """Take out of somebody's library what came from Spotify, and forget how far it was read."""
    theirs = LibraryItem.person_id == person_id, LibraryItem.origin.in_((SPOTIFY, ASKED))
    session.execute(delete(LibraryItem).where(*theirs))
    session.execute(delete(Listing).where(Listing.person_id == person_id))
    spotify_plays.forget(session, person_id)
    _forget_analyses(session, person_id)


def _forget_analyses(session: Session, person_id: int) -> None:
    """Forget analyses of what is not theirs any more; those of files and of periods stay."""
    own = select(Playlist.id).where(Playlist.person_id == person_id)
    kept = [str(id_) for id_ in session.scalars(own)]
    gone = or_(
        Analysis.kind.in_(("album", "artist", "liked", "track")),
        (Analysis.kind == "playlist") & Analysis.scope.not_in(kept),
    )
    session.execute(delete(Analysis).where(Analysis.person_id == person_id, gone))


def in_analyses(session: Session) -> set[int]:
    """Return every track that an analysis is about."""
    found: set[int] = set()
    for track_ids in session.scalars(select(Analysis.track_ids)):
        found.update(track_ids)
    return found


def unused(session: Session, kind: Kind, after: int) -> list[int]:
    """Return up to BATCH rows of a kind that nobody has, by id, behind `after`."""
    query = text(f"""
        SELECT t.id
          FROM {kind.table} t
         WHERE t.id > :after AND {kind.is_unused}
         ORDER BY t.id
         LIMIT :batch
    """)
    return list(session.scalars(query, {"after": after, "batch": BATCH}))


def drop(session: Session, kind: Kind, ids: Collection[int]) -> int:
    """Drop those of these rows that nobody has; return how many; BATCH at most."""
    alone(session)
    query = text(f"""
        DELETE FROM {kind.table}
         WHERE id IN (SELECT t.id FROM {kind.table} t WHERE t.id IN :ids AND {kind.is_unused})
     RETURNING id
    """).bindparams(bindparam("ids", expanding=True))
    return len(session.scalars(query, {"ids": sorted(ids)}).all()) if ids else 0
