"""Lists of tracks out of what was played and what is in a library, for a playlist or a file.

What is played is read from the sums, as charts are; what is in a library as analyses read it, or
in the order of how its tracks sound.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core import clock
from database import (
    analysed,
    analyses,
    feature_winners,
    library_plays,
    library_rows,
    listeners,
    play_tops,
    play_windows,
    record_albums,
)
from database.listeners import Whose
from database.models import Album, LibraryTrack, PlaySum, Track
from database.owner import Owner
from database.play_rows import in_many, pairs
from database.play_sums import Kind
from database.play_windows import ALWAYS

MOST, USUAL = 500, 50
FAVOURITES = 10_000  # tracks that one played most, among which the forgotten ones are looked for
ALBUMS = 400  # of those played most, among which the owned ones are
OF_LIBRARY = ("liked", "playlist", "album", "artist", "analysis")
OF_ONE = ("playlist", "album", "artist", "analysis")
_LARGEST = 2**63 - 1

# Both conditions are found by the key of `play_sums`; the order is that of its index.
_FORGOTTEN = text(f"""
    SELECT item, plays
      FROM (SELECT item, plays
              FROM play_sums
             WHERE whose = :whose AND kind = {int(Kind.TRACK)} AND span = 0
             ORDER BY plays DESC
             LIMIT {FAVOURITES}) AS favourites
     WHERE NOT EXISTS (SELECT 1
                         FROM play_sums AS late
                        WHERE late.whose = :whose AND late.kind = {int(Kind.TRACK)}
                          AND late.span = :year AND late.item = favourites.item)
       AND NOT EXISTS (SELECT 1
                         FROM play_sums AS late
                        WHERE late.whose = :whose AND late.kind = {int(Kind.TRACK)}
                          AND late.span = :year_before AND late.item = favourites.item)
     ORDER BY plays DESC, item
     LIMIT :limit
""")  # noqa: S608 - numbers of ours

_Feature = Literal[
    "danceability", "energy", "speechiness", "acousticness", "instrumentalness", "liveness",
    "valence", "loudness", "tempo", "duration_ms",
]  # fmt: skip
_When = Annotated[str, Field(max_length=40)]


class Picking(BaseModel):
    """Which tracks are wanted, how many of them, and in which order."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    of: Literal["top", "forgotten", "owned", "liked", "playlist", "album", "artist", "analysis"] = (
        Field(description="top, forgotten, owned, liked, playlist, album, artist or analysis.")
    )
    item: int | None = Field(
        None, ge=1, le=_LARGEST, description="The number of the playlist, album, artist, analysis."
    )
    period: Literal["day", "week", "month", "year", "all"] | None = Field(
        None, description="What was played this day, week, month, year, or all."
    )
    since: _When | None = Field(None, description="From a day like 2026-11-24 on.")
    until: _When | None = Field(None, description="Until before a day like 2026-11-24.")
    by: _Feature | None = Field(None, description="What they are put in order by: tempo, energy …")
    order: Literal["desc", "asc"] = Field("desc", description="desc: the most of it first; asc.")
    limit: int = Field(USUAL, ge=1, le=MOST, description=f"So many tracks: 1 to {MOST}.")
    per_album: int | None = Field(
        None, ge=1, le=MOST, description="So many of one album at most; empty: any number."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.of in OF_ONE and self.item is None:
            raise PydanticCustomError("sentence", "Say which one is meant.")
        if self.by is not None and self.of not in OF_LIBRARY:
            sentence = "By how they sound only tracks of a library are put in order."
            raise PydanticCustomError("sentence", sentence)
        return self

    @property
    def scope(self) -> str:
        """Return what is meant, as analyses call it."""
        return str(self.item) if self.of in OF_ONE else ""


class Pick(NamedTuple):
    """A track on such a list. `artists`: the primary one first.

    `plays`: None where they were not counted; `value`: of the feature that orders the list.
    `heard_id`: of listening, `library_id`: of the library, one of them.
    """

    title: str
    artists: tuple[str, ...]
    album: str | None
    spotify_id: str | None
    isrc: str | None
    plays: int | None = None
    value: float | None = None
    heard_id: int | None = None
    library_id: int | None = None


class Picked(NamedTuple):
    """`name`: what the playlist, album, artist or analysis is called, "" for the other lists."""

    name: str
    tracks: list[Pick]

    @property
    def known(self) -> int:
        """Return how many of them have an id at Spotify."""
        return sum(one.spotify_id is not None for one in self.tracks)


def pick(session: Session, person_id: int, wanted: Picking) -> Picked:
    """Return the tracks that somebody wants; none where there are none like that.

    Raises:
        InvalidInput: the times are none.
        NotFound: there is no such thing, or it is not within their reach.
        Conflict: it has to be synced first, or there is nothing in it.
    """
    if wanted.of in OF_LIBRARY:
        return _of_library(session, person_id, wanted)
    whose = listeners.seen_by(session, person_id, Owner(person_id))
    return Picked("", _heard(session, _PLAYED[wanted.of](session, whose, wanted)))


def _top(session: Session, whose: Whose, wanted: Picking) -> dict[int, int]:
    zone = clock.zone(whose.zone)
    window = play_windows.read(wanted.since, wanted.until, wanted.period, zone)
    tops = play_tops.tops(session, whose, Kind.TRACK, window, limit=wanted.limit)
    return {top.item: top.plays for top in tops}


def _forgotten(session: Session, whose: Whose, wanted: Picking) -> dict[int, int]:
    """Return favourites that were not played since the first of January of last year."""
    year = clock.today(clock.zone(whose.zone)).year
    sent = {"whose": whose.id, "year": year, "year_before": year - 1, "limit": wanted.limit}
    return {row.item: row.plays for row in session.execute(_FORGOTTEN, sent)}


def _owned(session: Session, whose: Whose, wanted: Picking) -> dict[int, int]:
    """Return what was played most of those albums that stand on one's shelf."""
    tops = play_tops.tops(session, whose, Kind.ALBUM, ALWAYS, limit=ALBUMS)
    ids = {top.item for top in tops}
    records = record_albums.that_may_be(session, whose.person_ids, ids)
    albums = set[int]().union(*record_albums.of(session, records).values()) & ids
    on = _on_albums(session, albums)
    plays = _plays(session, whose, on)
    found: dict[int, int] = {}
    taken: dict[int, int] = defaultdict(int)
    for item in sorted(plays, key=lambda item: (-plays[item], item)):
        if wanted.per_album is None or taken[on[item]] < wanted.per_album:
            taken[on[item]] += 1
            found[item] = plays[item]
    return dict(list(found.items())[: wanted.limit])


def _on_albums(session: Session, album_ids: set[int]) -> dict[int, int]:
    """Return on which of these albums tracks are, by what they count as."""
    spelt = {album_id: album_id for album_id in album_ids}
    others = select(Album.id, Album.counts_as)
    spelt |= pairs(session, others, Album.counts_as, album_ids)
    query = select(func.coalesce(Track.counts_as, Track.id), Track.album_id)
    rows = in_many(session, query, Track.album_id, list(spelt))
    found: dict[int, int] = {}
    for item, album_id in sorted((item, spelt[album_id]) for item, album_id in rows):
        found.setdefault(item, album_id)
    return found


def _plays(session: Session, whose: Whose, track_ids: Mapping[int, int]) -> dict[int, int]:
    query = select(PlaySum.item, PlaySum.plays).where(
        PlaySum.whose == whose.id, PlaySum.kind == int(Kind.TRACK), PlaySum.span == text("0")
    )
    return pairs(session, query, PlaySum.item, list(track_ids))


_PLAYED: Mapping[str, Callable[[Session, Whose, Picking], dict[int, int]]] = {
    "top": _top,
    "forgotten": _forgotten,
    "owned": _owned,
}


def _heard(session: Session, plays: Mapping[int, int]) -> list[Pick]:
    """Return tracks of listening in this order, with what Spotify calls them where it is known."""
    ids = list(plays)
    query = select(Track.id, Track.title, Track.credit, Album.title.label("album"))
    query = query.outerjoin(Album, Album.id == Track.album_id)
    rows = {row.id: row for row in in_many(session, query, Track.id, ids)}
    artists = library_plays.artists_of(session, ids)
    called = library_plays.elsewhere(session, ids)
    kept = _kept(session, [one for one in ids if None in called[one]])
    found = []
    for one in ids:
        row, own, other = rows[one], called[one], kept.get(one, (None, None))
        found.append(
            Pick(
                row.title,
                tuple(artists.get(one, [row.credit])),
                row.album or None,
                own.spotify_id or other[0],
                own.isrc or other[1],
                plays[one],
                heard_id=one,
            )
        )
    return found


def _kept(session: Session, ids: Sequence[int]) -> dict[int, tuple[str | None, str | None]]:
    """Return Spotify's id and the ISRC of those that the library knows."""
    within = library_plays.library_tracks(session, ids)
    query = select(LibraryTrack.id, LibraryTrack.spotify_id, LibraryTrack.isrc)
    rows = in_many(session, query, LibraryTrack.id, set(within.values()))
    known = {row.id: (row.spotify_id, row.isrc) for row in rows}
    return {one: known[library_id] for one, library_id in within.items()}


def _of_library(session: Session, person_id: int, wanted: Picking) -> Picked:
    if wanted.of == "analysis":
        analysis = analyses.get(session, person_id, int(wanted.scope))
        name, ids = analysis.title, analysis.track_ids
    else:
        found = analysed.collection(session, person_id, wanted.of, wanted.scope)
        name, ids = found.title, found.track_ids
    values: dict[int, float] = {}
    if wanted.by is not None:
        values = _in_order(session, ids, wanted)
        ids = list(values)
    rows = library_rows.of_ids(session, ids[: wanted.limit])
    tracks = [
        Pick(
            row.name,
            tuple(artist.name for artist in row.artists) or (row.credit,),
            row.album,
            row.spotify_id,
            row.isrc,
            value=values.get(row.id),
            library_id=row.id,
        )
        for row in rows.values()
    ]
    return Picked("" if wanted.of == "liked" else name, tracks)


def _in_order(session: Session, ids: Sequence[int], wanted: Picking) -> dict[int, float]:
    """Return those of which the feature is known, with it, in its order."""
    way = "DESC" if wanted.order == "desc" else "ASC"
    query = feature_winners.question(
        session,
        f"""
        SELECT track_id, {wanted.by} AS value
          FROM dataset
         WHERE {wanted.by} IS NOT NULL
         ORDER BY {wanted.by} {way}, position
         LIMIT :limit
        """,  # noqa: S608 - one of the names above
    )
    sent = feature_winners.sent(ids) | {"limit": wanted.limit}
    return {row.track_id: row.value for row in session.execute(query, sent)}
