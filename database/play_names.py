"""What was played becomes tracks, albums and artists of the household, each kept once.

A track is kept as a source first names it, told from others by its `msid`. One that differs by
its album alone counts as the one that was there before.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from core import clock, play_words
from core.names import fold
from core.plays import Context, Heard, Named
from database import record_names
from database.models import Album, Artist, PlayContext, Track, TrackName
from database.play_rows import in_many, pairs, write_many

_MOST = 20_000  # names that are remembered

_ADD_TRACKS = """
    INSERT INTO tracks (kind, title, title_folded, credit, song_key, msid, album_id, counts_as,
                        duration_ms, created_at)
    VALUES (:kind, :title, :title_folded, :credit, :song_key, :msid, :album_id, :counts_as,
            :duration_ms, :now)
"""
_ADD_CREDITS = """
    INSERT INTO track_artists (track_id, position, artist_id)
    VALUES (:track_id, :position, :artist_id)
"""
_ADD_NAMES = """
    INSERT INTO track_names (scheme, value, track_id)
    VALUES (:scheme, :value, :track_id)
    ON CONFLICT (scheme, value, track_id) DO NOTHING
"""
_ADD_ALBUMS = """
    INSERT INTO albums (title, title_folded, credit, artist_id, names_key, created_at)
    VALUES (:title, :title_folded, :credit, :artist_id, :names_key, :now)
    ON CONFLICT (names_key) DO NOTHING
"""
_SAY_ALBUM_ID = """
    UPDATE albums SET musicbrainz_id = :mbid WHERE id = :id AND musicbrainz_id IS NULL
"""
_SAY_ARTIST_ID = """
    UPDATE artists SET musicbrainz_id = :mbid WHERE id = :id AND musicbrainz_id IS NULL
"""
_LEARN = "UPDATE tracks SET duration_ms = :ms WHERE id = :id"
_CONTEXT = ", ".join(Context._fields)
_ADD_CONTEXT = (
    f"INSERT INTO play_contexts (digest, {_CONTEXT})"  # noqa: S608 - names of columns of ours
    f" VALUES (:digest, :{_CONTEXT.replace(', ', ', :')}) ON CONFLICT (digest) DO NOTHING"
)


class Names:
    """Finds and keeps tracks and contexts; remembers what it found, for the next batch.

    Good for one import, or one request: what another process merges meanwhile is not seen.
    """

    def __init__(self) -> None:
        self._tracks: dict[Named, int] = {}
        self._contexts: dict[Context, int] = {}
        self._said: set[tuple[str, str, int]] = set()
        self._lengths: dict[int, int | None] = {}
        self._own: dict[int, int | None] = {}

    def known(self, session: Session, heard: Iterable[Heard]) -> dict[Named, int]:
        """Return those tracks that are there already. Writes nothing."""
        return _known(session, {one.named: play_words.msid(one.named) for one in heard})

    def keep(self, session: Session, heard: Sequence[Heard]) -> list[int]:
        """Return the track of each play; new ones are added, under the lock of listening."""
        for kept in (self._tracks, self._contexts, self._said, self._lengths, self._own):
            if len(kept) > _MOST:
                kept.clear()
        new: dict[Named, Heard] = {}
        for one in heard:
            if one.named not in self._tracks:
                new.setdefault(one.named, one)
        if new:
            msids = {named: play_words.msid(named) for named in new}
            self._tracks |= _known(session, msids)
            missing = [one for named, one in new.items() if named not in self._tracks]
            if missing:
                self._add_tracks(session, missing, msids)
        return [self._tracks[one.named] for one in heard]

    def _add_tracks(
        self, session: Session, missing: Sequence[Heard], msids: Mapping[Named, str]
    ) -> None:
        lines = [play_words.with_guests(one.named.artists, one.named.title) for one in missing]
        artists = _artists(session, missing, lines)
        albums = _albums(session, missing, lines, artists)
        pairs_ = zip(missing, lines, strict=True)
        # Two writings of a name may fold into one.
        rows = {
            msids[one.named]: _row(one, credited, albums, msids[one.named])
            for one, credited in pairs_
        }
        alike = _known_alike(session, list(rows.values()))
        write_many(
            session,
            _ADD_TRACKS,
            [row | {"counts_as": alike.get(_likeness(row))} for row in rows.values()],
        )
        wanted = {one.named: msids[one.named] for one in missing}
        self._tracks |= _known(session, wanted)
        _count_alike(session, list(rows.values()), alike)
        links = {
            self._tracks[one.named]: credited for one, credited in zip(missing, lines, strict=True)
        }
        _credit(session, links, artists)

    def say(self, session: Session, heard: Sequence[Heard], tracks: Sequence[int]) -> list[int]:
        """Keep what tracks are called elsewhere; return those that are others' songs by that."""
        said = [
            (scheme, value, track_id)
            for one, track_id in zip(heard, tracks, strict=True)
            for scheme, value in one.ids
        ]
        new = sorted(set(said) - self._said)
        if not new:
            return []
        rows = [{"scheme": scheme, "value": value, "track_id": id_} for scheme, value, id_ in new]
        write_many(session, _ADD_NAMES, rows)
        self._said.update(new)
        return _now_same(session, {value for _, value, _ in new}, {id_ for _, _, id_ in new})

    def lengths(self, session: Session, tracks: Iterable[int]) -> Mapping[int, int | None]:
        """Return how long these tracks are, in milliseconds; None where nobody said."""
        if missing := {track_id for track_id in tracks if track_id not in self._lengths}:
            same = aliased(Track)
            length = func.coalesce(Track.duration_ms, same.duration_ms)
            query = select(Track.id, length).outerjoin(same, same.id == Track.counts_as)
            self._lengths |= pairs(session, query, Track.id, missing)
        return self._lengths

    def learn(self, session: Session, heard: Sequence[Heard], tracks: Sequence[int]) -> list[int]:
        """Keep the shortest length that any play says; return the tracks that this changes."""
        said: dict[int, int] = {}
        for one, track_id in zip(heard, tracks, strict=True):
            if one.duration_ms:
                said[track_id] = min(one.duration_ms, said.get(track_id, one.duration_ms))
        own = self._own_lengths(session, said)
        news = {id_: ms for id_, ms in said.items() if ms < (own[id_] or ms + 1)}
        if not news:
            return []
        write_many(session, _LEARN, [{"id": id_, "ms": ms} for id_, ms in sorted(news.items())])
        # Others may count as these.
        self._lengths.clear()
        self._own |= news
        return sorted(news)

    def _own_lengths(self, session: Session, tracks: Iterable[int]) -> Mapping[int, int | None]:
        if missing := [track_id for track_id in tracks if track_id not in self._own]:
            query = select(Track.id, Track.duration_ms)
            self._own |= pairs(session, query, Track.id, missing)
        return self._own

    def contexts(self, session: Session, heard: Sequence[Heard]) -> list[int | None]:
        """Return the context of each play, those that are new added."""
        wanted = {one.context for one in heard if one.context is not None}
        if new := wanted - self._contexts.keys():
            digests = {context: _digest(context) for context in new}
            write_many(
                session,
                _ADD_CONTEXT,
                [
                    context._asdict() | {"digest": digests[context]}
                    for context in sorted(new, key=_digest)
                ],
            )
            query = select(PlayContext.digest, PlayContext.id)
            ids = pairs(session, query, PlayContext.digest, digests.values())
            self._contexts |= {context: ids[digest] for context, digest in digests.items()}
        return [None if one.context is None else self._contexts[one.context] for one in heard]


def _now_same(session: Session, values: Collection[str], new: Collection[int]) -> list[int]:
    """Return the tracks that are now called what another is called, and all they count as."""
    one = func.coalesce(Track.counts_as, Track.id)
    query = select(TrackName.scheme, TrackName.value, TrackName.track_id, one.label("one"))
    query = query.join(Track, Track.id == TrackName.track_id)
    holders: dict[tuple[str, str], set[int]] = {}
    touched: set[tuple[str, str]] = set()
    for scheme, value, track_id, of in in_many(session, query, TrackName.value, values):
        holders.setdefault((scheme, value), set()).add(of)
        if track_id in new:
            touched.add((scheme, value))
    shared = set().union(*(holders[key] for key in touched if len(holders[key]) > 1))
    others = select(Track.id)
    return sorted(shared | {row.id for row in in_many(session, others, Track.counts_as, shared)})


def _digest(context: Context) -> str:
    return "\x1f".join("" if said is None else str(said) for said in context)


def _known(session: Session, msids: Mapping[Named, str]) -> dict[Named, int]:
    """Return those tracks that are there already."""
    ids = pairs(session, select(Track.msid, Track.id), Track.msid, set(msids.values()))
    return {named: ids[msid] for named, msid in msids.items() if msid in ids}


def _row(
    one: Heard, credited: Sequence[str], albums: Mapping[str, int], msid: str
) -> dict[str, Any]:
    named = one.named
    artist = named.album_artist or (credited[0] if credited else named.credit)
    return {
        "kind": named.kind,
        "title": named.title,
        "title_folded": fold(named.title),
        "credit": named.credit or play_words.credit(credited),
        "song_key": play_words.song_key(named.title),
        "msid": msid,
        "album_id": albums.get(play_words.album_key(artist, named.album)),
        "duration_ms": None,
        "now": clock.now(),
    }


def _likeness(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["kind"], row["title_folded"], fold(row["credit"])


def _known_alike(
    session: Session, rows: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str, str], int]:
    """Return the tracks that differ from these by their album alone."""
    query = select(Track.kind, Track.title_folded, Track.credit, Track.id, Track.counts_as)
    titles = {row["title_folded"] for row in rows}
    found: dict[tuple[str, str, str], int] = {}
    for track in sorted(in_many(session, query, Track.title_folded, titles), key=lambda t: t.id):
        found.setdefault(
            (track.kind, track.title_folded, fold(track.credit)), track.counts_as or track.id
        )
    return found


def _count_alike(
    session: Session,
    rows: Sequence[Mapping[str, Any]],
    known: Mapping[tuple[str, str, str], int],
) -> None:
    """Let those of the new ones that are alike among themselves count as the first."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        alike.setdefault(_likeness(row), []).append(row["msid"])
    several = [msids for likeness, msids in alike.items() if likeness not in known and msids[1:]]
    if not several:
        return
    query = select(Track.msid, Track.id)
    every = [msid for msids in several for msid in msids]
    ids = pairs(session, query, Track.msid, every)
    write_many(
        session,
        "UPDATE tracks SET counts_as = :first WHERE id = :id",
        [{"first": ids[msids[0]], "id": ids[msid]} for msids in several for msid in msids[1:]],
    )


def _artists(
    session: Session, missing: Sequence[Heard], lines: Sequence[Sequence[str]]
) -> dict[str, int]:
    """Return the artists of these plays by their folded names; those of albums too."""
    names = [name for credited in lines for name in credited]
    names += [one.named.album_artist for one in missing if one.named.album_artist]
    found = record_names.keep(session, Artist, names)
    said = {
        found[fold(name)]: mbid
        for one in missing
        for name, mbid in zip(one.named.artists, one.artist_mbids, strict=False)
        if mbid and fold(name) in found
    }
    if said:
        write_many(
            session, _SAY_ARTIST_ID, [{"id": id_, "mbid": said[id_]} for id_ in sorted(said)]
        )
    return found


def _albums(
    session: Session,
    missing: Sequence[Heard],
    lines: Sequence[Sequence[str]],
    artists: Mapping[str, int],
) -> dict[str, int]:
    """Return the albums of these plays by their keys."""
    rows, mbids = {}, {}
    for one, credited in zip(missing, lines, strict=True):
        title = one.named.album
        artist = one.named.album_artist or (credited[0] if credited else one.named.credit)
        key = play_words.album_key(artist, title)
        if title and key not in rows:
            rows[key] = {
                "title": title,
                "title_folded": fold(title),
                "credit": artist,
                "artist_id": artists.get(fold(artist)),
                "names_key": key,
                "now": clock.now(),
            }
        if title and one.release_mbid:
            mbids[key] = one.release_mbid
    if not rows:
        return {}
    write_many(session, _ADD_ALBUMS, [rows[key] for key in sorted(rows)])
    query = select(Album.names_key, Album.id)
    found = pairs(session, query, Album.names_key, rows)
    if mbids:
        said = [{"id": found[key], "mbid": mbid} for key, mbid in sorted(mbids.items())]
        write_many(session, _SAY_ALBUM_ID, said)
    return found


def _credit(
    session: Session, links: Mapping[int, Sequence[str]], artists: Mapping[str, int]
) -> None:
    rows = []
    for track_id, credited in sorted(links.items()):
        ids = dict.fromkeys(artists[fold(name)] for name in credited)
        rows += [
            {"track_id": track_id, "position": position, "artist_id": artist_id}
            for position, artist_id in enumerate(ids)
        ]
    if rows:
        write_many(session, _ADD_CREDITS, rows)
